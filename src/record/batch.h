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

/*
 * The next row. Its header says what it is and that it has no layer: the caller writes all else.
 * There is one: `used` is below its limit.
 */
static inline struct chains_record *batch_row(struct chains_batch *batch, enum chains_kind kind)
{
    void *row = batch->rows + batch->used++ * batch->layout->row_size;
    struct chains_record *rec = row;
    rec->kind = (uint16_t)kind;
    rec->present = 0;
    rec->layout = batch->layout;
    return rec;
}

/* Whether chains_batch_add() has a record. */
static inline bool batch_has_room(const struct chains_batch *batch)
{
    return batch->used < batch->capacity;
}

/* chains_batch_add() where there is room, by batch_row(). */
static inline struct chains_record *batch_add(struct chains_batch *batch)
{
    return batch->live[batch->count++] = batch_row(batch, CHAINS_PACKETS);
}

/* Empties it: what its records held is no longer valid. */
void batch_reset(struct chains_batch *batch);

#endif
