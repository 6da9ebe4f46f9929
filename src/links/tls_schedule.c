/* SPDX-License-Identifier: MIT */
/*
 * In: a secret, and the suite that ServerHello chose. Out: keys and initialisation vectors. The
 * table has every suite of the registry with AES-GCM or ChaCha20-Poly1305, whatever its key
 * exchange: with the master secret in hand that does not matter.
 */
#include "tls_schedule.h"

#include <chains/layer/stream.h>

#include <string.h>

enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };
enum { SCHEDULE_SALT = 4, SCHEDULE_MASTER = 48, SCHEDULE_KEY_MOST = 32 };

#define SCHEDULE_AES_128(number_)                                                              \
    {                                                                                          \
        number_, CRYPTO_AES_128_GCM, CRYPTO_SHA256                                             \
    }
#define SCHEDULE_AES_256(number_)                                                              \
    {                                                                                          \
        number_, CRYPTO_AES_256_GCM, CRYPTO_SHA384                                             \
    }
#define SCHEDULE_CHACHA(number_)                                                               \
    {                                                                                          \
        number_, CRYPTO_CHACHA20_POLY1305, CRYPTO_SHA256                                       \
    }

static const struct tls_suite suites_13[] = {
    SCHEDULE_AES_128(0x1301),
    SCHEDULE_AES_256(0x1302),
    SCHEDULE_CHACHA(0x1303),
};

static const struct tls_suite suites_12[] = {
    SCHEDULE_AES_128(0x009c),                           /* RSA */
    SCHEDULE_AES_256(0x009d), SCHEDULE_AES_128(0x009e), /* DHE_RSA */
    SCHEDULE_AES_256(0x009f), SCHEDULE_AES_128(0x00a0), /* DH_RSA */
    SCHEDULE_AES_256(0x00a1), SCHEDULE_AES_128(0x00a2), /* DHE_DSS */
    SCHEDULE_AES_256(0x00a3), SCHEDULE_AES_128(0x00a4), /* DH_DSS */
    SCHEDULE_AES_256(0x00a5), SCHEDULE_AES_128(0x00a6), /* DH_anon */
    SCHEDULE_AES_256(0x00a7), SCHEDULE_AES_128(0x00a8), /* PSK */
    SCHEDULE_AES_256(0x00a9), SCHEDULE_AES_128(0x00aa), /* DHE_PSK */
    SCHEDULE_AES_256(0x00ab), SCHEDULE_AES_128(0x00ac), /* RSA_PSK */
    SCHEDULE_AES_256(0x00ad), SCHEDULE_AES_128(0xc02b), /* ECDHE_ECDSA */
    SCHEDULE_AES_256(0xc02c), SCHEDULE_AES_128(0xc02d), /* ECDH_ECDSA */
    SCHEDULE_AES_256(0xc02e), SCHEDULE_AES_128(0xc02f), /* ECDHE_RSA */
    SCHEDULE_AES_256(0xc030), SCHEDULE_AES_128(0xc031), /* ECDH_RSA */
    SCHEDULE_AES_256(0xc032), SCHEDULE_CHACHA(0xcca8),  /* ECDHE_RSA */
    SCHEDULE_CHACHA(0xcca9),                            /* ECDHE_ECDSA */
    SCHEDULE_CHACHA(0xccaa),                            /* DHE_RSA */
    SCHEDULE_CHACHA(0xccab),                            /* PSK */
    SCHEDULE_CHACHA(0xccac),                            /* ECDHE_PSK */
    SCHEDULE_CHACHA(0xccad),                            /* DHE_PSK */
    SCHEDULE_CHACHA(0xccae),                            /* RSA_PSK */
    SCHEDULE_AES_128(0xd001),                           /* ECDHE_PSK */
    SCHEDULE_AES_256(0xd002),
};

const struct tls_suite *tls_suite_find(uint16_t protocol, uint16_t number)
{
    const struct tls_suite *table = protocol == TLS_1_3 ? suites_13 : suites_12;
    size_t count = sizeof suites_12 / sizeof *suites_12;
    if (protocol == TLS_1_3)
        count = sizeof suites_13 / sizeof *suites_13;
    else if (protocol != TLS_1_2)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (table[i].number == number)
            return &table[i];
    return NULL;
}

bool tls_opener_from(struct crypto *crypto, const struct tls_suite *suite,
                     const uint8_t *secret, struct tls_opener *opener)
{
    uint8_t key[SCHEDULE_KEY_MOST];
    *opener = (struct tls_opener){ .aead = NULL };
    if (crypto_expand_label(crypto, suite->hash, secret, "key", key,
                            crypto_key_len(suite->cipher)) &&
        crypto_expand_label(crypto, suite->hash, secret, "iv", opener->iv, sizeof opener->iv))
        opener->aead = crypto_aead_new(crypto, suite->cipher, key);
    explicit_bzero(key, sizeof key);
    return opener->aead != NULL;
}

bool tls_openers_from_master(struct crypto *crypto, const struct tls_suite *suite,
                             const uint8_t *master, const uint8_t client_random[TLS_RANDOM],
                             const uint8_t server_random[TLS_RANDOM],
                             struct tls_opener opener[2])
{
    uint8_t seed[2 * TLS_RANDOM], block[2 * SCHEDULE_KEY_MOST + 2 * CRYPTO_NONCE];
    size_t key = crypto_key_len(suite->cipher);
    size_t iv = suite->cipher == CRYPTO_CHACHA20_POLY1305 ? CRYPTO_NONCE : SCHEDULE_SALT;
    memcpy(seed, server_random, TLS_RANDOM);
    memcpy(seed + TLS_RANDOM, client_random, TLS_RANDOM);
    memset(opener, 0, 2 * sizeof *opener);
    bool good = crypto_tls12_prf(
        crypto, suite->hash, (struct chains_bytes){ master, SCHEDULE_MASTER }, "key expansion",
        (struct chains_bytes){ seed, sizeof seed }, block, 2 * key + 2 * iv);
    for (size_t i = 0; good && i < 2; i++) {
        opener[i].aead = crypto_aead_new(crypto, suite->cipher, block + i * key);
        memcpy(opener[i].iv, block + 2 * key + i * iv, iv);
    }
    explicit_bzero(block, sizeof block);
    if (opener[CHAINS_ORIG].aead && opener[CHAINS_RESP].aead)
        return true;
    tls_opener_free(&opener[CHAINS_ORIG]);
    tls_opener_free(&opener[CHAINS_RESP]);
    return false;
}

bool tls_secret_update(struct crypto *crypto, const struct tls_suite *suite, uint8_t *secret)
{
    uint8_t next[CRYPTO_HASH_MOST];
    size_t len = crypto_hash_len(suite->hash);
    bool good = crypto_expand_label(crypto, suite->hash, secret, "traffic upd", next, len);
    if (good)
        memcpy(secret, next, len);
    explicit_bzero(next, sizeof next);
    return good;
}

void tls_opener_nonce(const struct tls_opener *opener, uint64_t sequence,
                      uint8_t nonce[CRYPTO_NONCE])
{
    memcpy(nonce, opener->iv, CRYPTO_NONCE);
    for (int i = 0; i < 8; i++)
        nonce[CRYPTO_NONCE - 1 - i] ^= (uint8_t)(sequence >> 8 * i);
}

void tls_opener_free(struct tls_opener *opener)
{
    crypto_aead_free(opener->aead);
    explicit_bzero(opener, sizeof *opener);
}
