/* SPDX-License-Identifier: MIT */
/*
 * ICMPv6, RFC 4443, and neighbour discovery, RFC 4861. In: the payload of an IPv6 packet. Out:
 * type and code, what the type says of the next four bytes, the target and the options of
 * neighbour discovery (link-layer address, first prefix, MTU), the head of a quoted packet.
 *
 *     type 1 | code 1 | checksum 2 | four bytes by type | { target 16 { destination 16 } }
 *     { option 1 | length in 8 bytes 1 | ... }
 */
#include "quoted.h"

#include <string.h>

enum {
    ICMP6_TOO_BIG = 2,
    ICMP6_FIRST_ERROR = 1,
    ICMP6_LAST_ERROR = 4,
    ICMP6_ECHO = 128,
    ICMP6_ECHO_REPLY = 129,
    ICMP6_ROUTER_SOLICITATION = 133,
    ICMP6_ROUTER_ADVERTISEMENT = 134,
    ICMP6_NEIGHBOUR_SOLICITATION = 135,
    ICMP6_NEIGHBOUR_ADVERTISEMENT = 136,
    ICMP6_REDIRECT = 137,

    ICMP6_OPTION_SOURCE_MAC = 1,
    ICMP6_OPTION_TARGET_MAC = 2,
    ICMP6_OPTION_PREFIX = 3,
    ICMP6_OPTION_MTU = 5,
};

static const struct chains_field icmp6_fields[] = {
    CHAINS_FIELD(chains_icmp, icmp_type, UINT, "type of the message"),
    CHAINS_FIELD(chains_icmp, icmp_code, UINT, "code within the type"),
    CHAINS_FIELD(chains_icmp, sum, UINT, "checksum as sent"),
    CHAINS_FIELD(chains_icmp, id, UINT, "echo: identifier", .has = CHAINS_ICMP_HAS_ECHO),
    CHAINS_FIELD(chains_icmp, seq, UINT, "echo: sequence number", .has = CHAINS_ICMP_HAS_ECHO),
    CHAINS_FIELD(chains_icmp, mtu, UINT, "packet too big or advertised: size of the network",
                 .has = CHAINS_ICMP_HAS_MTU),
    CHAINS_FIELD(chains_icmp, target, ADDR,
                 "neighbour discovery: address asked for or spoken of",
                 .has = CHAINS_ICMP_HAS_TARGET),
    CHAINS_FIELD(chains_icmp, mac, MAC, "neighbour discovery: link-layer address",
                 .has = CHAINS_ICMP_HAS_MAC),
    CHAINS_FIELD(chains_icmp, gateway, ADDR, "redirect: the better router",
                 .has = CHAINS_ICMP_HAS_GATEWAY),
    CHAINS_FIELD(chains_icmp, lifetime, UINT, "router advertisement: seconds it is valid",
                 .has = CHAINS_ICMP_HAS_LIFETIME),
    CHAINS_FIELD(chains_icmp, prefix, ADDR, "router advertisement: first prefix",
                 .has = CHAINS_ICMP_HAS_PREFIX),
    CHAINS_FIELD(chains_icmp, prefix_len, UINT, "router advertisement: bits of the prefix",
                 .has = CHAINS_ICMP_HAS_PREFIX),
    CHAINS_FIELD(chains_icmp, quoted, OBJECT, "error: the packet it speaks of",
                 .fields = quoted_fields, .has = CHAINS_ICMP_HAS_QUOTED),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type icmp6_type = {
    .slot = "transport",
    .name = "ICMP6",
    .size = sizeof(struct chains_icmp),
    .fields = icmp6_fields,
    .id = CHAINS_ID_icmp6,
    .slot_id = CHAINS_SLOT_transport,
};

static void icmp6_option(struct chains_icmp *icmp, uint8_t kind, struct chains_reader body)
{
    const uint8_t *p = NULL;
    if (kind == ICMP6_OPTION_SOURCE_MAC || kind == ICMP6_OPTION_TARGET_MAC) {
        p = chains_take(&body, 6);
        if (p) {
            icmp->has |= CHAINS_ICMP_HAS_MAC;
            memcpy(icmp->mac, p, 6);
        }
    } else if (kind == ICMP6_OPTION_PREFIX && !(icmp->has & CHAINS_ICMP_HAS_PREFIX)) {
        p = chains_take(&body, 30);
        if (p && p[0] <= 128) {
            icmp->has |= CHAINS_ICMP_HAS_PREFIX;
            icmp->prefix_len = p[0];
            memcpy(icmp->prefix.octets, p + 14, 16);
            icmp->prefix.family = 6;
        }
    } else if (kind == ICMP6_OPTION_MTU) {
        p = chains_take(&body, 6);
        if (p) {
            icmp->has |= CHAINS_ICMP_HAS_MTU;
            icmp->mtu = chains_load_be32(p + 2);
        }
    }
}

static enum chains_verdict icmp6_options(struct chains_reader *in, struct chains_icmp *icmp)
{
    while (chains_left(in) > 0) {
        uint8_t kind = chains_read_u8(in);
        size_t size = chains_read_u8(in) * (size_t)8;
        if (in->failed)
            return CHAINS_PARTIAL;
        if (size == 0)
            return CHAINS_BAD_TAIL;
        struct chains_reader body = chains_read_block(in, size - 2);
        if (body.failed)
            return CHAINS_PARTIAL;
        icmp6_option(icmp, kind, body);
    }
    return CHAINS_PARSED;
}

/* Neighbour discovery: what stands before the options. */
static enum chains_verdict icmp6_discovery(struct chains_reader *in, struct chains_icmp *icmp,
                                           const uint8_t word[static 4])
{
    if (icmp->icmp_type == ICMP6_ROUTER_ADVERTISEMENT) {
        icmp->has |= CHAINS_ICMP_HAS_LIFETIME;
        icmp->lifetime = chains_load_be16(word + 2);
        chains_skip(in, 8);
    } else if (icmp->icmp_type != ICMP6_ROUTER_SOLICITATION) {
        bool redirect = icmp->icmp_type == ICMP6_REDIRECT;
        struct chains_addr *first = redirect ? &icmp->gateway : &icmp->target;
        const uint8_t *p = chains_take(in, redirect ? 32 : 16);
        if (!p)
            return CHAINS_PARTIAL;
        memcpy(first->octets, p, 16);
        first->family = 6;
        icmp->has |= redirect ? CHAINS_ICMP_HAS_GATEWAY : CHAINS_ICMP_HAS_TARGET;
        if (redirect) {
            memcpy(icmp->target.octets, p + 16, 16);
            icmp->target.family = 6;
            icmp->has |= CHAINS_ICMP_HAS_TARGET;
        }
    }
    return in->failed ? CHAINS_PARTIAL : icmp6_options(in, icmp);
}

static enum chains_verdict icmp6_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    struct chains_icmp *icmp = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)next;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(icmp, 0, sizeof *icmp);
    uint8_t type = icmp->icmp_type = p[0];
    icmp->icmp_code = p[1];
    icmp->sum = chains_load_be16(p + 2);
    p = chains_take(in, 4);
    if (!p)
        return CHAINS_PARTIAL;
    if (type >= ICMP6_ROUTER_SOLICITATION && type <= ICMP6_REDIRECT)
        return icmp6_discovery(in, icmp, p);
    if (type == ICMP6_ECHO || type == ICMP6_ECHO_REPLY) {
        icmp->has = CHAINS_ICMP_HAS_ECHO;
        icmp->id = chains_load_be16(p);
        icmp->seq = chains_load_be16(p + 2);
    } else if (type == ICMP6_TOO_BIG) {
        icmp->has = CHAINS_ICMP_HAS_MTU;
        icmp->mtu = chains_load_be32(p);
    }
    if (type >= ICMP6_FIRST_ERROR && type <= ICMP6_LAST_ERROR &&
        quoted_read(*in, 6, &icmp->quoted))
        icmp->has |= CHAINS_ICMP_HAS_QUOTED;
    return CHAINS_PARSED;
}

static const struct chains_key icmp6_keys[] = {
    { CHAINS_BY_IPPROTO, 58 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_icmp6 = {
    .name = "icmp6",
    .layer = &icmp6_type,
    .keys = icmp6_keys,
    .dissect = icmp6_dissect,
};
