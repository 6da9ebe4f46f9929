/* SPDX-License-Identifier: MIT */
/*
 * L2TP version 2, RFC 2661. In: the payload of a UDP packet to or from port 1701, which need
 * not be L2TP: version, reserved bits and length must fit, and data must look like PPP. Out:
 * the tunnel; PPP follows in data messages, nothing in control messages.
 *
 *     T L 0 0 S 0 O P, 0 4 bits, version 4 (2) | { length 2 } | tunnel 2 | session 2 |
 *     { Ns 2 | Nr 2 } { offset 2 | padding }
 */
#include "link.h"
#include "tunnel.h"

enum {
    L2TP_CONTROL = 0x8000,
    L2TP_LENGTH = 0x4000,
    L2TP_SEQUENCE = 0x0800,
    L2TP_OFFSET = 0x0200,
    L2TP_PRIORITY = 0x0100,
    L2TP_RESERVED = 0x34f0,
    L2TP_VERSION = 0x000f,
};

/* Whether a number is a PPP protocol that L2TP is used for: IP, control protocols, LCP. */
static bool l2tp_knows(uint16_t protocol)
{
    switch (protocol) {
    case 0x0021:
    case 0x003d:
    case 0x0057:
    case 0x00fd:
    case 0x0281:
    case 0x8021:
    case 0x8057:
    case 0x80fd:
    case 0x8281:
    case 0xc021:
    case 0xc023:
    case 0xc025:
    case 0xc223:
        return true;
    default:
        return false;
    }
}

static enum chains_verdict l2tp_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    const size_t whole = chains_left(in);
    unsigned flags = chains_read_be16(in);
    unsigned control = L2TP_CONTROL | L2TP_LENGTH | L2TP_SEQUENCE;
    uint16_t protocol = 0;
    (void)arena;
    if ((flags & L2TP_VERSION) != 2 || flags & L2TP_RESERVED)
        return CHAINS_NOT_MINE;
    if (flags & L2TP_CONTROL && (flags & ~(unsigned)L2TP_VERSION) != control)
        return CHAINS_NOT_MINE;
    if (flags & L2TP_LENGTH) {
        size_t len = chains_read_be16(in);
        if (len < 8 || (flags & L2TP_CONTROL && len != whole))
            return CHAINS_NOT_MINE;
        chains_limit(in, len - 4);
    }
    uint16_t tunnel_id = chains_read_be16(in);
    chains_skip(in, flags & L2TP_SEQUENCE ? 6 : 2);
    if (flags & L2TP_OFFSET)
        chains_skip(in, chains_read_be16(in));
    if (!(flags & L2TP_CONTROL)) {
        protocol = link_read_ppp(in);
        if (!l2tp_knows(protocol))
            return CHAINS_NOT_MINE;
    }
    if (in->failed)
        return CHAINS_NOT_MINE;
    struct chains_tunnel *tunnel = layer;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_L2TP, tunnel_id);
    if (protocol)
        *next = (struct chains_key){ CHAINS_BY_PPP, protocol };
    return CHAINS_PARSED;
}

static const struct chains_key l2tp_keys[] = {
    { CHAINS_BY_TUNNEL, 1701 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_l2tp = {
    .name = "l2tp",
    .layer = &tunnel_type,
    .keys = l2tp_keys,
    .dissect = l2tp_dissect,
};
