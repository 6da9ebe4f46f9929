/* SPDX-License-Identifier: MIT */
#ifndef RECORD_POOL_H
#define RECORD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Memory for what grows and goes with the traffic, so that the system is not asked once for each of
 * it: blocks of any size out of a few regions, each as large as all before it together, which are
 * kept until the end. Two-level segregated fit (Masmano, Ripoll, Crespo, Real 2004): taking and giving
 * back is a fixed number of steps, neighbours that are free become one, and what nobody has needed
 * is not touched. Beyond the ceiling of the regions blocks come from malloc(), and go back there.
 *
 * Where sanitizers watch, all of them do: a block that is used after it was given back, or written
 * past its end, is found as any other.
 */
struct pool_block;

enum {
    POOL_LEVELS = 32,  /* sizes by their highest bit, */
    POOL_STEPS = 16,   /* each in so many steps */
    POOL_REGIONS = 16, /* doubling: more than there can be */
};

struct pool_region {
    struct pool_block *first;
    size_t size, touched; /* bytes; so many from the first on were in use */
};

struct pool {
    size_t ceiling;       /* bytes of the regions */
    size_t held, outside; /* bytes: of the regions; from malloc() */
    size_t touched;       /* of the regions, by now */
    bool plain;           /* everything is from malloc() */
    uint32_t regions;
    uint32_t levels;             /* a bit for each level with free blocks, */
    uint32_t steps[POOL_LEVELS]; /* and for each step of it */
    struct pool_block *free[POOL_LEVELS][POOL_STEPS];
    struct pool_region region[POOL_REGIONS];
};

/* NULL for want of memory. No region is taken yet. */
struct pool *pool_new(size_t ceiling);

/* Another ceiling, before the first block is taken. */
void pool_limit(struct pool *pool, size_t ceiling);

/* Every block was given back. NULL is ignored. */
void pool_free(struct pool *pool);

/* Bytes that were ever touched, and those from malloc(). */
size_t pool_memory(const struct pool *pool);

/*
 * A block, aligned for anything; undefined, or all 0. NULL for want of memory. Without a pool it is
 * from malloc().
 */
void *pool_take(struct pool *pool, size_t size);
void *pool_take_zeros(struct pool *pool, size_t size);

/*
 * A block of another size with what is in `at`, as far as it goes; `at` may be NULL. On failure NULL,
 * and `at` is as it was. `pool` is that of `at`.
 */
void *pool_resize(struct pool *pool, void *at, size_t size);

/*
 * Gives back a block to where it is from. NULL is ignored. One that is not in use ends the program:
 * two owners of one block would be worse.
 */
void pool_give(void *at);

#endif
