/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 where bytes are missing or are not what they should be, and where there is no room: what is
 * said then is marked, and never wrong. Each stream of the long conversation says its own number in all
 * that it says, so that a header of another one would be seen.
 */
#include "http2_talk.h"

#include "links/http2_flow.h"

static struct talk2 talk;
static struct script script;

enum { STREAMS = 12, BODY = 10 /* bytes for each number of a stream */ };

/* Requests and responses that refer to each other's headers. */
static void put_long(void)
{
    char text[300];
    put_start(&talk);
    for (uint32_t i = 1; i < 2 * STREAMS; i += 2) {
        bool post = i % 4 == 1;
        snprintf(text, sizeof text,
                 ":method: %s\n:scheme: http\n:authority: h\n:path: /s%u\nuser-agent: agent\n"
                 "x-number: %u\n",
                 post ? "POST" : "GET", i, i % 3);
        put_headers(&talk, C, i, post ? 0 : ENDS, text);
        if (post)
            put_data(&talk, C, i, ENDS, i * BODY);
        snprintf(text, sizeof text, ":status: %u\nserver: server\nx-kind: %u\n", 200 + i,
                 i % 5);
        put_headers(&talk, S, i, 0, text);
        put_data(&talk, S, i, 0, 7);
        put_data(&talk, S, i, ENDS, i * BODY - 7);
    }
}

static bool has(const char *line, const char *word)
{
    return strstr(line, word) != NULL;
}

/* Whether a line is true, as far as it goes. */
static bool is_true(const char *line)
{
    char *end;
    const char *at = strchr(line, '@'), *path = line;
    if (!at)
        return false;
    unsigned long stream = strtoul(at + 1, &end, 10), body = 0;
    while ((path = strstr(path, "/s")) != NULL) {
        path += 2;
        if (strtoul(path, NULL, 10) != stream)
            return false;
    }
    if (line[0] == '<' && end[1] != '-' && strtoul(end, NULL, 10) != 200 + stream)
        return false;
    const char *plus = strstr(line, " 2 +");
    body = plus ? strtoul(plus + 4, &end, 10) : ~0ul;
    bool marked = has(line, " cut") || has(line, " gap") || has(line, " hpack_lost") ||
                  has(line, " bad_frame");
    bool bodied = line[0] == '<' || stream % 4 == 1;
    if (!marked && (body != (bodied ? stream * BODY : 0)))
        return false;
    if (!marked && line[0] == '<' && !has(line, "(") && !has(line, " no_request"))
        return false;
    return marked || line[0] == '<' || has(line, bodied ? " POST h /s" : " GET h /s");
}

/* How many lines there are; all of them must be true. */
static unsigned count_true(const char *what, size_t at, size_t len)
{
    unsigned lines = 0;
    for (char *line = script.out; *line; lines++) {
        char *end = strchr(line, '\n');
        *end = 0;
        if (!is_true(line)) {
            printf("# %s, hole of %zu at %zu: %s\n", what, len, at, line);
            check(false);
        }
        line = end + 1;
    }
    return lines;
}

/* Gives the conversation without `len` bytes from `from` on of one side. */
static void give_hole(enum chains_side side, size_t from, size_t len, unsigned marks)
{
    size_t at = 0; /* of this side */
    uint64_t gap = 0;
    script_begin(&script, 65536, 64);
    for (size_t i = 0; i < talk.count; i++) {
        const struct talk_piece *piece = &talk.pieces[i];
        struct chains_bytes bytes = { talk.bytes + piece->at, piece->len };
        if (piece->side != side) {
            script_give(&script, piece->side, bytes, marks, 0);
            continue;
        }
        size_t begin = from > at ? from - at : 0, end = from + len > at ? from + len - at : 0;
        begin = begin < bytes.len ? begin : bytes.len;
        end = end < bytes.len ? end : bytes.len;
        at += bytes.len;
        if (begin)
            script_give(&script, side, (struct chains_bytes){ bytes.at, begin }, marks, 0);
        gap += end - begin;
        bytes = (struct chains_bytes){ bytes.at + end, bytes.len - end };
        if (!bytes.len)
            continue;
        script_give(&script, side, bytes, marks, begin && end == begin ? 0 : gap);
        gap = 0;
    }
    script_end(&script, false);
    script_free(&script);
}

static size_t bytes_of(enum chains_side side)
{
    size_t len = 0;
    for (size_t i = 0; i < talk.count; i++)
        len += talk.pieces[i].side == side ? talk.pieces[i].len : 0;
    return len;
}

static void test_holes_everywhere(void)
{
    static const size_t holes[] = { 1, 2, 9, 30, 61, 200, 1000 };
    talk_begin(&talk);
    put_long();
    give_hole(C, 0, 0, 0);
    check_eq_u64(count_true("none", 0, 0), 2 * STREAMS);
    unsigned least = 2 * STREAMS;
    for (int side = 0; side < 2; side++)
        for (size_t h = 0; h < sizeof holes / sizeof *holes; h++)
            for (size_t at = 0; at < bytes_of((enum chains_side)side); at++) {
                give_hole((enum chains_side)side, at, holes[h], 0);
                unsigned lines = count_true(side ? "server" : "client", at, holes[h]);
                if (holes[h] == 1 && at > 200 && lines < least)
                    least = lines;
            }
    /* A byte that is missing costs little: not more than what stands next to it. */
    check(least >= 2 * STREAMS - 6);
    talk_end(&talk);
}

/* Joined at each byte: what is recognised is true. */
static void test_joined_everywhere(void)
{
    talk_begin(&talk);
    put_long();
    unsigned most = 0;
    for (int side = 0; side < 2; side++)
        for (size_t at = 0; at < bytes_of((enum chains_side)side); at++) {
            give_hole((enum chains_side)side, 0, at, CHAINS_STREAM_MIDSTREAM);
            unsigned lines = count_true("joined", 0, at);
            most = lines > most ? lines : most;
        }
    check(most > 2);
    talk_end(&talk);
}

static void test_hole_in_data(void)
{
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_headers(&talk, S, 1, 0, OK);
    put_data(&talk, S, 1, 0, 3000);
    talk.pieces[talk.count - 1].len = 1000; /* the rest comes behind a hole of 500 */
    put_bytes(&talk, S, "", 0);
    talk.pieces[talk.count - 1] =
        (struct talk_piece){ .side = S, .at = talk.len - 1509, .len = 1509, .gap = 500 };
    put_data(&talk, S, 1, ENDS, 7);
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @1 GET h /a 2 +0\n<1 @1 200 - 2 +2507-500 gap (GET /a)\n");
    talk.pieces[talk.count - 2].marks = CHAINS_STREAM_INNER;
    run_talk(&script, &talk, 0, SIZE_MAX); /* how much is missing is not known inside of TLS */
    check_eq_text(script.out, ">1 @1 GET h /a 2 +0\n<1 @1 200 - 2 +991 cut gap (GET /a)\n");
    talk_end(&talk);
}

static void test_joined(void)
{
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a") "user-agent: x\n");
    put_headers(&talk, S, 1, ENDS, OK);
    size_t before = talk.count;
    put_headers(&talk, C, 3, ENDS, GET("/b") "user-agent: x\n");
    put_headers(&talk, S, 3, ENDS, OK);
    put_headers(&talk, C, 5, ENDS, GET("/c") "user-agent: x\nnew: y\n");
    put_headers(&talk, S, 5, ENDS, ":status: 404\n");
    memmove(talk.pieces, talk.pieces + before, (talk.count - before) * sizeof *talk.pieces);
    talk.count -= before;
    for (size_t i = 0; i < talk.count; i++)
        talk.pieces[i].marks = CHAINS_STREAM_MIDSTREAM;
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @3 GET - - 2 +0 hpack_lost\n"
                              "<1 @3 200 - 2 +0 no_request hpack_lost\n"
                              ">2 @5 GET - - 2 +0 hpack_lost\n"
                              "<2 @5 404 - 2 +0 no_request\n");
    talk_end(&talk);
}

static void test_bad_frames(void)
{
    static const struct {
        unsigned type, flags;
        uint32_t stream;
        const char *payload;
        size_t len;
    } bad[] = {
        { 0, 0, 0, "x", 1 },        { 0, PAD, 1, "\x09x", 2 },
        { 1, ALL, 0, "\x82", 1 },   { 1, ALL | PAD, 1, "\x05x", 2 },
        { 3, 0, 1, "xxxxx", 5 },    { 3, 0, 0, "xxxx", 4 },
        { 4, 0, 1, "", 0 },         { 4, 0, 0, "xxxxx", 5 },
        { 4, ACK, 0, "xxxxxx", 6 }, { 5, ALL, 1, "\0\0\0\2", 4 },
        { 6, 0, 0, "x", 1 },        { 7, 0, 0, "x", 1 },
        { 8, 0, 0, "x", 1 },        { 9, ALL, 1, "\x82", 1 },
        { 2, 0, 1, "x", 1 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        talk_begin(&talk);
        put_start(&talk);
        put_headers(&talk, C, 1, 0, POST("/a"));
        put_frame(&talk, C, bad[i].type, bad[i].flags, bad[i].stream, bad[i].payload,
                  bad[i].len);
        run_talk(&script, &talk, 0, SIZE_MAX);
        check_eq_text(script.out, ">1 @1 POST h /a 2 +0 cut bad_frame\n");
        talk_end(&talk);
    }
    /* What is no frame at all: the next message says so. */
    talk_begin(&talk);
    put_start(&talk);
    put_bytes(&talk, C, "GET / HTTP/1.1\r\n\r\n", 18);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @1 GET h /a 2 +0 bad_frame\n");
    talk_end(&talk);
    /* A server that does not know HTTP/2, and a frame in the middle of a block. */
    talk_begin(&talk);
    put_bytes(&talk, C, PREFACE, 24);
    put_settings(&talk, C, 0, 0);
    put_bytes(&talk, S, "HTTP/1.1 400 Bad\r\n\r\n", 20);
    put_frame(&talk, C, 1, ENDS, 1, "\x82\x86", 2);
    put_data(&talk, C, 1, 0, 10);
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @1 GET - - 2 +0 cut bad_frame\n");
    talk_end(&talk);
}

/* A block without end, and one that expands. */
static void test_floods(void)
{
    static char big[6 + 3900] = "\x40\x01x\x7f\xbd\x1d";
    memset(big + 6, 'b', sizeof big - 6);
    talk_begin(&talk);
    put_start(&talk);
    put_frame(&talk, C, 1, ENDS, 1, "\x82\x86\x84\x41\x01h", 6);
    for (unsigned i = 0; i < 1000; i++)
        put_frame(&talk, C, 9, 0, 1, "\x10\x01y\x01z", 5);
    put_frame(&talk, C, 9, ALL, 1, "", 0);
    put_headers(&talk, C, 3, ENDS, GET("/next"));
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out,
                  ">1 @1 GET h / 2 +0 cut too_long flood\n>2 @3 GET h /next 2 +0\n");
    talk_end(&talk);
    /* One header of 4,000 bytes in the table, then a thousand references of a byte each. */
    uint8_t bomb[1000];
    memset(bomb, 0xbe, sizeof bomb);
    talk_begin(&talk);
    put_start(&talk);
    put_frame(&talk, C, 1, ENDS | ALL, 1, big, sizeof big);
    put_frame(&talk, C, 1, ENDS | ALL, 3, bomb, sizeof bomb);
    put_headers(&talk, C, 5, ENDS, GET("/next"));
    run_talk(&script, &talk, 0, SIZE_MAX);
    check_eq_text(script.out, ">1 @1 - - - 2 +0 no_host no_pseudo\n"
                              ">2 @3 - - - 2 +0 too_long\n>3 @5 GET h /next 2 +0\n");
    script_begin(&script, 65536, 64);
    size_t most = 0;
    for (size_t i = 0; i < talk.count; i++) {
        const struct talk_piece *piece = &talk.pieces[i];
        script_give(&script, piece->side,
                    (struct chains_bytes){ talk.bytes + piece->at, piece->len }, 0, 0);
        most = http_flow_memory(&script.flow) > most ? http_flow_memory(&script.flow) : most;
    }
    check(most < 64 * 1024);
    script_free(&script);
    talk_end(&talk);
}

static void test_limits(void)
{
    talk_begin(&talk);
    put_start(&talk);
    for (uint32_t i = 1; i < 20; i += 2)
        put_headers(&talk, C, i, ENDS, GET("/a"));
    for (uint32_t i = 1; i < 20; i += 2)
        put_headers(&talk, S, i, ENDS, OK);
    put_headers(&talk, C, 21, ENDS, GET("/b"));
    script_begin(&script, 65536, 3);
    give_talk(&script, &talk, 0, SIZE_MAX);
    check(script.run.limited);
    check_eq_text(script.out, ">1 @1 GET h /a 2 +0\n>2 @3 GET h /a 2 +0\n>3 @5 GET h /a 2 +0\n"
                              "<1 @1 200 - 2 +0 (GET /a)\n<2 @3 200 - 2 +0 (GET /a)\n"
                              "<3 @5 200 - 2 +0 (GET /a)\n>4 @21 GET h /b 2 +0\n");
    script_end(&script, false);
    script_free(&script);
    talk_end(&talk);
    /* Heads that wait with their bodies: together they have a limit too. */
    static char head[16 * 1024];
    memset(head, 'v', sizeof head - 2);
    memcpy(head, POST("/a") "x: ", sizeof(POST("/a") "x: ") - 1);
    head[sizeof head - 2] = '\n';
    talk_begin(&talk);
    put_start(&talk);
    script_begin(&script, 65536, 1000);
    give_talk(&script, &talk, 0, SIZE_MAX);
    size_t most = 0;
    for (uint32_t i = 1; i < 400; i += 2) {
        talk.count = talk.len = 0;
        put_headers(&talk, C, i, 0, head);
        give_talk(&script, &talk, 0, SIZE_MAX);
        most = http_flow_memory(&script.flow) > most ? http_flow_memory(&script.flow) : most;
    }
    check(script.run.limited);
    check(most > 512 * 1024 && most < 1536 * 1024);
    script_end(&script, false);
    script_free(&script);
    talk_end(&talk);
}

/* Streams that may have ended in a hole make room for others. */
static void test_room_behind_holes(void)
{
    talk_begin(&talk);
    put_start(&talk);
    for (uint32_t i = 1; i < 8; i += 2)
        put_headers(&talk, C, i, ENDS, GET("/a"));
    put_data(&talk, S, 1, 0, 5);
    lose(&talk, 5); /* all four were answered there */
    for (uint32_t i = 9; i < 16; i += 2) {
        put_headers(&talk, C, i, ENDS, GET("/b"));
        put_frame(&talk, S, 1, ENDS | ALL, i, "\x88", 1);
    }
    script_begin(&script, 65536, 4);
    give_talk(&script, &talk, 0, SIZE_MAX);
    check(!script.run.limited);
    check(has(script.out, ">8 @15 GET h /b 2 +0\n<8 @15 200 - 2 +0 (GET /b)\n"));
    script_end(&script, false);
    script_free(&script);
    talk_end(&talk);
}

int main(void)
{
    test_holes_everywhere();
    test_joined_everywhere();
    test_hole_in_data();
    test_joined();
    test_bad_frames();
    test_floods();
    test_limits();
    test_room_behind_holes();
    return check_done();
}
