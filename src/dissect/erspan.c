/* SPDX-License-Identifier: MIT */
/*
 * ERSPAN types II and III (draft-foschiano-erspan): a switch's mirrored frames inside GRE. In:
 * the payload of GRE. Out: the session; an Ethernet frame follows, in type III perhaps bare IP.
 * Type I has no header and is gre.c's.
 *
 *     II   version 4 bits (1), VLAN 12 | class 3 bits, encapsulation 2, cut 1, session 10 |
 *          reserved 12 bits, index 20
 *     III  version 4 bits (2), VLAN 12 | class 3, BSO 2, cut 1, session 10 | time 4 | SGT 2 |
 *          P, frame type 5 bits, hardware 6, direction 1, granularity 2, O | { subheader 8 }
 */
#include "link.h"
#include "tunnel.h"

enum { ERSPAN_FRAME_ETHERNET = 0, ERSPAN_FRAME_IP = 2 };

static enum chains_verdict erspan_type_3(struct chains_reader *in, struct chains_key *next)
{
    const uint8_t *p = chains_take(in, 8);
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned last = chains_load_be16(p + 6);
    unsigned frame_type = last >> 10 & 31;
    if (last & 1)
        chains_skip(in, 8);
    if (in->failed)
        return CHAINS_PARTIAL;
    if (frame_type == ERSPAN_FRAME_ETHERNET)
        *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    else if (frame_type == ERSPAN_FRAME_IP)
        *next = link_ip_by_nibble(in);
    return CHAINS_PARSED;
}

static enum chains_verdict erspan_dissect(struct chains_reader *in, void *layer,
                                          struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tunnel *tunnel = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned version = p[0] >> 4;
    if (version != 1 && version != 2)
        return CHAINS_MALFORMED;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_ERSPAN, chains_load_be16(p + 2) & 0x3ff);
    if (version == 2)
        return erspan_type_3(in, next);
    if (!chains_take(in, 4))
        return CHAINS_CUT_SHORT;
    *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    return CHAINS_PARSED;
}

static const struct chains_key erspan_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x88be },
    { CHAINS_BY_ETHERTYPE, 0x22eb },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_erspan = {
    .name = "erspan",
    .layer = &tunnel_type,
    .keys = erspan_keys,
    .dissect = erspan_dissect,
};
