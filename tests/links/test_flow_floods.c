/* SPDX-License-Identifier: MIT */
/*
 * Who makes room at the ceiling: packets that nobody answers, however they begin a flow, cost no
 * flow of which both ends were heard; and new flows find room beside a table full of those.
 */
#include "flow_seen.h"

enum { A = 0x0a090001, B = 0x0a000002, FLOWS = 1000, KEPT = 100, SOURCES = 3000 };

#define OPTIONS(...)                                                                           \
    (&(const struct chains_flows_options){ sizeof(struct chains_flows_options), __VA_ARGS__ })

/* What each source of a flood sends: at most two packets. */
struct flood {
    const char *name;
    struct packet packet[2]; /* protocol 0: none */
    uint64_t least;          /* of the flood that are still there at the end */
};

static const struct flood floods[] = {
    { "SYN", { { .sport = 2000, .dport = 80, .protocol = TCP, .tcp = SYN, .seq = 10 } }, 250 },
    { "SYN and data",
      { { .sport = 2000, .dport = 80, .protocol = TCP, .tcp = SYN, .seq = 10 },
        { .sport = 2000,
          .dport = 80,
          .protocol = TCP,
          .tcp = ACK,
          .seq = 11,
          .ack = 7,
          .len = 1 } },
      FLOWS - KEPT },
    { "ACK",
      { { .sport = 2000, .dport = 80, .protocol = TCP, .tcp = ACK, .seq = 10, .ack = 5 } },
      FLOWS - KEPT },
    { "FIN",
      { { .sport = 2000,
          .dport = 80,
          .protocol = TCP,
          .tcp = FIN | ACK,
          .seq = 10,
          .ack = 5 } },
      1 },
    { "SYN and RST",
      { { .sport = 2000, .dport = 80, .protocol = TCP, .tcp = SYN, .seq = 10 },
        { .sport = 2000, .dport = 80, .protocol = TCP, .tcp = RST, .seq = 11 } },
      1 },
    { "UDP", { { .sport = 2000, .dport = 9, .protocol = UDP, .len = 1 } }, FLOWS - KEPT },
    { "ICMP", { { .sport = 8, .protocol = ICMP } }, FLOWS - KEPT },
    { "GRE", { { .protocol = 47 } }, FLOWS - KEPT },
};
static const struct flood *flood;

/* TCP, UDP and ICMP flows with two sides in turn, a packet of each side; then the flood. */
static void make_flood(struct packet *packet, uint64_t i)
{
    if (i < 2 * KEPT) {
        uint64_t n = i / 2;
        static const uint8_t protocols[] = { TCP, UDP, ICMP };
        bool back = i % 2;
        *packet = (struct packet){ .time = (int64_t)i * MS, .protocol = protocols[n % 3] };
        uint32_t a = (uint32_t)(A + n);
        packet->src = back ? B : a;
        packet->dst = back ? a : B;
        packet->tcp = back ? SYN | ACK : SYN;
        packet->seq = back ? 20 : 10;
        packet->ack = back ? 11 : 0;
        packet->sport = back ? 80 : 1111;
        packet->dport = back ? 1111 : 80;
        if (packet->protocol == ICMP) {
            packet->sport = back ? 0 : 8;
            packet->dport = 0;
        }
        return;
    }
    i -= 2 * KEPT;
    *packet = flood->packet[i % 2];
    packet->time = 2 * S + (int64_t)i * 5000;
    packet->src = (uint32_t)(0xac100000 + i / 2);
    packet->dst = B;
}

static void test_flood(void)
{
    packet_plan = (struct packet_plan){ .make = make_flood, .count = 2 * (KEPT + SOURCES) };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = FLOWS, .only = CHAINS_FLOWS_RECORDS))),
                 CHAINS_OK);
    uint64_t kept = 0, put_out = 0, left = 0;
    for (size_t i = 0; i < seen_count; i++) {
        bool evicted = seen[i].flow.end == CHAINS_END_EVICTED;
        bool old = seen[i].flow.flow <= KEPT;
        kept += old && !evicted;
        put_out += old && evicted;
        left += !old && seen[i].flow.end == CHAINS_END_INPUT;
    }
    printf("# %s: %u kept, %u put out, %u of the flood left\n", flood->name, (unsigned)kept,
           (unsigned)put_out, (unsigned)left);
    check_eq_u64(kept, KEPT);
    check_eq_u64(put_out, 0);
    check(flood->least == 1 || left == flood->least);
    check_eq_u64(seen_kind(CHAINS_FLOWS), KEPT + SOURCES);
}

/*
 * A flood without answers that never stops, for longer than a tenth of what flows with two sides may
 * be idle: the table is nearly full all the time, and none of those, which are silent, is put out.
 */
static struct {
    uint8_t protocol, flood;
    int64_t every;
} steady;

static void make_steady(struct packet *packet, uint64_t i)
{
    bool kept = i < 2 * KEPT;
    bool back = kept && i % 2;
    uint32_t a = kept ? (uint32_t)(A + i / 2) : (uint32_t)(0xac100000 + i);
    *packet = (struct packet){ .protocol = kept ? steady.protocol : steady.flood,
                               .src = back ? B : a,
                               .dst = back ? a : B,
                               .sport = back ? 80 : 1111,
                               .dport = back ? 1111 : 80,
                               .tcp = !kept  ? ACK
                                      : back ? SYN | ACK
                                             : SYN,
                               .seq = back ? 20 : 10,
                               .ack = back ? 11 : 0,
                               .len = 0 };
    packet->time = kept ? (int64_t)i * MS : 40 * S + (int64_t)(i - 2 * KEPT) * steady.every;
}

static void test_steady(uint8_t protocol, uint8_t flooding, int64_t every, uint64_t count)
{
    steady.protocol = protocol;
    steady.flood = flooding;
    steady.every = every;
    packet_plan = (struct packet_plan){ .make = make_steady, .count = 2 * KEPT + count };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = FLOWS, .only = CHAINS_FLOWS_RECORDS))),
                 CHAINS_OK);
    uint64_t kept = 0, put_out = 0, others = 0;
    for (size_t i = 0; i < seen_count; i++) {
        bool evicted = seen[i].flow.end == CHAINS_END_EVICTED;
        bool old = seen[i].flow.flow <= KEPT;
        kept += old && seen[i].flow.end == CHAINS_END_INPUT;
        put_out += old && evicted;
        others += !old && evicted;
    }
    check_eq_u64(kept, KEPT);
    check_eq_u64(put_out, 0);
    check(others > FLOWS);
}

/*
 * More flows than there is room for, all of them answered, each 2 ms later: who is new finds room
 * until its answer comes, and the longest idle ones go.
 */
enum { ANSWERED = 3000, DELAY = 20 };

static void make_answered(struct packet *packet, uint64_t i)
{
    uint64_t turn = i / 2, n = turn;
    bool back = i % 2;
    *packet = (struct packet){ .time = (int64_t)turn * 100 * 1000, .protocol = NO_PACKET };
    if (back && turn < DELAY)
        return;
    n = back ? turn - DELAY : turn;
    if (n >= ANSWERED)
        return;
    uint32_t a = (uint32_t)(A + n);
    *packet = (struct packet){ .time = packet->time,
                               .protocol = UDP,
                               .src = back ? B : a,
                               .dst = back ? a : B,
                               .sport = back ? 53 : 1111,
                               .dport = back ? 1111 : 53 };
}

static void test_answers(void)
{
    packet_plan =
        (struct packet_plan){ .make = make_answered, .count = 2 * (ANSWERED + DELAY) };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = FLOWS, .only = CHAINS_FLOWS_RECORDS))),
                 CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), ANSWERED); /* none was torn in two */
    uint64_t answered = 0;
    for (size_t i = 0; i < seen_count; i++)
        answered += seen[i].kind == CHAINS_FLOWS && seen[i].flow.resp.packets == 1;
    check_eq_u64(answered, ANSWERED);
}

/* A flood over a table full of flows with two sides costs them a sixteenth, and no more. */
static void make_full(struct packet *packet, uint64_t i)
{
    if (i < 2 * FLOWS) {
        bool back = i % 2;
        uint32_t a = (uint32_t)(A + i / 2);
        *packet = (struct packet){ .time = (int64_t)i * 1000,
                                   .protocol = UDP,
                                   .src = back ? B : a,
                                   .dst = back ? a : B,
                                   .sport = back ? 53 : 1111,
                                   .dport = back ? 1111 : 53 };
        return;
    }
    *packet = (struct packet){ .time = 2 * S + (int64_t)i * 1000,
                               .protocol = UDP,
                               .src = (uint32_t)(0xac100000 + i),
                               .dst = B,
                               .sport = 2000,
                               .dport = 9 };
}

static void test_full(void)
{
    packet_plan = (struct packet_plan){ .make = make_full, .count = 2 * FLOWS + SOURCES };
    check_eq_u64(seen_run(packet_chain(OPTIONS(.flows = FLOWS, .only = CHAINS_FLOWS_RECORDS))),
                 CHAINS_OK);
    uint64_t put_out = 0;
    for (size_t i = 0; i < seen_count; i++)
        put_out += seen[i].flow.flow <= FLOWS && seen[i].flow.end == CHAINS_END_EVICTED;
    check_eq_u64(put_out, FLOWS / 16 + 1);
}

/* One-sided TCP, as of a capture of one direction, keeps the long timeout. */
static void test_one_direction(void)
{
    static const struct packet packets[] = {
        { .time = 0, A, B, 1111, 80, TCP, ACK, 100, 5, 10 },
        { .time = 299 * S, A, B, 1111, 80, TCP, ACK, 110, 5, 10 },
        { .time = 598 * S, A, B, 1111, 80, TCP, ACK, 120, 5, 10 },
        { .time = 898 * S, .protocol = NO_PACKET },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(OPTIONS(.no_interim = true))), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_FLOWS), 1);
    check_eq_u64(seen_flow(1)->orig.packets, 3);
    check_eq_u64(seen_flow(1)->end, CHAINS_END_IDLE);
}

int main(void)
{
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        flood = &floods[i];
        test_flood();
    }
    test_steady(UDP, UDP, 2 * MS, 5000);
    test_steady(TCP, UDP, 2 * MS, 5000);
    test_steady(TCP, TCP, 10 * MS, 3500);
    test_answers();
    test_full();
    test_one_direction();
    return check_done();
}
