/* SPDX-License-Identifier: MIT */
/*
 * IPv6, RFC 8200, with its extension headers (walked here, at most CHAINS_IP_OPTIONS of them)
 * and jumbo payloads (RFC 2675). In: bytes from the version nibble on. Out: the header, the
 * names of the extension headers, the protocol behind them. A payload length of 0 without a
 * jumbo option is what segmentation offload leaves in a capture: then everything that is there
 * counts.
 *
 *     version 4 bits, class 8, flow label 20 | payload length 2 | next header | hop limit |
 *     source 16 | destination 16 | { next header | length in 8 bytes less one | ... }
 */
#include "hot.h"

#include <chains/dissect.h>
#include <chains/layer/ip.h>

#include <string.h>

static const struct chains_name ipv6_extension_names[] = {
    { 0, "hop_by_hop" }, { 43, "routing" }, { 44, "fragment" }, { 60, "destination_options" },
    { 135, "mobility" }, { 139, "hip" },    { 140, "shim6" },   { 0, NULL },
};

static const struct chains_field ip6_fields[] = {
    CHAINS_FIELD(chains_ip, src, ADDR, "source address"),
    CHAINS_FIELD(chains_ip, dst, ADDR, "destination address"),
    CHAINS_FIELD(chains_ip, len, UINT, "IPv4: total length; IPv6: payload length, in bytes"),
    CHAINS_FIELD(chains_ip, ttl, UINT, "time to live, hop limit"),
    CHAINS_FIELD(chains_ip, jumbo_len, UINT, "payload length of a jumbogram",
                 .has = CHAINS_IP_HAS_JUMBO),
    CHAINS_FIELD(chains_ip, mf, BOOL, "more fragments follow", .has = CHAINS_IP_HAS_FRAGMENT),
    CHAINS_FIELD(chains_ip, offset, UINT, "fragment offset in units of eight bytes",
                 .has = CHAINS_IP_HAS_FRAGMENT),
    CHAINS_FIELD(chains_ip, id, UINT, "identification, common to the fragments of a packet",
                 .has = CHAINS_IP_HAS_FRAGMENT),
    CHAINS_FIELD(chains_ip, tos, UINT, "DSCP and ECN, or traffic class", .omit_zero = 1),
    CHAINS_FIELD(chains_ip, flow_label, UINT, "IPv6 flow label", .omit_zero = 1),
    CHAINS_FIELD(chains_ip, protocol, UINT, "IANA number of the transport protocol"),
    CHAINS_FIELD(chains_ip, header_len, UINT, "bytes of header, extension headers included"),
    CHAINS_FIELD_ARRAY(chains_ip, options, option_count, "extension headers by name",
                       .names = ipv6_extension_names),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type ip6_type = {
    .slot = "packet",
    .name = "IP6",
    .size = sizeof(struct chains_ip),
    .fields = ip6_fields,
    .id = CHAINS_ID_ip6,
    .slot_id = CHAINS_SLOT_packet,
};

static bool ipv6_is_extension(uint8_t protocol)
{
    return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 60 ||
           protocol == 135 || protocol == 139 || protocol == 140;
}

/* The jumbo payload length in a hop-by-hop header's options, or 0. */
static uint32_t ipv6_jumbo(struct chains_reader in)
{
    while (chains_left(&in) > 0) {
        uint8_t kind = chains_read_u8(&in);
        if (kind == 0)
            continue;
        uint8_t len = chains_read_u8(&in);
        if (kind == 0xc2 && len == 4)
            return chains_read_be32(&in);
        chains_skip(&in, len);
    }
    return 0;
}

/* Reads one extension header, which `ip->protocol` has announced, and moves that on. */
static enum chains_verdict ipv6_extension(struct chains_reader *in, struct chains_ip *ip)
{
    uint8_t kind = ip->protocol;
    if (ip->option_count == CHAINS_IP_OPTIONS)
        return CHAINS_LIMIT;
    const uint8_t *p = chains_peek(in, 8);
    if (!p)
        return CHAINS_PARTIAL;
    unsigned size = kind == 44 ? 8 : (p[1] + 1u) * 8;
    struct chains_reader body = chains_read_block(in, size);
    if (body.failed)
        return CHAINS_PARTIAL;
    ip->options[ip->option_count++] = kind;
    ip->header_len = (uint16_t)(ip->header_len + size);
    ip->protocol = p[0];
    if (kind == 44) {
        unsigned fragment = chains_load_be16(p + 2);
        ip->has |= CHAINS_IP_HAS_FRAGMENT;
        ip->offset = (uint16_t)(fragment >> 3);
        ip->mf = fragment & 1;
        ip->id = chains_load_be32(p + 4);
    } else if (kind == 0 && ip->len == 0) {
        chains_skip(&body, 2);
        ip->jumbo_len = ipv6_jumbo(body);
        if (ip->jumbo_len > UINT16_MAX && ip->jumbo_len >= size) {
            ip->has |= CHAINS_IP_HAS_JUMBO;
            chains_limit(in, ip->jumbo_len - size);
        }
    }
    return CHAINS_PARSED;
}

/* Those in a row, up to the transport or the header of a piece. */
static enum chains_verdict ipv6_extensions(struct chains_reader *in, struct chains_ip *ip,
                                           struct chains_key *next)
{
    while (ipv6_is_extension(ip->protocol)) {
        enum chains_verdict verdict = ipv6_extension(in, ip);
        if (verdict != CHAINS_PARSED)
            return verdict;
        if (ip->mf || ip->offset) {
            *next = (struct chains_key){ CHAINS_BY_FRAGMENT, ip->protocol };
            return CHAINS_PARSED;
        }
    }
    *next = (struct chains_key){ CHAINS_BY_IPPROTO, ip->protocol };
    return CHAINS_PARSED;
}

DISSECT_HOT enum chains_verdict ipv6_dissect(struct chains_reader *in, void *layer,
                                             struct chains_key *next,
                                             struct chains_arena *arena)
{
    struct chains_ip *ip = layer;
    const uint8_t *p = chains_take(in, 40);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    uint32_t first = chains_load_be32(p), len = chains_load_be16(p + 4);
    uint8_t protocol = p[6];
    if (first >> 28 != 6)
        return CHAINS_MALFORMED;
    ip->has = 0;
    ip->version = 6;
    ip->tos = (uint8_t)(first >> 20);
    ip->flow_label = first & 0xfffff;
    ip->len = len;
    ip->jumbo_len = 0;
    ip->protocol = protocol;
    ip->ttl = p[7];
    ip->df = ip->mf = 0;
    ip->offset = 0;
    ip->id = 0;
    ip->sum = 0;
    ip->header_len = 40;
    ip->option_count = 0;
    memcpy(ip->src.octets, p + 8, 16);
    memcpy(ip->dst.octets, p + 24, 16);
    ip->src.family = ip->dst.family = 6;
    if (len)
        chains_limit(in, len);
    if (__builtin_expect(ipv6_is_extension(protocol), 0)) {
        struct chains_reader behind = *in; /* a copy, for the walk keeps its own in registers */
        struct chains_key after = *next;
        enum chains_verdict verdict = ipv6_extensions(&behind, ip, &after);
        *in = behind;
        *next = after;
        return verdict;
    }
    *next = (struct chains_key){ CHAINS_BY_IPPROTO, protocol };
    return CHAINS_PARSED;
}

static const struct chains_key ipv6_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x86dd }, { CHAINS_BY_IPPROTO, 41 }, { CHAINS_BY_PPP, 0x0057 },
    { CHAINS_BY_LINKTYPE, 229 },     { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ipv6 = {
    .name = "ipv6",
    .layer = &ip6_type,
    .keys = ipv6_keys,
    .dissect = ipv6_dissect,
};
