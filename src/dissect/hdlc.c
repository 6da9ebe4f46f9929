/* SPDX-License-Identifier: MIT */
/*
 * Cisco HDLC (LINKTYPE_C_HDLC), and PPP in HDLC-like framing (RFC 1662, LINKTYPE_PPP_HDLC),
 * which share a wire and are told apart by the address byte. In: a frame without flags. Out:
 * the EtherType or the PPP protocol. Cisco's 0x8035 is SLARP, which is not RARP: nothing
 * follows.
 *
 *     address 1: 0f unicast, 8f multicast, ff PPP | control 1 | protocol 2
 */
#include "link.h"

#include <string.h>

enum { HDLC_SLARP = 0x8035 };

static enum chains_verdict hdlc_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    const uint8_t *p = chains_peek(in, 2);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    bool ppp = p[0] == 0xff && p[1] == 0x03;
    if (!ppp)
        chains_skip(in, 2);
    uint16_t protocol = ppp ? link_read_ppp(in) : chains_read_be16(in);
    if (in->failed)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = ppp ? CHAINS_LINK_PPP : CHAINS_LINK_HDLC;
    link->has = CHAINS_LINK_HAS_PROTOCOL;
    link->protocol = protocol;
    if (ppp)
        *next = (struct chains_key){ CHAINS_BY_PPP, protocol };
    else if (protocol != HDLC_SLARP)
        *next = link_ethertype(protocol);
    return CHAINS_PARSED;
}

static const struct chains_key hdlc_keys[] = {
    { CHAINS_BY_LINKTYPE, 104 },
    { CHAINS_BY_LINKTYPE, 50 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_hdlc = {
    .name = "hdlc",
    .layer = &link_type,
    .keys = hdlc_keys,
    .dissect = hdlc_dissect,
};
