/* SPDX-License-Identifier: MIT */
/*
 * Handshake messages out of records. In: payloads of records, in any pieces. Out: whole messages, in
 * place if they lie in one piece. Kept: at most one, as long as it is not whole.
 */
#include "tls_handshake.h"

/* A new message: whether its header is whole. */
static bool take_head(struct tls_handshake *handshake, struct chains_reader *in)
{
    while (handshake->head_len < TLS_HANDSHAKE_HEADER && chains_left(in) > 0)
        handshake->head[handshake->head_len++] = chains_read_u8(in);
    if (handshake->head_len < TLS_HANDSHAKE_HEADER)
        return false;
    handshake->left = chains_load_be24(handshake->head + 1);
    handshake->inside = true;
    handshake->skipping = false;
    handshake->head_len = 0;
    return true;
}

static enum tls_handshake_found take_body(struct tls_handshake *handshake,
                                          struct chains_reader *in,
                                          struct tls_handshake_message *message)
{
    struct tls_buffer *piece = &handshake->piece;
    size_t left = handshake->left;
    size_t count = chains_left(in) < left ? chains_left(in) : left;
    struct chains_bytes bytes = chains_read_bytes(in, count);
    bool in_place = count == left && piece->held == 0;
    uint32_t whole = piece->held + handshake->left;
    if (!handshake->skipping && !in_place && !tls_buffer_add(piece, bytes, whole))
        return TLS_HANDSHAKE_NO_MEMORY;
    handshake->left = (uint32_t)(left - count);
    if (handshake->left > 0)
        return TLS_HANDSHAKE_MORE;
    handshake->inside = false;
    message->type = handshake->head[0];
    message->body = in_place ? bytes : tls_buffer_bytes(piece);
    return handshake->skipping ? TLS_HANDSHAKE_MORE : TLS_HANDSHAKE_WHOLE;
}

enum tls_handshake_found tls_handshake_next(struct tls_handshake *handshake,
                                            struct chains_bytes *bytes, uint32_t most,
                                            struct tls_handshake_message *message)
{
    struct chains_reader in = chains_reader_over(*bytes);
    enum tls_handshake_found found = TLS_HANDSHAKE_MORE;
    while (found == TLS_HANDSHAKE_MORE) {
        if (!handshake->inside) {
            tls_buffer_free(&handshake->piece);
            if (!take_head(handshake, &in))
                break;
            if (handshake->left > most) {
                handshake->skipping = true;
                message->type = handshake->head[0];
                message->body = (struct chains_bytes){ in.at, 0 };
                found = TLS_HANDSHAKE_TOO_LONG;
                break;
            }
        } else if (chains_left(&in) == 0) {
            break;
        }
        found = take_body(handshake, &in, message);
    }
    *bytes = chains_rest(&in);
    return found;
}

bool tls_handshake_cut(struct tls_handshake *handshake, struct tls_handshake_message *message)
{
    handshake->head_len = 0;
    if (!handshake->inside || handshake->skipping)
        return false;
    message->type = handshake->head[0];
    message->body = tls_buffer_bytes(&handshake->piece);
    handshake->skipping = true;
    return true;
}

bool tls_handshake_skip(struct tls_handshake *handshake, uint64_t gap)
{
    bool within = handshake->inside && gap <= handshake->left;
    handshake->left = within ? handshake->left - (uint32_t)gap : 0;
    handshake->inside = handshake->left > 0;
    handshake->head_len = 0;
    return within;
}
