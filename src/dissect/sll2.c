/* SPDX-License-Identifier: MIT */
/*
 * Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2). In: what stands in the place of a link
 * header. Out: the interface, direction, sender, EtherType.
 *
 *     protocol 2 | 0 2 | interface 4 | ARPHRD_ 2 | packet type 1 | address length 1 | address 8
 */
#include "link.h"

#include <string.h>

static enum chains_verdict sll2_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 20);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_SLL2;
    link->has =
        CHAINS_LINK_HAS_PROTOCOL | CHAINS_LINK_HAS_DIRECTION | CHAINS_LINK_HAS_INTERFACE;
    link->protocol = chains_load_be16(p);
    link->interface = chains_load_be32(p + 4);
    link->direction = p[10];
    if (p[11] == 6) {
        link->has |= CHAINS_LINK_HAS_SRC;
        memcpy(link->src, p + 12, 6);
    }
    *next = link_ethertype(link->protocol);
    return CHAINS_PARSED;
}

static const struct chains_key sll2_keys[] = {
    { CHAINS_BY_LINKTYPE, 276 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_sll2 = {
    .name = "sll2",
    .layer = &link_type,
    .keys = sll2_keys,
    .dissect = sll2_dissect,
};
