/* SPDX-License-Identifier: MIT */
#ifndef LINKS_QUIC_OPEN_H
#define LINKS_QUIC_OPEN_H

#include "../dissect/quic_header.h"
#include "crypto.h"

/*
 * Initial packets of QUIC are encrypted with keys that anybody can make from the client's first
 * connection ID (RFC 9001, 5.2): the cover keeps out who changes packets, not who reads them.
 */
enum { QUIC_KEY = 16 };

/* Of one direction. */
struct quic_keys {
    uint32_t version; /* 0: there are none */
    uint8_t key[QUIC_KEY], iv[CRYPTO_NONCE], mask[QUIC_KEY];
};

/* What opens packets for one component, one after the other. */
struct quic_opener;

/* NULL for want of memory, or of an algorithm. `crypto` has to outlive it. */
struct quic_opener *quic_opener_new(struct crypto *crypto);
void quic_opener_free(struct quic_opener *opener);
size_t quic_opener_bytes(void);

/* The keys of a version that is read. False: no memory, or another version. */
bool quic_opener_keys(struct quic_opener *opener, uint32_t version, struct chains_bytes dcid,
                      bool client, struct quic_keys *out);

/*
 * Opens an Initial. `*number` is the next packet number to be expected, and then the one behind this
 * packet's. The frames lie with the opener until the next call. False: the keys do not fit, or the
 * packet is not whole, and `*number` is as before.
 */
bool quic_opener_open(struct quic_opener *opener, const struct quic_keys *keys,
                      const struct quic_header *header, uint64_t *number,
                      struct chains_bytes *frames);

#endif
