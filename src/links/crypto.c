/* SPDX-License-Identifier: MIT */
/*
 * Cryptography from libcrypto. In: bytes and keys. Out: sums, keys derived from others, and what a
 * cipher hid. Everything is fetched from a library context of its own and used once in crypto_new(),
 * so that nothing is looked up, and next to nothing allocated, later. HKDF and the PRF are loops
 * around HMAC here, for libcrypto's own cost several times as much per key.
 */
#include "crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    CRYPTO_DIGESTS = CRYPTO_HASHES + 2, /* and the two that are only sums */
    CRYPTO_MD5 = CRYPTO_HASHES,
    CRYPTO_SHA1,
    CRYPTO_HMAC_BLOCK = 128, /* of SHA-384 */
    CRYPTO_LABEL = 64,       /* the longest label that is asked for, many times over */
    CRYPTO_PIECES = 3,
};

struct crypto_digest {
    EVP_MD *md; /* NULL: absent */
    EVP_MD_CTX *context;
};

struct crypto {
    OSSL_LIB_CTX *library;
    struct crypto_digest digest[CRYPTO_DIGESTS];
    EVP_CIPHER *cipher[CRYPTO_CIPHERS]; /* NULL: absent */
    EVP_CIPHER *block;
    EVP_CIPHER_CTX *block_context;
};

struct crypto_aead {
    EVP_CIPHER_CTX *context;
};

/* Bytes that are put together from several places. */
struct crypto_pieces {
    struct chains_bytes at[CRYPTO_PIECES];
    size_t count;
};

static const char *const digest_names[CRYPTO_DIGESTS] = {
    [CRYPTO_SHA256] = "SHA256",
    [CRYPTO_SHA384] = "SHA384",
    [CRYPTO_MD5] = "MD5",
    [CRYPTO_SHA1] = "SHA1",
};

static const char *const cipher_names[CRYPTO_CIPHERS] = {
    [CRYPTO_AES_128_GCM] = "AES-128-GCM",
    [CRYPTO_AES_256_GCM] = "AES-256-GCM",
    [CRYPTO_CHACHA20_POLY1305] = "ChaCha20-Poly1305",
};

static const size_t hash_lens[CRYPTO_HASHES] = {
    [CRYPTO_SHA256] = 32,
    [CRYPTO_SHA384] = 48,
};

static const size_t hash_blocks[CRYPTO_HASHES] = {
    [CRYPTO_SHA256] = 64,
    [CRYPTO_SHA384] = 128,
};

static const size_t key_lens[CRYPTO_CIPHERS] = {
    [CRYPTO_AES_128_GCM] = 16,
    [CRYPTO_AES_256_GCM] = 32,
    [CRYPTO_CHACHA20_POLY1305] = 32,
};

/* The first use of a context allocates what it needs for good. */
static bool crypto_prepare(struct crypto *crypto)
{
    for (int i = 0; i < CRYPTO_DIGESTS; i++) {
        struct crypto_digest *digest = &crypto->digest[i];
        digest->md = EVP_MD_fetch(crypto->library, digest_names[i], NULL);
        digest->context = EVP_MD_CTX_new();
        if (!digest->context)
            return false;
        if (digest->md && EVP_DigestInit_ex2(digest->context, digest->md, NULL) != 1)
            return false;
    }
    for (int i = 0; i < CRYPTO_CIPHERS; i++)
        crypto->cipher[i] = EVP_CIPHER_fetch(crypto->library, cipher_names[i], NULL);
    static const uint8_t key[16];
    crypto->block = EVP_CIPHER_fetch(crypto->library, "AES-128-ECB", NULL);
    crypto->block_context = EVP_CIPHER_CTX_new();
    return crypto->block_context &&
           (!crypto->block ||
            EVP_EncryptInit_ex2(crypto->block_context, crypto->block, key, NULL, NULL) == 1);
}

/* Behind ERR_set_mark(): what has failed since is nobody's concern. What was there before stays. */
static bool quiet(bool good)
{
    ERR_pop_to_mark();
    return good;
}

/*
 * What libcrypto makes once for the process and for the thread. Where memory is lacking for it, it
 * never tries again, and from then on fails without a word: what was read seems to be wrong.
 */
static bool crypto_begin(void)
{
    if (OPENSSL_init_crypto(0, NULL) != 1)
        return false;
    ERR_set_mark();
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR); /* the queue of errors is there, then */
    return quiet(ERR_peek_last_error() != 0);
}

static struct crypto *crypto_try(void)
{
    if (!crypto_begin())
        return NULL;
    struct crypto *crypto = calloc(1, sizeof *crypto);
    if (!crypto)
        return NULL;
    ERR_set_mark();
    crypto->library = OSSL_LIB_CTX_new();
    /* Without one, everything would come from the context that all share. */
    if (quiet(crypto->library && crypto_prepare(crypto)))
        return crypto;
    crypto_free(crypto);
    return NULL;
}

static bool crypto_complete(const struct crypto *crypto)
{
    bool complete = crypto->block != NULL;
    for (int i = 0; i < CRYPTO_DIGESTS; i++)
        complete = complete && crypto->digest[i].md;
    for (int i = 0; i < CRYPTO_CIPHERS; i++)
        complete = complete && crypto->cipher[i];
    return complete;
}

/*
 * A fetch does not say whether memory or the algorithm was lacking, and its library context never
 * looks again. What another context has not either, while there is memory for it, is absent.
 */
struct crypto *crypto_new(void)
{
    struct crypto *crypto = crypto_try();
    if (!crypto || crypto_complete(crypto))
        return crypto;
    crypto_free(crypto);
    return crypto_try();
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    for (int i = 0; i < CRYPTO_DIGESTS; i++) {
        EVP_MD_CTX_free(crypto->digest[i].context);
        EVP_MD_free(crypto->digest[i].md);
    }
    for (int i = 0; i < CRYPTO_CIPHERS; i++)
        EVP_CIPHER_free(crypto->cipher[i]);
    EVP_CIPHER_CTX_free(crypto->block_context);
    EVP_CIPHER_free(crypto->block);
    OSSL_LIB_CTX_free(crypto->library);
    free(crypto);
}

bool crypto_has_md5(const struct crypto *crypto)
{
    return crypto->digest[CRYPTO_MD5].md != NULL;
}

bool crypto_has_hash(const struct crypto *crypto, enum crypto_hash hash)
{
    return crypto->digest[hash].md != NULL;
}

bool crypto_has_cipher(const struct crypto *crypto, enum crypto_cipher cipher)
{
    return crypto->cipher[cipher] != NULL;
}

static bool crypto_sum(struct crypto *crypto, int which, struct chains_bytes in, uint8_t *out)
{
    struct crypto_digest *digest = &crypto->digest[which];
    return digest->md && EVP_DigestInit_ex2(digest->context, digest->md, NULL) == 1 &&
           EVP_DigestUpdate(digest->context, in.at, in.len) == 1 &&
           EVP_DigestFinal_ex(digest->context, out, NULL) == 1;
}

bool crypto_md5(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_MD5_LEN])
{
    ERR_set_mark();
    return quiet(crypto_sum(crypto, CRYPTO_MD5, in, out));
}

bool crypto_sha1(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_SHA1_LEN])
{
    ERR_set_mark();
    return quiet(crypto_sum(crypto, CRYPTO_SHA1, in, out));
}

size_t crypto_hash_len(enum crypto_hash hash)
{
    return hash_lens[hash];
}

bool crypto_hash(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes in,
                 uint8_t *out)
{
    ERR_set_mark();
    return quiet(crypto_sum(crypto, (int)hash, in, out));
}

/* One half of HMAC: the hash of the key, with every byte changed, and of what follows. */
static bool hmac_half(struct crypto_digest *digest, const uint8_t *key, size_t block,
                      uint8_t change, const struct crypto_pieces *in, uint8_t *out)
{
    uint8_t pad[CRYPTO_HMAC_BLOCK];
    for (size_t i = 0; i < block; i++)
        pad[i] = key[i] ^ change;
    bool good = EVP_DigestInit_ex2(digest->context, digest->md, NULL) == 1 &&
                EVP_DigestUpdate(digest->context, pad, block) == 1;
    for (size_t i = 0; good && i < in->count; i++)
        good = EVP_DigestUpdate(digest->context, in->at[i].at, in->at[i].len) == 1;
    return good && EVP_DigestFinal_ex(digest->context, out, NULL) == 1;
}

/* RFC 2104. */
static bool crypto_hmac(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes key,
                        const struct crypto_pieces *in, uint8_t *out)
{
    struct crypto_digest *digest = &crypto->digest[hash];
    uint8_t padded[CRYPTO_HMAC_BLOCK] = { 0 };
    if (!digest->md)
        return false;
    if (key.len > hash_blocks[hash]) {
        if (!crypto_hash(crypto, hash, key, padded))
            return false;
    } else if (key.len) {
        memcpy(padded, key.at, key.len);
    }
    ERR_set_mark();
    const struct crypto_pieces inner = { { { out, hash_lens[hash] } }, 1 };
    return quiet(hmac_half(digest, padded, hash_blocks[hash], 0x36, in, out) &&
                 hmac_half(digest, padded, hash_blocks[hash], 0x5c, &inner, out));
}

bool crypto_hkdf_extract(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes salt,
                         struct chains_bytes key, uint8_t *out)
{
    const struct crypto_pieces in = { { key }, 1 };
    return crypto_hmac(crypto, hash, salt, &in, out);
}

/* HKDF-Expand of RFC 5869. */
static bool crypto_expand(struct crypto *crypto, enum crypto_hash hash,
                          struct chains_bytes secret, struct chains_bytes info, uint8_t *out,
                          size_t len)
{
    uint8_t block[CRYPTO_HASH_MOST];
    size_t before = 0;
    for (uint8_t number = 1; len > 0; number++) {
        const struct crypto_pieces in = { { { block, before }, info, { &number, 1 } }, 3 };
        uint8_t next[CRYPTO_HASH_MOST];
        if (!crypto_hmac(crypto, hash, secret, &in, next))
            return false;
        before = hash_lens[hash];
        memcpy(block, next, before);
        size_t part = len < before ? len : before;
        memcpy(out, block, part);
        out += part;
        len -= part;
    }
    return true;
}

bool crypto_expand_label(struct crypto *crypto, enum crypto_hash hash, const uint8_t *secret,
                         const char *label, uint8_t *out, size_t len)
{
    static const char prefix[] = "tls13 ";
    const size_t prefix_len = sizeof prefix - 1, label_len = strlen(label);
    uint8_t info[2 + 1 + CRYPTO_LABEL + 1];
    if (len > UINT8_MAX || prefix_len + label_len > CRYPTO_LABEL)
        return false;
    size_t at = 0;
    info[at++] = 0;
    info[at++] = (uint8_t)len;
    info[at++] = (uint8_t)(prefix_len + label_len);
    memcpy(info + at, prefix, prefix_len);
    memcpy(info + at + prefix_len, label, label_len);
    at += prefix_len + label_len;
    info[at++] = 0; /* no context */
    return crypto_expand(crypto, hash, (struct chains_bytes){ secret, hash_lens[hash] },
                         (struct chains_bytes){ info, at }, out, len);
}

bool crypto_tls12_prf(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes secret,
                      const char *label, struct chains_bytes seed, uint8_t *out, size_t len)
{
    const struct chains_bytes name = { (const uint8_t *)label, strlen(label) };
    const struct crypto_pieces first = { { name, seed }, 2 };
    uint8_t a[CRYPTO_HASH_MOST], next[CRYPTO_HASH_MOST];
    if (len > UINT8_MAX || !crypto_hmac(crypto, hash, secret, &first, a))
        return false;
    while (len > 0) {
        const struct chains_bytes chained = { a, hash_lens[hash] };
        const struct crypto_pieces in = { { chained, name, seed }, 3 };
        const struct crypto_pieces on = { { chained }, 1 };
        if (!crypto_hmac(crypto, hash, secret, &in, next))
            return false;
        size_t part = len < hash_lens[hash] ? len : hash_lens[hash];
        memcpy(out, next, part);
        out += part;
        len -= part;
        if (len > 0 && !crypto_hmac(crypto, hash, secret, &on, next))
            return false;
        memcpy(a, next, hash_lens[hash]);
    }
    return true;
}

size_t crypto_key_len(enum crypto_cipher cipher)
{
    return key_lens[cipher];
}

struct crypto_aead *crypto_aead_new(struct crypto *crypto, enum crypto_cipher cipher,
                                    const uint8_t *key)
{
    static const uint8_t nonce[CRYPTO_NONCE];
    if (!crypto->cipher[cipher])
        return NULL;
    struct crypto_aead *aead = calloc(1, sizeof *aead);
    if (!aead)
        return NULL;
    ERR_set_mark();
    aead->context = EVP_CIPHER_CTX_new();
    if (quiet(aead->context && EVP_DecryptInit_ex2(aead->context, crypto->cipher[cipher], key,
                                                   nonce, NULL) == 1))
        return aead;
    crypto_aead_free(aead);
    return NULL;
}

void crypto_aead_free(struct crypto_aead *aead)
{
    if (!aead)
        return;
    EVP_CIPHER_CTX_free(aead->context);
    free(aead);
}

bool crypto_aead_key(struct crypto_aead *aead, const uint8_t *key)
{
    ERR_set_mark();
    return quiet(EVP_DecryptInit_ex2(aead->context, NULL, key, NULL, NULL) == 1);
}

bool crypto_aead_open(struct crypto_aead *aead, const uint8_t nonce[CRYPTO_NONCE],
                      struct chains_bytes more, struct chains_bytes in, uint8_t *out)
{
    if (in.len < CRYPTO_TAG || in.len > INT_MAX || more.len > INT_MAX)
        return false;
    const int len = (int)in.len - CRYPTO_TAG;
    uint8_t tag[CRYPTO_TAG], rest[CRYPTO_BLOCK];
    int wrote = 0;
    memcpy(tag, in.at + len, sizeof tag);
    ERR_set_mark();
    return quiet(
        EVP_DecryptInit_ex2(aead->context, NULL, NULL, nonce, NULL) == 1 &&
        (!more.len ||
         EVP_DecryptUpdate(aead->context, NULL, &wrote, more.at, (int)more.len) == 1) &&
        (!len || EVP_DecryptUpdate(aead->context, out, &wrote, in.at, len) == 1) &&
        EVP_CIPHER_CTX_ctrl(aead->context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
        EVP_DecryptFinal_ex(aead->context, rest, &wrote) == 1);
}

bool crypto_aes128_block(struct crypto *crypto, const uint8_t key[16],
                         const uint8_t in[CRYPTO_BLOCK], uint8_t out[CRYPTO_BLOCK])
{
    int wrote = 0;
    ERR_set_mark();
    return quiet(crypto->block &&
                 EVP_EncryptInit_ex2(crypto->block_context, NULL, key, NULL, NULL) == 1 &&
                 EVP_EncryptUpdate(crypto->block_context, out, &wrote, in, CRYPTO_BLOCK) == 1 &&
                 wrote == CRYPTO_BLOCK);
}

const char *crypto_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
