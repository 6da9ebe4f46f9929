/* SPDX-License-Identifier: MIT */
/*
 * reverse_dns with names from answers in the traffic: over layers that the test writes, and
 * over packets that dns_meta reads.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <stdlib.h>
#include <unistd.h>

#include "../check.h"
#include "dns_feed.h"

static chains_component *chain_of(const struct chains_reverse_dns_options *options)
{
    chains_component *rdns = chains_reverse_dns_new(options);
    chains_link(rdns, chains_new(&feed_class, NULL));
    return rdns;
}

/* The next record's names and where they come from. */
static void check_next(chains_component *rdns, const char *src, unsigned src_from,
                       const char *dst, unsigned dst_from)
{
    const struct chains_record *rec = chains_next(rdns);
    const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
    if (!check(domains != NULL))
        return;
    printf("# record %d\n", (int)rec->number);
    check_eq_text(domains->src, src);
    check_eq_u64(domains->src_from, src_from);
    check_eq_text(domains->dst, dst);
    check_eq_u64(domains->dst_from, dst_from);
}

enum {
    NONE = CHAINS_NAME_NOT_ASKED,
    SPECIAL = CHAINS_NAME_SPECIAL,
    HOSTS = CHAINS_NAME_HOSTS,
    DNS = CHAINS_NAME_DNS,
};

/* A server outside answers, so that the answer itself shows whether it is named. */
static const struct feed_message visit[] = {
    { .ms = 0, .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
    { .ms = 10,
      .src = "11.0.0.1",
      .dst = "192.168.1.9",
      .name = "WWW.example.com",
      .qr = 1,
      .answer = { RR("www.example.com", 1, "11.0.0.1", 60),
                  RR("www.example.com", 1, "11.0.0.2", 60) } },
    { .ms = 20, .src = "192.168.1.9", .dst = "11.0.0.2", .plain = true },
    { .ms = 30, .src = "11.0.0.2", .dst = "192.168.1.9", .plain = true },
    { .ms = 40, .src = "192.168.1.8", .dst = "11.0.0.2", .plain = true },
    { .ms = 45, .src = "192.168.1.9", .dst = "11.0.0.2", .plain = true },
    { .ms = 50, .src = "11.0.0.2", .dst = "11.0.0.1", .plain = true },
    { .ms = 60, .src = "192.168.1.9", .dst = "11.0.0.2", .plain = true, .kind = CHAINS_EVENTS },
    { .ms = 70,
      .src = "11.0.0.3",
      .dst = "192.168.1.8",
      .name = "bank.example",
      .qr = 1,
      .answer = { RR("bank.example", 1, "11.0.0.2", 60) } },
    { .ms = 80, .src = "192.168.1.9", .dst = "11.0.0.2", .plain = true },
    { .ms = 90, .src = "11.0.0.2", .dst = "192.168.1.8", .plain = true },
    { .ms = 400000, .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
};
enum { VISIT = sizeof(visit) / sizeof(visit[0]) };

static void test_visit(void)
{
    feed_plan = (struct feed_plan){ visit, VISIT, NULL };
    chains_component *rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .hosts = ""));
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE);
    check_next(rdns, "www.example.com", DNS, "LOCAL", SPECIAL); /* the answer itself */
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    check_next(rdns, "www.example.com", DNS, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE); /* another client: not told */
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    check_next(rdns, NULL, NONE, NULL, NONE);
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS); /* what others are told */
    check_next(rdns, "bank.example", DNS, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE); /* after its time */
    check(chains_next(rdns) == NULL && chains_error(rdns) == NULL);
    struct chains_stats stats = { .size = sizeof(stats) };
    chains_stats(rdns, &stats);
    check(stats.memory > 1024 * 1024);
    chains_free(rdns);
}

/* Known names come first, special addresses keep their word, and `off` learns nothing. */
static void test_order(void)
{
    char path[] = "/tmp/chains-learned-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "11.0.0.1 known.example\n";
    check(write(fd, text, sizeof(text) - 1) == (ssize_t)sizeof(text) - 1);
    close(fd);
    static const struct feed_message told[] = {
        { .src = "9.9.9.9",
          .dst = "192.168.1.9",
          .name = "www.example.com",
          .qr = 1,
          .answer = { RR("www.example.com", 1, "11.0.0.1", 60),
                      RR("www.example.com", 1, "192.168.1.1", 60),
                      RR("www.example.com", 1, "224.0.0.251", 60),
                      RR("www.example.com", 1, "192.88.99.1", 60) } },
        { .src = "11.0.0.1", .dst = "192.168.1.9", .plain = true },
        { .src = "192.168.1.9", .dst = "192.168.1.1", .plain = true },
        { .src = "192.168.1.9", .dst = "224.0.0.251", .plain = true },
        { .src = "192.168.1.9", .dst = "192.88.99.1", .plain = true },
    };
    feed_plan = (struct feed_plan){ told, 5, NULL };
    chains_component *rdns =
        chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .hosts = path));
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    check_next(rdns, "known.example", HOSTS, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "multicast_dns", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    chains_free(rdns);
    unlink(path);
    rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_OFF));
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    chains_free(rdns);

    /* Active: what the client was told needs no question; the server is not there. */
    feed_plan = (struct feed_plan){ visit, 4, NULL };
    rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                   .hosts = "", .resolver = "127.0.0.1:9", .no_wait = true));
    check(chains_next(rdns) != NULL);
    check_next(rdns, "www.example.com", DNS, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    chains_free(rdns);
}

/* Names end by the time of each packet, also where many are in one batch. */
static void test_time(void)
{
    static const char me[] = "192.168.1.9", there[] = "11.0.0.1";
    static const struct feed_message row[] = {
        { .src = "9.9.9.9",
          .name = "www.example.com",
          .dst = me,
          .qr = 1,
          .answer = { RR("www.example.com", 1, there, 5) } },
        { .ms = 0, .src = me, .dst = there, .plain = true },
        { .ms = 250000, .src = me, .dst = there, .plain = true },
        { .ms = 549000, .src = there, .dst = me, .plain = true },
        { .ms = 550001,
          .src = me,
          .dst = there,
          .plain = true }, /* the pause counts for both */
        { .ms = 849000, .src = me, .dst = there, .plain = true },
        { .ms = 849500, .src = me, .dst = there, .plain = true },
        { .ms = 1149501, .src = me, .dst = there, .plain = true },
        { .ms = 90110000, .src = me, .dst = there, .plain = true },
    };
    feed_plan = (struct feed_plan){ row, sizeof(row) / sizeof(row[0]), NULL };
    chains_component *rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .hosts = ""));
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    for (unsigned i = 1; i < 7; i++)
        if (i == 3)
            check_next(rdns, "www.example.com", DNS, "LOCAL", SPECIAL);
        else
            check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE);
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE);
    chains_free(rdns);
}

/* An answer that nobody asked for teaches nothing, whoever sent it. */
static void test_unasked(void)
{
    static const struct feed_message row[] = {
        { .src = "9.9.9.9",
          .dst = "192.168.1.9",
          .name = "bank.example",
          .qr = 1,
          .unasked = true,
          .answer = { RR("bank.example", 1, "11.0.0.1", 60) } },
        { .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
    };
    feed_plan = (struct feed_plan){ row, 2, NULL };
    chains_component *rdns = chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .hosts = ""));
    check_next(rdns, NULL, NONE, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE);
    chains_free(rdns);
}

/*
 * A record that waits for its name keeps what the traffic said before it: the batch has the answer
 * for its address behind it, and a wait in between.
 */
static void test_before_the_answer(void)
{
    static const struct feed_message row[] = {
        { .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
        { .src = "9.9.9.9",
          .dst = "192.168.1.9",
          .name = "www.example.com",
          .qr = 1,
          .answer = { RR("www.example.com", 1, "11.0.0.1", 60) } },
        { .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
    };
    feed_plan = (struct feed_plan){ row, 3, NULL };
    chains_component *rdns =
        chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .mode = CHAINS_NAMES_ACTIVE,
                                .hosts = "", .resolver = "127.0.0.1:9", .wait_ms = 60));
    const struct chains_record *rec = chains_next(rdns);
    const struct chains_domains *domains = rec ? chains_get(rec, domains) : NULL;
    check(domains && domains->dst_from != DNS);
    check(chains_next(rdns) != NULL);
    check_next(rdns, "LOCAL", SPECIAL, "www.example.com", DNS);
    chains_free(rdns);
}

/* One entry: the second answer takes the first one's place, and that is counted. */
static void test_full(void)
{
    static const struct feed_message two[] = {
        { .src = "9.9.9.9",
          .dst = "192.168.1.9",
          .name = "a.example",
          .qr = 1,
          .answer = { RR("a.example", 1, "11.0.0.1", 60) } },
        { .src = "9.9.9.9",
          .dst = "192.168.1.9",
          .name = "b.example",
          .qr = 1,
          .answer = { RR("b.example", 1, "11.0.0.2", 60) } },
        { .src = "192.168.1.9", .dst = "11.0.0.1", .plain = true },
        { .src = "192.168.1.9", .dst = "11.0.0.2", .plain = true },
    };
    feed_plan = (struct feed_plan){ two, 4, NULL };
    chains_component *rdns =
        chain_of(CHAINS_OPTIONS(chains_reverse_dns_options, .hosts = "", .cache_size = 1));
    check(chains_next(rdns) && chains_next(rdns));
    check_next(rdns, "LOCAL", SPECIAL, NULL, NONE);
    check_next(rdns, "LOCAL", SPECIAL, "b.example", DNS);
    struct chains_stats stats = { .size = sizeof(stats) };
    chains_stats(rdns, &stats);
    check_eq_u64(stats.limited, 1);
    chains_free(rdns);
}

/*
 * ---- over packets
 * ----------------------------------------------------------------------------
 */

static bool raw_asked; /* the answer has the number of the query */

struct raw {
    unsigned given;
    uint8_t packet[3][200];
};

static uint8_t *put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
    return p + 2;
}

/* An IPv4 packet with a UDP datagram; the checksums are left 0. Its length. */
static size_t datagram(uint8_t *p, const uint8_t src[4], const uint8_t dst[4], unsigned sport,
                       unsigned dport, const void *data, size_t len)
{
    memset(p, 0, 28);
    p[0] = 0x45;
    put16(p + 2, (unsigned)(28 + len));
    p[8] = 64;
    p[9] = 17;
    memcpy(p + 12, src, 4);
    memcpy(p + 16, dst, 4);
    put16(put16(put16(p + 20, sport), dport), (unsigned)(8 + len));
    memcpy(p + 28, data, len);
    return 28 + len;
}

static int raw_next(chains_component *self, struct chains_batch *out)
{
    struct raw *raw = chains_state(self);
    static const uint8_t me[4] = { 192, 168, 1, 9 }, server[4] = { 192, 168, 1, 1 },
                         web[4] = { 11, 1, 2, 3 };
    static const char query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\3wWw\7example\3com\0\0\1\0\1";
    static const char answer[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0\3wWw\7example\3com\0\0\1\0\1"
                                 "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6\3cdn\xc0\x10"
                                 "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\x0b\1\2\3";
    if (raw->given == 3)
        return CHAINS_END;
    for (; raw->given < 3; raw->given++) {
        uint8_t *p = raw->packet[raw->given];
        size_t len =
            raw->given == 0   ? datagram(p, me, server, 40000, 53, query, sizeof(query) - 1)
            : raw->given == 1 ? datagram(p, server, me, 53, 40000, answer, sizeof(answer) - 1)
                              : datagram(p, me, web, 40001, 443, "x", 1);
        if (raw->given == 1 && !raw_asked)
            p[28] ^= 1;
        struct chains_record *rec = chains_batch_add(out);
        rec->number = raw->given + 1;
        rec->time_ns = raw->given * 1000000;
        rec->bytes = rec->rest = (struct chains_bytes){ p, len };
        rec->wire_len = (uint32_t)len;
        rec->linktype = 101;
        rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, 101 };
    }
    return CHAINS_OK;
}

static const struct chains_class raw_class = {
    .name = "raw_source",
    .brief = "packets of a test",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct raw),
    .next = raw_next,
};

static void test_packets(bool asked)
{
    raw_asked = asked;
    chains_component *meta = chains_packet_meta();
    chains_component *dns = chains_dns_meta();
    chains_component *rdns = chains_reverse_dns(.hosts = "");
    chains_link(meta, chains_new(&raw_class, NULL));
    chains_link(dns, meta);
    chains_link(rdns, dns);
    check_next(rdns, "LOCAL", SPECIAL, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, "LOCAL", SPECIAL);
    check_next(rdns, "LOCAL", SPECIAL, asked ? "www.example.com" : NULL, asked ? DNS : NONE);
    if (!check(chains_error(rdns) == NULL))
        printf("# %s\n", chains_error(rdns));
    chains_free(rdns);
}

int main(void)
{
    test_visit();
    test_order();
    test_time();
    test_unasked();
    test_before_the_answer();
    test_full();
    test_packets(true);
    test_packets(false);
    return check_done();
}
