/* SPDX-License-Identifier: MIT */
/*
 * VLAN tags (802.1Q, 802.1ad) that do not stand right behind Ethernet addresses, as in a cooked
 * capture or behind SNAP; ether.c reads the others. In: the bytes behind the tag's EtherType.
 * Out: nothing but what follows the tag.
 *
 *     priority 3 bits, DEI 1, VLAN id 12 | EtherType or length 2
 */
#include "link.h"

static enum chains_verdict vlan_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 4);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    uint16_t type = chains_load_be16(p + 2);
    if (type >= ETHERTYPE_LEAST) {
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, type };
        return CHAINS_PARSED;
    }
    chains_limit(in, type);
    *next = (struct chains_key){ CHAINS_BY_LLC, 0 };
    return CHAINS_PARSED;
}

static const struct chains_key vlan_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x8100 }, { CHAINS_BY_ETHERTYPE, 0x88a8 },
    { CHAINS_BY_ETHERTYPE, 0x9100 }, { CHAINS_BY_ETHERTYPE, 0x9200 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_vlan = {
    .name = "vlan",
    .layer = NULL,
    .keys = vlan_keys,
    .dissect = vlan_dissect,
};
