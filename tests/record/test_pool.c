/* SPDX-License-Identifier: MIT */
/*
 * Blocks out of regions. Whatever is taken, resized and given back, in any order: what lies in a block
 * stays, no two share a byte, and when all are given back each region is one free block again.
 */
#include "record/pool.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

enum { SLOTS = 600, TURNS = 60000, MIB = 1024 * 1024 };

struct slot {
    uint8_t *at;
    size_t size;
    uint8_t fill;
};

static uint64_t state = 1;

static uint32_t chance(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

/* Sizes of every order up to 128 KiB, small ones most of the time. */
static size_t some_size(void)
{
    return chance() % ((size_t)1 << (1 + chance() % 17));
}

/* The regions even where sanitizers watch. */
static struct pool *pool_of_regions(size_t ceiling)
{
    struct pool *pool = pool_new(ceiling);
    if (!pool)
        exit(99);
    pool->plain = false;
    return pool;
}

static bool holds(const struct slot *slot, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (slot->at[i] != slot->fill)
            return false;
    return true;
}

static void fill(struct slot *slot, size_t size)
{
    slot->size = size;
    slot->fill = (uint8_t)chance();
    if (size)
        memset(slot->at, slot->fill, size);
}

/* One step with one slot. False: something is wrong. */
static bool turn(struct pool *pool, struct slot *slot)
{
    if (slot->at && !holds(slot, slot->size))
        return false;
    size_t size = some_size();
    if (slot->at && chance() % 2) {
        pool_give(slot->at);
        slot->at = NULL;
        return true;
    }
    size_t kept = slot->at ? (slot->size < size ? slot->size : size) : 0;
    uint8_t *at = pool_resize(pool, slot->at, size);
    if (!at || (uintptr_t)at % 16)
        return false;
    slot->at = at;
    if (!holds(slot, kept))
        return false;
    fill(slot, size);
    return true;
}

/* As many turns with a pool as there are; false: something is wrong. */
static bool turns(struct pool *pool, unsigned count)
{
    static struct slot slots[SLOTS];
    bool good = true;
    for (unsigned i = 0; good && i < count; i++)
        good = turn(pool, &slots[chance() % SLOTS]);
    for (size_t i = 0; i < SLOTS; i++) {
        good = good && (!slots[i].at || holds(&slots[i], slots[i].size));
        pool_give(slots[i].at);
        slots[i].at = NULL;
    }
    return good;
}

/* How many free blocks there are, and how many bytes they are. */
static unsigned free_blocks(const struct pool *pool)
{
    unsigned lists = 0;
    for (unsigned level = 0; level < POOL_LEVELS; level++)
        for (unsigned step = 0; step < POOL_STEPS; step++)
            lists += pool->free[level][step] != NULL;
    return lists;
}

static void in_any_order(void)
{
    struct pool *pool = pool_of_regions(64 * MIB);
    check(turns(pool, TURNS));
    size_t held = pool->held, memory = pool_memory(pool);
    uint32_t regions = pool->regions;
    check(held <= 64 * MIB && pool->outside == 0 && regions >= 1);
    check(free_blocks(pool) <= regions);
    check(turns(pool, TURNS));
    check_eq_u64(pool->held, held); /* the same again needs no more */
    check(pool_memory(pool) <= held + sizeof *pool);
    check(pool_memory(pool) - memory < MIB);
    pool_free(pool);
}

static void past_the_ceiling(void)
{
    struct pool *pool = pool_of_regions(MIB);
    check(turns(pool, TURNS / 4)); /* about 2 MiB are in use: the rest is from malloc() */
    check(pool->held <= MIB);
    check_eq_u64(pool->outside, 0);
    void *large = pool_take(pool, 2 * MIB);
    check(large != NULL);
    check(pool->outside >= 2 * MIB && pool_memory(pool) >= 2 * MIB);
    large = pool_resize(pool, large, 3 * MIB);
    check(large && pool->outside >= 3 * MIB);
    pool_give(large);
    check_eq_u64(pool->outside, 0);
    pool_free(pool);
}

static void sizes(void)
{
    struct pool *pool = pool_of_regions(MIB);
    check(pool_take(pool, SIZE_MAX) == NULL);
    check(pool_take(pool, SIZE_MAX - 15) == NULL);
    check(pool_take_zeros(NULL, SIZE_MAX / 2) == NULL);
    void *none = pool_take(pool, 0);
    check(none != NULL);
    check(pool_resize(pool, none, SIZE_MAX) == NULL);
    pool_give(none);
    pool_give(NULL);
    pool_free(NULL);
    bool good = true;
    for (size_t size = 0; size < 5000; size += 1 + size / 32) {
        uint8_t *one = pool_take(pool, size), *two = pool_take_zeros(pool, size);
        bool apart = one && two && (one + size <= two || two + size <= one);
        for (size_t i = 0; apart && i < size; i++)
            apart = two[i] == 0;
        good = good && apart;
        if (size)
            memset(one, 0xff, size);
        pool_give(one);
        pool_give(two);
    }
    check(good);
    check_eq_u64(free_blocks(pool), 1);
    pool_free(pool);
}

/* What grows where there is room behind it stays where it is, and leaves no hole when it shrinks. */
static void in_place(void)
{
    struct pool *pool = pool_of_regions(MIB);
    uint8_t *at = pool_take(pool, 100);
    uint8_t *grown = pool_resize(pool, at, 10000);
    check(grown == at);
    check(pool_resize(pool, grown, 50) == at);
    uint8_t *wall = pool_take(pool, 100);
    check(wall == at + 80); /* 50 and a header, in units, and its own header */
    uint8_t *moved = pool_resize(pool, at, 1000);
    check(moved && moved != at);
    pool_give(wall);
    pool_give(moved);
    check_eq_u64(free_blocks(pool), 1);
    pool_free(pool);
}

static void without_a_pool(void)
{
    uint8_t *at = pool_take_zeros(NULL, 10);
    check(at && at[0] == 0 && at[9] == 0);
    memcpy(at, "123456789", 10);
    at = pool_resize(NULL, at, 100000);
    check(at && memcmp(at, "123456789", 10) == 0);
    pool_give(at);
    struct pool *pool = pool_new(MIB);
    check(pool && pool->held == 0);
    pool_give(pool_take(pool, 100));
    check_eq_u64(pool->outside, 0);
    pool_free(pool);
}

/* What was given back is not given back again, whatever it has become a part of: that ends us. */
static void given_twice(bool front)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGILL, SIG_DFL);
        signal(SIGTRAP, SIG_DFL);
        prctl(PR_SET_DUMPABLE, 0);
        struct pool *pool = pool_of_regions(MIB);
        void *one = pool_take(pool, 100), *two = pool_take(pool, 100);
        if (front)
            pool_give(one);
        pool_give(two);
        pool_give(two);
        _exit(0);
    }
    int status = 0;
    check(child > 0 && waitpid(child, &status, 0) == child);
    check(WIFSIGNALED(status) && WTERMSIG(status) != SIGSEGV);
}

/* Of regions only those bytes count that were in use, and never more than they have. */
static void touched(void)
{
    struct pool *pool = pool_of_regions(MIB);
    pool_limit(pool, 2 * MIB);
    check_eq_u64(pool->ceiling, 2 * MIB);
    pool_limit(pool, SIZE_MAX);
    check(pool->ceiling < SIZE_MAX);
    pool_limit(pool, MIB);
    void *some = pool_take(pool, 1000);
    check(pool->touched >= 1000 && pool->touched < 2000);
    void *most = pool_take(pool, pool->held - 4096);
    check(most != NULL && pool->touched <= pool->held);
    check_eq_u64(pool_memory(pool), sizeof *pool + pool->touched + pool->outside);
    pool_give(some);
    pool_give(most);
    check(turns(pool, TURNS / 4));
    check(pool->touched <= pool->held && pool->touched > pool->held / 2);
    pool_free(pool);
}

int main(void)
{
    in_any_order();
    past_the_ceiling();
    sizes();
    in_place();
    without_a_pool();
    given_twice(false);
    given_twice(true);
    touched();
    return check_done();
}
