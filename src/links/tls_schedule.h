/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_SCHEDULE_H
#define LINKS_TLS_SCHEDULE_H

#include "crypto.h"
#include "tls_keys.h"

/* From a secret of a key log to what opens records: TLS 1.2 (RFC 5246, 6.3) and 1.3 (RFC 8446, 7). */

struct tls_suite {
    uint16_t number; /* of the registry */
    uint8_t cipher;  /* enum crypto_cipher */
    uint8_t hash;    /* enum crypto_hash */
};

/* NULL: a version or suite whose records are not opened. */
const struct tls_suite *tls_suite_find(uint16_t protocol, uint16_t number);

/* What one side's records are opened with. All 0: none. */
struct tls_opener {
    struct crypto_aead *aead;
    uint8_t iv[CRYPTO_NONCE]; /* TLS 1.2 with AES-GCM: the first 4 bytes, the others 0 */
};

/* About what an opener takes besides itself; libcrypto does not say. */
enum { TLS_OPENER_BYTES = CRYPTO_KEY_BYTES };

/* TLS 1.3, from a traffic secret as long as the suite's hash. False: no memory, or no algorithm. */
bool tls_opener_from(struct crypto *crypto, const struct tls_suite *suite,
                     const uint8_t *secret, struct tls_opener *opener);

/* TLS 1.2, for the client and the server, from 48 bytes. After a failure both are none. */
bool tls_openers_from_master(struct crypto *crypto, const struct tls_suite *suite,
                             const uint8_t *master, const uint8_t client_random[TLS_RANDOM],
                             const uint8_t server_random[TLS_RANDOM],
                             struct tls_opener opener[2]);

/* The traffic secret that follows a KeyUpdate, in its place. */
bool tls_secret_update(struct crypto *crypto, const struct tls_suite *suite, uint8_t *secret);

/* The nonce of a record: the initialisation vector and its number. */
void tls_opener_nonce(const struct tls_opener *opener, uint64_t sequence,
                      uint8_t nonce[CRYPTO_NONCE]);

/* Leaves none. */
void tls_opener_free(struct tls_opener *opener);

#endif
