/* SPDX-License-Identifier: MIT */
/*
 * Blocks out of regions. In: sizes. Out: blocks, each behind a header that says how large it is and
 * whose. A region is a row of blocks without a gap; of two neighbours one at most is free. A free
 * block is in the list of its size, and its last bytes say where it begins, for the block behind it.
 */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define POOL_PLAIN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define POOL_PLAIN true
#endif
#endif
#ifndef POOL_PLAIN
#define POOL_PLAIN false
#endif

enum {
    UNIT = 16, /* of sizes, and what blocks are aligned to */
    HEADER = 16,
    LEAST = 3 * UNIT,     /* a header, two links, where it begins */
    SMALL_SHIFT = 8,      /* sizes below have a level of their own, in steps of a unit */
    STEP_SHIFT = 4,       /* POOL_STEPS */
    FIRST_REGION = 16,    /* part of the ceiling that is taken first, */
    REGION_LEAST = 65536, /* at least so much */
};

#define CEILING_MOST (SIZE_MAX >> (sizeof(size_t) > 4 ? 26 : 1)) /* its sizes have a level */

/* Bits of a size. */
enum { FREE = 1, BEHIND_FREE = 2, OUTSIDE = 4, BITS = UNIT - 1 };

struct pool_block {
    struct pool *pool;
    size_t size; /* with the header, and bits */
};

/* In the place of a free block's bytes. */
struct pool_links {
    struct pool_block *next, *last;
};

_Static_assert(sizeof(struct pool_block) <= HEADER, "a header");
_Static_assert(HEADER + sizeof(struct pool_links) + sizeof(void *) <= LEAST, "a free block");
_Static_assert((1 << STEP_SHIFT) == POOL_STEPS, "steps of a level");

static size_t size_of(const struct pool_block *block)
{
    return block->size & ~(size_t)BITS;
}

static struct pool_block *behind(struct pool_block *block)
{
    return (struct pool_block *)((uint8_t *)block + size_of(block));
}

static void *bytes_of(struct pool_block *block)
{
    return (uint8_t *)block + HEADER;
}

static struct pool_block *block_of(void *at)
{
    return (struct pool_block *)((uint8_t *)at - HEADER);
}

static struct pool_links *links_of(struct pool_block *block)
{
    return bytes_of(block);
}

/* ---- lists of free blocks ------------------------------------------------------------------- */

static unsigned highest_bit(size_t size)
{
    return 63u - (unsigned)__builtin_clzll((unsigned long long)size);
}

static void place_of(size_t size, unsigned *level, unsigned *step)
{
    if (size < (size_t)1 << SMALL_SHIFT) {
        *level = 0;
        *step = (unsigned)(size / UNIT);
        return;
    }
    unsigned bit = highest_bit(size);
    *level = bit - SMALL_SHIFT + 1;
    *step = (unsigned)(size >> (bit - STEP_SHIFT)) & (POOL_STEPS - 1);
}

static void list(struct pool *pool, struct pool_block *block)
{
    unsigned level, step;
    place_of(size_of(block), &level, &step);
    struct pool_block *next = pool->free[level][step];
    *links_of(block) = (struct pool_links){ next, NULL };
    if (next)
        links_of(next)->last = block;
    pool->free[level][step] = block;
    pool->levels |= 1u << level;
    pool->steps[level] |= 1u << step;
}

static void unlist(struct pool *pool, struct pool_block *block)
{
    unsigned level, step;
    place_of(size_of(block), &level, &step);
    const struct pool_links links = *links_of(block);
    if (links.next)
        links_of(links.next)->last = links.last;
    if (links.last) {
        links_of(links.last)->next = links.next;
        return;
    }
    pool->free[level][step] = links.next;
    if (links.next)
        return;
    pool->steps[level] &= ~(1u << step);
    if (!pool->steps[level])
        pool->levels &= ~(1u << level);
}

/* A free block of at least `size`: the first of the first list all of whose blocks are; or NULL. */
static struct pool_block *find(const struct pool *pool, size_t size)
{
    unsigned level, step;
    if (size >= (size_t)1 << SMALL_SHIFT)
        size += ((size_t)1 << (highest_bit(size) - STEP_SHIFT)) - 1;
    place_of(size, &level, &step);
    if (level >= POOL_LEVELS)
        return NULL;
    uint32_t steps = pool->steps[level] & ~0u << step;
    if (!steps) {
        uint32_t levels = level + 1 < POOL_LEVELS ? pool->levels & ~0u << (level + 1) : 0;
        if (!levels)
            return NULL;
        level = (unsigned)__builtin_ctz(levels);
        steps = pool->steps[level];
    }
    return pool->free[level][__builtin_ctz(steps)];
}

/* ---- blocks --------------------------------------------------------------------------------- */

/* What is free from here on, to where it ends. */
static void make_free(struct pool *pool, struct pool_block *block, size_t size)
{
    block->pool = pool;
    block->size = size | FREE; /* the one in front of it is in use: they would be one */
    struct pool_block *next = behind(block);
    next->size |= BEHIND_FREE;
    memcpy((uint8_t *)next - sizeof block, &block, sizeof block);
    list(pool, block);
}

/* What a block has beyond `size` becomes free, where that is enough for a block. */
static void cut(struct pool *pool, struct pool_block *block, size_t size)
{
    size_t more = size_of(block) - size;
    if (more < LEAST)
        return;
    struct pool_block *next = behind(block);
    if (next->size & FREE) {
        unlist(pool, next);
        more += size_of(next);
    }
    block->size = size | (block->size & BITS);
    make_free(pool, behind(block), more);
}

/* Addresses of different regions are compared as numbers: as pointers they have no order. */
static void note_touched(struct pool *pool, const struct pool_block *block)
{
    for (uint32_t i = pool->regions; i-- > 0;) {
        struct pool_region *region = &pool->region[i];
        uintptr_t at = (uintptr_t)block - (uintptr_t)region->first;
        if (at >= region->size)
            continue;
        size_t end = at + size_of(block) + LEAST;
        end = end < region->size ? end : region->size;
        if (end > region->touched) {
            pool->touched += end - region->touched;
            region->touched = end;
        }
        return;
    }
}

/* One more region with room for `size`. False: the ceiling is reached, or there is no memory. */
static bool grow(struct pool *pool, size_t size)
{
    size_t first = pool->ceiling / FIRST_REGION;
    size_t want = pool->held ? pool->held : first < REGION_LEAST ? REGION_LEAST : first;
    size_t left = pool->ceiling - pool->held;
    size_t least = size + size / POOL_STEPS + 2 * HEADER; /* so that find() finds it */
    want = want < least ? least : want;
    want = (want > left ? left : want) & ~(size_t)(UNIT - 1);
    if (want < least || pool->regions == POOL_REGIONS)
        return false;
    struct pool_block *block = aligned_alloc(UNIT, want);
    if (!block)
        return false;
    pool->region[pool->regions++] = (struct pool_region){ block, want, 0 };
    pool->held += want;
    block->size = 0;
    struct pool_block *end = (struct pool_block *)((uint8_t *)block + want - HEADER);
    *end = (struct pool_block){ pool, 0 }; /* in use for ever */
    make_free(pool, block, want - HEADER);
    return true;
}

/* Of these the size is exact, above the bits. */
static void *take_outside(struct pool *pool, size_t wanted)
{
    struct pool_block *block = malloc(HEADER + wanted);
    if (!block)
        return NULL;
    *block = (struct pool_block){ pool, wanted * UNIT | OUTSIDE };
    if (pool)
        pool->outside += HEADER + wanted;
    return bytes_of(block);
}

/* A size with its header, or 0: it is too large. */
static size_t whole_size(size_t size)
{
    if (size > SIZE_MAX / UNIT / 2)
        return 0;
    size = (size + HEADER + UNIT - 1) & ~(size_t)(UNIT - 1);
    return size < LEAST ? LEAST : size;
}

void *pool_take(struct pool *pool, size_t wanted)
{
    size_t size = whole_size(wanted);
    if (!size)
        return NULL;
    if (!pool || pool->plain)
        return take_outside(pool, wanted);
    struct pool_block *block = find(pool, size);
    if (!block && grow(pool, size))
        block = find(pool, size);
    if (!block)
        return take_outside(pool, wanted);
    unlist(pool, block);
    block->size &= ~(size_t)FREE;
    behind(block)->size &= ~(size_t)BEHIND_FREE;
    cut(pool, block, size);
    note_touched(pool, block);
    return bytes_of(block);
}

void *pool_take_zeros(struct pool *pool, size_t size)
{
    void *at = pool_take(pool, size);
    return at ? memset(at, 0, size) : NULL;
}

void pool_give(void *at)
{
    if (!at)
        return;
    struct pool_block *block = block_of(at);
    struct pool *pool = block->pool;
    size_t size = size_of(block);
    if (block->size & OUTSIDE) {
        if (pool)
            pool->outside -= HEADER + block->size / UNIT;
        free(block);
        return;
    }
    /*
     * A second time: whoever got the block in between shares it now, and what strangers send would
     * be written over it. There is nothing to go on with, and this is cheaper than an exploit.
     */
    if (block->size & FREE)
        __builtin_trap();
    block->size |= FREE; /* also where it becomes part of the one in front of it */
    struct pool_block *next = behind(block);
    if (next->size & FREE) {
        unlist(pool, next);
        size += size_of(next);
    }
    if (block->size & BEHIND_FREE) {
        struct pool_block *front;
        memcpy(&front, (uint8_t *)block - sizeof front, sizeof front);
        unlist(pool, front);
        size += size_of(front);
        block = front;
    }
    make_free(pool, block, size);
}

/* Grows or shrinks a block in its place. False: what is behind it is in use. */
static bool resize_here(struct pool *pool, struct pool_block *block, size_t size)
{
    struct pool_block *next = behind(block);
    if (size > size_of(block)) {
        if (!(next->size & FREE) || size_of(block) + size_of(next) < size)
            return false;
        unlist(pool, next);
        block->size += size_of(next);
        behind(block)->size &= ~(size_t)BEHIND_FREE;
    }
    cut(pool, block, size);
    note_touched(pool, block);
    return true;
}

void *pool_resize(struct pool *pool, void *at, size_t wanted)
{
    if (!at)
        return pool_take(pool, wanted);
    struct pool_block *block = block_of(at);
    bool outside = block->size & OUTSIDE;
    size_t old = outside ? block->size / UNIT : size_of(block) - HEADER;
    size_t size = whole_size(wanted);
    if (size && !outside && resize_here(pool, block, size))
        return at;
    void *more = pool_take(pool, wanted);
    if (!more)
        return NULL;
    memcpy(more, at, old < wanted ? old : wanted);
    pool_give(at);
    return more;
}

struct pool *pool_new(size_t ceiling)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool_limit(pool, ceiling);
    pool->plain = POOL_PLAIN;
    return pool;
}

void pool_limit(struct pool *pool, size_t ceiling)
{
    pool->ceiling = ceiling < CEILING_MOST ? ceiling : CEILING_MOST;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (uint32_t i = 0; i < pool->regions; i++)
        free(pool->region[i].first);
    free(pool);
}

size_t pool_memory(const struct pool *pool)
{
    return sizeof *pool + pool->touched + pool->outside;
}
