/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2 over whole connections: how it begins, what a stream says, what is odd, what is bounded. Each
 * conversation is given whole and cut at many places, and must say the same.
 */
#include "http2_talk.h"

#include "links/http2_flow.h"

static struct talk2 talk;

static void test_simple(void)
{
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_headers(&talk, S, 1, 0, OK "content-length: 5\n");
    put_data(&talk, S, 1, ENDS, 5);
    put_headers(&talk, C, 3, 0, POST("/b") "content-length: 7\n");
    put_data(&talk, C, 3, 0, 3);
    put_data(&talk, C, 3, ENDS, 4);
    put_headers(&talk, S, 3, ENDS, ":status: 204\n");
    put_frame(&talk, S, 7, 0, 0, "\0\0\0\3\0\0\0\0", 8);
    check_talk2("simple", &talk,
                ">1 @1 GET h /a 2 +0\n<1 @1 200 - 2 +5 (GET /a)\n"
                ">2 @3 POST h /b 2 +7\n<2 @3 204 - 2 +0 (POST /b)\n");
    talk_end(&talk);
}

/* Streams at once, their responses in another order, in pieces between each other. */
static void test_streams(void)
{
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_headers(&talk, C, 3, ENDS, GET("/b"));
    put_headers(&talk, C, 5, 0, POST("/c"));
    put_headers(&talk, S, 3, 0, OK);
    put_headers(&talk, S, 1, 0, OK);
    put_data(&talk, S, 1, 0, 10);
    put_data(&talk, S, 3, 0, 20);
    put_data(&talk, C, 5, 0, 1000);
    put_data(&talk, S, 1, 0, 10);
    put_data(&talk, S, 3, ENDS, 0);
    put_data(&talk, C, 5, ENDS, 24);
    put_headers(&talk, S, 5, 0, OK);
    put_headers(&talk, S, 5, ENDS, "grpc-status: 0\n");
    put_data(&talk, S, 1, ENDS, 1);
    check_talk2("streams", &talk,
                ">1 @1 GET h /a 2 +0\n>2 @3 GET h /b 2 +0\n<2 @3 200 - 2 +20 (GET /b)\n"
                ">3 @5 POST h /c 2 +1024\n<3 @5 200 - 2 +0 (POST /c)\n"
                "<1 @1 200 - 2 +21 (GET /a)\n");
    talk_end(&talk);
}

/* Padding, priorities, interim responses, frames that nobody knows, several of one block. */
static void test_frames(void)
{
    uint8_t block[600], frame[700];
    talk_begin(&talk);
    put_start(&talk);
    size_t n = compress(&talk, C, GET("/padded"), block, sizeof block);
    frame[0] = 9;
    memcpy(frame + 1, "\x80\0\0\0\x10", 5);
    memcpy(frame + 6, block, n);
    memset(frame + 6 + n, 0, 9);
    put_frame(&talk, C, 1, ENDS | ALL | PAD | 0x20, 1, frame, 15 + n);
    put_frame(&talk, C, 2, 0, 1, "\0\0\0\0\x10", 5);
    put_frame(&talk, S, 0xbe, 0xff, 1, "grease", 6);
    put_frame(&talk, S, 6, 0, 0, "12345678", 8);
    put_frame(&talk, S, 8, 0, 1, "\0\0\0\1", 4);
    put_headers(&talk, S, 1, 0, ":status: 103\nlink: x\n");
    n = compress(&talk, S, OK "content-type: text/plain\nx: yyyyyyyyyyyyyyyy\n", block, 600);
    put_frame(&talk, S, 1, 0, 1, block, 3);
    put_frame(&talk, S, 9, 0, 1, block + 3, 0);
    put_frame(&talk, S, 9, 0, 1, block + 3, 5);
    put_frame(&talk, S, 9, ALL, 1, block + 8, n - 8);
    memset(frame, 0, sizeof frame);
    frame[0] = 100;
    put_frame(&talk, S, 0, PAD, 1, frame, 1 + 50 + 100);
    frame[0] = 0;
    put_frame(&talk, S, 0, PAD | ENDS, 1, frame, 1);
    check_talk2("frames", &talk,
                ">1 @1 GET h /padded 2 +0\n<1 @1 200 - 2 +50 after 103 (GET /padded)\n");
    talk_end(&talk);
}

/* The client is said with every message, also on what ends it from the other side. */
static void test_endings(void)
{
    talk_begin(&talk);
    script_client = C + 1;
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/reset"));
    put_headers(&talk, S, 1, 0, OK);
    put_data(&talk, S, 1, 0, 10);
    put_frame(&talk, C, 3, 0, 1, "\0\0\0\x8", 4);
    put_data(&talk, S, 1, 0, 10); /* on its way when the client gave up */
    put_headers(&talk, C, 3, 0, POST("/early"));
    put_data(&talk, C, 3, 0, 10);
    put_headers(&talk, S, 3, ENDS, ":status: 413\n");
    put_frame(&talk, S, 3, 0, 3, "\0\0\0\0", 4);
    put_headers(&talk, C, 5, ENDS, ":method: HEAD\n:scheme: http\n:authority: h\n:path: /\n");
    put_headers(&talk, S, 5, ENDS, OK "content-length: 99\n");
    put_headers(&talk, C, 7, ENDS, GET("/short"));
    put_headers(&talk, S, 7, 0, OK "content-length: 9\n");
    put_data(&talk, S, 7, ENDS, 8);
    put_headers(&talk, C, 9, ENDS, GET("/unfinished"));
    put_headers(&talk, S, 9, 0, OK "content-length: 9\n");
    put_data(&talk, S, 9, 0, 2);
    put_headers(&talk, C, 11, 0, POST("/unfinished"));
    check_talk2("endings", &talk,
                ">1 @1 GET h /reset 2 +0\n<1 @1 200 - 2 +10 cut reset (GET /reset)\n"
                "<2 @3 413 - 2 +0 (POST /early)\n>2 @3 POST h /early 2 +10 cut reset\n"
                ">3 @5 HEAD h / 2 +0\n<3 @5 200 - 2 +0 (HEAD /)\n"
                ">4 @7 GET h /short 2 +0\n<4 @7 200 - 2 +8 length_differs (GET /short)\n"
                ">5 @9 GET h /unfinished 2 +0\n>6 @11 POST h /unfinished 2 +0 cut unfinished\n"
                "<5 @9 200 - 2 +2 cut unfinished (GET /unfinished)\n");
    talk_end(&talk);
    script_client = 0;
}

/* A server that pushes, and one that is asked for a tunnel. */
static void test_push_and_tunnel(void)
{
    uint8_t promise[300] = { 0, 0, 0, 2 };
    talk_begin(&talk);
    put_start(&talk);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    size_t n = compress(&talk, S, GET("/style"), promise + 4, sizeof promise - 4);
    put_frame(&talk, S, 5, ALL, 1, promise, 4 + n);
    put_headers(&talk, S, 2, 0, OK);
    put_headers(&talk, S, 1, ENDS, OK);
    put_data(&talk, S, 2, ENDS, 3);
    put_headers(&talk, C, 3, 0, ":method: CONNECT\n:authority: t:443\n");
    put_headers(&talk, S, 3, 0, OK);
    put_data(&talk, C, 3, 0, 100);
    put_data(&talk, S, 3, ENDS, 100);
    put_headers(&talk, C, 5, 0,
                ":method: CONNECT\n:protocol: websocket\n:scheme: http\n:authority: h\n"
                ":path: /chat\n");
    put_headers(&talk, S, 5, 0, ":status: 403\n");
    put_data(&talk, S, 5, ENDS, 7);
    /* A promise of two frames, whose second one has the stream of the first. */
    promise[3] = 4;
    n = compress(&talk, S, GET("/more"), promise + 4, sizeof promise - 4);
    put_frame(&talk, S, 5, 0, 1, promise, 4 + 1);
    put_frame(&talk, S, 9, ALL, 1, promise + 5, n - 1);
    put_headers(&talk, S, 4, ENDS, ":status: 304\n");
    check_talk2("push and tunnel", &talk,
                ">1 @1 GET h /a 2 +0\n>2 @2 pushed GET h /style 2 +0\n"
                "<1 @1 200 - 2 +0 (GET /a)\n<2 @2 200 - 2 +3 (GET /style)\n"
                ">3 @3 CONNECT t:443 t:443 2 +0\n<3 @3 200 - 2 +0 upgraded (CONNECT t:443)\n"
                ">4 @5 CONNECT h /chat 2 +0\n<4 @5 403 - 2 +7 (CONNECT /chat)\n"
                ">5 @4 pushed GET h /more 2 +0\n<5 @4 304 - 2 +0 (GET /more)\n");
    talk_end(&talk);
}

/* HTTP/1.1 that becomes HTTP/2: the first stream answers what was asked before. */
static void test_upgrade(void)
{
    static const char ask[] = "GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, "
                              "HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: "
                              "AAEAAQAA\r\n\r\n";
    static const char answer[] =
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    talk_begin(&talk);
    put_bytes(&talk, C, ask, sizeof ask - 1);
    put_bytes(&talk, S, answer, sizeof answer - 1);
    put_settings(&talk, S, 3, 100);
    nghttp2_hd_deflate_change_table_size(talk.deflater[S], 65536);
    put_headers(&talk, S, 1, 0, OK);
    put_bytes(&talk, C, PREFACE, 24);
    put_settings(&talk, C, 1, 65536);
    put_data(&talk, S, 1, ENDS, 3);
    put_headers(&talk, C, 3, ENDS, GET("/next"));
    put_headers(&talk, S, 3, ENDS, OK);
    const char *want = ">1 GET h /up 1.1 +0\n<1 101 Switching 1.1 +0 upgraded (GET /up)\n"
                       "<1 @1 200 - 2 +3 (GET /up)\n>2 @3 GET h /next 2 +0\n"
                       "<2 @3 200 - 2 +0 (GET /next)\n";
    check_talk2("upgrade", &talk, want);
    talk_end(&talk);
    /* Another protocol's upgrade stays the end of what is read. */
    talk_begin(&talk);
    put_bytes(&talk, C, ask, sizeof ask - 1);
    static const char other[] = "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n";
    put_bytes(&talk, S, other, sizeof other - 1);
    put_settings(&talk, S, 3, 100);
    check_talk2("no upgrade", &talk,
                ">1 GET h /up 1.1 +0\n<1 101 Switching 1.1 +0 upgraded (GET /up)\n");
    talk_end(&talk);
}

/* A server whose SETTINGS are here before the client's preface. */
static void test_server_first(void)
{
    talk_begin(&talk);
    put_settings(&talk, S, 3, 100);
    put_bytes(&talk, C, PREFACE, 24);
    put_settings(&talk, C, 0, 0);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_headers(&talk, S, 1, ENDS, OK);
    check_talk2("server first", &talk, ">1 @1 GET h /a 2 +0\n<1 @1 200 - 2 +0 (GET /a)\n");
    talk_end(&talk);
}

/* Tables of headers of other sizes, each when it holds. */
static void test_tables(void)
{
    talk_begin(&talk);
    put_bytes(&talk, C, PREFACE, 24);
    put_settings(&talk, C, 1, 65536);
    put_settings(&talk, S, 1, 0);
    put_headers(&talk, C, 1, ENDS, GET("/before") "x-a: b\n");
    put_ack(&talk, C);
    put_ack(&talk, S);
    nghttp2_hd_deflate_change_table_size(talk.deflater[C], 0);
    nghttp2_hd_deflate_change_table_size(talk.deflater[S], 65536);
    for (uint32_t i = 3; i < 9; i += 2) {
        put_headers(&talk, C, i, ENDS, GET("/after") "x-a: b\n");
        put_headers(&talk, S, i, ENDS,
                    OK "x-long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
    }
    put_settings(&talk, C, 1, 100);
    put_ack(&talk, S);
    nghttp2_hd_deflate_change_table_size(talk.deflater[S], 100);
    put_headers(&talk, S, 1, ENDS, OK);
    check_talk2("tables", &talk,
                ">1 @1 GET h /before 2 +0\n>2 @3 GET h /after 2 +0\n"
                "<2 @3 200 - 2 +0 (GET /after)\n>3 @5 GET h /after 2 +0\n"
                "<3 @5 200 - 2 +0 (GET /after)\n>4 @7 GET h /after 2 +0\n"
                "<4 @7 200 - 2 +0 (GET /after)\n<1 @1 200 - 2 +0 (GET /before)\n");
    talk_end(&talk);
    /* A table larger than was allowed: the headers are not known, and say so. */
    talk_begin(&talk);
    put_start(&talk);
    nghttp2_hd_deflate_change_table_size(talk.deflater[C], 8192);
    put_headers(&talk, C, 1, ENDS, GET("/a"));
    put_headers(&talk, S, 1, ENDS, OK);
    check_talk2("too large a table", &talk,
                ">1 @1 - - - 2 +0 hpack_lost\n<1 @1 200 - 2 +0 no_request\n");
    talk_end(&talk);
}

/* Heads that a strict reader would refuse. */
static void test_weird(void)
{
    static const struct {
        const char *head, *want;
    } table[] = {
        { GET("/") "connection: close\n", "GET h / 2 +0 hop" },
        { GET("/") "transfer-encoding: chunked\n", "GET h / 2 +0 smuggling hop" },
        { GET("/") "te: trailers\n", "GET h / 2 +0" },
        { GET("/") "te: gzip\n", "GET h / 2 +0 hop" },
        { GET("/") "X-Upper: a\n", "GET h / 2 +0 uppercase" },
        { GET("/") "a b: c\n", "GET h / 2 +0 bad_header" },
        { GET("/") "a: b\r c\n", "GET h / 2 +0 smuggling bad_header" },
        { GET("/") "a: b \n", "GET h / 2 +0 bad_header" },
        { GET("/") "host: other\n", "GET h / 2 +0 host_differs" },
        { GET("/") "host: h\n", "GET h / 2 +0" },
        { GET("/") "host: h\nhost: h\n", "GET h / 2 +0 two_hosts" },
        { GET("/") "content-length: x\n", "GET h / 2 +0 bad_length" },
        { GET("/") "content-length: 0\ncontent-length: 0\n",
          "GET h / 2 +0 smuggling two_lengths" },
        { GET("/") "content-length: 5\n", "GET h / 2 +0 length_differs" },
        { GET("/") ":late: x\n", "GET h / 2 +0 bad_pseudo" },
        { GET("/") "a: b\n:path: /again\n", "GET h / 2 +0 bad_pseudo" },
        { GET("/") ":path: /again\n", "GET h / 2 +0 bad_pseudo" },
        { GET("/") ":status: 200\n", "GET h / 2 +0 bad_pseudo" },
        { GET("/a b"), "GET h /a b 2 +0 bad_pseudo" },
        { GET(""), "GET h - 2 +0 no_pseudo" },
        { ":method: GET\n:scheme: http\n:authority: h\n", "GET h - 2 +0 no_pseudo" },
        { ":method: GET\n:scheme: http\n:path: /\nhost: o\n", "GET o / 2 +0" },
        { ":method: GET\n:scheme: http\n:path: /\n", "GET - / 2 +0 no_host" },
        { ":scheme: http\n:authority: h\n:path: /\n", "- h / 2 +0 no_pseudo" },
        { GET("/%00%zz"), "GET h /%00%zz 2 +0 control bad_encoding" },
        { ":method: CONNECT\n:authority: u:p@t:1\n",
          "CONNECT [redacted]@t:1 [redacted]@t:1 2 +0" },
    };
    static struct script script;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char want[200];
        talk_begin(&talk);
        put_start(&talk);
        put_headers(&talk, C, 1, ENDS, table[i].head);
        run_talk(&script, &talk, 0, SIZE_MAX);
        snprintf(want, sizeof want, ">1 @1 %s\n", table[i].want);
        check_eq_text(script.out, want);
        talk_end(&talk);
    }
    static const struct {
        const char *head, *want;
    } answers[] = {
        { "server: s\n", "- - 2 +0 no_pseudo (GET /)" },
        { ":status: 20\n", "- - 2 +0 bad_pseudo (GET /)" },
        { ":status: 2x0\n", "- - 2 +0 bad_pseudo (GET /)" },
        { ":status: 101\n", "101 - 2 +0 bad_pseudo (GET /)" },
        { ":status: 200\n:path: /\n", "200 - 2 +0 bad_pseudo (GET /)" },
        { ":status: 304\ncontent-length: 5\n", "304 - 2 +0 (GET /)" },
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char want[200];
        talk_begin(&talk);
        put_start(&talk);
        put_headers(&talk, C, 1, ENDS, GET("/"));
        put_headers(&talk, S, 1, ENDS, answers[i].head);
        run_talk(&script, &talk, 0, SIZE_MAX);
        snprintf(want, sizeof want, ">1 @1 GET h / 2 +0\n<1 @1 %s\n", answers[i].want);
        check_eq_text(script.out, want);
        talk_end(&talk);
    }
}

/* All headers, where they are asked for: without the pseudo headers, and without secrets. */
static void test_headers(void)
{
    static struct script script;
    for (int open = 0; open < 2; open++) {
        talk_begin(&talk);
        put_start(&talk);
        put_headers(&talk, C, 1, ENDS,
                    GET("/a@b") "cookie: a=b\nx: y\nauthorization: Basic x\n");
        script_begin(&script, 65536, 64);
        script.list.headers = true;
        script.list.credentials = open;
        for (size_t i = 0; i < talk.count; i++) {
            const struct talk_piece *piece = &talk.pieces[i];
            const struct chains_stream stream = { .side = (uint8_t)piece->side };
            script.list.arena = &script.arena;
            script.run.out = &script.list;
            check_eq_u64(
                http_flow_take(&script.flow, &script.run, &stream,
                               (struct chains_bytes){ talk.bytes + piece->at, piece->len }),
                HTTP_FLOW_ON);
        }
        check_eq_u64(script.list.count, 1);
        const struct chains_http_message *message = script.list.items;
        const struct chains_http_header *header = message->headers.items;
        check_eq_u64(message->headers.count, 3);
        script_bytes(&script, header[0].name);
        script_bytes(&script, header[0].value);
        script_bytes(&script, header[1].value);
        script_bytes(&script, header[2].value);
        check_eq_text(script.out, open ? "cookiea=byBasic x" : "cookie[redacted]y[redacted]");
        script_free(&script);
        talk_end(&talk);
    }
}

int main(void)
{
    test_simple();
    test_streams();
    test_frames();
    test_endings();
    test_push_and_tunnel();
    test_upgrade();
    test_server_first();
    test_tables();
    test_weird();
    test_headers();
    return check_done();
}
