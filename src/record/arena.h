/* SPDX-License-Identifier: MIT */
#ifndef RECORD_ARENA_H
#define RECORD_ARENA_H

#include <chains/dissect.h>

/*
 * Bump allocation with a hard ceiling. A reset gives everything back at once and keeps the
 * chunks, so that after the largest batch nothing is allocated any more.
 */
struct arena_chunk;

struct chains_arena {
    uint8_t *at, *end;
    struct arena_chunk *first, *current;
    size_t held, ceiling;
    bool starved; /* there was no memory below the ceiling */
};

enum { ARENA_CHUNK = 64 * 1024 };

/* No chunk is allocated before the first take. */
void arena_init(struct chains_arena *arena, size_t ceiling);

/* What was taken is no longer valid. */
void arena_reset(struct chains_arena *arena);

/* Whether nothing has been taken since the last reset. */
bool arena_is_empty(const struct chains_arena *arena);

void arena_free(struct chains_arena *arena);

#endif
