/* SPDX-License-Identifier: MIT */
/*
 * A bounded table with the oldest entry at hand. In: a hash. Out: the room that belongs to it.
 * Kept: memory is taken once; an entry is in one chain (by hash) and in one ring (by age), both
 * made of indices, where index 0 is the ring's anchor and the end of every chain.
 */
#include "weird_table.h"

#include <stdlib.h>

struct entry {
    uint64_t hash;
    uint32_t next;         /* in the chain; 0 ends it */
    uint32_t older, newer; /* in the ring */
};

struct weird_table {
    uint8_t *room; /* entries + 1 of `step` bytes: an entry and its payload */
    uint32_t *chain;
    size_t step;
    uint32_t entries, filled, mask;
};

static struct entry *table_entry(const struct weird_table *table, uint32_t index)
{
    return (struct entry *)(void *)(table->room + index * table->step);
}

static size_t table_step(size_t payload)
{
    return (sizeof(struct entry) + payload + 7) / 8 * 8;
}

/* A power of two. */
static uint32_t table_chains(uint32_t entries)
{
    uint32_t chains = 1;
    while (chains < entries)
        chains *= 2;
    return chains;
}

size_t weird_table_takes(uint32_t entries, size_t payload)
{
    return sizeof(struct weird_table) + ((size_t)entries + 1) * table_step(payload) +
           (size_t)table_chains(entries) * sizeof(uint32_t);
}

struct weird_table *weird_table_new(uint32_t entries, size_t payload)
{
    struct weird_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->entries = entries;
    table->step = table_step(payload);
    table->mask = table_chains(entries) - 1;
    table->chain = calloc((size_t)table->mask + 1, sizeof *table->chain);
    table->room = calloc((size_t)entries + 1, table->step);
    if (table->chain && table->room)
        return table;
    weird_table_free(table);
    return NULL;
}

static void table_ring_out(const struct weird_table *table, const struct entry *entry)
{
    table_entry(table, entry->older)->newer = entry->newer;
    table_entry(table, entry->newer)->older = entry->older;
}

/* Puts an entry in front of the anchor, where the youngest is. */
static void table_ring_in(const struct weird_table *table, uint32_t index)
{
    struct entry *anchor = table_entry(table, 0), *entry = table_entry(table, index);
    entry->newer = 0;
    entry->older = anchor->older;
    table_entry(table, entry->older)->newer = index;
    anchor->older = index;
}

static void table_chain_out(struct weird_table *table, uint32_t index)
{
    const struct entry *entry = table_entry(table, index);
    uint32_t *link = &table->chain[entry->hash & table->mask];
    while (*link != index)
        link = &table_entry(table, *link)->next;
    *link = entry->next;
}

static uint32_t table_add(struct weird_table *table, uint64_t hash, enum weird_table_entry *was)
{
    uint32_t index = table->filled + 1;
    *was = WEIRD_TABLE_NEW;
    if (table->filled < table->entries) {
        table->filled++;
    } else {
        *was = WEIRD_TABLE_TAKEN;
        index = table_entry(table, 0)->newer; /* the ring begins with the oldest */
        table_ring_out(table, table_entry(table, index));
        table_chain_out(table, index);
    }
    struct entry *entry = table_entry(table, index);
    uint32_t *chain = &table->chain[hash & table->mask];
    entry->hash = hash;
    entry->next = *chain;
    *chain = index;
    return index;
}

void *weird_table_find(struct weird_table *table, uint64_t hash, enum weird_table_entry *was)
{
    uint32_t index = table->chain[hash & table->mask];
    while (index && table_entry(table, index)->hash != hash)
        index = table_entry(table, index)->next;
    if (index) {
        *was = WEIRD_TABLE_OLD;
        table_ring_out(table, table_entry(table, index));
    } else {
        index = table_add(table, hash, was);
    }
    table_ring_in(table, index);
    return table_entry(table, index) + 1;
}

size_t weird_table_bytes(const struct weird_table *table)
{
    return sizeof *table + ((size_t)table->entries + 1) * table->step +
           ((size_t)table->mask + 1) * sizeof *table->chain;
}

void weird_table_free(struct weird_table *table)
{
    if (!table)
        return;
    free(table->room);
    free(table->chain);
    free(table);
}
