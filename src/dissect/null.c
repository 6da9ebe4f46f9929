/* SPDX-License-Identifier: MIT */
/*
 * BSD loopback (LINKTYPE_NULL in the capturing machine's byte order, LINKTYPE_LOOP in network
 * order). In: an address family, then the packet. Out: the family; its byte order is the one in
 * which it is small. BSDs number IPv6 24, 28 or 30, Linux 10; some writers put an EtherType
 * into the last two bytes.
 *
 *     family 4
 */
#include "link.h"

#include <string.h>

static struct chains_key null_next(uint32_t family)
{
    struct chains_key key = { CHAINS_BY_NOTHING, 0 };
    switch (family) {
    case 2:
        key = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
        break;
    case 10:
    case 24:
    case 28:
    case 30:
        key = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
        break;
    default:
        if (family >= ETHERTYPE_LEAST && family <= 0xffff)
            key = (struct chains_key){ CHAINS_BY_ETHERTYPE, family };
        break;
    }
    return key;
}

static enum chains_verdict null_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_NULL;
    link->has = CHAINS_LINK_HAS_FAMILY;
    bool big = chains_load_be16(p) == 0;
    link->family = big ? chains_load_be32(p) : chains_load_le32(p);
    *next = null_next(link->family <= 0xffff ? link->family : chains_load_be16(p + 2));
    return CHAINS_PARSED;
}

static const struct chains_key null_keys[] = {
    { CHAINS_BY_LINKTYPE, 0 },
    { CHAINS_BY_LINKTYPE, 108 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_null = {
    .name = "null",
    .layer = &link_type,
    .keys = null_keys,
    .dissect = null_dissect,
};
