/* SPDX-License-Identifier: MIT */
/*
 * Bare IP (LINKTYPE_RAW, and the numbers 12 and 14 that some systems wrote for it): no link
 * header at all. In: a packet. Out: IPv4 or IPv6, by the version nibble; any other is broken.
 */
#include "link.h"

#include <string.h>

static enum chains_verdict raw_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    (void)arena;
    if (chains_left(in) == 0)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_RAW;
    *next = link_ip_by_nibble(in);
    return next->space == CHAINS_BY_NOTHING ? CHAINS_BAD_TAIL : CHAINS_PARSED;
}

static const struct chains_key raw_keys[] = {
    { CHAINS_BY_LINKTYPE, 101 },
    { CHAINS_BY_LINKTYPE, 12 },
    { CHAINS_BY_LINKTYPE, 14 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_raw = {
    .name = "raw",
    .layer = &link_type,
    .keys = raw_keys,
    .dissect = raw_dissect,
};
