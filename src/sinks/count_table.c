/* SPDX-License-Identifier: MIT */
/*
 * A table of counts. In: keys. Out: the keys with the highest counts. Found by a keyed hash with
 * linear probing. As a sketch its entries hang in rings of equal count, the rings in a list by
 * count, so that counting one up and finding the lowest take the same time whatever the size.
 */
#include "count_table.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_NONE = -1 };
static const uint32_t none = (uint32_t)COUNT_NONE;

struct count_place {
    uint32_t tag, number; /* of the entry plus 1; 0: free */
};

struct count_bucket {
    uint64_t packets;
    uint32_t first; /* the entry that came last; the one before it in the ring came first */
    uint32_t lower, higher;
};

static struct count_entry *table_entry(const struct count_table *table, uint32_t number)
{
    return (struct count_entry *)(void *)(table->entries + number * table->stride);
}

static size_t table_places(uint32_t most)
{
    size_t places = 2;
    while (places < 2 * (size_t)most)
        places *= 2;
    return places;
}

static size_t table_stride(size_t key_size)
{
    return (sizeof(struct count_entry) + key_size + 7) / 8 * 8;
}

size_t count_table_takes(uint32_t most, size_t key_size, uint32_t top)
{
    return most * (table_stride(key_size) + sizeof(struct count_bucket)) +
           table_places(most) * sizeof(struct count_place) + top * sizeof(uint32_t);
}

bool count_table_open(struct count_table *table, uint32_t most, size_t key_size, uint32_t top)
{
    size_t places = table_places(most);
    *table = (struct count_table){
        .most = most,
        .stride = table_stride(key_size),
        .mask = (uint32_t)(places - 1),
    };
    table->entries = calloc(most, table->stride);
    table->index = calloc(places, sizeof *table->index);
    table->buckets = calloc(most, sizeof *table->buckets);
    table->order = calloc(top ? top : 1, sizeof *table->order);
    table->memory = count_table_takes(most, key_size, top);
    if (table->entries && table->index && table->buckets && table->order &&
        siphash_random_key(&table->secret))
        return true;
    count_table_close(table);
    return false;
}

void count_table_close(struct count_table *table)
{
    free(table->entries);
    free(table->index);
    free(table->buckets);
    free(table->order);
    *table = (struct count_table){ .most = 0 };
}

void count_table_clear(struct count_table *table)
{
    memset(table->index, 0, ((size_t)table->mask + 1) * sizeof *table->index);
    table->used = 0;
    table->sketch = false;
}

uint64_t count_table_hash(const struct count_table *table, const void *key, size_t len)
{
    uint64_t hash = siphash13(&table->secret, key, len);
    __builtin_prefetch(&table->index[(uint32_t)hash & table->mask]);
    return hash;
}

/* ---- entries by count, once it is a sketch ---- */

static void table_join(struct count_table *table, uint32_t number, uint32_t to)
{
    struct count_bucket *bucket = &table->buckets[to];
    struct count_entry *entry = table_entry(table, number);
    entry->bucket = to;
    entry->before = entry->after = number;
    if (bucket->first != none) {
        struct count_entry *first = table_entry(table, bucket->first);
        entry->after = bucket->first;
        entry->before = first->before;
        table_entry(table, first->before)->after = number;
        first->before = number;
    }
    bucket->first = number;
}

/* A new bucket behind `lower`, which may be none. There are never more of them than entries. */
static uint32_t table_new_bucket(struct count_table *table, uint32_t lower, uint64_t packets)
{
    uint32_t made = table->unused;
    struct count_bucket *bucket = &table->buckets[made];
    uint32_t higher = lower == none ? table->lowest : table->buckets[lower].higher;
    table->unused = bucket->higher;
    *bucket = (struct count_bucket){ packets, none, lower, higher };
    if (lower == none)
        table->lowest = made;
    else
        table->buckets[lower].higher = made;
    if (higher != none)
        table->buckets[higher].lower = made;
    return made;
}

static void table_drop_bucket(struct count_table *table, uint32_t dropped)
{
    struct count_bucket *bucket = &table->buckets[dropped];
    if (bucket->lower == none)
        table->lowest = bucket->higher;
    else
        table->buckets[bucket->lower].higher = bucket->higher;
    if (bucket->higher != none)
        table->buckets[bucket->higher].lower = bucket->lower;
    bucket->higher = table->unused;
    table->unused = dropped;
}

/* An entry whose count went up by one moves to the bucket of its new count. */
static void table_move_up(struct count_table *table, uint32_t number)
{
    struct count_entry *entry = table_entry(table, number);
    uint32_t from = entry->bucket;
    struct count_bucket *bucket = &table->buckets[from];
    uint32_t to = bucket->higher;
    bool alone = entry->after == number;
    bool there = to != none && table->buckets[to].packets == entry->packets;
    if (alone && !there) {
        bucket->packets = entry->packets;
        return;
    }
    if (alone) {
        table_drop_bucket(table, from);
    } else {
        table_entry(table, entry->before)->after = entry->after;
        table_entry(table, entry->after)->before = entry->before;
        if (bucket->first == number)
            bucket->first = entry->after;
    }
    table_join(table, number, there ? to : table_new_bucket(table, from, entry->packets));
}

/*
 * All entries from the lowest count to the highest, as a list through `after`: sorted by one byte
 * of the counts after the other. Returns the first.
 */
static uint32_t table_sort(struct count_table *table)
{
    uint64_t largest = 0;
    uint32_t first = 0;
    for (uint32_t i = 0; i < table->used; i++) {
        struct count_entry *entry = table_entry(table, i);
        entry->after = i + 1 < table->used ? i + 1 : none;
        largest = entry->packets > largest ? entry->packets : largest;
    }
    for (unsigned shift = 0; shift < 64 && largest >> shift; shift += 8) {
        uint32_t head[256], tail[256], *end = &first;
        memset(head, 0xff, sizeof head); /* none */
        for (uint32_t i = first; i != none; i = table_entry(table, i)->after) {
            unsigned byte = table_entry(table, i)->packets >> shift & 255;
            if (head[byte] == none)
                head[byte] = i;
            else
                table_entry(table, tail[byte])->after = i;
            tail[byte] = i;
        }
        for (unsigned byte = 0; byte < 256; byte++) {
            if (head[byte] == none)
                continue;
            *end = head[byte];
            end = &table_entry(table, tail[byte])->after;
        }
        *end = none;
    }
    return first;
}

/* The table is full and one more key has come. */
static void table_begin_sketch(struct count_table *table)
{
    table->sketch = true;
    table->lowest = none;
    for (uint32_t i = 0; i < table->most; i++)
        table->buckets[i].higher = i + 1 < table->most ? i + 1 : none;
    table->unused = 0;
    uint32_t highest = none, next;
    for (uint32_t i = table_sort(table); i != none; i = next) {
        struct count_entry *entry = table_entry(table, i);
        next = entry->after;
        if (highest == none || table->buckets[highest].packets != entry->packets)
            highest = table_new_bucket(table, highest, entry->packets);
        table_join(table, i, highest);
    }
}

/* ---- entries by key ---- */

/* The place of a key in the index, or the free one where it belongs. */
static uint32_t table_find(const struct count_table *table, uint32_t tag, const void *key,
                           size_t len)
{
    uint32_t at = tag & table->mask;
    for (; table->index[at].number; at = (at + 1) & table->mask) {
        if (table->index[at].tag != tag)
            continue;
        const struct count_entry *entry = table_entry(table, table->index[at].number - 1);
        if (entry->len == len && memcmp(entry->key, key, len) == 0)
            break;
    }
    return at;
}

/* Takes a place out of the index; those behind it that probed past it move up. */
static void table_forget(struct count_table *table, uint32_t at)
{
    uint32_t hole = at;
    for (;;) {
        at = (at + 1) & table->mask;
        if (!table->index[at].number)
            break;
        uint32_t home = table->index[at].tag & table->mask;
        if (((at - home) & table->mask) >= ((at - hole) & table->mask)) {
            table->index[hole] = table->index[at];
            hole = at;
        }
    }
    table->index[hole].number = 0;
}

/* The entry with the lowest count, of several the one that came first; its key is forgotten. */
static uint32_t table_take_over(struct count_table *table)
{
    if (!table->sketch)
        table_begin_sketch(table);
    uint32_t number = table_entry(table, table->buckets[table->lowest].first)->before;
    const struct count_entry *entry = table_entry(table, number);
    table_forget(table, table_find(table, entry->tag, entry->key, entry->len));
    table->taken_over++;
    return number;
}

/* A place for a new key; what it counts so far is an error. */
static uint32_t table_new(struct count_table *table, uint32_t tag, const void *key, size_t len)
{
    bool room = table->used < table->most;
    uint32_t number = room ? table->used++ : table_take_over(table);
    struct count_entry *entry = table_entry(table, number);
    if (room)
        entry->packets = entry->bytes = 0;
    entry->error = entry->packets;
    entry->tag = tag;
    entry->len = (uint32_t)len;
    memcpy(entry->key, key, len);
    uint32_t at = table_find(table, tag, key, len);
    table->index[at] = (struct count_place){ tag, number + 1 };
    return number;
}

void count_table_add(struct count_table *table, uint64_t hash, const void *key, size_t len,
                     uint64_t bytes)
{
    uint32_t tag = (uint32_t)hash, at = table_find(table, tag, key, len);
    uint32_t number = table->index[at].number;
    number = number ? number - 1 : table_new(table, tag, key, len);
    struct count_entry *entry = table_entry(table, number);
    entry->packets++;
    entry->bytes += bytes;
    if (table->sketch)
        table_move_up(table, number);
}

/* ---- the top ---- */

/* Whether entry a belongs behind entry b. */
static bool table_is_behind(const struct count_table *table, uint32_t a, uint32_t b)
{
    const struct count_entry *x = table_entry(table, a), *y = table_entry(table, b);
    if (x->packets != y->packets)
        return x->packets < y->packets;
    int order = memcmp(x->key, y->key, x->len < y->len ? x->len : y->len);
    return order ? order > 0 : x->len > y->len;
}

/* Puts `number` at the root of a heap whose root is the last of all, and lets it sink. */
static void table_sink(struct count_table *table, uint32_t count, uint32_t root,
                       uint32_t number)
{
    uint32_t *heap = table->order;
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count)
            break;
        if (child + 1 < count && table_is_behind(table, heap[child + 1], heap[child]))
            child++;
        if (!table_is_behind(table, heap[child], number))
            break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = number;
}

uint32_t count_table_top(struct count_table *table, uint32_t top)
{
    uint32_t count = top < table->used ? top : table->used;
    for (uint32_t i = 0; i < count; i++)
        table->order[i] = i;
    for (uint32_t i = count / 2; i > 0; i--)
        table_sink(table, count, i - 1, table->order[i - 1]);
    for (uint32_t i = count; i < table->used && count > 0; i++)
        if (table_is_behind(table, table->order[0], i))
            table_sink(table, count, 0, i);
    for (uint32_t left = count; left > 1; left--) {
        uint32_t last = table->order[0];
        table_sink(table, left - 1, 0, table->order[left - 1]);
        table->order[left - 1] = last;
    }
    return count;
}

const struct count_entry *count_table_at(const struct count_table *table, uint32_t i)
{
    return table_entry(table, table->order[i]);
}
