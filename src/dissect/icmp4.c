/* SPDX-License-Identifier: MIT */
/*
 * ICMP, RFC 792, with the MTU of RFC 1191. In: the payload of an IPv4 packet. Out: type and
 * code, what the type says of the next four bytes, the head of the packet that an error quotes.
 * Extensions of RFC 4884 stay in `rest`.
 *
 *     type 1 | code 1 | checksum 2 | id 2, sequence 2; or gateway 4; or 0 2, MTU 2 | ...
 */
#include "quoted.h"

#include <string.h>

enum {
    ICMP4_ECHO_REPLY = 0,
    ICMP4_UNREACHABLE = 3,
    ICMP4_SOURCE_QUENCH = 4,
    ICMP4_REDIRECT = 5,
    ICMP4_ECHO = 8,
    ICMP4_TIME_EXCEEDED = 11,
    ICMP4_PARAMETER = 12,
    ICMP4_TIMESTAMP = 13, /* to 18: requests and replies with id and sequence */
    ICMP4_MASK_REPLY = 18,
    ICMP4_FRAGMENTATION_NEEDED = 4, /* a code of UNREACHABLE */
};

static const struct chains_field icmp4_fields[] = {
    CHAINS_FIELD(chains_icmp, icmp_type, UINT, "type of the message"),
    CHAINS_FIELD(chains_icmp, icmp_code, UINT, "code within the type"),
    CHAINS_FIELD(chains_icmp, sum, UINT, "checksum as sent"),
    CHAINS_FIELD(chains_icmp, id, UINT, "echo: identifier", .has = CHAINS_ICMP_HAS_ECHO),
    CHAINS_FIELD(chains_icmp, seq, UINT, "echo: sequence number", .has = CHAINS_ICMP_HAS_ECHO),
    CHAINS_FIELD(chains_icmp, mtu, UINT, "fragmentation needed: size of the next network",
                 .has = CHAINS_ICMP_HAS_MTU),
    CHAINS_FIELD(chains_icmp, gateway, ADDR, "redirect: the better router",
                 .has = CHAINS_ICMP_HAS_GATEWAY),
    CHAINS_FIELD(chains_icmp, quoted, OBJECT, "error: the packet it speaks of",
                 .fields = quoted_fields, .has = CHAINS_ICMP_HAS_QUOTED),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type icmp4_type = {
    .slot = "transport",
    .name = "ICMP",
    .size = sizeof(struct chains_icmp),
    .fields = icmp4_fields,
    .id = CHAINS_ID_icmp4,
    .slot_id = CHAINS_SLOT_transport,
};

static bool icmp4_is_error(uint8_t type)
{
    return type == ICMP4_UNREACHABLE || type == ICMP4_SOURCE_QUENCH || type == ICMP4_REDIRECT ||
           type == ICMP4_TIME_EXCEEDED || type == ICMP4_PARAMETER;
}

static bool icmp4_has_echo(uint8_t type)
{
    return type == ICMP4_ECHO || type == ICMP4_ECHO_REPLY ||
           (type >= ICMP4_TIMESTAMP && type <= ICMP4_MASK_REPLY);
}

static enum chains_verdict icmp4_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    struct chains_icmp *icmp = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)next;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(icmp, 0, sizeof *icmp);
    icmp->icmp_type = p[0];
    icmp->icmp_code = p[1];
    icmp->sum = chains_load_be16(p + 2);
    p = chains_take(in, 4);
    if (!p)
        return CHAINS_PARTIAL;
    if (icmp4_has_echo(icmp->icmp_type)) {
        icmp->has = CHAINS_ICMP_HAS_ECHO;
        icmp->id = chains_load_be16(p);
        icmp->seq = chains_load_be16(p + 2);
    } else if (icmp->icmp_type == ICMP4_REDIRECT) {
        icmp->has = CHAINS_ICMP_HAS_GATEWAY;
        memcpy(icmp->gateway.octets, p, 4);
        icmp->gateway.family = 4;
    } else if (icmp->icmp_type == ICMP4_UNREACHABLE &&
               icmp->icmp_code == ICMP4_FRAGMENTATION_NEEDED) {
        icmp->has = CHAINS_ICMP_HAS_MTU;
        icmp->mtu = chains_load_be16(p + 2);
    }
    if (icmp4_is_error(icmp->icmp_type) && quoted_read(*in, 4, &icmp->quoted))
        icmp->has |= CHAINS_ICMP_HAS_QUOTED;
    return CHAINS_PARSED;
}

static const struct chains_key icmp4_keys[] = {
    { CHAINS_BY_IPPROTO, 1 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_icmp4 = {
    .name = "icmp4",
    .layer = &icmp4_type,
    .keys = icmp4_keys,
    .dissect = icmp4_dissect,
};
