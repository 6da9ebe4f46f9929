/* SPDX-License-Identifier: MIT */
/*
 * A fixed number of rows and one arena. In: records added by a source. Out: the same, fewer
 * where links dropped some. A row is a record header with room for one layer in each slot
 * behind it; it is not cleared, since who attaches a layer writes every member of it.
 */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

struct chains_batch *batch_new(const struct chains_layout *layout, size_t records)
{
    size_t capacity = !records ? BATCH_RECORDS : records < BATCH_MOST ? records : BATCH_MOST;
    struct chains_batch *batch = calloc(1, sizeof *batch);
    if (!batch)
        return NULL;
    batch->layout = layout;
    batch->capacity = capacity;
    size_t rows = capacity + BATCH_SPARE;
    batch->live = calloc(rows, sizeof(struct chains_record *));
    batch->rows = aligned_alloc(64, (rows * layout->row_size + 63) & ~(size_t)63);
    arena_init(&batch->arena, BATCH_ARENA);
    if (!batch->live || !batch->rows) {
        chains_batch_free(batch);
        return NULL;
    }
    return batch;
}

uint64_t batch_rows(const struct chains_layout *layout, size_t records)
{
    uint64_t rows = (records ? records : BATCH_RECORDS) + BATCH_SPARE;
    return sizeof(struct chains_batch) + rows * sizeof(struct chains_record *) +
           ((rows * layout->row_size + 63) & ~UINT64_C(63));
}

uint64_t batch_memory(const struct chains_batch *batch)
{
    return batch_rows(batch->layout, batch->capacity) + batch->arena.held;
}

void chains_batch_free(struct chains_batch *batch)
{
    if (!batch)
        return;
    arena_free(&batch->arena);
    free(batch->rows);
    free(batch->live);
    free(batch);
}

void batch_reset(struct chains_batch *batch)
{
#ifdef CHAINS_POISON_ROWS
    memset(batch->rows, 0xaa, (batch->capacity + BATCH_SPARE) * batch->layout->row_size);
#endif
    batch->count = batch->used = 0;
    arena_reset(&batch->arena);
}

static struct chains_record *batch_cleared(struct chains_record *rec)
{
    rec->time_ns = 0;
    rec->number = 0;
    rec->bytes = (struct chains_bytes){ NULL, 0 };
    rec->rest = (struct chains_bytes){ NULL, 0 };
    rec->next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
    rec->wire_len = 0;
    rec->linktype = 0;
    rec->flags = 0;
    return rec;
}

struct chains_record *chains_batch_add(struct chains_batch *batch)
{
    return batch_has_room(batch) ? batch_cleared(batch_add(batch)) : NULL;
}

struct chains_record *chains_batch_insert(struct chains_batch *batch, size_t i)
{
    if (chains_batch_spare(batch) == 0 || i > batch->count)
        return NULL;
    struct chains_record **at = batch->live + i;
    memmove(at + 1, at, (batch->count - i) * sizeof *at);
    batch->count++;
    return *at = batch_cleared(batch_row(batch, CHAINS_EVENTS));
}

size_t chains_batch_spare(const struct chains_batch *batch)
{
    return batch->capacity + BATCH_SPARE - batch->used;
}

void chains_batch_undo(struct chains_batch *batch)
{
    if (batch->count > 0) {
        batch->count--;
        batch->used--;
    }
}

size_t chains_batch_count(const struct chains_batch *batch)
{
    return batch->count;
}

struct chains_record *chains_batch_record(const struct chains_batch *batch, size_t i)
{
    return batch->live[i];
}

void chains_batch_keep(struct chains_batch *batch, const bool *keep)
{
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (keep[i])
            batch->live[kept++] = batch->live[i];
    batch->count = kept;
}

struct chains_arena *chains_batch_arena(struct chains_batch *batch)
{
    return &batch->arena;
}
