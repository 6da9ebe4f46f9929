/* SPDX-License-Identifier: MIT */
/*
 * SCTP, RFC 9260. In: the payload of an IP packet. Out: the header, the types of the first
 * chunks; `rest` begins with the first chunk.
 *
 *     source port 2 | destination port 2 | verification tag 4 | CRC32c 4 |
 *     { type 1 | flags 1 | length 2, these four included | value, padded to 4 }
 */
#include <chains/dissect.h>
#include <chains/layer/transport.h>

static const struct chains_name sctp_chunk_names[] = {
    { 0, "data" },
    { 1, "init" },
    { 2, "init_ack" },
    { 3, "sack" },
    { 4, "heartbeat" },
    { 5, "heartbeat_ack" },
    { 6, "abort" },
    { 7, "shutdown" },
    { 8, "shutdown_ack" },
    { 9, "error" },
    { 10, "cookie_echo" },
    { 11, "cookie_ack" },
    { 12, "ecne" },
    { 13, "cwr" },
    { 14, "shutdown_complete" },
    { 15, "auth" },
    { 64, "i_data" },
    { 128, "asconf_ack" },
    { 130, "re_config" },
    { 132, "pad" },
    { 192, "forward_tsn" },
    { 193, "asconf" },
    { 194, "i_forward_tsn" },
    { 0, NULL },
};

static const struct chains_field sctp_fields[] = {
    CHAINS_FIELD(chains_sctp, sport, UINT, "source port"),
    CHAINS_FIELD(chains_sctp, dport, UINT, "destination port"),
    CHAINS_FIELD(chains_sctp, tag, UINT, "verification tag of the association"),
    CHAINS_FIELD(chains_sctp, sum, UINT, "CRC32c as sent"),
    CHAINS_FIELD_ARRAY(chains_sctp, chunks, chunk_count, "types of the first chunks by name",
                       .names = sctp_chunk_names),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type sctp_type = {
    .slot = "transport",
    .name = "SCTP",
    .size = sizeof(struct chains_sctp),
    .fields = sctp_fields,
    .id = CHAINS_ID_sctp,
    .slot_id = CHAINS_SLOT_transport,
};

/* Types of the chunks that are whole. */
static enum chains_verdict sctp_chunks(struct chains_reader in, struct chains_sctp *sctp)
{
    while (chains_left(&in) > 0 && sctp->chunk_count < CHAINS_SCTP_CHUNKS) {
        const uint8_t *p = chains_take(&in, 4);
        if (!p)
            return CHAINS_PARTIAL;
        size_t size = chains_load_be16(p + 2);
        if (size < 4)
            return CHAINS_BAD_TAIL;
        if (!chains_take(&in, size - 4))
            return CHAINS_PARTIAL;
        sctp->chunks[sctp->chunk_count++] = p[0];
        size_t padding = (4 - size % 4) % 4;
        chains_skip(&in, chains_left(&in) < padding ? chains_left(&in) : padding);
    }
    return CHAINS_PARSED;
}

static enum chains_verdict sctp_dissect(struct chains_reader *in, void *layer,
                                        struct chains_key *next, struct chains_arena *arena)
{
    struct chains_sctp *sctp = layer;
    const uint8_t *p = chains_take(in, 12);
    (void)next;
    (void)arena;
    if (!p)
        return CHAINS_CUT_SHORT;
    sctp->sport = chains_load_be16(p);
    sctp->dport = chains_load_be16(p + 2);
    sctp->tag = chains_load_be32(p + 4);
    sctp->sum = chains_load_be32(p + 8);
    sctp->chunk_count = 0;
    return sctp_chunks(*in, sctp);
}

static const struct chains_key sctp_keys[] = {
    { CHAINS_BY_IPPROTO, 132 },
    { CHAINS_BY_NOTHING, 0 },
};

const struct chains_dissector dissect_sctp = {
    .name = "sctp",
    .layer = &sctp_type,
    .keys = sctp_keys,
    .dissect = sctp_dissect,
};
