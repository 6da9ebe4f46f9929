/* SPDX-License-Identifier: MIT */
/*
 * tls_meta in a chain behind flows: where messages are attached, what is left in `rest`, what flow
 * records say, options, memory that is counted.
 */
#include <stdarg.h>

#include "flow_packets.h"
#include "quic_vectors.h"

#include <chains/layer/http.h>
#include <chains/layer/tls.h>

#include "tls_script.h"
#include "tls_vectors.h"

#include <unistd.h>

#define A 0x0a000001
#define B 0x0a000002

#define FROM(at_, from, port, to, port_to, protocol_)                                          \
    .time = (at_)*MS, .src = from, .sport = port, .dst = to, .dport = port_to,                 \
    .protocol = protocol_

enum { PACKETS_MOST = 64, SEGMENT = 1000 };

static struct packet list[PACKETS_MOST];
static size_t packets;
static uint32_t sequence[2];
static struct wire wires[PACKETS_MOST / 2], body;
static size_t wire_count;
static char out[8192];

static const struct hello hello13 = { .name = "a.test", .seed = 1, .tls13 = true };

/* ---- packets ----------------------------------------------------------------------------- */

static void begin(void)
{
    packets = wire_count = 0;
    sequence[0] = 100;
    sequence[1] = 500;
}

static void tcp(unsigned side, uint16_t flags, const void *bytes, size_t len)
{
    struct packet packet = { FROM((int64_t)packets, A, 4000, B, 8443, TCP),
                             .tcp = flags,
                             .seq = sequence[side],
                             .ack = sequence[!side],
                             .data = bytes,
                             .len = (uint16_t)len };
    if (side) {
        packet.src = B, packet.sport = 8443;
        packet.dst = A, packet.dport = 4000;
    }
    sequence[side] += (uint32_t)len + (flags & (SYN | FIN) ? 1 : 0);
    list[packets++] = packet;
}

static void syn(void)
{
    tcp(0, SYN, NULL, 0);
    tcp(1, SYN | ACK, NULL, 0);
    tcp(0, ACK, NULL, 0);
}

static void fin(void)
{
    tcp(0, FIN | ACK, NULL, 0);
    tcp(1, FIN | ACK, NULL, 0);
    tcp(0, ACK, NULL, 0);
}

static void udp(unsigned side, const void *bytes, size_t len)
{
    struct packet packet = { FROM((int64_t)packets, A, 4000, B, 4433, UDP), .data = bytes,
                             .len = (uint16_t)len };
    if (side) {
        packet.src = B, packet.sport = 4433;
        packet.dst = A, packet.dport = 4000;
    }
    list[packets++] = packet;
}

static struct wire *fresh(void)
{
    struct wire *wire = &wires[wire_count++];
    wire->len = 0;
    return wire;
}

static void hello(void)
{
    struct wire *wire = fresh();
    body.len = 0;
    put_client(&body, &hello13);
    put_records(wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    tcp(0, ACK, wire->at, wire->len);
}

static void answer(void)
{
    struct wire *wire = fresh();
    body.len = 0;
    put_server(&body, &hello13);
    put_records(wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    put_sealed(wire, TLS_APPLICATION_DATA, 2 * SEGMENT);
    for (size_t at = 0; at < wire->len; at += SEGMENT)
        tcp(1, ACK, wire->at + at, wire->len - at < SEGMENT ? wire->len - at : SEGMENT);
}

static void data(unsigned side, size_t len)
{
    struct wire *wire = fresh();
    put_sealed(wire, TLS_APPLICATION_DATA, len);
    tcp(side, ACK, wire->at, wire->len);
}

static size_t from_hex(const char *hex, uint8_t *to)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        to[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

/* ---- the chain --------------------------------------------------------------------------- */

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t n = strlen(out);
    va_list more;
    va_start(more, format);
    vsnprintf(out + n, sizeof out - n, format, more);
    va_end(more);
}

/* With "gap 0" where plaintext is missing. "4 hello in 0": packet, messages, what is left in `rest`; "i": INNER. Packets without bytes: no line. */
static void say_record(const struct chains_record *rec)
{
    static const char *const kinds[] = { "",      "hello",       "server", "chain",
                                         "alert", "established", "failed" };
    const struct chains_tls *tls = chains_get(rec, tls);
    const struct chains_flow *flow = chains_get(rec, flow);
    const struct chains_stream *stream = chains_get(rec, stream);
    if (!tls && !flow && !(stream && stream->len))
        return;
    if (flow)
        say("flow %s", flow->service ? flow->service : "-");
    else
        say("%" PRIu64, rec->number);
    for (uint32_t i = 0; tls && i < tls->tls.count; i++) {
        const struct chains_tls_message *message = tls->tls.items;
        say(" %s", kinds[message[i].kind]);
        if (message[i].has & CHAINS_TLS_HAS_TOOK)
            say(" in %d", (int)(message[i].took / MS));
        if (message[i].ja3 || message[i].ja3s)
            say(" ja3");
    }
    if (stream)
        say(" %s%zu", stream->marks & CHAINS_STREAM_INNER ? "i" : "", rec->rest.len);
    if (stream && stream->marks & CHAINS_STREAM_GAP)
        say(" gap %" PRIu64, stream->gap);
    say("\n");
}

static const char *run(chains_component *tls, struct chains_stats *stats)
{
    const struct chains_record *rec;
    chains_component *flows = chains_flows();
    packet_list(list, packets);
    out[0] = 0;
    chains_link(flows, chains_new(&packet_class, NULL));
    chains_link(tls, flows);
    while ((rec = chains_next(tls)))
        say_record(rec);
    if (chains_error(tls))
        say("%s", chains_error(tls));
    if (stats) {
        *stats = (struct chains_stats){ .size = sizeof *stats };
        chains_stats(tls, stats);
    }
    chains_free(tls);
    return out;
}

/* ---- tests ------------------------------------------------------------------------------- */

static void test_one(void)
{
    struct chains_stats stats;
    begin();
    syn();
    hello();
    answer();
    data(0, 53);
    data(1, 200);
    fin();
    check_eq_text(run(chains_tls_meta(), &stats),
                  "4 hello i0\n5 server in 1 i0\n6 i0\n7 i0\n8 established in 4 i0\n9 i0\n"
                  "flow tls\n");
    check_eq_u64(stats.limited, 0);
    check(stats.memory > 8192 && stats.memory < 1000000);
    check_eq_text(run(chains_tls_meta(.ja3 = true), NULL),
                  "4 hello ja3 i0\n5 server in 1 ja3 i0\n6 i0\n7 i0\n8 established in 4 i0\n"
                  "9 i0\nflow tls\n");
}

/* The same of QUIC: its flow is idle, or the input ends. */
static void test_failed_quic(void)
{
    static uint8_t initial[1400];
    size_t len = from_hex(quic_client_1, initial);
    begin();
    udp(0, initial, len);
    check_eq_text(run(chains_quic_meta(), NULL), "1 hello 0\nflow quic\n");
    udp(0, "x", 1);
    list[1].sport = 4001;
    list[1].time += INT64_C(7200000) * MS;
    check_eq_text(run(chains_quic_meta(), NULL), "1 hello 0\nflow quic failed\n2 1\nflow -\n");
}

static void test_failed(void)
{
    begin();
    syn();
    hello();
    tcp(1, RST | ACK, NULL, 0);
    check_eq_text(run(chains_tls_meta(), NULL), "4 hello i0\n5 failed in 1 i0\nflow tls\n");
    begin();
    syn();
    hello(); /* the input ends, which says nothing of the handshake */
    check_eq_text(run(chains_tls_meta(), NULL), "4 hello i0\nflow tls\n");
    begin();
    syn();
    hello(); /* nothing comes for long, and then of others */
    udp(0, "x", 1);
    list[packets - 1].time += INT64_C(7200000) * MS;
    check_eq_text(run(chains_tls_meta(), NULL),
                  "4 hello i0\nflow tls failed in 7200001\n5 1\nflow -\n");
}

static void test_others(void)
{
    begin();
    syn();
    tcp(0, ACK, "GET / HTTP/1.1\r\n\r\n", 18);
    hello(); /* what comes later is not looked for */
    check_eq_text(run(chains_tls_meta(), NULL), "4 18\n5 76\nflow -\n");
    begin();
    syn();
    tcp(1, ACK, "220 x ESMTP\r\n", 13);
    tcp(0, ACK, "STARTTLS\r\n", 10);
    tcp(1, ACK, "220 go\r\n", 8);
    hello();
    check_eq_text(run(chains_tls_meta(), NULL), "4 13\n5 10\n6 8\n7 hello i0\nflow tls\n");
}

static void test_dtls(void)
{
    struct wire *wire;
    begin();
    wire = fresh();
    body.len = 0;
    put_client_body(&body, &hello13, true);
    put_number(wire, TLS_HANDSHAKE, 1);
    put_number(wire, 0xfefd, 2);
    put_number(wire, 0, 4);
    put_number(wire, 0, 4);
    put_number(wire, (uint32_t)body.len + 12, 2);
    put_number(wire, 1, 1);
    put_number(wire, (uint32_t)body.len, 3);
    put_number(wire, 0, 2);
    put_number(wire, 0, 3);
    put_number(wire, (uint32_t)body.len, 3);
    put(wire, body.at, body.len);
    udp(0, wire->at, wire->len);
    udp(1, "\x80\x01something", 11); /* media of the same ports */
    check_eq_text(run(chains_tls_meta(), NULL), "1 hello i0\n2 11\nflow dtls\n");
    udp(0, "x", 1); /* of other ports, when nothing had come for long */
    list[2].sport = 4001;
    list[2].time += INT64_C(7200000) * MS;
    check_eq_text(run(chains_tls_meta(), NULL),
                  "1 hello i0\n2 11\nflow dtls failed in 7200002\n3 1\nflow -\n");
}

static void test_http_behind(void)
{
    const struct chains_record *rec;
    begin();
    syn();
    hello();
    answer();
    data(0, 53);
    tcp(0, ACK, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27); /* inside TLS it is none */
    chains_component *flows = chains_flows(), *tls = chains_tls_meta();
    chains_component *http = chains_http_meta();
    packet_list(list, packets);
    chains_link(flows, chains_new(&packet_class, NULL));
    chains_link(tls, flows);
    chains_link(http, tls);
    while ((rec = chains_next(http)))
        check(!chains_get(rec, http));
    check(!chains_error(http));
    chains_free(http);
}

/* With keys: what was not opened is marked, and no byte of the stream is said to be lost. */
static void test_keys(void)
{
    enum { HELLO_RANDOM = TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 2 };
    const struct vector *vector = &vectors[0];
    const struct hello hello12 = { .name = "a.test", .cipher = (uint16_t)vector->cipher };
    char path[] = "/tmp/test_tls_meta.XXXXXX";
    int fd = mkstemp(path);
    check(fd >= 0 && write(fd, vector->keys, strlen(vector->keys)) > 0);
    close(fd);
    begin();
    syn();
    for (unsigned side = 0; side < 2; side++) {
        struct wire *wire = fresh();
        body.len = 0;
        if (side)
            put_server(&body, &hello12);
        else
            put_client(&body, &hello12);
        put_records(wire, TLS_HANDSHAKE, body.at, body.len, 65535);
        from_hex(side ? vector->server_random : vector->client_random, wire->at + HELLO_RANDOM);
        put_ccs(wire);
        tcp(side, ACK, wire->at, wire->len);
    }
    for (unsigned i = 0; i < 6; i++) {
        const struct vector_record *record = &vector->records[i];
        struct wire *wire = fresh();
        uint8_t bytes[100];
        size_t len = from_hex(record->hex, bytes);
        bytes[len - 1] ^= i == 2; /* the client's first words */
        put_number(wire, record->type, 1);
        put_number(wire, record->version, 2);
        put_number(wire, len, 2);
        put(wire, bytes, len);
        tcp(record->side, ACK, wire->at, wire->len);
    }
    check_eq_text(run(chains_tls_meta(.keylog = path), NULL),
                  "4 hello i0\n5 server in 1 i0\n6 i0\n7 established in 3 i0\n8 i0\n9 i20\n"
                  "10 i4 gap 0\n11 i10\nflow tls\n");
    unlink(path);
}

static void check_refused(chains_component *tls, const char *want)
{
    packets = 0;
    check_eq_text(run(tls, NULL), want);
}

static void test_options(void)
{
    check_refused(chains_tls_meta(.message_kib = 1025),
                  "tls_meta: message_kib is at most 1024");
    check_refused(chains_tls_meta(.certificates = 65537),
                  "tls_meta: certificates is at most 65536");
    check_refused(chains_tls_meta(.secrets = 1 << 25), "tls_meta: secrets is at most 16777216");
    check_refused(chains_tls_meta(.keylog = "-"),
                  "tls_meta: a key log is a file that is followed while it grows: it cannot be "
                  "standard input");
    chains_component *tls = chains_tls_meta();
    chains_link(tls, chains_new(&packet_class, NULL));
    check(!chains_next(tls));
    check(chains_error(tls) && strstr(chains_error(tls), "stream"));
    chains_free(tls);
    /* A limit that a hello is above. */
    struct chains_stats stats;
    struct hello big = hello13;
    big.padding = 3000;
    begin();
    syn();
    struct wire *wire = fresh();
    body.len = 0;
    put_client(&body, &big);
    put_records(wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    tcp(0, ACK, wire->at, wire->len);
    check_eq_text(run(chains_tls_meta(.message_kib = 2), &stats), "4 hello i0\nflow tls\n");
    check_eq_u64(stats.limited, 1);
}

int main(void)
{
    test_one();
    test_failed();
    test_failed_quic();
    test_others();
    test_dtls();
    test_http_behind();
    test_keys();
    test_options();
    return check_done();
}
