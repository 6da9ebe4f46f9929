/* SPDX-License-Identifier: MIT */
#ifndef QUIC_TALK_H
#define QUIC_TALK_H

/*
 * A UDP flow, given datagram by datagram to quic_flow, and what came out of each as text:
 *
 *     v1 initial 1/1                        version, kinds of packets, opened of how many
 *     v1 initial 1/1 short_initial > client_hello example.com
 *     -                                     no layer
 *
 * and packets to give: Initials that are sealed here, by what RFC 9001 says, with other code.
 */
#include <openssl/evp.h>
#include <stdlib.h>

#include "../check.h"
#include "links/quic_flow.h"
#include "quic_vectors.h"
#include "record/arena.h"

#define CLIENT CHAINS_ORIG
#define SERVER CHAINS_RESP

enum { TALK_DATAGRAM = 65536, TALK_OUT = 4096, TALK_CRYPTO = 16 * 1024 };

struct talk {
    struct crypto *crypto;
    struct quic_opener *opener;
    struct chains_arena arena;
    struct quic_flow flow;
    struct quic_flow_run run;
    struct tls_message_list list;
    enum quic_flow_status status;
    uint32_t crypto_most;
    int64_t time_ns;
    char out[TALK_OUT];
};

static inline bool talk_begin(struct talk *talk)
{
    memset(talk, 0, sizeof *talk);
    talk->crypto = crypto_new();
    talk->opener = talk->crypto ? quic_opener_new(talk->crypto) : NULL;
    talk->crypto_most = TALK_CRYPTO;
    arena_init(&talk->arena, 16 * 1024 * 1024);
    return check(talk->opener);
}

/* The same, with nothing said yet. */
static inline void talk_again(struct talk *talk)
{
    quic_flow_release(&talk->flow);
    memset(&talk->flow, 0, sizeof talk->flow);
    talk->crypto_most = TALK_CRYPTO;
    talk->status = QUIC_FLOW_ON;
}

static inline void talk_free(struct talk *talk)
{
    quic_flow_release(&talk->flow);
    quic_opener_free(talk->opener);
    crypto_free(talk->crypto);
    arena_free(&talk->arena);
}

static inline void talk_put(struct talk *talk, const char *text)
{
    size_t len = strlen(talk->out), more = strlen(text);
    if (len + more < sizeof talk->out)
        memcpy(talk->out + len, text, more + 1);
}

static inline void talk_flags(struct talk *talk, uint32_t flags, const char *const *names,
                              const char *between)
{
    bool first = true;
    for (int i = 0; names[i]; i++) {
        if (!(flags >> i & 1))
            continue;
        talk_put(talk, first ? " " : between);
        talk_put(talk, names[i]);
        first = false;
    }
}

static inline void talk_message(struct talk *talk, const struct chains_tls_message *message)
{
    static const char *const kinds[] = { "?",     "client_hello", "server_hello", "certificate",
                                         "alert", "established",  "failed" };
    char text[600];
    talk_put(talk, " > ");
    talk_put(talk, kinds[message->kind]);
    if (message->retry)
        talk_put(talk, " retry");
    if (message->weird & CHAINS_TLS_UNFINISHED)
        talk_put(talk, " unfinished");
    if (message->has & CHAINS_TLS_HAS_ALERT) {
        snprintf(text, sizeof text, " %u from %u", message->alert, message->from);
        talk_put(talk, text);
    }
    const struct chains_bytes name = message->sni.len ? message->sni : message->server_name;
    if (name.len) {
        snprintf(text, sizeof text, " %.*s", (int)name.len, (const char *)name.at);
        talk_put(talk, text);
    }
    check_eq_u64(message->over, CHAINS_TLS_OVER_QUIC);
    if (message->kind == CHAINS_TLS_CLIENT_HELLO)
        check_eq_u64(message->from, CHAINS_TLS_FROM_CLIENT);
    else
        check_eq_u64(message->sni.len, 0); /* it is found once */
    if (message->kind == CHAINS_TLS_SERVER_HELLO)
        check_eq_u64(message->from, CHAINS_TLS_FROM_SERVER);
}

static inline void talk_told(struct talk *talk)
{
    static const char *const kinds[] = { "initial", "0rtt",  "handshake", "retry",
                                         "vn",      "short", "other",     NULL };
    static const char *const weird[] = { "bad_length", "bad_frame", "short_initial",
                                         "not_opened", "limited",   "overlap",
                                         "bad_id",     NULL };
    const struct chains_quic *quic = &talk->run.quic;
    char text[64];
    talk->out[0] = '\0';
    if (talk->run.attached) {
        const char *name = chains_name_of(quic_version_names, quic->version);
        snprintf(text, sizeof text, "%x", quic->version);
        talk_put(talk, name ? name : text);
        talk_flags(talk, quic->packets, kinds, "+");
        snprintf(text, sizeof text, " %u/%u", quic->opened, quic->count);
        talk_put(talk, text);
        talk_flags(talk, quic->weird, weird, " ");
    } else {
        talk_put(talk, talk->run.broken ? "broken" : "-");
    }
    for (uint32_t i = 0; i < talk->list.count; i++)
        talk_message(talk, &talk->list.items[i]);
    if (talk->run.no_memory)
        check(!talk->run.no_memory);
}

static inline void talk_prepare(struct talk *talk)
{
    arena_reset(&talk->arena);
    talk->list = (struct tls_message_list){ .arena = &talk->arena, .crypto = talk->crypto };
    talk->run = (struct quic_flow_run){
        .opener = talk->opener,
        .out = &talk->list,
        .crypto_most = talk->crypto_most,
        .time_ns = talk->time_ns += 1000,
    };
}

/* A datagram; of more than `len` bytes on the wire where it was cut. What came out, as text. */
static inline const char *talk_give_cut(struct talk *talk, enum chains_side side,
                                        const uint8_t *bytes, size_t len, size_t wire_len)
{
    uint8_t *copy = malloc(len ? len : 1); /* so that a sanitizer sees its end */
    if (!copy)
        return "no memory";
    if (len)
        memcpy(copy, bytes, len);
    talk_prepare(talk);
    talk->run.wire_len = (uint32_t)wire_len;
    talk->run.whole = len >= wire_len;
    talk->status =
        quic_flow_take(&talk->flow, &talk->run, side, (struct chains_bytes){ copy, len });
    talk_told(talk);
    free(copy);
    return talk->out;
}

static inline const char *talk_give(struct talk *talk, enum chains_side side,
                                    const uint8_t *bytes, size_t len)
{
    return talk_give_cut(talk, side, bytes, len, len);
}

static inline const char *talk_end(struct talk *talk)
{
    talk_prepare(talk);
    quic_flow_end(&talk->flow, &talk->run);
    talk_told(talk);
    return talk->out;
}

/* ---- packets -------------------------------------------------------------------------------- */

static inline size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        unsigned value = 0;
        sscanf(hex + 2 * i, "%2x", &value);
        out[i] = (uint8_t)value;
    }
    return len;
}

struct frames {
    uint8_t at[TALK_DATAGRAM];
    size_t len;
};

static inline void frames_number(struct frames *frames, uint64_t value)
{
    unsigned log = value < 64 ? 0 : value < 16384 ? 1 : value < (1u << 30) ? 2 : 3;
    for (unsigned i = 1u << log; i-- > 0;)
        frames->at[frames->len++] =
            (uint8_t)((value >> 8 * i & 0xff) | (i + 1 == 1u << log ? log << 6 : 0));
}

static inline void frames_crypto(struct frames *frames, uint64_t offset, const uint8_t *bytes,
                                 size_t len)
{
    frames_number(frames, 6);
    frames_number(frames, offset);
    frames_number(frames, len);
    memcpy(frames->at + frames->len, bytes, len);
    frames->len += len;
}

/* An Initial: whose keys, where to, where from. */
struct initial {
    uint32_t version;
    bool server;
    const char *first; /* the ID that keys come from */
    const char *to, *from, *token;
    uint64_t number;
};

static inline size_t initial_id(const char *id, uint8_t *out)
{
    out[0] = (uint8_t)strlen(id);
    memcpy(out + 1, id, out[0]);
    return 1u + out[0];
}

/* Seals `frames`, filled up to `least` bytes, at `out`; how many. */
static inline size_t initial_seal(struct talk *talk, const struct initial *what,
                                  const struct frames *frames, size_t least, uint8_t *out)
{
    static uint8_t plain[TALK_DATAGRAM];
    struct quic_keys keys;
    uint8_t nonce[12], mask[32], tag[16];
    int wrote = 0;
    size_t at = 0, len = frames->len < 4 ? 4 : frames->len;
    const char *token = what->token ? what->token : "";
    out[at++] = what->version == QUIC_VERSION_2 ? 0xd3 : 0xc3;
    for (int i = 3; i >= 0; i--)
        out[at++] = (uint8_t)(what->version >> 8 * i);
    at += initial_id(what->to, out + at);
    at += initial_id(what->from, out + at);
    at += initial_id(token, out + at);
    if (at + 2 + 4 + len + 16 < least)
        len = least - (at + 2 + 4 + 16);
    out[at++] = (uint8_t)(0x40 | (4 + len + 16) >> 8);
    out[at++] = (uint8_t)(4 + len + 16);
    size_t number_at = at;
    for (int i = 3; i >= 0; i--)
        out[at++] = (uint8_t)(what->number >> 8 * i);
    memset(plain, 0, len);
    memcpy(plain, frames->at, frames->len);
    check(quic_opener_keys(
        talk->opener, what->version,
        (struct chains_bytes){ (const uint8_t *)what->first, strlen(what->first) },
        !what->server, &keys));
    memcpy(nonce, keys.iv, 12);
    for (int i = 0; i < 8; i++)
        nonce[11 - i] ^= (uint8_t)(what->number >> 8 * i);
    EVP_CIPHER_CTX *seal = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(seal, EVP_aes_128_gcm(), NULL, keys.key, nonce);
    EVP_EncryptUpdate(seal, NULL, &wrote, out, (int)at);
    EVP_EncryptUpdate(seal, out + at, &wrote, plain, (int)len);
    EVP_EncryptFinal_ex(seal, tag, &wrote);
    EVP_CIPHER_CTX_ctrl(seal, EVP_CTRL_GCM_GET_TAG, 16, tag);
    memcpy(out + at + len, tag, 16);
    EVP_CIPHER_CTX_reset(seal);
    EVP_EncryptInit_ex(seal, EVP_aes_128_ecb(), NULL, keys.mask, NULL);
    EVP_EncryptUpdate(seal, mask, &wrote, out + number_at + 4, 16);
    EVP_CIPHER_CTX_free(seal);
    out[0] ^= mask[0] & 0x0f;
    for (size_t i = 0; i < 4; i++)
        out[number_at + i] ^= mask[1 + i];
    return at + len + 16;
}

/* A Handshake, or with `type` 1 a 0-RTT packet, whose contents mean nothing. */
static inline size_t long_packet(uint32_t version, unsigned type, const char *to,
                                 const char *from, uint8_t *out)
{
    size_t at = 0;
    out[at++] = (uint8_t)(0xc0 | (version == QUIC_VERSION_2 ? (type + 1) % 4 : type) << 4);
    for (int i = 3; i >= 0; i--)
        out[at++] = (uint8_t)(version >> 8 * i);
    at += initial_id(to, out + at);
    at += initial_id(from, out + at);
    out[at++] = 30;
    memset(out + at, 0x5a, 30);
    return at + 30;
}

static inline size_t short_packet(const char *to, uint8_t *out)
{
    size_t len = strlen(to);
    out[0] = 0x41;
    memcpy(out + 1, to, len);
    memset(out + 1 + len, 0xa5, 30);
    return 1 + len + 30;
}

/* A ClientHello for `name`, `len` bytes long: the name stands at its end. */
static inline size_t long_hello(const char *name, size_t len, uint8_t *out)
{
    size_t n = strlen(name), at = 0;
    size_t fill = len - (4 + 2 + 32 + 1 + 4 + 2 + 2) - (4 + 3) - 4 - (4 + 5 + n);
    memset(out, 0, len);
    const uint8_t begin[] = { 1, 0, (uint8_t)((len - 4) >> 8), (uint8_t)(len - 4), 3, 3 };
    memcpy(out, begin, sizeof begin);
    at = sizeof begin + 32 + 1;
    const uint8_t ciphers[] = { 0, 2, 0x13, 1, 1, 0 };
    memcpy(out + at, ciphers, sizeof ciphers);
    at += sizeof ciphers;
    const size_t behind = len - at - 2;
    out[at++] = (uint8_t)(behind >> 8);
    out[at++] = (uint8_t)behind;
    const uint8_t versions[] = { 0, 43, 0, 3, 2, 3, 4 };
    memcpy(out + at, versions, sizeof versions);
    at += sizeof versions;
    const uint8_t padding[] = { 0, 21, (uint8_t)(fill >> 8), (uint8_t)fill };
    memcpy(out + at, padding, sizeof padding);
    at += sizeof padding + fill;
    const uint8_t sni[] = { 0, 0, 0, (uint8_t)(n + 5), 0, (uint8_t)(n + 3), 0, 0, (uint8_t)n };
    memcpy(out + at, sni, sizeof sni);
    memcpy(out + at + sizeof sni, name, n);
    return at + sizeof sni + n;
}

/* The ServerHello of RFC 9001, or with `retry` a HelloRetryRequest. */
static inline size_t server_hello(bool retry, uint8_t *out)
{
    static const char plain[] = "020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566d"
                                "c5430b9a045a1200130100002e"
                                "00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c83"
                                "4d5311bcf32bb9da1a002b0002"
                                "0304";
    static const char asks[] = "cf21ad74e59a6111be1d8c021e65b891"
                               "c2a211167abb8c5e079e09e2c8a8339c";
    size_t len = from_hex(plain, out);
    if (retry)
        from_hex(asks, out + 6);
    return len;
}

#endif
