/* SPDX-License-Identifier: MIT */
/*
 * http_meta without a chain: conversations over one connection, whole and in pieces of any size,
 * with holes, ends and everything that is odd; bounds; what is hidden.
 */
#include "http_talk.h"

/* What holds however the bytes are cut into packets. */
static const struct talk talks[] = {
    { "one request",
      { { C, GET("/a"), 0, 0, 0 }, { S, OK("2\r\n\r\nok"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2 (GET /a)\n" },
    { "keep-alive",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("2\r\n\r\nok"), 0, 0, 0 },
        { C, GET("/b"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2 (GET /a)\n"
      ">2 GET h /b 1.1 +0\n<2 200 OK 1.1 +0 (GET /b)\n" },
    { "pipelined",
      { { C, GET("/a") GET("/b") "FROB /c HTTP/1.1\r\nHost: h\r\n\r\n", 0, 0, 0 },
        { S, OK("1\r\n\r\na") CHUNKED "1\r\nb\r\n0\r\n\r\n" OK("1\r\n\r\nc"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n>2 GET h /b 1.1 +0\n>3 FROB h /c 1.1 +0\n"
      "<1 200 OK 1.1 +1 (GET /a)\n<2 200 OK 1.1 +1 (GET /b)\n<3 200 OK 1.1 +1 (FROB "
      "/c)\n" },
    { "bodies both ways",
      { { C, POST("Content-Length: 4\r\n") "abcd", 0, 0, 0 },
        { C, POST("Transfer-Encoding: chunked\r\n") CHUNKS GET("/"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +4\n>2 POST h /p 1.1 +19\n>3 GET h / 1.1 +0\n" },
    { "chunks with lines in them",
      { { C, GET("/"), 0, 0, 0 },
        { S, CHUNKED "8\r\na\nb\r\nHTT\r\n0\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n", 0, 0,
          0 } },
      ">1 GET h / 1.1 +0\n<1 200 OK 1.1 +8 (GET /)\n<0 304 Not Modified 1.1 +0 "
      "no_request\n" },
    { "100-continue",
      { { C, POST("Content-Length: 3\r\nExpect: 100-continue\r\n"), 0, 0, 0 },
        { S, "HTTP/1.1 100 Continue\r\n\r\n", 0, 0, 0 },
        { C, "abc", 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +3\n<1 200 OK 1.1 +0 after 100 (POST /p)\n" },
    { "several interim responses",
      { { C, GET("/"), 0, 0, 0 },
        { S,
          "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\nX: y\r\n\r\nHTTP/1.1 103 E\r\nLink: "
          "x\r\n\r\n" OK("0\r\n\r\n"),
          0, 0, 0 } },
      ">1 GET h / 1.1 +0\n<1 200 OK 1.1 +0 after 103 (GET /)\n" },
    { "no body where none can be",
      { { C, "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n" GET("/n") GET("/m") GET("/o"), 0, 0, 0 },
        { S,
          OK("99\r\n\r\n") "HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\nHTTP/1.1 304 "
                           "M\r\nContent-Length: 7\r\n\r\n" OK("1\r\n\r\nx"),
          0, 0, 0 } },
      ">1 HEAD h /h 1.1 +0\n>2 GET h /n 1.1 +0\n>3 GET h /m 1.1 +0\n>4 GET h /o 1.1 +0\n"
      "<1 200 OK 1.1 +0 (HEAD /h)\n<2 204 N 1.1 +0 (GET /n)\n<3 304 M 1.1 +0 (GET /m)\n"
      "<4 200 OK 1.1 +1 (GET /o)\n" },
    { "a tunnel",
      { { C, "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 0, 0, 0 },
        { S, "HTTP/1.1 200 Established\r\n\r\n", 0, 0, 0 },
        { C, "GET /in/the/tunnel HTTP/1.1\r\n\r\n", 0, 0, 0 } },
      ">1 CONNECT h:443 h:443 1.1 +0\n<1 200 Established 1.1 +0 upgraded (CONNECT "
      "h:443)\n" },
    { "a tunnel refused",
      { { C, "CONNECT h:443 HTTP/1.1\r\n\r\n", 0, 0, 0 },
        { S, "HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno", 0, 0, 0 },
        { C, GET("/a"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 CONNECT h:443 h:443 1.1 +0 no_host\n<1 407 Auth 1.1 +2 (CONNECT h:443)\n"
      ">2 GET h /a 1.1 +0\n<2 200 OK 1.1 +0 (GET /a)\n" },
    { "an upgrade",
      { { C, "GET /w HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n", 0, 0, 0 },
        { S, "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x02hi", 0, 0, 0 },
        { C, "\x81\x82", 0, 0, 0 } },
      ">1 GET h /w 1.1 +0\n<1 101 Switching 1.1 +0 upgraded (GET /w)\n" },
    { "to the end of the stream",
      { { C, "GET /a HTTP/1.0\r\n\r\n", 0, CLOSES, 0 },
        { S, "HTTP/1.0 200 OK\r\nServer: s\r\n\r\nabc\r\n\r\ndef", 0, CLOSES, 0 } },
      ">1 GET - /a 1.0 +0\n<1 200 OK 1.0 +10 (GET /a)\n" },
    { "to a reset",
      { { C, "GET /a HTTP/1.0\r\n\r\n", 0, 0, 0 },
        { S, "HTTP/1.0 200 OK\r\n\r\nabc", 0, 0, 0 },
        { C, NULL, 0, RESETS, 0 } },
      ">1 GET - /a 1.0 +0\n<1 200 OK 1.0 +3 cut unfinished (GET /a)\n" },
    { "less than promised",
      { { C, POST("Content-Length: 9\r\n") "abc", 0, CLOSES, 0 },
        { S, OK("5\r\n\r\nabc"), 0, CLOSES, 0 } },
      ">1 POST h /p 1.1 +3 cut unfinished\n<1 200 OK 1.1 +3 cut unfinished (POST /p)\n" },
    { "a head that ends early",
      { { C, "GET /a HTTP/1.1\r\nHost: h\r\nUser-", 0, CLOSES, 0 } },
      ">1 GET h /a 1.1 +0 cut unfinished\n" },
    { "a first line that ends early",
      { { C, "GET /abc", 0, CLOSES, 0 } },
      ">1 GET - /abc - +0 cut unfinished\n" },
    { "the response comes early",
      { { C, POST("Content-Length: 4\r\n") "ab", 0, 0, 0 },
        { S, "HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n", 0, 0, 0 },
        { C, "cd" GET("/n"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      "<1 413 Large 1.1 +0 (POST /p)\n>1 POST h /p 1.1 +4\n>2 GET h /n 1.1 +0\n"
      "<2 200 OK 1.1 +0 (GET /n)\n" },
    { "joined in the middle",
      { { S, OK("2\r\n\r\nok"), 0, JOINED, 0 },
        { C, GET("/b"), 0, JOINED, 0 },
        { S, OK("2\r\n\r\nok"), 0, 0, 0 } },
      "<0 200 OK 1.1 +2 no_request\n>1 GET h /b 1.1 +0\n<1 200 OK 1.1 +2 (GET /b)\n" },
    { "who opened it answers",
      { { S, GET("/a"), 0, 0, 0 }, { C, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +0 (GET /a)\n" },
    { "empty lines between messages",
      { { C, "\r\n" GET("/a") "\r\n\r\n" GET("/b"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n>2 GET h /b 1.1 +0\n" },
    { "an absolute target",
      { { C, "GET http://u:secret@h:80/a HTTP/1.1\r\nHost: h:80\r\n\r\n", 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h:80 http://[redacted]@h:80/a 1.1 +0\n"
      "<1 200 OK 1.1 +0 (GET http://[redacted]@h:80/a)\n" },
    { "a target names the host",
      { { C, "GET http://u:p@h/a HTTP/1.0\r\n\r\n", 0, 0, 0 } },
      ">1 GET h http://[redacted]@h/a 1.0 +0\n" },
    { "oddities of requests",
      { { C,
          "GET /1 HTTP/1.1\r\n\r\n"
          "GET /2 HTTP/1.1\nHost: h\n\n"
          "GET /3 HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n"
          "GET /4 HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n"
          "GET http://i/5 HTTP/1.1\r\nHost: h\r\n\r\n"
          "GET /6 HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n"
          "GET  /7 HTTP/1.1\r\nHost: h\r\n\r\n"
          "GET /8 HTTP/1.2\r\nHost: h\r\n\r\n"
          "GET /9%00%0a HTTP/1.1\r\nHost: h\r\n\r\n"
          "GET /10%zz HTTP/1.1\r\nHost: h\r\n\r\n"
          "GET /11 HTTP/1.1\r\nHost : h\r\n\r\n"
          "GET /12 HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n"
          "GET /13 b HTTP/1.1\r\nHost: h\r\n\r\n",
          0, 0, 0 } },
      ">1 GET - /1 1.1 +0 no_host\n>2 GET h /2 1.1 +0 bare_lf\n>3 GET h /3 1.1 +0 folded\n"
      ">4 GET h, i /4 1.1 +0 two_hosts\n>5 GET h http://i/5 1.1 +0 host_differs\n"
      ">6 GET h /6 1.1 +0 bad_header\n>7 GET h /7 1.1 +0 bad_request_line\n"
      ">8 GET h /8 1.2 +0 bad_version\n>9 GET h /9%00%0a 1.1 +0 control\n"
      ">10 GET h /10%zz 1.1 +0 bad_encoding\n>11 GET h /11 1.1 +0 bad_header\n"
      ">12 GET h /12 1.1 +0 bad_header\n>13 GET h /13 b 1.1 +0 bad_request_line\n" },
    { "a NUL", { { C, NUL_HEADER, sizeof NUL_HEADER - 1, 0, 0 } }, ">1 GET h / 1.1 +0 nul\n" },
    { "chunks that two readers could take in two ways",
      { { C, CHUNKED_POST "3\r\nabcX\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3;a\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3\nabc\n0\n\n", 0, 0, 0 },
        { C, CHUNKED_POST "3xyz\r\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST " 3 \r\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3 ;a\r\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3\r\r\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3;a\rb\r\nabc\r\n0\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "3;a=b\r\nabc\r\n0\r\nno colon\r\n\r\n", 0, 0, 0 },
        { C, CHUNKED_POST "0000000000000000003\r\nabc\r\n00\r\n\r\n", 0, 0, 0 } },
      ">1 POST h /p 1.1 +3 smuggling bad_chunk\n>2 POST h /p 1.1 +3 smuggling bare_lf\n"
      ">3 POST h /p 1.1 +3 bare_lf\n>4 POST h /p 1.1 +3 smuggling bad_chunk\n"
      ">5 POST h /p 1.1 +3 smuggling bad_chunk\n>6 POST h /p 1.1 +3 bad_chunk\n"
      ">7 POST h /p 1.1 +3 smuggling bad_chunk\n>8 POST h /p 1.1 +3 smuggling bad_chunk\n"
      ">9 POST h /p 1.1 +3 bad_header\n>10 POST h /p 1.1 +3\n" },
    { "codings of responses",
      { { S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" CHUNKS, 0, 0, 0 },
        { S, "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nContent-Length: 1\r\n\r\na", 0, 0, 0 },
        { S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na", 0,
          0, 0 },
        { S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n" CHUNKS, 0, CLOSES,
          0 } },
      "<0 200 OK 1.1 +19 smuggling no_request\n"
      "<0 200 OK 1.1 +1 smuggling length_and_chunked no_request\n"
      "<0 200 OK 1.1 +1 smuggling length_and_chunked no_request\n"
      "<0 200 OK 1.1 +51 smuggling no_request\n" },
    { "a coding of responses that is none",
      { { S, "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n" CHUNKS, 0, CLOSES, 0 } },
      "<0 200 OK 1.1 +51 smuggling no_request\n" },
    { "an interim response that is not whole",
      { { C, GET("/a"), 0, 0, 0 }, { S, "HTTP/1.1 103 Early\r\nLink: a", 0, CLOSES, 0 } },
      ">1 GET h /a 1.1 +0\n<0 103 Early 1.1 +0 cut unfinished\n" },
    { "secrets",
      { { C, "CONNECT u:PW@h:443 HTTP/1.1\r\n\r\n", 0, 0, 0 },
        { S, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", 0, 0, 0 },
        { C, "GET //u:PW@h/ HTTP/1.1\r\nHost: u:PW@h\r\n\r\n", 0, 0, 0 },
        { C, "GET http://h/a?x=//u:PW@i HTTP/1.0\r\n\r\n", 0, 0, 0 },
        { S, OK("0\r\n\r\n") OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 CONNECT [redacted]@h:443 [redacted]@h:443 1.1 +0 no_host\n"
      "<1 403 No 1.1 +0 (CONNECT [redacted]@h:443)\n"
      ">2 GET [redacted]@h //[redacted]@h/ 1.1 +0\n"
      ">3 GET h http://h/a?x=//[redacted]@i 1.0 +0\n"
      "<2 200 OK 1.1 +0 (GET //[redacted]@h/)\n"
      "<3 200 OK 1.1 +0 (GET http://h/a?x=//[redacted]@i)\n" },
    { "lengths of requests",
      { { C, POST("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") CHUNKS, 0, 0, 0 },
        { C, POST("Content-Length: 2\r\nContent-Length: 2\r\n") "ab", 0, 0, 0 },
        { C, POST("Content-Length: 3,3\r\n") "abc" GET("/"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +19 smuggling length_and_chunked\n"
      ">2 POST h /p 1.1 +2 smuggling two_lengths\n"
      ">3 POST h /p 1.1 +3 smuggling two_lengths\n>4 GET h / 1.1 +0\n" },
    { "oddities of responses",
      { { S,
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1\r\na\r\n0\r\n\r\n"
          "HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n"
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"
          "HTTP/1.9 200 OK\nContent-Length: 0\n\n",
          0, 0, 0 } },
      "<0 200 OK 1.1 +1 smuggling length_and_chunked no_request\n"
      "<0 - OK 1.1 +0 bad_status no_request\n"
      "<0 200 OK 1.1 +1 smuggling two_lengths no_request\n"
      "<0 200 OK 1.9 +0 bare_lf bad_version no_request\n" },
};

static void test_talks(void)
{
    for (size_t i = 0; i < sizeof talks / sizeof *talks; i++) {
        check_talk(&talks[i], 0, SIZE_MAX);
        for (size_t most = 1; most < 8; most++)
            check_talk(&talks[i], 0, most);
        for (size_t first = 1; first < 120; first++)
            check_talk(&talks[i], first, SIZE_MAX);
    }
}

/* A head of `len` bytes: a host, and as many headers as it takes that nobody asks for. */
static void write_head(char *out, size_t len, const char *start)
{
    enum { LINE = 90, ENDS = sizeof "X: \r\n\r\n" - 1 };
    size_t at = (size_t)snprintf(out, len, "%s\r\nHost: h\r\n", start);
    for (; len - at >= 2 * LINE; at += LINE)
        snprintf(out + at, LINE + 1, "X-%04zu: %0*d\r\n", at, LINE - 10, 7);
    snprintf(out + at, len - at + 1, "X: %0*d\r\n\r\n", (int)(len - at - ENDS), 7);
}

/* A plain head says the same in one piece, of which lines are left out, and in two, which are not. */
static void test_heads_in_two(void)
{
    static const size_t lens[] = { 120, 255, 256, 300, 1000, 2047, 4095, 4096, 4097, 6000 };
    static const char *const starts[] = { "GET /a HTTP/1.1", "HTTP/1.1 204 No" };
    static const char *const wants[] = { "GET", "204" };
    static struct script script;
    static char head[6001], one[SCRIPT_OUT];
    for (size_t i = 0; i < 2 * sizeof lens / sizeof *lens; i++) {
        size_t len = lens[i / 2];
        write_head(head, len, starts[i % 2]);
        check_eq_u64(strlen(head), len);
        for (size_t first = len; first > 0; first -= first < 61 ? first : 61) {
            const struct piece pieces[PIECES] = { { i % 2 ? S : C, head, 0, 0, 0 } };
            script_begin(&script, 65536, 64);
            script_pieces(&script, pieces, first, SIZE_MAX);
            script_end(&script, true);
            script_free(&script);
            if (first == len)
                strcpy(one, script.out);
            check(strstr(script.out, wants[i % 2]) != NULL);
            check_eq_text(script.out, one);
        }
    }
}

/* Nothing but HTTP costs more than a look. */
static void test_not_http(void)
{
    static const char *const others[] = { "SSH-2.0-x\r\n", "\x16\x03\x01", "EHLO h\r\n",
                                          "PRI * HTTP/2.1\r\n\r\nSM\r\n\r\n" };
    static struct script script;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const struct piece pieces[PIECES] = { { C, others[i], 0, 0, 0 } };
        script_begin(&script, 65536, 64);
        script_pieces(&script, pieces, 0, SIZE_MAX);
        check_eq_u64(script.status, HTTP_FLOW_DONE);
        check_eq_u64(http_flow_memory(&script.flow), 0);
        script_free(&script);
    }
    script_begin(&script, 65536, 64);
    unsigned tries = 0;
    for (; tries < 1000 && script.status == HTTP_FLOW_ON; tries++)
        script_give(&script, S, (struct chains_bytes){ (const uint8_t *)"<dat", 4 }, JOINED, 0);
    check_eq_u64(tries, 16);
    script_free(&script);
}

static void give_text(struct script *script, enum chains_side side, const char *text)
{
    script_give(script, side, (struct chains_bytes){ (const uint8_t *)text, strlen(text) }, 0,
                0);
}

static void give_many(struct script *script, enum chains_side side, char byte, size_t len)
{
    char text[1001];
    memset(text, byte, 1000);
    for (; len; len -= len < 1000 ? len : 1000) {
        text[len < 1000 ? len : 1000] = 0;
        give_text(script, side, text);
    }
}

static void test_bounds(void)
{
    static struct script script;
    script_begin(&script, 4096, 64); /* a line without end */
    give_text(&script, C, "GET /");
    give_many(&script, C, 'a', 10000);
    give_text(&script, C, GET("/b"));
    script_end(&script, false);
    check_eq_text(script.out, ">1 GET - /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                              "aaaaa...4092 - +0 cut too_long\n>2 GET h /b 1.1 +0\n");
    script_free(&script);

    script_begin(&script, 4096, 64); /* headers without end */
    give_text(&script, C, "GET /a HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 600; i++)
        give_text(&script, C, "X: aaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
    script_end(&script, false);
    check_eq_text(script.out, ">1 GET h /a 1.1 +0 cut too_long\n");
    script_free(&script);

    script_begin(&script, 65536, 64); /* too many of them */
    give_text(&script, C, "GET /a HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 600; i++) {
        char line[32];
        snprintf(line, sizeof line, "X%d: a\r\n", i);
        give_text(&script, C, line);
    }
    give_text(&script, C, "\r\n");
    script_end(&script, false);
    check_eq_text(script.out, ">1 GET h /a 1.1 +0 cut too_long\n");
    script_free(&script);

    script_begin(&script, 65536, 64); /* the line of a chunk */
    give_text(&script, C, CHUNKED_POST "3;");
    size_t before = http_flow_memory(&script.flow);
    give_many(&script, C, 'a', 1021);
    check_eq_u64(http_flow_memory(&script.flow), before); /* nothing of it is kept */
    check_eq_u64(script.len, 0);
    give_many(&script, C, 'a', 2);
    check_eq_text(script.out, ">1 POST h /p 1.1 +0 cut bad_chunk too_long\n");
    script_free(&script);

    script_begin(&script, 4096, 64); /* a trailer without end */
    give_text(&script, C, CHUNKED_POST "0\r\n");
    before = http_flow_memory(&script.flow);
    for (int i = 0; i < 2; i++)
        give_many(&script, C, 'a', 2000);
    check_eq_u64(http_flow_memory(&script.flow), before);
    check_eq_u64(script.len, 0);
    give_many(&script, C, 'a', 100);
    check_eq_text(script.out, ">1 POST h /p 1.1 +0 cut too_long\n");
    script_free(&script);

    script_begin(&script, 65536, 4); /* requests that wait */
    for (int i = 0; i < 6; i++)
        give_text(&script, C, GET("/a"));
    check(script.run.limited);
    check_eq_u64(script.flow.waiting, 4);
    script.len = 0;
    for (int i = 0; i < 6; i++)
        give_text(&script, S, OK("0\r\n\r\n"));
    check_eq_text(script.out, "<1 200 OK 1.1 +0 (GET /a)\n<2 200 OK 1.1 +0 (GET /a)\n"
                              "<3 200 OK 1.1 +0 (GET /a)\n<4 200 OK 1.1 +0 (GET /a)\n"
                              "<0 200 OK 1.1 +0 no_request\n"
                              "<0 200 OK 1.1 +0 no_request\n");
    script.len = 0; /* some were not kept: never again, for this client */
    for (int i = 0; i < 3; i++) {
        give_text(&script, C, GET("/b"));
        give_text(&script, S, OK("0\r\n\r\n"));
    }
    check(strstr(script.out, "(GET") == NULL);
    script_free(&script);
}

static void test_long_life(void)
{
    static struct script script;
    script_begin(&script, 65536, 64);
    for (int i = 0; i < 2000; i++) {
        give_text(&script, C, GET("/a"));
        give_text(&script, S, OK("2\r\n\r\nok"));
        script.len = 0;
        if (http_flow_memory(&script.flow) != 0)
            break;
    }
    check_eq_u64(http_flow_memory(&script.flow), 0); /* nothing is kept between two */
    check_eq_u64(script.flow.requests, 2000);
    script_free(&script);
}

/* The header list of the only message, "name: value" and '|' between them. */
static const char *headers_of(bool credentials, const char *message)
{
    static struct script script;
    static char out[2048];
    struct chains_stream stream = { .side = CHAINS_ORIG };
    script_begin(&script, 65536, 64);
    script.list.arena = &script.arena;
    script.list.headers = true;
    script.list.credentials = credentials;
    script.run.out = &script.list;
    http_flow_take(&script.flow, &script.run, &stream,
                   (struct chains_bytes){ (const uint8_t *)message, strlen(message) });
    const struct chains_http_message *m = script.list.items;
    const struct chains_http_header *header = m ? m->headers.items : NULL;
    out[0] = 0;
    for (uint32_t i = 0; m && i < m->headers.count; i++) {
        size_t n = strlen(out);
        snprintf(out + n, sizeof out - n, "%s%.*s: %.*s", i ? "|" : "", (int)header[i].name.len,
                 (const char *)header[i].name.at, (int)header[i].value.len,
                 (const char *)header[i].value.at);
    }
    script_free(&script);
    return out;
}

static void test_headers(void)
{
    static const char message[] =
        "GET / HTTP/1.1\r\nHost: h\r\nAUTHORIZATION: Basic c2VjcmV0\r\nCookie: a=b\r\n"
        "Proxy-Authorization: x\r\nX-Api-Key: k\r\nReferer: http://u:p@r/\r\nEmpty:\r\n\r\n";
    check_eq_text(headers_of(false, message),
                  "Host: h|AUTHORIZATION: [redacted]|Cookie: [redacted]|"
                  "Proxy-Authorization: [redacted]|X-Api-Key: [redacted]|"
                  "Referer: http://[redacted]@r/|Empty: ");
    check_eq_text(headers_of(true, message),
                  "Host: h|AUTHORIZATION: Basic c2VjcmV0|Cookie: a=b|"
                  "Proxy-Authorization: x|X-Api-Key: k|Referer: http://u:p@r/|Empty: ");
    check_eq_text(headers_of(false, "GET / HTTP/1.1\r\nHost: u:p@h\r\n"
                                    "Referer: http://a/\r\nReferer: http://u:p@b/\r\n"
                                    "Link: <//u:p@c/>; rel=x\r\n\vAuthorization: a\r\n"
                                    "Proxy-Authorization\v: b\r\nCookie;: c\r\n"
                                    "Authorization Basic d\r\n\r\n"),
                  "Host: [redacted]@h|Referer: http://a/, http://[redacted]@b/|"
                  "Link: <//[redacted]@c/>; rel=x|\vAuthorization: [redacted]|"
                  "Proxy-Authorization\v: [redacted]|Cookie;: [redacted]|: [redacted]");
    check_eq_text(headers_of(false, "HTTP/1.1 204 N\r\nSet-Cookie: a=b\r\nset-cookie2: c\r\n"
                                    "Location: http://u:p@h/\r\n\r\n"),
                  "Set-Cookie: [redacted]|set-cookie2: [redacted]|"
                  "Location: http://[redacted]@h/");
}

/* Everything else that a message says. */
static void test_members(void)
{
    static struct script script;
    struct chains_stream ask = { .side = C }, answer = { .side = S };
    static const char request[] = "GET /a%20b?c HTTP/1.1\r\nHost: h\r\nUser-Agent: ua \r\n"
                                  "Referer: r\r\nContent-Type: t/x\r\n\r\n";
    static const char response[] = "HTTP/1.1 302 Found Here\r\nServer: s\r\nLocation: /l\r\n"
                                   "Content-Type: text/html; x\r\nContent-Length: 3\r\n\r\nabc";
    script_begin(&script, 65536, 64);
    script.list.arena = &script.arena;
    script.run.out = &script.list;
    script.run.time_ns = 1000;
    http_flow_take(&script.flow, &script.run, &ask,
                   (struct chains_bytes){ (const uint8_t *)request, sizeof request - 1 });
    script.run.time_ns = 1500;
    http_flow_take(&script.flow, &script.run, &answer,
                   (struct chains_bytes){ (const uint8_t *)response, sizeof response - 1 });
    check_eq_u64(script.list.count, 2);
    const struct chains_http_message *m = script.list.items;
    check_eq_bytes(m[0].path.at, m[0].path.len, "/a b", 4);
    check_eq_bytes(m[0].user_agent.at, m[0].user_agent.len, "ua", 2);
    check_eq_bytes(m[0].referrer.at, m[0].referrer.len, "r", 1);
    check_eq_bytes(m[0].content_type.at, m[0].content_type.len, "t/x", 3);
    check_eq_u64(m[0].has, 0);
    check_eq_bytes(m[1].reason.at, m[1].reason.len, "Found Here", 10);
    check_eq_bytes(m[1].server.at, m[1].server.len, "s", 1);
    check_eq_bytes(m[1].location.at, m[1].location.len, "/l", 2);
    check_eq_bytes(m[1].content_type.at, m[1].content_type.len, "text/html; x", 12);
    check_eq_u64(m[1].content_length, 3);
    check_eq_u64(m[1].latency, 500);
    check_eq_u64(m[1].has, CHAINS_HTTP_HAS_STATUS | CHAINS_HTTP_HAS_LENGTH |
                               CHAINS_HTTP_HAS_LATENCY | CHAINS_HTTP_HAS_REQUEST);
    check_eq_u64(m[1].method.len + m[1].host.len + m[1].uri.len, 0);
    script_free(&script);
}

/* Which side asks, where the other one, or the end, cuts what it asks; whoever opened the flow. */
static void test_client(void)
{
    static struct script script;
    for (unsigned i = 0; i < 6; i++) {
        const enum chains_side asks = i % 2 ? CHAINS_RESP : CHAINS_ORIG;
        const struct chains_stream request = { .side = (uint8_t)asks };
        const struct chains_stream response = { .side = !asks,
                                                .marks =
                                                    i / 2 == 1 ? CHAINS_STREAM_RESETS : 0 };
        static const char asked[] = POST("Content-Length: 9\r\n") "abc";
        static const char said[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
        script_begin(&script, 65536, 64);
        script.list.arena = &script.arena;
        script.run.out = &script.list;
        http_flow_take(&script.flow, &script.run, &request,
                       (struct chains_bytes){ (const uint8_t *)asked, sizeof asked - 1 });
        http_flow_take(&script.flow, &script.run, &response,
                       (struct chains_bytes){ (const uint8_t *)said, sizeof said - 1 });
        if (i / 2 != 1)
            http_flow_end(&script.flow, &script.run, i / 2 == 2);
        check_eq_u64(script.list.count, 2);
        for (uint32_t j = 0; j < script.list.count; j++) {
            const struct chains_http_message *m = &script.list.items[j];
            check_eq_u64(m->complete, 0);
            check_eq_u64(m->client, asks + 1u);
        }
        script_free(&script);
    }
}

int main(void)
{
    test_client();
    test_talks();
    test_heads_in_two();
    test_not_http();
    test_bounds();
    test_long_life();
    test_headers();
    test_members();
    return check_done();
}
