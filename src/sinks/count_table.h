/* SPDX-License-Identifier: MIT */
#ifndef SINKS_COUNT_TABLE_H
#define SINKS_COUNT_TABLE_H

#include "../bytes/siphash.h"

/*
 * Counts by key in memory that is fixed when it is opened. Exact as long as there are no more keys
 * than entries; from the next one on the space-saving sketch of Metwally, Agrawal and El Abbadi
 * (2005): a new key takes the entry with the lowest count, its count is that count plus one, and
 * it may be too high by what it took over. Then, for every key,
 *
 *     true count <= packets, and packets - error <= true count,
 *
 * and a key that has no entry has been seen no more often than the lowest count says. The bytes of
 * a key that took over an entry are an estimate.
 */

struct count_entry {
    uint64_t packets, bytes;
    uint64_t error;         /* the most that `packets` is too high */
    uint32_t tag;           /* low half of the key's hash */
    uint32_t before, after; /* in the ring of its bucket; sorting uses `after` */
    uint32_t bucket;
    uint32_t len;
    uint8_t key[];
};

struct count_table {
    uint32_t most, used; /* entries */
    bool sketch;
    uint64_t taken_over; /* entries, so far */
    size_t memory;       /* bytes held */
    /* inside */
    struct siphash_key secret;
    size_t stride;
    uint8_t *entries;
    struct count_place *index; /* from hashes to entries */
    uint32_t mask;
    struct count_bucket *buckets; /* of equal counts, once it is a sketch */
    uint32_t lowest, unused;
    uint32_t *order; /* of the top */
};

enum {
    COUNT_ENTRIES_MOST = 1 << 24,
};

/*
 * `most` entries (1 to COUNT_ENTRIES_MOST) of keys of up to `key_size` bytes; `top` of them can be
 * asked for. False for want of memory or of randomness; then it is closed.
 */
bool count_table_open(struct count_table *table, uint32_t most, size_t key_size, uint32_t top);
/* Bytes that such a table takes. */
size_t count_table_takes(uint32_t most, size_t key_size, uint32_t top);
void count_table_close(struct count_table *table);

/* Forgets all keys. */
void count_table_clear(struct count_table *table);

/* The hash of a key, which begins to bring its place into the cache. */
uint64_t count_table_hash(const struct count_table *table, const void *key, size_t len);

/* Counts one packet of `bytes` bytes. */
void count_table_add(struct count_table *table, uint64_t hash, const void *key, size_t len,
                     uint64_t bytes);

/*
 * Finds the entries with the highest counts, those with the same count by their keys. Returns how
 * many there are, at most the `top` of the opening; count_table_at() gives them.
 */
uint32_t count_table_top(struct count_table *table, uint32_t top);
const struct count_entry *count_table_at(const struct count_table *table, uint32_t i);

#endif
