/* SPDX-License-Identifier: MIT */
/*
 * The IP protocols that have no layer of their own, by their IANA number, which the walk gives
 * in `next->number`. In: the payload of an IP packet. Out: the number, and the first members of
 * ESP (RFC 4303), EIGRP (RFC 7868), OSPF (RFC 2328), RSVP (RFC 2205), PIM (RFC 7761) and VRRP
 * (RFC 5798). Nothing follows.
 *
 *     EIGRP  version 1 | operation 1
 *     ESP    SPI 4 | sequence 4
 *     OSPF   version 1 | type 1
 *     PIM    version 4 bits, type 4
 *     RSVP   version 4 bits, flags 4 | type 1
 *     VRRP   version 4 bits, type 4 | virtual router 1
 */
#include "protocol.h"

#include <string.h>

static const struct chains_name protocol_names[] = {
    { 3, "GGP" },     { 5, "ST" },       { 7, "CBT" },         { 8, "EGP" },
    { 9, "IGP" },     { 12, "PUP" },     { 16, "CHAOS" },      { 22, "XNS_IDP" },
    { 27, "RDP" },    { 28, "IRTP" },    { 29, "ISO_TP4" },    { 33, "DCCP" },
    { 36, "XTP" },    { 45, "IDRP" },    { 46, "RSVP" },       { 48, "DSR" },
    { 50, "ESP" },    { 51, "AH" },      { 54, "NARP" },       { 55, "MOBILE" },
    { 80, "ISO_IP" }, { 83, "VINES" },   { 88, "EIGRP" },      { 89, "OSPF" },
    { 92, "MTP" },    { 94, "IPIP" },    { 97, "ETHERIP" },    { 98, "ENCAP" },
    { 103, "PIM" },   { 108, "IPCOMP" }, { 111, "IPX_IN_IP" }, { 112, "VRRP" },
    { 113, "PGM" },   { 115, "L2TP" },   { 118, "STP" },       { 123, "PTP" },
    { 124, "ISIS" },  { 131, "PIPE" },   { 133, "FC" },        { 136, "UDPLITE" },
    { 138, "MANET" }, { 141, "WESP" },   { 142, "ROHC" },      { 0, NULL },
};

static const struct chains_field protocol_fields[] = {
    CHAINS_FIELD(chains_protocol, type, NAMED, "name of the protocol in the IANA registry",
                 .names = protocol_names),
    CHAINS_FIELD(chains_protocol, spi, UINT, "ESP, AH: security parameters index",
                 .has = CHAINS_PROTOCOL_HAS_SPI),
    CHAINS_FIELD(chains_protocol, seq, UINT, "ESP, AH: sequence number",
                 .has = CHAINS_PROTOCOL_HAS_SEQ),
    CHAINS_FIELD(chains_protocol, version, UINT, "EIGRP, OSPF, PIM, RSVP, VRRP: version",
                 .has = CHAINS_PROTOCOL_HAS_VERSION),
    CHAINS_FIELD(chains_protocol, kind, UINT, "EIGRP, OSPF, PIM, RSVP, VRRP: message type",
                 .has = CHAINS_PROTOCOL_HAS_KIND),
    CHAINS_FIELD(chains_protocol, group, UINT, "VRRP: virtual router",
                 .has = CHAINS_PROTOCOL_HAS_GROUP),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type protocol_type = {
    .slot = "transport",
    .name = "transport",
    .size = sizeof(struct chains_protocol),
    .fields = protocol_fields,
    .id = CHAINS_ID_protocol,
    .slot_id = CHAINS_SLOT_transport,
};

/* The members that a protocol is known to begin with. */
static void protocol_members(struct chains_protocol *protocol, const uint8_t *p)
{
    protocol->has = CHAINS_PROTOCOL_HAS_VERSION | CHAINS_PROTOCOL_HAS_KIND;
    switch (protocol->type) {
    case PROTOCOL_ESP:
        protocol->has = CHAINS_PROTOCOL_HAS_SPI | CHAINS_PROTOCOL_HAS_SEQ;
        protocol->spi = chains_load_be32(p);
        protocol->seq = chains_load_be32(p + 4);
        break;
    case PROTOCOL_VRRP:
        protocol->has |= CHAINS_PROTOCOL_HAS_GROUP;
        protocol->version = p[0] >> 4;
        protocol->kind = p[0] & 15;
        protocol->group = p[1];
        break;
    case PROTOCOL_PIM:
        protocol->version = p[0] >> 4;
        protocol->kind = p[0] & 15;
        break;
    case PROTOCOL_RSVP:
        protocol->version = p[0] >> 4;
        protocol->kind = p[1];
        break;
    default: /* OSPF, EIGRP */
        protocol->version = p[0];
        protocol->kind = p[1];
        break;
    }
}

/* Bytes that protocol_members() reads of a protocol; 0: nothing is known of it. */
static size_t protocol_fixed(uint32_t number)
{
    switch (number) {
    case PROTOCOL_ESP:
        return 8;
    case PROTOCOL_EIGRP:
    case PROTOCOL_OSPF:
    case PROTOCOL_PIM:
    case PROTOCOL_RSVP:
    case PROTOCOL_VRRP:
        return 2;
    default:
        return 0;
    }
}

static enum chains_verdict protocol_dissect(struct chains_reader *in, void *layer,
                                            struct chains_key *next, struct chains_arena *arena)
{
    struct chains_protocol *protocol = layer;
    size_t size = protocol_fixed(next->number);
    const uint8_t *p = chains_peek(in, size);
    (void)arena;
    if (size > 0 && !p)
        return CHAINS_CUT_SHORT;
    memset(protocol, 0, sizeof *protocol);
    protocol->type = (uint8_t)next->number;
    if (size > 0)
        protocol_members(protocol, p);
    return CHAINS_PARSED;
}

static const struct chains_key protocol_keys[] = {
    { CHAINS_BY_IPPROTO, 3 },   { CHAINS_BY_IPPROTO, 5 },   { CHAINS_BY_IPPROTO, 7 },
    { CHAINS_BY_IPPROTO, 8 },   { CHAINS_BY_IPPROTO, 9 },   { CHAINS_BY_IPPROTO, 12 },
    { CHAINS_BY_IPPROTO, 16 },  { CHAINS_BY_IPPROTO, 22 },  { CHAINS_BY_IPPROTO, 27 },
    { CHAINS_BY_IPPROTO, 28 },  { CHAINS_BY_IPPROTO, 29 },  { CHAINS_BY_IPPROTO, 33 },
    { CHAINS_BY_IPPROTO, 36 },  { CHAINS_BY_IPPROTO, 45 },  { CHAINS_BY_IPPROTO, 46 },
    { CHAINS_BY_IPPROTO, 48 },  { CHAINS_BY_IPPROTO, 50 },  { CHAINS_BY_IPPROTO, 54 },
    { CHAINS_BY_IPPROTO, 55 },  { CHAINS_BY_IPPROTO, 80 },  { CHAINS_BY_IPPROTO, 83 },
    { CHAINS_BY_IPPROTO, 88 },  { CHAINS_BY_IPPROTO, 89 },  { CHAINS_BY_IPPROTO, 92 },
    { CHAINS_BY_IPPROTO, 94 },  { CHAINS_BY_IPPROTO, 97 },  { CHAINS_BY_IPPROTO, 98 },
    { CHAINS_BY_IPPROTO, 103 }, { CHAINS_BY_IPPROTO, 108 }, { CHAINS_BY_IPPROTO, 111 },
    { CHAINS_BY_IPPROTO, 112 }, { CHAINS_BY_IPPROTO, 113 }, { CHAINS_BY_IPPROTO, 115 },
    { CHAINS_BY_IPPROTO, 118 }, { CHAINS_BY_IPPROTO, 123 }, { CHAINS_BY_IPPROTO, 124 },
    { CHAINS_BY_IPPROTO, 131 }, { CHAINS_BY_IPPROTO, 133 }, { CHAINS_BY_IPPROTO, 136 },
    { CHAINS_BY_IPPROTO, 138 }, { CHAINS_BY_IPPROTO, 141 }, { CHAINS_BY_IPPROTO, 142 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_protocol = {
    .name = "protocol",
    .layer = &protocol_type,
    .keys = protocol_keys,
    .dissect = protocol_dissect,
};
