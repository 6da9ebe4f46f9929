/* SPDX-License-Identifier: MIT */
/*
 * Pieces of IP packets through packet_meta: orders, overlaps, ceilings, times. A source of the
 * test's own makes the packets: a datagram's payload byte at offset i is (fill + i) & 255.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/ip.h>
#include <chains/layer/udp.h>

#include "../check.h"

#include <stdlib.h>

enum { IP_HEADER = 20, UDP_HEADER = 8, RAW_IP = 101 };

struct piece {
    uint16_t id;
    uint32_t offset, len; /* bytes of the datagram, the UDP header included */
    bool more;
    uint8_t fill;
    uint32_t datagram; /* its whole length, for the UDP header */
    uint32_t cut;      /* bytes that were not captured */
    int64_t time_s;
};

static const struct piece *script;
static size_t script_count;
static uint8_t packet[IP_HEADER + 65536];

struct pieces {
    size_t at;
};

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void make_packet(const struct piece *piece)
{
    memset(packet, 0, IP_HEADER);
    packet[0] = 0x45;
    put16(packet + 2, IP_HEADER + piece->len);
    put16(packet + 4, piece->id);
    put16(packet + 6, (piece->more ? 0x2000u : 0u) | piece->offset / 8);
    packet[8] = 64;
    packet[9] = 17;
    packet[12] = 10;
    packet[15] = 1;
    packet[16] = 10;
    packet[19] = 2;
    for (uint32_t i = 0; i < piece->len; i++)
        packet[IP_HEADER + i] = (uint8_t)(piece->fill + piece->offset + i);
    if (piece->offset == 0 && piece->len >= UDP_HEADER) {
        put16(packet + IP_HEADER, 1000);
        put16(packet + IP_HEADER + 2, 2000);
        put16(packet + IP_HEADER + 4, piece->datagram);
        put16(packet + IP_HEADER + 6, 0);
    }
}

/* One packet a batch, so that its bytes may be reused. */
static int pieces_next(chains_component *self, struct chains_batch *out)
{
    struct pieces *pieces = chains_state(self);
    if (pieces->at == script_count)
        return CHAINS_END;
    const struct piece *piece = &script[pieces->at++];
    struct chains_record *rec = chains_batch_add(out);
    make_packet(piece);
    rec->number = pieces->at;
    rec->time_ns = piece->time_s * 1000000000;
    rec->wire_len = IP_HEADER + piece->len;
    rec->bytes = rec->rest =
        (struct chains_bytes){ packet, IP_HEADER + piece->len - piece->cut };
    rec->flags = piece->cut ? CHAINS_SNAPPED : 0;
    rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, RAW_IP };
    return CHAINS_OK;
}

static const struct chains_class pieces_class = {
    .name = "pieces",
    .brief = "packets of a script",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct pieces),
    .next = pieces_next,
};

/* What came of a script: which record completed a datagram, and of what. */
struct seen {
    unsigned records, whole, fragments, overlaps, broken;
    uint64_t number; /* of the last that completed one */
    size_t data_len;
    uint8_t data[66000];
    uint64_t limited, memory;
};

static struct seen seen;

#define run(options_, ...)                                                                     \
    do {                                                                                       \
        static const struct piece pieces_[] = { __VA_ARGS__ };                                 \
        run_script(pieces_, sizeof pieces_ / sizeof *pieces_, (options_));                     \
    } while (0)
#define options(...) CHAINS_OPTIONS(chains_packet_meta_options, __VA_ARGS__)

static void run_script(const struct piece *pieces, size_t count,
                       const struct chains_packet_meta_options *how)
{
    const struct chains_record *rec;
    script = pieces;
    script_count = count;
    seen = (struct seen){ 0 };
    chains_component *meta = chains_packet_meta_new(how);
    chains_link(meta, chains_new(&pieces_class, NULL));
    while ((rec = chains_next(meta))) {
        const struct chains_udp *udp = chains_get(rec, udp);
        struct chains_stats stats = { .size = sizeof stats };
        seen.records++;
        seen.fragments += (rec->flags & CHAINS_FRAGMENT) != 0;
        seen.overlaps += (rec->flags & CHAINS_OVERLAP) != 0;
        seen.broken += (rec->flags & CHAINS_BROKEN) != 0;
        chains_stats(meta, &stats);
        seen.limited = stats.limited;
        seen.memory = stats.memory;
        if (!(rec->flags & CHAINS_REASSEMBLED))
            continue;
        seen.whole++;
        seen.number = rec->number;
        seen.data_len = udp ? udp->data.len : 0;
        if (udp)
            memcpy(seen.data, udp->data.at, udp->data.len);
    }
    check(chains_error(meta) == NULL);
    check_eq_u64(seen.records, count);
    chains_free(meta);
}

/* Whether the data from `from` to `to` are those of a datagram filled with `fill`. */
static bool is_filled(size_t from, size_t to, uint8_t fill)
{
    bool same = to <= seen.data_len;
    for (size_t i = from; same && i < to; i++)
        same = seen.data[i] == (uint8_t)(fill + UDP_HEADER + i);
    return same;
}

static void test_orders(void)
{
    run(NULL, { 1, 0, 400, true, 3, 1000, 0, 0 }, { 1, 400, 400, true, 3, 1000, 0, 0 },
        { 1, 800, 200, false, 3, 1000, 0, 0 });
    check_eq_u64(seen.whole * 100 + seen.number * 10 + seen.fragments, 133);
    check_eq_u64(seen.data_len, 992);
    check(is_filled(0, 992, 3));

    run(NULL, { 1, 800, 200, false, 5, 1000, 0, 0 }, { 1, 400, 400, true, 5, 1000, 0, 0 },
        { 1, 0, 400, true, 5, 1000, 0, 0 });
    check_eq_u64(seen.whole * 10 + seen.number, 13);
    check(is_filled(0, 992, 5));

    /* Two datagrams in turns. */
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 0 }, { 2, 0, 400, true, 9, 600, 0, 0 },
        { 1, 400, 200, false, 1, 600, 0, 0 }, { 2, 400, 200, false, 9, 600, 0, 0 });
    check_eq_u64(seen.whole, 2);
    check(is_filled(0, 592, 9));

    run(NULL, { 1, 0, 400, true, 1, 1000, 0, 0 }, { 1, 800, 200, false, 1, 1000, 0, 0 });
    check_eq_u64(seen.whole, 0);

    run(options(.no_reassembly = true), { 1, 0, 400, true, 1, 600, 0, 0 },
        { 1, 400, 200, false, 1, 600, 0, 0 });
    check_eq_u64(seen.whole * 10 + seen.fragments, 2);
}

static void test_overlaps(void)
{
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 0 }, { 1, 0, 400, true, 1, 600, 0, 0 },
        { 1, 400, 200, false, 1, 600, 0, 0 });
    check_eq_u64(seen.whole * 10 + seen.number, 13); /* a copy of a piece */
    check(is_filled(0, 592, 1));

    run(NULL, { 1, 0, 480, true, 1, 1000, 0, 0 }, { 1, 400, 400, true, 99, 1000, 0, 0 },
        { 1, 800, 200, false, 1, 1000, 0, 0 });
    check_eq_u64(seen.whole, 1);
    check(seen.overlaps > 0);
    check(is_filled(0, 472, 1)); /* the first copy won */
    check(is_filled(472, 792, 99));
    check(is_filled(792, 992, 1));

    /* One piece over two that were there before. */
    run(NULL, { 1, 0, 200, true, 1, 800, 0, 0 }, { 1, 400, 200, true, 1, 800, 0, 0 },
        { 1, 160, 480, true, 99, 800, 0, 0 }, { 1, 640, 160, false, 1, 800, 0, 0 });
    check_eq_u64(seen.whole, 1);
    check(is_filled(0, 192, 1));
    check(is_filled(192, 392, 99));
    check(is_filled(392, 592, 1));
    check(is_filled(592, 632, 99));
}

static void test_contradictions(void)
{
    /* Two ends at different places, and a piece behind the end. */
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 0 }, { 1, 800, 200, false, 1, 600, 0, 0 },
        { 1, 400, 200, false, 1, 600, 0, 0 });
    check_eq_u64(seen.whole, 0);
    run(NULL, { 1, 400, 200, false, 1, 600, 0, 0 }, { 1, 800, 200, true, 1, 600, 0, 0 },
        { 1, 0, 400, true, 1, 600, 0, 0 });
    check(seen.broken > 0);
    /* A piece in the middle whose length is no multiple of eight. */
    run(NULL, { 1, 0, 401, true, 1, 600, 0, 0 }, { 1, 400, 200, false, 1, 600, 0, 0 });
    check(seen.broken > 0);
    /* Beyond the largest IP packet. */
    run(NULL, { 1, 65528, 200, false, 1, 600, 0, 0 }, { 1, 0, 65528, true, 1, 600, 0, 0 });
    check_eq_u64(seen.whole, 0);
    check(seen.broken > 0);
}

static void test_cut(void)
{
    run(NULL, { 1, 0, 400, true, 1, 600, 100, 0 }, { 1, 400, 200, false, 1, 600, 0, 0 });
    check_eq_u64(seen.whole, 0); /* a piece that was not captured whole completes nothing */
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 0 }, { 1, 400, 200, false, 1, 600, 200, 0 });
    check_eq_u64(seen.whole, 0);
}

static void test_time(void)
{
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 100 }, { 1, 400, 200, false, 1, 600, 0, 129 });
    check_eq_u64(seen.whole, 1);
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 100 }, { 1, 400, 200, false, 1, 600, 0, 131 });
    check_eq_u64(seen.whole, 0);
    run(options(.fragment_timeout = 5), { 1, 0, 400, true, 1, 600, 0, 100 },
        { 1, 400, 200, false, 1, 600, 0, 106 });
    check_eq_u64(seen.whole, 0);
    /* The number is used again by another datagram. */
    run(NULL, { 1, 0, 400, true, 1, 600, 0, 100 }, { 1, 0, 400, true, 7, 600, 0, 200 },
        { 1, 400, 200, false, 7, 600, 0, 201 });
    check_eq_u64(seen.whole, 1);
    check(is_filled(0, 592, 7));
}

static void test_largest(void)
{
    static struct piece pieces[60];
    uint32_t whole = 65515, step = 1480;
    size_t count = 0;
    for (uint32_t at = 0; at < whole; at += step, count++)
        pieces[count] = (struct piece){
            1, at, whole - at < step ? whole - at : step, at + step < whole, 3, whole, 0, 0
        };
    run_script(pieces, count, NULL);
    check_eq_u64(seen.whole, 1);
    check_eq_u64(seen.data_len, whole - UDP_HEADER);
    check(is_filled(0, whole - UDP_HEADER, 3));
}

static void test_too_many_pieces(void)
{
    static struct piece pieces[130];
    for (uint32_t i = 0; i < 130; i++)
        pieces[i] = (struct piece){ 1, i * 8, 8, i < 129, 1, 1040, 0, 0 };
    run_script(pieces, 130, NULL);
    check(seen.limited > 0);
    check_eq_u64(seen.whole, 0);
}

/* Ceilings: the oldest makes room, the newest can be completed. */
static void test_ceilings(void)
{
    static struct piece pieces[302];
    for (uint16_t i = 0; i < 300; i++)
        pieces[i] = (struct piece){ (uint16_t)(i + 1), 0, 400, true, 1, 600, 0, 0 };
    pieces[300] = (struct piece){ 1, 400, 200, false, 1, 600, 0, 0 };   /* the oldest: gone */
    pieces[301] = (struct piece){ 300, 400, 200, false, 1, 600, 0, 0 }; /* the newest */
    run_script(pieces, 302, NULL);
    check_eq_u64(seen.whole * 1000 + seen.number, 1302);
    check(seen.limited > 0);
    uint64_t memory = seen.memory;
    check(memory > 0 && memory < 8 * 1024 * 1024);

    run_script(pieces, 302, options(.max_datagrams = 400));
    check_eq_u64(seen.whole, 2);
    check_eq_u64(seen.limited, 0);

    run_script(pieces, 302, options(.fragment_kib = 16));
    check_eq_u64(seen.whole * 1000 + seen.number, 1302);
    check(seen.limited > 0);
    check(seen.memory < memory);
}

int main(void)
{
    test_orders();
    test_overlaps();
    test_contradictions();
    test_cut();
    test_time();
    test_largest();
    test_too_many_pieces();
    test_ceilings();
    return check_done();
}
