/* SPDX-License-Identifier: MIT */
/*
 * IPv6 extension headers (RFC 8200) that ipv6.c has not read: behind AH, or at the head of a
 * packet that was put together from fragments. In: hop-by-hop options, routing, destination
 * options, mobility, HIP, shim6. Out: nothing but what follows.
 *
 *     next header 1 | length in 8 bytes less one 1 | ...
 */
#include <chains/dissect.h>

static enum chains_verdict ip6ext_dissect(struct chains_reader *in, void *layer,
                                          struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)layer;
    (void)arena;
    if (!p || !chains_take(in, p[1] * 8u))
        return CHAINS_CUT_SHORT;
    *next = (struct chains_key){ CHAINS_BY_IPPROTO, p[0] };
    return CHAINS_PARSED;
}

static const struct chains_key ip6ext_keys[] = {
    { CHAINS_BY_IPPROTO, 0 },   { CHAINS_BY_IPPROTO, 43 },  { CHAINS_BY_IPPROTO, 60 },
    { CHAINS_BY_IPPROTO, 135 }, { CHAINS_BY_IPPROTO, 139 }, { CHAINS_BY_IPPROTO, 140 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ip6ext = {
    .name = "ip6ext",
    .layer = NULL,
    .keys = ip6ext_keys,
    .dissect = ip6ext_dissect,
};
