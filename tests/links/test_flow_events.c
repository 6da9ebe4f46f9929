/* SPDX-License-Identifier: MIT */
/*
 * Bytes behind holes in a chain of flows: events in front of the packet that acknowledged it, in front
 * of the record of a flow that ends, and none lost where a batch has no rows left.
 */
#include "flow_seen.h"

enum { A = 0x0a000001, B = 0x5a000102 };

#define OPTIONS(...)                                                                           \
    (&(const struct chains_flows_options){ sizeof(struct chains_flows_options), __VA_ARGS__ })

#define OPEN(at)                                                                               \
    { .time = at, A, B, 40000, 80, TCP, SYN, 100 },                                            \
        { .time = at + 1, B, A, 80, 40000, TCP, SYN | ACK, 500, 101 },                         \
    {                                                                                          \
        .time = at + 2, A, B, 40000, 80, TCP, ACK, 101, 501                                    \
    }

/* The other side has acknowledged what was never seen. */
static void test_acknowledged(void)
{
    static const struct packet packets[] = {
        OPEN(1 * S),
        { .time = 2 * S, A, B, 40000, 80, TCP, ACK, 101, 501, .len = 10 },
        { .time = 3 * S, A, B, 40000, 80, TCP, ACK, 131, 501, .len = 5 },
        { .time = 4 * S, B, A, 80, 40000, TCP, ACK, 501, 136 },
        { .time = 5 * S, A, B, 40000, 80, TCP, ACK, 136, 501, .len = 1 },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_count, 9);
    check_eq_u64(seen[4].stream.marks & CHAINS_STREAM_WAITS, CHAINS_STREAM_WAITS);
    check_eq_u64(seen[4].rest.len, 0);
    const struct seen *event = &seen[5]; /* in front of the packet that acknowledged */
    check_eq_u64(event->kind, CHAINS_EVENTS);
    check_eq_u64(event->number, 6); /* of the packet that acknowledged */
    check_eq_u64(event->time, 4 * S);
    check_eq_u64(event->rest.len, 5);
    check_eq_u64(event->stream.len, 5);
    check_eq_u64(event->stream.gap, 20);
    check_eq_u64(event->stream.offset, 30);
    check_eq_u64(event->stream.side, CHAINS_ORIG);
    check_eq_u64(event->stream.flow, 1);
    check(event->stream.marks & CHAINS_STREAM_GAP);
    check(event->has_endpoints);
    check_eq_u64(event->ends.src.octets[0], 10);
    check_eq_u64(event->ends.sport, 40000);
    check_eq_u64(event->ends.dport, 80);
    check_eq_u64(event->ends.protocol, TCP);
    check_eq_u64(seen[7].stream.offset, 35);
    check_eq_u64(seen_flow(1)->orig.gaps, 1);
    check_eq_u64(seen_flow(1)->orig.lost, 20);
    check_eq_u64(seen_flow(1)->orig.stream_bytes, 16);
}

/* Nobody has acknowledged it: it comes when the flow ends, in front of its record. */
static void test_at_end(void)
{
    static const struct packet packets[] = {
        OPEN(1 * S),
        { .time = 3 * S, B, A, 80, 40000, TCP, ACK, 511, 101, .len = 5 },
    };
    for (int only = CHAINS_FLOWS_BOTH; only <= CHAINS_FLOWS_RECORDS; only++) {
        PACKETS(packets);
        check_eq_u64(seen_run(packet_chain(OPTIONS(.only = (enum chains_flows_only)only))),
                     CHAINS_OK);
        size_t records = only != CHAINS_FLOWS_PACKETS, events = only != CHAINS_FLOWS_RECORDS;
        check_eq_u64(seen_kind(CHAINS_EVENTS), events);
        check_eq_u64(seen_kind(CHAINS_FLOWS), records);
        const struct seen *event = seen_of(CHAINS_EVENTS, 0);
        if (events) {
            check_eq_u64(event->number, 0);
            check_eq_u64(event->stream.gap, 10);
            check_eq_u64(event->stream.side, CHAINS_RESP);
            check_eq_u64(event->ends.src.octets[0], 90);
        }
        if (!records)
            continue;
        check_eq_u64(seen[seen_count - 1].kind, CHAINS_FLOWS);
        check_eq_u64(seen_flow(1)->resp.lost, 10);
        check_eq_u64(seen_flow(1)->resp.stream_bytes, 5);
    }
}

/* One flow with more holes than a batch has rows, or many flows with one; a byte behind each. */
enum { HOLES = 400 };
static bool holes_of_many;

static void make_holes(struct packet *packet, uint64_t i)
{
    *packet = (struct packet){ .time = (int64_t)i,
                               A + (holes_of_many ? (uint32_t)i / 2 : 0),
                               B,
                               40000,
                               80,
                               TCP,
                               ACK,
                               101,
                               501,
                               .len = 1 };
    if (holes_of_many ? i % 2 : i)
        packet->seq = 101 + 10 * (holes_of_many ? 1 : (uint32_t)i);
}

static void test_rows(bool many, size_t batch)
{
    holes_of_many = many;
    packet_plan = (struct packet_plan){ .make = make_holes,
                                        .count = many ? 2 * HOLES : HOLES + 1,
                                        .batch = batch };
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_EVENTS), HOLES);
    check_eq_u64(seen_kind(CHAINS_FLOWS), many ? HOLES : 1);
    uint64_t bytes = 0, wrong = 0, flow = 0;
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].kind == CHAINS_EVENTS) {
            wrong += many && flow; /* its own record comes next, before another's event */
            flow = many ? seen[i].stream.flow : 0;
            wrong += seen[i].stream.gap != 9 || seen[i].rest.len != 1;
            bytes += seen[i].stream.gap + seen[i].rest.len;
        } else if (seen[i].kind == CHAINS_FLOWS) {
            wrong += many && seen[i].flow.flow != flow;
            flow = 0;
        }
    }
    check_eq_u64(wrong, 0);
    check_eq_u64(bytes, HOLES * 10);
}

/* More waits behind the holes of a few flows than a batch's arena has room for: no byte is lost. */
enum { LARGE_FLOWS = 5, LARGE_SEGMENTS = 140, LARGE = 60000 };

static void make_large(struct packet *packet, uint64_t i)
{
    uint32_t flow = (uint32_t)(i / (LARGE_SEGMENTS + 1));
    uint32_t segment = (uint32_t)(i % (LARGE_SEGMENTS + 1));
    *packet = (struct packet){
        .time = (int64_t)i, A + flow, B, 40000, 80, TCP, ACK, 101, 501, .len = 1
    };
    if (!segment)
        return;
    packet->len = LARGE;
    packet->seq = 111 + LARGE * (segment - 1);
}

static void test_large(void)
{
    packet_plan = (struct packet_plan){ .make = make_large,
                                        .count = LARGE_FLOWS * (LARGE_SEGMENTS + 1),
                                        .batch = 100 };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.waiting = 12 << 20, .waiting_all = 64 << 20))),
                 CHAINS_OK);
    uint64_t bytes = 0, gaps = 0, lost = 0, stream = 0;
    for (size_t i = 0; i < seen_count; i++) {
        if (seen[i].kind != CHAINS_EVENTS)
            continue;
        bytes += seen[i].rest.len;
        gaps += seen[i].stream.gap;
    }
    for (uint64_t flow = 1; flow <= LARGE_FLOWS; flow++) {
        lost += seen_flow(flow)->orig.lost;
        stream += seen_flow(flow)->orig.stream_bytes;
    }
    check_eq_u64(seen_kind(CHAINS_FLOWS), LARGE_FLOWS);
    check_eq_u64(bytes, (uint64_t)LARGE_FLOWS * LARGE_SEGMENTS * LARGE);
    check_eq_u64(stream, bytes + LARGE_FLOWS);
    check_eq_u64(gaps, LARGE_FLOWS * 9);
    check_eq_u64(lost, LARGE_FLOWS * 9);
}

/* What a header says was sent counts where the capture is cut; else only what is there counts. */
static void test_sizes(void)
{
    static const struct packet packets[] = {
        OPEN(1 * S),
        { .time = 2 * S,
          A,
          B,
          40000,
          80,
          TCP,
          ACK,
          101,
          501,
          .len = 10,
          .beyond = 90,
          .flags = CHAINS_CUT },
        { .time = 3 * S,
          A,
          B,
          40000,
          80,
          TCP,
          ACK,
          111,
          501,
          .len = 5,
          .beyond = 20,
          .flags = CHAINS_SNAPPED },
        { .time = 4 * S, A, B, 40000, 80, TCP, ACK, 136, 501, .len = 1 },
        { .time = 5 * S, A, B, 9, 80, UDP, .len = 7, .beyond = 100, .flags = CHAINS_CUT },
        { .time = 6 * S, A, B, 8, 0, ICMP, .len = 7, .beyond = 100, .flags = CHAINS_CUT },
        { .time = 7 * S, A, B, 8, 0, ICMP, .len = 7, .beyond = 100, .flags = CHAINS_SNAPPED },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    const struct seen *lie = seen_of(CHAINS_STREAMS, 3), *behind = seen_of(CHAINS_STREAMS, 5);
    check_eq_u64(lie->stream.len, 10);
    check_eq_u64(behind->stream.offset, 35);
    check_eq_u64(behind->stream.gap, 20);
    check_eq_u64(seen_flow(1)->orig.stream_bytes, 16);
    check_eq_u64(seen_flow(1)->orig.lost, 20);
    check_eq_u64(seen_flow(1)->orig.bytes, 10 + 25 + 1);
    check_eq_u64(seen_flow(1)->orig.ip_bytes, 5 * 40 + 10 + 25 + 1);
    check_eq_u64(seen_flow(2)->orig.bytes, 7);
    check_eq_u64(seen_flow(2)->orig.ip_bytes, 20 + 8 + 7);
    check_eq_u64(seen_flow(3)->orig.bytes, 7 + 107);
    check_eq_u64(seen_flow(3)->orig.ip_bytes, 2 * 28 + 7 + 107);
}

/* The same two ports again: the first connection ends in front of the packet that says so. */
static void test_reuse(void)
{
    static const struct packet packets[] = {
        OPEN(1 * S),
        { .time = 2 * S, A, B, 40000, 80, TCP, RST | ACK, 101, 501 },
        { .time = 3 * S, A, B, 40000, 80, TCP, SYN, 90000 },
        { .time = 3 * S, B, A, 80, 40000, TCP, SYN | ACK, 7000, 90001 },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen[4].kind, CHAINS_FLOWS);
    check_eq_u64(seen[4].flow.end, CHAINS_END_RST);
    check_eq_u64(seen[4].flow.flow, 1);
    check_eq_u64(seen[5].number, 5);
    check_eq_u64(seen[5].stream.flow, 2);
    check_eq_u64(seen[6].stream.flow, 2);
    check_eq_u64(seen_flow(2)->orig.packets, 1);
}

int main(void)
{
    test_acknowledged();
    test_at_end();
    for (size_t batch = 0; batch < 3; batch++) {
        test_rows(false, batch);
        test_rows(true, batch);
    }
    test_large();
    test_sizes();
    test_reuse();
    return check_done();
}
