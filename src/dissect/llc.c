/* SPDX-License-Identifier: MIT */
/*
 * IEEE 802.2 LLC and SNAP (IEEE 802, RFC 1042). In: the payload of an 802.3 or 802.11 frame.
 * Out: nothing but what follows: an EtherType behind SNAP's two OUIs for it, bare IP by its
 * SAP.
 *
 *     DSAP 1 | SSAP 1 | control 1, or 2 when its low bits are not 11 | { OUI 3 | type 2 }
 */
#include "link.h"

static enum chains_verdict llc_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 3);
    (void)layer;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    bool unnumbered = (p[2] & 3) == 3;
    if (p[0] == 0xaa && p[1] == 0xaa && unnumbered) {
        const uint8_t *snap = chains_take(in, 5);
        if (!snap)
            return CHAINS_CUT_SHORT;
        uint32_t oui = chains_load_be24(snap);
        if (oui == 0x000000 || oui == 0x0000f8)
            *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, chains_load_be16(snap + 3) };
        return CHAINS_PARSED;
    }
    if (!unnumbered && !chains_take(in, 1))
        return CHAINS_CUT_SHORT;
    if (p[0] == SAP_IP && p[1] == SAP_IP)
        *next = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
    return CHAINS_PARSED;
}

static const struct chains_key llc_keys[] = {
    { CHAINS_BY_LLC, 0 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_llc = {
    .name = "llc",
    .layer = NULL,
    .keys = llc_keys,
    .dissect = llc_dissect,
};
