/* SPDX-License-Identifier: MIT */
/*
 * Community ID v1. In: a flow's key, whose order is the one of the specification. Out: "1:" and the
 * SHA-1 of seed, addresses, protocol and ports in base64. The only file that knows libcrypto.
 */
#include "community_id.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    COMMUNITY_ID_INPUT = 2 + 32 + 2 + 4,
    COMMUNITY_ID_SHA1 = 20,
    COMMUNITY_ID_BASE64 = 28,
};

_Static_assert(CHAINS_COMMUNITY_ID > 2 + COMMUNITY_ID_BASE64, "the text and its NUL");

struct community_id {
    OSSL_LIB_CTX *library; /* its own: no configuration is read, and nothing is global */
    EVP_MD *sha1;
    EVP_MD_CTX *context;
    uint16_t seed;
};

struct community_id *community_id_new(uint16_t seed)
{
    struct community_id *id = calloc(1, sizeof *id);
    if (!id)
        return NULL;
    id->seed = seed;
    id->library = OSSL_LIB_CTX_new();
    if (id->library) /* without, it would take the one that all share */
        id->sha1 = EVP_MD_fetch(id->library, "SHA1", NULL);
    id->context = EVP_MD_CTX_new();
    if (id->sha1 && id->context)
        return id;
    community_id_free(id);
    return NULL;
}

void community_id_free(struct community_id *id)
{
    if (!id)
        return;
    EVP_MD_CTX_free(id->context);
    EVP_MD_free(id->sha1);
    OSSL_LIB_CTX_free(id->library);
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

bool community_id_text(struct community_id *id, const struct flow_key *key,
                       char out[CHAINS_COMMUNITY_ID])
{
    uint8_t input[COMMUNITY_ID_INPUT], sum[EVP_MAX_MD_SIZE];
    unsigned char text[COMMUNITY_ID_BASE64 + 1];
    size_t len = community_id_input(id, key, input);
    out[0] = 0;
    if (EVP_DigestInit_ex2(id->context, id->sha1, NULL) != 1 ||
        EVP_DigestUpdate(id->context, input, len) != 1 ||
        EVP_DigestFinal_ex(id->context, sum, NULL) != 1)
        return false;
    EVP_EncodeBlock(text, sum, COMMUNITY_ID_SHA1);
    memcpy(out, "1:", 2);
    memcpy(out + 2, text, sizeof text);
    return true;
}

const char *community_id_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}
