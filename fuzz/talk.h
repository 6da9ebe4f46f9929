/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_TALK_H
#define FUZZ_TALK_H

#include <chains/component.h>

/*
 * A source whose packets are a script: what hosts say to each other over a few flows, TCP and UDP, in
 * both directions, with time between. An entry:
 *
 *     what      1 byte   enum talk_what, and the flow in bits 1 and 2
 *     time      1 byte   milliseconds since the packet before, or seconds with TALK_LONG
 *     of TCP:   flags (1), what is added to the sequence number that is next (2, signed), and to the
 *               acknowledgement of all that the other side has sent (1, signed)
 *     length    2 bytes  of the payload, which follows
 */
enum talk_what {
    TALK_RESP = 1,
    TALK_UDP = 8,
    TALK_IP6 = 16,
    TALK_LONG = 32,
    TALK_BACK = 64, /* the time goes back */
    TALK_CUT = 128, /* captured without the last quarter of its payload */
};

enum { TALK_FLOWS = 4 };

extern const uint16_t talk_ports[2][TALK_FLOWS]; /* of the responders: of TCP, and of UDP */

struct talk_options {
    size_t size;
    const void *script;
    size_t len; /* of the script */
};

extern const struct chains_class talk_class;

#endif
