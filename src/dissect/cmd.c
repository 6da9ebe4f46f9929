/* SPDX-License-Identifier: MIT */
/*
 * Cisco MetaData (TrustSec), which carries a security group tag between an EtherType and the
 * one it stands for. In: the bytes behind EtherType 0x8909. Out: nothing but what follows.
 *
 *     EtherType 2 | version 1 | length 1 | option 2 | security group tag 2
 */
#include <chains/dissect.h>

static enum chains_verdict cmd_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, chains_load_be16(p) };
    return CHAINS_PARSED;
}

static const struct chains_key cmd_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x8909 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_cmd = {
    .name = "cmd",
    .layer = NULL,
    .keys = cmd_keys,
    .dissect = cmd_dissect,
};
