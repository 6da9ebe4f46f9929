/* SPDX-License-Identifier: MIT */
/*
 * The link flows in a chain: which packets make a flow, who opened it, what is counted, and what
 * passes. When flows end is in test_flow_ends.c.
 */
#include "flow_seen.h"

enum { A = 0x0a000001, B = 0x5a000102 };

static void test_udp(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 40000, 53, UDP, .len = 30 },
        { .time = 2 * S, B, A, 53, 40000, UDP, .len = 100 },
        { .time = 3 * S, A, B, 40000, 53, UDP, .len = 7 },
        { .time = 4 * S, A, B, 40001, 53, UDP, .len = 0 },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_count, 6);
    check_eq_u64(seen_kind(CHAINS_STREAMS), 4);
    const uint64_t flow[] = { 1, 1, 1, 2 }, offset[] = { 0, 0, 30, 0 },
                   len[] = { 30, 100, 7, 0 };
    const unsigned side[] = { CHAINS_ORIG, CHAINS_RESP, CHAINS_ORIG, CHAINS_ORIG };
    const unsigned marks[] = { CHAINS_STREAM_OPENS, CHAINS_STREAM_OPENS, 0,
                               CHAINS_STREAM_OPENS };
    for (size_t i = 0; i < 4; i++) {
        check_eq_u64(seen[i].number, i + 1);
        check_eq_u64(seen[i].stream.flow, flow[i]);
        check_eq_u64(seen[i].stream.side, side[i]);
        check_eq_u64(seen[i].stream.offset, offset[i]);
        check_eq_u64(seen[i].stream.len, len[i]);
        check_eq_u64(seen[i].rest.len, len[i]);
        check_eq_u64(seen[i].stream.marks, marks[i]);
        check_eq_u64(seen[i].stream.gap, 0);
    }
    const struct chains_flow *f = seen_flow(1);
    check_eq_u64(f->orig.packets, 2);
    check_eq_u64(f->orig.ip_bytes, 2 * 28 + 37);
    check_eq_u64(f->orig.bytes, 37);
    check_eq_u64(f->resp.packets, 1);
    check_eq_u64(f->resp.ip_bytes, 128);
    check_eq_u64(f->resp.bytes, 100);
    check_eq_u64(f->start, 1 * S);
    check_eq_u64(f->last, 3 * S);
    check_eq_u64(f->duration, 2 * S);
    check_eq_u64(f->orig.first, 1 * S);
    check_eq_u64(f->orig.last, 3 * S);
    check_eq_u64(f->resp.first, 2 * S);
    check_eq_u64(f->src.octets[0], 10);
    check_eq_u64(f->dst.octets[0], 90);
    check_eq_u64(f->sport, 40000);
    check_eq_u64(f->dport, 53);
    check_eq_u64(f->protocol, UDP);
    check_eq_u64(f->opener, CHAINS_OPENER_FIRST);
    check_eq_u64(f->end, CHAINS_END_INPUT);
    check_eq_u64(f->part, 1);
    check(!f->interim && !f->service);
    check_eq_u64(f->has, CHAINS_FLOW_HAS_PORTS | CHAINS_FLOW_HAS_STATE);
    check_eq_u64(seen_flow(2)->resp.has, 0);
    check_eq_u64(seen_flow(2)->duration, 0);
    check_eq_u64(seen[4].time, 4 * S); /* of a record: when it was made */
    check_eq_u64(seen[4].number, 0);
}

static void test_tcp(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 40000, 80, TCP, SYN, 100, 0 },
        { .time = 1 * S + 10 * MS, B, A, 80, 40000, TCP, SYN | ACK, 500, 101 },
        { .time = 1 * S + 20 * MS, A, B, 40000, 80, TCP, ACK, 101, 501 },
        { .time = 2 * S, A, B, 40000, 80, TCP, ACK, 101, 501, .len = 4, .data = "GET " },
        { .time = 3 * S, B, A, 80, 40000, TCP, ACK, 501, 105, .len = 3, .data = "OK." },
        { .time = 4 * S, A, B, 40000, 80, TCP, FIN | ACK, 105, 504 },
        { .time = 5 * S, B, A, 80, 40000, TCP, FIN | ACK, 504, 106 },
        { .time = 6 * S, A, B, 40000, 80, TCP, ACK, 106, 505 },
        { .time = 20 * S, A, B, 9, 9, UDP },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen_kind(CHAINS_STREAMS), 9);
    check_eq_u64(seen[3].stream.len, 4);
    check_eq_u64(seen[3].stream.offset, 0);
    check_eq_u64(seen[4].stream.len, 3);
    check_eq_u64(seen[4].stream.side, CHAINS_RESP);
    check_eq_u64(seen[0].stream.flow, 1);
    check_eq_u64(seen[7].stream.flow, 1); /* behind both FINs it still belongs to it */
    const struct chains_flow *f = seen_flow(1);
    check_eq_u64(f->end, CHAINS_END_FIN);
    check_eq_u64(f->opener, CHAINS_OPENER_SYN);
    check_eq_u64(f->orig.packets, 5);
    check_eq_u64(f->resp.packets, 3);
    check_eq_u64(f->orig.bytes, 4);
    check_eq_u64(f->resp.bytes, 3);
    check_eq_u64(f->orig.ip_bytes, 5 * 40 + 4);
    check_eq_u64(f->orig.stream_bytes, 4);
    check_eq_text(seen_of(CHAINS_FLOWS, 0)->state, "SF");
    check(f->has & CHAINS_FLOW_HAS_STATE);
    /* It ends after its linger, in front of the packet that shows that the time has come. */
    check_eq_u64(seen[8].kind, CHAINS_FLOWS);
    check_eq_u64(seen[8].time, 20 * S);
    check_eq_u64(seen[9].number, 9);
}

/* A first packet, and what is concluded from it. */
struct opening {
    struct packet packet;
    bool flipped; /* the receiver has opened it */
    enum chains_flow_opener how;
};

static const struct opening openings[] = {
    { { .time = 1, A, B, 80, 40000, TCP, SYN }, false, CHAINS_OPENER_SYN },
    { { .time = 1, A, B, 80, 40000, TCP, SYN | ACK }, true, CHAINS_OPENER_SYN },
    { { .time = 1, A, B, 80, 40000, TCP, ACK }, true, CHAINS_OPENER_PORT },
    { { .time = 1, A, B, 40000, 80, TCP, ACK }, false, CHAINS_OPENER_PORT },
    { { .time = 1, A, B, 1023, 1024, TCP, ACK }, true, CHAINS_OPENER_PORT },
    { { .time = 1, A, B, 1024, 1025, TCP, ACK }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, B, 22, 80, TCP, RST }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, B, 53, 40000, UDP }, true, CHAINS_OPENER_PORT },
    { { .time = 1, A, B, 40000, 53, UDP }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, B, 53, 53, UDP }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, 0xe00000fb, 53, 5353, UDP }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, B, 8, 0, ICMP }, false, CHAINS_OPENER_SYN },
    { { .time = 1, A, B, 0, 0, ICMP }, true, CHAINS_OPENER_SYN },
    { { .time = 1, A, B, 3, 1, ICMP }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, A, B, 0, 0, 47 }, false, CHAINS_OPENER_FIRST },
    { { .time = 1, .sport = 134, .protocol = 58, .src_text = "fe80::1", .dst_text = "ff02::1" },
      false,
      CHAINS_OPENER_FIRST },
    { { .time = 1, .sport = 136, .protocol = 58, .src_text = "fe80::1", .dst_text = "fe80::2" },
      true,
      CHAINS_OPENER_SYN },
};

static void test_openers(void)
{
    for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
        const struct opening *o = &openings[i];
        packet_list(&o->packet, 1);
        check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
        const struct chains_flow *f = seen_flow(1);
        if (!check(f->opener == o->how && (seen[0].stream.side == CHAINS_RESP) == o->flipped))
            printf("# row %zu: opener %u, side %u\n", i, f->opener, seen[0].stream.side);
        check_eq_u64(f->orig.packets, o->flipped ? 0 : 1);
        check_eq_u64(f->resp.packets, o->flipped ? 1 : 0);
        bool ports = o->packet.protocol == TCP || o->packet.protocol == UDP;
        if (ports)
            check_eq_u64(f->sport, o->flipped ? o->packet.dport : o->packet.sport);
    }
}

/* State and history of UDP, and nothing of the kind for others; events and records have ports. */
static const struct {
    struct packet packets[3];
    size_t count;
    const char *state, *history;
    uint16_t sport, dport;
} udp_words[] = {
    { { { .time = 1, A, B, 5000, 53, UDP } }, 1, "S0", "D", 5000, 53 },
    { { { .time = 1, A, B, 53, 5000, UDP } }, 1, "SHR", "d", 5000, 53 },
    { { { .time = 1, A, B, 5000, 53, UDP }, { .time = 2, B, A, 53, 5000, UDP } },
      2,
      "SF",
      "Dd",
      5000,
      53 },
    { { { .time = 1, A, B, 53, 5000, UDP },
        { .time = 2, A, B, 53, 5000, UDP },
        { .time = 0, B, A, 5000, 53, UDP } }, /* in the order seen */
      3,
      "SF",
      "dD",
      5000,
      53 },
    { { { .time = 1, A, B, 8, 0, ICMP }, { .time = 2, B, A, 0, 0, ICMP } }, 2, "", "", 0, 0 },
    { { { .time = 1, A, B, 0, 0, 47 } }, 1, "", "", 0, 0 },
};

static void test_udp_words(void)
{
    for (size_t i = 0; i < sizeof udp_words / sizeof udp_words[0]; i++) {
        packet_list(udp_words[i].packets, udp_words[i].count);
        check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
        const struct seen *record = seen_of(CHAINS_FLOWS, 0);
        check_eq_u64(seen_kind(CHAINS_FLOWS), 1);
        check_eq_text(record->state, udp_words[i].state);
        check_eq_text(record->history, udp_words[i].history);
        check_eq_u64(!!(record->flow.has & CHAINS_FLOW_HAS_STATE), udp_words[i].state[0] != 0);
        check_eq_u64(record->ends.sport, udp_words[i].sport);
        check_eq_u64(record->ends.dport, udp_words[i].dport);
    }
}

/* Type and code of two ICMP packets there and back; whether they are one flow. */
static const struct {
    uint8_t protocol, type, code, back_type, back_code;
    bool same;
} pairs[] = {
    { ICMP, 8, 0, 0, 0, true },   { ICMP, 13, 0, 14, 0, true }, { ICMP, 15, 0, 16, 0, true },
    { ICMP, 10, 0, 9, 0, true },  { ICMP, 17, 0, 18, 0, true }, { ICMP, 8, 0, 8, 0, false },
    { ICMP, 8, 0, 14, 0, false }, { ICMP, 3, 1, 3, 1, false },  { ICMP, 11, 0, 0, 0, false },
    { 58, 128, 0, 129, 0, true }, { 58, 133, 0, 134, 0, true }, { 58, 135, 0, 136, 0, true },
    { 58, 130, 0, 131, 0, true }, { 58, 139, 0, 140, 0, true }, { 58, 144, 0, 145, 0, true },
    { 58, 1, 0, 1, 0, false },    { 58, 8, 0, 0, 0, false },
};

static void test_icmp_pairs(void)
{
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        bool six = pairs[i].protocol == 58;
        const char *a = six ? "2001:db8::1" : "10.0.0.1", *b = six ? "2001:db8::2" : "10.0.0.2";
        const struct packet packets[] = {
            { .time = 1,
              .sport = pairs[i].type,
              .dport = pairs[i].code,
              .protocol = pairs[i].protocol,
              .src_text = a,
              .dst_text = b },
            { .time = 2,
              .sport = pairs[i].back_type,
              .dport = pairs[i].back_code,
              .protocol = pairs[i].protocol,
              .src_text = b,
              .dst_text = a },
        };
        PACKETS(packets);
        check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
        if (!check(seen_kind(CHAINS_FLOWS) == (pairs[i].same ? 1 : 2)))
            printf("# row %zu\n", i);
        check(!pairs[i].same || seen[1].stream.side == CHAINS_RESP);
    }
}

/* One-way ICMP the same way again is the same flow; ends of the same address have a direction. */
static void test_one_way(void)
{
    static const struct packet packets[] = {
        { .time = 1, B, A, 3, 1, ICMP },
        { .time = 2, B, A, 3, 1, ICMP },
        { .time = 3, B, A, 3, 3, ICMP },
        { .time = 4, A, B, 3, 1, ICMP },
        { .time = 5, A, A, 50000, 80, TCP, SYN },
        { .time = 6, A, A, 80, 50000, TCP, SYN | ACK },
        { .time = 7, A, B, 0, 0, 47 },
        { .time = 8, B, A, 0, 0, 47 },
        { .time = 9, B, A, 0, 0, 50 },
    };
    static const uint64_t flows[] = { 1, 1, 2, 3, 4, 4, 5, 5, 6 };
    static const unsigned sides[] = { 0, 0, 0, 0, 0, 1, 0, 1, 0 };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    for (size_t i = 0; i < 9; i++) {
        check_eq_u64(seen[i].stream.flow, flows[i]);
        check_eq_u64(seen[i].stream.side, sides[i]);
    }
    check_eq_u64(seen_flow(1)->sport, 3);
    check_eq_u64(seen_flow(1)->dport, 1);
    check_eq_u64(seen_flow(5)->has & CHAINS_FLOW_HAS_PORTS, 0);
}

/* IPv6 addresses that differ in their last bit alone are different flows. */
static void test_ip6(void)
{
    static const struct packet packets[] = {
        { .time = 1,
          .sport = 1,
          .dport = 2,
          .protocol = UDP,
          .len = 10,
          .src_text = "2001:db8::1",
          .dst_text = "2001:db8::2" },
        { .time = 2,
          .sport = 1,
          .dport = 2,
          .protocol = UDP,
          .len = 10,
          .src_text = "2001:db8::1",
          .dst_text = "2001:db8::3" },
        { .time = 3,
          .sport = 2,
          .dport = 1,
          .protocol = UDP,
          .len = 10,
          .src_text = "2001:db8::2",
          .dst_text = "2001:db8::1" },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen[0].stream.flow, 1);
    check_eq_u64(seen[1].stream.flow, 2);
    check_eq_u64(seen[2].stream.flow, 1);
    check_eq_u64(seen_flow(1)->orig.ip_bytes, 58);
    check_eq_u64(seen_flow(1)->dst.octets[15], 2);
    check_eq_u64(seen_flow(1)->dst.family, 6);
}

/* What belongs to no flow passes as it is. */
static void test_passing(void)
{
    static const struct packet packets[] = {
        { .time = 1, .protocol = NO_PACKET },
        { .time = 2, A, B, 1, 2, UDP, .flags = CHAINS_FRAGMENT, .len = 5 },
        { .time = 3,
          A,
          B,
          1,
          2,
          UDP,
          .flags = CHAINS_FRAGMENT | CHAINS_REASSEMBLED,
          .len = 2000 },
    };
    PACKETS(packets);
    check_eq_u64(seen_run(packet_chain(NULL)), CHAINS_OK);
    check_eq_u64(seen[0].kind, CHAINS_PACKETS);
    check(!seen[0].has_stream);
    check_eq_u64(seen[1].kind, CHAINS_PACKETS);
    check(!seen[1].has_stream);
    check_eq_u64(seen[1].rest.len, 5);
    check_eq_u64(seen[2].kind, CHAINS_STREAMS);
    check_eq_u64(seen[2].stream.flow, 1);
}

/* Counts that leave 16 and 32 bits. */
static void make_many(struct packet *packet, uint64_t i)
{
    *packet = (struct packet){ .time = (int64_t)i, A, B, 5000, 53, UDP, .len = 65000 };
    if (i % 2) {
        packet->src = B;
        packet->dst = A;
        packet->sport = 53;
        packet->dport = 5000;
    }
}

static void test_large_counts(void)
{
    packet_plan = (struct packet_plan){ .make = make_many, .count = 300000 };
    chains_component *flows = packet_chain(&(const struct chains_flows_options){
        sizeof(struct chains_flows_options), .only = CHAINS_FLOWS_RECORDS });
    check_eq_u64(seen_run(flows), CHAINS_OK);
    check_eq_u64(seen_count, 1);
    const struct chains_flow *f = seen_flow(1);
    check_eq_u64(f->orig.packets, 150000);
    check_eq_u64(f->resp.packets, 150000);
    check_eq_u64(f->orig.bytes, UINT64_C(150000) * 65000);
    check_eq_u64(f->resp.ip_bytes, UINT64_C(150000) * 65028);
    check_eq_u64(f->last, 299999);

    chains_component *both = packet_chain(NULL);
    const struct chains_record *rec;
    uint64_t offset = 0;
    while ((rec = chains_next(both)))
        if (rec->number == 299999)
            offset = chains_get(rec, stream)->offset;
    check_eq_u64(offset, UINT64_C(149999) * 65000);
    chains_free(both);
}

static void test_only(void)
{
    static const struct packet packets[] = {
        { .time = 1 * S, A, B, 40000, 80, TCP, SYN, 100 },
        { .time = 2 * S, A, B, 1, 2, UDP, .len = 5 },
        { .time = 3 * S, .protocol = NO_PACKET },
        { .time = 300 * S, A, B, 1, 2, UDP, .len = 5 },
    };
    static const struct {
        enum chains_flows_only only;
        size_t streams, packets, flows;
    } rows[] = {
        { CHAINS_FLOWS_BOTH, 3, 1, 3 },
        { CHAINS_FLOWS_PACKETS, 3, 1, 0 },
        { CHAINS_FLOWS_RECORDS, 0, 0, 3 },
    };
    for (size_t i = 0; i < 3; i++) {
        PACKETS(packets);
        check_eq_u64(seen_run(packet_chain(&(const struct chains_flows_options){
                         sizeof(struct chains_flows_options), .only = rows[i].only })),
                     CHAINS_OK);
        check_eq_u64(seen_kind(CHAINS_STREAMS), rows[i].streams);
        check_eq_u64(seen_kind(CHAINS_PACKETS), rows[i].packets);
        check_eq_u64(seen_kind(CHAINS_FLOWS), rows[i].flows);
    }
}

static const struct {
    struct chains_flows_options options;
    const char *error;
} wrong[] = {
    { { .flows = 16 * 1024 * 1024 + 1 }, "flows is at most 16777216" },
    { { .half_open = 101 }, "half_open is in per cent" },
    { { .community_seed = 65536 }, "community_seed is at most 65535" },
    { { .only = 3 }, "there is no only=3" },
    { { .waiting = 2000, .waiting_all = 1000 }, "waiting, of one direction, is more" },
    { { .active = 999999999 }, "active is at least 1s" },
    { { .udp_idle = UINT64_MAX }, "udp_idle is at most a year" },
};

static void test_options(void)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct chains_flows_options options = wrong[i].options;
        options.size = sizeof options;
        packet_list(NULL, 0);
        chains_component *flows = packet_chain(&options);
        check(chains_pull(flows) == CHAINS_EUSAGE);
        if (!check(strstr(chains_error(flows), wrong[i].error)))
            printf("# row %zu: %s\n", i, chains_error(flows));
        chains_free(flows);
    }
    /* Nothing that reads headers before it. */
    chains_component *flows = chains_flows(.flows = 5);
    chains_link(flows, chains_packet_streamer(.iface_name = "./none.pcap"));
    check(chains_pull(flows) == CHAINS_EUSAGE);
    check(strstr(chains_error(flows), "put packet_meta before it"));
    chains_free(flows);
}

int main(void)
{
    test_udp();
    test_tcp();
    test_openers();
    test_udp_words();
    test_icmp_pairs();
    test_one_way();
    test_ip6();
    test_passing();
    test_large_counts();
    test_only();
    test_options();
    return check_done();
}
