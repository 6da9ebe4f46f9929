/* SPDX-License-Identifier: MIT */
/*
 * The two old headers before an 802.11 frame: Prism (LINKTYPE_IEEE802_11_PRISM) and AVS
 * (LINKTYPE_IEEE802_11_AVS), which drivers also gave under Prism's number. In: the header and a
 * frame. Out: nothing but the frame.
 *
 *     AVS    magic 4, 0x802110 and a version | length 4, big-endian both | ...
 *     Prism  message 4 | length 4, of the machine's byte order | device 16 | ...
 */
#include <chains/dissect.h>

enum { PRISM_LEAST = 24, AVS_LEAST = 8 };

static enum chains_verdict prism_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    bool avs = chains_load_be24(p) == 0x802110;
    bool big = avs || chains_load_be16(p) == 0;
    size_t len = big ? chains_load_be32(p + 4) : chains_load_le32(p + 4);
    if (len < (avs ? (size_t)AVS_LEAST : (size_t)PRISM_LEAST))
        return CHAINS_MALFORMED;
    if (!chains_take(in, len - 8))
        return CHAINS_CUT_SHORT;
    *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 105 };
    return CHAINS_PARSED;
}

static const struct chains_key prism_keys[] = {
    { CHAINS_BY_LINKTYPE, 119 },
    { CHAINS_BY_LINKTYPE, 163 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_prism = {
    .name = "prism",
    .layer = NULL,
    .keys = prism_keys,
    .dissect = prism_dissect,
};
