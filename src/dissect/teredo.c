/* SPDX-License-Identifier: MIT */
/*
 * Teredo, RFC 4380. In: the payload of a UDP packet to or from port 3544, which need not be
 * Teredo: an IPv6 header whose next header is a usual one must follow. Out: that it is a
 * tunnel; the indications before the IPv6 packet are skipped.
 *
 *     { 00 01 | id length 1 | value length 1 | id | value | nonce 8 | confirmation 1 }
 *     { 00 00 | port 2 | address 4 } IPv6 packet
 */
#include "tunnel.h"

enum { TEREDO_AUTHENTICATION = 1, TEREDO_ORIGIN = 0 };

static bool teredo_holds_ipv6(const struct chains_reader *in)
{
    const uint8_t *p = chains_peek(in, 40);
    if (!p || p[0] >> 4 != 6)
        return false;
    switch (p[6]) {
    case 0:
    case 6:
    case 17:
    case 43:
    case 44:
    case 50:
    case 58:
    case 59:
    case 60:
        return true;
    default:
        return false;
    }
}

/* Skips one indication when it is of the given kind. */
static void teredo_indication(struct chains_reader *in, unsigned kind)
{
    const uint8_t *p = chains_peek(in, 4);
    if (!p || chains_load_be16(p) != kind)
        return;
    if (kind == TEREDO_ORIGIN)
        chains_skip(in, 8);
    else
        chains_skip(in, 4u + p[2] + p[3] + 9u);
}

static enum chains_verdict teredo_dissect(struct chains_reader *in, void *layer,
                                          struct chains_key *next, struct chains_arena *arena)
{
    struct chains_tunnel *tunnel = layer;
    (void)arena;
    teredo_indication(in, TEREDO_AUTHENTICATION);
    teredo_indication(in, TEREDO_ORIGIN);
    if (!teredo_holds_ipv6(in))
        return CHAINS_NOT_MINE;
    tunnel_set(tunnel, CHAINS_TUNNEL_TEREDO);
    *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
    return CHAINS_PARSED;
}

static const struct chains_key teredo_keys[] = {
    { CHAINS_BY_TUNNEL, 3544 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_teredo = {
    .name = "teredo",
    .layer = &tunnel_type,
    .keys = teredo_keys,
    .dissect = teredo_dissect,
};
