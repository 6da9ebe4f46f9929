/* SPDX-License-Identifier: MIT */
/*
 * The table of counts: exact as long as the keys find room, and beside a slow space-saving sketch
 * that is written down as the paper has it. What the sketch promises is checked for every key, on
 * keys that are skewed, even, and never the same twice.
 */
#include "../../src/sinks/count_table.h"
#include "../check.h"

#include <stdlib.h>

/* The same numbers in every run. */
static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint32_t number_of(const uint8_t *key)
{
    return chains_load_be32(key);
}

static void add(struct count_table *table, uint32_t number, uint64_t bytes)
{
    uint8_t key[8] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
                       (uint8_t)number };
    size_t len = 4 + number % 5; /* of different lengths */
    count_table_add(table, count_table_hash(table, key, len), key, len, bytes);
}

static void test_exact(void)
{
    enum { KEYS = 1000 };
    static uint64_t packets[KEYS], bytes[KEYS];
    struct count_table table;
    check(count_table_open(&table, KEYS, 8, KEYS));
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t number = (uint32_t)(draw() % KEYS * (draw() % KEYS) / KEYS);
        uint64_t size = draw() % 1500;
        packets[number]++;
        bytes[number] += size;
        add(&table, number, size);
    }
    uint32_t held = count_table_top(&table, KEYS);
    bool right = true, sorted = true;
    uint32_t keys = 0;
    for (uint32_t i = 0; i < KEYS; i++)
        keys += packets[i] > 0;
    for (uint32_t i = 0; i < held; i++) {
        const struct count_entry *entry = count_table_at(&table, i);
        uint32_t number = number_of(entry->key);
        right = right && entry->packets == packets[number] && entry->bytes == bytes[number] &&
                entry->error == 0 && entry->len == 4 + number % 5;
        if (i == 0)
            continue;
        const struct count_entry *above = count_table_at(&table, i - 1);
        sorted = sorted &&
                 (above->packets > entry->packets ||
                  (above->packets == entry->packets && memcmp(above->key, entry->key, 4) < 0));
    }
    check_eq_u64(held, keys);
    check(right && sorted && !table.sketch && table.taken_over == 0);
    count_table_clear(&table);
    check_eq_u64(count_table_top(&table, KEYS), 0);
    add(&table, 7, 60);
    check_eq_u64(count_table_top(&table, KEYS), 1);
    check(count_table_at(&table, 0)->packets == 1 && count_table_at(&table, 0)->bytes == 60);
    count_table_close(&table);
}

/* The few with the highest counts, out of many and of equal ones. */
static void test_top(void)
{
    struct count_table table;
    check(count_table_open(&table, 1000, 8, 10));
    for (uint32_t i = 0; i < 900; i++)
        for (uint32_t times = 0; times < 1 + i % 7; times++)
            add(&table, (i * 7919) % 1000, 1);
    for (uint32_t top = 0; top <= 10; top++) {
        check_eq_u64(count_table_top(&table, top), top);
        uint32_t last = 0;
        bool right = true;
        for (uint32_t i = 0; i < top; i++) {
            const struct count_entry *entry = count_table_at(&table, i);
            right = right && entry->packets == 7 && (i == 0 || number_of(entry->key) > last);
            last = number_of(entry->key);
        }
        check(right);
    }
    /* Of the keys counted seven times, the ten smallest. */
    uint32_t smallest = 1000;
    for (uint32_t i = 6; i < 900; i += 7)
        smallest = (i * 7919) % 1000 < smallest ? (i * 7919) % 1000 : smallest;
    check_eq_u64(number_of(count_table_at(&table, 0)->key), smallest);
    count_table_close(&table);
}

/* ---- what the sketch promises ---- */

enum { KEYS = 20000 };
static uint64_t true_packets[KEYS], true_bytes, true_all;

static bool promises_hold(struct count_table *table)
{
    uint64_t packets = 0, bytes = 0, lowest = UINT64_MAX, error = 0;
    static bool is_held[KEYS];
    memset(is_held, 0, sizeof is_held);
    uint32_t held = count_table_top(table, table->most);
    bool good = held == table->used;
    for (uint32_t i = 0; i < held; i++) {
        const struct count_entry *entry = count_table_at(table, i);
        uint32_t number = number_of(entry->key);
        good = good && !is_held[number] && entry->packets >= true_packets[number] &&
               entry->packets - entry->error <= true_packets[number];
        is_held[number] = true;
        packets += entry->packets;
        bytes += entry->bytes;
        lowest = entry->packets < lowest ? entry->packets : lowest;
        error = entry->error > error ? entry->error : error;
    }
    for (uint32_t i = 0; i < KEYS; i++)
        good = good && (is_held[i] || true_packets[i] <= (table->sketch ? lowest : 0));
    return good && packets == true_all && bytes == true_bytes && error <= lowest &&
           (!table->sketch || lowest <= true_all / table->most);
}

static void count_true(struct count_table *table, uint32_t number)
{
    uint64_t size = 60 + number % 1400;
    true_packets[number]++;
    true_bytes += size;
    true_all++;
    add(table, number, size);
}

static void begin_true(struct count_table *table, uint32_t entries)
{
    memset(true_packets, 0, sizeof true_packets);
    true_bytes = true_all = 0;
    check(count_table_open(table, entries, 8, entries));
}

/* Key i is drawn in proportion to 1 / (i + 1). */
static uint32_t zipf(const double *sums)
{
    double at = (double)(draw() >> 11) / 9007199254740992.0 * sums[KEYS - 1];
    uint32_t low = 0, high = KEYS - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (sums[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void test_skewed(void)
{
    enum { DRAWS = 400000, ENTRIES = 1000, TOP = 25 };
    static double sums[KEYS];
    struct count_table table;
    begin_true(&table, ENTRIES);
    for (uint32_t i = 0; i < KEYS; i++)
        sums[i] = (i ? sums[i - 1] : 0) + 1.0 / (i + 1);
    for (unsigned i = 1; i <= DRAWS; i++) {
        count_true(&table, zipf(sums));
        if (i % 40000 == 0)
            check(promises_hold(&table));
    }
    check(table.sketch && table.taken_over > 0);
    /* The true top is found: all of it stands at the head of the table. */
    check_eq_u64(count_table_top(&table, TOP), TOP);
    uint64_t last = UINT64_MAX;
    for (uint32_t i = 0; i < TOP; i++) {
        const struct count_entry *entry = count_table_at(&table, i);
        uint64_t packets = true_packets[number_of(entry->key)];
        check(entry->packets <= last && packets <= entry->packets);
        last = entry->packets;
        unsigned above = 0;
        for (uint32_t j = 0; j < KEYS; j++)
            above += true_packets[j] > packets;
        check(above < TOP);
    }
    count_table_close(&table);
}

static void test_even(void)
{
    struct count_table table;
    begin_true(&table, 777);
    for (unsigned i = 1; i <= 200000; i++) {
        count_true(&table, (uint32_t)(draw() % KEYS));
        if (i % 20000 == 0 || i == 777 || i == 778)
            check(promises_hold(&table));
    }
    count_table_close(&table);
}

/* Never the same key twice in a row, the worst that can come. */
static void test_round(void)
{
    struct count_table table;
    begin_true(&table, 64);
    for (unsigned i = 0; i < 5 * KEYS; i++)
        count_true(&table, i % KEYS);
    check(promises_hold(&table));
    check_eq_u64(table.taken_over, 5 * KEYS - 64);
    count_table_close(&table);
}

/* ---- beside a slow one ---- */

struct slow {
    uint32_t number;
    uint64_t packets, error, since; /* when it got this count */
};

/* The entry with the lowest count that has had it for longest. */
static struct slow *slow_lowest(struct slow *slow, uint32_t count)
{
    struct slow *lowest = slow;
    for (uint32_t i = 1; i < count; i++)
        if (slow[i].packets < lowest->packets ||
            (slow[i].packets == lowest->packets && slow[i].since < lowest->since))
            lowest = &slow[i];
    return lowest;
}

static void slow_add(struct slow *slow, uint32_t *used, uint32_t most, uint32_t number,
                     uint64_t now, bool *sketch)
{
    struct slow *entry = NULL;
    for (uint32_t i = 0; i < *used && !entry; i++)
        entry = slow[i].number == number ? &slow[i] : NULL;
    if (!entry && *used < most) {
        entry = &slow[(*used)++];
        *entry = (struct slow){ .number = number };
    } else if (!entry) {
        for (uint32_t i = 0; i < most && !*sketch; i++)
            slow[i].since = i; /* those of before are taken in their order */
        *sketch = true;
        entry = slow_lowest(slow, most);
        entry->number = number;
        entry->error = entry->packets;
    }
    entry->packets++;
    entry->since = most + now;
}

static bool slow_is(const struct slow *slow, uint32_t used, struct count_table *table)
{
    bool good = count_table_top(table, used + 1) == used;
    for (uint32_t i = 0; i < used && good; i++) {
        const struct count_entry *entry = count_table_at(table, i);
        const struct slow *same = NULL;
        for (uint32_t j = 0; j < used && !same; j++)
            same = slow[j].number == number_of(entry->key) ? &slow[j] : NULL;
        good = same && same->packets == entry->packets && same->error == entry->error;
    }
    return good;
}

static void test_beside(uint32_t most, uint32_t keys, unsigned draws)
{
    struct slow slow[64];
    struct count_table table;
    uint32_t used = 0;
    bool sketch = false, good = true;
    check(count_table_open(&table, most, 8, most + 1));
    for (unsigned i = 0; i < draws && good; i++) {
        uint32_t number = (uint32_t)(draw() % keys);
        number = draw() % 3 ? number * (uint32_t)(draw() % keys) / keys : number;
        add(&table, number, 1);
        slow_add(slow, &used, most, number, i, &sketch);
        good = slow_is(slow, used, &table) && sketch == table.sketch;
    }
    check(good);
    count_table_close(&table);
}

/* Counts beyond a byte and two are put in order when the sketch begins. */
static void test_order(void)
{
    static const uint32_t times[] = { 70000, 3, 256, 65536, 255, 1, 257, 65535, 256, 66000 };
    enum { KEYS_HERE = sizeof times / sizeof *times };
    struct count_table table;
    check(count_table_open(&table, KEYS_HERE, 8, KEYS_HERE));
    for (uint32_t i = 0; i < KEYS_HERE; i++)
        for (uint32_t n = 0; n < times[i]; n++)
            add(&table, i, 1);
    for (uint32_t i = 0; i < 600; i++)
        add(&table, 100 + i, 1);
    /* What is above 300 is as it was; the others took over each other. */
    check_eq_u64(count_table_top(&table, KEYS_HERE), KEYS_HERE);
    static const uint32_t above[] = { 0, 9, 3, 7 };
    uint64_t sum = 0;
    for (uint32_t i = 0; i < KEYS_HERE; i++) {
        const struct count_entry *entry = count_table_at(&table, i);
        sum += entry->packets;
        if (i < 4)
            check(number_of(entry->key) == above[i] && entry->packets == times[above[i]]);
    }
    check_eq_u64(sum, 70000 + 66000 + 65536 + 65535 + 3 + 256 + 255 + 1 + 257 + 256 + 600);
    count_table_close(&table);
}

static void test_memory(void)
{
    struct count_table table;
    check(count_table_open(&table, 1000, 20, 10));
    check(table.memory >= 1000 * (sizeof(struct count_entry) + 20) && table.memory < 200000);
    size_t memory = table.memory;
    for (uint32_t i = 0; i < 5000; i++)
        add(&table, i, 1);
    check_eq_u64(table.memory, memory);
    count_table_close(&table);
    count_table_close(&table); /* again is fine */
}

int main(void)
{
    test_exact();
    test_top();
    test_skewed();
    test_even();
    test_round();
    static const uint32_t sizes[] = { 1, 2, 3, 5, 8, 17, 33, 63 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        test_beside(sizes[i], sizes[i] + 1, 2000);
        test_beside(sizes[i], 3 * sizes[i] + 1, 2000);
        test_beside(sizes[i], 200, 2000);
    }
    test_order();
    test_memory();
    return check_done();
}
