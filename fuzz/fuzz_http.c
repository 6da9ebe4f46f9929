/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as HTTP, both ways, in pieces, with holes. The input is a row of pieces: a byte that says
 * who sends it, whether bytes are missing in front of it and whether it is the last one, a byte for
 * how many (the last sixteen for 256 to 4,096, so that heads of all sizes come whole), then they.
 * Whatever they are: lists and counts stay within what was sent, nothing is kept where no message is
 * under way, everything is given back, and the messages are the same whether all headers are listed,
 * so that libhtp sees them all, or not. Of an input of an even length a head may be longer. Build and
 * run:
 *
 *     script/fuzz http 60
 */
#include "../src/links/http_flow.h"
#include "../src/record/arena.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEW = 256 - 16, STEP = 256, HEAD_MOST = 1024, HEAD_LONG = 8192 };

/* How many bytes a piece has. */
static size_t piece_len(uint8_t len)
{
    return len < FEW ? len : (size_t)(len - FEW + 1) * STEP;
}

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

static bool same(struct chains_bytes a, struct chains_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static void check_same(const struct chains_http_message *a, const struct chains_http_message *b)
{
    must(a->has == b->has && a->kind == b->kind && a->complete == b->complete);
    must(a->depth == b->depth && a->weird == b->weird && a->upgraded == b->upgraded);
    must(a->status == b->status && a->interim == b->interim && a->latency == b->latency);
    must(a->content_length == b->content_length);
    must(a->body_len == b->body_len && a->body_gap == b->body_gap);
    must(same(a->method, b->method) && same(a->uri, b->uri) && same(a->path, b->path));
    must(same(a->version, b->version) && same(a->reason, b->reason) && same(a->host, b->host));
    must(same(a->user_agent, b->user_agent) && same(a->referrer, b->referrer));
    must(same(a->server, b->server) && same(a->location, b->location));
    must(same(a->content_type, b->content_type));
    must(same(a->request.method, b->request.method) && same(a->request.uri, b->request.uri));
    must(same(a->request.host, b->request.host));
}

/* A connection read with all headers, and without. */
struct twins {
    struct http_library *library;
    struct http_flow flow[2];
    struct chains_arena arena;
    size_t sent, most;
    uint64_t lost;
};

/* The same messages of both, as far as they are HTTP/1: those of HTTP/2 cost more with all headers. */
static void check_twins(const struct twins *twins, const struct http_message_list list[2])
{
    for (uint32_t i = 0; i < list[0].count; i++)
        check_message(&list[0].items[i], twins->sent, twins->lost);
    if (twins->flow[0].http2 || twins->flow[1].http2)
        return;
    must(list[0].count == list[1].count);
    for (uint32_t i = 0; i < list[0].count; i++)
        check_same(&list[0].items[i], &list[1].items[i]);
}

static enum http_flow_status take(struct twins *twins, const struct chains_stream *stream,
                                  struct chains_bytes bytes, int64_t time_ns)
{
    enum http_flow_status status[2];
    struct http_message_list list[2];
    for (int i = 0; i < 2; i++) {
        list[i] = (struct http_message_list){ .arena = &twins->arena, .headers = i == 0 };
        struct http_flow_run run = { twins->library, 4,           &list[i], time_ns,
                                     false,          twins->most, NULL };
        status[i] = http_flow_take(&twins->flow[i], &run, stream, bytes);
        check_kept(&twins->flow[i]);
    }
    check_twins(twins, list);
    must(status[0] == status[1] || twins->flow[0].http2 || twins->flow[1].http2);
    arena_reset(&twins->arena);
    return status[0] == HTTP_FLOW_ON ? status[1] : status[0];
}

static void end(struct twins *twins, bool on)
{
    struct http_message_list list[2];
    for (int i = 0; i < 2; i++) {
        list[i] = (struct http_message_list){ .arena = &twins->arena, .headers = i == 0 };
        struct http_flow_run run = { twins->library, 4, &list[i], 0, false, twins->most, NULL };
        if (on)
            http_flow_end(&twins->flow[i], &run, true);
        must(list[i].count <= 2 || twins->flow[i].http2);
    }
    check_twins(twins, list);
    for (int i = 0; i < 2; i++)
        http_flow_release(&twins->flow[i]);
    http_library_free(twins->library);
    arena_free(&twins->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct twins twins;
    enum http_flow_status status = HTTP_FLOW_ON;
    memset(&twins, 0, sizeof twins);
    twins.most = size % 2 ? HEAD_MOST : HEAD_LONG;
    twins.library = http_library_new(twins.most);
    if (!twins.library)
        return 0;
    arena_init(&twins.arena, 16 * 1024 * 1024);
    for (size_t at = 0; at + 2 <= size && status == HTTP_FLOW_ON;) {
        uint8_t what = data[at];
        size_t len = piece_len(data[at + 1]);
        size_t n = size - at - 2 < len ? size - at - 2 : len;
        const struct chains_stream stream = {
            .side = what & 1,
            .gap = what & 2 ? (uint64_t)(what >> 4) * 3 : 0,
            .marks = (uint16_t)((what & 2 && what >> 4 ? CHAINS_STREAM_GAP : 0) |
                                (what & 4 ? CHAINS_STREAM_CLOSES : 0) |
                                ((what & 0x0c) == 0x0c ? CHAINS_STREAM_RESETS : 0)),
        };
        uint8_t *copy = malloc(n ? n : 1);
        if (!copy)
            break;
        if (n)
            memcpy(copy, data + at + 2, n);
        at += 2 + n;
        twins.sent += n;
        twins.lost += stream.gap;
        status = take(&twins, &stream, (struct chains_bytes){ copy, n }, (int64_t)at);
        free(copy);
    }
    end(&twins, status == HTTP_FLOW_ON);
    return 0;
}
