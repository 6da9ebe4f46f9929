/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 where the n-th allocation fails, for every n: it says that there is no memory, and everything
 * is given back. Allocations of the library are in the test's hand.
 */
#include "http2_talk.h"

#include "links/http2_flow.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

static unsigned left; /* allocations until one fails; 0: none does */

static bool fails(void)
{
    return left && --left == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails() ? NULL : __real_realloc(at, size);
}

static void put_all(struct talk2 *talk)
{
    uint8_t promise[300] = { 0, 0, 0, 2 };
    put_start(talk);
    put_settings(talk, S, 1, 65536);
    put_headers(talk, C, 1, 0, POST("/a") "user-agent: a agent of many words\nx: y\n");
    size_t n = compress(talk, S, GET("/style"), promise + 4, sizeof promise - 4);
    put_frame(talk, S, 5, ALL, 1, promise, 4 + n);
    put_headers(talk, S, 1, 0, OK "content-type: text/plain\n");
    put_data(talk, C, 1, ENDS, 10);
    put_headers(talk, S, 2, ENDS, OK);
    put_data(talk, S, 1, ENDS, 10);
    for (uint32_t i = 3; i < 20; i += 2)
        put_headers(talk, C, i, 0,
                    POST("/b") "new: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
}

/* False: no allocation failed. Else there is no memory, or no room for a message in the arena. */
static bool try(const struct talk2 *talk, unsigned nth)
{
    static struct script script;
    bool limited = false;
    script_begin(&script, 65536, 64);
    for (size_t i = 0; i < talk->count && script.status == HTTP_FLOW_ON; i++) {
        const struct talk_piece *piece = &talk->pieces[i];
        const struct chains_stream stream = { .side = (uint8_t)piece->side };
        const struct chains_bytes bytes = { talk->bytes + piece->at, piece->len };
        script.list = (struct http_message_list){ .arena = &script.arena };
        script.run.out = &script.list;
        left = i == 0 ? nth : left;
        script.status = http_flow_take(&script.flow, &script.run, &stream, bytes);
        limited = limited || script.list.limited;
        arena_reset(&script.arena);
    }
    bool failed = left == 0;
    left = 0;
    if (failed != (script.status == HTTP_FLOW_MEMORY || limited))
        printf("# allocation %u\n", nth);
    check_eq_u64(script.status == HTTP_FLOW_MEMORY || limited, failed);
    script_free(&script);
    return failed;
}

int main(void)
{
    static struct talk2 talk;
    unsigned nth = 1;
    talk_begin(&talk);
    put_all(&talk);
    while (try(&talk, nth))
        nth++;
    check(nth > 40); /* so many allocations there are at least */
    check(nth < 1000);
    talk_end(&talk);
    return check_done();
}
