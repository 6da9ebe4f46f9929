/* SPDX-License-Identifier: MIT */
/*
 * IP authentication header, RFC 4302. In: the payload of an IP packet. Out: the index of the
 * security parameters and the sequence number; the protocol behind it follows and takes the
 * transport's place when it is known.
 *
 *     next header 1 | length in 4 bytes less two 1 | 0 2 | SPI 4 | sequence 4 | check value
 */
#include "protocol.h"

#include <string.h>

static enum chains_verdict ah_dissect(struct chains_reader *in, void *layer,
                                      struct chains_key *next, struct chains_arena *arena)
{
    struct chains_protocol *protocol = layer;
    const uint8_t *p = chains_take(in, 12);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    size_t size = (p[1] + 2u) * 4u;
    memset(protocol, 0, sizeof *protocol);
    protocol->type = PROTOCOL_AH;
    protocol->has = CHAINS_PROTOCOL_HAS_SPI | CHAINS_PROTOCOL_HAS_SEQ;
    protocol->spi = chains_load_be32(p + 4);
    protocol->seq = chains_load_be32(p + 8);
    if (size < 12)
        return CHAINS_BAD_TAIL;
    if (!chains_take(in, size - 12))
        return CHAINS_PARTIAL;
    *next = (struct chains_key){ CHAINS_BY_IPPROTO, p[0] };
    return CHAINS_PARSED;
}

static const struct chains_key ah_keys[] = {
    { CHAINS_BY_IPPROTO, 51 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_ah = {
    .name = "ah",
    .layer = &protocol_type,
    .keys = ah_keys,
    .dissect = ah_dissect,
};
