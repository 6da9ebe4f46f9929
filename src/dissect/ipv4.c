/* SPDX-License-Identifier: MIT */
/*
 * IPv4, RFC 791. In: bytes from the version nibble on. Out: the header; the reader is cut to
 * the total length, so that padding is not payload. A total length of 0 is what segmentation
 * offload leaves in a capture: then everything that is there counts.
 *
 *     version 4 bits, IHL 4 | TOS 1 | total length 2 | identification 2 |
 *     0 DF MF, offset 13 bits | TTL 1 | protocol 1 | checksum 2 |
 *     source 4 | destination 4 | options
 */
#include "hot.h"

#include <chains/dissect.h>
#include <chains/layer/ip.h>

#include <string.h>

static const struct chains_name ipv4_option_names[] = {
    { 7, "record_route" },        { 68, "timestamp" },
    { 130, "security" },          { 131, "loose_route" },
    { 133, "extended_security" }, { 134, "commercial_security" },
    { 136, "stream_id" },         { 137, "strict_route" },
    { 148, "router_alert" },      { 0, NULL },
};

static const struct chains_field ip4_fields[] = {
    CHAINS_FIELD(chains_ip, src, ADDR, "source address"),
    CHAINS_FIELD(chains_ip, dst, ADDR, "destination address"),
    CHAINS_FIELD(chains_ip, len, UINT, "IPv4: total length; IPv6: payload length, in bytes"),
    CHAINS_FIELD(chains_ip, ttl, UINT, "time to live, hop limit"),
    CHAINS_FIELD(chains_ip, df, BOOL, "do not fragment"),
    CHAINS_FIELD(chains_ip, mf, BOOL, "more fragments follow"),
    CHAINS_FIELD(chains_ip, offset, UINT, "fragment offset in units of eight bytes"),
    CHAINS_FIELD(chains_ip, id, UINT, "identification, common to the fragments of a packet"),
    CHAINS_FIELD(chains_ip, tos, UINT, "DSCP and ECN, or traffic class", .omit_zero = 1),
    CHAINS_FIELD(chains_ip, protocol, UINT, "IANA number of the transport protocol"),
    CHAINS_FIELD(chains_ip, header_len, UINT, "bytes of header, options included"),
    CHAINS_FIELD_ARRAY(chains_ip, options, option_count, "options by name",
                       .names = ipv4_option_names),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type ip4_type = {
    .slot = "packet",
    .name = "IP",
    .size = sizeof(struct chains_ip),
    .fields = ip4_fields,
    .id = CHAINS_ID_ip4,
    .slot_id = CHAINS_SLOT_packet,
};

/* Kinds of the options that are whole, end and padding left out; false when one is not. */
static bool ipv4_options(struct chains_reader in, struct chains_ip *ip)
{
    while (chains_left(&in) > 0) {
        uint8_t kind = chains_read_u8(&in);
        if (kind == 0)
            return true;
        if (kind == 1)
            continue;
        uint8_t len = chains_read_u8(&in);
        if (in.failed || len < 2)
            return false;
        chains_skip(&in, len - 2u);
        if (in.failed)
            return false;
        if (ip->option_count < CHAINS_IP_OPTIONS)
            ip->options[ip->option_count++] = kind;
    }
    return true;
}

/* IPv4 in the first octets, the others 0. */
static inline void ipv4_address(struct chains_addr *addr, const uint8_t p[static 4])
{
    memset(addr->octets + 4, 0, 12);
    memcpy(addr->octets, p, 4);
    addr->family = 4;
}

/* The layer, from the 20 bytes at `p`; options are still to come. */
static inline void ipv4_fill(struct chains_ip *ip, const uint8_t p[static 20])
{
    unsigned fragment = chains_load_be16(p + 6);
    ip->has = 0;
    ip->version = 4;
    ip->tos = p[1];
    ip->len = chains_load_be16(p + 2);
    ip->jumbo_len = 0;
    ip->id = chains_load_be16(p + 4);
    ip->df = fragment >> 14 & 1;
    ip->mf = fragment >> 13 & 1;
    ip->offset = fragment & 0x1fff;
    ip->ttl = p[8];
    ip->protocol = p[9];
    ip->sum = chains_load_be16(p + 10);
    ip->header_len = (p[0] & 15u) * 4;
    ip->flow_label = 0;
    ip->option_count = 0;
    ipv4_address(&ip->src, p + 12);
    ipv4_address(&ip->dst, p + 16);
}

DISSECT_HOT enum chains_verdict ipv4_dissect(struct chains_reader *in, void *layer,
                                             struct chains_key *next,
                                             struct chains_arena *arena)
{
    struct chains_ip *ip = layer;
    const uint8_t *p = chains_take(in, 20);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    if (p[0] >> 4 != 4)
        return CHAINS_MALFORMED;
    unsigned header_len = (p[0] & 15u) * 4, len = chains_load_be16(p + 2);
    unsigned fragment = chains_load_be16(p + 6), protocol = p[9];
    ipv4_fill(ip, p);
    if (header_len < 20 || (len && len < header_len))
        return CHAINS_BAD_TAIL;
    if (len)
        chains_limit(in, len - 20);
    bool clean = true;
    if (header_len > 20) {
        struct chains_reader options = chains_read_block(in, header_len - 20);
        if (options.failed)
            return CHAINS_PARTIAL;
        clean = ipv4_options(options, ip);
    }
    bool piece = fragment & 0x3fff; /* more follow, or it is not the first */
    *next = (struct chains_key){ piece ? CHAINS_BY_FRAGMENT : CHAINS_BY_IPPROTO, protocol };
    return clean ? CHAINS_PARSED : CHAINS_BAD_TAIL;
}

static const struct chains_key ipv4_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x0800 }, { CHAINS_BY_IPPROTO, 4 }, { CHAINS_BY_PPP, 0x0021 },
    { CHAINS_BY_LINKTYPE, 228 },     { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ipv4 = {
    .name = "ipv4",
    .layer = &ip4_type,
    .keys = ipv4_keys,
    .dissect = ipv4_dissect,
};
