/* SPDX-License-Identifier: MIT */
/*
 * PPP over Ethernet, RFC 2516: discovery (EtherType 0x8863) and session (0x8864), which the
 * code tells apart, and LINKTYPE_PPP_ETHER. In: the payload of an Ethernet frame. Out: the
 * session, the PPP protocol in session packets; the reader is cut to the length.
 *
 *     version 4 bits, type 4 | code 1 | session 2 | length 2 | { PPP protocol 2, or 1 }
 */
#include "link.h"

#include <string.h>

enum { PPPOE_VERSION_TYPE = 0x11, PPPOE_SESSION_DATA = 0 };

static enum chains_verdict pppoe_dissect(struct chains_reader *in, void *layer,
                                         struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_take(in, 6);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    if (p[0] != PPPOE_VERSION_TYPE)
        return CHAINS_MALFORMED;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_PPPOE;
    link->has = CHAINS_LINK_HAS_SESSION;
    link->session = chains_load_be16(p + 2);
    bool whole = chains_left(in) >= chains_load_be16(p + 4);
    chains_limit(in, chains_load_be16(p + 4));
    if (p[1] != PPPOE_SESSION_DATA)
        return whole ? CHAINS_PARSED : CHAINS_PARTIAL;
    uint16_t protocol = link_read_ppp(in);
    if (in->failed)
        return whole ? CHAINS_BAD_TAIL : CHAINS_PARTIAL;
    link->has |= CHAINS_LINK_HAS_PROTOCOL;
    link->protocol = protocol;
    *next = (struct chains_key){ CHAINS_BY_PPP, protocol };
    return CHAINS_PARSED;
}

static const struct chains_key pppoe_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x8863 },
    { CHAINS_BY_ETHERTYPE, 0x8864 },
    { CHAINS_BY_LINKTYPE, 51 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_pppoe = {
    .name = "pppoe",
    .layer = &link_type,
    .keys = pppoe_keys,
    .dissect = pppoe_dissect,
};
