/* SPDX-License-Identifier: MIT */
/*
 * GRE, RFC 2784 and 2890, with the routing of RFC 1701, and version 1 of PPTP, RFC 2637. In:
 * the payload of an IP packet. Out: the key (version 1: the call), the EtherType inside; PPP is
 * read up to its protocol. ERSPAN type I has no header of its own: it is 0x88be without a
 * sequence number. WCCP's redirect header is skipped.
 *
 *     C R K S s, recursion 3 bits, A, flags 4, version 3 | EtherType 2 |
 *     { checksum 2, offset 2 } { key 4, or length 2 and call 2 } { sequence 4 }
 *     { acknowledgement 4 } { routing }
 */
#include "link.h"
#include "tunnel.h"

enum {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGE = 0x0080,
    GRE_VERSION = 0x0007,

    GRE_WCCP = 0x883e,
    GRE_PPP = 0x880b,
    GRE_ERSPAN = 0x88be,
};

/* Source route entries, up to the empty one that ends them. */
static void gre_routing(struct chains_reader *in)
{
    while (!in->failed) {
        uint16_t family = chains_read_be16(in);
        chains_skip(in, 1);
        uint8_t len = chains_read_u8(in);
        if (family == 0 && len == 0)
            return;
        chains_skip(in, len);
    }
}

static enum chains_verdict gre_payload(struct chains_reader *in, struct chains_tunnel *tunnel,
                                       unsigned flags, uint16_t type, struct chains_key *next)
{
    *next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
    if (type == GRE_PPP) {
        uint16_t protocol = link_read_ppp(in);
        if (in->failed)
            return CHAINS_PARTIAL;
        *next = (struct chains_key){ CHAINS_BY_PPP, protocol };
    } else if (type == GRE_ERSPAN && !(flags & GRE_SEQUENCE)) {
        tunnel->type = CHAINS_TUNNEL_ERSPAN;
        *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    } else if (type == GRE_WCCP) {
        if (link_ip_by_nibble(in).space == CHAINS_BY_NOTHING)
            chains_skip(in, 4);
        *next = link_ip_by_nibble(in);
    } else if (type >= ETHERTYPE_LEAST) {
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, type };
    }
    return CHAINS_PARSED;
}

/* Version 1: the key holds the payload's length and the call. */
static enum chains_verdict gre_pptp(struct chains_reader *in, struct chains_tunnel *tunnel,
                                    unsigned flags, struct chains_key *next)
{
    size_t size = (flags & GRE_SEQUENCE ? 4u : 0u) + (flags & GRE_ACKNOWLEDGE ? 4u : 0u);
    const uint8_t *key = chains_take(in, 4);
    if (!key || !chains_take(in, size))
        return CHAINS_PARTIAL;
    tunnel->has = CHAINS_TUNNEL_HAS_ID;
    tunnel->id = chains_load_be16(key + 2);
    chains_limit(in, chains_load_be16(key));
    if (!(flags & GRE_SEQUENCE))
        return CHAINS_PARSED; /* a bare acknowledgement */
    return gre_payload(in, tunnel, flags, GRE_PPP, next);
}

static enum chains_verdict gre_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tunnel *tunnel = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned flags = chains_load_be16(p);
    unsigned version = flags & GRE_VERSION;
    uint16_t type = chains_load_be16(p + 2);
    if (version > 1 || (version == 1 && (type != GRE_PPP || !(flags & GRE_KEY))))
        return CHAINS_MALFORMED;
    tunnel_set(tunnel, CHAINS_TUNNEL_GRE);
    if (version == 1)
        return gre_pptp(in, tunnel, flags, next);
    if (flags & (GRE_CHECKSUM | GRE_ROUTING))
        chains_skip(in, 4);
    uint32_t key = flags & GRE_KEY ? chains_read_be32(in) : 0;
    if (flags & GRE_KEY && !in->failed) {
        tunnel->has = CHAINS_TUNNEL_HAS_ID;
        tunnel->id = key;
    }
    if (flags & GRE_SEQUENCE)
        chains_skip(in, 4);
    if (flags & GRE_ROUTING)
        gre_routing(in);
    if (in->failed)
        return CHAINS_PARTIAL;
    return gre_payload(in, tunnel, flags, type, next);
}

static const struct chains_key gre_keys[] = {
    { CHAINS_BY_IPPROTO, 47 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_gre = {
    .name = "gre",
    .layer = &tunnel_type,
    .keys = gre_keys,
    .dissect = gre_dissect,
};
