/* SPDX-License-Identifier: MIT */
/*
 * Records out of a stream. In: new bytes of one direction. Out: the parts of each record, and whole
 * payloads where they are asked for, in place if they lie in one piece. Kept: a header that is not
 * whole, and what was collected.
 */
#include "tls_records.h"

#include <string.h>

/* A header is whole: whether it can be one. */
static bool is_header(const uint8_t head[TLS_RECORD_HEADER])
{
    return head[0] >= TLS_CHANGE_CIPHER_SPEC && head[0] <= TLS_HEARTBEAT && head[1] == 3;
}

/* Takes bytes of a header. False: it is not whole yet. */
static bool take_head(struct tls_records *records, struct chains_reader *in)
{
    while (records->head_len < TLS_RECORD_HEADER && chains_left(in) > 0)
        records->head[records->head_len++] = chains_read_u8(in);
    return records->head_len == TLS_RECORD_HEADER;
}

enum tls_records_found tls_records_next(struct tls_records *records, struct chains_bytes *bytes,
                                        struct tls_part *part)
{
    struct chains_reader in = chains_reader_over(*bytes);
    if (!records->inside) {
        if (!take_head(records, &in)) {
            *bytes = chains_rest(&in);
            return TLS_RECORDS_MORE;
        }
        if (!is_header(records->head))
            return TLS_RECORDS_BAD;
        records->head_len = 0;
        records->inside = records->begun = true;
        records->type = records->head[0];
        records->version = chains_load_be16(records->head + 1);
        records->len = records->left = chains_load_be16(records->head + 3);
        records->piece.held = 0;
    } else if (chains_left(&in) == 0) {
        return TLS_RECORDS_MORE;
    }
    size_t left = records->left;
    size_t count = chains_left(&in) < left ? chains_left(&in) : left;
    *part = (struct tls_part){
        .type = records->type,
        .version = records->version,
        .len = records->len,
        .first = records->begun,
        .last = count == left,
        .bytes = chains_read_bytes(&in, count),
    };
    records->left = (uint16_t)(left - count);
    records->inside = records->left > 0;
    records->begun = false;
    *bytes = chains_rest(&in);
    return TLS_RECORDS_PART;
}

bool tls_records_collect(struct tls_records *records, const struct tls_part *part,
                         uint32_t most, struct chains_bytes *whole)
{
    struct tls_buffer *piece = &records->piece;
    struct chains_bytes bytes = part->bytes;
    uint32_t room = piece->held < most ? most - piece->held : 0;
    if (bytes.len > room)
        bytes.len = room;
    if (part->last && piece->held == 0) {
        *whole = bytes;
        return true;
    }
    uint32_t end = part->len < most ? part->len : most;
    if (!tls_buffer_add(piece, bytes, end))
        return false;
    *whole = tls_buffer_bytes(piece);
    return true;
}

bool tls_records_skip(struct tls_records *records, uint64_t gap)
{
    if (!records->inside || gap > records->left)
        return false;
    records->left = (uint16_t)(records->left - gap);
    records->inside = records->left > 0;
    return true;
}
