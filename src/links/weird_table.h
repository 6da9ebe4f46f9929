/* SPDX-License-Identifier: MIT */
#ifndef LINKS_WEIRD_TABLE_H
#define LINKS_WEIRD_TABLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * A fixed number of entries of equal size, found by 64 bits of a keyed hash, which stand for
 * what was hashed. A new one takes the place of the one that was not found for the longest
 * time.
 */
struct weird_table;

enum weird_table_entry {
    WEIRD_TABLE_OLD,   /* it was there */
    WEIRD_TABLE_NEW,   /* in a place that was free; all 0 */
    WEIRD_TABLE_TAKEN, /* in another's place, whose payload is still in it: clear it */
};

/* All the memory it ever takes. NULL when there is none. */
struct weird_table *weird_table_new(uint32_t entries, size_t payload);

/* The payload of an entry, aligned to 8; the entry is the youngest from now on. */
void *weird_table_find(struct weird_table *table, uint64_t hash, enum weird_table_entry *was);

/* Bytes that a table of so many entries takes. */
size_t weird_table_takes(uint32_t entries, size_t payload);

size_t weird_table_bytes(const struct weird_table *table);
void weird_table_free(struct weird_table *table);

#endif
