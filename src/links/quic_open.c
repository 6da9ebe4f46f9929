/* SPDX-License-Identifier: MIT */
/*
 * Initial packets, opened. In: a header as quic_header_read() leaves it and the keys of its
 * direction. Out: the frames. A packet's protection is taken off a copy of its header, for what was
 * captured is not ours to change; nothing is allocated per packet.
 */
#include "quic_open.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPENER_MOST = 65536, /* bytes of a datagram */
    OPENER_SAMPLE = 4,   /* behind the place of the packet number: it may have 4 bytes */
    OPENER_SALT = 20,
    LONG_MASK = 0x0f, /* of the first byte of a long header */
};

struct quic_opener {
    struct crypto *crypto;
    struct crypto_aead *aead; /* its key is another one for each direction of each connection */
    uint8_t header[OPENER_MOST], frames[OPENER_MOST];
};

/* What makes the versions differ (RFC 9001, 5.2; RFC 9369, 3.3). */
struct opener_labels {
    const char *key, *iv, *mask;
};

struct opener_version {
    uint32_t first, last;
    const uint8_t *salt; /* OPENER_SALT bytes */
    const struct opener_labels *labels;
};

static const struct opener_labels labels_1 = { "quic key", "quic iv", "quic hp" };
static const struct opener_labels labels_2 = { "quicv2 key", "quicv2 iv", "quicv2 hp" };

static const uint8_t salt_1[OPENER_SALT] = {
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
    0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
};
static const uint8_t salt_2[OPENER_SALT] = {
    0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
    0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
};
static const uint8_t salt_2_draft[OPENER_SALT] = {
    0xa7, 0x07, 0xc2, 0x03, 0xa5, 0x9b, 0x47, 0x18, 0x4a, 0x1d,
    0x62, 0xca, 0x57, 0x04, 0x06, 0xea, 0x7a, 0xe3, 0xe5, 0xd3,
};
static const uint8_t salt_29[OPENER_SALT] = {
    0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
    0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
};
static const uint8_t salt_23[OPENER_SALT] = {
    0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
    0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
};

static const struct opener_version opener_versions[] = {
    { QUIC_VERSION_1, QUIC_VERSION_1, salt_1, &labels_1 },
    { QUIC_VERSION_2, QUIC_VERSION_2, salt_2, &labels_2 },
    { QUIC_VERSION_2_DRAFT, QUIC_VERSION_2_DRAFT, salt_2_draft, &labels_2 },
    { 0xff000021, 0xff000022, salt_1, &labels_1 },  /* draft 33 and 34 */
    { 0xff00001d, 0xff000020, salt_29, &labels_1 }, /* draft 29 to 32 */
    { 0xff000017, 0xff00001c, salt_23, &labels_1 }, /* draft 23 to 28 */
};

struct quic_opener *quic_opener_new(struct crypto *crypto)
{
    static const uint8_t no_key[QUIC_KEY];
    uint8_t mask[CRYPTO_BLOCK];
    struct quic_opener *opener = malloc(sizeof *opener);
    if (!opener)
        return NULL;
    opener->crypto = crypto;
    opener->aead = crypto_aead_new(crypto, CRYPTO_AES_128_GCM, no_key);
    struct quic_keys keys; /* so that later only memory can be lacking */
    const struct chains_bytes dcid = { no_key, sizeof no_key };
    if (opener->aead && quic_opener_keys(opener, QUIC_VERSION_1, dcid, true, &keys) &&
        crypto_aes128_block(crypto, keys.mask, no_key, mask))
        return opener;
    quic_opener_free(opener);
    return NULL;
}

void quic_opener_free(struct quic_opener *opener)
{
    if (!opener)
        return;
    crypto_aead_free(opener->aead);
    free(opener);
}

size_t quic_opener_bytes(void)
{
    return sizeof(struct quic_opener);
}

static const struct opener_version *opener_version(uint32_t version)
{
    const size_t count = sizeof opener_versions / sizeof opener_versions[0];
    for (size_t i = 0; i < count; i++)
        if (version >= opener_versions[i].first && version <= opener_versions[i].last)
            return &opener_versions[i];
    return NULL;
}

bool quic_opener_keys(struct quic_opener *opener, uint32_t version, struct chains_bytes dcid,
                      bool client, struct quic_keys *out)
{
    const struct opener_version *row = opener_version(version);
    struct crypto *crypto = opener->crypto;
    uint8_t initial[CRYPTO_SHA256_LEN], side[CRYPTO_SHA256_LEN];
    out->version = 0;
    if (!row ||
        !crypto_hkdf_extract(crypto, CRYPTO_SHA256,
                             (struct chains_bytes){ row->salt, OPENER_SALT }, dcid, initial) ||
        !crypto_expand_label(crypto, CRYPTO_SHA256, initial, client ? "client in" : "server in",
                             side, sizeof side) ||
        !crypto_expand_label(crypto, CRYPTO_SHA256, side, row->labels->key, out->key,
                             sizeof out->key) ||
        !crypto_expand_label(crypto, CRYPTO_SHA256, side, row->labels->iv, out->iv,
                             sizeof out->iv) ||
        !crypto_expand_label(crypto, CRYPTO_SHA256, side, row->labels->mask, out->mask,
                             sizeof out->mask))
        return false;
    out->version = version;
    return true;
}

/* The whole of a number whose last `len` bytes were sent (RFC 9000, A.3). */
static uint64_t opener_number(uint64_t expected, uint64_t sent, size_t len)
{
    const uint64_t window = UINT64_C(1) << 8 * len, most = UINT64_C(1) << 62;
    uint64_t number = (expected & ~(window - 1)) | sent;
    if (number + window / 2 <= expected && number < most - window)
        return number + window;
    if (number > expected + window / 2 && number >= window)
        return number - window;
    return number;
}

/* The header without its mask, and its length; the number as sent. */
static size_t opener_unmask(struct quic_opener *opener, const struct quic_header *header,
                            const uint8_t mask[CRYPTO_BLOCK], uint64_t *sent, size_t *len)
{
    const size_t at = header->number_at;
    uint8_t *copy = opener->header;
    memcpy(copy, header->packet.at, at + OPENER_SAMPLE);
    copy[0] ^= mask[0] & LONG_MASK;
    *len = (copy[0] & 3u) + 1;
    *sent = 0;
    for (size_t i = 0; i < *len; i++) {
        copy[at + i] ^= mask[1 + i];
        *sent = *sent << 8 | copy[at + i];
    }
    return at + *len;
}

bool quic_opener_open(struct quic_opener *opener, const struct quic_keys *keys,
                      const struct quic_header *header, uint64_t *number,
                      struct chains_bytes *frames)
{
    const struct chains_bytes packet = header->packet;
    const size_t sample = header->number_at + OPENER_SAMPLE;
    uint8_t mask[CRYPTO_BLOCK], nonce[CRYPTO_NONCE];
    uint64_t sent;
    size_t len;
    if (header->cut || packet.len > OPENER_MOST || packet.len < sample + CRYPTO_BLOCK ||
        !crypto_aes128_block(opener->crypto, keys->mask, chains_behind(packet, sample).at,
                             mask))
        return false;
    const size_t head = opener_unmask(opener, header, mask, &sent, &len);
    const uint64_t whole = opener_number(*number, sent, len);
    memcpy(nonce, keys->iv, sizeof nonce);
    for (size_t i = 0; i < 8; i++)
        nonce[sizeof nonce - 1 - i] ^= (uint8_t)(whole >> 8 * i);
    const struct chains_bytes hidden = chains_behind(packet, head);
    if (!crypto_aead_key(opener->aead, keys->key) ||
        !crypto_aead_open(opener->aead, nonce, (struct chains_bytes){ opener->header, head },
                          hidden, opener->frames))
        return false;
    if (whole >= *number)
        *number = whole + 1;
    *frames = (struct chains_bytes){ opener->frames, hidden.len - CRYPTO_TAG };
    return true;
}
