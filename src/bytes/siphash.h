/* SPDX-License-Identifier: MIT */
#ifndef BYTES_SIPHASH_H
#define BYTES_SIPHASH_H

#include <chains/bytes.h>

/*
 * SipHash (Aumasson, Bernstein 2012) with the round counts as arguments, so that the published
 * vectors of 2-4 prove the code that 1-3 uses. The tables hash with 1-3 and a random key.
 */

struct siphash_key {
    uint64_t k0, k1;
};

/* A key from the system's random source; false when there is none. */
bool siphash_random_key(struct siphash_key *key);

static inline uint64_t siphash_turn_(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void siphash_rounds_(uint64_t v[4], unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = siphash_turn_(v[1], 13) ^ v[0];
        v[3] = siphash_turn_(v[3], 16) ^ v[2];
        v[0] = siphash_turn_(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = siphash_turn_(v[1], 17) ^ v[2];
        v[3] = siphash_turn_(v[3], 21) ^ v[0];
        v[2] = siphash_turn_(v[2], 32);
    }
}

/* The first `n` (fewer than 8) bytes as a little-endian number. */
static inline uint64_t siphash_word_(const uint8_t *p, size_t n)
{
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)p[i] << (8 * i);
    return word;
}

static inline void siphash_begin_(uint64_t v[4], const struct siphash_key *key)
{
    v[0] = key->k0 ^ UINT64_C(0x736f6d6570736575);
    v[1] = key->k1 ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key->k0 ^ UINT64_C(0x6c7967656e657261);
    v[3] = key->k1 ^ UINT64_C(0x7465646279746573);
}

static inline void siphash_take_(uint64_t v[4], uint64_t word, unsigned per_word)
{
    v[3] ^= word;
    siphash_rounds_(v, per_word);
    v[0] ^= word;
}

static inline uint64_t siphash_end_(uint64_t v[4], uint64_t last, unsigned per_word,
                                    unsigned at_end)
{
    siphash_take_(v, last, per_word);
    v[2] ^= 0xff;
    siphash_rounds_(v, at_end);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t siphash(const struct siphash_key *key, const void *data, size_t len,
                               unsigned per_word, unsigned at_end)
{
    const uint8_t *p = data;
    uint64_t v[4];
    siphash_begin_(v, key);
    size_t left = len;
    for (; left >= 8; left -= 8, p += 8)
        siphash_take_(v, chains_load_le32(p) | (uint64_t)chains_load_le32(p + 4) << 32,
                      per_word);
    return siphash_end_(v, (uint64_t)len << 56 | siphash_word_(p, left), per_word, at_end);
}

static inline uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len)
{
    return siphash(key, data, len, 1, 3);
}

/* The same of so many words, which stay in registers where their count is known. */
static inline uint64_t siphash13_words(const struct siphash_key *key, const uint64_t *word,
                                       size_t count)
{
    uint64_t v[4];
    siphash_begin_(v, key);
    for (size_t i = 0; i < count; i++)
        siphash_take_(v, word[i], 1);
    return siphash_end_(v, (uint64_t)(8 * count) << 56, 1, 3);
}

#endif
