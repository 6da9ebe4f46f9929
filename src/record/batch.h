/* SPDX-License-Identifier: MIT */
#ifndef RECORD_BATCH_H
#define RECORD_BATCH_H

#include <chains/component.h>

#include "arena.h"

enum {
    BATCH_RECORDS = 32, /* docs/decisions/0003 */
    BATCH_MOST = 4096,  /* the most that may be asked for */
    BATCH_SPARE = 32,   /* rows besides, for records put between others */
    BATCH_ARENA =
        24 * 1024 * 1024, /* ceiling of what a batch's records hold beside their rows, */
    BATCH_ARENA_LEAST = 2 * 1024 * 1024, /* and the lowest that a budget makes of it */
};

struct chains_batch {
    const struct chains_layout *layout;
    struct chains_record **live; /* the records, in order; dropping moves pointers, not rows */
    size_t count, used;
    size_t capacity; /* for who fills it; rows and live have BATCH_SPARE more */
    uint8_t *rows;
    struct chains_arena arena;
};

/* NULL for want of memory. `records` 0: BATCH_RECORDS. The layout outlives the batch. */
struct chains_batch *batch_new(const struct chains_layout *layout, size_t records);

/* Bytes that its rows take in a chain of this layout, without its arena; and all that it holds. */
uint64_t batch_rows(const struct chains_layout *layout, size_t records);
uint64_t batch_memory(const struct chains_batch *batch);

/* Empties it: what its records held is no longer valid. */
void batch_reset(struct chains_batch *batch);

#endif
