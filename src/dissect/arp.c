/* SPDX-License-Identifier: MIT */
/*
 * ARP, RFC 826, and RARP, RFC 903. In: the payload of a link layer. Out: the operation, and the
 * two pairs of addresses where they are MAC addresses and IPv4.
 *
 *     hardware 2 | protocol 2 | hardware length 1 | protocol length 1 | operation 2 |
 *     sender hardware | sender protocol | target hardware | target protocol
 */
#include <chains/dissect.h>
#include <chains/layer/arp.h>

#include <string.h>

static const struct chains_name arp_op_names[] = {
    { 1, "request" },    { 2, "reply" },           { 3, "rarp_request" },
    { 4, "rarp_reply" }, { 8, "inverse_request" }, { 9, "inverse_reply" },
    { 0, NULL },
};

static const struct chains_field arp_fields[] = {
    CHAINS_FIELD(chains_arp, src, ADDR, "protocol address of the sender",
                 .has = CHAINS_ARP_HAS_ADDRS),
    CHAINS_FIELD(chains_arp, dst, ADDR, "protocol address of the target",
                 .has = CHAINS_ARP_HAS_ADDRS),
    CHAINS_FIELD(chains_arp, op, NAMED, "operation: request, reply, or what RARP asks",
                 .names = arp_op_names),
    CHAINS_FIELD(chains_arp, src_mac, MAC, "hardware address of the sender",
                 .has = CHAINS_ARP_HAS_MACS),
    CHAINS_FIELD(chains_arp, dst_mac, MAC, "hardware address of the target",
                 .has = CHAINS_ARP_HAS_MACS),
    CHAINS_FIELD(chains_arp, hardware, UINT, "kind of hardware address; 1 is Ethernet"),
    CHAINS_FIELD(chains_arp, protocol, UINT, "EtherType of the protocol addresses"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type arp_type = {
    .slot = "packet",
    .name = "ARP",
    .size = sizeof(struct chains_arp),
    .fields = arp_fields,
    .id = CHAINS_ID_arp,
    .slot_id = CHAINS_SLOT_packet,
};

static enum chains_verdict arp_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_arp *arp = layer;
    const uint8_t *p = chains_take(in, 8);
    (void)next;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(arp, 0, sizeof *arp);
    arp->hardware = chains_load_be16(p);
    arp->protocol = chains_load_be16(p + 2);
    arp->op = chains_load_be16(p + 6);
    size_t mac_len = p[4], addr_len = p[5];
    size_t size = 2 * (mac_len + addr_len);
    p = chains_take(in, size);
    if (!p)
        return CHAINS_PARTIAL;
    if (mac_len == 6) {
        arp->has |= CHAINS_ARP_HAS_MACS;
        memcpy(arp->src_mac, p, 6);
        memcpy(arp->dst_mac, p + 6 + addr_len, 6);
    }
    if (addr_len == 4 && arp->protocol == 0x0800) {
        arp->has |= CHAINS_ARP_HAS_ADDRS;
        memcpy(arp->src.octets, p + mac_len, 4);
        memcpy(arp->dst.octets, p + 2 * mac_len + 4, 4);
        arp->src.family = arp->dst.family = 4;
    }
    return CHAINS_PARSED;
}

static const struct chains_key arp_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x0806 },
    { CHAINS_BY_ETHERTYPE, 0x8035 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_arp = {
    .name = "arp",
    .layer = &arp_type,
    .keys = arp_keys,
    .dissect = arp_dissect,
};
