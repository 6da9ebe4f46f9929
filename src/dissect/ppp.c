/* SPDX-License-Identifier: MIT */
/*
 * PPP, RFC 1661 (LINKTYPE_PPP), also with a direction byte before it (LINKTYPE_PPP_WITH_DIR) or
 * in the place of its address byte (LINKTYPE_PPP_PPPD). In: a frame, address and control
 * perhaps left out, the protocol perhaps compressed. Out: the protocol.
 *
 *     { direction 1 } { ff 03 } protocol 2, or 1 when it is odd
 */
#include "link.h"

#include <string.h>

/* Skips what the capture put before the frame, or in the place of its address byte. */
static void ppp_direction(struct chains_reader *in)
{
    const uint8_t *p = chains_peek(in, 3);
    if (!p || p[0] > 1)
        return;
    if (p[1] == 0xff && p[2] == 0x03)
        chains_skip(in, 1);
    else if (p[1] == 0x03)
        chains_skip(in, 2);
}

static enum chains_verdict ppp_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    struct chains_linklayer *link = layer;
    (void)arena;
    ppp_direction(in);
    uint16_t protocol = link_read_ppp(in);
    if (in->failed)
        return CHAINS_CUT_SHORT;
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_PPP;
    link->has = CHAINS_LINK_HAS_PROTOCOL;
    link->protocol = protocol;
    *next = (struct chains_key){ CHAINS_BY_PPP, protocol };
    return CHAINS_PARSED;
}

static const struct chains_key ppp_keys[] = {
    { CHAINS_BY_LINKTYPE, 9 },       { CHAINS_BY_LINKTYPE, 166 }, { CHAINS_BY_LINKTYPE, 204 },
    { CHAINS_BY_ETHERTYPE, 0x880b }, { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ppp = {
    .name = "ppp",
    .layer = &link_type,
    .keys = ppp_keys,
    .dissect = ppp_dissect,
};
