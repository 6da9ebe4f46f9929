/* SPDX-License-Identifier: MIT */
/*
 * http_meta in a chain behind flows: where messages are attached, datagrams, what flow records say,
 * options, memory that is counted.
 */
#include <stdarg.h>

#include "../check.h"
#include "flow_packets.h"

#include <chains/layer/http.h>

#define A 0x0a000001
#define B 0x0a000002

static const char get[] = "GET /a HTTP/1.1\r\nHost: h\r\nCookie: secret\r\n\r\n";
static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
static const char part[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok";
static const char ssh[] = "SSH-2.0-x\r\n";
static const char search[] = "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n";
static const char notify[] = "HTTP/1.1 200 OK\r\nServer: s\r\nST: x\r\n\r\n";
static const char half[] = "GET /half HTTP/1.1\r\nHost: h";
static const char like[] = "GET /no version\r\n";

#define LEN(text) (uint16_t)(sizeof(text) - 1)
#define FROM(at_, from, port, to, port_to, protocol_)                                          \
    .time = (at_)*MS, .src = from, .sport = port, .dst = to, .dport = port_to,                 \
    .protocol = protocol_
#define ASK(at_, ...)                                                                          \
    {                                                                                          \
        FROM(at_, A, 4000, B, 8080, TCP), __VA_ARGS__                                          \
    }
#define ANSWER(at_, ...)                                                                       \
    {                                                                                          \
        FROM(at_, B, 8080, A, 4000, TCP), __VA_ARGS__                                          \
    }
#define GRAM(at_, port, text)                                                                  \
    {                                                                                          \
        FROM(at_, A, 5000, B, port, UDP), .data = text, .len = LEN(text)                       \
    }

/*
 * What came out, a line for each record with messages or of a flow: its number, its messages, the
 * service of its flow.
 */
static char out[8192];

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...)
{
    size_t n = strlen(out);
    va_list more;
    va_start(more, format);
    vsnprintf(out + n, sizeof out - n, format, more);
    va_end(more);
}

static void put_record(const struct chains_record *rec)
{
    const struct chains_http *http = chains_get(rec, http);
    const struct chains_flow *flow = chains_get(rec, flow);
    if (!http && !flow)
        return;
    if (flow)
        put("flow %s", flow->service ? flow->service : "-");
    else
        put("%" PRIu64, rec->number);
    const struct chains_http_message *message = http ? http->http.items : NULL;
    for (uint32_t i = 0; message && i < http->http.count; i++, message++) {
        put(" %.*s%.*s", (int)message->method.len, (const char *)message->method.at,
            (int)message->uri.len, (const char *)message->uri.at);
        if (message->has & CHAINS_HTTP_HAS_STATUS)
            put("%u", message->status);
        if (message->has & CHAINS_HTTP_HAS_LATENCY)
            put(" in %" PRId64 " ms", message->latency / MS);
        put("%s%s%s", message->complete ? "" : " cut",
            message->weird & CHAINS_HTTP_UNFINISHED ? " unfinished" : "",
            message->weird & CHAINS_HTTP_OVER_UDP ? " udp" : "");
        const struct chains_http_header *header = message->headers.items;
        for (uint32_t k = 0; k < message->headers.count; k++)
            put(" %.*s=%.*s", (int)header[k].name.len, (const char *)header[k].name.at,
                (int)header[k].value.len, (const char *)header[k].value.at);
    }
    put("\n");
}

static const char *run(chains_component *http, chains_component *flows,
                       const struct packet *list, size_t count, struct chains_stats *stats)
{
    const struct chains_record *rec;
    packet_plan = (struct packet_plan){ .list = list, .count = count };
    out[0] = 0;
    chains_link(flows, chains_new(&packet_class, NULL));
    chains_link(http, flows);
    while ((rec = chains_next(http)))
        put_record(rec);
    if (chains_error(http))
        put("%s", chains_error(http));
    if (stats)
        chains_stats(http, stats);
    chains_free(http);
    return out;
}

#define RUN(http, flows, list) run(http, flows, list, sizeof list / sizeof *list, NULL)

static const struct packet one[] = {
    ASK(0, .tcp = SYN, .seq = 100),
    ANSWER(1, .tcp = SYN | ACK, .seq = 500, .ack = 101),
    ASK(2, .tcp = ACK, .seq = 101, .ack = 501),
    ASK(3, .tcp = ACK, .seq = 101, .ack = 501, .data = get, .len = LEN(get)),
    ANSWER(9, .tcp = ACK, .seq = 501, .ack = 101 + LEN(get), .data = ok, .len = LEN(ok)),
    ASK(10, .tcp = FIN | ACK, .seq = 101 + LEN(get), .ack = 501 + LEN(ok)),
    ANSWER(11, .tcp = FIN | ACK, .seq = 501 + LEN(ok), .ack = 102 + LEN(get)),
    ASK(12, .tcp = ACK, .seq = 102 + LEN(get), .ack = 502 + LEN(ok)),
};

static void test_one(void)
{
    check_eq_text(RUN(chains_http_meta(), chains_flows(), one),
                  "4 GET/a\n5 200 in 6 ms\nflow http\n");
    check_eq_text(RUN(chains_http_meta(.headers = true), chains_flows(), one),
                  "4 GET/a Host=h Cookie=[redacted]\n5 200 in 6 ms Content-Length=2\n"
                  "flow http\n");
    check_eq_text(
        RUN(chains_http_meta(.headers = true, .credentials = true), chains_flows(), one),
        "4 GET/a Host=h Cookie=secret\n5 200 in 6 ms Content-Length=2\nflow http\n");
}

static void test_ends(void)
{
    static const struct packet input[] = {
        ASK(0, .tcp = SYN, .seq = 100),
        ASK(3, .tcp = ACK, .seq = 101, .data = get, .len = LEN(get)),
        ANSWER(4, .tcp = ACK, .seq = 501, .ack = 101 + LEN(get), .data = part,
               .len = LEN(part)),
        ASK(5, .tcp = ACK, .seq = 101 + LEN(get), .data = half, .len = LEN(half)),
    };
    static const struct packet reset[] = {
        ASK(0, .tcp = SYN, .seq = 100),
        ASK(3, .tcp = ACK, .seq = 101, .data = half, .len = LEN(half)),
        ASK(4, .tcp = RST, .seq = 101 + LEN(half)),
    };
    check_eq_text(RUN(chains_http_meta(), chains_flows(), input),
                  "2 GET/a\nflow http GET/half cut unfinished 200 in 1 ms cut unfinished\n");
    check_eq_text(RUN(chains_http_meta(), chains_flows(), reset),
                  "3 GET/half cut unfinished\nflow http\n");
}

static void test_others(void)
{
    static const struct packet list[] = {
        ASK(0, .tcp = SYN, .seq = 100),
        ASK(3, .tcp = ACK, .seq = 101, .data = ssh, .len = LEN(ssh)),
        ASK(4, .tcp = ACK, .seq = 101 + LEN(ssh), .data = get, .len = LEN(get)),
    };
    check_eq_text(RUN(chains_http_meta(), chains_flows(), list), "flow -\n");
}

static void test_datagrams(void)
{
    static const struct packet list[] = {
        GRAM(1, 1900, search), GRAM(2, 1900, notify), GRAM(3, 99, get), GRAM(4, 99, part),
        GRAM(5, 99, half),     GRAM(6, 99, like),     GRAM(7, 98, ssh),
    };
    check_eq_text(RUN(chains_http_meta(), chains_flows(), list),
                  "1 M-SEARCH*\n2 200\n3 GET/a udp\n4 200 cut unfinished udp\n"
                  "5 GET/half cut unfinished udp\nflow ssdp\nflow http\nflow -\n");
}

static void test_options(void)
{
    chains_component *http = chains_http_meta(.header_kib = 1025);
    check_eq_u64(chains_error_code(http), CHAINS_EUSAGE);
    check(strstr(chains_error(http), "header_kib is at most 1024") != NULL);
    chains_free(http);
    http = chains_http_meta(.transactions = 65537);
    check(strstr(chains_error(http), "transactions is at most 65536") != NULL);
    chains_free(http);
    /* Streams are what it takes. */
    packet_plan = (struct packet_plan){ .list = one, .count = 1 };
    http = chains_http_meta();
    chains_link(http, chains_new(&packet_class, NULL));
    check(strstr(chains_error(http), "takes streams, but") != NULL);
    chains_free(http);
}

static void test_limited(void)
{
    struct chains_stats stats = { .size = sizeof stats };
    const char *text = run(chains_http_meta(), chains_flows(.parsers = 64), one,
                           sizeof one / sizeof *one, &stats);
    check_eq_text(text, "flow -\n");
    check_eq_u64(stats.limited, 1);
    stats = (struct chains_stats){ .size = sizeof stats };
    run(chains_http_meta(), chains_flows(), one, sizeof one / sizeof *one, &stats);
    check_eq_u64(stats.limited, 0);
}

/* So many requests of a connection may wait, without an option, and one more may not. */
static void test_transactions(void)
{
    enum { MOST = 256 };
    static const char ask[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    static char many[(MOST + 1) * LEN(ask)];
    for (size_t i = 0; i <= MOST; i++)
        memcpy(many + i * LEN(ask), ask, LEN(ask));
    for (uint16_t more = 0; more < 2; more++) {
        struct chains_stats stats = { .size = sizeof stats };
        const struct packet list[] = {
            ASK(0, .tcp = SYN, .seq = 100),
            ANSWER(1, .tcp = SYN | ACK, .seq = 500, .ack = 101),
            ASK(2, .tcp = ACK, .seq = 101, .ack = 501, .data = many,
                .len = (uint16_t)((MOST + more) * LEN(ask))),
        };
        run(chains_http_meta(), chains_flows(), list, sizeof list / sizeof *list, &stats);
        check_eq_u64(stats.limited, more);
    }
}

int main(void)
{
    test_one();
    test_ends();
    test_others();
    test_datagrams();
    test_options();
    test_limited();
    test_transactions();
    return check_done();
}
