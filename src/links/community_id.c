/* SPDX-License-Identifier: MIT */
/*
 * Community ID v1. In: a flow's key, whose order is the one of the specification. Out: "1:" and the
 * SHA-1 of seed, addresses, protocol and ports in base64.
 */
#include "community_id.h"

#include <stdlib.h>
#include <string.h>

#include "crypto.h"

enum {
    COMMUNITY_ID_INPUT = 2 + 32 + 2 + 4,
    COMMUNITY_ID_BASE64 = 28,
};

_Static_assert(CHAINS_COMMUNITY_ID > 2 + COMMUNITY_ID_BASE64, "the text and its NUL");
_Static_assert(COMMUNITY_ID_BASE64 == (CRYPTO_SHA1_LEN + 2) / 3 * 4,
               "four letters for three bytes");

struct community_id {
    struct crypto *crypto;
    uint16_t seed;
};

struct community_id *community_id_new(uint16_t seed)
{
    struct community_id *id = calloc(1, sizeof *id);
    if (!id)
        return NULL;
    uint8_t sum[CRYPTO_SHA1_LEN];
    id->seed = seed;
    id->crypto = crypto_new();
    if (id->crypto && crypto_sha1(id->crypto, (struct chains_bytes){ sum, 0 }, sum))
        return id;
    community_id_free(id);
    return NULL;
}

void community_id_free(struct community_id *id)
{
    if (!id)
        return;
    crypto_free(id->crypto);
    free(id);
}

static size_t community_id_be16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)(value >> 8);
    out[1] = (uint8_t)value;
    return 2;
}

static size_t community_id_input(const struct community_id *id, const struct flow_key *key,
                                 uint8_t out[COMMUNITY_ID_INPUT])
{
    size_t address = key->family == 4 ? 4 : 16;
    size_t at = community_id_be16(out, id->seed);
    memcpy(out + at, key->addr[0], address);
    memcpy(out + at + address, key->addr[1], address);
    at += 2 * address;
    out[at++] = key->protocol;
    out[at++] = 0;
    if (!key->has_ports)
        return at;
    at += community_id_be16(out + at, key->port[0]);
    return at + community_id_be16(out + at, key->port[1]);
}

/* Three bytes are four letters; of the last two there are three letters and the filler. */
static void community_id_base64(const uint8_t sum[CRYPTO_SHA1_LEN], char *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < CRYPTO_SHA1_LEN; i += 3, out += 4) {
        uint32_t last = i + 2 < CRYPTO_SHA1_LEN ? sum[i + 2] : 0;
        uint32_t three = (uint32_t)sum[i] << 16 | (uint32_t)sum[i + 1] << 8 | last;
        out[0] = letters[three >> 18];
        out[1] = letters[three >> 12 & 63];
        out[2] = letters[three >> 6 & 63];
        out[3] = i + 2 < CRYPTO_SHA1_LEN ? letters[three & 63] : '=';
    }
    *out = '\0';
}

bool community_id_text(struct community_id *id, const struct flow_key *key,
                       char out[CHAINS_COMMUNITY_ID])
{
    uint8_t input[COMMUNITY_ID_INPUT], sum[CRYPTO_SHA1_LEN];
    size_t len = community_id_input(id, key, input);
    out[0] = 0;
    if (!crypto_sha1(id->crypto, (struct chains_bytes){ input, len }, sum))
        return false;
    memcpy(out, "1:", 2);
    community_id_base64(sum, out + 2);
    return true;
}
