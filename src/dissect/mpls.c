/* SPDX-License-Identifier: MIT */
/*
 * MPLS label stack, RFC 3032, and what it carries, which no field says: IP by its version
 * nibble, else an Ethernet pseudowire with or without the control word of RFC 4448, told by the
 * EtherType or length at the place where it would stand.
 *
 *     { label 20 bits | traffic class 3 | bottom of stack 1 | TTL 8 }
 */
#include "link.h"

#include <chains/layer/mpls.h>

static const struct chains_field mpls_fields[] = {
    CHAINS_FIELD_ARRAY(chains_mpls, label, label_count, "labels, top of the stack first"),
    CHAINS_FIELD(chains_mpls, ttl, UINT, "time to live of the top entry"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type mpls_type = {
    .slot = "mpls",
    .name = "mpls",
    .size = sizeof(struct chains_mpls),
    .fields = mpls_fields,
    .id = CHAINS_ID_mpls,
    .slot_id = CHAINS_SLOT_mpls,
};

/* Whether `n` bytes ahead an Ethernet frame may begin. */
static bool mpls_holds_ethernet(const struct chains_reader *in, size_t n)
{
    const uint8_t *p = chains_peek(in, n + 14);
    if (!p)
        return false;
    uint16_t type = chains_load_be16(p + n + 12);
    switch (type) {
    case 0x0800:
    case 0x0806:
    case 0x8100:
    case 0x86dd:
    case 0x8847:
    case 0x8848:
    case 0x8863:
    case 0x8864:
    case 0x88a8:
    case 0x9000:
        return true;
    default:
        return type >= 3 && type <= chains_left(in) - n - 14;
    }
}

static void mpls_payload(struct chains_reader *in, struct chains_key *next)
{
    const uint8_t *p = chains_peek(in, 1);
    *next = link_ip_by_nibble(in);
    if (!p || next->space != CHAINS_BY_NOTHING)
        return;
    bool control_word = p[0] >> 4 == 0 && mpls_holds_ethernet(in, 4);
    if (control_word)
        chains_skip(in, 4);
    if (control_word || mpls_holds_ethernet(in, 0))
        *next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
}

static enum chains_verdict mpls_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_mpls *mpls = layer;
    const uint8_t *p = chains_take(in, 4);
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    mpls->ttl = p[3];
    mpls->label_count = 1;
    mpls->label[0] = chains_load_be32(p) >> 12;
    while (!(p[2] & 1)) {
        if (mpls->label_count == CHAINS_MPLS_LABELS)
            return CHAINS_LIMIT;
        p = chains_take(in, 4);
        if (!p)
            return CHAINS_PARTIAL;
        mpls->label[mpls->label_count++] = chains_load_be32(p) >> 12;
    }
    mpls_payload(in, next);
    return CHAINS_PARSED;
}

static const struct chains_key mpls_keys[] = {
    { CHAINS_BY_ETHERTYPE, 0x8847 }, { CHAINS_BY_ETHERTYPE, 0x8848 }, { CHAINS_BY_PPP, 0x0281 },
    { CHAINS_BY_PPP, 0x0283 },       { CHAINS_BY_IPPROTO, 137 },      { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_mpls = {
    .name = "mpls",
    .layer = &mpls_type,
    .keys = mpls_keys,
    .dissect = mpls_dissect,
};
