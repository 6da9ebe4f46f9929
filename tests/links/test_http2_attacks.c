/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 of somebody who wants to be expensive, or to hide what is said: headers that expand without
 * end, promises that stand in front of requests, floods of them. What is shown, kept and looked at stays
 * bounded by what was sent, and what a client asks is seen.
 */
#include "http2_talk.h"

#include "links/http2_head.h"

enum { BIG = 3900 /* bytes of a header that fits into a table of 4096 */ };

static struct talk2 talk;
static struct script script;

/* Gives all of it; how many bytes of text came out, and in `marked` how many messages were too long. */
static size_t text_of(bool headers, unsigned *marked)
{
    size_t bytes = 0;
    *marked = 0;
    script_begin(&script, 65536, 64);
    for (size_t i = 0; i < talk.count; i++) {
        const struct talk_piece *piece = &talk.pieces[i];
        const struct chains_stream stream = { .side = (uint8_t)piece->side };
        script.list = (struct http_message_list){ .arena = &script.arena, .headers = headers };
        script.run.out = &script.list;
        http_flow_take(&script.flow, &script.run, &stream,
                       (struct chains_bytes){ talk.bytes + piece->at, piece->len });
        const struct chains_http_message *message = script.list.items;
        for (uint32_t k = 0; k < script.list.count; k++, message++) {
            const struct chains_http_header *header = message->headers.items;
            *marked += (message->weird & CHAINS_HTTP_TOO_LONG) != 0;
            bytes += message->method.len + message->host.len + message->uri.len;
            bytes += message->user_agent.len + message->referrer.len;
            for (uint32_t n = 0; n < message->headers.count; n++)
                bytes += header[n].name.len + header[n].value.len;
        }
        arena_reset(&script.arena);
    }
    script_free(&script);
    return bytes;
}

/* Two bytes for a header of 3,900, on streams that end at once: what comes out follows what came in. */
static void test_expansion(void)
{
    static const char *const names[] = { ":path", "user-agent", "x-other" };
    static char head[BIG + 200];
    for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
        const char *name = names[i / 2];
        unsigned marked;
        bool headers = i % 2;
        snprintf(head, sizeof head, ":method: GET\n%s: %.*d\n", name, BIG, 0);
        talk_begin(&talk);
        put_start(&talk);
        uint8_t block[2 * BIG] = { 0x82, 0x40, (uint8_t)strlen(name) };
        size_t at = 3 + strlen(name);
        memcpy(block + 3, name, strlen(name));
        memcpy(block + at, "\x7f\xbd\x1d", 3); /* 3,900 in the form of RFC 7541, 5.1 */
        memset(block + at + 3, 'a', BIG);
        put_frame(&talk, C, 1, ENDS | ALL, 1, block, at + 3 + BIG);
        for (uint32_t stream = 3; stream < 2600; stream += 2) {
            put_frame(&talk, C, 1, ENDS | ALL, stream, "\x82\xbe", 2);
            put_frame(&talk, C, 3, 0, stream, "\0\0\0\0", 4);
        }
        size_t most = HTTP2_CREDIT_MOST + HTTP2_CREDIT_PER_BYTE * talk.len;
        size_t bytes = text_of(headers, &marked);
        bool shown = headers || i / 2 < 2;
        check(bytes <= (headers && i / 2 == 1 ? 2 * most : most)); /* it is shown twice */
        check(shown ? bytes > most / 2 : bytes < most / 100);
        check(!shown || marked > 500);
        /* What comes later is read as ever. */
        put_data(&talk, C, 1, 0, 1000);
        put_headers(&talk, C, 2601, ENDS, GET("/later"));
        run_talk(&script, &talk, 0, SIZE_MAX);
        check(strstr(script.out, "@1 GET - ") != NULL);
        check_eq_u64(text_of(false, &marked) > 0, true);
        talk_end(&talk);
    }
}

/* A client that asks the same again and again, with much that is not shown: that is no attack. */
static void test_usual(void)
{
    static char head[4000];
    unsigned marked;
    snprintf(head, sizeof head,
             GET("/poll") "user-agent: an agent/1.0 (of a usual kind) with some more words\n"
                          "accept: application/json\naccept-encoding: gzip\n"
                          "cookie: %.*d\n",
             2500, 0);
    for (int headers = 0; headers < 2; headers++) {
        talk_begin(&talk);
        put_start(&talk);
        for (uint32_t stream = 1; stream < 2000; stream += 2) {
            put_headers(&talk, C, stream, ENDS, head);
            put_headers(&talk, S, stream, ENDS, OK);
        }
        text_of(headers, &marked);
        check_eq_u64(marked, 0);
        talk_end(&talk);
    }
}

static struct chains_bytes bytes_of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

/* What is not kept is not looked at either: it may be 64 KiB for each byte. */
static void test_not_judged(void)
{
    static const struct {
        struct http2_room room;
        bool kept;
    } table[] = {
        { { .most = 65536, .credit = 1000 }, true },
        { { .most = 42, .credit = 10 }, true },
        { { .most = 41, .credit = 1000 }, false },
        { { .most = 65536, .credit = 1 }, false },
        { { .most = 65536, .credit = 5 }, true }, /* the value has 8 bytes, and costs one */
        { { .most = 65536, .credit = 5, .headers = true }, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct http2_head head = { 0 };
        struct http2_room room = table[i].room;
        check(http2_head_add(&head, bytes_of("X "), bytes_of("\nvalues "), &room));
        check_eq_u64(head.count, table[i].kept);
        check_eq_u64(head.lost, !table[i].kept);
        uint32_t weird = head.weird;
        check_eq_u64(weird & CHAINS_HTTP_UPPERCASE, table[i].kept ? CHAINS_HTTP_UPPERCASE : 0);
        check_eq_u64(weird & CHAINS_HTTP_TOO_LONG, table[i].kept ? 0 : CHAINS_HTTP_TOO_LONG);
        check(table[i].kept || weird == CHAINS_HTTP_TOO_LONG);
        head.lost = true;
        check(http2_head_add(&head, bytes_of(":path"), bytes_of("\r"), &room));
        check_eq_u64(head.weird, weird);
        check_eq_u64(head.pseudo, 0);
        http2_head_free(&head);
    }
    struct http2_room room = { .credit = HTTP2_CREDIT_MOST - 2 * HTTP2_CREDIT_PER_BYTE };
    http2_room_earn(&room, 1);
    check_eq_u64(room.credit, HTTP2_CREDIT_MOST - HTTP2_CREDIT_PER_BYTE);
    http2_room_earn(&room, 0);
    check_eq_u64(room.credit, HTTP2_CREDIT_MOST - HTTP2_CREDIT_PER_BYTE);
    http2_room_earn(&room, SIZE_MAX);
    check_eq_u64(room.credit, HTTP2_CREDIT_MOST);
}

static void put_promise(uint32_t on, uint32_t promised, const char *head)
{
    uint8_t promise[600] = { (uint8_t)(promised >> 24), (uint8_t)(promised >> 16),
                             (uint8_t)(promised >> 8), (uint8_t)promised };
    size_t n = compress(&talk, S, head, promise + 4, sizeof promise - 4);
    put_frame(&talk, S, 5, ALL, on, promise, 4 + n);
}

/* A server promises what it may not: the client's request is the one that is seen. */
static void test_bad_promises(void)
{
    static const uint32_t bad[] = { 3, 0, 5, 0x7fffffff, 0x80000000 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        talk_begin(&talk);
        put_start(&talk);
        put_headers(&talk, C, 1, ENDS, GET("/a"));
        put_promise(1, bad[i], GET("/innocent") "x-of-the-promise: y\n");
        put_headers(&talk, C, 3, ENDS, GET("/secret"));
        put_headers(&talk, S, 3, ENDS, OK "x-of-the-promise: y\n"); /* refers to it */
        put_headers(&talk, S, 1, ENDS, OK);
        check_talk2("bad promise", &talk,
                    ">1 @1 GET h /a 2 +0\n>2 @3 GET h /secret 2 +0\n"
                    "<2 @3 200 - 2 +0 bad_frame (GET /secret)\n<1 @1 200 - 2 +0 (GET /a)\n");
        talk_end(&talk);
    }
    /* The same one again, and one below. */
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_promise(1, 4, GET("/p"));
    put_promise(1, 4, GET("/again"));
    put_promise(1, 2, GET("/below"));
    put_headers(&talk, S, 4, ENDS, OK);
    check_talk2("promised again", &talk,
                ">1 @1 GET h /a 2 +0\n>2 @4 pushed GET h /p 2 +0\n"
                "<2 @4 200 - 2 +0 bad_frame (GET /p)\n");
    talk_end(&talk);
    /* A client that asks on a stream of the server's. */
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_promise(1, 2, GET("/innocent"));
    put_headers(&talk, C, 2, ENDS, GET("/secret"));
    put_headers(&talk, S, 2, ENDS, OK);
    check_talk2("asked behind a promise", &talk,
                ">1 @1 GET h /a 2 +0\n>2 @2 pushed GET h /innocent 2 +0\n"
                ">3 @2 GET h /secret 2 +0\n<3 @2 200 - 2 +0 (GET /secret)\n");
    talk_end(&talk);
}

/* More promises than there is room for, wanted and unwanted. */
static void test_promise_flood(void)
{
    enum { MOST = 8, PROMISES = 100 };
    for (int wanted = 0; wanted < 2; wanted++) {
        talk_begin(&talk);
        put_start(&talk);
        put_settings(&talk, C, 2, (uint32_t)wanted);
        put_headers(&talk, C, 1, ENDS, GET("/a"));
        for (uint32_t i = 1; i <= PROMISES; i++)
            put_promise(1, 2 * i, GET("/p"));
        put_headers(&talk, S, 2 * PROMISES, 0, OK);
        for (uint32_t i = 3; i < 2 * MOST; i += 2)
            put_headers(&talk, C, i, ENDS, GET("/later"));
        script_begin(&script, 65536, MOST);
        give_talk(&script, &talk, 0, SIZE_MAX);
        check_eq_u64(script.run.limited, wanted); /* unwanted ones are never kept */
        script_end(&script, false);
        script_free(&script);
        unsigned later = 0, pushed = 0;
        for (const char *at = script.out; (at = strstr(at, "/later")); at++)
            later++;
        for (const char *at = script.out; (at = strstr(at, "pushed")); at++)
            pushed++;
        check_eq_u64(later, MOST - 1);
        check_eq_u64(pushed, wanted ? PROMISES : 0);
        check_eq_u64(strstr(script.out, "@200 200 - 2 +0 cut unfinished (GET /p)") != NULL,
                     wanted);
        talk_end(&talk);
    }
}

/* Requests that wait, with long targets: together they have a limit too. */
static void test_waiting_bytes(void)
{
    static char head[8000];
    size_t most = 0;
    snprintf(head, sizeof head, ":method: GET\n:path: /%.*d\n", 7000, 0);
    talk_begin(&talk);
    put_start(&talk);
    script_begin(&script, 65536, 1000);
    give_talk(&script, &talk, 0, SIZE_MAX);
    for (uint32_t i = 1; i < 800; i += 2) {
        talk.count = talk.len = 0;
        put_headers(&talk, C, i, ENDS, head);
        give_talk(&script, &talk, 0, SIZE_MAX);
        most = http_flow_memory(&script.flow) > most ? http_flow_memory(&script.flow) : most;
    }
    check(script.run.limited);
    check(most > 512 * 1024 && most < 1280 * 1024);
    script_free(&script);
    talk_end(&talk);
}

/* Headers in very many frames, on a connection that has lost bytes: the message is given out once. */
static void test_given_out_once(void)
{
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_frame(&talk, C, 6, 0, 0, "12345678", 8);
    lose(&talk, 17); /* from here on, any stream may begin */
    put_frame(&talk, C, 1, ENDS, 3, "\x82\x86\x84\x41\x01h", 6);
    for (unsigned i = 0; i < 64; i++)
        put_frame(&talk, C, 9, 0, 3, "\x10\x01y\x01z", 5);
    put_headers(&talk, S, 3, ENDS, OK); /* answered, and no longer held */
    put_frame(&talk, C, 9, 0, 3, "\x82\x86\x84\x01\x01i", 6);
    put_frame(&talk, C, 9, ALL, 3, "", 0);
    put_headers(&talk, C, 5, ENDS, GET("/b"));
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @1 GET h /a 2 +0\n>2 @3 GET h / 2 +0 cut too_long flood\n"
                              "<2 @3 200 - 2 +0 (GET /)\n>3 @5 GET h /b 2 +0\n");
    talk_end(&talk);
}

/* The answer that ends HTTP/1 is cut by a hole: what follows is no frame's beginning for sure. */
static void test_upgrade_in_a_hole(void)
{
    static const char ask[] = "GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\n"
                              "Upgrade: h2c\r\nHTTP2-Settings: AAEAAQAA\r\n\r\n";
    static const char answer[] = "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nServer: s\r\n";
    talk_begin(&talk);
    put_bytes(&talk, C, ask, sizeof ask - 1);
    put_bytes(&talk, S, answer, sizeof answer - 1);
    put_bytes(&talk, S, "the end of some frame", 21);
    mark(&talk, 40, 0);
    put_bytes(&talk, C, PREFACE, 24);
    put_settings(&talk, C, 0, 0);
    put_headers(&talk, C, 3, ENDS, GET("/next"));
    put_data(&talk, S, 1, 0, 5);
    put_data(&talk, S, 1, 0, 5);
    size_t last = talk.count - 1; /* both in one piece, so that it is seen to be frames */
    talk.pieces[last - 1].len += talk.pieces[last].len;
    talk.count--;
    put_headers(&talk, S, 3, ENDS, OK);
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out,
                  ">1 GET h /up 1.1 +0\n<1 101 Switching 1.1 +0 upgraded cut gap (GET /up)\n"
                  ">2 @3 GET h /next 2 +0\n<2 @3 200 - 2 +0 (GET /next)\n");
    talk_end(&talk);
}

int main(void)
{
    test_expansion();
    test_usual();
    test_not_judged();
    test_bad_promises();
    test_promise_flood();
    test_waiting_bytes();
    test_given_out_once();
    test_upgrade_in_a_hole();
    return check_done();
}
