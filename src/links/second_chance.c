/* SPDX-License-Identifier: MIT */
/*
 * Entries by key, as many as there are places. In: keys. Out: a place for each, which is taken from
 * another one where all are full. Kept: an entry that was used gets a second chance; the hand looks
 * at a limited number of them, so that no add is dear, and then takes the one it is at.
 */
#include "second_chance.h"

#include <stdlib.h>

/* A power of two. */
static uint32_t chance_chains(uint32_t entries)
{
    uint32_t chains = 1;
    while (chains < entries)
        chains *= 2;
    return chains;
}

size_t second_chance_takes(const struct second_chance_kind *kind, uint32_t entries)
{
    return (size_t)entries * kind->entry + (size_t)chance_chains(entries) * sizeof(uint32_t);
}

bool second_chance_open(struct second_chance *table, const struct second_chance_kind *kind,
                        uint32_t entries)
{
    *table = (struct second_chance){ .kind = kind, .entries = entries };
    table->mask = chance_chains(entries) - 1;
    table->chain = calloc((size_t)table->mask + 1, sizeof *table->chain);
    table->entry = calloc(entries, kind->entry);
    return table->entry && table->chain && siphash_random_key(&table->secret);
}

void second_chance_close(struct second_chance *table)
{
    free(table->entry);
    free(table->chain);
    *table = (struct second_chance){ .entries = 0 };
}

static struct second_chance_head *chance_at(const struct second_chance *table, uint32_t index)
{
    return (struct second_chance_head *)(void *)(table->entry +
                                                 (size_t)index * table->kind->entry);
}

static uint32_t *chance_chain_of(const struct second_chance *table, const void *key)
{
    return &table->chain[siphash13(&table->secret, key, table->kind->key) & table->mask];
}

/* Takes an entry out of the chain that it is in. */
static void chance_unlink(struct second_chance *table, uint32_t index)
{
    const struct second_chance_head *goes = chance_at(table, index);
    uint32_t *link = chance_chain_of(table, goes + 1);
    while (*link != index + 1)
        link = &chance_at(table, *link - 1)->next;
    *link = goes->next;
}

/* An entry never used, or one that is over or that nobody misses. */
static uint32_t chance_spare(struct second_chance *table, int64_t now_ns)
{
    const struct second_chance_kind *kind = table->kind;
    if (table->filled < table->entries)
        return table->filled++;
    uint32_t index = table->hand;
    for (uint32_t step = 0; step < kind->steps; step++) {
        struct second_chance_head *head = chance_at(table, index);
        if (!head->again || !kind->holds(head, now_ns))
            break;
        head->again = false;
        index = index + 1 < table->entries ? index + 1 : 0;
    }
    table->hand = index + 1 < table->entries ? index + 1 : 0;
    table->lost += kind->holds(chance_at(table, index), now_ns);
    chance_unlink(table, index);
    return index;
}

void *second_chance_add(struct second_chance *table, const void *key, int64_t now_ns)
{
    uint32_t index = chance_spare(table, now_ns), *chain = chance_chain_of(table, key);
    struct second_chance_head *head = chance_at(table, index);
    memset(head, 0, table->kind->entry);
    memcpy(head + 1, key, table->kind->key);
    head->next = *chain;
    *chain = index + 1;
    return head;
}

size_t second_chance_bytes(const struct second_chance *table)
{
    return (size_t)table->entries * table->kind->entry +
           ((size_t)table->mask + 1) * sizeof *table->chain;
}
