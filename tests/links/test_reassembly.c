/* SPDX-License-Identifier: MIT */
/*
 * What waits: pages and their edges, first copies, ceilings for one direction and for all, the
 * cost of what an attacker may send; against a plain array of bytes.
 */
#include "links/flow_tcp_state.h"
#include "record/arena.h"

#include "../check.h"

#include <stdlib.h>
#include <time.h>

enum { PAGE = REASSEMBLY_PAGE, MODEL = 20 * PAGE };

static struct chains_bytes text_bytes(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_pages(void)
{
    struct reassembly *r = reassembly_new(1 << 20, 1 << 20);
    uint32_t waiting = 0;
    uint8_t out[8];
    if (!check(r != NULL))
        return;
    uint64_t base = (uint64_t)1 << 40; /* streams are longer than sequence numbers */
    check(reassembly_put(r, &waiting, base + PAGE - 2, text_bytes("abcd")));
    check_eq_u64(reassembly_first(r, waiting), base + PAGE - 2);
    check_eq_u64(reassembly_end(r, waiting), base + PAGE + 2);
    check_eq_u64(reassembly_run(r, waiting, base + PAGE - 2, 100), 4);
    check_eq_u64(reassembly_run(r, waiting, base + PAGE - 2, 3), 3);
    check_eq_u64(reassembly_run(r, waiting, base + PAGE, 100), 2);
    check_eq_u64(reassembly_run(r, waiting, base + PAGE + 2, 100), 0);
    check_eq_u64(reassembly_run(r, waiting, base, 100), 0);
    reassembly_read(r, waiting, base + PAGE - 2, 4, out);
    check_eq_bytes(out, 4, "abcd", 4);
    uint64_t two = reassembly_bytes(r);
    check(two >= 2 * PAGE && two < 4 * PAGE);

    struct reassembly_overlap overlap =
        reassembly_compare(r, waiting, base + PAGE - 3, text_bytes("xaXcY"));
    check_eq_u64(overlap.again, 4);
    check_eq_u64(overlap.differing, 2);
    check(reassembly_put(r, &waiting, base + PAGE - 3, text_bytes("xaXcYz")));
    memset(out, '-', sizeof out);
    reassembly_read(r, waiting, base + PAGE - 4, 8, out);
    check_eq_bytes(out, 8, "-xabcdz-", 8);

    reassembly_drop(r, &waiting, base + PAGE - 1);
    check_eq_u64(reassembly_first(r, waiting), base + PAGE - 1);
    reassembly_drop(r, &waiting, base + PAGE);
    check_eq_u64(reassembly_bytes(r), two / 2);
    check(reassembly_put(r, &waiting, base, text_bytes("q")));
    check_eq_u64(reassembly_first(r, waiting), base);
    reassembly_drop(r, &waiting, UINT64_MAX);
    check_eq_u64(waiting, 0);
    check_eq_u64(reassembly_bytes(r), 0);
    check_eq_u64(reassembly_limited(r), 0);
    reassembly_free(r);
}

static uint64_t seed = 0x853c49e6748fea9b;

static uint32_t random_below(uint32_t most)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % most;
}

static uint8_t model_bytes[MODEL];
static bool model_there[MODEL];

static bool model_same(const struct reassembly *r, uint32_t waiting)
{
    static uint8_t out[MODEL], want[MODEL];
    uint32_t first = 0, last = MODEL;
    while (first < MODEL && !model_there[first])
        first++;
    while (last && !model_there[last - 1])
        last--;
    if (first == MODEL)
        return !waiting && !reassembly_bytes(r);
    if (!waiting || reassembly_first(r, waiting) != first || reassembly_end(r, waiting) != last)
        return false;
    uint32_t from = random_below(MODEL), run = 0, most = random_below(MODEL);
    while (from + run < MODEL && model_there[from + run] && run < most)
        run++;
    if (reassembly_run(r, waiting, from, most) != run)
        return false;
    memset(out, 0, sizeof out);
    memset(want, 0, sizeof want);
    for (uint32_t i = from; i < MODEL; i++)
        want[i - from] = model_there[i] ? model_bytes[i] : 0;
    reassembly_read(r, waiting, from, MODEL - from, out);
    return memcmp(out, want, sizeof out) == 0;
}

static void test_random(void)
{
    uint64_t begin = seed;
    struct reassembly *r = reassembly_new(1 << 20, 1 << 20);
    uint32_t waiting = 0;
    bool good = r != NULL;
    memset(model_there, 0, sizeof model_there);
    for (int i = 0; good && i < 60; i++) {
        uint32_t at = random_below(MODEL), most = MODEL - at < 3000 ? MODEL - at : 3000;
        uint32_t len = 1 + random_below(most), again = 0, differing = 0;
        uint8_t *bytes = malloc(len);
        if (!bytes)
            break;
        for (uint32_t k = 0; k < len; k++) {
            bytes[k] = (uint8_t)random_below(4);
            again += model_there[at + k];
            differing += model_there[at + k] && model_bytes[at + k] != bytes[k];
            if (!model_there[at + k])
                model_bytes[at + k] = bytes[k];
            model_there[at + k] = true;
        }
        struct chains_bytes put = { bytes, len };
        struct reassembly_overlap overlap = reassembly_compare(r, waiting, at, put);
        good = overlap.again == again && overlap.differing == differing &&
               reassembly_put(r, &waiting, at, put) && model_same(r, waiting);
        free(bytes);
        if (good && random_below(10) == 0) {
            uint32_t to = random_below(MODEL);
            memset(model_there, 0, to);
            reassembly_drop(r, &waiting, to);
            good = model_same(r, waiting);
        }
    }
    if (!check(good))
        printf("# seed 0x%" PRIx64 "\n", begin);
    if (r)
        reassembly_drop(r, &waiting, UINT64_MAX);
    check(r && !reassembly_bytes(r));
    reassembly_free(r);
}

static unsigned holders(const uint32_t *waiting, unsigned count)
{
    unsigned found = 0;
    for (unsigned i = 0; i < count; i++)
        found += waiting[i] != 0;
    return found;
}

/* Room for four pages: who makes room for whom. */
static void test_oldest(void)
{
    struct reassembly *r = reassembly_new(1 << 20, 4 * (PAGE + 250));
    uint32_t waiting[4] = { 0 };
    uint8_t out[2] = { 0 };
    if (!check(r != NULL))
        return;
    check(reassembly_put(r, &waiting[0], 5 * PAGE, text_bytes("a")));
    check(reassembly_put(r, &waiting[1], 5 * PAGE, text_bytes("b")));
    check(reassembly_put(r, &waiting[0], 9 * PAGE, text_bytes("c")));
    check(reassembly_put(r, &waiting[2], 5 * PAGE, text_bytes("d")));
    uint64_t full = reassembly_bytes(r);
    check(full <= 4 * (PAGE + 250));

    /* The one that has waited longest gets nothing more itself: no other one has to go. */
    check(!reassembly_put(r, &waiting[0], 1 * PAGE, text_bytes("x")));
    check_eq_u64(holders(waiting, 4), 3);
    check_eq_u64(reassembly_limited(r), 1);

    /* It goes on, and is the newest one. A page in front of the first is the same direction. */
    reassembly_drop(r, &waiting[0], 6 * PAGE);
    check(reassembly_put(r, &waiting[0], 7 * PAGE, text_bytes("e")));
    check_eq_u64(reassembly_bytes(r), full);
    check_eq_u64(reassembly_limited(r), 1);

    /* Now the second one makes room for a new one, then the third. */
    check(reassembly_put(r, &waiting[3], 3 * PAGE, text_bytes("f")));
    check(waiting[0] && !waiting[1] && waiting[2] && waiting[3]);
    check_eq_u64(reassembly_limited(r), 2);
    check(reassembly_put(r, &waiting[1], 5 * PAGE, text_bytes("g")));
    check(waiting[0] && waiting[1] && !waiting[2] && waiting[3]);
    check_eq_u64(reassembly_bytes(r), full);

    /* The first one, of two pages, for both. */
    check(reassembly_put(r, &waiting[1], 1 * PAGE - 1, text_bytes("hi")));
    check(!waiting[0] && waiting[1] && !waiting[2] && waiting[3]);
    check_eq_u64(reassembly_limited(r), 4);
    check_eq_u64(reassembly_bytes(r), full);
    check_eq_u64(reassembly_first(r, waiting[1]), 1 * PAGE - 1);
    reassembly_read(r, waiting[1], 1 * PAGE - 1, 2, out);
    check_eq_bytes(out, 2, "hi", 2);
    check_eq_u64(reassembly_end(r, waiting[1]), 5 * PAGE + 1);
    check_eq_u64(reassembly_first(r, waiting[3]), 3 * PAGE);
    for (int i = 0; i < 4; i++)
        reassembly_drop(r, &waiting[i], UINT64_MAX);
    check_eq_u64(reassembly_bytes(r), 0);
    reassembly_free(r);
}

static void test_ceilings(void)
{
    struct reassembly *r = reassembly_new(64 * 1024, 200 * 1024);
    uint32_t waiting[8] = { 0 };
    if (!check(r != NULL))
        return;
    uint64_t limited = 0, memory = 0;
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 8 * 400; i++) {
            uint64_t before = reassembly_bytes(r), offset = 5000 + 2 * i * (uint64_t)PAGE;
            unsigned were = holders(waiting, 8) + !waiting[i % 8];
            if (!reassembly_put(r, &waiting[i % 8], offset, text_bytes("x"))) {
                limited++;
                check_eq_u64(reassembly_bytes(r), before);
            } else if (holders(waiting, 8) < were) {
                limited++; /* the one that waited longest was forgotten */
                check_eq_u64(holders(waiting, 8), were - 1);
                check(reassembly_bytes(r) < before);
            }
        }
        check(reassembly_bytes(r) <= 200 * 1024 && reassembly_bytes(r) > 130 * 1024);
        check_eq_u64(reassembly_limited(r), limited);
        memory = memory ? memory : reassembly_memory(r);
        check_eq_u64(reassembly_memory(r), memory); /* flat */
        for (int i = 0; i < 8; i++)
            reassembly_drop(r, &waiting[i], UINT64_MAX);
        check_eq_u64(reassembly_bytes(r), 0);
    }
    check(memory < 300 * 1024);
    uint32_t alone = 0;
    for (uint64_t i = 0; reassembly_put(r, &alone, i * PAGE, text_bytes("x")); i++)
        ;
    check(reassembly_bytes(r) <= 64 * 1024 && reassembly_bytes(r) > 60 * 1024);
    reassembly_drop(r, &alone, UINT64_MAX);
    reassembly_free(r);

    r = reassembly_new(0, 1 << 20); /* no room at all */
    check(r && !reassembly_put(r, &alone, 0, text_bytes("x")) && !alone);
    reassembly_free(r);
    r = reassembly_new(1 << 20, 100);
    check(r && !reassembly_put(r, &alone, 0, text_bytes("x")) && !alone);
    reassembly_free(r);
    reassembly_free(NULL);
}

/* Far inside of a direction with many pages nobody searches for ever. */
static void test_search(void)
{
    struct reassembly *r = reassembly_new(16 << 20, 16 << 20);
    uint32_t waiting = 0;
    const uint64_t pages = 3 * REASSEMBLY_SEARCH;
    if (!check(r != NULL))
        return;
    bool good = true;
    for (uint64_t i = 0; i < pages; i++)
        good = good && reassembly_put(r, &waiting, 2 * i * PAGE, text_bytes("x"));
    check(good);
    uint64_t near = 2 * (REASSEMBLY_SEARCH / 2) + 1, inside = pages + 1;
    check(reassembly_put(r, &waiting, near * PAGE, text_bytes("x")));
    check(reassembly_put(r, &waiting, (2 * pages - near) * PAGE, text_bytes("x")));
    check(!reassembly_put(r, &waiting, inside * PAGE, text_bytes("x")));
    check_eq_u64(reassembly_limited(r), 1);
    reassembly_drop(r, &waiting, UINT64_MAX);
    reassembly_free(r);
}

static struct {
    struct flow_tcp tcp;
    struct reassembly *waiting;
    struct chains_arena arena;
    uint64_t got, gaps, next, limited;
    bool wrong;
} talk;

static void talk_run(const struct flow_tcp_run *run)
{
    if (!run->bytes.len && !run->gap)
        return;
    talk.wrong |= run->offset != talk.next + run->gap;
    talk.next = run->offset + run->bytes.len;
    talk.got += run->bytes.len;
    talk.gaps += run->gap;
}

static void talk_take(enum chains_side side, unsigned flags, uint32_t seq, uint32_t ack,
                      uint32_t len)
{
    static const uint8_t bytes[1400];
    struct chains_tcp tcp = { .has = CHAINS_TCP_HAS_WSCALE,
                              .seq = seq,
                              .ack = ack,
                              .header_len = 20,
                              .flags = (uint16_t)flags,
                              .window = 65535,
                              .wscale = 8 };
    struct flow_tcp_segment segment = {
        .tcp = &tcp, .payload = { bytes, len }, .payload_len = len, .side = side
    };
    struct flow_tcp_run run;
    flow_tcp_take(&talk.tcp, talk.waiting, &segment, &talk.arena, &run);
    talk.limited += !!(run.marks & CHAINS_STREAM_LIMITED);
    if (side == CHAINS_ORIG) {
        talk_run(&run);
        while (flow_tcp_give_up(&talk.tcp, talk.waiting, side, false, &talk.arena, &run) ==
               FLOW_TCP_RUN)
            talk_run(&run);
    }
    arena_reset(&talk.arena);
}

static bool talk_open(uint64_t direction, uint64_t all)
{
    memset(&talk, 0, sizeof talk);
    talk.waiting = reassembly_new(direction, all);
    arena_init(&talk.arena, 16 << 20);
    flow_tcp_begin(&talk.tcp);
    if (!talk.waiting)
        return false;
    talk_take(CHAINS_ORIG, CHAINS_TCP_SYN, 999, 0, 0);
    talk_take(CHAINS_RESP, CHAINS_TCP_SYN | CHAINS_TCP_ACK, 4999, 1000, 0);
    talk_take(CHAINS_RESP, CHAINS_TCP_ACK, 5000, 1000, 0); /* a large window */
    talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000, 5000, 0);
    return true;
}

static void talk_close(void)
{
    struct flow_tcp_run run;
    while (flow_tcp_give_up(&talk.tcp, talk.waiting, CHAINS_ORIG, true, &talk.arena, &run) ==
           FLOW_TCP_RUN)
        talk_run(&run);
    check(!talk.wrong);
    flow_tcp_end(&talk.tcp, talk.waiting);
    check_eq_u64(reassembly_bytes(talk.waiting), 0);
    reassembly_free(talk.waiting);
    arena_free(&talk.arena);
}

/* A hole that nothing fills, and much behind it: at the ceiling it is given up, once. */
static void test_hole(void)
{
    if (!check(talk_open(256 * 1024, 32 << 20)))
        return;
    uint64_t most = 0;
    for (uint32_t i = 0; i < 300; i++) {
        talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000 + 2000 + 1400 * i, 5000, 1400);
        if (reassembly_bytes(talk.waiting) > most)
            most = reassembly_bytes(talk.waiting);
    }
    check_eq_u64(talk.got, 300 * 1400);
    check_eq_u64(talk.gaps, 2000);
    check_eq_u64(talk.limited, 1);
    check(most <= 256 * 1024 && most > 250 * 1024);
    check_eq_u64(reassembly_limited(talk.waiting), 1);
    check_eq_u64(reassembly_bytes(talk.waiting), 0);
    talk_close();
}

/* There is no room for this connection: it goes on without. */
static void test_no_room(void)
{
    if (!check(talk_open(256 * 1024, 0)))
        return;
    for (uint32_t i = 0; i < 10; i++)
        talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000 + 200 * i + 100, 5000, 100);
    check_eq_u64(talk.got, 1000);
    check_eq_u64(talk.gaps, 1000);
    check_eq_u64(talk.limited, 10);
    talk_close();
}

enum { ATTACKERS = 12 };

/* The room is filled by others, each of them up to its ceiling, with a byte in each page. */
static void pool_fill(struct flow_tcp *attackers)
{
    for (int i = 0; i < ATTACKERS; i++) {
        struct flow_tcp_run run;
        flow_tcp_begin(&attackers[i]);
        for (uint32_t k = 0; k < 70; k++) {
            uint8_t byte = 'a';
            struct chains_tcp tcp = { .seq = 1000 + 1024 * k + (k ? 5 : 0),
                                      .ack = 1,
                                      .header_len = 20,
                                      .flags = CHAINS_TCP_ACK,
                                      .window = 65535 };
            struct flow_tcp_segment segment = {
                .tcp = &tcp, .payload = { &byte, 1 }, .payload_len = 1, .side = CHAINS_ORIG
            };
            flow_tcp_take(&attackers[i], talk.waiting, &segment, &talk.arena, &run);
        }
    }
}

/*
 * All connections together have room for four directions, which others have filled: a connection
 * whose segments are swapped loses nothing, and those of the others stay consistent.
 */
static void test_pool(void)
{
    static struct flow_tcp attackers[ATTACKERS];
    if (!check(talk_open(100 * 1024, 256 * 1024)))
        return;
    pool_fill(attackers);
    uint64_t held = reassembly_bytes(talk.waiting), forgotten = 0, waits = 0;
    check(held > 180 * 1024);
    for (uint32_t i = 0; i < 400; i++) {
        talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000 + 2000 * i + 1000, 5000, 1000);
        talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000 + 2000 * i, 5000, 1000);
    }
    check_eq_u64(talk.got, 400 * 2000);
    check_eq_u64(talk.gaps, 0);
    check_eq_u64(talk.limited, 0);
    for (uint32_t i = 0; i < 60; i++) /* much at once, which is new: others make room */
        talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 801000 + 1000 * (60 - i), 5000, 1000);
    talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 801000, 5000, 1000);
    check_eq_u64(talk.got, 861000);
    check_eq_u64(talk.gaps + talk.limited, 0);
    for (int i = 0; i < ATTACKERS; i++) {
        struct chains_flow flow = { .has = 0 };
        struct flow_tcp_run run = { .gap = 0 };
        uint64_t next = 1;
        bool waited = attackers[i].sides[CHAINS_ORIG].waiting;
        while (flow_tcp_give_up(&attackers[i], talk.waiting, CHAINS_ORIG, true, &talk.arena,
                                &run) == FLOW_TCP_RUN) {
            check_eq_u64(run.offset, next + run.gap);
            next = run.offset + run.bytes.len;
        }
        flow_tcp_report(&attackers[i], &flow);
        check_eq_u64(flow.orig.stream_bytes + flow.orig.lost, next);
        bool marked = strchr(flow.history, 'X');
        waits += waited;
        forgotten += marked && !waited;
        check(marked || waited || !flow.orig.out_of_order);
        flow_tcp_end(&attackers[i], talk.waiting);
    }
    check(forgotten > 0 && waits > 0);
    check(reassembly_limited(talk.waiting) >= forgotten);
    talk_close();
}

/* One byte in two, forwards, backwards and at random: bounded in memory and in time. */
static void test_tiny(void)
{
    clock_t begin = clock();
    for (int order = 0; order < 3; order++) {
        if (!check(talk_open(256 * 1024, 32 << 20)))
            return;
        bool above = false;
        for (uint32_t i = 0; i < 200000; i++) {
            uint32_t at = order == 0 ? i : order == 1 ? 200000 - i : random_below(200000);
            talk_take(CHAINS_ORIG, CHAINS_TCP_ACK, 1000 + 10 + 20 * at, 5000, 1);
            above |= reassembly_bytes(talk.waiting) > 256 * 1024;
        }
        check(!above);
        check(talk.limited > 0);
        check(talk.next > 0 && talk.gaps > 0);
        talk_close();
    }
    double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
    printf("# 600000 segments of one byte: %.2f s\n", seconds);
    check(seconds < 60);
}

int main(void)
{
    test_pages();
    for (int i = 0; i < 300; i++)
        test_random();
    test_oldest();
    test_ceilings();
    test_search();
    test_hole();
    test_no_room();
    test_pool();
    test_tiny();
    return check_done();
}
