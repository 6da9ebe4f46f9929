/* SPDX-License-Identifier: MIT */
/*
 * VXLAN, RFC 7348, with the group policy and generic protocol (GPE) extensions. In: the payload
 * of a UDP packet to or from port 4789, 4790 (GPE) or 8472 (Linux's own default), which need
 * not be VXLAN: reserved bits must be clear and an Ethernet frame must fit. Out: the VNI.
 *
 *     G, version 2 bits, I P B O 1 each | policy flags 1 |
 *     policy 2, or 0 1 and next protocol 1 | VNI 3 | 0 1
 */
#include "tunnel.h"

enum {
    VXLAN_POLICY = 0x80,
    VXLAN_ID = 0x08,
    VXLAN_NEXT_PROTOCOL = 0x04,
    VXLAN_OAM = 0x01,
    VXLAN_POLICY_FLAGS = 0x48, /* do not learn, applied */
    VXLAN_LEAST_FRAME = 14,
};

static enum chains_verdict vxlan_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    struct chains_key inner = { CHAINS_BY_LINKTYPE, 1 };
    (void)arena;
    if (!p || !(p[0] & VXLAN_ID) || p[7] != 0)
        return CHAINS_NOT_MINE;
    switch (p[0] & ~VXLAN_ID) {
    case 0:
        if (chains_load_be24(p + 1) != 0)
            return CHAINS_NOT_MINE;
        break;
    case VXLAN_POLICY:
        if (p[1] & ~VXLAN_POLICY_FLAGS)
            return CHAINS_NOT_MINE;
        break;
    case VXLAN_NEXT_PROTOCOL:
    case VXLAN_NEXT_PROTOCOL | VXLAN_OAM:
        inner = tunnel_next_protocol(p[3]);
        if (chains_load_be16(p + 1) != 0 || inner.space == CHAINS_BY_NOTHING)
            return CHAINS_NOT_MINE;
        break;
    default:
        return CHAINS_NOT_MINE;
    }
    if (inner.space == CHAINS_BY_LINKTYPE && chains_left(in) < VXLAN_LEAST_FRAME)
        return CHAINS_NOT_MINE;
    struct chains_tunnel *tunnel = layer;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_VXLAN, chains_load_be24(p + 4));
    *next = inner;
    return CHAINS_PARSED;
}

static const struct chains_key vxlan_keys[] = {
    { CHAINS_BY_TUNNEL, 4789 },
    { CHAINS_BY_TUNNEL, 4790 },
    { CHAINS_BY_TUNNEL, 8472 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_vxlan = {
    .name = "vxlan",
    .layer = &tunnel_type,
    .keys = vxlan_keys,
    .dissect = vxlan_dissect,
};
