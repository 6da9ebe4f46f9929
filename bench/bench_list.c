/* SPDX-License-Identifier: MIT */
/*
 * bench_list [ENTRIES]: lists of 50,000 random entries (or ENTRIES) of each kind, and what one
 * look-up takes: for addresses half of which were made inside an entry, for names half of which are
 * there, for ports and for large numbers. The values are made first; the fastest of seven rounds
 * counts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../src/expression/list.h"

enum { PROBES = 1 << 18, ROUNDS = 7 };

static char path[] = "/tmp/chains-bench-XXXXXX";
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

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* A value to look up, of any kind. */
struct probe {
    struct chains_addr addr;
    uint64_t number;
    char name[40];
};

static struct probe probes[PROBES];

typedef bool (*bench_look)(const struct list *list, const struct probe *probe);

static bool look_addr(const struct list *list, const struct probe *probe)
{
    return list_has_addr(list, &probe->addr);
}

static bool look_name(const struct list *list, const struct probe *probe)
{
    return list_has_name(list, probe->name, strlen(probe->name));
}

static bool look_number(const struct list *list, const struct probe *probe)
{
    return list_has_number(list, probe->number);
}

static double bench_rounds(const struct list *list, bench_look look, unsigned *inside)
{
    double best = 1e30;
    for (int round = 0; round < ROUNDS; round++) {
        *inside = 0;
        double begin = now_ns();
        for (size_t i = 0; i < PROBES; i++)
            *inside += look(list, &probes[i]);
        double took = (now_ns() - begin) / PROBES;
        best = took < best ? took : best;
    }
    return best;
}

/* Reads the file that was written and looks every probe up. */
static void bench_one(const char *what, enum list_kind kind, bench_look look)
{
    char error[512];
    int status;
    unsigned inside;
    double begin = now_ns();
    struct list *list = list_read(path, kind, &status, error, sizeof error);
    double built = now_ns() - begin;
    if (!list) {
        printf("%s: %s\n", what, error);
        return;
    }
    double took = bench_rounds(list, look, &inside);
    printf(
        "%-28s %8zu entries %7.1f ms to read %9zu bytes %6.1f ns a look-up, %2.0f %% inside\n",
        what, list_entries(list), built / 1e6, list_memory(list), took,
        100.0 * inside / PROBES);
    list_free(list);
}

/* One of the even probes, for a value that is inside; each entry has some of them. */
static struct probe *bench_hit(void)
{
    return &probes[2 * random_below(PROBES / 2)];
}

static size_t bench_draws(size_t entries)
{
    return 2 * PROBES / entries + 1;
}

/* Random octets, those of `from` in the first `bits` bits. */
static void random_inside(uint8_t *octets, const uint8_t *from, unsigned len, unsigned bits)
{
    for (unsigned i = 0; i < len; i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0, mask = kept < 8 ? 0xffU >> kept : 0;
        octets[i] = (uint8_t)((random_u64() >> 56 & mask) | (from[i] & ~mask & 0xff));
    }
}

/* Prefixes as routing tables and block lists have them; few are short. */
static unsigned random_bits(unsigned family, unsigned shortest, unsigned longest)
{
    unsigned kind = random_below(1000);
    if (family == 6)
        return kind < 500 ? 48 : kind < 800 ? 32 + random_below(33) : 128;
    if (shortest == longest)
        return longest;
    return kind < 1     ? 8 + random_below(8)
           : kind < 600 ? 16 + random_below(9)
           : kind < 750 ? 25 + random_below(7)
                        : 32;
}

static void bench_addrs(const char *what, size_t entries, unsigned family, unsigned shortest,
                        unsigned longest, unsigned same)
{
    static const uint8_t base[16] = { 0x20, 0x01, 0x0d, 0xb8, 10, 20 };
    unsigned len = family == 4 ? 4 : 16;
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < entries; i++) {
        struct chains_addr addr = { .family = (uint8_t)family };
        uint8_t octets[16] = { 0 };
        char text[CHAINS_ADDR_TEXT];
        unsigned bits = random_bits(family, shortest, longest);
        random_inside(octets, base, len, same);
        for (unsigned j = 0; j < len; j++) {
            unsigned kept = bits > 8 * j ? bits - 8 * j : 0;
            addr.octets[j] = (uint8_t)(kept < 8 ? octets[j] & ~(0xffU >> kept) : octets[j]);
        }
        chains_addr_text(&addr, text);
        fprintf(file, "%s/%u\n", text, bits);
        for (size_t j = 0; j < bench_draws(entries); j++) {
            struct probe *hit = bench_hit();
            hit->addr = (struct chains_addr){ .family = (uint8_t)family };
            random_inside(hit->addr.octets, addr.octets, len, bits);
        }
    }
    fclose(file);
    for (size_t i = 0; i < PROBES; i++) {
        if (i % 2 == 0 && probes[i].addr.family == family)
            continue;
        probes[i].addr = (struct chains_addr){ .family = (uint8_t)family };
        random_inside(probes[i].addr.octets, base, len, same);
    }
    bench_one(what, LIST_ADDRESSES, look_addr);
    memset(probes, 0, sizeof probes);
}

static void random_name(char *out, size_t size)
{
    snprintf(out, size, "%08" PRIx64 ".host%u.example.com", random_u64() >> 32,
             random_below(100));
}

static void bench_names(const char *what, size_t entries, bool suffixes)
{
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < PROBES; i++)
        random_name(probes[i].name, sizeof probes[i].name);
    for (size_t i = 0; i < entries; i++) {
        char name[40];
        random_name(name, sizeof name);
        fprintf(file, "%s%s\n", suffixes && i % 10 == 0 ? "." : "", name);
        for (size_t j = 0; j < bench_draws(entries); j++)
            memcpy(bench_hit()->name, name, sizeof name);
    }
    fclose(file);
    bench_one(what, LIST_NAMES, look_name);
}

static void bench_numbers(const char *what, size_t entries, unsigned bits)
{
    FILE *file = fopen(path, "w");
    for (size_t i = 0; i < PROBES; i++)
        probes[i].number = random_u64() >> (64 - bits);
    for (size_t i = 0; i < entries; i++) {
        uint64_t number = random_u64() >> (64 - bits);
        fprintf(file, "%" PRIu64 "\n", number);
        for (size_t j = 0; j < bench_draws(entries); j++)
            bench_hit()->number = number;
    }
    fclose(file);
    bench_one(what, LIST_NUMBERS, look_number);
}

int main(int argc, char **argv)
{
    size_t entries = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000;
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    bench_addrs("IPv4 prefixes /8 to /32", entries, 4, 8, 32, 0);
    bench_addrs("IPv4 addresses", entries, 4, 32, 32, 0);
    bench_addrs("IPv4 addresses of a /12", entries, 4, 32, 32, 12);
    bench_addrs("IPv6 prefixes, random", entries, 6, 32, 128, 0);
    bench_addrs("IPv6 prefixes of a /20", entries, 6, 32, 128, 20);
    bench_names("names", entries, false);
    bench_names("names, one in ten a suffix", entries, true);
    bench_numbers("ports", entries / 50, 16);
    bench_numbers("numbers of 64 bits", entries, 64);
    unlink(path);
    return 0;
}
