/* SPDX-License-Identifier: MIT */
/*
 * An IPv6 fragment header (RFC 8200) that ipv6.c has not read: inside a packet that was put
 * together already. In: the header. Out: what follows when it stands around a whole packet
 * (RFC 6946); a fragment inside a fragment is not followed.
 *
 *     next header 1 | 0 1 | offset 13 bits, 0 2, more fragments 1 | identification 4
 */
#include <chains/dissect.h>

static enum chains_verdict ip6frag_dissect(struct chains_reader *in, void *layer,
                                           struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    if ((chains_load_be16(p + 2) & 0xfff9) == 0)
        *next = (struct chains_key){ CHAINS_BY_IPPROTO, p[0] };
    return CHAINS_PARSED;
}

static const struct chains_key ip6frag_keys[] = {
    { CHAINS_BY_IPPROTO, 44 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ip6frag = {
    .name = "ip6frag",
    .layer = NULL,
    .keys = ip6frag_keys,
    .dissect = ip6frag_dissect,
};
