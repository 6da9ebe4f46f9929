/* SPDX-License-Identifier: MIT */
#ifndef LINKS_CRYPTO_H
#define LINKS_CRYPTO_H

#include <chains/bytes.h>

/*
 * What the links need of cryptography, from libcrypto, in a library context of its own: what a
 * configuration says of algorithms is not for it, nothing is shared, and everything is fetched once.
 * libcrypto itself reads the configuration of the process (openssl.cnf) when the first sum or cipher of
 * the process begins, of whatever context; a program that is not to read one says so before it opens a
 * chain, for all of its own: OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL).
 *
 * One of them serves one component; it is not for two threads. The errors that libcrypto holds for a
 * thread are the program's: they are the same behind each of these functions. A function that is false has done nothing else: `out` is
 * undefined; the next call works. Where an algorithm is there, only memory was lacking; sums take none.
 */
struct crypto;

enum crypto_hash { CRYPTO_SHA256, CRYPTO_SHA384, CRYPTO_HASHES };
enum crypto_cipher {
    CRYPTO_AES_128_GCM,
    CRYPTO_AES_256_GCM,
    CRYPTO_CHACHA20_POLY1305,
    CRYPTO_CIPHERS
};

enum {
    CRYPTO_MD5_LEN = 16,
    CRYPTO_SHA1_LEN = 20,
    CRYPTO_SHA256_LEN = 32,
    CRYPTO_HASH_MOST = 48, /* of SHA-384 */
    CRYPTO_NONCE = 12,
    CRYPTO_TAG = 16,
    CRYPTO_BLOCK = 16,       /* of AES */
    CRYPTO_KEY_BYTES = 1024, /* about what libcrypto takes for a key; it does not say */
    CRYPTO_SPARES = 128,     /* keys given back whose memory is kept, of each cipher */
    CRYPTO_KEPT_MOST = CRYPTO_CIPHERS * CRYPTO_SPARES * CRYPTO_KEY_BYTES,
};

/* NULL for want of memory. An algorithm that is absent (FIPS has no MD5) fails when it is used. */
struct crypto *crypto_new(void);
void crypto_free(struct crypto *crypto);

/* Whether an algorithm is there: then only memory can be lacking. */
bool crypto_has_md5(const struct crypto *crypto);
bool crypto_has_hash(const struct crypto *crypto, enum crypto_hash hash);
bool crypto_has_cipher(const struct crypto *crypto, enum crypto_cipher cipher);

bool crypto_md5(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_MD5_LEN]);
bool crypto_sha1(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_SHA1_LEN]);

size_t crypto_hash_len(enum crypto_hash hash);
/* `out` has crypto_hash_len() bytes, here and below. */
bool crypto_hash(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes in,
                 uint8_t *out);

/* RFC 5869. */
bool crypto_hkdf_extract(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes salt,
                         struct chains_bytes key, uint8_t *out);
/*
 * HKDF-Expand-Label of RFC 8446, 7.1, with an empty context: `label` without its "tls13 ", for example
 * "quic key"; the secret is crypto_hash_len() bytes long; `len` at most 255.
 */
bool crypto_expand_label(struct crypto *crypto, enum crypto_hash hash, const uint8_t *secret,
                         const char *label, uint8_t *out, size_t len);
/* The PRF of TLS 1.2 (RFC 5246, 5): `seed` is put together by the caller; `len` at most 255. */
bool crypto_tls12_prf(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes secret,
                      const char *label, struct chains_bytes seed, uint8_t *out, size_t len);

/* One key of one direction. NULL for want of memory, or of the algorithm. */
struct crypto_aead;
size_t crypto_key_len(enum crypto_cipher cipher);
struct crypto_aead *crypto_aead_new(struct crypto *crypto, enum crypto_cipher cipher,
                                    const uint8_t *key);
/* Its memory is kept for the next one of this cipher, without the key; also behind crypto_free(). */
void crypto_aead_free(struct crypto_aead *aead);
/* Bytes of memory that is kept for next ones; at most CRYPTO_KEPT_MOST. 0 for NULL. */
size_t crypto_kept(const struct crypto *crypto);
/* Another key for the same cipher: nothing is allocated. */
bool crypto_aead_key(struct crypto_aead *aead, const uint8_t *key);
/*
 * Opens `in`, which ends with its tag of CRYPTO_TAG bytes; `out` has room for the rest and may not
 * overlap it. False: the tag is wrong.
 */
bool crypto_aead_open(struct crypto_aead *aead, const uint8_t nonce[CRYPTO_NONCE],
                      struct chains_bytes more, struct chains_bytes in, uint8_t *out);

/* One block of AES-128 in ECB mode: the mask of QUIC's header protection (RFC 9001, 5.4.3). */
bool crypto_aes128_block(struct crypto *crypto, const uint8_t key[16],
                         const uint8_t in[CRYPTO_BLOCK], uint8_t out[CRYPTO_BLOCK]);

/* The version of libcrypto: "3.0.15". */
const char *crypto_library(void);

#endif
