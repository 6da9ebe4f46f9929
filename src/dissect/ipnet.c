/* SPDX-License-Identifier: MIT */
/*
 * Solaris IP tap (LINKTYPE_IPNET). In: a header of the capturing system, then a packet. Out:
 * the address family and the interface.
 *
 *     version 1 | family 1 | hook 2 | packet length 4 | interface 4 | group 4 |
 *     source zone 4 | destination zone 4
 */
#include "link.h"

#include <string.h>

static enum chains_verdict ipnet_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 24);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_IPNET;
    link->has = CHAINS_LINK_HAS_FAMILY | CHAINS_LINK_HAS_INTERFACE;
    link->family = p[1];
    link->interface = chains_load_be32(p + 8);
    if (link->family == 2)
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
    else if (link->family == 26)
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
    return CHAINS_PARSED;
}

static const struct chains_key ipnet_keys[] = {
    { CHAINS_BY_LINKTYPE, 226 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ipnet = {
    .name = "ipnet",
    .layer = &link_type,
    .keys = ipnet_keys,
    .dissect = ipnet_dissect,
};
