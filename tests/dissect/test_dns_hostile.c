/* SPDX-License-Identifier: MIT */
/*
 * Messages that lie: counts, lengths, pointers. The text that is made of them has a ceiling for
 * each octet sent, and all of it is printable ASCII; memory that runs out is no failure.
 */
#include "../check.h"
#include "dns_wire.h"

#include <sys/mman.h>
#include <unistd.h>

struct measure {
    size_t text;
    unsigned unclean;
};

static void measure_text(struct measure *sum, const char *text, size_t len)
{
    sum->text += len;
    sum->unclean += !wire_is_clean(text, len);
}

static void measure_section(struct measure *sum, struct chains_list list)
{
    for (uint32_t i = 0; i < list.count; i++) {
        const struct chains_dns_record *record = wire_record(list, i);
        measure_text(sum, record->name, strlen(record->name));
        measure_text(sum, record->type, strlen(record->type));
        measure_text(sum, record->class_name, strlen(record->class_name));
        measure_text(sum, (const char *)record->rdata.at, record->rdata.len);
    }
}

static struct measure measure(const struct chains_dns *dns)
{
    struct measure sum = { 0, 0 };
    for (uint32_t i = 0; i < dns->queries.count; i++) {
        const struct chains_dns_question *question = wire_query(dns, i);
        measure_text(&sum, question->name, strlen(question->name));
        measure_text(&sum, question->type, strlen(question->type));
        measure_text(&sum, question->class_name, strlen(question->class_name));
    }
    measure_section(&sum, dns->answers);
    measure_section(&sum, dns->authorities);
    measure_section(&sum, dns->additionals);
    return sum;
}

/* Words for types and classes are not counted by the ceiling; there are this many at most. */
enum { WORDS = (DNS_MOST_QUESTIONS + 3 * DNS_MOST_RECORDS) * 20 };

/* Memory of a message: its records and its text, as much as was sent so many times. */
static size_t memory_most(size_t len)
{
    return 20 * 1024 + 24 * len;
}

static void check_measure(const struct wire *wire, const struct chains_dns *dns)
{
    struct measure sum = measure(dns);
    check_eq_u64(sum.unclean, 0);
    check(sum.text <= 16 * 1024 + 8 * wire->len + WORDS);
}

/* A name of 255 octets of which each becomes four letters, and thousands of pointers to it. */
static void test_expansion(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x8180, 1, 5000, 5000, 5000);
    size_t from = wire.len;
    for (unsigned i = 0; i < 4; i++) {
        wire_u8(&wire, i < 3 ? 63 : 61);
        for (unsigned j = 0; j < (i < 3 ? 63U : 61U); j++)
            wire_u8(&wire, 0xff);
    }
    wire_hex(&wire, "00 0001 0001");
    check_eq_u64(from, 12);
    for (unsigned i = 0; i < 15000 && wire.len < 60000; i++)
        wire_hex(&wire, "c00c 0002 0001 00000001 0002 c00c");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_LIMIT);
    check(dns.faults & CHAINS_DNS_LIMITED);
    check(dns.answers.count > 100 && dns.answers.count < DNS_MOST_RECORDS);
    check_eq_text(wire_record(dns.answers, 99)->name, wire_query(&dns, 0)->name);
    check_measure(&wire, &dns);
}

/* What a reading takes of the arena, to within a kilobyte: the ceiling below which it lacks. */
static size_t taken(const struct wire *wire)
{
    struct chains_arena arena;
    struct chains_dns dns;
    struct chains_reader in =
        chains_reader_over((struct chains_bytes){ wire->bytes, wire->len });
    arena_init(&arena, SIZE_MAX / 2);
    uint8_t *first = chains_arena_take(&arena, 8 * 1024 * 1024); /* one chunk for all */
    arena_reset(&arena);
    (void)dns_read(&in, CHAINS_DNS_UNICAST, &dns, &arena);
    size_t used = (size_t)(arena.at - first);
    bool one = arena.held == 8 * 1024 * 1024;
    arena_free(&arena);
    return one ? used : SIZE_MAX;
}

/*
 * Data whose text is far longer than it is, and never fits: servers of HIP that are pointers to one
 * long name, types that a bitmap names. Each is tried, and then written as octets.
 */
static void test_data_expansion(void)
{
    static const unsigned sizes[] = { 1400, 9000, 44800, 65000 };
    static struct wire wire;
    struct chains_dns dns;
    for (unsigned row = 0; row < 8; row++) {
        wire_header(&wire, 0x8180, 1, 5000, 0, 0);
        for (unsigned i = 0; i < 4; i++) {
            wire_u8(&wire, i < 3 ? 63 : 61);
            for (unsigned j = 0; j < (i < 3 ? 63U : 61U); j++)
                wire_u8(&wire, 0xff);
        }
        wire_hex(&wire, "00 0001 0001");
        while (wire.len + 80 < sizes[row % 4]) {
            if (row < 4) {
                wire_hex(&wire, "c00c 0037 0001 00000001 0010 01 02 0001 aa bb"
                                "c00c c00c c00c c00c c00c");
            } else {
                wire_hex(&wire, "c00c 002f 0001 00000001 0045 00");
                for (unsigned window = 0; window < 2; window++) {
                    wire_u16(&wire, (window + 1) << 8 | 32);
                    for (unsigned i = 0; i < 32; i++)
                        wire_u8(&wire, 0xff);
                }
            }
        }
        check_eq_u64(wire_read(&wire, &dns), CHAINS_LIMIT);
        check(dns.faults & CHAINS_DNS_LIMITED);
        check(dns.answers.count > 0);
        check_measure(&wire, &dns);
        size_t used = taken(&wire);
        if (!check(used <= memory_most(wire.len)))
            printf("# row %u: %zu of %zu\n", row, used, wire.len);
    }
}

/* The same by questions, which differ in nothing. */
static void test_questions(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x0100, 10001, 0, 0, 1);
    wire_question(&wire, "a.long.name.example.test", 1);
    for (unsigned i = 0; i < 10000; i++)
        wire_hex(&wire, "c00c 0001 0001");
    wire_hex(&wire, "00 0029 0200 00000000 0000");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_LIMIT);
    check_eq_u64(dns.queries.count, DNS_MOST_QUESTIONS);
    check_eq_u64(dns.question_count, 10001);
    check_eq_u64(dns.edns.size, 512); /* what is behind them is found */
    check_measure(&wire, &dns);
}

static void test_records(void)
{
    static struct wire wire;
    struct chains_dns dns;
    for (unsigned count = DNS_MOST_RECORDS; count <= DNS_MOST_RECORDS + 1; count++) {
        wire_header(&wire, 0x8180, 0, count, 1, 0);
        for (unsigned i = 0; i < count; i++)
            wire_hex(&wire, "00 0001 0001 00000001 0004 c0000201");
        wire_hex(&wire, "00 0002 0001 00000001 0001 00");
        check_eq_u64(wire_read(&wire, &dns),
                     count > DNS_MOST_RECORDS ? CHAINS_LIMIT : CHAINS_PARSED);
        check_eq_u64(dns.answers.count, DNS_MOST_RECORDS);
        check_eq_u64(dns.authorities.count, 1);
    }
}

static void test_counts(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x0100, 65535, 65535, 65535, 65535);
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARTIAL);
    check_eq_u64(dns.faults, CHAINS_DNS_CUT);
    wire_question(&wire, "www.example.test", 1);
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARTIAL);
    check_eq_u64(dns.queries.count, 1);
    check_eq_u64(dns.question_count, 65535);
    check_eq_u64(dns.answers.count, 0);
}

/* Pointers to themselves, to each other, forwards, and chains of them, as first question. */
static void test_pointers(void)
{
    static const char *const names[] = {
        "c00c", "c00e c00c", "c00e 00", "01 61 c00c", "c0ff",
        "3f",   "ffff",      "c010",    "4161 00",    "80 00"
    };
    static struct wire wire;
    struct chains_dns dns;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        wire_header(&wire, 0x0100, 1, 0, 0, 0);
        wire_hex(&wire, names[i]);
        wire_hex(&wire, "0001 0001 00000000 00000000");
        wire_read(&wire, &dns);
        check_eq_u64(dns.queries.count, 0);
        check((dns.faults & (CHAINS_DNS_BAD_NAME | CHAINS_DNS_CUT)) != 0);
    }
    wire_header(&wire, 0x0100, 1, 0, 0, 0);
    for (unsigned i = 0; i < 4000; i++)
        wire_u16(&wire, 0xc000 | ((unsigned)wire.len + 2));
    wire_hex(&wire, "00 0001 0001");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_BAD_TAIL);
    /* Backwards, each to the last: the first twenty serve. */
    wire_header(&wire, 0x8180, 0, 40, 0, 0);
    wire_hex(&wire, "00 0001 0001 00000001 0004 c0000201");
    size_t last = 12;
    for (unsigned i = 1; i < 40; i++) {
        size_t at = wire.len;
        wire_u16(&wire, 0xc000 | (unsigned)last);
        wire_hex(&wire, "0001 0001 00000001 0004 c0000201");
        last = at;
    }
    check_eq_u64(wire_read(&wire, &dns), CHAINS_BAD_TAIL);
    check_eq_u64(dns.answers.count, 21);
    check_eq_text(wire_record(dns.answers, 20)->name, ".");
    /* A name of 6400 octets. */
    wire_header(&wire, 0x0100, 1, 0, 0, 0);
    for (unsigned i = 0; i < 6400; i++)
        wire_u8(&wire, i % 64 ? 'a' : 63);
    wire_hex(&wire, "00 0001 0001");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_BAD_TAIL);
    check_eq_u64(dns.queries.count, 0);
}

/* With less and less memory: never more than there is, never a record without its text. */
static void test_memory(void)
{
    static struct wire wire;
    wire_header(&wire, 0xf80f, 2, 30, 30, 30);
    wire_question(&wire, "www.example.test", 65280);
    wire_question(&wire, "second.example.test", 65281);
    for (unsigned i = 0; i < 90; i++) {
        wire_hex(&wire, "0461626364 c00c");
        wire_data(&wire, 16, 1, "ff616161 6161");
        wire.bytes[wire.len - 6] = 5;
    }
    for (size_t ceiling = 0; ceiling < 40000; ceiling += 331) {
        struct chains_arena arena;
        struct chains_dns dns;
        struct chains_bytes bytes = { wire.bytes, wire.len };
        struct chains_reader in = chains_reader_over(bytes);
        arena_init(&arena, ceiling);
        memset(&dns, 0xaa, sizeof dns);
        enum chains_verdict verdict = dns_read(&in, CHAINS_DNS_UNICAST, &dns, &arena);
        if (ceiling < 8000 || ceiling > 30000)
            check_eq_u64(verdict, ceiling < 8000 ? CHAINS_LIMIT : CHAINS_PARSED);
        check(dns.rcode_name && dns.opcode_name);
        check_eq_u64(measure(&dns).unclean, 0);
        arena_free(&arena);
    }
}

/* Octets of any value, in a message that ends at a page that cannot be read. */
static void test_random(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages =
        mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!check(pages != MAP_FAILED && mprotect(pages + page, page, PROT_NONE) == 0))
        return;
    static struct wire wire;
    uint64_t state = 1;
    unsigned plausible = 0, unclean = 0;
    wire_header(&wire, 0x8180, 1, 3, 3, 3);
    wire_question(&wire, "www.example.test", 1);
    for (unsigned i = 0; i < 9; i++) {
        wire_hex(&wire, "c00c");
        wire_data(
            &wire,
            i % 3 == 0   ? 64
            : i % 3 == 1 ? 50
                         : 6,
            1, "0001 00 0001 0003 026832 0003 0002 01bb c00c 00000000000000000000000000000000");
    }
    for (unsigned round = 0; round < 20000; round++) {
        uint8_t *at = pages + page - wire.len;
        memcpy(at, wire.bytes, wire.len);
        for (unsigned i = 0; i < 1 + round % 8; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            at[12 + (state >> 33) % (wire.len - 12)] = (uint8_t)(state >> 56);
        }
        struct chains_bytes bytes = { at, wire.len };
        struct chains_reader in = chains_reader_over(bytes);
        struct chains_dns dns;
        arena_reset(&wire_arena);
        (void)dns_read(&in, round & 1 ? CHAINS_DNS_MULTICAST : CHAINS_DNS_UNICAST, &dns,
                       &wire_arena);
        unclean += measure(&dns).unclean;
        for (size_t i = 0; i < wire.len; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            at[i] = (uint8_t)(state >> 56);
        }
        plausible += dns_is_plausible(bytes);
    }
    check_eq_u64(unclean, 0);
    check_eq_u64(plausible, 0);
}

int main(void)
{
    test_expansion();
    test_data_expansion();
    test_questions();
    test_records();
    test_counts();
    test_pointers();
    test_memory();
    test_random();
    wire_done();
    return check_done();
}
