/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HELLO_STREAM_H
#define LINKS_HELLO_STREAM_H

#include "quic_crypto.h"
#include "tls_handshake.h"
#include "tls_records.h"

/*
 * The first message of one direction of a TCP connection, if it is a ClientHello of TLS: put together
 * from segments in any order, over records as they come. All 0 but for `next` at first.
 */
enum { HELLO_MOST = 16 * 1024 }; /* bytes of a hello, and how far ahead a segment may be */

struct hello_stream {
    uint32_t next; /* sequence number of the first byte that is not taken */
    struct tls_records records;
    struct tls_handshake handshake;
    struct quic_crypto *ahead; /* what came before what is in front of it; NULL: nothing */
};

enum hello_found {
    HELLO_MORE,
    HELLO_WHOLE,
    HELLO_NONE,    /* this is no ClientHello, or one that is too long */
    HELLO_LIMITED, /* nothing is taken: too far ahead, or too many holes */
    HELLO_NO_MEMORY,
};

/* A segment. The body of a whole hello is borrowed until the stream is freed. */
enum hello_found hello_stream_take(struct hello_stream *stream, uint32_t seq,
                                   struct chains_bytes bytes, struct chains_bytes *body);

/* The rest was not captured: the hello as far as it has come. False: nothing of its body has. */
bool hello_stream_cut(struct hello_stream *stream, struct chains_bytes *body);

/* Whether a segment belongs there: sent again, next, or some way ahead. */
bool hello_stream_near(const struct hello_stream *stream, uint32_t seq);

/* Bytes of memory behind it. */
size_t hello_stream_bytes(const struct hello_stream *stream);
void hello_stream_free(struct hello_stream *stream);

#endif
