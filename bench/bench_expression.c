/* SPDX-License-Identifier: MIT */
/*
 * bench_expression: nanoseconds a record for expressions over TCP and UDP records in memory: 2,048
 * rows that differ in addresses, ports and flags, so that no branch is learnt by heart. Beside each
 * the share of records it holds for; the fastest of nine rounds counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <chains/component.h>
#include <chains/layer/eth.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include "../src/dissect/walk.h"
#include "../src/expression/expression.h"
#include "../src/links/reverse_dns.h"
#include "../src/links/tagger.h"
#include "../src/record/row.h"

#include <chains/layer/domains.h>

enum { ROWS = 2048, PASSES = 50, ROUNDS = 9 };

static const char *const expressions[] = {
    "tcp",
    "packet.ttl > 32",
    "transport.dport == 443",
    "packet.src == 10.0.0.0/8",
    "transport.flags has syn",
    "transport.dport in {53, 80, 443, 8000..8100}",
    "packet.dst in {192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 10.0.0.0/16}",
    "eth.vlan == 100",
    "transport.sport > transport.dport",
    "domains.dst == \"www.example.com\"",
    "domains.dst contains \"ads\"",
    "domains.dst matches \"^ads?[0-9]*\\.\"",
    "tcp and transport.dport in {80, 443, 8000..8100} and packet.src == 10.0.0.0/8 and "
    "packet.ttl > 32 and not transport.flags has rst",
    "transport.dport == 53 or transport.sport == 53 or packet.dst == 192.0.2.0/24 or "
    "packet.ttl < 5 or tags has odd",
};

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t random_below(uint32_t most)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32) % most;
}

static uint16_t random_port(void)
{
    static const uint16_t ports[] = { 80, 443, 443, 443, 53, 8080, 22, 25 };
    return random_below(4) ? ports[random_below(8)] : (uint16_t)(1024 + random_below(60000));
}

static struct chains_addr random_addr(bool local)
{
    struct chains_addr addr = { .family = 4 };
    addr.octets[0] = (uint8_t)(local ? 10 : 1 + random_below(220));
    for (int i = 1; i < 4; i++)
        addr.octets[i] = (uint8_t)random_below(256);
    return addr;
}

static void fill_transport(struct chains_record *rec)
{
    if (random_below(4) == 0) {
        struct chains_udp *udp = row_attach(rec, CHAINS_ID_udp, CHAINS_SLOT_transport);
        *udp = (struct chains_udp){ .sport = random_port(), .dport = random_port() };
        return;
    }
    struct chains_tcp *tcp = row_attach(rec, CHAINS_ID_tcp, CHAINS_SLOT_transport);
    *tcp = (struct chains_tcp){ .sport = random_port(), .dport = random_port() };
    tcp->flags = (uint16_t)(random_below(16) ? CHAINS_TCP_ACK : CHAINS_TCP_SYN);
    tcp->flags |= (uint16_t)(random_below(20) ? 0 : CHAINS_TCP_RST);
}

static void fill(struct chains_record *rec)
{
    static const char *const names[] = { "www.example.com", "ads2.example.net", "LOCAL",
                                         "cdn.images.example.org", NULL };
    struct chains_eth *eth = row_attach(rec, CHAINS_ID_eth, CHAINS_SLOT_eth);
    *eth = (struct chains_eth){ .has = CHAINS_ETH_HAS_TYPE, .type = 0x800 };
    eth->vlan_count = (uint8_t)random_below(3);
    eth->vlan[0] = (uint16_t)(100 * (1 + random_below(2)));
    struct chains_ip *ip = row_attach(rec, CHAINS_ID_ip4, CHAINS_SLOT_packet);
    *ip = (struct chains_ip){ .version = 4, .ttl = (uint8_t)(1 + random_below(128)) };
    ip->src = random_addr(random_below(2));
    ip->dst = random_addr(random_below(2));
    fill_transport(rec);
    struct chains_domains *domains = row_attach(rec, CHAINS_ID_domains, CHAINS_SLOT_domains);
    *domains = (struct chains_domains){ .dst = names[random_below(5)] };
    struct chains_tags *tags = row_attach(rec, CHAINS_ID_tags, CHAINS_SLOT_tags);
    tags->tags = random_below(2);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void measure(const struct expression *expression, const char *rows, size_t row_size,
                    const char *text)
{
    double best = 1e18;
    unsigned long holds = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        holds = 0;
        double begin = now_ns();
        for (unsigned pass = 0; pass < PASSES; pass++)
            for (size_t i = 0; i < ROWS; i++)
                holds += expression_holds(
                    expression,
                    (const struct chains_record *)(const void *)(rows + i * row_size));
        double took = now_ns() - begin;
        best = took < best ? took : best;
    }
    printf("%6.1f ns  %5.1f %%  %s\n", best / PASSES / ROWS,
           100.0 * (double)holds / PASSES / ROWS, text);
}

static int bench_each(chains_component *self, struct chains_record *rec)
{
    size_t row_size = chains_layout_of(self)->row_size;
    char *rows = malloc(ROWS * row_size);
    for (size_t i = 0; rows && i < ROWS; i++) {
        memcpy(rows + i * row_size, rec, row_size);
        fill((struct chains_record *)(void *)(rows + i * row_size));
    }
    for (size_t i = 0; rows && i < sizeof expressions / sizeof *expressions; i++) {
        char error[EXPRESSION_ERROR];
        int status;
        struct expression *expression =
            expression_new(self, expressions[i], true, &status, error, sizeof error);
        if (!expression) {
            printf("%s\n", error);
            continue;
        }
        measure(expression, rows, row_size, expressions[i]);
        expression_free(expression);
    }
    free(rows);
    return CHAINS_KEEP;
}

static int feed_next(chains_component *self, struct chains_batch *out)
{
    bool *done = chains_state(self);
    if (*done)
        return CHAINS_END;
    *done = true;
    chains_batch_add(out)->wire_len = 100;
    return CHAINS_OK;
}

static int feed_open(chains_component *self)
{
    return chains_tag(self, "odd") == 0 ? CHAINS_OK : CHAINS_EUSAGE;
}

static const struct chains_layer_type *feed_attaches[CHAINS_IDS + 1];

static const struct chains_class feed_class = {
    .name = "feed",
    .brief = "one record",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(bool),
    .attaches = feed_attaches,
    .open = feed_open,
    .next = feed_next,
};

static const struct chains_class bench_class = {
    .name = "bench",
    .brief = "measures",
    .role = CHAINS_SINK,
    .each = bench_each,
};

int main(void)
{
    size_t count = 0;
    while (dissect_layers[count]) {
        feed_attaches[count] = dissect_layers[count];
        count++;
    }
    feed_attaches[count++] = &chains_domains_type;
    feed_attaches[count] = &chains_tags_type;
    chains_component *bench = chains_new(&bench_class, NULL);
    chains_link(bench, chains_new(&feed_class, NULL));
    int status = chains_pull(bench);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(bench));
    chains_free(bench);
    return status < 0;
}
