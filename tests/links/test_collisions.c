/* SPDX-License-Identifier: MIT */
/*
 * Keys that were chosen to meet in a table: equal low bits, equal sums and exclusive ors, one network,
 * ports swapped. However many of them there are, a search looks at a few places. Nothing is timed here;
 * script/collisions times.
 */
#include "links/flow_bucket.h"
#include "links/flow_key.h"
#include "links/http2_stream.h"
#include "links/second_chance.h"
#include "record/arena.h"

#include <stdlib.h>

#include "../check.h"

enum {
    FLOWS = 131072,
    NAMES = 16384,
    STREAMS = 256 + 64,
    PLACES_MOST = 16,
    LANES_MOST = 16, /* with the tag of a key, of up to 96 */
};

static const struct siphash_key secret = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

/* ---- keys -------------------------------------------------------------------------------- */

struct ends {
    uint32_t addr[2];
    uint16_t port[2];
};

static struct ends one_network(uint32_t i)
{
    return (struct ends){ { 0x0b000000 | i, 0xc0000201 }, { 1024, 80 } };
}

static struct ends low_bits(uint32_t i)
{
    return (struct ends){ { i << 12 | 0x7ab, 0xc0000201 }, { 1024, 80 } };
}

static struct ends equal_xor(uint32_t i)
{
    uint16_t port = (uint16_t)i;
    return (struct ends){ { 0x0b000000 | i, 0x4b555555 ^ i },
                          { port, (uint16_t)(port ^ 0x5555) } };
}

static struct ends equal_sum(uint32_t i)
{
    uint16_t port = (uint16_t)i;
    return (struct ends){ { 0x0b000000 + i, 0x4bffffff - i },
                          { port, (uint16_t)(60000 - port) } };
}

static struct ends swapped_ports(uint32_t i)
{
    uint16_t a = (uint16_t)(i / 2), b = (uint16_t)(1 + (i >> 17) + 40000);
    struct ends ends = { { 0x0b000001, 0xc0000201 }, { a, b } };
    if (i % 2)
        ends = (struct ends){ { 0x0b000001, 0xc0000201 }, { b, a } };
    return ends;
}

static const struct pattern {
    const char *name;
    struct ends (*ends)(uint32_t i);
} patterns[] = {
    { "one network", one_network },     { "low bits", low_bits },
    { "equal xor", equal_xor },         { "equal sum", equal_sum },
    { "swapped ports", swapped_ports },
};

enum { PATTERNS = sizeof patterns / sizeof patterns[0] };

static void octets(uint8_t *out, uint32_t addr)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(addr >> 8 * (3 - i));
}

/* ---- flows ------------------------------------------------------------------------------- */

static uint64_t flow_hash(const struct ends *ends)
{
    struct flow_key key = { .protocol = 17, .family = 4, .has_ports = 1 };
    for (int i = 0; i < 2; i++) {
        octets(key.addr[i], ends->addr[i]);
        key.port[i] = ends->port[i];
    }
    return flow_key_hash(&key, &secret);
}

/* As many as there may be at once: each has its place, and is found among few. */
static void flows(const struct pattern *pattern)
{
    struct flow_buckets buckets;
    uint32_t refused = 0, lost = 0;
    unsigned lanes_most = 0;
    if (!check(flow_buckets_init(&buckets, FLOWS)))
        return;
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct ends ends = pattern->ends(i);
        refused += !flow_bucket_put(&buckets, flow_bucket_place(flow_hash(&ends)), i);
    }
    for (uint32_t i = 0; i < FLOWS; i++) {
        struct ends ends = pattern->ends(i);
        struct flow_bucket_search search =
            flow_bucket_search(&buckets, flow_bucket_place(flow_hash(&ends)));
        uint32_t index = UINT32_MAX;
        unsigned lanes = 0;
        while (index != i && flow_bucket_next(&search, &index))
            lanes++;
        lost += index != i;
        lanes_most = lanes > lanes_most ? lanes : lanes_most;
    }
    printf("# flows, %s: at most %u looked at\n", pattern->name, lanes_most);
    check_eq_u64(refused, 0);
    check_eq_u64(lost, 0);
    check(lanes_most >= 1 && lanes_most <= LANES_MOST);
    flow_buckets_free(&buckets);
}

/* ---- tables with chains ------------------------------------------------------------------ */

struct name_key {
    uint8_t client[16], server[16];
    uint16_t port[2];
    uint8_t none[4];
};

struct name_entry {
    struct second_chance_head head;
    struct name_key key;
};

static bool holds(const void *entry, int64_t now_ns)
{
    (void)entry;
    (void)now_ns;
    return true;
}

static const struct second_chance_kind kind = {
    .entry = sizeof(struct name_entry),
    .key = sizeof(struct name_key),
    .steps = 1,
    .holds = holds,
};

static struct name_key name_key(const struct pattern *pattern, uint32_t i)
{
    struct ends ends = pattern->ends(i);
    struct name_key key = { .port = { ends.port[0], ends.port[1] } };
    octets(key.client, ends.addr[0]);
    octets(key.server, ends.addr[1]);
    return key;
}

/* The longest chain of a table that is full. */
static unsigned longest(const struct second_chance *table)
{
    unsigned most = 0;
    for (uint32_t i = 0; i <= table->mask; i++) {
        unsigned len = 0;
        for (uint32_t at = table->chain[i]; at; len++)
            memcpy(&at, table->entry + (size_t)(at - 1) * kind.entry, sizeof at);
        most = len > most ? len : most;
    }
    return most;
}

static void names(const struct pattern *pattern)
{
    struct second_chance table;
    if (!check(second_chance_open(&table, &kind, NAMES)))
        return;
    for (uint32_t i = 0; i < NAMES; i++) {
        struct name_key key = name_key(pattern, i);
        if (!second_chance_find(&table, &kind, &key))
            second_chance_add(&table, &key, 0);
    }
    struct name_key last = name_key(pattern, NAMES - 1);
    check(second_chance_find(&table, &kind, &last) != NULL);
    check_eq_u64(table.filled, NAMES);
    unsigned most = longest(&table);
    printf("# names, %s: chains of at most %u\n", pattern->name, most);
    check(most >= 1 && most <= PLACES_MOST);
    second_chance_close(&table);
}

/* ---- streams of HTTP/2 ------------------------------------------------------------------- */

/* A client chooses its numbers: here all of them have equal low bits. */
static void streams(uint32_t step)
{
    struct http2_streams all = { .secret = secret };
    struct chains_arena arena;
    arena_init(&arena, 1 << 24);
    struct http_message_list out = { .arena = &arena };
    struct http_flow_run run = { .out = &out, .waiting_most = STREAMS, .header_most = 65536 };
    struct http2_head head = { .pseudo = 1 };
    for (uint32_t i = 0; i < STREAMS; i++) {
        struct http2_block block = { .kind = CHAINS_HTTP_REQUEST, .stream = 1 + step * i };
        check(http2_streams_head(&all, &run, &block, &head));
    }
    unsigned most = 0;
    for (unsigned i = 0; i < HTTP2_BUCKETS; i++) {
        unsigned len = 0;
        for (struct http2_stream *stream = all.bucket[i]; stream; stream = stream->same)
            len++;
        most = len > most ? len : most;
    }
    printf("# streams, step %u: chains of at most %u\n", step, most);
    check_eq_u64(all.count, STREAMS);
    check(most >= 1 && most <= PLACES_MOST);
    http2_streams_free(&all);
    http2_head_free(&head);
    arena_free(&arena);
}

int main(void)
{
    for (size_t i = 0; i < PATTERNS; i++) {
        flows(&patterns[i]);
        names(&patterns[i]);
    }
    streams(2);
    streams(2 * HTTP2_BUCKETS);
    streams(1 << 20);
    return check_done();
}
