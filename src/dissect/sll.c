/* SPDX-License-Identifier: MIT */
/*
 * Linux cooked capture (LINKTYPE_LINUX_SLL). In: what stands in the place of a link header when
 * Linux captures on all interfaces at once. Out: direction, sender, EtherType.
 *
 *     packet type 2 | ARPHRD_ 2 | address length 2 | address 8 | protocol 2
 */
#include "link.h"

#include <string.h>

static enum chains_verdict sll_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 16);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_SLL;
    link->has = CHAINS_LINK_HAS_PROTOCOL | CHAINS_LINK_HAS_DIRECTION;
    link->direction = p[1];
    if (chains_load_be16(p + 4) == 6) {
        link->has |= CHAINS_LINK_HAS_SRC;
        memcpy(link->src, p + 6, 6);
    }
    link->protocol = chains_load_be16(p + 14);
    *next = link_ethertype(link->protocol);
    return CHAINS_PARSED;
}

static const struct chains_key sll_keys[] = {
    { CHAINS_BY_LINKTYPE, 113 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_sll = {
    .name = "sll",
    .layer = &link_type,
    .keys = sll_keys,
    .dissect = sll_dissect,
};
