/* SPDX-License-Identifier: MIT */
/*
 * A ClientHello out of segments. In: payloads with their sequence numbers. Out: the body of the hello,
 * in place if it lies in one segment and one record. Kept: what has come of it, once; what has come
 * ahead of its turn, once. The first copy of a byte counts.
 */
#include "hello_stream.h"

/* Bytes in order. */
static enum hello_found stream_feed(struct hello_stream *stream, struct chains_bytes bytes,
                                    struct chains_bytes *body)
{
    struct tls_part part;
    struct tls_handshake_message message = { 0 };
    struct tls_handshake *handshake = &stream->handshake;
    for (;;) {
        switch (tls_records_next(&stream->records, &bytes, &part)) {
        case TLS_RECORDS_MORE:
            return HELLO_MORE;
        case TLS_RECORDS_BAD:
            return HELLO_NONE;
        case TLS_RECORDS_PART:
            break;
        }
        if (part.type != TLS_HANDSHAKE)
            return HELLO_NONE;
        switch (tls_handshake_next(handshake, &part.bytes, HELLO_MOST, &message)) {
        case TLS_HANDSHAKE_MORE:
            break;
        case TLS_HANDSHAKE_WHOLE:
            *body = message.body;
            return message.type == TLS_CLIENT_HELLO ? HELLO_WHOLE : HELLO_NONE;
        case TLS_HANDSHAKE_TOO_LONG:
            return HELLO_NONE;
        case TLS_HANDSHAKE_NO_MEMORY:
            return HELLO_NO_MEMORY;
        }
        if ((handshake->inside || handshake->head_len) &&
            handshake->head[0] != TLS_CLIENT_HELLO)
            return HELLO_NONE;
    }
}

/* Bytes among others that came ahead of their turn, or before them. */
static enum hello_found stream_put(struct hello_stream *stream, uint32_t offset,
                                   struct chains_bytes bytes, struct chains_bytes *body)
{
    if (!stream->ahead)
        stream->ahead = pool_take_zeros(stream->handshake.piece.pool, sizeof *stream->ahead);
    if (!stream->ahead)
        return HELLO_NO_MEMORY;
    stream->ahead->bytes.pool = stream->handshake.piece.pool;
    switch (quic_crypto_put(stream->ahead, offset, bytes, HELLO_MOST)) {
    case QUIC_CRYPTO_PUT:
    case QUIC_CRYPTO_DIFFERS:
        break;
    case QUIC_CRYPTO_LIMITED:
        return HELLO_LIMITED;
    case QUIC_CRYPTO_NO_MEMORY:
        return HELLO_NO_MEMORY;
    }
    const struct chains_bytes front = quic_crypto_front(stream->ahead);
    if (front.len == 0)
        return HELLO_MORE;
    stream->next += (uint32_t)front.len;
    enum hello_found found = stream_feed(stream, front, body);
    if (found == HELLO_MORE)
        quic_crypto_taken(stream->ahead, (uint32_t)front.len);
    return found;
}

enum hello_found hello_stream_take(struct hello_stream *stream, uint32_t seq,
                                   struct chains_bytes bytes, struct chains_bytes *body)
{
    uint32_t offset = seq - stream->next;
    if (offset > UINT32_MAX / 2) { /* before it: sent again */
        const uint32_t again = 0 - offset;
        if (again >= bytes.len)
            return HELLO_MORE;
        bytes = chains_behind(bytes, again);
        offset = 0;
    }
    if (offset > 0 || (stream->ahead && stream->ahead->runs > 0))
        return stream_put(stream, offset, bytes, body);
    stream->next += (uint32_t)bytes.len;
    return stream_feed(stream, bytes, body);
}

bool hello_stream_cut(struct hello_stream *stream, struct chains_bytes *body)
{
    struct tls_handshake_message message;
    if (!tls_handshake_cut(&stream->handshake, &message))
        return false;
    *body = message.body;
    return body->len > 0;
}

bool hello_stream_near(const struct hello_stream *stream, uint32_t seq)
{
    return seq - stream->next + HELLO_MOST <= 2 * HELLO_MOST;
}

size_t hello_stream_bytes(const struct hello_stream *stream)
{
    const struct quic_crypto *ahead = stream->ahead;
    return stream->handshake.piece.capacity +
           (ahead ? sizeof *ahead + ahead->bytes.capacity : 0);
}

void hello_stream_free(struct hello_stream *stream)
{
    tls_buffer_free(&stream->handshake.piece);
    if (!stream->ahead)
        return;
    tls_buffer_free(&stream->ahead->bytes);
    pool_give(stream->ahead);
    stream->ahead = NULL;
}
