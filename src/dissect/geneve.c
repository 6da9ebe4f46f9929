/* SPDX-License-Identifier: MIT */
/*
 * Geneve, RFC 8926. In: the payload of a UDP packet to or from port 6081, which need not be
 * Geneve: version and reserved bits must be 0 and the options must fit. Out: the VNI, the
 * EtherType inside.
 *
 *     version 2 bits, length of options in 4 bytes 6 | O C, 0 6 bits | EtherType 2 |
 *     VNI 3 | 0 1 | options
 */
#include "link.h"
#include "tunnel.h"

static enum chains_verdict geneve_dissect(struct chains_reader *in, void *layer,
                                          struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)arena;
    if (!p || p[0] >> 6 != 0 || p[1] & 0x3f || p[7] != 0)
        return CHAINS_NOT_MINE;
    uint16_t type = chains_load_be16(p + 2);
    if (type < ETHERTYPE_LEAST || !chains_take(in, (p[0] & 63u) * 4u))
        return CHAINS_NOT_MINE;
    struct chains_tunnel *tunnel = layer;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_GENEVE, chains_load_be24(p + 4));
    *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, type };
    return CHAINS_PARSED;
}

static const struct chains_key geneve_keys[] = {
    { CHAINS_BY_TUNNEL, 6081 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_geneve = {
    .name = "geneve",
    .layer = &tunnel_type,
    .keys = geneve_keys,
    .dissect = geneve_dissect,
};
