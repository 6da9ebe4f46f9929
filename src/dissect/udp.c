/* SPDX-License-Identifier: MIT */
/*
 * UDP, RFC 768. In: the payload of an IP packet. Out: the header, the payload cut to the
 * length. A length of 0 is a jumbogram's (RFC 2675): everything that is there counts.
 *
 *     source port 2 | destination port 2 | length 2, header included | checksum 2
 */
#include "hot.h"

#include <chains/dissect.h>
#include <chains/layer/udp.h>

static const struct chains_field udp_fields[] = {
    CHAINS_FIELD(chains_udp, sport, UINT, "source port"),
    CHAINS_FIELD(chains_udp, dport, UINT, "destination port"),
    CHAINS_FIELD(chains_udp, len, UINT, "length in bytes, header included"),
    CHAINS_FIELD(chains_udp, sum, UINT, "checksum as sent"),
    CHAINS_FIELD(chains_udp, data, RAW, "payload as captured", .text_only = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type udp_type = {
    .slot = "transport",
    .name = "UDP",
    .size = sizeof(struct chains_udp),
    .fields = udp_fields,
    .id = CHAINS_ID_udp,
    .slot_id = CHAINS_SLOT_transport,
};

DISSECT_HOT enum chains_verdict udp_dissect(struct chains_reader *in, void *layer,
                                            struct chains_key *next, struct chains_arena *arena)
{
    struct chains_udp *udp = layer;
    const uint8_t *p = chains_take(in, 8);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    unsigned dport = chains_load_be16(p + 2), len = chains_load_be16(p + 4);
    udp->sport = chains_load_be16(p);
    udp->dport = (uint16_t)dport;
    udp->len = (uint16_t)len;
    udp->sum = chains_load_be16(p + 6);
    if (len && len < 8) {
        udp->data = (struct chains_bytes){ in->at, 0 };
        return CHAINS_BAD_TAIL;
    }
    if (len)
        chains_limit(in, len - 8);
    udp->data = chains_rest(in);
    *next = (struct chains_key){ CHAINS_BY_PORT, dport };
    return CHAINS_PARSED;
}

static const struct chains_key udp_keys[] = {
    { CHAINS_BY_IPPROTO, 17 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_udp = {
    .name = "udp",
    .layer = &udp_type,
    .keys = udp_keys,
    .dissect = udp_dissect,
};
