/* SPDX-License-Identifier: MIT */
/*
 * http_meta where something is missing or is not what it should be: what comes behind it, and that no
 * response is joined with a request that may be another's.
 */
#include "http_talk.h"

/* With holes: what comes behind one must begin with new bytes. */
static const struct talk holes[] = {
    { "in a body",
      { { C, POST("Content-Length: 10\r\n") "ab", 0, 0, 0 },
        { C, "ij", 0, 0, 6 },
        { S, OK("10\r\n\r\nab"), 0, 0, 0 },
        { S, "j" OK("0\r\n\r\n"), 0, 0, 7 } },
      ">1 POST h /p 1.1 +4-6 gap\n<1 200 OK 1.1 +3-7 gap (POST /p)\n"
      "<0 200 OK 1.1 +0 no_request\n" },
    { "to the end of a body",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("10\r\n\r\nab"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 8 },
        { C, GET("/b"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2-8 gap (GET /a)\n"
      "<0 200 OK 1.1 +0 no_request\n>2 GET h /b 1.1 +0\n" },
    { "a whole body, to the end of the stream",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("10\r\n\r\n"), 0, 0, 0 },
        { S, NULL, 0, CLOSES, 10 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +0-10 gap (GET /a)\n" },
    { "beyond the end of a body",
      { { C, GET("/a") GET("/b") GET("/c"), 0, 0, 0 },
        { S, OK("4\r\n\r\nab"), 0, 0, 0 },
        { S, OK("1\r\n\r\nx"), 0, 0, 44 } },
      ">1 GET h /a 1.1 +0\n>2 GET h /b 1.1 +0\n>3 GET h /c 1.1 +0\n"
      "<1 200 OK 1.1 +2-2 gap (GET /a)\n<0 200 OK 1.1 +1 no_request\n" },
    { "in a body to the end of the stream",
      { { S, "HTTP/1.0 200 OK\r\n\r\nab", 0, 0, 0 }, { S, "cd", 0, CLOSES, 3 } },
      "<0 200 OK 1.0 +4-3 no_request gap\n" },
    { "in a body inside of TLS, where its length says nothing",
      { { C, GET("/a"), 0, CHAINS_STREAM_INNER, 0 },
        { S, OK("10\r\n\r\nab"), 0, CHAINS_STREAM_INNER, 0 },
        { S, "j", 0, CHAINS_STREAM_INNER, 7 },
        { C, GET("/b"), 0, CHAINS_STREAM_INNER, 0 },
        { S, OK("0\r\n\r\n"), 0, CHAINS_STREAM_INNER, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2 cut gap (GET /a)\n"
      ">2 GET h /b 1.1 +0\n<0 200 OK 1.1 +0 no_request\n" },
    { "in a body inside of TLS, where there is but the mark",
      { { C, GET("/a"), 0, CHAINS_STREAM_INNER, 0 },
        { S, OK("10\r\n\r\nab"), 0, CHAINS_STREAM_INNER, 0 },
        { S, "cdefghij", 0, CHAINS_STREAM_INNER | CHAINS_STREAM_GAP, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2 cut gap (GET /a)\n" },
    { "in a chunk",
      { { C, GET("/a"), 0, 0, 0 },
        { S, CHUNKED "a\r\nab", 0, 0, 0 },
        { S, "ij\r\n0\r\n\r\n" OK("0\r\n\r\n"), 0, 0, 6 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +4-6 gap (GET /a)\n<0 200 OK 1.1 +0 no_request\n" },
    { "to the end of a chunk",
      { { C, GET("/a"), 0, 0, 0 },
        { S, CHUNKED "a\r\nab", 0, 0, 0 },
        { S, "\r\n0\r\n\r\n", 0, 0, 8 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2-8 gap (GET /a)\n" },
    { "beyond the end of a chunk",
      { { C, GET("/a"), 0, 0, 0 },
        { S, CHUNKED "a\r\nab", 0, 0, 0 },
        { S, "0\r\n\r\n", 0, 0, 10 },
        { C, GET("/b"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +2 cut gap (GET /a)\n"
      ">2 GET h /b 1.1 +0\n<0 200 OK 1.1 +0 no_request\n"
      ">3 GET h /c 1.1 +0\n<3 200 OK 1.1 +0 (GET /c)\n" },
    { "in a head",
      { { C, "GET /a HTTP/1.1\r\nHost: h\r\nUser-Ag", 0, 0, 0 },
        { C, "ept: x\r\n\r\n", 0, 0, 20 },
        { C, GET("/b"), 0, 0, 0 },
        { S, "HTTP/1.1 2", 0, 0, 0 },
        { S, "gth: 0\r\n\r\n", 0, 0, 20 },
        { S, OK("1\r\n\r\nx"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0 cut gap\n>2 GET h /b 1.1 +0\n"
      "<0 - - 1.1 +0 cut no_request gap\n<0 200 OK 1.1 +1 no_request\n" },
    { "between messages",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 40 },
        { S, OK("0\r\n\r\n"), 0, 0, 40 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +0 (GET /a)\n"
      ">2 GET h /c 1.1 +0\n<0 200 OK 1.1 +0 no_request\n" },
    { "in front of everything",
      { { C, "ost: h\r\n\r\n", 0, 0, 20 },
        { C, GET("/b"), 0, 0, 0 },
        { S, "cdef", 0, 0, 100 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h /b 1.1 +0\n<0 200 OK 1.1 +0 no_request\n" },
    { "in one direction, and the other goes on",
      { { C, POST("Content-Length: 4\r\n") "a", 0, 0, 0 },
        { S, "HTTP/1.1 2", 0, 0, 0 },
        { S, "xx", 0, 0, 5 },
        { C, "bcd" GET("/n"), 0, 0, 0 } },
      "<1 - - 1.1 +0 cut gap (POST /p)\n>1 POST h /p 1.1 +4\n"
      ">2 GET h /n 1.1 +0\n" },
    { "joined in the middle of a body",
      { { S, "<html>", 0, JOINED, 0 },
        { S, "more", 0, JOINED, 0 },
        { C, GET("/b"), 0, JOINED, 0 },
        { S, OK("0\r\n\r\n"), 0, JOINED, 0 },
        { C, GET("/c"), 0, JOINED, 0 },
        { S, OK("0\r\n\r\n"), 0, JOINED, 0 } },
      ">1 GET h /b 1.1 +0\n<0 200 OK 1.1 +0 no_request\n"
      ">2 GET h /c 1.1 +0\n<2 200 OK 1.1 +0 (GET /c)\n" },
    { "a length that is none, and on with the next packet",
      { { C, POST("Content-Length: x\r\n") "abc", 0, 0, 0 }, { C, GET("/b"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +0 cut bad_length\n>2 GET h /b 1.1 +0\n" },
    { "lengths that are none",
      { { C, POST("Content-Length: -1\r\n") "a", 0, 0, 0 },
        { C, POST("Content-Length: +1\r\n") "a", 0, 0, 0 },
        { C, POST("Content-Length: 0x1\r\n") "a", 0, 0, 0 },
        { C, POST("Content-Length:\r\n") "a", 0, 0, 0 },
        { C, POST("Content-Length: 18446744073709551615\r\n") "a", 0, 0, 0 },
        { C, POST("Content-Length:  1 \r\n") "a", 0, 0, 0 },
        { S, "HTTP/1.1 200 OK\r\nContent-Length: 1a\r\n\r\na", 0, 0, 0 },
        { S, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 0, 0, 0 } },
      ">1 POST h /p 1.1 +0 cut bad_length\n>2 POST h /p 1.1 +0 cut bad_length\n"
      ">3 POST h /p 1.1 +0 cut bad_length\n>4 POST h /p 1.1 +0 cut bad_length\n"
      ">5 POST h /p 1.1 +0 cut bad_length\n>6 POST h /p 1.1 +1\n"
      "<1 200 OK 1.1 +0 cut bad_length (POST /p)\n"
      "<0 200 OK 1.1 +1 smuggling two_lengths no_request\n" },
    { "a chunk that ends the body for some",
      { { C, CHUNKED_POST "0x3\r\nabc\r\n0\r\n\r\n", 0, 0, 0 }, { C, GET("/b"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +0 cut smuggling bad_chunk\n>2 GET h /b 1.1 +0\n" },
    { "a body that was never sent",
      { { C, POST("Content-Length: 30\r\nExpect: 100-continue\r\n"), 0, 0, 0 },
        { S, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", 0, 0, 0 },
        { C, GET("/n"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      "<1 417 No 1.1 +0 (POST /p)\n>1 POST h /p 1.1 +0\n>2 GET h /n 1.1 +0\n"
      "<2 200 OK 1.1 +0 (GET /n)\n" },
    { "a body that looks like a request",
      { { C, POST("Content-Length: 35\r\nExpect: 100-continue\r\n"), 0, 0, 0 },
        { S, "HTTP/1.1 100 C\r\n\r\n", 0, 0, 0 },
        { C, GET("/n") "12345678", 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +35\n<1 200 OK 1.1 +0 after 100 (POST /p)\n" },
    { "bytes in front of the first response",
      { { C, GET("/a"), 0, 0, 0 },
        { S, "hello\r\n" OK("0\r\n\r\n"), 0, 0, 0 },
        { C, GET("/b"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n>2 GET h /b 1.1 +0\n<0 200 OK 1.1 +0 no_request\n"
      ">3 GET h /c 1.1 +0\n<3 200 OK 1.1 +0 (GET /c)\n" },
    { "a request that is missing, known before its response",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 },
        { C, NULL, 0, 0, 40 },
        { S, OK("1\r\n\r\nb"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 0 },
        { S, OK("1\r\n\r\nc"), 0, 0, 0 },
        { C, GET("/d"), 0, 0, 0 },
        { S, OK("1\r\n\r\nd"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +0 (GET /a)\n<0 200 OK 1.1 +1 no_request\n"
      ">2 GET h /c 1.1 +0\n<0 200 OK 1.1 +1 no_request\n"
      ">3 GET h /d 1.1 +0\n<3 200 OK 1.1 +1 (GET /d)\n" },
    { "a request that is missing, known behind the next one",
      { { C, GET("/a"), 0, 0, 0 },
        { S, OK("0\r\n\r\n"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 40 },
        { S, OK("1\r\n\r\nb"), 0, 0, 0 },
        { S, OK("1\r\n\r\nc"), 0, 0, 0 },
        { C, GET("/d"), 0, 0, 0 },
        { S, OK("1\r\n\r\nd"), 0, 0, 0 },
        { C, GET("/e"), 0, 0, 0 },
        { S, OK("1\r\n\r\ne"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +0 (GET /a)\n>2 GET h /c 1.1 +0\n"
      "<0 200 OK 1.1 +1 no_request\n<0 200 OK 1.1 +1 no_request\n"
      ">3 GET h /d 1.1 +0\n<0 200 OK 1.1 +1 no_request\n"
      ">4 GET h /e 1.1 +0\n<4 200 OK 1.1 +1 (GET /e)\n" },
    { "a hole behind requests that wait",
      { { C, GET("/a"), 0, 0, 0 },
        { C, NULL, 0, 0, 40 },
        { S, OK("1\r\n\r\na") OK("1\r\n\r\nb"), 0, 0, 0 },
        { C, GET("/c"), 0, 0, 0 },
        { S, OK("1\r\n\r\nc"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n<1 200 OK 1.1 +1 (GET /a)\n<0 200 OK 1.1 +1 no_request\n"
      ">2 GET h /c 1.1 +0\n<0 200 OK 1.1 +1 no_request\n" },
    { "a response that is missing, known behind the next request",
      { { C, GET("/a"), 0, 0, 0 },
        { C, GET("/b"), 0, 0, 0 },
        { S, OK("1\r\n\r\nb"), 0, 0, 40 },
        { C, GET("/c"), 0, 0, 0 },
        { S, OK("1\r\n\r\nc"), 0, 0, 0 } },
      ">1 GET h /a 1.1 +0\n>2 GET h /b 1.1 +0\n<0 200 OK 1.1 +1 no_request\n"
      ">3 GET h /c 1.1 +0\n<0 200 OK 1.1 +1 no_request\n" },
    { "a coding that is none",
      { { C, POST("Transfer-Encoding: xchunked\r\n") "abc", 0, 0, 0 },
        { C, GET("/b"), 0, 0, 0 } },
      ">1 POST h /p 1.1 +0 cut smuggling\n>2 GET h /b 1.1 +0\n" },
    { "a chunk that is none",
      { { C, POST("Transfer-Encoding: chunked\r\n") "2\r\nab\r\nzz\r\n", 0, 0, 0 },
        { C, GET("/b"), 0, 0, 0 },
        { S, CHUNKED "2\r\nab\r\nzz\r\nabc", 0, CLOSES, 0 } },
      ">1 POST h /p 1.1 +2 cut bad_chunk\n>2 GET h /b 1.1 +0\n"
      "<1 200 OK 1.1 +9 bad_chunk (POST /p)\n" },
};

static void test_holes(void)
{
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
        check_talk(&holes[i], 0, SIZE_MAX);
}

/* Where bytes came behind a hole, or are missing, nobody knows when: there is no latency. */
static void test_latency(void)
{
    static const struct {
        struct piece pieces[PIECES];
        unsigned want;
    } table[] = {
        { { { C, GET("/a"), 0, 0, 0 }, { S, OK("0\r\n\r\n"), 0, 0, 0 } }, 1 },
        { { { C, GET("/a"), 0, 0, 0 }, { S, OK("4\r\n\r\na"), 0, 0, 0 }, { S, "d", 0, 0, 2 } },
          1 },
        { { { C, GET("/a"), 0, 0, 0 }, { S, "HTTP/1.1 200", 0, 0, 0 }, { S, "\r\n", 0, 0, 9 } },
          0 },
        { { { C, POST("Content-Length: 4\r\n") "a", 0, 0, 0 },
            { C, NULL, 0, 0, 3 },
            { S, OK("0\r\n\r\n"), 0, 0, 0 } },
          0 },
        { { { C, GET("/a"), 0, 0, 40 }, { S, OK("0\r\n\r\n"), 0, 0, 0 } }, 0 },
    };
    static struct script script;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        script_begin(&script, 65536, 64);
        script_pieces(&script, table[i].pieces, 0, SIZE_MAX);
        script_end(&script, false);
        script_free(&script);
        check_eq_u64(script.timed, table[i].want);
    }
}

int main(void)
{
    test_holes();
    test_latency();
    return check_done();
}
