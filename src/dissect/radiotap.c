/* SPDX-License-Identifier: MIT */
/*
 * Radiotap (LINKTYPE_IEEE802_11_RADIOTAP, radiotap.org). In: a header about the radio, then an
 * 802.11 frame. Out: nothing but the frame, without its check sequence where the header says
 * that there is one.
 *
 *     version 1 | 0 | length 2 | present 4 { present 4 } | time 8, aligned | flags 1 | ...
 *     little-endian all; a present word's bit 31 says that another one follows
 */
#include <chains/dissect.h>

enum {
    RADIOTAP_TIME = 1 << 0,
    RADIOTAP_FLAGS = 1 << 1,
    RADIOTAP_FLAG_FCS = 0x10,
    RADIOTAP_FCS = 4,
};

/* The flags among the fields of a header's `body`, which starts with the present words. */
static uint8_t radiotap_flags(struct chains_reader body)
{
    size_t at = 4;
    uint32_t present = chains_read_le32(&body);
    for (uint32_t more = present; more >> 31 && !body.failed; at += 4)
        more = chains_read_le32(&body);
    if (!(present & RADIOTAP_FLAGS))
        return 0;
    if (present & RADIOTAP_TIME)
        chains_skip(&body, 8 + (at + 4) % 8);
    return chains_read_u8(&body);
}

static enum chains_verdict radiotap_dissect(struct chains_reader *in, void *layer,
                                            struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 4);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    size_t len = chains_load_le16(p + 2);
    if (p[0] != 0 || len < 8)
        return CHAINS_MALFORMED;
    struct chains_reader body = chains_read_block(in, len - 4);
    if (body.failed)
        return CHAINS_CUT_SHORT;
    if (radiotap_flags(body) & RADIOTAP_FLAG_FCS && chains_left(in) >= RADIOTAP_FCS)
        chains_limit(in, chains_left(in) - RADIOTAP_FCS);
    *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 105 };
    return CHAINS_PARSED;
}

static const struct chains_key radiotap_keys[] = {
    { CHAINS_BY_LINKTYPE, 127 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_radiotap = {
    .name = "radiotap",
    .layer = NULL,
    .keys = radiotap_keys,
    .dissect = radiotap_dissect,
};
