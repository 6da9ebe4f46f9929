/* SPDX-License-Identifier: MIT */
/*
 * Lines of url_printer: requests and responses with and without every part, targets of every form,
 * which side is the client, hostile and long text, and a chain without the layer. The layers are
 * the test's own.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/ip.h>
#include <chains/layer/stream.h>
#include <chains/layer/tcp.h>

#include "../check.h"

#include <stdlib.h>

static const struct chains_name weirds[] = {
    { CHAINS_HTTP_SMUGGLING, "smuggling" },
    { CHAINS_HTTP_TWO_LENGTHS, "two_lengths" },
    { CHAINS_HTTP_UNFINISHED, "unfinished" },
    { 0, NULL },
};
static const struct chains_field message_fields[] = {
    CHAINS_FIELD(chains_http_message, weird, FLAGS, "oddities", .names = weirds),
    CHAINS_FIELDS_END,
};
static const struct chains_field http_fields[] = {
    CHAINS_FIELD_LIST(chains_http, http, chains_http_message, message_fields, "messages"),
    CHAINS_FIELDS_END,
};
static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };

#define TYPE(name_, slot_, layer, fields_)                                                     \
    static const struct chains_layer_type name_##_type = {                                     \
        #slot_, #name_, sizeof(struct layer), fields_, CHAINS_ID_##name_, CHAINS_SLOT_##slot_  \
    }
TYPE(http, http, chains_http, http_fields);
TYPE(ip4, packet, chains_ip, no_fields);
TYPE(tcp, transport, chains_tcp, no_fields);
TYPE(stream, stream, chains_stream, no_fields);
TYPE(flow, flow, chains_flow, no_fields);
TYPE(endpoints, endpoints, chains_endpoints, no_fields);
TYPE(domains, domains, chains_domains, no_fields);
static const struct chains_layer_type *const attaches[] = {
    &http_type, &ip4_type,       &tcp_type,     &stream_type,
    &flow_type, &endpoints_type, &domains_type, NULL,
};

#define BYTES(text)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }

enum where { ON_PACKET, ON_EVENT, ON_FLOW, NOWHERE };

/* 10.0.0.1:5000 is the record's source, 10.0.0.2:PORT its destination. */
struct row {
    struct chains_http_message message;
    enum where where;
    uint8_t side; /* of the stream: who opened the flow */
    bool named, swapped;
    uint16_t port; /* 0: 80 */
    const char *want;
};

static const struct row *row_at;
static size_t row_count;

static void rows_ends(chains_component *self, struct chains_record *rec, const struct row *row)
{
    struct chains_endpoints ends = { .sport = 5000,
                                     .dport = row->port ? row->port : 80,
                                     .protocol = 6 };
    check(chains_addr_parse("10.0.0.1", row->swapped ? &ends.dst : &ends.src));
    check(chains_addr_parse("10.0.0.2", row->swapped ? &ends.src : &ends.dst));
    if (row->swapped) {
        ends.dport = ends.sport;
        ends.sport = row->port ? row->port : 80;
    }
    if (row->where == ON_EVENT)
        *(struct chains_endpoints *)chains_attach(self, rec, &endpoints_type) = ends;
    if (row->where == ON_FLOW)
        *(struct chains_flow *)chains_attach(self, rec, &flow_type) =
            (struct chains_flow){ .src = ends.src,
                                  .dst = ends.dst,
                                  .sport = ends.sport,
                                  .dport = ends.dport,
                                  .protocol = 6 };
    if (row->where == ON_PACKET) {
        *(struct chains_ip *)chains_attach(self, rec, &ip4_type) =
            (struct chains_ip){ .version = 4, .src = ends.src, .dst = ends.dst, .protocol = 6 };
        *(struct chains_tcp *)chains_attach(self, rec, &tcp_type) =
            (struct chains_tcp){ .sport = ends.sport, .dport = ends.dport };
    }
    if (row->where == ON_PACKET || row->where == ON_EVENT)
        *(struct chains_stream *)chains_attach(self, rec, &stream_type) =
            (struct chains_stream){ .side = row->side };
    if (row->named)
        *(struct chains_domains *)chains_attach(self, rec, &domains_type) =
            (struct chains_domains){ .src = "LOCAL", .dst = "www.example" };
}

static int rows_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == row_count)
        return CHAINS_END;
    const struct row *row = &row_at[(*at)++];
    struct chains_record *rec = chains_batch_add(out);
    rec->time_ns = INT64_C(1432946085000000000);
    rows_ends(self, rec, row);
    if (row->want)
        *(struct chains_http *)chains_attach(self, rec, &http_type) =
            (struct chains_http){ { &row->message, 1 } };
    return CHAINS_OK;
}

static const struct chains_class rows_class = {
    .name = "rows",
    .brief = "messages of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_STREAMS | CHAINS_EVENTS | CHAINS_FLOWS,
    .state_size = sizeof(size_t),
    .attaches = attaches,
    .next = rows_next,
};

/* What is printed for rows; to be freed. */
static char *printed(const struct row *rows, size_t count, bool color)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    row_at = rows;
    row_count = count;
    chains_component *sink = chains_url_printer(.out = out, .color = color);
    chains_link(sink, chains_new(&rows_class, NULL));
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(sink, &stats);
    check_eq_u64(stats.out, count);
    chains_free(sink);
    fclose(out);
    return text;
}

#define ASKS     "2015-05-30 00:34:45 - 10.0.0.1 --> 10.0.0.2 "
#define ANSWERS  "2015-05-30 00:34:45 - 10.0.0.1 <-- 10.0.0.2 "
#define REQUEST  .kind = CHAINS_HTTP_REQUEST, .complete = 1
#define RESPONSE .kind = CHAINS_HTTP_RESPONSE, .complete = 1, .has = CHAINS_HTTP_HAS_STATUS

static void check_rows(const struct row *rows, size_t count)
{
    char want[16384] = "";
    for (size_t i = 0; i < count; i++) {
        char *one = printed(&rows[i], 1, false);
        check_eq_text(one, rows[i].want ? rows[i].want : "");
        free(one);
        strcat(want, rows[i].want ? rows[i].want : "");
    }
    char *all = printed(rows, count, false);
    check_eq_text(all, want);
    free(all);
}

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
                  "url_printer: no layer \"http\" here: put http_meta before it");
    chains_free(sink);
}

int main(void)
{
    test_requests();
    test_responses();
    test_sides();
    test_color();
    test_long();
    test_without();
    return check_done();
}
