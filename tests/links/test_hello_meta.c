/* SPDX-License-Identifier: MIT */
/*
 * ClientHellos out of packets alone: whole, in two segments of any order, in bytes, sent again; QUIC
 * over several datagrams; what is no hello; and everything that is bounded.
 */
#include <chains/components.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include "links/hello_stream.h"
#include "quic_talk.h"
#include "tls_script.h"

enum { GIVEN = 5000, TOLD = 8192, SECOND = 1000 * 1000 * 1000, TCP = 6, UDP = 17 };

/* A packet of client number `client`. */
struct given {
    uint8_t protocol;
    uint16_t client, flags;
    uint32_t seq;
    const uint8_t *at;
    size_t len;
    int64_t time_ns;
    bool snapped, known;
};

static struct given given[GIVEN];
static size_t given_count, given_next, given_batch;
static char told[TOLD];
static struct chains_stats stats;
static int status;
static struct wire body, stream;
static struct talk talk;

/* ---- a source of them ----------------------------------------------------------------------- */

enum { IP, TCP_LAYER, UDP_LAYER, TLS_LAYER, LAYERS };

static const struct chains_layer_type *source_layers[LAYERS + 1];

static void source_fill(chains_component *self, struct chains_record *rec,
                        const struct given *one)
{
    rec->kind = CHAINS_PACKETS;
    rec->number = given_next;
    rec->time_ns = one->time_ns;
    rec->rest = (struct chains_bytes){ one->at, one->len };
    rec->flags = one->snapped ? CHAINS_SNAPPED : 0;
    struct chains_ip *ip = chains_attach(self, rec, source_layers[IP]);
    memset(ip, 0, sizeof *ip);
    ip->version = 4;
    chains_addr_parse("10.0.0.1", &ip->src);
    chains_addr_parse("192.0.2.1", &ip->dst);
    ip->src.octets[2] = (uint8_t)(one->client >> 8);
    ip->src.octets[3] = (uint8_t)one->client;
    ip->protocol = one->protocol;
    if (one->protocol == TCP) {
        struct chains_tcp *tcp = chains_attach(self, rec, source_layers[TCP_LAYER]);
        memset(tcp, 0, sizeof *tcp);
        tcp->sport = 50000;
        tcp->dport = 443;
        tcp->seq = one->seq;
        tcp->flags = one->flags;
    } else {
        struct chains_udp *udp = chains_attach(self, rec, source_layers[UDP_LAYER]);
        memset(udp, 0, sizeof *udp);
        udp->sport = 50000;
        udp->dport = 443;
    }
    if (one->known) {
        struct chains_tls *tls = chains_attach(self, rec, source_layers[TLS_LAYER]);
        memset(tls, 0, sizeof *tls);
    }
}

static int source_next(chains_component *self, struct chains_batch *out)
{
    if (given_next == given_count)
        return CHAINS_END;
    for (size_t i = 0; i < given_batch && given_next < given_count; i++) {
        const struct given *one = &given[given_next++];
        source_fill(self, chains_batch_add(out), one);
    }
    return CHAINS_OK;
}

static const struct chains_class source_class = {
    .name = "given",
    .brief = "packets",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .attaches = source_layers,
    .next = source_next,
};

static void source_types(void)
{
    static const uint8_t ids[LAYERS] = { CHAINS_ID_ip4, CHAINS_ID_tcp, CHAINS_ID_udp,
                                         CHAINS_ID_tls };
    const struct chains_layer_type *types[CHAINS_IDS];
    size_t count = chains_layer_types(types, CHAINS_IDS);
    for (size_t i = 0; i < count; i++)
        for (size_t layer = 0; layer < LAYERS; layer++)
            if (types[i]->id == ids[layer])
                source_layers[layer] = types[i];
}

/* ---- what is given, and what is told -------------------------------------------------------- */

static void begin(void)
{
    given_count = 0;
    given_batch = 7;
}

static struct given *give(uint8_t protocol, const uint8_t *at, size_t len)
{
    struct given *one = &given[given_count++];
    *one = (struct given){
        .protocol = protocol,
        .client = 1,
        .flags = CHAINS_TCP_ACK,
        .at = at,
        .len = len,
        .time_ns = (int64_t)given_count * 1000,
    };
    return one;
}

/* Bytes from .. to of the stream; its first byte has the sequence number 100. */
static struct given *segment(size_t from, size_t to)
{
    struct given *one = give(TCP, stream.at + from, to - from);
    one->seq = 100 + (uint32_t)from;
    return one;
}

static void give_syn(void)
{
    struct given *one = give(TCP, NULL, 0);
    one->seq = 99;
    one->flags = CHAINS_TCP_SYN;
}

static void tell(const struct chains_record *rec)
{
    const struct chains_tls *tls = chains_get(rec, tls);
    size_t len = strlen(told);
    for (uint32_t i = 0; tls && i < tls->tls.count; i++) {
        const struct chains_tls_message *message =
            (const struct chains_tls_message *)tls->tls.items + i;
        len += (size_t)snprintf(told + len, sizeof told - len, "%s%u %s%.*s%s", len ? ", " : "",
                                (unsigned)rec->number,
                                message->kind == CHAINS_TLS_CLIENT_HELLO ? "" : "other ",
                                (int)message->sni.len, (const char *)message->sni.at,
                                message->weird & CHAINS_TLS_GAP ? " gap" : "");
    }
}

/* "3 a.test, 5 b.test": packets and the names they completed. */
static const char *run_with(const struct chains_hello_meta_options *options)
{
    chains_component *last = chains_hello_meta_new(options);
    chains_component *source = chains_new(&source_class, NULL);
    const struct chains_record *rec;
    given_next = 0;
    stats = (struct chains_stats){ .size = sizeof stats };
    told[0] = '\0';
    chains_link(last, source);
    while ((rec = chains_next(last)))
        tell(rec);
    status = chains_error_code(last);
    if (status)
        snprintf(told, sizeof told, "%s", chains_error(last));
    chains_stats(last, &stats);
    chains_free(last);
    return told;
}

static const char *run(void)
{
    return run_with(NULL);
}

/* A hello in records of at most `most` bytes. */
static void make_hello(const char *name, unsigned padding, size_t most)
{
    const struct hello hello = { .name = name, .tls13 = true, .padding = padding };
    body.len = stream.len = 0;
    put_client(&body, &hello);
    put_records(&stream, TLS_HANDSHAKE, body.at, body.len, most);
}

/* ---- TCP ------------------------------------------------------------------------------------ */

static void check_whole(void)
{
    make_hello("a.test", 0, 16384);
    begin();
    segment(0, stream.len);
    give(TCP, stream.at, stream.len)->client = 2;
    give(TCP, stream.at, stream.len)->known = true;
    segment(0, stream.len)->flags = CHAINS_TCP_SYN;
    check_eq_text(run(), "1 a.test, 2 a.test, 4 a.test");
    check_eq_u64(stats.limited, 0);
    put_sealed(&stream, TLS_APPLICATION_DATA, 40);
    begin();
    segment(0, stream.len);
    check_eq_text(run(), "1 a.test");
}

/* In front of and behind every byte, in both orders. */
static void check_two(void)
{
    char both[64];
    for (size_t most = 16384; most > 0; most /= 40) {
        make_hello("two.test", 300, most);
        for (size_t at = 1; at<stream.len; at += most> 1000 ? 1 : 5) {
            begin();
            segment(0, at);
            segment(at, stream.len);
            if (strcmp(run(), "2 two.test") != 0)
                check_eq_u64(at, 0);
            begin();
            give_syn();
            segment(at, stream.len);
            segment(0, at);
            snprintf(both, sizeof both, "%s", run());
            given_batch = 1;
            if (strcmp(both, "3 two.test") != 0 || strcmp(run(), both) != 0)
                check_eq_u64(at, 0);
            check_eq_u64(stats.limited, 0);
        }
    }
}

static void check_many(void)
{
    make_hello("many.test", 500, 1);
    begin();
    for (size_t i = 0; i < stream.len; i++)
        segment(i, i + 1);
    snprintf(told, sizeof told, "%u many.test", (unsigned)stream.len);
    char want[64];
    snprintf(want, sizeof want, "%u many.test", (unsigned)stream.len);
    check_eq_text(run(), want);
    /* Three, the last of them first, and one between that is longer than what may be missing. */
    make_hello("many.test", 3000, 16384);
    begin();
    give_syn();
    segment(2000, stream.len);
    segment(1000, 2000);
    segment(0, 1000);
    check_eq_text(run(), "4 many.test");
    begin();
    segment(0, 1000);
    segment(2000, stream.len);
    segment(1000, 2000);
    check_eq_text(run(), "3 many.test");
    begin();
    segment(2000, stream.len); /* nobody knows what it is */
    segment(0, 1000);
    segment(1000, 2000);
    check_eq_text(run(), "");
}

static void check_again(void)
{
    make_hello("again.test", 1000, 400);
    begin();
    segment(0, 500);
    segment(0, 500);
    segment(100, 400);
    segment(300, 700); /* half of it again */
    segment(800, 900);
    segment(800, 900);
    segment(0, 800);
    segment(900, stream.len);
    check_eq_text(run(), "8 again.test");
    /* Sent again with other bytes: the first copy counts. */
    static uint8_t other[500];
    begin();
    segment(0, 500);
    give(TCP, other, sizeof other)->seq = 100;
    segment(500, stream.len);
    check_eq_text(run(), "3 again.test");
    /* Over the end of the sequence numbers. */
    begin();
    for (size_t at = 0; at < stream.len; at += 100) {
        const size_t end = at + 100 < stream.len ? at + 100 : stream.len;
        segment(at, end)->seq = 0u - 50 + (uint32_t)at;
    }
    char want[64];
    snprintf(want, sizeof want, "%u again.test", (unsigned)given_count);
    check_eq_text(run(), want);
}

/* The ports are used again, and the clock goes on. */
static void check_time(void)
{
    make_hello("time.test", 1000, 16384);
    begin();
    segment(0, 500);
    segment(0, 500)->seq += 1000000;
    segment(500, stream.len); /* the first one's, that is gone */
    segment(500, stream.len)->seq += 1000000;
    check_eq_text(run(), "4 time.test");
    static const int64_t waits[] = { 9, 11, -9, -11 };
    for (size_t i = 0; i < 4; i++) {
        begin();
        segment(0, 500)->time_ns = INT64_C(20) * SECOND;
        segment(500, stream.len)->time_ns = (20 + waits[i]) * SECOND;
        check_eq_text(run(), i % 2 == 0 ? "2 time.test" : "");
        check_eq_u64(stats.limited, 0);
    }
    begin();
    segment(0, 500)->time_ns = INT64_MIN / 2;
    segment(500, stream.len)->time_ns = INT64_MAX / 2;
    segment(0, 500)->time_ns = 0;
    check_eq_text(run(), "");
}

/* Nothing of it is told, and nothing kept; `touched` bytes of the pool were needed for a moment. */
static void nothing_of(const char *what, size_t touched)
{
    static size_t empty;
    const size_t count = given_count;
    given_count = 0;
    if (!empty) {
        run();
        empty = stats.memory;
    }
    given_count = count;
    if (!check(*run() == '\0' && stats.memory <= empty + touched))
        printf("# %s: %s\n", what, told);
}

static void nothing(const char *what)
{
    nothing_of(what, 0);
}

static void check_others(void)
{
    static const char *const texts[] = { "GET / HTTP/1.1\r\n\r\n", "\x16", "\x16\x03",
                                         "\x16\x03\x01\x02\x00\x02" };
    begin();
    give(TCP, (const uint8_t *)texts[0], strlen(texts[0]));
    nothing("HTTP");
    make_hello("no.test", 0, 16384);
    stream.at[5] = TLS_SERVER_HELLO;
    begin();
    segment(0, stream.len);
    nothing("server");
    stream.len = 0;
    put_sealed(&stream, TLS_APPLICATION_DATA, 400);
    begin();
    segment(0, 200);
    segment(200, stream.len);
    nothing("sealed");
    make_hello("no.test", HELLO_MOST, 16000);
    begin();
    for (size_t at = 0; at < stream.len; at += 1000)
        segment(at, at + 1000 < stream.len ? at + 1000 : stream.len);
    nothing("too long");
    make_hello("no.test", 0, 20);
    stream.at[25] = TLS_ALERT; /* a record of another kind between two of the hello */
    begin();
    segment(0, stream.len);
    nothing_of("interrupted", 4096);
    /* Segments that have nothing in front of them, of connections that open. */
    static uint8_t noise[1000];
    begin();
    for (uint16_t client = 0; client < 500; client++) {
        give_syn();
        given[given_count - 1].client = client;
        for (uint32_t i = 1; i < 4; i++) {
            struct given *one = give(TCP, noise, sizeof noise);
            one->client = client;
            one->seq = 100 + i * 1000;
        }
    }
    nothing("ahead of nothing");
    check_eq_u64(stats.limited, 0);
}

/* Every beginning of a hello, alone, and with something else behind it. */
static void check_prefixes(void)
{
    static uint8_t noise[3000];
    memset(noise, 0xee, sizeof noise);
    make_hello("prefix.test", 100, 16384);
    for (size_t len = 0; len < stream.len; len++) {
        uint8_t *alone = malloc(len ? len : 1); /* so that reading behind it shows */
        memcpy(alone, stream.at, len);
        begin();
        give(TCP, alone, len)->seq = 100;
        if (*run())
            check_eq_u64(len, 0);
        give(TCP, noise, sizeof noise)->seq = 100 + (uint32_t)len;
        run();
        if (status)
            check_eq_u64(len, 0);
        begin();
        give(TCP, alone, len)->seq = 100;
        given[0].snapped = true;
        run();
        free(alone);
    }
    begin();
    segment(0, stream.len - 30)->snapped = true; /* as far as it goes: the name is in it */
    segment(stream.len - 30, stream.len);
    check_eq_text(run(), "1 prefix.test gap");
}

static void check_bounds(void)
{
    make_hello("bound.test", 3000, 16384);
    const size_t half = 2500;
    begin();
    for (uint16_t client = 1; client <= 3; client++)
        segment(0, half)->client = client;
    for (uint16_t client = 1; client <= 3; client++)
        segment(half, stream.len)->client = client;
    const struct chains_hello_meta_options two = { .size = sizeof two, .entries = 2 };
    check_eq_text(run_with(&two), "5 bound.test, 6 bound.test");
    check_eq_u64(stats.limited, 1);
    /* A flood of them: what is kept has a ceiling, and the last ones are there. */
    begin();
    for (uint16_t client = 0; client < 2000; client++)
        segment(0, half)->client = client;
    segment(half, stream.len)->client = 1999;
    check_eq_text(run(), "2001 bound.test");
    check_eq_u64(stats.limited, 2000 - 256);
    check(stats.memory < 1200 * 1024);
    const struct chains_hello_meta_options small = { .size = sizeof small, .memory_kib = 8 };
    check_eq_text(run_with(&small), "2001 bound.test");
    check(stats.limited >= 1997 && stats.memory < 220 * 1024);
    /* Ahead of what is missing: only so far, and with only so many holes. */
    begin();
    segment(0, half);
    segment(2501, 2502)->seq += HELLO_MOST - 3; /* as far ahead as may be */
    segment(2501, 2510)->seq += HELLO_MOST - 4;
    for (uint32_t i = 0; i < 70; i++)
        segment(half, half + 1)->seq += 1 + 2 * i;
    segment(half, stream.len);
    check(*run() && stats.limited == 8);
    const struct chains_hello_meta_options many = { .size = sizeof many, .entries = 1u << 20 };
    check_eq_text(run_with(&many), "hello_meta: entries is at most 32768");
}

/* ---- QUIC ----------------------------------------------------------------------------------- */

static const struct initial from_client = {
    .version = 1, .first = "first-id", .to = "first-id", .from = "cl"
};

static uint8_t datagrams[8][2048];

/* The i-th datagram: bytes from .. to of a hello. */
static size_t seal(size_t i, const struct initial *what, const uint8_t *hello, size_t from,
                   size_t to)
{
    static struct frames frames;
    struct initial initial = *what;
    initial.number = i;
    frames.len = 0;
    frames_crypto(&frames, from, hello + from, to - from);
    return initial_seal(&talk, &initial, &frames, 1200, datagrams[i]);
}

static void check_quic_whole(void)
{
    static uint8_t vector[1200], server[200];
    size_t len = from_hex(quic_client_1, vector), server_len = from_hex(quic_server_1, server);
    begin();
    give(UDP, vector, len);
    give(UDP, server, server_len);
    check_eq_text(run(), "1 example.com");
    begin();
    give(UDP, vector, from_hex(quic_client_2, vector));
    check_eq_text(run(), "1 example.com");
    from_hex(quic_client_1, vector);
    for (size_t cut = 0; cut < len; cut += cut < 64 ? 1 : 9) {
        uint8_t *alone = malloc(cut ? cut : 1);
        memcpy(alone, vector, cut);
        begin();
        give(UDP, alone, cut);
        nothing("QUIC cut");
        free(alone);
    }
    begin();
    for (size_t i = 0; i < 1000; i++)
        give(UDP, vector, len);
    vector[len - 1] ^= 1;
    nothing("QUIC that does not open");
    /* So many in a second are tried: those that open do not count. */
    check_eq_u64(stats.limited, 0);
    static uint8_t good[1200];
    from_hex(quic_client_1, good);
    begin();
    while (given_count < 4095)
        give(UDP, vector, len);
    for (uint16_t i = 0; i < 3; i++)
        give(UDP, good, len);
    give(UDP, vector, len);
    give(UDP, good, len);
    give(UDP, good, len)->time_ns += SECOND;
    check_eq_text(run(),
                  "4096 example.com, 4097 example.com, 4098 example.com, 4101 example.com");
    check_eq_u64(stats.limited, 1);
}

static void check_quic_parts(void)
{
    static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                          { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static uint8_t hello[4096];
    size_t len[3], all = long_hello("parts.test", 2000, hello);
    for (size_t i = 0; i < 3; i++)
        len[i] = seal(i, &from_client, hello, all * i / 3, all * (i + 1) / 3);
    for (size_t i = 0; i < 6; i++) {
        begin();
        for (size_t k = 0; k < 3; k++) {
            give(UDP, datagrams[orders[i][k]], len[orders[i][k]]);
            give(UDP, datagrams[orders[i][0]], len[orders[i][0]]); /* again */
        }
        given_count--;
        check_eq_text(run(), "5 parts.test");
        check_eq_u64(stats.limited, 0);
    }
    begin();
    give(UDP, datagrams[0], len[0]);
    for (uint16_t client = 2; client < 1000; client++)
        give(UDP, datagrams[0], len[0])->client = client;
    give(UDP, datagrams[1], len[1]);
    give(UDP, datagrams[2], len[2]);
    check_eq_text(run(), "");
    check(stats.limited > 700 && stats.memory < 1400 * 1024);
    begin();
    give(UDP, datagrams[0], len[0]);
    give(UDP, datagrams[1], len[1]);
    give(UDP, datagrams[2], len[2])->time_ns += INT64_C(11) * SECOND;
    check_eq_text(run(), "");
}

/* ---- places --------------------------------------------------------------------------------- */

static void check_places(void)
{
    chains_component *last = chains_hello_meta(), *flows = chains_flows();
    chains_component *meta = chains_packet_meta(),
                     *source = chains_packet_streamer(.iface_name = "/dev/null");
    chains_link(last, flows);
    chains_link(flows, meta);
    chains_link(meta, source);
    check(!chains_next(last) && chains_error_code(last) == CHAINS_EUSAGE);
    check_eq_text(chains_error(last), "hello_meta: is for packets without flows: behind flows "
                                      "put tls_meta and quic_meta instead of it");
    chains_free(last);
    last = chains_hello_meta();
    chains_link(last, chains_packet_streamer(.iface_name = "/dev/null"));
    check(!chains_next(last) && chains_error_code(last) == CHAINS_EUSAGE);
    check_eq_text(chains_error(last), "hello_meta: needs headers that were read: put "
                                      "packet_meta in front of it");
    chains_free(last);
}

int main(void)
{
    source_types();
    check_whole();
    check_two();
    check_many();
    check_again();
    check_time();
    check_others();
    check_prefixes();
    check_bounds();
    if (talk_begin(&talk)) {
        check_quic_whole();
        check_quic_parts();
    }
    talk_free(&talk);
    check_places();
    return check_done();
}
