/* SPDX-License-Identifier: MIT */
/*
 * Network service header, RFC 8300. In: the payload of Ethernet or VXLAN-GPE. Out: the service
 * path; the packet or frame inside follows.
 *
 *     version 2 bits, O, 0, TTL 6, length in 4 bytes 6 | 0 4 bits, metadata type 4 |
 *     next protocol 1 | path 3 | index 1 | metadata
 */
#include "tunnel.h"

static enum chains_verdict nsh_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tunnel *tunnel = layer;
    const uint8_t *p = chains_take(in, 8);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    size_t size = (chains_load_be16(p) & 63u) * 4u;
    if (p[0] >> 6 != 0 || size < 8)
        return CHAINS_MALFORMED;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_NSH, chains_load_be24(p + 4));
    if (!chains_take(in, size - 8))
        return CHAINS_PARTIAL;
    *next = tunnel_next_protocol(p[3]);
    return CHAINS_PARSED;
}

static const struct chains_key nsh_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x894f },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_nsh = {
    .name = "nsh",
    .layer = &tunnel_type,
    .keys = nsh_keys,
    .dissect = nsh_dissect,
};
