/* SPDX-License-Identifier: MIT */
/*
 * GTP-U version 1, 3GPP TS 29.281. In: the payload of a UDP packet to or from port 2152, which
 * need not be GTP: version, type and length must fit. Out: the tunnel endpoint; the user's
 * packet follows in a T-PDU, nothing in the messages between the nodes.
 *
 *     version 3 bits (1), PT (1), 0, E S PN | type 1 | length 4 behind these eight 2 | TEID 4 |
 *     { sequence 2 | N-PDU 1 | next extension 1 } { length in 4 bytes 1 | ... | next 1 }
 */
#include "link.h"
#include "tunnel.h"

enum {
    GTP_FIRST_MASK = 0xf8, /* version, protocol type, the bit that must be 0 */
    GTP_FIRST = 0x30,
    GTP_OPTIONAL = 0x07, /* E, S, PN: any of them brings all four bytes */
    GTP_EXTENSION = 0x04,

    GTP_ECHO_REQUEST = 1,
    GTP_ECHO_RESPONSE = 2,
    GTP_ERROR_INDICATION = 26,
    GTP_EXTENSIONS_SUPPORTED = 31,
    GTP_END_MARKER = 254,
    GTP_T_PDU = 255,
};

static bool gtp_is_message(uint8_t type)
{
    return type == GTP_ECHO_REQUEST || type == GTP_ECHO_RESPONSE ||
           type == GTP_ERROR_INDICATION || type == GTP_EXTENSIONS_SUPPORTED ||
           type == GTP_END_MARKER;
}

/* Walks over the optional part and the extension headers. */
static void gtp_options(struct chains_reader *in, uint8_t flags)
{
    chains_skip(in, 3);
    uint8_t next = chains_read_u8(in);
    if (!(flags & GTP_EXTENSION))
        return;
    while (next != 0 && !in->failed) {
        size_t size = chains_read_u8(in) * (size_t)4;
        if (size == 0) {
            in->failed = true;
            return;
        }
        chains_skip(in, size - 2);
        next = chains_read_u8(in);
    }
}

static enum chains_verdict gtp_dissect(struct chains_reader *in, void *layer,
                                       struct chains_key *next, struct chains_arena *arena)
{
    const uint8_t *p = chains_take(in, 8);
    struct chains_key inner = { CHAINS_BY_NOTHING, 0 };
    (void)arena;
    if (!p || (p[0] & GTP_FIRST_MASK) != GTP_FIRST)
        return CHAINS_NOT_MINE;
    size_t len = chains_load_be16(p + 2);
    if (p[1] == GTP_T_PDU) {
        chains_limit(in, len);
        if (p[0] & GTP_OPTIONAL)
            gtp_options(in, p[0]);
        inner = link_ip_by_nibble(in);
        if (in->failed || inner.space == CHAINS_BY_NOTHING)
            return CHAINS_NOT_MINE;
    } else if (!gtp_is_message(p[1]) || chains_left(in) != len) {
        return CHAINS_NOT_MINE;
    }
    struct chains_tunnel *tunnel = layer;
    tunnel_set_id(tunnel, CHAINS_TUNNEL_GTP, chains_load_be32(p + 4));
    *next = inner;
    return CHAINS_PARSED;
}

static const struct chains_key gtp_keys[] = {
    { CHAINS_BY_TUNNEL, 2152 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_gtp = {
    .name = "gtp",
    .layer = &tunnel_type,
    .keys = gtp_keys,
    .dissect = gtp_dissect,
};
