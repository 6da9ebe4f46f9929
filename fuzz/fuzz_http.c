/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as HTTP, both ways, in pieces, with holes. The input is a row of pieces: a byte that says
 * who sends it, whether bytes are missing in front of it and whether it is the last one, a byte for
 * how many, then they. Whatever they are: lists and counts stay within what was sent, nothing is kept
 * where no message is under way, and everything is given back. Build and run:
 *
 *     script/fuzz http 60
 */
#include "../src/links/http_flow.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void check_message(const struct chains_http_message *message, size_t sent, uint64_t lost)
{
    const struct chains_http_header *header = message->headers.items;
    size_t text = touch(message->method) + touch(message->uri) + touch(message->version) +
                  touch(message->reason);
    must(text <= 4 * sent + 16); /* "[redacted]" can be longer than what it stands for */
    must(touch(message->path) <= 4 * sent);
    touch(message->host);
    touch(message->user_agent);
    touch(message->referrer);
    touch(message->server);
    touch(message->location);
    touch(message->content_type);
    touch(message->request.method);
    touch(message->request.host);
    touch(message->request.uri);
    must(message->body_len <= sent && message->body_gap <= lost);
    must(message->headers.count <= sent);
    for (uint32_t i = 0; i < message->headers.count; i++)
        touch(header[i].name), touch(header[i].value);
    must(message->weird < CHAINS_HTTP_RESET * 2u);
    must(message->status < 1000 && message->interim < 200);
    must(message->kind == CHAINS_HTTP_RESPONSE || message->status == 0);
}

static void check_kept(const struct http_flow *flow)
{
    bool under_way =
        flow->side[0].parser || flow->side[1].parser || flow->waiting || flow->http2;
    must((http_flow_memory(flow) == 0) == !under_way);
    must(flow->waiting <= 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_library *library = http_library_new(1024);
    struct http_flow flow;
    struct chains_arena arena;
    size_t sent = 0;
    uint64_t lost = 0;
    enum http_flow_status status = HTTP_FLOW_ON;
    if (!library)
        return 0;
    memset(&flow, 0, sizeof flow);
    arena_init(&arena, 16 * 1024 * 1024);
    for (size_t at = 0; at + 2 <= size && status == HTTP_FLOW_ON;) {
        uint8_t what = data[at], len = data[at + 1];
        size_t n = size - at - 2 < len ? size - at - 2 : len;
        struct chains_stream stream = {
            .side = what & 1,
            .gap = what & 2 ? (uint64_t)(what >> 4) * 3 : 0,
            .marks = (uint16_t)((what & 2 && what >> 4 ? CHAINS_STREAM_GAP : 0) |
                                (what & 4 ? CHAINS_STREAM_CLOSES : 0) |
                                ((what & 0x0c) == 0x0c ? CHAINS_STREAM_RESETS : 0)),
        };
        struct http_message_list list = { .arena = &arena, .headers = true };
        struct http_flow_run run = { library, 4, &list, (int64_t)at, false, 1024, NULL };
        uint8_t *copy = malloc(n ? n : 1);
        if (!copy)
            break;
        if (n)
            memcpy(copy, data + at + 2, n);
        at += 2 + n;
        sent += n;
        lost += stream.gap;
        status = http_flow_take(&flow, &run, &stream, (struct chains_bytes){ copy, n });
        free(copy);
        for (uint32_t i = 0; i < list.count; i++)
            check_message(&list.items[i], sent, lost);
        check_kept(&flow);
        arena_reset(&arena);
    }
    struct http_message_list list = { .arena = &arena };
    struct http_flow_run run = { library, 4, &list, 0, false, 1024, NULL };
    if (status == HTTP_FLOW_ON)
        http_flow_end(&flow, &run, true);
    must(list.count <= 2 || flow.http2);
    http_flow_release(&flow);
    http_library_free(library);
    arena_free(&arena);
    return 0;
}
