/* SPDX-License-Identifier: MIT */
/*
 * Large and random lists: the tree and the table say the same as a scan of all entries, for random
 * values and for those at the edges of entries.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../src/expression/list.h"
#include "../check.h"

static char path[] = "/tmp/chains-scan-XXXXXX";

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned random_below(unsigned most)
{
    return (unsigned)(random_u64() >> 33) % most;
}

/* An entry of the slow reference. */
struct entry {
    uint8_t family;
    uint8_t first[16], last[16];
};

/* Random bits behind the first `fixed` ones, which are all the same. */
static void random_octets(uint8_t octets[16], unsigned len, unsigned fixed)
{
    memset(octets, 0, 16);
    for (unsigned i = 0; i < len; i++) {
        unsigned kept = fixed > 8 * i ? fixed - 8 * i : 0, mask = kept < 8 ? 0xffU >> kept : 0;
        octets[i] = (uint8_t)((random_u64() >> 56 & mask) | (0x5a & ~mask));
    }
}

static void octets_edge(uint8_t octets[16], unsigned len, unsigned bits, bool ones)
{
    for (unsigned i = 0; i < len; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0, mask = kept < 8 ? 0xffU >> kept : 0;
        octets[i] = (uint8_t)(ones ? octets[i] | mask : octets[i] & ~mask);
    }
}

static void octets_step(uint8_t octets[16], unsigned len, bool up)
{
    for (unsigned i = len; i-- > 0;) {
        octets[i] = (uint8_t)(up ? octets[i] + 1 : octets[i] - 1);
        if (octets[i] != (up ? 0 : 0xff))
            return;
    }
}

static void entry_write(const struct entry *entry, int bits, FILE *file)
{
    struct chains_addr first = { .family = entry->family }, last = first;
    char text[CHAINS_ADDR_TEXT], end[CHAINS_ADDR_TEXT];
    memcpy(first.octets, entry->first, 16);
    memcpy(last.octets, entry->last, 16);
    chains_addr_text(&first, text);
    chains_addr_text(&last, end);
    if (bits >= 0)
        fprintf(file, "%s/%d\n", text, bits);
    else
        fprintf(file, "%s-%s\n", text, end);
}

/* A range inside the prefix of `bits` bits that the entry's first address has. */
static void random_range(struct entry *entry, unsigned len, unsigned bits)
{
    uint8_t other[16];
    random_octets(other, len, 0);
    for (unsigned i = 0; i < len; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0, mask = kept < 8 ? 0xffU >> kept : 0;
        entry->last[i] = (uint8_t)((other[i] & mask) | (entry->first[i] & ~mask));
    }
    if (memcmp(entry->first, entry->last, 16) <= 0)
        return;
    memcpy(other, entry->first, 16);
    memcpy(entry->first, entry->last, 16);
    memcpy(entry->last, other, 16);
}

/* A prefix, or one time in eight a range; of four or sixteen octets. */
static void random_entry(struct entry *entry, unsigned fixed, unsigned least, FILE *file)
{
    entry->family = random_below(2) ? 4 : 6;
    unsigned len = entry->family == 4 ? 4 : 16, most = 8 * len;
    if (fixed > most)
        fixed = most;
    random_octets(entry->first, len, fixed);
    memcpy(entry->last, entry->first, 16);
    unsigned bits = least + random_below(most + 1 - (least < most ? least : most));
    bits = bits < most ? bits : most;
    if (random_below(8) == 0) {
        random_range(entry, len, bits);
        entry_write(entry, -1, file);
        return;
    }
    octets_edge(entry->first, len, bits, false);
    octets_edge(entry->last, len, bits, true);
    entry_write(entry, (int)bits, file);
}

static bool scan(const struct entry *entries, size_t count, const struct chains_addr *addr)
{
    for (size_t i = 0; i < count; i++)
        if (entries[i].family == addr->family &&
            memcmp(addr->octets, entries[i].first, 16) >= 0 &&
            memcmp(addr->octets, entries[i].last, 16) <= 0)
            return true;
    return false;
}

/* An address that is random, or at or next to an edge of an entry. */
static void random_probe(struct chains_addr *addr, const struct entry *entries, size_t count,
                         unsigned fixed)
{
    const struct entry *entry = &entries[random_below((unsigned)count)];
    unsigned len = entry->family == 4 ? 4 : 16;
    *addr = (struct chains_addr){ .family = entry->family };
    switch (random_below(4)) {
    case 0:
        random_octets(addr->octets, len, fixed < 8 * len ? fixed : 8 * len);
        return;
    case 1:
        memcpy(addr->octets, entry->first, 16);
        break;
    case 2:
        memcpy(addr->octets, entry->last, 16);
        break;
    default:
        memcpy(addr->octets, entry->first, 16);
        addr->octets[random_below(len)] ^= (uint8_t)(1U << random_below(8));
        return;
    }
    if (random_below(3))
        octets_step(addr->octets, len, random_below(2));
}

/* Random sets, `fixed` bits the same in all, prefixes of `least` bits and more. */
static void check_against_scan(size_t count, unsigned fixed, unsigned least, unsigned probes)
{
    struct entry *entries = calloc(count, sizeof *entries);
    char error[512] = "";
    int status;
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < count; i++)
        random_entry(&entries[i], fixed, least, file);
    fclose(file);
    struct list *list = list_read(path, LIST_ADDRESSES, &status, error, sizeof error);
    if (!check(list != NULL))
        printf("# %s\n", error);
    unsigned differ = 0, in = 0;
    for (unsigned i = 0; list && i < probes; i++) {
        struct chains_addr addr;
        random_probe(&addr, entries, count, fixed);
        bool want = scan(entries, count, &addr);
        in += want;
        differ += list_has_addr(list, &addr) != want;
    }
    check_eq_u64(differ, 0);
    printf("# %zu entries, %u bits the same, %u probes, %u inside, %zu bytes\n", count, fixed,
           probes, in, list ? list_memory(list) : 0);
    check(in > 0 && in < probes);
    list_free(list);
    free(entries);
}

static void test_against_scan(void)
{
    static const struct {
        size_t count;
        unsigned fixed, least;
    } table[] = {
        { 1, 0, 1 },     { 2, 0, 1 },       { 3, 0, 8 },       { 20, 0, 8 },
        { 300, 0, 12 },  { 300, 0, 16 },    { 300, 20, 22 },   { 300, 24, 27 },
        { 300, 64, 66 }, { 300, 100, 108 }, { 300, 116, 123 }, { 300, 30, 32 },
        { 300, 60, 68 }, { 300, 119, 127 }, { 3000, 0, 20 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_against_scan(table[i].count, table[i].fixed, table[i].least,
                           table[i].count > 1000 ? 20000 : 40000);
    for (unsigned i = 0; i < 60; i++) /* small sets have shapes that large ones hide */
        check_against_scan(1 + random_below(6), random_below(129), 1 + random_below(128), 500);
}

/* Every number below 65536, for random ports, ranges and what is beyond them. */
static void test_numbers_against_scan(void)
{
    static bool in[65536];
    for (unsigned round = 0; round < 20; round++) {
        memset(in, 0, sizeof in);
        FILE *file = fopen(path, "w");
        for (unsigned i = 0; i < 1 + round * round * 20; i++) {
            unsigned first = random_below(65536), last = first + random_below(round + 1);
            last = last < 65536 ? last : 65535;
            fprintf(file, last == first ? "%u\n" : "%u-%u\n", first, last);
            memset(in + first, 1, last - first + 1);
        }
        fclose(file);
        int status;
        char error[512];
        struct list *list = list_read(path, LIST_NUMBERS, &status, error, sizeof error);
        unsigned differ = 0;
        for (unsigned i = 0; list && i < 65536; i++)
            differ += list_has_number(list, i) != in[i] ||
                      list_has_number(list, i + (UINT64_C(1) << (16 + round)));
        check(list && differ == 0);
        list_free(list);
    }
}

static void random_name(char *out, size_t size)
{
    static const char *const label[] = {
        "a", "b", "com", "example", "x1", "long-label", "net"
    };
    size_t len = 0;
    for (unsigned i = 0, labels = 1 + random_below(4); i < labels; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i ? "." : "",
                                label[random_below(7)]);
}

static bool scan_names(char names[][64], const bool *suffix, size_t count, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < count; i++) {
        size_t wanted = strlen(names[i]);
        if (strcmp(names[i], name) == 0 ||
            (suffix[i] && len > wanted && name[len - wanted - 1] == '.' &&
             strcmp(name + len - wanted, names[i]) == 0))
            return true;
    }
    return false;
}

static void test_names_against_scan(void)
{
    enum { NAMES = 60 };
    static char names[NAMES][64];
    static bool suffix[NAMES];
    for (unsigned round = 0; round < 40; round++) {
        size_t count = 1 + round % NAMES;
        FILE *file = fopen(path, "w");
        for (size_t i = 0; i < count; i++) {
            random_name(names[i], sizeof names[i]);
            suffix[i] = random_below(6) == 0;
            fprintf(file, "%s%s%s\n", suffix[i] ? random_below(2) ? "*." : "." : "", names[i],
                    random_below(5) ? "" : ".");
        }
        fclose(file);
        int status;
        char error[512], name[80];
        struct list *list = list_read(path, LIST_NAMES, &status, error, sizeof error);
        unsigned differ = 0;
        for (unsigned i = 0; list && i < 5000; i++) {
            random_name(name, sizeof name - 1);
            bool want = scan_names(names, suffix, count, name);
            if (random_below(2))
                name[0] = (char)(name[0] >= 'a' ? name[0] - 32 : name[0]);
            if (random_below(5) == 0)
                strcat(name, ".");
            differ += list_has_name(list, name, strlen(name)) != want;
        }
        check(list && differ == 0);
        list_free(list);
    }
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    test_against_scan();
    test_numbers_against_scan();
    test_names_against_scan();
    unlink(path);
    return check_done();
}
