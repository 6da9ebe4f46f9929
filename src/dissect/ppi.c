/* SPDX-License-Identifier: MIT */
/*
 * Per-packet information (LINKTYPE_PPI, CACE). In: a header that names a link type, fields
 * about radio and place, then the frame of that type. Out: nothing but the link type.
 *
 *     version 1 | flags 1 | length 2 | link type 4, little-endian all | fields
 */
#include <chains/dissect.h>

static enum chains_verdict ppi_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    size_t len = chains_load_le16(p + 2);
    if (p[0] != 0 || len < 8)
        return CHAINS_MALFORMED;
    if (!chains_take(in, len - 8))
        return CHAINS_CUT_SHORT;
    *next = (struct chains_key){ CHAINS_BY_LINKTYPE, chains_load_le32(p + 4) };
    return CHAINS_PARSED;
}

static const struct chains_key ppi_keys[] = {
    { CHAINS_BY_LINKTYPE, 192 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ppi = {
    .name = "ppi",
    .layer = NULL,
    .keys = ppi_keys,
    .dissect = ppi_dissect,
};
