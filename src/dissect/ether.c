/* SPDX-License-Identifier: MIT */
/*
 * Ethernet II and IEEE 802.3 with VLAN tags (802.1Q, 802.1ad QinQ). In: a frame without
 * preamble. Out: addresses, tags, and the EtherType that is left; a length below 1536 means
 * that LLC follows, and cuts off padding.
 *
 *     dst 6 | src 6 | { tag type 2 | priority 3 bits, DEI 1, VLAN id 12 } | type or length 2
 */
#include "hot.h"

#include <chains/dissect.h>
#include <chains/layer/eth.h>

#include <string.h>

static const struct chains_field eth_fields[] = {
    CHAINS_FIELD(chains_eth, src, MAC, "source MAC address"),
    CHAINS_FIELD(chains_eth, dst, MAC, "destination MAC address"),
    CHAINS_FIELD(chains_eth, type, UINT, "EtherType of the payload, behind any VLAN tags",
                 .has = CHAINS_ETH_HAS_TYPE),
    CHAINS_FIELD(chains_eth, length, UINT, "IEEE 802.3 length, where there is no EtherType",
                 .has = CHAINS_ETH_HAS_LENGTH),
    CHAINS_FIELD_ARRAY(chains_eth, vlan, vlan_count, "VLAN identifiers, outermost first"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type eth_type = {
    .slot = "eth",
    .name = "eth",
    .size = sizeof(struct chains_eth),
    .fields = eth_fields,
    .id = CHAINS_ID_eth,
    .slot_id = CHAINS_SLOT_eth,
};

static inline bool ether_is_tag(unsigned type)
{
    if (type < 0x8100) /* IPv4, ARP */
        return false;
    return type == 0x8100 || type == 0x88a8 || type == 0x9100 || type == 0x9200;
}

DISSECT_HOT enum chains_verdict ether_dissect(struct chains_reader *in, void *layer,
                                              struct chains_key *next,
                                              struct chains_arena *arena)
{
    struct chains_eth *eth = layer;
    const uint8_t *p = chains_take(in, 14);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memcpy(eth->dst, p, 6);
    memcpy(eth->src, p + 6, 6);
    uint16_t type = chains_load_be16(p + 12);
    unsigned tags = 0;
    eth->vlan_count = 0;
    while (ether_is_tag(type)) {
        const uint8_t *tag = chains_take(in, 4);
        if (!tag) {
            eth->has = CHAINS_ETH_HAS_TYPE;
            eth->type = type;
            return CHAINS_PARTIAL;
        }
        if (++tags <= CHAINS_VLANS)
            eth->vlan[eth->vlan_count++] = chains_load_be16(tag) & 0x0fff;
        type = chains_load_be16(tag + 2);
    }
    if (type >= 1536) {
        eth->has = CHAINS_ETH_HAS_TYPE;
        eth->type = type;
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, type };
        return tags > CHAINS_VLANS ? CHAINS_LIMIT : CHAINS_PARSED;
    }
    eth->has = CHAINS_ETH_HAS_LENGTH;
    eth->length = type;
    chains_limit(in, type);
    *next = (struct chains_key){ CHAINS_BY_LLC, 0 };
    return tags > CHAINS_VLANS ? CHAINS_LIMIT : CHAINS_PARSED;
}

static const struct chains_key ether_keys[] = {
    { CHAINS_BY_LINKTYPE, 1 },
    { CHAINS_BY_ETHERTYPE, 0x6558 }, /* transparent Ethernet bridging, inside GRE and Geneve */
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ether = {
    .name = "ether",
    .layer = &eth_type,
    .keys = ether_keys,
    .dissect = ether_dissect,
};
