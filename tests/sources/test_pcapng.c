/* SPDX-License-Identifier: MIT */

/* pcapng: sections, interfaces, time stamps, every packet block, what is passed over, damage.
 */

#include "capture_make.h"

#include "../../src/sources/pcapng.h"

/* Begins a block; block_end() fills in its length. */
static size_t block(struct made *made, uint32_t type)
{
    const size_t start = made->len;
    put32(made, type);
    put32(made, 0);
    return start;
}

static void block_end(struct made *made, size_t start)
{
    while ((made->len - start) % 4 != 0)
        put_zeros(made, 1);
    const uint32_t length = (uint32_t)(made->len - start + 4);
    put32(made, length);
    memcpy(made->at + start + 4, made->at + made->len - 4, 4);
}

static void put_section(struct made *made, unsigned major, unsigned minor)
{
    const size_t start = block(made, 0x0a0d0d0a);
    put32(made, 0x1a2b3c4d);
    put16(made, major);
    put16(made, minor);
    put_number(made, UINT64_MAX, 8);
    block_end(made, start);
}

static void put_interface(struct made *made, unsigned linktype, uint32_t snaplen)
{
    const size_t start = block(made, 1);
    put16(made, linktype);
    put16(made, 0);
    put32(made, snaplen);
    block_end(made, start);
}

static void put_packet(struct made *made, uint32_t interface, uint64_t ticks, uint32_t caplen)
{
    const size_t start = block(made, 6);
    put32(made, interface);
    put32(made, ticks >> 32);
    put32(made, ticks & 0xffffffff);
    put32(made, caplen);
    put32(made, caplen + 1);
    for (uint32_t i = 0; i < caplen; i++)
        put_number(made, i & 0xff, 1);
    block_end(made, start);
}

static void put_begin(struct made *made)
{
    put_section(made, 1, 0);
    put_interface(made, 1, 0);
}

static void test_sections(void)
{
    struct made made = { 0 };
    for (int i = 0; i < 4; i++) {
        made.big = i % 2 == 1;
        put_section(&made, 1, i == 2 ? 2 : 0);
        put_interface(&made, 1, 0);
        put_interface(&made, 101, 0);
        put_packet(&made, 0, 1000001, 61);
        put_packet(&made, 1, 2000002, 60);
    }
    struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 8);
    check_eq_u64(out.status, CHAINS_END);
    check_eq_u64(out.last.time_ns, 2000002000);
    check_eq_u64(out.last.linktype, 101);
    check_eq_u64(out.last.wire_len, 61);
    check(!out.last.nanoseconds);

    made.big = false;
    put_begin(&made);
    put_section(&made, 1, 0);
    put_packet(&made, 0, 1, 4);
    out = read_made(&made);
    check_eq_text(out.error,
                  "damaged at byte 76: a packet of interface 0, but the section has 0");
    put_begin(&made);
    put_section(&made, 2, 0);
    out = read_made(&made);
    check_eq_text(out.error, "pcapng version 2.0, of the section at byte 48, is not supported");
    put_section(&made, 0, 1);
    check_eq_u64(read_made(&made).status, CHAINS_EFORMAT);
}

static struct outcome read_ticks(int resolution, int64_t offset, uint64_t ticks)
{
    struct made made = { .big = true };
    put_section(&made, 1, 0);
    const size_t start = block(&made, 1);
    put16(&made, 1);
    put16(&made, 0);
    put32(&made, 0);
    if (resolution >= 0) {
        put16(&made, 9);
        put16(&made, 1);
        put_number(&made, (uint64_t)resolution, 1);
        put_zeros(&made, 3);
    }
    put16(&made, 14);
    put16(&made, 8);
    put_number(&made, (uint64_t)offset, 8);
    put32(&made, 0);
    block_end(&made, start);
    put_packet(&made, 0, ticks, 1);
    return read_made(&made);
}

static void test_times(void)
{
    static const struct {
        int resolution;
        int64_t offset;
        uint64_t ticks;
        int64_t time_ns;
        bool nanoseconds;
    } cases[] = {
        { -1, 0, 1084443427311224, 1084443427311224000, false },
        { 6, 0, 4294967296000000, 4294967296000000000, false },
        { 9, 0, 1084443427311224789, 1084443427311224789, true },
        { 0, 0, 12, 12000000000, false },
        { 3, 0, 12345, 12345000000, false },
        { 12, 0, 5123456789012, 5123456789, true },
        { 0x94, 0, 3u << 19, 1500000000, true },
        { 0x80 + 10, 0, 1025, 1000976562, false },
        { 0x80 + 63, 0, (uint64_t)1 << 62, 500000000, true },
        { 18, 0, 1500000000000000000, 1500000000, true },
        { 19, 0, 15000000000000000000u, 1500000000, true },
        { 99, 0, UINT64_MAX / 2, 499999999, true },
        { 6, 1000000000, 84443427311224, 1084443427311224000, false },
        { 6, -10, 5000000, -5000000000, false },
        { 6, -10, 5000001, -4999999000, false },
        { 0, 0, UINT64_MAX, INT64_MAX, false },
        { 6, 0, UINT64_MAX, INT64_MAX, false },
        { 9, 0, UINT64_MAX, INT64_MAX, true },
        { 6, INT64_MAX, UINT64_MAX, INT64_MAX, false },
        { 6, INT64_MIN, 0, INT64_MIN, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct outcome out =
            read_ticks(cases[i].resolution, cases[i].offset, cases[i].ticks);
        check_eq_u64(out.packets, 1);
        check_eq_u64(out.last.time_ns, cases[i].time_ns);
        check(out.last.nanoseconds == cases[i].nanoseconds);
    }
}

static void test_simple_and_old(void)
{
    struct made made = { 0 };
    put_section(&made, 1, 0);
    put_interface(&made, 7, 8);
    size_t start = block(&made, 3);
    put32(&made, 100);
    put_zeros(&made, 8);
    block_end(&made, start);
    const struct made copy = made;
    made.at = memcpy(malloc(copy.room), copy.at, copy.len);
    struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 1);
    check_eq_u64(out.last.caplen, 8);
    check_eq_u64(out.last.wire_len, 100);
    check_eq_u64(out.last.time_ns, 0);
    check_eq_u64(out.last.linktype, 7);

    made = copy;
    start = block(&made, 2);
    put16(&made, 0);
    put16(&made, 9);
    put32(&made, 0);
    put32(&made, 5);
    put32(&made, 3);
    put32(&made, 60);
    put(&made, "abc", 3);
    block_end(&made, start);
    start = block(&made, 3);
    put32(&made, 12);
    put_zeros(&made, 4);
    block_end(&made, start);
    out = read_made(&made);
    check_eq_u64(out.packets, 2);
    check_eq_u64(out.last.time_ns, 5000);
    check_eq_u64(out.last.caplen, 3);
    check_eq_text(out.error, "damaged at byte 108: a block of 20 bytes has no room for its "
                             "packet of 8");
}

/* Blocks without a packet, longer than the buffer too; a packet with endless options. */
static void test_passing(void)
{
    struct made made = { 0 };
    put_begin(&made);
    for (uint32_t type = 4; type < 12; type++) {
        if (type == 6)
            continue;
        const size_t start = block(&made, type);
        put_zeros(&made, type == 7 ? 0 : type * 300000);
        block_end(&made, start);
        put_packet(&made, 0, 1, 1000);
    }
    size_t start = block(&made, 6);
    put_zeros(&made, 8);
    put32(&made, 77);
    put32(&made, 5);
    put32(&made, 5);
    put_zeros(&made, 3000000);
    block_end(&made, start);
    put_packet(&made, 0, 2, 1001);
    struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 9);
    check_eq_u64(out.status, CHAINS_END);
    check_eq_u64(out.bytes, 7 * 1000 + 5 + 1001);

    put_begin(&made);
    put_packet(&made, 0, 1, 4);
    put32(&made, 99);
    put32(&made, 0xfffffff0);
    put_zeros(&made, 1000000);
    out = read_made(&made);
    check_eq_u64(out.packets, 1);
    check_eq_text(out.error,
                  "cut short at byte 84: a block of 4294967280 bytes has only 1000008");
}

static struct outcome read_block(uint32_t type, uint32_t length, size_t zeros, uint32_t again)
{
    struct made made = { 0 };
    put_begin(&made);
    put_packet(&made, 0, 1, 4);
    put32(&made, type);
    put32(&made, length);
    put_zeros(&made, zeros);
    put32(&made, again);
    return read_made(&made);
}

static void test_lengths(void)
{
    check_eq_text(read_block(99, 8, 0, 8).error, "damaged at byte 84: a block of length 8");
    check_eq_text(read_block(6, 28, 16, 28).error, "damaged at byte 84: a block of length 28");
    check_eq_text(read_block(99, 16, 4, 20).error,
                  "damaged at byte 84: a block begins with length 16 and ends with 20");
    check_eq_text(read_block(6, 32, 20, 36).error,
                  "damaged at byte 84: a block begins with length 32 and ends with 36");
    check_eq_text(read_block(1, 600000, 600000, 600000).error,
                  "damaged at byte 84: a header block of 600000 bytes is longer than 524288");
    check_eq_text(read_block(0x0a0d0d0a, 28, 16, 28).error,
                  "damaged at byte 84: a section header without a byte order");
    /* Some writers leave the padding out of both lengths: Wireshark takes it. */
    check_eq_u64(read_block(99, 14, 4, 14).status, CHAINS_END);
    check_eq_u64(read_block(6, 32, 20, 32).packets, 2);

    struct made made = { 0 };
    put_begin(&made);
    put_packet(&made, 0, 1, CAPTURE_PACKET_MAX);
    put_packet(&made, 0, 1, CAPTURE_PACKET_MAX + 1);
    const struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 1);
    check_eq_text(out.error,
                  "damaged at byte 262224: a packet of 262145 bytes is longer than 262144");
}

static void test_options(void)
{
    struct made made = { 0 };
    put_section(&made, 1, 0);
    size_t start = block(&made, 1);
    put_zeros(&made, 8);
    put16(&made, 2);
    put16(&made, 4000);
    put_zeros(&made, 4);
    block_end(&made, start);
    struct outcome out = read_made(&made);
    check_eq_text(out.error, "damaged at byte 28: an option of 4000 bytes has only 4");

    start = block(&made, 0x0a0d0d0a);
    put32(&made, 0x1a2b3c4d);
    put16(&made, 1);
    put_zeros(&made, 10);
    put16(&made, 4);
    put16(&made, 5);
    put_zeros(&made, 4);
    block_end(&made, start);
    out = read_made(&made);
    check_eq_u64(out.status, CHAINS_EFORMAT);
    check_eq_text(out.error, "damaged at byte 0: an option of 5 bytes has only 4");
}

static void test_interfaces(void)
{
    struct made made = { 0 };
    put_section(&made, 1, 0);
    for (unsigned i = 0; i < PCAPNG_INTERFACES_MAX; i++)
        put_interface(&made, i & 0xff, 0);
    put_packet(&made, PCAPNG_INTERFACES_MAX - 1, 1, 5);
    put_packet(&made, 77, 1, 5);
    put_interface(&made, 1, 0);
    const struct outcome out = read_made(&made);
    check_eq_u64(out.packets, 2);
    check_eq_u64(out.last.linktype, 77);
    check(strstr(out.error, "more than 4096 interfaces in one section") != NULL);
}

static void test_cut(void)
{
    for (size_t len = 1; len <= 28 + 20 + 40 + 16; len++) {
        struct made made = { 0 };
        put_begin(&made);
        put_packet(&made, 0, 1, 7);
        const size_t start = block(&made, 4);
        put_zeros(&made, 4);
        block_end(&made, start);
        made.len = len;
        const struct outcome out = read_made(&made);
        const bool whole = len == 28 || len == 48 || len == 88 || len == 104;
        check(out.status == (whole ? CHAINS_END : CHAINS_EFORMAT));
        check(out.packets == (len < 88 ? 0u : 1u));
        if (len == 80)
            check_eq_text(out.error, "cut short at byte 48: a block of 40 bytes has only 32");
        if (len == 100)
            check_eq_text(out.error, "cut short at byte 88: a block of 16 bytes has only 12");
        if (len == 20)
            check_eq_text(out.error, "cut short at byte 0: a block of 28 bytes has only 20");
    }
}

int main(void)
{
    test_sections();
    test_times();
    test_simple_and_old();
    test_passing();
    test_lengths();
    test_options();
    test_interfaces();
    test_cut();
    return check_done();
}
