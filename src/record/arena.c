/* SPDX-License-Identifier: MIT */
/*
 * What varies in length in a batch: lists, and the bytes of live packets. In: sizes. Out:
 * memory that lives until the reset. Chunks double in size and are kept; their sum has a
 * ceiling.
 */
#include "arena.h"

#include <stdlib.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
};

enum { ARENA_ALIGN = 8 };

void arena_init(struct chains_arena *arena, size_t ceiling)
{
    *arena = (struct chains_arena){ .ceiling = ceiling };
}

static void arena_use(struct chains_arena *arena, struct arena_chunk *chunk)
{
    arena->current = chunk;
    arena->at = (uint8_t *)(chunk + 1);
    arena->end = arena->at + chunk->size;
}

/* The next chunk with room for `size`: one kept from an earlier batch, else a new one. */
static bool arena_grow(struct chains_arena *arena, size_t size)
{
    while (arena->current && arena->current->next) {
        arena_use(arena, arena->current->next);
        if (arena->current->size >= size)
            return true;
    }
    size_t want = arena->held > ARENA_CHUNK ? arena->held : ARENA_CHUNK;
    if (want < size)
        want = size;
    if (want > arena->ceiling - arena->held)
        want = arena->ceiling - arena->held;
    if (want < size)
        return false;
    struct arena_chunk *chunk = malloc(sizeof *chunk + want);
    if (!chunk) {
        arena->starved = true;
        return false;
    }
    *chunk = (struct arena_chunk){ NULL, want };
    if (arena->current)
        arena->current->next = chunk;
    else
        arena->first = chunk;
    arena->held += want;
    arena_use(arena, chunk);
    return true;
}

void *chains_arena_take(struct chains_arena *arena, size_t size)
{
    if (size > arena->ceiling)
        return NULL;
    size = size ? size : 1; /* so that NULL always means that there is no room */
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if ((size_t)(arena->end - arena->at) < size && !arena_grow(arena, size))
        return NULL;
    void *taken = arena->at;
    arena->at += size;
    return taken;
}

void arena_reset(struct chains_arena *arena)
{
    if (arena->first)
        arena_use(arena, arena->first);
}

bool arena_is_empty(const struct chains_arena *arena)
{
    return !arena->current ||
           (arena->current == arena->first && arena->at == (uint8_t *)(arena->first + 1));
}

void arena_free(struct chains_arena *arena)
{
    while (arena->first) {
        struct arena_chunk *next = arena->first->next;
        free(arena->first);
        arena->first = next;
    }
    arena_init(arena, arena->ceiling);
}
