/* SPDX-License-Identifier: MIT */
/*
 * The bounded table, and counting different things in windows: how far off, and when it begins
 * anew.
 */
#include "links/weird_watch.h"

#include <stdlib.h>

#include "../check.h"

/* As good as a keyed hash, and the same every time. */
static uint64_t hash(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void test_table(void)
{
    struct weird_table *table = weird_table_new(3, sizeof(uint64_t));
    enum weird_table_entry was;
    for (uint64_t i = 1; i <= 3; i++) {
        uint64_t *at = weird_table_find(table, i * 8, &was);
        check_eq_u64(was, WEIRD_TABLE_NEW);
        check_eq_u64(*at, 0);
        *at = i;
    }
    uint64_t *at = weird_table_find(table, 8, &was); /* now 2 is the oldest */
    check_eq_u64(was, WEIRD_TABLE_OLD);
    check_eq_u64(*at, 1);
    at = weird_table_find(table, 4 * 8, &was);
    check_eq_u64(was, WEIRD_TABLE_TAKEN);
    check_eq_u64(*at, 2);
    *at = 4;
    static const uint64_t there[] = { 1, 3, 4 };
    for (size_t i = 0; i < 3; i++) {
        at = weird_table_find(table, there[i] * 8, &was);
        check_eq_u64(was, WEIRD_TABLE_OLD);
        check_eq_u64(*at, there[i]);
    }
    weird_table_find(table, 2 * 8, &was);
    check_eq_u64(was, WEIRD_TABLE_TAKEN);
    weird_table_free(table);
}

/* A million of everything through a small table: each find gives what belongs to it. */
static void test_table_many(void)
{
    enum { ENTRIES = 100 };
    struct weird_table *table = weird_table_new(ENTRIES, sizeof(uint64_t));
    unsigned wrong = 0, old = 0;
    for (uint64_t i = 0; i < 1000000; i++) {
        uint64_t key = hash(hash(i) % 300);
        enum weird_table_entry was;
        uint64_t *at = weird_table_find(table, key, &was);
        wrong += was == WEIRD_TABLE_OLD && *at != key;
        old += was == WEIRD_TABLE_OLD;
        *at = key;
    }
    check_eq_u64(wrong, 0);
    printf("# %u of 1000000 found\n", old);
    check(old > 300000 && old < 367000); /* a third: 100 of 300 are there */
    check(weird_table_bytes(table) < ENTRIES * 40 + 4096);
    weird_table_free(table);
}

static void test_counts(void)
{
    static const unsigned number[] = { 1, 2, 20, 100, 1000, 10000 };
    for (size_t k = 0; k < sizeof(number) / sizeof(number[0]); k++) {
        struct weird_watch watch = { weird_table_new(4, WEIRD_WATCH_PAYLOAD), 1000, 0 };
        struct weird_seen seen = { .things = 0 };
        for (unsigned turn = 0; turn < 2; turn++) /* twice: they are still as many */
            for (uint64_t i = 0; i < number[k]; i++)
                seen = weird_watch_add(&watch, 7, hash(i), 10, 5);
        printf("# %u counted as %u\n", number[k], seen.things);
        unsigned off = number[k] > 1000   ? number[k] / 10
                       : number[k] >= 100 ? number[k] / 20
                                          : 0;
        check(seen.things >= number[k] - off && seen.things <= number[k] + off);
        check_eq_u64(seen.bytes, 20 * number[k]);
        check_eq_u64(seen.since_ns, 5);
        weird_table_free(watch.table);
    }
    /* far more than it can tell apart: it stays high, and nothing is divided by 0 */
    struct weird_watch watch = { weird_table_new(4, WEIRD_WATCH_PAYLOAD), 1000, 0 };
    struct weird_seen seen = { .things = 0 };
    for (uint64_t i = 0; i < 1000000; i++)
        seen = weird_watch_add(&watch, 7, hash(i), 1, 5);
    printf("# 1000000 counted as %u\n", seen.things);
    check(seen.things >= WEIRD_WATCH_MOST);
    weird_table_free(watch.table);
}

static void test_window(void)
{
    struct weird_watch watch = { weird_table_new(2, WEIRD_WATCH_PAYLOAD), 1000, 0 };
    weird_watch_add(&watch, 1, hash(1), 1, 5000);
    check_eq_u64(weird_watch_add(&watch, 1, hash(2), 1, 5999).things, 2);
    struct weird_seen seen = weird_watch_add(&watch, 1, hash(3), 1, 6000);
    check_eq_u64(seen.things, 1);
    check_eq_u64(seen.since_ns, 6000);
    check_eq_u64(weird_watch_add(&watch, 1, hash(4), 1, 5500).things, 2); /* out of order */
    check_eq_u64(weird_watch_add(&watch, 1, hash(5), 1, 5000).things, 1); /* far back */
    check_eq_u64(weird_watch_add(&watch, 1, hash(6), 1, INT64_MAX).things, 1);
    check_eq_u64(weird_watch_add(&watch, 1, hash(7), 1, INT64_MIN).things, 1);
    check_eq_u64(watch.lost, 0);
    /* others do not mix, and one that goes early is counted */
    check_eq_u64(weird_watch_add(&watch, 2, hash(1), 1, 100).things, 1);
    check_eq_u64(weird_watch_add(&watch, 3, hash(1), 1, 100).things, 1); /* 1 was over */
    check_eq_u64(watch.lost, 0);
    check_eq_u64(weird_watch_add(&watch, 4, hash(1), 1, 100).things, 1);
    check_eq_u64(watch.lost, 1);
    check_eq_u64(weird_watch_add(&watch, 2, hash(2), 1, 100).things, 1);
    check_eq_u64(watch.lost, 2);
    weird_table_free(watch.table);
}

int main(void)
{
    test_table();
    test_table_many();
    test_counts();
    test_window();
    return check_done();
}
