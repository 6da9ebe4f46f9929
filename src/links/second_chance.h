/* SPDX-License-Identifier: MIT */
#ifndef LINKS_SECOND_CHANCE_H
#define LINKS_SECOND_CHANCE_H

#include <chains/bytes.h>

#include <string.h>

#include "../bytes/siphash.h"

/*
 * A hash table of fixed size, under a secret key. Where it is full a new entry takes the place of
 * one that is over, or that was not used since a hand that goes round last passed it.
 */

/* What every entry begins with; right behind it, at SECOND_CHANCE_KEY, lies its key. */
struct second_chance_head {
    uint32_t next; /* in the chain of its hash: an index and one; 0 ends it */
    bool again;    /* used since the hand last passed; set by who uses it */
};

enum { SECOND_CHANCE_KEY = sizeof(struct second_chance_head) };

/* Of what the entries are; keys are compared and hashed as bytes. */
struct second_chance_kind {
    uint32_t entry, key; /* sizes */
    uint32_t steps;      /* entries looked at for one that may be given away */
    bool (*holds)(const void *entry, int64_t now_ns);
};

struct second_chance {
    const struct second_chance_kind *kind;
    char *entry;
    uint32_t *chain; /* by hash: the first entry's index and one, 0 for none */
    uint32_t entries, filled, hand, mask;
    struct siphash_key secret;
    uint64_t lost; /* entries that had to go while they still held */
};

/* All the memory it ever takes. False when there is none, or no random key; close it then, too. */
bool second_chance_open(struct second_chance *table, const struct second_chance_kind *kind,
                        uint32_t entries);
void second_chance_close(struct second_chance *table);

/* A new entry, all 0 but for its key, which is not in the table yet. */
void *second_chance_add(struct second_chance *table, const void *key, int64_t now_ns);

/* Bytes that a table of so many entries takes. */
size_t second_chance_takes(const struct second_chance_kind *kind, uint32_t entries);

/* Bytes behind the table. */
size_t second_chance_bytes(const struct second_chance *table);

/* Of a key; `kind` is the table's, here and below, and known where this is compiled. */
static inline uint64_t second_chance_hash(const struct second_chance *table,
                                          const struct second_chance_kind *kind,
                                          const void *key)
{
    return siphash13(&table->secret, key, kind->key);
}

/*
 * A key is sought soon: two calls for each, so that between them others are seen to while memory
 * is waited for.
 */
static inline void second_chance_ahead_chain(const struct second_chance *table, uint64_t hash)
{
    __builtin_prefetch(&table->chain[hash & table->mask]);
}

static inline void second_chance_ahead_entry(const struct second_chance *table,
                                             const struct second_chance_kind *kind,
                                             uint64_t hash)
{
    uint32_t at = table->chain[hash & table->mask];
    const char *entry = table->entry + (size_t)(at - 1) * kind->entry;
    if (!at)
        return;
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + SECOND_CHANCE_KEY + kind->key);
}

/* The entry of a key with this hash, or NULL. */
static inline void *second_chance_find_by(const struct second_chance *table,
                                          const struct second_chance_kind *kind,
                                          const void *key, uint64_t hash)
{
    for (uint32_t at = table->chain[hash & table->mask]; at;) {
        char *entry = table->entry + (size_t)(at - 1) * kind->entry;
        if (memcmp(entry + SECOND_CHANCE_KEY, key, kind->key) == 0)
            return entry;
        memcpy(&at, entry, sizeof at);
    }
    return NULL;
}

static inline void *second_chance_find(const struct second_chance *table,
                                       const struct second_chance_kind *kind, const void *key)
{
    if (table->filled == 0)
        return NULL;
    return second_chance_find_by(table, kind, key, second_chance_hash(table, kind, key));
}

#endif
