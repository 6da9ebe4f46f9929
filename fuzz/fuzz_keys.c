/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a key log, as capture files carry it, in pieces; and what is left of them as records of
 * a connection whose keys are known. Every line is a secret, nothing or bad; the table keeps to its
 * number; what is opened is no longer than what was sealed. Build and run:
 *
 *     script/fuzz keys 60
 */
#include "../src/links/tls_decrypt.h"
#include "../src/links/tls_keylog.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 16, RECORDS = 64, KNOWN = 6, LINE = 256 };

static const uint16_t suites[][2] = { { 0x0304, 0x1301 }, { 0x0304, 0x1302 },
                                      { 0x0304, 0x1303 }, { 0x0303, 0xc02f },
                                      { 0x0303, 0xc030 }, { 0x0303, 0xcca8 } };

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Reads the text in two pieces, the first up to the end of a line, as a source gives it. */
static void give(struct tls_keys *keys, const char *text, size_t len)
{
    struct chains_secrets secrets = { text, 0 };
    const struct chains_secrets *list[] = { &secrets };
    const struct chains_source_info source = { .secrets = list, .secrets_count = 1 };
    char why[400];
    const char *end = memchr(text, '\n', len);
    secrets.len = end ? (size_t)(end - text) + 1 : 0;
    must(tls_keys_refresh(keys, &source, why, sizeof why));
    secrets.len = len;
    must(tls_keys_refresh(keys, &source, why, sizeof why));
}

/* The data, and behind it a secret of each kind, for the random 0. */
static void give_all(struct tls_keys *keys, const uint8_t *data, size_t size, size_t hash)
{
    static const char *const labels[KNOWN] = {
        "CLIENT_EARLY_TRAFFIC_SECRET",     "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
        "SERVER_TRAFFIC_SECRET_0",         "CLIENT_RANDOM",
    };
    char *text = malloc(size + 1 + KNOWN * (size_t)LINE);
    must(text != NULL);
    size_t used = size;
    memcpy(text, data, size);
    text[used++] = '\n';
    for (size_t i = 0; i < KNOWN; i++) {
        size_t label = strlen(labels[i]), secret = i == KNOWN - 1 ? 96 : 2 * hash;
        memcpy(text + used, labels[i], label);
        memset(text + used + label, '0', 66 + secret);
        text[used + label] = text[used + label + 65] = ' ';
        used += label + 66 + secret;
        text[used++] = '\n';
    }
    give(keys, text, used);
    free(text);
}

/* Each record has three bytes in front: what it is, and how long. */
static void open_records(struct tls_decrypt *decrypt, const uint8_t *data, size_t size)
{
    struct chains_arena arena;
    arena_init(&arena, 1 << 18);
    for (unsigned i = 0; i < RECORDS && size >= 3; i++) {
        uint8_t what = data[0], type = what & 1 ? 23 : 20 + (what >> 1 & 3);
        size_t len = (size_t)data[1] << 8 | data[2];
        data += 3;
        size -= 3;
        len = len < size ? len : size;
        struct chains_bytes payload = { data, len }, out = { NULL, 0 };
        enum chains_side side = what & 8 ? CHAINS_RESP : CHAINS_ORIG;
        if (tls_decrypt_record(decrypt, side, &type, 0x0303, payload, &arena, &out) ==
            TLS_DECRYPT_OPEN)
            must(out.len <= len);
        if (what & 16)
            tls_decrypt_finished(decrypt, side);
        if (what & 32)
            tls_decrypt_key_update(decrypt, side);
        if (what & 64)
            tls_decrypt_end_of_early_data(decrypt);
        must(tls_decrypt_lost(decrypt, side) <= RECORDS * (uint64_t)65);
        data += len;
        size -= len;
        arena_reset(&arena);
    }
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct crypto *crypto;
    if (!crypto)
        crypto = crypto_new();
    struct tls_keys *keys = tls_keys_new(MOST);
    must(crypto && keys);
    const uint16_t *suite = suites[size ? data[0] % 6 : 0];
    give_all(keys, data, size, suite[1] == 0x1302 ? 48 : 32);
    struct tls_decrypt_about about = { .protocol = suite[0],
                                       .cipher = suite[1],
                                       .early_data = size && data[0] & 128 };
    bool memory;
    struct tls_decrypt *decrypt = tls_decrypt_new(&about, keys, crypto, &memory);
    must(decrypt != NULL);
    if (size > 0)
        open_records(decrypt, data + 1, size - 1);
    tls_decrypt_free(decrypt);
    must(tls_keys_bad(keys) <= size + 1);
    must(tls_keys_bytes(keys) < 16384);
    tls_keys_free(keys);
    return 0;
}
