/* SPDX-License-Identifier: MIT */
#ifndef LINKS_QUIC_CRYPTO_H
#define LINKS_QUIC_CRYPTO_H

#include "tls_buffer.h"

/*
 * CRYPTO bytes of one direction (RFC 9000, 19.6), which come in any order, and as often as the sender
 * likes: a run from where the last whole message ended. The first copy of a byte counts.
 */
enum { QUIC_CRYPTO_RUNS = 64 };

struct quic_crypto_run {
    uint32_t from, to;
};

struct quic_crypto {
    struct tls_buffer bytes;
    uint32_t runs; /* that are there: in order, with holes between them */
    struct quic_crypto_run run[QUIC_CRYPTO_RUNS];
};

enum quic_crypto_put {
    QUIC_CRYPTO_PUT,
    QUIC_CRYPTO_DIFFERS, /* put, and some of it was there before, and not the same */
    QUIC_CRYPTO_LIMITED, /* beyond `most`, or more holes than are kept: nothing is put */
    QUIC_CRYPTO_NO_MEMORY,
};

enum quic_crypto_put quic_crypto_put(struct quic_crypto *crypto, uint64_t offset,
                                     struct chains_bytes bytes, uint32_t most);

/* What has come without a hole from the first byte on. */
struct chains_bytes quic_crypto_front(const struct quic_crypto *crypto);

/* The first `len` bytes of the front are gone; the next one is the first. */
void quic_crypto_taken(struct quic_crypto *crypto, uint32_t len);

#endif
