/* SPDX-License-Identifier: MIT */
/* DNS in packets and streams, as records: which have the layer, what is joined, what is told. */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/dns.h>
#include <chains/layer/flow.h>

#include <stdarg.h>
#include <stdlib.h>

#include "dns_frames.h"

enum { GOT = 60000 };

static char got[GOT];
static struct chains_stats stats;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    size_t used = strlen(got);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(got + used, sizeof got - used, format, arguments);
    va_end(arguments);
}

static char kind_letter(const struct chains_record *rec)
{
    return rec->kind == CHAINS_PACKETS   ? 'P'
           : rec->kind == CHAINS_STREAMS ? 'S'
           : rec->kind == CHAINS_FLOWS   ? 'F'
                                         : 'E';
}

/*
 * "P2 r7 a.test 5ms\n": kind and packet, what and number, the name asked for, the time it took, and
 * what is odd.
 */
static void say_record(const struct chains_record *rec)
{
    const struct chains_dns *dns = chains_get(rec, dns);
    const struct chains_flow *flow = chains_get(rec, flow);
    const struct chains_dns_question *question;
    struct chains_endpoints ends;
    if (flow)
        say("F %s\n", flow->service ? flow->service : "-");
    if (!dns)
        return;
    check(dns->unanswered || rec->rest.len == 0);
    say("%c%u %s%u", kind_letter(rec), (unsigned)rec->number, dns->qr ? "r" : "q", dns->id);
    question = dns->queries.items;
    say(" %s", dns->queries.count ? question->name : "-");
    if (dns->answers.count)
        say(" +%u", dns->answers.count);
    if (dns->has & CHAINS_DNS_HAS_RTT)
        say(" %dms", (int)(dns->rtt / ms));
    if (dns->unanswered)
        say(" unanswered at %dms", (int)((rec->time_ns - start_ns) / ms));
    if (dns->retried)
        say(" retried");
    if (dns->over_tcp)
        say(" tcp");
    if (dns->flavour)
        say(dns->flavour == CHAINS_DNS_MULTICAST ? " mdns" : " llmnr");
    if (rec->flags & CHAINS_CUT)
        say(" cut");
    if (rec->flags & CHAINS_BROKEN)
        say(" broken");
    say("\n");
    check((rec->flags & CHAINS_NANOSECONDS) != 0);
    check(chains_record_endpoints(rec, &ends));
    bool asks = !dns->qr;
    check_eq_u64(ends.protocol, dns->over_tcp ? 6 : 17);
    if (!dns->flavour)
        check_eq_u64(asks ? ends.dst.octets[3] : ends.src.octets[3], 53);
}

static void run_behind(chains_component *upstream, struct chains_dns_meta_options options)
{
    options.size = sizeof options;
    chains_component *meta = chains_dns_meta_new(&options);
    const struct chains_record *rec;
    chains_link(meta, upstream);
    got[0] = '\0';
    int status;
    while ((rec = chains_next(meta)))
        say_record(rec);
    status = chains_error_code(meta);
    if (status)
        say("%s", chains_error(meta));
    stats = (struct chains_stats){ .size = sizeof stats };
    chains_stats(meta, &stats);
    chains_free(meta);
}

static void run_packets(struct chains_dns_meta_options options)
{
    chains_component *packets = chains_packet_meta();
    chains_link(packets, chains_new(&frames_class, NULL));
    run_behind(packets, options);
}

static void run_streams(struct chains_dns_meta_options options)
{
    chains_component *packets = chains_packet_meta(), *flows = chains_flows();
    chains_link(packets, chains_new(&frames_class, NULL));
    chains_link(flows, packets);
    run_behind(flows, options);
}

#define run(...)  run_packets((struct chains_dns_meta_options){ .size = 0, __VA_ARGS__ })
#define runs(...) run_streams((struct chains_dns_meta_options){ .size = 0, __VA_ARGS__ })

/* ---- datagrams ------------------------------------------------------------------------------ */

static void test_joined(void)
{
    frames_begin();
    query(0, 7, "a.test");
    query(1 * ms, 8, "b.test");
    response(5 * ms, 7, "A.test");
    query(6 * ms, 8, "b.test");
    response(9 * ms, 8, "b.test");
    response(10 * ms, 8, "b.test");
    response(11 * ms, 99, "c.test");
    query(12 * ms, 9, "d.test");
    response(3 * ms, 9, "d.test"); /* the clock was set back */
    run();
    check_eq_text(got, "P1 q7 a.test\nP2 q8 b.test\nP3 r7 A.test +1 5ms\nP4 q8 b.test retried\n"
                       "P5 r8 b.test +1 8ms\nP6 r8 b.test +1\nP7 r99 c.test +1\nP8 q9 d.test\n"
                       "P9 r9 d.test +1\n");
    check_eq_u64(stats.in, 9);
    check_eq_u64(stats.out, 9);
    check_eq_u64(stats.limited, 0);
    check(stats.memory > 1000000 && stats.memory < 16000000);
    runs(); /* the same behind flows; their records follow */
    check_eq_text(strchr(got, 'F'), "F dns\n");
    check(strncmp(got, "S1 q7 a.test\nS2 q8 b.test\nS3 r7 A.test +1 5ms\n", 45) == 0);
}

static void test_unanswered(void)
{
    frames_begin();
    query(0, 1, "a.test");
    query(4000 * ms, 2, "b.test");
    query(5000 * ms, 3, "c.test");
    response(9999 * ms, 2, "b.test");
    udp_bytes(10000 * ms, 1, 1, 2, 2, "x", 1); /* any packet moves the clock */
    query(12000 * ms, 4, "d.test");
    run();
    check_eq_text(got,
                  "P1 q1 a.test\nP2 q2 b.test\nP3 q3 c.test\nP4 r2 b.test +1 5999ms\n"
                  "E1 q1 a.test unanswered at 10000ms\nP6 q4 d.test\n"
                  "E3 q3 c.test unanswered at 12000ms\nE6 q4 d.test unanswered at 12000ms\n");
    check_eq_u64(stats.out, 9);
    run(.no_unanswered = true);
    check(!strstr(got, "unanswered"));
    check_eq_u64(stats.out, 6);
    run(.timeout = (uint64_t)(1000 * ms));
    check_eq_text(got, "P1 q1 a.test\nE1 q1 a.test unanswered at 4000ms\nP2 q2 b.test\n"
                       "E2 q2 b.test unanswered at 5000ms\nP3 q3 c.test\n"
                       "E3 q3 c.test unanswered at 9999ms\nP4 r2 b.test +1\nP6 q4 d.test\n"
                       "E6 q4 d.test unanswered at 12000ms\n");
    frames.batch = 1;
    run(.timeout = (uint64_t)(1000 * ms));
    check(strstr(got, "P3 q3 c.test\nE3 q3 c.test unanswered at 9999ms\n"));
}

/* More of them at once than a batch has rows: all are told, in order. */
static void test_many_unanswered(void)
{
    char want[GOT] = "";
    frames_begin();
    for (unsigned i = 1; i <= 300; i++) {
        query(i, i, "a.test");
        snprintf(want + strlen(want), 40, "E%u q%u a.test unanswered at 0ms\n", i, i);
    }
    run();
    check_eq_text(strstr(got, "E1 "), want);
    check_eq_u64(stats.out, 600);
    /* The same in the middle, and a packet behind them. */
    udp_bytes(20000 * ms, 1, 1, 2, 2, "x", 1);
    query(20001 * ms, 9, "b.test");
    run();
    char *last = strstr(got, "P302");
    check(last && strstr(last, "unanswered"));
    unsigned told = 0;
    for (const char *at = got; (at = strstr(at, "a.test unanswered at 2000")); at++)
        told++;
    check_eq_u64(told, 300);
    check_eq_u64(stats.limited, 0);
}

static void test_full(void)
{
    frames_begin();
    for (unsigned i = 1; i <= 4; i++)
        query(i * ms, i, "a.test");
    response(6 * ms, 1, "a.test");
    response(7 * ms, 4, "a.test");
    run(.pending = 2);
    check_eq_text(got, "P1 q1 a.test\nP2 q2 a.test\nP3 q3 a.test\n"
                       "E1 q1 a.test unanswered at 4ms\nP4 q4 a.test\n"
                       "E2 q2 a.test unanswered at 6ms\nP5 r1 a.test +1\nP6 r4 a.test +1 3ms\n"
                       "E3 q3 a.test unanswered at 7ms\n");
    check_eq_u64(stats.limited, 2);
    check(stats.memory < 200000);
}

static void test_ports(void)
{
    frames_begin();
    dns_made_begin(&made, 1, DNS_RD, "a.test", 1);
    udp(0, 1, 40000, 53, 53);
    udp(0, 1, 40000, 53, 5300);
    udp(0, 1, 65535, 53, 1);
    udp_bytes(0, 1, 40000, 53, 5300, "GET / HTTP/1.1\r\n\r\n", 18);
    udp_bytes(0, 1, 40000, 53, 53, "GET / HTTP/1.1\r\n\r\n", 18);
    run(.no_unanswered = true);
    check(strncmp(got, "P1 q1 a.test\nP5 ", 16) == 0);
    run(.ports = "5300,65535", .no_unanswered = true);
    check(strncmp(got, "P2 q1 a.test\nP3 q1 a.test\nP4 ", 29) == 0);
    run(.ports = "all", .no_unanswered = true);
    check(strncmp(got, "P1 q1 a.test\nP2 q1 a.test\nP3 q1 a.test\nP5 ", 42) == 0);
    run(.ports = "1");
    check_eq_text(got, "P3 q1 a.test\nE3 q1 a.test unanswered at 0ms\n");
}

/* mDNS and LLMNR to a group: nobody in particular is asked. */
static void test_flavours(void)
{
    frames_begin();
    dns_made_begin(&made, 0, 0, "a.local", 1);
    udp(0, 1, 5353, 256 + 251, 5353);
    dns_made_begin(&made, 0, DNS_QR, "a.local", 1);
    dns_made_answer(&made, 1);
    udp(1 * ms, 53, 5353, 1, 5353);
    dns_made_begin(&made, 5, 0, "b", 1);
    udp(2 * ms, 1, 50000, 256 + 252, 5355);
    dns_made_begin(&made, 5, DNS_QR, "b", 1);
    udp(3 * ms, 53, 5355, 1, 50000);
    dns_made_begin(&made, 6, 0, "c", 12);
    udp(4 * ms, 1, 50000, 53, 5355); /* one host is asked: it should answer */
    dns_made_begin(&made, 6, DNS_QR, "c", 12);
    udp(9 * ms, 53, 5355, 1, 50000);
    run();
    check_eq_text(got,
                  "P1 q0 a.local mdns\nP2 r0 a.local +1 mdns\nP3 q5 b llmnr\nP4 r5 b llmnr\n"
                  "P5 q6 c llmnr\nP6 r6 c 5ms llmnr\n");
    /* A resolver that listens on 5353 is not mDNS; who asks a group from another port is. */
    frames_begin();
    dns_made_begin(&made, 7, DNS_RD, "a.test", 1);
    udp(0, 1, 40000, 53, 5353);
    dns_made_begin(&made, 7, DNS_QR, "a.test", 1);
    udp(2 * ms, 53, 5353, 1, 40000);
    dns_made_begin(&made, 8, 0, "a.local", 1);
    udp(3 * ms, 1, 40000, 256 + 251, 5353);
    dns_made_begin(&made, 8, DNS_QR, "a.local", 1);
    udp(4 * ms, 53, 5353, 1, 40000);
    run();
    check_eq_text(got, "P1 q7 a.test\nP2 r7 a.test 2ms\nP3 q8 a.local mdns\nP4 r8 a.local\n");
}

/* What is not whole is said, and the packet goes on. */
static void test_broken(void)
{
    frames_begin();
    dns_made_begin(&made, 1, DNS_RD, "a.test", 1);
    udp_bytes(0, 1, 40000, 53, 53, made.at, 0);  /* nothing: nobody's */
    udp_bytes(0, 1, 40000, 53, 53, made.at, 11); /* no header: no layer */
    udp_bytes(0, 1, 40000, 53, 53, made.at, 12); /* the question is missing */
    made.at[12] = 0xc0;
    made.at[13] = 12;
    udp(0, 1, 40001, 53, 53); /* a name that is itself */
    run(.no_unanswered = true);
    check_eq_text(got, "P3 q1 - cut\nP4 q1 - broken\n");
    check_eq_u64(stats.out, 4);
    check_eq_u64(stats.cut_short, 2);
    check_eq_u64(stats.malformed, 1);
    run();
    check(strstr(got, "E3 q1 - unanswered at 0ms\nE4 q1 - unanswered at 0ms\n"));
}

/* On an interface that is quiet the clock goes on. */
static void test_idle(void)
{
    frames_begin();
    query(0, 1, "a.test");
    frames.frame[frames.count++].idle = true;
    frames.frame[frames.count++].idle = true;
    frames.live = true;
    query(500 * ms, 2, "b.test");
    run(.timeout = (uint64_t)(20 * ms));
    check(strncmp(got, "P1 q1 a.test\nE1 q1 a.test unanswered at ", 39) == 0);
    check(strstr(got, "unanswered at 500ms") > strstr(got, "P4 q2 b.test"));
    check_eq_u64(stats.out, 4);
    frames.live = false;
    run(.timeout = (uint64_t)(20 * ms));
    check(strstr(got, "E1 q1 a.test unanswered at 500ms\n"));
}

/* ---- streams -------------------------------------------------------------------------------- */

static void test_tcp(void)
{
    frames_begin();
    tcp_begin(40001, 53);
    sent.len = 0;
    send_query(1, "a.test");
    segment(10 * ms, 0, ACK, sent.at, sent.len);
    sent.len = 0;
    send_query(2, "b.test");
    send_query(3, "c.test");
    segment(11 * ms, 0, ACK, sent.at, 10);
    segment(12 * ms, 0, ACK, sent.at + 10, sent.len - 10);
    sent.len = 0;
    send_response(3, "c.test");
    send_response(2, "b.test");
    send_response(1, "a.test");
    segment(20 * ms, 1, ACK, sent.at, sent.len);
    segment(21 * ms, 0, ACK | FIN, NULL, 0);
    segment(22 * ms, 1, ACK | FIN, NULL, 0);
    runs();
    check_eq_text(got, "S4 q1 a.test tcp\nS6 q2 b.test tcp\nE6 q3 c.test tcp\n"
                       "S7 r3 c.test +1 8ms tcp\nE7 r2 b.test +1 8ms tcp\n"
                       "E7 r1 a.test +1 10ms tcp\nF dns\n");
    run(); /* without flows TCP is not read */
    check_eq_text(got, "");
}

/* More messages in one packet than there are rows: the others come with the next batches. */
static void test_tcp_many(void)
{
    char want[GOT] = "";
    frames_begin();
    tcp_begin(40001, 53);
    sent.len = 0;
    for (unsigned i = 1; i <= 500; i++) {
        send_query(i, "a.test");
        snprintf(want + strlen(want), 40, "%c4 q%u a.test tcp\n", i > 1 ? 'E' : 'S', i);
    }
    segment(10 * ms, 0, ACK, sent.at, sent.len);
    frames.batch = 32;
    runs(.no_unanswered = true);
    *strstr(got, "F dns\n") = '\0';
    check_eq_text(got, want);
    check_eq_u64(stats.limited, 0);
    /* The times are those of the joining, though the records come later. */
    sent.len = 0;
    for (unsigned i = 1; i <= 500; i++)
        send_response(i, "a.test");
    segment(15 * ms, 1, ACK, sent.at, sent.len);
    sent.len = 0;
    for (unsigned i = 1; i <= 100; i++)
        send_query(i % 50, "b.test");
    segment(16 * ms, 0, ACK, sent.at, sent.len);
    for (unsigned i = 0; i < 50; i++) {
        response(17 * ms, 0, "c.test");
        sent.len = 0;
        send_response(i, "b.test");
        segment(17 * ms, 1, ACK, sent.at, sent.len);
    }
    runs();
    unsigned joined = 0;
    for (const char *at = got; (at = strstr(at, " +1 5ms tcp")); at++)
        joined++;
    check_eq_u64(joined, 500);
    check(!strstr(got, "unanswered"));
    unsigned again = 0;
    for (const char *at = got; (at = strstr(at, "b.test retried tcp")); at++)
        again++;
    check_eq_u64(again, 50);
}

/* Lengths that are none, and a message that never ends. */
static void test_tcp_lengths(void)
{
    frames_begin();
    tcp_begin(40001, 53);
    sent.len = 0;
    send_query(1, "a.test");
    size_t whole = sent.len;
    sent.at[1] = 11;
    segment(10 * ms, 0, ACK, "\0\0\0\0", 4);
    segment(11 * ms, 0, ACK, sent.at, 13);
    sent.at[1] = (uint8_t)(whole - 2);
    segment(12 * ms, 0, ACK, sent.at, whole);
    sent.at[0] = sent.at[1] = 0xff;
    segment(13 * ms, 0, ACK, sent.at, whole);
    runs(.no_unanswered = true);
    check_eq_text(got, "S6 q1 a.test tcp\nF dns\n");
    check_eq_u64(stats.cut_short, 2);
}

/* A segment is lost: within a message, and as a whole one. */
static void test_tcp_lost(void)
{
    for (int lost = 0; lost < 2; lost++) {
        frames_begin();
        tcp_begin(40001, 53);
        for (unsigned i = 1; i <= 5; i++) {
            sent.len = 0;
            send_query(i, "abcdefgh.test");
            if (i == 3 && lost == 0) {
                segment(i * 10 * ms, 0, ACK, sent.at, 10);
                tcp.sequence[0] += 10;
                segment(i * 10 * ms, 0, ACK, sent.at + 20, sent.len - 20);
            } else if (i == 3) {
                tcp.sequence[0] += (uint32_t)sent.len;
            } else {
                segment(i * 10 * ms, 0, ACK, sent.at, sent.len);
            }
            segment(i * 10 * ms + ms, 1, ACK, NULL, 0);
        }
        runs(.no_unanswered = true);
        check(strstr(got, " q1 abcdefgh.test tcp\n") && strstr(got, " q2 abcdefgh.test tcp\n"));
        check(!strstr(got, " q3 "));
        check(strstr(got, " q4 abcdefgh.test tcp\n") && strstr(got, " q5 abcdefgh.test tcp\n"));
    }
}

/* On any port: what is DNS, and what is not and stays untouched for others. */
static void test_tcp_ports(void)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
    frames_begin();
    tcp_begin(40001, 5300);
    sent.len = 0;
    send_query(1, "a.test");
    segment(10 * ms, 0, ACK, sent.at, 1);
    segment(11 * ms, 0, ACK, sent.at + 1, sent.len - 1);
    tcp_begin(40002, 80);
    segment(12 * ms, 0, ACK, http, sizeof http - 1);
    for (int i = 0; i < 20; i++)
        segment((13 + i) * ms, 0, ACK, "0123456789012345678901234567890123456789", 40);
    sent.len = 0; /* of no use behind what is not DNS */
    send_response(9, "b.test");
    segment(41 * ms, 1, ACK, sent.at, sent.len);
    runs(.no_unanswered = true);
    check_eq_text(got, "F -\nF -\n");
    runs(.ports = "all", .no_unanswered = true);
    check(strncmp(got, "S5 q1 a.test tcp\n", 17) == 0);
    check_eq_u64(strlen(got), 17 + strlen("F dns\nF -\n"));
    runs(.ports = "5300", .no_unanswered = true);
    check(strncmp(got, "S5 q1 a.test tcp\n", 17) == 0);
}

/* The bytes of another protocol are still there for whoever comes next, on ports of DNS too. */
static void test_rest(unsigned port, const char *ports)
{
    chains_component *packets = chains_packet_meta(), *flows = chains_flows();
    chains_component *meta = chains_dns_meta(.ports = ports);
    const struct chains_record *rec;
    char seen[200] = "";
    frames_begin();
    tcp_begin(40002, port);
    segment(12 * ms, 0, ACK, "GET ", 4);
    segment(13 * ms, 0, ACK, "/ HTTP/1.1\r\n", 12);
    segment(14 * ms, 1, ACK, NULL, 0);
    chains_link(packets, chains_new(&frames_class, NULL));
    chains_link(flows, packets);
    chains_link(meta, flows);
    while ((rec = chains_next(meta)))
        if (rec->kind == CHAINS_STREAMS && rec->rest.len > 0)
            memcpy(seen + strlen(seen), rec->rest.at, rec->rest.len);
    chains_free(meta);
    check_eq_text(seen, "GET / HTTP/1.1\r\n");
}

/* Joined in the middle, on its own port: what looks like a message is read. */
static void test_tcp_midstream(void)
{
    frames_begin();
    tcp.port = 40001;
    tcp.server_port = 53;
    sent.len = 0;
    send_response(1, "a.test");
    segment(10 * ms, 1, ACK, sent.at + 20, sent.len - 20);
    segment(11 * ms, 1, ACK, sent.at, sent.len);
    sent.len = 0;
    send_query(2, "b.test");
    segment(12 * ms, 0, ACK, sent.at, sent.len);
    runs(.no_unanswered = true);
    check(strstr(got, "S3 q2 b.test tcp\n"));
}

/* ---- options -------------------------------------------------------------------------------- */

static void test_refused(void)
{
    static const struct {
        const char *ports;
        uint32_t pending;
        uint64_t timeout;
        const char *says;
    } table[] = {
        { "0", 0, 0, "dns_meta: ports=0: ports are numbers" },
        { "65536", 0, 0, "ports=65536: " },
        { "99999999999999999999", 0, 0, "ports=9999" },
        { "", 0, 0, "ports=: " },
        { "53,", 0, 0, "ports=53,: " },
        { ",53", 0, 0, "ports=,53: " },
        { "53 54", 0, 0, "ports=53 54: " },
        { "ALL", 0, 0, "ports=ALL: " },
        { NULL, DNS_MADE_MOST * 100, 0, "dns_meta: pending=7000000 is too many" },
        { NULL, 0, UINT64_MAX, "dns_meta: timeout= is longer" },
    };
    frames_begin();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        run(.ports = table[i].ports, .pending = table[i].pending, .timeout = table[i].timeout);
        if (!check_that_(strstr(got, table[i].says) != NULL, "refused", __FILE__, __LINE__))
            printf("# %s\n", got);
    }
    run(.ports = "1,65535,53");
    check_eq_text(got, "");
    run_behind(chains_new(&frames_class, NULL), (struct chains_dns_meta_options){ .size = 0 });
    check(strstr(got, "packet_meta"));
}

int main(void)
{
    test_joined();
    test_unanswered();
    test_many_unanswered();
    test_full();
    test_ports();
    test_flavours();
    test_broken();
    test_idle();
    test_tcp();
    test_tcp_many();
    test_tcp_lengths();
    test_tcp_lost();
    test_tcp_ports();
    test_rest(80, "all");
    test_rest(53, "all");
    test_rest(53, NULL);
    test_tcp_midstream();
    test_refused();
    return check_done();
}
