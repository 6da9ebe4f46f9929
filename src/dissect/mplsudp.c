/* SPDX-License-Identifier: MIT */
/*
 * MPLS in UDP, RFC 7510. In: the payload of a UDP packet to or from port 6635, which need not
 * be MPLS: a label stack that ends and an IP packet behind it must be there. Out: that it is a
 * tunnel; nothing is read, the stack is mpls.c's.
 */
#include "link.h"
#include "tunnel.h"

enum { MPLSUDP_LABELS = 16 };

static enum chains_verdict mplsudp_dissect(struct chains_reader *in, void *layer,
                                           struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tunnel *tunnel = layer;
    struct chains_reader ahead = *in;
    (void)arena;
    bool bottom = false;
    for (unsigned i = 0; i < MPLSUDP_LABELS && !bottom && !ahead.failed; i++)
        bottom = chains_read_be32(&ahead) >> 8 & 1;
    if (!bottom || link_ip_by_nibble(&ahead).space == CHAINS_BY_NOTHING)
        return CHAINS_NOT_MINE;
    tunnel_set(tunnel, CHAINS_TUNNEL_MPLS);
    *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x8847 };
    return CHAINS_PARSED;
}

static const struct chains_key mplsudp_keys[] = {
    { CHAINS_BY_TUNNEL, 6635 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_mplsudp = {
    .name = "mplsudp",
    .layer = &tunnel_type,
    .keys = mplsudp_keys,
    .dissect = mplsudp_dissect,
};
