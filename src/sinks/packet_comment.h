/* SPDX-License-Identifier: MIT */
#ifndef SINKS_PACKET_COMMENT_H
#define SINKS_PACKET_COMMENT_H

#include <chains/record.h>

#include "../bytes/text.h"

/*
 * What a capture file says of a packet besides its bytes, one line of printable ASCII that
 * splits at "; ", then ": ", then ", " and " = ", none of which is in a tag or a name:
 *
 *     tags: outgoing, nxdomain; names: 192.168.1.9 = LOCAL, 12.226.156.82 = NXDOMAIN
 */

enum {
    PACKET_COMMENT_TAGS = 64 * (47 + 2),
    PACKET_COMMENT_NAME = 255, /* bytes of a name; what is no ASCII graphic takes four */
    PACKET_COMMENT_MOST =
        32 + PACKET_COMMENT_TAGS + 2 * (TEXT_ADDR + 3 + 4 * PACKET_COMMENT_NAME + 2),
};

/* Writes at most PACKET_COMMENT_MOST bytes and returns their number; 0: nothing to say. */
size_t packet_comment(char *out, const struct chains_record *rec);

#endif
