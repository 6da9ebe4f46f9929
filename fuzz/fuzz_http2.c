/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as HTTP/2, both ways, in pieces, with holes. The input is a byte that says how the
 * connection begins, then pieces: a byte that says who sends it, whether bytes are missing in front of
 * it and whether it is the last one, two bytes for how many, then they. Whatever they are: counts stay
 * within what was sent, memory stays bounded, and everything is given back. Build and run:
 *
 *     script/fuzz http2 60
 */
#include "../src/links/http2_frame.h"
#include "../src/links/http_flow.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER_MOST = 2048, STREAMS = 4 };

struct fuzz {
    struct http_library *library;
    struct http_flow flow;
    struct chains_arena arena;
    struct http_message_list list;
    size_t sent;
    uint64_t lost;
    int64_t time_ns;
    enum http_flow_status status;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Reads all of it, so that a sanitizer sees what is not there. */
static size_t touch(struct chains_bytes bytes)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum = (uint8_t)(sum + bytes.at[i]);
    return bytes.len;
}

static void check_message(const struct fuzz *fuzz, const struct chains_http_message *message)
{
    const struct chains_http_header *header = message->headers.items;
    size_t most = 8 * HEADER_MOST; /* "[redacted]" can be longer than what it stands for */
    must(touch(message->method) <= most && touch(message->uri) <= most);
    must(touch(message->host) <= most && touch(message->path) <= most);
    touch(message->user_agent);
    touch(message->referrer);
    touch(message->server);
    touch(message->location);
    touch(message->content_type);
    touch(message->request.method);
    touch(message->request.host);
    touch(message->request.uri);
    must(message->body_len <= fuzz->sent && message->body_gap <= fuzz->lost);
    must(message->headers.count <= 128);
    for (uint32_t i = 0; i < message->headers.count; i++)
        touch(header[i].name), touch(header[i].value);
    must(message->weird < CHAINS_HTTP_RESET * 2u);
    must(message->status < 1000 && message->interim < 200);
    must(message->kind == CHAINS_HTTP_RESPONSE || message->status == 0);
}

static void give(struct fuzz *fuzz, const struct chains_stream *stream, const uint8_t *bytes,
                 size_t len)
{
    struct http_flow_run run = { .library = fuzz->library,
                                 .waiting_most = STREAMS,
                                 .header_most = HEADER_MOST,
                                 .out = &fuzz->list,
                                 .time_ns = ++fuzz->time_ns };
    uint8_t *copy = malloc(len ? len : 1);
    must(copy != NULL);
    if (len)
        memcpy(copy, bytes, len);
    fuzz->list = (struct http_message_list){ .arena = &fuzz->arena, .headers = true };
    fuzz->sent += len;
    fuzz->lost += stream->gap;
    fuzz->status =
        http_flow_take(&fuzz->flow, &run, stream, (struct chains_bytes){ copy, len });
    free(copy);
    for (uint32_t i = 0; i < fuzz->list.count; i++)
        check_message(fuzz, (const struct chains_http_message *)fuzz->list.items + i);
    must(http_flow_memory(&fuzz->flow) < 1024 * 1024);
    arena_reset(&fuzz->arena);
}

static void begin(struct fuzz *fuzz, uint8_t how)
{
    static const uint8_t settings[HTTP2_FRAME_HEADER] = { 0, 0, 0, HTTP2_SETTINGS };
    struct chains_stream client = { .side = CHAINS_ORIG }, server = { .side = CHAINS_RESP };
    client.marks = server.marks = how & 2 ? CHAINS_STREAM_MIDSTREAM : 0;
    if (how & 1)
        return;
    give(fuzz, &client, http2_preface, HTTP2_PREFACE);
    if (how & 4)
        return;
    give(fuzz, &client, settings, sizeof settings);
    give(fuzz, &server, settings, sizeof settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz fuzz;
    memset(&fuzz, 0, sizeof fuzz);
    fuzz.library = http_library_new(HEADER_MOST);
    if (!fuzz.library)
        return 0;
    arena_init(&fuzz.arena, 64 * 1024 * 1024);
    uint8_t how = size ? data[0] : 0;
    begin(&fuzz, how);
    for (size_t at = 1; at + 3 <= size && fuzz.status == HTTP_FLOW_ON;) {
        uint8_t what = data[at];
        size_t len = (size_t)data[at + 1] << 8 | data[at + 2];
        size_t n = size - at - 3 < len ? size - at - 3 : len;
        struct chains_stream stream = {
            .side = what & 1,
            .gap = what & 2 ? (uint64_t)(what >> 4) * 3 : 0,
            .marks = (uint16_t)((how & 2 ? CHAINS_STREAM_MIDSTREAM : 0) |
                                (how & 8 ? CHAINS_STREAM_INNER : 0) |
                                (what & 2 ? CHAINS_STREAM_GAP : 0) |
                                (what & 4 ? CHAINS_STREAM_CLOSES : 0) |
                                ((what & 0x0c) == 0x0c ? CHAINS_STREAM_RESETS : 0)),
        };
        if (how & 8)
            stream.gap = 0;
        give(&fuzz, &stream, data + at + 3, n);
        at += 3 + n;
    }
    fuzz.list = (struct http_message_list){ .arena = &fuzz.arena };
    struct http_flow_run run = { .library = fuzz.library, .out = &fuzz.list };
    if (fuzz.status == HTTP_FLOW_ON)
        http_flow_end(&fuzz.flow, &run, true);
    must(fuzz.list.count <= 2 * STREAMS + 4);
    http_flow_release(&fuzz.flow);
    http_library_free(fuzz.library);
    arena_free(&fuzz.arena);
    return 0;
}
