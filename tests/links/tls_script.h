/* SPDX-License-Identifier: MIT */
#ifndef TLS_SCRIPT_H
#define TLS_SCRIPT_H

/*
 * Handshakes made by hand, given piece by piece to tls_flow, and what came out of it as text, a line
 * for each message:
 *
 *     hello a.test                   a ClientHello
 *     server 0304 1301               a ServerHello: protocol, cipher
 *     chain 1 unreadable             certificates
 *     alert 2 40
 *     established CsiI a.test
 *     failed C a.test unfinished
 */
#include <stdlib.h>

#include "../check.h"
#include "links/tls_flow.h"
#include "record/arena.h"

enum { WIRE_ROOM = 256 * 1024, SCRIPT_OUT = 64 * 1024 };

/* Bytes that are being made. */
struct wire {
    size_t len;
    uint8_t at[WIRE_ROOM];
};

static inline void put(struct wire *wire, const void *bytes, size_t len)
{
    if (len && wire->len + len <= WIRE_ROOM) {
        memcpy(wire->at + wire->len, bytes, len);
        wire->len += len;
    }
}

static inline void put_number(struct wire *wire, uint64_t number, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        put(wire, &(uint8_t){ (uint8_t)(number >> 8 * i) }, 1);
}

/* A length of `bytes` bytes of all that is behind it: of what it returns. */
static inline size_t open_length(struct wire *wire, unsigned bytes)
{
    put_number(wire, 0, bytes);
    return wire->len;
}

static inline void close_length(struct wire *wire, size_t from, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        wire->at[from - 1 - i] = (uint8_t)((wire->len - from) >> 8 * i);
}

/* What a hello says. */
struct hello {
    const char *name;
    unsigned seed; /* of its random */
    bool tls13;    /* supported_versions */
    bool early_data;
    bool resumed;    /* a ServerHello with pre_shared_key */
    uint16_t cipher; /* of a ServerHello; 0: 1301 or c02f */
    uint8_t session; /* bytes of session id, the same in both hellos */
    unsigned padding;
    bool retry;
};

static const uint8_t retry_random[32] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static inline void put_random(struct wire *wire, const struct hello *hello)
{
    for (unsigned i = 0; i < 32; i++)
        put_number(wire, hello->retry ? retry_random[i] : hello->seed + i, 1);
    put_number(wire, hello->session, 1);
    for (unsigned i = 0; i < hello->session; i++)
        put_number(wire, 0x80 + i, 1);
}

static inline void put_client_body(struct wire *wire, const struct hello *hello, bool dtls)
{
    put_number(wire, dtls ? 0xfefd : 0x0303, 2);
    put_random(wire, hello);
    if (dtls)
        put_number(wire, 0, 1);
    put_number(wire, 4, 2);
    put_number(wire, 0x1301c02f, 4);
    put_number(wire, 0x0100, 2);
    size_t all = open_length(wire, 2);
    if (hello->name) {
        put_number(wire, 0, 2);
        size_t extension = open_length(wire, 2), list = open_length(wire, 2);
        put_number(wire, 0, 1);
        put_number(wire, (uint32_t)strlen(hello->name), 2);
        put(wire, hello->name, strlen(hello->name));
        close_length(wire, list, 2);
        close_length(wire, extension, 2);
    }
    if (hello->tls13) {
        put_number(wire, 43 << 16 | 3, 4);
        put_number(wire, 2 << 16 | 0x0304, 3);
    }
    if (hello->early_data)
        put_number(wire, 42 << 16, 4);
    if (hello->padding) {
        put_number(wire, 21 << 16 | hello->padding, 4);
        for (unsigned i = 0; i < hello->padding; i++)
            put_number(wire, 0, 1);
    }
    close_length(wire, all, 2);
}

static inline void put_server_body(struct wire *wire, const struct hello *hello, bool dtls)
{
    uint16_t cipher = hello->cipher ? hello->cipher : hello->tls13 ? 0x1301 : 0xc02f;
    put_number(wire, dtls ? 0xfefd : 0x0303, 2);
    put_random(wire, hello);
    put_number(wire, cipher, 2);
    put_number(wire, 0, 1);
    if (!hello->tls13)
        return;
    put_number(wire, hello->resumed ? 12 : 6, 2);
    put_number(wire, 43 << 16 | 2, 4);
    put_number(wire, 0x0304, 2);
    if (hello->resumed)
        put_number(wire, UINT64_C(41) << 32 | 2 << 16, 6);
}

/* The header of a handshake message, to be closed with close_length(…, 3). */
static inline size_t open_message(struct wire *wire, uint8_t type)
{
    put_number(wire, type, 1);
    return open_length(wire, 3);
}

static inline void put_message(struct wire *wire, uint8_t type, const void *body, size_t len)
{
    size_t from = open_message(wire, type);
    put(wire, body, len);
    close_length(wire, from, 3);
}

static inline void put_client(struct wire *wire, const struct hello *hello)
{
    size_t from = open_message(wire, TLS_CLIENT_HELLO);
    put_client_body(wire, hello, false);
    close_length(wire, from, 3);
}

static inline void put_server(struct wire *wire, const struct hello *hello)
{
    size_t from = open_message(wire, TLS_SERVER_HELLO);
    put_server_body(wire, hello, false);
    close_length(wire, from, 3);
}

/* Records of at most `most` bytes of payload. */
static inline void put_records(struct wire *wire, uint8_t type, const void *bytes, size_t len,
                               size_t most)
{
    const uint8_t *at = bytes;
    do {
        size_t n = len < most ? len : most;
        put_number(wire, type, 1);
        put_number(wire, 0x0301, 2);
        put_number(wire, (uint32_t)n, 2);
        put(wire, at, n);
        at += n;
        len -= n;
    } while (len > 0);
}

/* `len` bytes that nobody can read. */
static inline void put_sealed(struct wire *wire, uint8_t type, size_t len)
{
    static uint8_t noise[65536];
    memset(noise, 0xa7, len);
    put_records(wire, type, noise, len, 65535);
}

static inline void put_ccs(struct wire *wire)
{
    put_records(wire, TLS_CHANGE_CIPHER_SPEC, "\1", 1, 1);
}

/* ---- the script -------------------------------------------------------------------------- */

static const char *const script_weird[] = {
    "too_long", "bad_length", "two_names", "bad_name",   "repeated",   "many",
    "gap",      "unfinished", "old",       "unexpected", "heartbleed",
};
static const char *const script_trouble[] = {
    "expired",        "not_yet",    "self_signed", "other_name", "weak_key",
    "weak_signature", "unreadable", "nul",         "odd_key",
};
static const char *const script_starttls[] = {
    "", " smtp", " imap", " pop3", " xmpp", " ftp", " postgresql", " http", " socks",
};

struct script {
    struct chains_arena arena;
    struct tls_flow flow;
    struct tls_context context;
    struct tls_message_list list;
    enum tls_flow_status status;
    struct tls_flow_found found; /* of the last piece */
    int64_t time_ns;
    uint64_t offset[2];
    char out[SCRIPT_OUT];
    size_t len;
};

static inline void script_put(struct script *script, const char *text)
{
    size_t n = strlen(text);
    if (script->len + n >= SCRIPT_OUT)
        n = SCRIPT_OUT - 1 - script->len;
    memcpy(script->out + script->len, text, n);
    script->len += n;
    script->out[script->len] = 0;
}

static inline void script_bits(struct script *script, uint32_t bits, const char *const *names,
                               unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (bits >> i & 1) {
            script_put(script, " ");
            script_put(script, names[i]);
        }
}

static inline void script_name(struct script *script, struct chains_bytes name)
{
    char text[300] = "";
    if (name.len)
        snprintf(text, sizeof text, " %.*s", (int)name.len, (const char *)name.at);
    script_put(script, text);
}

static inline void script_message(struct script *script, const struct chains_tls_message *m)
{
    char text[160];
    bool end = m->kind == CHAINS_TLS_ESTABLISHED || m->kind == CHAINS_TLS_FAILED;
    if (m->kind == CHAINS_TLS_CLIENT_HELLO)
        snprintf(text, sizeof text, "hello");
    else if (m->kind == CHAINS_TLS_SERVER_HELLO)
        snprintf(text, sizeof text, "server %04x %04x%s", m->protocol, m->cipher,
                 m->resumed ? " resumed" : "");
    else if (m->kind == CHAINS_TLS_CERTIFICATE)
        snprintf(text, sizeof text, "chain %u", m->chain.count);
    else if (m->kind == CHAINS_TLS_ALERT)
        snprintf(text, sizeof text, "alert %u %u", m->alert_level, m->alert);
    else
        snprintf(text, sizeof text, "%s %s%s",
                 m->kind == CHAINS_TLS_ESTABLISHED ? "established" : "failed",
                 m->history ? m->history : "-", m->resumed ? " resumed" : "");
    script_put(script, text);
    script_name(script, end ? m->server_name : m->sni);
    script_put(script, m->retry ? " retry" : "");
    script_put(script, script_starttls[m->starttls]);
    script_bits(script, m->trouble, script_trouble, 9);
    script_bits(script, m->weird, script_weird, 11);
    script_put(script, "\n");
    check(end || m->from != 0 || m->kind == CHAINS_TLS_ALERT);
}

/* The client's side of the flow, where it is known; whatever ends a message there. */
static inline void script_client(const struct script *script, uint8_t side)
{
    for (uint32_t i = 0; i < script->list.count; i++)
        check_eq_u64(script->list.items[i].client, side + 1u);
}

static inline void script_flush(struct script *script)
{
    for (uint32_t i = 0; i < script->list.count; i++)
        script_message(script, &script->list.items[i]);
}

static inline void script_new(struct script *script, struct crypto *crypto,
                              struct tls_certificates *certificates)
{
    memset(script, 0, sizeof *script);
    arena_init(&script->arena, 64 * 1024 * 1024);
    script->context.crypto = crypto;
    script->context.certificates = certificates;
    script->context.message_most = 64 * 1024;
    script->time_ns = INT64_C(1600000000) * 1000000000;
}

static inline void script_begin(struct script *script)
{
    arena_reset(&script->arena);
    script->list =
        (struct tls_message_list){ .arena = &script->arena, .crypto = script->context.crypto };
    script->context.out = &script->list;
    script->context.arena = &script->arena;
    script->context.time_ns = script->time_ns += 1000000;
}

/* One run of new bytes, in a block of its own, so that a sanitizer sees who reads behind it. */
static inline void script_run(struct script *script, enum chains_side side, const void *bytes,
                              size_t len, unsigned marks, uint64_t gap)
{
    if (script->status != TLS_FLOW_ON)
        return;
    struct chains_stream stream = { .side = (uint8_t)side,
                                    .marks = (uint16_t)(marks | (gap ? CHAINS_STREAM_GAP : 0)),
                                    .gap = gap,
                                    .len = (uint32_t)len };
    uint8_t *copy = malloc(len ? len : 1);
    if (len)
        memcpy(copy, bytes, len);
    script_begin(script);
    script->status = tls_flow_take(&script->flow, &script->context, &stream,
                                   (struct chains_bytes){ copy, len }, &script->found);
    free(copy);
    script_flush(script);
}

static inline void script_give(struct script *script, enum chains_side side,
                               const struct wire *wire)
{
    script_run(script, side, wire->at, wire->len, 0, 0);
}

/* In pieces of `most` bytes, the first one of `first`. */
static inline void script_split(struct script *script, enum chains_side side,
                                const struct wire *wire, size_t first, size_t most)
{
    size_t at = 0;
    while (at < wire->len) {
        size_t room = at == 0 && first ? first : most;
        size_t n = wire->len - at < room ? wire->len - at : room;
        script_run(script, side, wire->at + at, n, 0, 0);
        at += n;
    }
}

/* The flow ends; the script may go on with another one. */
static inline void script_end(struct script *script)
{
    script_begin(script);
    if (script->status == TLS_FLOW_ON) {
        script->status = tls_flow_end(&script->flow, &script->context);
        script_flush(script);
    }
    tls_flow_release(&script->flow);
    memset(&script->flow, 0, sizeof script->flow);
    script->status = TLS_FLOW_ON;
}

static inline void script_clear(struct script *script)
{
    script->len = 0;
    script->out[0] = 0;
}

#endif
