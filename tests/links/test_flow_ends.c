/* SPDX-License-Identifier: MIT */
/*
 * When flows end: timeouts by class, ceilings and who makes room, interim records, the end of the
 * input, time stamps that are wrong, and memory that does not grow.
 */
#include "flow_seen.h"

#include <time.h>

enum { A = 0x0a000001, B = 0x5a000102 };

#define OPTIONS(...)                                                                           \
    (&(const struct chains_flows_options){ sizeof(struct chains_flows_options), __VA_ARGS__ })

/* ---- timeouts ------------------------------------------------------------------------------- */

/* A flow of each class, then a packet at the time `probe`; ended: which flows have, as bits. */
static const struct packet classes[] = {
    { .time = 0 * S, A, B, 1001, 80, TCP, SYN, 10 }, /* 1: opening, 10 s */
    { .time = 0 * S, A, B, 1002, 80, TCP, SYN, 10 }, /* 2: established, 300 s */
    { .time = 0 * S, B, A, 80, 1002, TCP, SYN | ACK, 20, 11 },
    { .time = 0 * S, A, B, 1002, 80, TCP, ACK, 11, 21 },
    { .time = 0 * S, A, B, 1003, 53, UDP },          /* 3: 60 s */
    { .time = 0 * S, A, B, 8, 0, ICMP },             /* 4: 60 s */
    { .time = 0 * S, A, B, 1005, 80, TCP, SYN, 10 }, /* 5: reset, 5 s */
    { .time = 0 * S, B, A, 80, 1005, TCP, RST | ACK, 0, 11 },
    { .time = 0 * S, A, B, 0, 0, 47 }, /* 6: 60 s */
};

static const struct {
    int64_t probe;
    unsigned ended;
} expiries[] = {
    { 5 * S - 1, 0 },
    { 5 * S, 1 << 5 },
    { 10 * S - 1, 1 << 5 },
    { 10 * S, 1 << 5 | 1 << 1 },
    { 60 * S - 1, 1 << 5 | 1 << 1 },
    { 60 * S, 1 << 5 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 },
    { 300 * S - 1, 1 << 5 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 },
    { 300 * S, 1 << 5 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 2 },
};

static void test_classes(void)
{
    enum { COUNT = sizeof classes / sizeof classes[0] };
    for (size_t i = 0; i < sizeof expiries / sizeof expiries[0]; i++) {
        struct packet packets[COUNT + 4] = { { 0 } };
        memcpy(packets, classes, sizeof classes);
        for (size_t j = 0; j < 4; j++) /* two flows end at each packet */
            packets[COUNT + j] =
                (struct packet){ .time = expiries[i].probe, .protocol = NO_PACKET };
        PACKETS(packets);
        check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
        unsigned ended = 0, noted = 0;
        for (size_t at = 0; at < seen_count; at++) {
            if (seen[at].kind == CHAINS_PACKETS)
                ended = noted; /* what was in front of the last packet */
            else if (seen[at].kind == CHAINS_FLOWS)
                noted |= 1u << seen[at].flow.flow;
        }
        check_eq_u64(ended, expiries[i].ended);
    }
    check_eq_u64(seen_flow(1)->end, CHAINS_END_IDLE);
    check_eq_u64(seen_flow(5)->end, CHAINS_END_RST);
}

/* A packet that comes too late for its flow begins another, whatever the lists say. */
static void test_gap_in_time(void)
{
    static const struct packet packets[] = {
        { .time = 0 * S, A, B, 1, 2, UDP },
        { .time = 59 * S, B, A, 2, 1, UDP },
        { .time = 119 * S, A, B, 1, 2, UDP },
        { .time = 1000 * S, A, B, 1, 2, UDP },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    static const unsigned kinds[] = { CHAINS_STREAMS, CHAINS_STREAMS, CHAINS_FLOWS,
                                      CHAINS_STREAMS, CHAINS_FLOWS,   CHAINS_STREAMS,
                                      CHAINS_FLOWS };
    check_eq_u64(seen_count, 7);
    for (size_t i = 0; i < 7; i++)
        check_eq_u64(seen[i].kind, kinds[i]);
    check_eq_u64(seen[2].flow.end, CHAINS_END_IDLE);
    check_eq_u64(seen[2].flow.last, 59 * S);
    check_eq_u64(seen[2].time, 119 * S);
    check_eq_u64(seen[5].stream.flow, 3);
}

/* One time stamp far ahead does not keep later packets from being one flow. */
static void test_wrong_time(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 1, 2, UDP },      { .time = 2 * S, A, B, 1, 2, UDP },
        { .time = 900000 * S, A, B, 3, 4, UDP }, { .time = 3 * S, A, B, 1, 2, UDP },
        { .time = 4 * S, B, A, 2, 1, UDP },      { .time = 5 * S, A, B, 1, 2, UDP },
        { .time = 6 * S, A, B, 1, 2, UDP },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 3);
    check_eq_u64(seen_flow(3)->orig.packets, 3);
    check_eq_u64(seen_flow(3)->resp.packets, 1);
    check_eq_u64(seen_flow(3)->start, 3 * S);
    check_eq_u64(seen_flow(3)->last, 6 * S);
}

/*
 * A clock that was set back, or was ahead for one packet: after how many packets it is believed, by
 * the flows that a flow of one packet every `step` is cut into, with a timeout of 60 s.
 */
static const struct {
    int64_t ahead; /* of the one packet before all others */
    int64_t step;
    uint64_t packets, flows;
    int64_t last; /* end of the clock */
} steps_back[] = {
    { 365 * 24 * 3600 * S, 3600 * S, 5, 5, 5 * 3600 * S }, /* a year: each its own flow */
    { 365 * 24 * 3600 * S, 60 * S, 5, 5, 5 * 60 * S },     /* the second one is a minute on */
    { 365 * 24 * 3600 * S, 59 * S, 5, 1, 5 * 59 * S },
    { 365 * 24 * 3600 * S, 100 * MS, 500, 1, 500 * 100 * MS },
    { 11 * S, 3600 * S, 5, 5, 5 * 3600 * S },
    { 3601 * S, 20 * MS, 64, 1, 64 * 20 * MS },
    { 3601 * S, 20 * MS, 63, 1, 3601 * S }, /* one packet too few */
    { 3601 * S, 15 * MS, 64, 1, 3601 * S }, /* less than a second */
    { 3601 * S, 15 * MS, 68, 1, 68 * 15 * MS },
    { 3601 * S, 30 * S, 2, 1, 3601 * S },
    { 3601 * S, 30 * S, 3, 1, 90 * S },
};
static size_t step_back;

static void make_back(struct packet *packet, uint64_t i)
{
    int64_t time = (int64_t)i * steps_back[step_back].step;
    *packet = (struct packet){ .time = time, A, B, 1, 2, UDP, .len = 1 };
    if (i == 0) {
        packet->time = steps_back[step_back].ahead;
        packet->sport = 3;
    }
}

static void test_set_back(void)
{
    for (step_back = 0; step_back < sizeof steps_back / sizeof steps_back[0]; step_back++) {
        packet_plan = (struct packet_plan){ .make = make_back,
                                            .count = 1 + steps_back[step_back].packets };
        check_eq_u64(seen_run(packet_chain(OPTIONS(.no_interim = true))), CHAINS_OK);
        if (!check(seen_kind(CHAINS_FLOWS) == 1 + steps_back[step_back].flows))
            printf("# row %zu: %zu flows\n", step_back, seen_kind(CHAINS_FLOWS) - 1);
        check_eq_u64(seen[seen_count - 1].time, steps_back[step_back].last);
        uint64_t counted = 0;
        for (size_t i = 0; i < seen_count; i++)
            if (seen[i].kind == CHAINS_FLOWS && seen[i].flow.sport == 1)
                counted += seen[i].flow.orig.packets;
        check_eq_u64(counted, steps_back[step_back].packets);
    }
}

/* A flow that began before the clock was set back goes on, and ends when it is silent. */
static void test_across_step(void)
{
    static struct packet packets[402];
    for (size_t i = 0; i < 200; i++)
        packets[i] = (struct packet){ .time = 7200 * S + (int64_t)i * S / 10, A, B, 1, 2, UDP };
    for (size_t i = 200; i < 400; i++)
        packets[i] = (struct packet){ .time = (int64_t)i * S / 10, A, B, 1, 2, UDP };
    packets[400] = (struct packet){ .time = 69 * S, .protocol = NO_PACKET };
    packets[401] = (struct packet){ .time = 108 * S, .protocol = NO_PACKET };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 1);
    check_eq_u64(seen_flow(1)->orig.packets, 400);
    check_eq_u64(seen_flow(1)->end, CHAINS_END_IDLE);
    check_eq_u64(seen_flow(1)->orig.last, 39 * S + 900 * MS);
    check_eq_u64(seen[seen_count - 1].kind, CHAINS_PACKETS); /* not before the last packet */
    check_eq_u64(seen[seen_count - 2].kind, CHAINS_FLOWS);
}

/* Two interfaces whose clocks differ, in turn: one flow each, and one of both. */
static void make_skewed(struct packet *packet, uint64_t i)
{
    int64_t skew = i % 2 ? 5 * S : 0;
    *packet = (struct packet){ .time = (int64_t)i * 50 * MS - skew, A, B, 7, 9, UDP };
    if (i % 4 >= 2)
        *packet = (struct packet){ .time = packet->time,
                                   .protocol = UDP,
                                   .src = A,
                                   .dst = B,
                                   .sport = (uint16_t)(100 + i % 2),
                                   .dport = 53 };
}

static void test_skew(void)
{
    packet_plan = (struct packet_plan){ .make = make_skewed, .count = 8000 };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.udp_idle = 10 * S, .no_interim = true))),
                 CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 3);
    check_eq_u64(seen_flow(1)->orig.packets, 4000);
}

/* A class with a short timeout judges anew how late the last packet was. */
static void test_late_in_class(void)
{
    static const struct packet packets[] = {
        { .time = 100 * S, .protocol = NO_PACKET },
        { .time = 96 * S, A, B, 1001, 80, TCP, SYN, 10 },
        { .time = 96 * S, B, A, 80, 1001, TCP, SYN | ACK, 20, 11 },
        { .time = 96 * S, A, B, 1001, 80, TCP, ACK, 11, 21 },
        { .time = 96 * S, A, B, 1001, 80, TCP, RST, 11 }, /* 4 s late: it came at 100 s */
        { .time = 104 * S, .protocol = NO_PACKET },
        { .time = 105 * S + 100 * MS, .protocol = NO_PACKET },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_count, 8);
    check_eq_u64(seen[6].kind, CHAINS_FLOWS);
    check_eq_u64(seen[6].flow.end, CHAINS_END_RST);
    check_eq_u64(seen[6].time, 105 * S + 100 * MS);
}

static void test_extreme_times(void)
{
    static const struct packet packets[] = {
        { .time = INT64_MIN, A, B, 1, 2, UDP }, { .time = -5, A, B, 1, 2, UDP },
        { .time = INT64_MAX, A, B, 1, 2, UDP }, { .time = INT64_MIN, A, B, 1, 2, UDP },
        { .time = INT64_MAX, A, B, 3, 2, UDP }, { .time = 0, A, B, 3, 2, TCP, SYN },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_STREAMS), 6);
    uint64_t counted = 0;
    for (size_t i = 0; i < seen_count; i++)
        if (seen[i].kind == CHAINS_FLOWS)
            counted += seen[i].flow.orig.packets + seen[i].flow.resp.packets;
    check_eq_u64(counted, 6);
}

/* On an interface the clock goes on by itself while nothing comes. */
static void test_live(void)
{
    static struct packet packets[400] = { { .time = 1 * S, A, B, 1, 2, UDP } };
    for (size_t i = 1; i < 400; i++)
        packets[i].protocol = PAUSE;
    for (int live = 0; live < 2; live++) {
        PACKETS(packets);
        packet_plan.info.live = live;
        chains_component *flows = packet_chain(OPTIONS(.udp_idle = 20 * MS));
        const struct chains_record *rec = chains_next(flows);
        check(rec && rec->kind == CHAINS_STREAMS);
        bool ended = false;
        for (int i = 0; i < 200 && !ended; i++) {
            int status = chains_step(flows);
            nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
            ended = status == CHAINS_OK;
        }
        check(ended == (live == 1));
        chains_free(flows);
    }
}

/* ---- ceilings ------------------------------------------------------------------------------- */

static void test_eviction(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 1, 2, UDP },  { .time = 2 * S, A, B, 2, 2, UDP },
        { .time = 3 * S, A, B, 3, 2, UDP },  { .time = 12 * S, A, B, 1, 2, UDP },
        { .time = 13 * S, A, B, 4, 2, UDP }, { .time = 14 * S, A, B, 5, 2, UDP },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = 3))), CHAINS_OK);
    check_eq_u64(seen_of(CHAINS_FLOWS, 0)->flow.flow, 2);
    check_eq_u64(seen_of(CHAINS_FLOWS, 0)->flow.end, CHAINS_END_EVICTED);
    check_eq_u64(seen_of(CHAINS_FLOWS, 1)->flow.flow, 3);
    check_eq_u64(seen_of(CHAINS_FLOWS, 1)->flow.end, CHAINS_END_EVICTED);
    check_eq_u64(seen_flow(1)->end, CHAINS_END_INPUT); /* moved on by its packet at 12 s */
    check_eq_u64(seen_kind(CHAINS_FLOWS), 5);
    /* In front of the packet that it made room for. */
    check_eq_u64(seen[4].kind, CHAINS_FLOWS);
    check_eq_u64(seen[5].number, 5);
}

/* A half-open flow without an answer for long goes first, then one that is closed. */
static void test_eviction_order(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 1, 2, UDP },
        { .time = 2 * S, A, B, 1001, 80, TCP, SYN, 10 },
        { .time = 2 * S, A, B, 1002, 80, TCP, SYN, 10 },
        { .time = 2 * S, B, A, 80, 1002, TCP, RST | ACK, 0, 11 },
        { .time = 4 * S, A, B, 2, 2, UDP },
        { .time = 4 * S, A, B, 3, 2, UDP },
        { .time = 4 * S, A, B, 4, 2, UDP },
    };
    static const uint64_t order[] = { 2, 3, 1 };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = 3, .half_open = 100))), CHAINS_OK);
    for (size_t i = 0; i < 3; i++)
        check_eq_u64(seen_of(CHAINS_FLOWS, i)->flow.flow, order[i]);
    check_eq_u64(seen_of(CHAINS_FLOWS, 0)->flow.end, CHAINS_END_EVICTED);
    check_eq_u64(seen_of(CHAINS_FLOWS, 1)->flow.end, CHAINS_END_RST);
}

enum { FLOOD_KEPT = 60, FLOOD = 200000 };

/* Established connections, a flood of SYNs, and the connections again. */
static void make_flood(struct packet *packet, uint64_t i)
{
    *packet = (struct packet){ .time = (int64_t)i * MS / 20, A, B, 1, 80, TCP, SYN, 10 };
    if (i < 3 * FLOOD_KEPT) {
        static const uint16_t flags[] = { SYN, SYN | ACK, ACK };
        static const uint32_t seq[] = { 10, 20, 11 }, ack[] = { 0, 11, 21 };
        packet->sport = (uint16_t)(1000 + i / 3);
        packet->tcp = flags[i % 3];
        packet->seq = seq[i % 3];
        packet->ack = ack[i % 3];
        if (i % 3 == 1)
            *packet = (struct packet){
                .time = packet->time, B, A, 80, packet->sport, TCP, SYN | ACK, 20, 11
            };
    } else if (i < 3 * FLOOD_KEPT + FLOOD) {
        packet->src = (uint32_t)(0x0b000000 + i);
    } else {
        packet->sport = (uint16_t)(1000 + i - 3 * FLOOD_KEPT - FLOOD);
        packet->tcp = ACK;
        packet->seq = 11;
        packet->ack = 21;
        packet->len = 1;
    }
}

static void test_flood(uint32_t flows, uint32_t half_open)
{
    packet_plan = (struct packet_plan){ .make = make_flood, .count = 4 * FLOOD_KEPT + FLOOD };
    chains_component *chain =
        packet_chain(OPTIONS(.flows = flows, .half_open = half_open, .no_community_id = true));
    const struct chains_record *rec;
    uint64_t records = 0, evicted = 0, kept = 0;
    while ((rec = chains_next(chain))) {
        const struct chains_flow *flow = chains_get(rec, flow);
        records += flow != NULL;
        evicted += flow && flow->end == CHAINS_END_EVICTED;
        const struct chains_stream *stream = chains_get(rec, stream);
        if (rec->number > 3 * FLOOD_KEPT + FLOOD)
            kept += stream->flow <= FLOOD_KEPT;
    }
    check_eq_u64(records, FLOOD + FLOOD_KEPT);
    check_eq_u64(kept, FLOOD_KEPT);
    check_eq_u64(evicted, FLOOD - half_open * flows / 100);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chain, &stats);
    check_eq_u64(stats.limited, evicted);
    chains_free(chain);
}

/* The smallest table there is: a flow of its own for every packet. */
static void test_one(void)
{
    static struct packet packets[200];
    for (size_t i = 0; i < 200; i++)
        packets[i] =
            (struct packet){ .time = (int64_t)i, A, B, (uint16_t)i, 9, i % 2 ? UDP : TCP, SYN };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = 1, .half_open = 1))), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_STREAMS), 200);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 200);
    for (uint64_t i = 1; i <= 200; i++)
        check_eq_u64(seen_flow(i)->orig.packets, 1);
}

static void make_new(struct packet *packet, uint64_t i)
{
    *packet = (struct packet){
        .time = (int64_t)i * 1000, (uint32_t)(0x0b000000 + i), B, 7, 53, UDP, .len = 10
    };
    if (i % 5 == 0) {
        packet->protocol = TCP;
        packet->tcp = SYN;
    }
}

static uint64_t memory_after(uint64_t packets)
{
    packet_plan = (struct packet_plan){ .make = make_new, .count = packets };
    chains_component *chain = packet_chain(
        OPTIONS(.flows = 1000, .only = CHAINS_FLOWS_RECORDS, .no_community_id = true));
    uint64_t records = 0;
    while (chains_next(chain))
        records++;
    check_eq_u64(records, packets);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chain, &stats);
    chains_free(chain);
    return stats.memory;
}

static void test_no_growth(void)
{
    uint64_t early = memory_after(5000), late = memory_after(1000000);
    check_eq_u64(late, early);
    check(late < UINT64_C(2) * 1024 * 1024);
}

/* ---- records -------------------------------------------------------------------------------- */

static void test_interim(void)
{
    static struct packet packets[1000];
    for (size_t i = 0; i < 1000; i++) /* each second */
        packets[i] = (struct packet){ .time = (int64_t)i * S, A, B, 1, 2, UDP, .len = 1 };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.active = 100 * S))), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 10);
    for (size_t i = 0; i < 9; i++) {
        const struct seen *one = seen_of(CHAINS_FLOWS, i);
        check_eq_u64(one->flow.part, i + 1);
        check_eq_u64(one->flow.interim, 1);
        check_eq_u64(one->flow.end, CHAINS_END_ACTIVE);
        check_eq_u64(one->flow.flow, 1);
        check_eq_u64(one->time, (int64_t)(i + 1) * 100 * S);
        check_eq_u64(one->flow.orig.packets, (i + 1) * 100 + 1); /* since its beginning */
    }
    check_eq_u64(seen_flow(1)->part, 10);
    check_eq_u64(seen_flow(1)->interim, 0);
    check_eq_u64(seen_flow(1)->end, CHAINS_END_INPUT);

    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.active = 100 * S, .no_interim = true))),
                 CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 1);
}

/* The end of the input ends every flow once, over many batches. */
static void test_sweep(void)
{
    packet_plan = (struct packet_plan){ .make = make_new, .count = 5000 };
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 5000);
    bool seen_once = true;
    static bool had[5001];
    for (size_t i = 0; i < 5000; i++) {
        uint64_t flow = seen_of(CHAINS_FLOWS, 0)[i].flow.flow;
        seen_once = seen_once && flow <= 5000 && !had[flow];
        had[flow] = true;
    }
    check(seen_once);
    packet_list(NULL, 0);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_count, 0);
}

/* Many flows fall silent at once: their records come in portions, none is lost. */
static void make_silence(struct packet *packet, uint64_t i)
{
    make_new(packet, i);
    if (i >= 3000)
        packet->time = 4000 * S + (int64_t)i;
}

static void test_silence(void)
{
    for (size_t batch = 0; batch < 8; batch += 7) {
        packet_plan =
            (struct packet_plan){ .make = make_silence, .count = 6000, .batch = batch };
        check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
        check_eq_u64(seen_kind(CHAINS_STREAMS), 6000);
        check_eq_u64(seen_kind(CHAINS_FLOWS), 6000);
        uint64_t idle = 0, number = 0;
        bool ordered = true;
        for (size_t i = 0; i < seen_count; i++) {
            idle += seen[i].kind == CHAINS_FLOWS && seen[i].flow.end == CHAINS_END_IDLE;
            if (seen[i].kind == CHAINS_STREAMS)
                ordered = ordered && seen[i].number == ++number;
        }
        check_eq_u64(idle, 3000);
        check(ordered);
    }
}

/* Batches of one record bring the same as large ones. */
static void test_batches(void)
{
    static struct seen large[SEEN_MOST];
    packet_plan = (struct packet_plan){ .make = make_new, .count = 3000 };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = 100))), CHAINS_OK);
    size_t count = seen_count;
    memcpy(large, seen, sizeof seen);
    packet_plan.batch = 1;
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = 100))), CHAINS_OK);
    check_eq_u64(seen_count, count);
    bool same = true;
    for (size_t i = 0; i < count; i++)
        same = same && seen[i].kind == large[i].kind && seen[i].number == large[i].number &&
               seen[i].stream.flow == large[i].stream.flow &&
               seen[i].flow.flow == large[i].flow.flow && seen[i].flow.end == large[i].flow.end;
    check(same);
}

int main(void)
{
    test_classes();
    test_gap_in_time();
    test_wrong_time();
    test_set_back();
    test_across_step();
    test_skew();
    test_late_in_class();
    test_extreme_times();
    test_live();
    test_eviction();
    test_eviction_order();
    test_flood(100000, 25);
    test_flood(1000, 1);
    test_flood(80, 10);
    test_one();
    test_no_growth();
    test_interim();
    test_sweep();
    test_silence();
    test_batches();
    return check_done();
}
