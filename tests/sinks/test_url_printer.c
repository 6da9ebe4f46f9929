/* SPDX-License-Identifier: MIT */
/*
 * Lines of url_printer: requests and responses with and without every part, targets of every
 * form, which side is the client, hostile and long text, and a chain without the layer. The
 * layers are the test's own.
 */
#include "url_rows.h"

static void test_requests(void)
{
    static const struct row rows[] = {
        { .message = { REQUEST, .method = BYTES("GET"), .host = BYTES("host"),
                       .uri = BYTES("/uri"), .user_agent = BYTES("user agent") },
          .named = true,
          .want = "2015-05-30 00:34:45 - 10.0.0.1(LOCAL) --> 10.0.0.2(www.example) GET "
                  "http://host/uri  [user agent]\n" },
        { .message = { REQUEST, .method = BYTES("POST"), .host = BYTES("h:8080"),
                       .uri = BYTES("/a?b=%00&c=://") },
          .want = ASKS "POST http://h:8080/a?b=%00&c=://\n" },
        { .want = NULL }, /* a packet without HTTP */
        { .message = { REQUEST, .method = BYTES("GET"), .host = BYTES("h"),
                       .uri = BYTES("https://other/x") },
          .want = ASKS "GET https://other/x\n" },
        { .message = { REQUEST, .method = BYTES("CONNECT"), .host = BYTES("h"),
                       .uri = BYTES("h:443") },
          .want = ASKS "CONNECT h:443\n" },
        { .message = { REQUEST, .method = BYTES("OPTIONS"), .host = BYTES("h"),
                       .uri = BYTES("*") },
          .want = ASKS "OPTIONS http://h *\n" },
        { .message = { REQUEST, .method = BYTES("GET"), .uri = BYTES("/") },
          .want = ASKS "GET http://10.0.0.2/\n" },
        { .message = { REQUEST, .method = BYTES("GET"), .uri = BYTES("/") },
          .port = 8000,
          .want = ASKS "GET http://10.0.0.2:8000/\n" },
        { .message = { .weird = CHAINS_HTTP_SMUGGLING | CHAINS_HTTP_TWO_LENGTHS,
                       .complete = 1 },
          .want = ASKS "http://10.0.0.2 WEIRD: ['smuggling', 'two_lengths']\n" },
        { .message = { REQUEST, .method = BYTES("G\x1bT"), .host = BYTES("h\n\xff"),
                       .uri = BYTES("/\xe2\x80\xae\xc3\xa9\\"), .user_agent = BYTES("\0\x9b") },
          .want = ASKS "G\\x1bT http://h\\n\\xff/\\xe2\\x80\\xae\xc3\xa9\\\\  [\\x00\\x9b]\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_responses(void)
{
    static const struct row rows[] = {
        { .message = { .kind = CHAINS_HTTP_RESPONSE,
                       .complete = 1,
                       .has = CHAINS_HTTP_HAS_STATUS | CHAINS_HTTP_HAS_LATENCY |
                              CHAINS_HTTP_HAS_REQUEST,
                       .status = 200,
                       .reason = BYTES("OK"),
                       .content_type = BYTES("text/html; charset=utf-8"),
                       .body_len = 1234,
                       .latency = 12000000,
                       .request = { BYTES("GET"), BYTES("host"), BYTES("/uri") } },
          .swapped = true,
          .want = ANSWERS "200 OK text/html 1234 bytes (12ms) http://host/uri\n" },
        { .message = { RESPONSE, .status = 304 },
          .swapped = true,
          .want = ANSWERS "304 0 bytes\n" },
        { .message = { .kind = CHAINS_HTTP_RESPONSE,
                       .complete = 1,
                       .has = CHAINS_HTTP_HAS_REQUEST,
                       .body_len = UINT64_MAX,
                       .weird = CHAINS_HTTP_UNFINISHED,
                       .request = { BYTES("CONNECT"), BYTES(""), BYTES("a:1") } },
          .swapped = true,
          .want = ANSWERS "??? 18446744073709551615 bytes a:1 WEIRD: ['unfinished']\n" },
        { .message = { .kind = CHAINS_HTTP_RESPONSE,
                       .complete = 1,
                       .has = CHAINS_HTTP_HAS_STATUS | CHAINS_HTTP_HAS_REQUEST,
                       .status = 65535,
                       .reason = BYTES("No\rway"),
                       .content_type = BYTES(";"),
                       .request = { BYTES(""), BYTES(""), BYTES("/") } },
          .swapped = true,
          .port = 8000,
          .want = ANSWERS "65535 No\\rway 0 bytes http://10.0.0.2:8000/\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

/* HTTP out of TLS: another scheme, and the port that goes without saying. */
static void test_inner(void)
{
    static const struct row rows[] = {
        { .message = { REQUEST, .method = BYTES("GET"), .host = BYTES("host"),
                       .uri = BYTES("/uri") },
          .marks = CHAINS_STREAM_INNER | CHAINS_STREAM_GAP,
          .port = 443,
          .want = ASKS "GET https://host/uri\n" },
        { .message = { REQUEST, .uri = BYTES("/1") },
          .marks = CHAINS_STREAM_INNER,
          .port = 443,
          .want = ASKS "https://10.0.0.2/1\n" },
        { .message = { REQUEST, .uri = BYTES("/2") },
          .marks = CHAINS_STREAM_INNER,
          .want = ASKS "https://10.0.0.2:80/2\n" },
        { .message = { REQUEST, .uri = BYTES("/3") },
          .port = 443,
          .want = ASKS "http://10.0.0.2:443/3\n" },
        { .message = { RESPONSE | CHAINS_HTTP_HAS_REQUEST, .status = 200,
                       .request = { BYTES("GET"), BYTES("h"), BYTES("/4") } },
          .marks = CHAINS_STREAM_INNER,
          .swapped = true,
          .want = ANSWERS "200 0 bytes https://h/4\n" },
        { .message = { .kind = CHAINS_HTTP_REQUEST, .uri = BYTES("/5") },
          .where = ON_FLOW,
          .port = 443,
          .service = "tls",
          .want = ASKS "https://10.0.0.2/5\n" },
        { .message = { .kind = CHAINS_HTTP_REQUEST, .uri = BYTES("/6") },
          .where = ON_FLOW,
          .service = "http",
          .want = ASKS "http://10.0.0.2/6\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

/* Who the client is: by the sender of what is whole, else by who opened the flow. */
static void test_sides(void)
{
    static const struct row rows[] = {
        /* whole, whatever is thought of the flow */
        { .message = { REQUEST, .uri = BYTES("/1") },
          .side = CHAINS_RESP,
          .want = ASKS "http://10.0.0.2/1\n" },
        { .message = { RESPONSE, .status = 200 },
          .side = CHAINS_ORIG,
          .swapped = true,
          .want = ANSWERS "200 0 bytes\n" },
        /* broken off by the client's reset, by the server's, by the end of the flow */
        { .message = { .kind = CHAINS_HTTP_RESPONSE },
          .side = CHAINS_ORIG,
          .want = ANSWERS "??? 0 bytes\n" },
        { .message = { .kind = CHAINS_HTTP_REQUEST, .uri = BYTES("/2") },
          .side = CHAINS_RESP,
          .swapped = true,
          .want = ASKS "http://10.0.0.2/2\n" },
        { .message = { .kind = CHAINS_HTTP_RESPONSE },
          .where = ON_FLOW,
          .want = ANSWERS "??? 0 bytes\n" },
        { .message = { .kind = CHAINS_HTTP_REQUEST, .uri = BYTES("/3") },
          .where = ON_FLOW,
          .want = ASKS "http://10.0.0.2/3\n" },
        /* the same where the side of the client is known, whoever opened the flow */
        { .message = { .kind = CHAINS_HTTP_REQUEST,
                       .uri = BYTES("/2"),
                       .client = CHAINS_RESP + 1 },
          .side = CHAINS_ORIG,
          .swapped = true,
          .want = ASKS "http://10.0.0.2/2\n" },
        { .message = { .kind = CHAINS_HTTP_REQUEST,
                       .uri = BYTES("/2"),
                       .client = CHAINS_RESP + 1 },
          .where = ON_FLOW,
          .swapped = true,
          .want = ASKS "http://10.0.0.2/2\n" },
        /* a server's promise is on its own packet, and goes its way */
        { .message = { REQUEST, .uri = BYTES("/p"), .pushed = 1 },
          .side = CHAINS_RESP,
          .swapped = true,
          .want = ANSWERS "http://10.0.0.2/p\n" },
        /* bytes behind a hole */
        { .message = { REQUEST, .uri = BYTES("/4") },
          .where = ON_EVENT,
          .want = ASKS "http://10.0.0.2/4\n" },
        { .message = { .kind = CHAINS_HTTP_RESPONSE },
          .where = ON_EVENT,
          .side = CHAINS_RESP,
          .swapped = true,
          .want = ANSWERS "??? 0 bytes\n" },
        { .message = { REQUEST, .method = BYTES("GET"), .uri = BYTES("/5") },
          .where = NOWHERE,
          .want = "2015-05-30 00:34:45 - GET http:///5\n" },
    };
    check_rows(rows, sizeof rows / sizeof *rows);
}

static void test_color(void)
{
    static const struct row row = {
        .message = { REQUEST, .uri = BYTES("/"), .weird = CHAINS_HTTP_SMUGGLING },
        .named = true,
        .want = "",
    };
    char *text = printed(&row, 1, true);
    check_eq_text(text, "2015-05-30 00:34:45 - 10.0.0.1(\033[36mLOCAL\033[0m) --> "
                        "10.0.0.2(\033[36mwww.example\033[0m) http://10.0.0.2/"
                        "\033[33m WEIRD: ['smuggling']\033[0m\n");
    free(text);
}

/* Longer than any buffer, and every byte of it escaped. */
static void test_long(void)
{
    enum { LONG = 200000 };
    static uint8_t uri[LONG];
    memset(uri, 0x1b, sizeof uri);
    uri[0] = '/';
    const struct row row = { .message = { REQUEST, .uri = { uri, LONG } }, .want = "" };
    char *text = printed(&row, 1, false);
    size_t begin = strlen(ASKS "http://10.0.0.2/");
    check_eq_u64(strlen(text), begin + 4 * (LONG - 1) + 1);
    check(memcmp(text + begin, "\\x1b\\x1b", 8) == 0 && strchr(text, '\x1b') == NULL);
    free(text);
}

static void test_without(void)
{
    chains_component *meta = chains_packet_meta(), *sink = chains_url_printer(.path = "-");
    chains_link(meta, chains_packet_streamer(.iface_name = "/nonexistent"));
    chains_link(sink, meta);
    check_eq_u64(chains_check(sink), CHAINS_EUSAGE);
    check_eq_text(chains_error(sink),
                  "url_printer: no layer \"http\" or \"tls\" here: put http_meta or tls_meta "
                  "before it");
    chains_free(sink);
}

int main(void)
{
    test_requests();
    test_responses();
    test_inner();
    test_sides();
    test_color();
    test_long();
    test_without();
    return check_done();
}
