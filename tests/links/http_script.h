/* SPDX-License-Identifier: MIT */
#ifndef HTTP_SCRIPT_H
#define HTTP_SCRIPT_H

/*
 * A conversation over one connection, given piece by piece to http_flow, and what came out of it as
 * text, a line for each message:
 *
 *     >1 GET www.test /a 1.1 +0          request 1, with no body
 *     <1 200 OK 1.1 +2 (GET /a)          its response, body of 2 bytes
 *     <1 200 OK 1.1 +2-8 cut gap         8 bytes of the body missing, not complete, oddities
 *     >2 @3 GET h /a 2 +0                of HTTP/2: request 2, on stream 3
 */
#include <stdlib.h>

#include "../check.h"
#include "links/http_flow.h"
#include "record/arena.h"

/* One piece: who sends it, the marks and the gap of its layer "stream". */
struct piece {
    enum chains_side side;
    const char *text;
    size_t len; /* 0: up to the NUL */
    unsigned marks;
    uint64_t gap;
};

enum { PIECES = 32, SCRIPT_OUT = 64 * 1024 };

static const char *const script_weird[] = {
    "smuggling",    "two_lengths", "length_and_chunked",
    "bad_length",   "bad_chunk",   "bare_lf",
    "folded",       "two_hosts",   "no_host",
    "host_differs", "bad_header",  "bad_request_line",
    "bad_status",   "bad_version", "nul",
    "too_long",     "no_request",  "over_udp",
    "gap",          "unfinished",  "control",
    "bad_encoding", "hop",         "uppercase",
    "no_pseudo",    "bad_pseudo",  "hpack_lost",
    "bad_frame",    "flood",       "length_differs",
    "reset",
};

static uint8_t script_client; /* what every message must say of who asks; 0: not checked */

struct script {
    struct http_library *library;
    struct chains_arena arena;
    struct http_flow flow;
    struct http_flow_run run;
    struct http_message_list list;
    enum http_flow_status status;
    int64_t time_ns;
    unsigned timed; /* messages with a latency */
    char out[SCRIPT_OUT];
    size_t len;
};

static inline void script_begin(struct script *script, size_t most, uint32_t waiting)
{
    memset(script, 0, offsetof(struct script, out));
    script->library = http_library_new(most);
    arena_init(&script->arena, 64 * 1024 * 1024);
    script->run.library = script->library;
    script->run.waiting_most = waiting;
    script->run.header_most = most;
    script->out[0] = 0;
    script->len = 0;
}

static inline void script_put(struct script *script, const char *text)
{
    size_t n = strnlen(text, SCRIPT_OUT - 1 - script->len);
    memcpy(script->out + script->len, text, n);
    script->len += n;
    script->out[script->len] = 0;
}

/* Bytes as text; what a terminal would obey becomes '.', and only the beginning of long ones. */
static inline void script_bytes(struct script *script, struct chains_bytes bytes)
{
    char text[80];
    size_t n = 0;
    for (; n < bytes.len && n < 60; n++)
        text[n] = bytes.at[n] < ' ' || bytes.at[n] > '~' ? '.' : (char)bytes.at[n];
    text[n] = 0;
    script_put(script, text);
    if (n == bytes.len)
        return;
    snprintf(text, sizeof text, "...%zu", bytes.len);
    script_put(script, text);
}

static inline void script_word(struct script *script, struct chains_bytes bytes)
{
    script_bytes(script, bytes);
    script_put(script, bytes.len ? " " : "- ");
}

static inline void script_message(struct script *script, const struct chains_http_message *m)
{
    char text[120];
    bool request = m->kind == CHAINS_HTTP_REQUEST;
    snprintf(text, sizeof text, "%c%u ", request ? '>' : '<', m->depth);
    script_put(script, text);
    snprintf(text, sizeof text, "@%u ", m->stream);
    script_put(script, m->stream ? text : "");
    script_put(script, m->pushed ? "pushed " : "");
    script_put(script, script_client && m->client != script_client ? "other's " : "");
    if (request) {
        script_word(script, m->method);
        script_word(script, m->host);
        script_word(script, m->uri);
    } else {
        snprintf(text, sizeof text, m->has & CHAINS_HTTP_HAS_STATUS ? "%u " : "- ", m->status);
        script_put(script, text);
        script_word(script, m->reason);
    }
    script_word(script, m->version);
    snprintf(text, sizeof text, "+%" PRIu64, m->body_len);
    script_put(script, text);
    snprintf(text, sizeof text, "-%" PRIu64, m->body_gap);
    script_put(script, m->body_gap ? text : "");
    snprintf(text, sizeof text, " after %u", m->interim);
    script_put(script, m->interim ? text : "");
    script_put(script, m->upgraded ? " upgraded" : "");
    script_put(script, m->complete ? "" : " cut");
    script->timed += (m->has & CHAINS_HTTP_HAS_LATENCY) != 0;
    for (size_t i = 0; i < sizeof script_weird / sizeof *script_weird; i++)
        if (m->weird >> i & 1) {
            script_put(script, " ");
            script_put(script, script_weird[i]);
        }
    if (m->has & CHAINS_HTTP_HAS_REQUEST) {
        script_put(script, " (");
        script_word(script, m->request.method);
        script_bytes(script, m->request.uri);
        script_put(script, ")");
    }
    script_put(script, "\n");
}

/* What the last piece has completed. */
static inline void script_flush(struct script *script)
{
    for (uint32_t i = 0; i < script->list.count; i++)
        script_message(script, (const struct chains_http_message *)script->list.items + i);
    bool headers = script->list.headers, credentials = script->list.credentials;
    script->list = (struct http_message_list){ .headers = headers, .credentials = credentials };
    arena_reset(&script->arena);
}

static inline void script_give(struct script *script, enum chains_side side,
                               struct chains_bytes bytes, unsigned marks, uint64_t gap)
{
    struct chains_stream stream = { .side = (uint8_t)side,
                                    .marks = (uint16_t)(marks | (gap ? CHAINS_STREAM_GAP : 0u)),
                                    .gap = gap,
                                    .len = (uint32_t)bytes.len };
    if (script->status != HTTP_FLOW_ON)
        return;
    script->list.arena = &script->arena;
    script->run.out = &script->list;
    script->run.time_ns = script->time_ns += 1000000;
    /* A copy of its own, so that a sanitizer sees every byte read behind it, and used later. */
    uint8_t *copy = malloc(bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.at, bytes.len);
    copy = realloc(copy, bytes.len ? bytes.len : 1);
    script->status = http_flow_take(&script->flow, &script->run, &stream,
                                    (struct chains_bytes){ copy, bytes.len });
    free(copy);
    script_flush(script);
}

static inline size_t piece_len(const struct piece *piece)
{
    return piece->len || !piece->text ? piece->len : strlen(piece->text);
}

/* Every piece as one, or as pieces of at most `most` bytes, the first one of `first`. */
static inline void script_pieces(struct script *script, const struct piece *pieces,
                                 size_t first, size_t most)
{
    for (size_t i = 0; i < PIECES && (pieces[i].text || pieces[i].marks || pieces[i].gap);
         i++) {
        const struct piece *piece = &pieces[i];
        size_t len = piece_len(piece), at = 0;
        do {
            size_t room = at == 0 && first ? first : most;
            size_t n = len - at < room ? len - at : room;
            bool last = at + n == len;
            unsigned ends = CHAINS_STREAM_CLOSES | CHAINS_STREAM_RESETS;
            script_give(script, piece->side,
                        (struct chains_bytes){
                            (const uint8_t *)(piece->text ? piece->text : "") + at, n },
                        last ? piece->marks : piece->marks & ~ends, at ? 0 : piece->gap);
            at += n;
        } while (at < len);
    }
}

static inline void script_end(struct script *script, bool closed)
{
    if (script->status == HTTP_FLOW_ON) {
        script->list.arena = &script->arena;
        script->run.out = &script->list;
        script->run.time_ns = script->time_ns += 1000000;
        script->status = http_flow_end(&script->flow, &script->run, closed);
        script_flush(script);
    }
}

static inline void script_free(struct script *script)
{
    http_library_free(script->library); /* before the parsers: they hold it */
    http_flow_release(&script->flow);
    arena_free(&script->arena);
}

#endif
