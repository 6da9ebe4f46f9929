/* SPDX-License-Identifier: MIT */
/*
 * Cryptography from libcrypto. In: bytes and keys. Out: sums, keys derived from others, and what a
 * cipher hid. Everything is fetched from a library context of its own and used once in crypto_new(),
 * so that nothing is looked up, and nothing allocated, later: sums take no memory, and what a key
 * needs is kept for the next one. HKDF and the PRF are loops around HMAC here, for libcrypto's own
 * cost several times as much per key.
 */
/* The sums of libcrypto 1, which it still has: those of EVP call malloc() for each one. */
#define OPENSSL_API_COMPAT 0x10101000L

#include "crypto.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum {
    CRYPTO_DIGESTS = CRYPTO_HASHES + 2, /* and the two that are only sums */
    CRYPTO_MD5 = CRYPTO_HASHES,
    CRYPTO_SHA1,
    CRYPTO_HMAC_BLOCK = 128, /* of SHA-384 */
    CRYPTO_LABEL = 64,       /* the longest label that is asked for, many times over */
    CRYPTO_PIECES = 3,
    CRYPTO_KEY_MOST = 32,
};

/* A sum under way. */
struct crypto_digest {
    int which;
    union {
        MD5_CTX md5;
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha384;
    } state;
};

struct crypto {
    OSSL_LIB_CTX *library;
    EVP_MD *digest[CRYPTO_DIGESTS];     /* NULL: absent */
    EVP_CIPHER *cipher[CRYPTO_CIPHERS]; /* NULL: absent */
    EVP_CIPHER *block;
    EVP_CIPHER_CTX *block_context;
    struct crypto_aead *spare[CRYPTO_CIPHERS];
    uint32_t spares[CRYPTO_CIPHERS];
    size_t users; /* keys, and the component until it is closed */
    bool closed;
};

struct crypto_aead {
    struct crypto *crypto;
    struct crypto_aead *next; /* of those that are kept */
    EVP_CIPHER_CTX *context;
    enum crypto_cipher cipher;
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
    for (int i = 0; i < CRYPTO_DIGESTS; i++)
        crypto->digest[i] = EVP_MD_fetch(crypto->library, digest_names[i], NULL);
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
    crypto->users = 1;
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
        complete = complete && crypto->digest[i];
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

static void crypto_drop(struct crypto *crypto)
{
    if (--crypto->users)
        return;
    for (int i = 0; i < CRYPTO_DIGESTS; i++)
        EVP_MD_free(crypto->digest[i]);
    for (int i = 0; i < CRYPTO_CIPHERS; i++)
        EVP_CIPHER_free(crypto->cipher[i]);
    EVP_CIPHER_CTX_free(crypto->block_context);
    EVP_CIPHER_free(crypto->block);
    OSSL_LIB_CTX_free(crypto->library);
    free(crypto);
}

static void aead_destroy(struct crypto_aead *aead)
{
    EVP_CIPHER_CTX_free(aead->context);
    free(aead);
}

void crypto_free(struct crypto *crypto)
{
    if (!crypto)
        return;
    for (int i = 0; i < CRYPTO_CIPHERS; i++) {
        while (crypto->spare[i]) {
            struct crypto_aead *aead = crypto->spare[i];
            crypto->spare[i] = aead->next;
            aead_destroy(aead);
        }
    }
    crypto->closed = true;
    crypto_drop(crypto);
}

bool crypto_has_md5(const struct crypto *crypto)
{
    return crypto->digest[CRYPTO_MD5] != NULL;
}

bool crypto_has_hash(const struct crypto *crypto, enum crypto_hash hash)
{
    return crypto->digest[hash] != NULL;
}

bool crypto_has_cipher(const struct crypto *crypto, enum crypto_cipher cipher)
{
    return crypto->cipher[cipher] != NULL;
}

static void digest_begin(struct crypto_digest *digest, int which)
{
    digest->which = which;
    if (which == CRYPTO_MD5)
        MD5_Init(&digest->state.md5);
    else if (which == CRYPTO_SHA1)
        SHA1_Init(&digest->state.sha1);
    else if (which == CRYPTO_SHA256)
        SHA256_Init(&digest->state.sha256);
    else
        SHA384_Init(&digest->state.sha384);
}

static void digest_add(struct crypto_digest *digest, struct chains_bytes in)
{
    if (digest->which == CRYPTO_MD5)
        MD5_Update(&digest->state.md5, in.at, in.len);
    else if (digest->which == CRYPTO_SHA1)
        SHA1_Update(&digest->state.sha1, in.at, in.len);
    else if (digest->which == CRYPTO_SHA256)
        SHA256_Update(&digest->state.sha256, in.at, in.len);
    else
        SHA384_Update(&digest->state.sha384, in.at, in.len);
}

static void digest_end(struct crypto_digest *digest, uint8_t *out)
{
    if (digest->which == CRYPTO_MD5)
        MD5_Final(out, &digest->state.md5);
    else if (digest->which == CRYPTO_SHA1)
        SHA1_Final(out, &digest->state.sha1);
    else if (digest->which == CRYPTO_SHA256)
        SHA256_Final(out, &digest->state.sha256);
    else
        SHA384_Final(out, &digest->state.sha384);
}

static bool crypto_sum(struct crypto *crypto, int which, struct chains_bytes in, uint8_t *out)
{
    struct crypto_digest digest;
    if (!crypto->digest[which])
        return false;
    digest_begin(&digest, which);
    digest_add(&digest, in);
    digest_end(&digest, out);
    OPENSSL_cleanse(&digest, sizeof digest); /* a long key of HMAC, perhaps */
    return true;
}

bool crypto_md5(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_MD5_LEN])
{
    return crypto_sum(crypto, CRYPTO_MD5, in, out);
}

bool crypto_sha1(struct crypto *crypto, struct chains_bytes in, uint8_t out[CRYPTO_SHA1_LEN])
{
    return crypto_sum(crypto, CRYPTO_SHA1, in, out);
}

size_t crypto_hash_len(enum crypto_hash hash)
{
    return hash_lens[hash];
}

bool crypto_hash(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes in,
                 uint8_t *out)
{
    return crypto_sum(crypto, (int)hash, in, out);
}

/* One half of HMAC: the hash of the key, with every byte changed, and of what follows. */
static void hmac_half(enum crypto_hash hash, const uint8_t *key, uint8_t change,
                      const struct crypto_pieces *in, uint8_t *out)
{
    uint8_t pad[CRYPTO_HMAC_BLOCK];
    struct crypto_digest digest;
    const size_t block = hash_blocks[hash];
    for (size_t i = 0; i < block; i++)
        pad[i] = key[i] ^ change;
    digest_begin(&digest, (int)hash);
    digest_add(&digest, (struct chains_bytes){ pad, block });
    for (size_t i = 0; i < in->count; i++)
        digest_add(&digest, in->at[i]);
    digest_end(&digest, out);
    OPENSSL_cleanse(&digest, sizeof digest);
    OPENSSL_cleanse(pad, sizeof pad);
}

/* RFC 2104. */
static bool crypto_hmac(struct crypto *crypto, enum crypto_hash hash, struct chains_bytes key,
                        const struct crypto_pieces *in, uint8_t *out)
{
    uint8_t padded[CRYPTO_HMAC_BLOCK] = { 0 };
    if (!crypto->digest[hash])
        return false;
    if (key.len > hash_blocks[hash]) {
        if (!crypto_hash(crypto, hash, key, padded))
            return false;
    } else if (key.len) {
        memcpy(padded, key.at, key.len);
    }
    const struct crypto_pieces inner = { { { out, hash_lens[hash] } }, 1 };
    hmac_half(hash, padded, 0x36, in, out);
    hmac_half(hash, padded, 0x5c, &inner, out);
    OPENSSL_cleanse(padded, sizeof padded);
    return true;
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

/* One that was given back, with another key; NULL: there is none. */
static struct crypto_aead *aead_again(struct crypto *crypto, enum crypto_cipher cipher,
                                      const uint8_t *key)
{
    struct crypto_aead *aead = crypto->spare[cipher];
    if (!aead || !crypto_aead_key(aead, key))
        return NULL;
    crypto->spare[cipher] = aead->next;
    crypto->spares[cipher]--;
    crypto->users++;
    return aead;
}

struct crypto_aead *crypto_aead_new(struct crypto *crypto, enum crypto_cipher cipher,
                                    const uint8_t *key)
{
    static const uint8_t nonce[CRYPTO_NONCE];
    if (!crypto->cipher[cipher])
        return NULL;
    struct crypto_aead *aead = aead_again(crypto, cipher, key);
    if (aead)
        return aead;
    aead = calloc(1, sizeof *aead);
    if (!aead)
        return NULL;
    aead->cipher = cipher;
    ERR_set_mark();
    aead->context = EVP_CIPHER_CTX_new();
    if (quiet(aead->context && EVP_DecryptInit_ex2(aead->context, crypto->cipher[cipher], key,
                                                   nonce, NULL) == 1)) {
        aead->crypto = crypto;
        crypto->users++;
        return aead;
    }
    aead_destroy(aead);
    return NULL;
}

/* Nobody's key stays in what is kept. */
void crypto_aead_free(struct crypto_aead *aead)
{
    static const uint8_t no_key[CRYPTO_KEY_MOST];
    if (!aead)
        return;
    struct crypto *crypto = aead->crypto;
    const enum crypto_cipher cipher = aead->cipher;
    if (crypto->closed || crypto->spares[cipher] == CRYPTO_SPARES ||
        !crypto_aead_key(aead, no_key)) {
        aead_destroy(aead);
    } else {
        aead->next = crypto->spare[cipher];
        crypto->spare[cipher] = aead;
        crypto->spares[cipher]++;
    }
    crypto_drop(crypto);
}

size_t crypto_kept(const struct crypto *crypto)
{
    size_t keys = 0;
    for (int i = 0; crypto && i < CRYPTO_CIPHERS; i++)
        keys += crypto->spares[i];
    return keys * CRYPTO_KEY_BYTES;
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
