/* SPDX-License-Identifier: MIT */
/* The arena: alignment, the ceiling, what a reset keeps. */
#include "../../src/record/arena.h"
#include "../check.h"

static void test_takes(void)
{
    struct chains_arena arena;
    arena_init(&arena, 1024 * 1024);
    check_eq_u64(arena.held, 0);
    uint8_t *taken[100];
    for (size_t i = 0; i < 100; i++) {
        taken[i] = chains_arena_take(&arena, i + 1);
        check(taken[i] != NULL);
        check_eq_u64((uintptr_t)taken[i] % 8, 0);
        memset(taken[i], (int)i, i + 1);
    }
    bool whole = true;
    for (size_t i = 0; i < 100; i++)
        whole = whole && taken[i][0] == i && taken[i][i] == i;
    check(whole);
    arena_free(&arena);
    check_eq_u64(arena.held, 0);
}

static void test_ceiling(void)
{
    struct chains_arena arena;
    arena_init(&arena, 200 * 1024);
    size_t got = 0;
    while (got < 1000 && chains_arena_take(&arena, 1024))
        got++;
    check(got >= 150);
    check(got <= 200);
    check(arena.held <= 200 * 1024);
    check(chains_arena_take(&arena, 1024) == NULL);
    check(!arena.starved);
    check(chains_arena_take(&arena, 200 * 1024 + 1) == NULL);
    check(chains_arena_take(&arena, SIZE_MAX) == NULL);
    check(chains_arena_take(&arena, SIZE_MAX - 6) == NULL);
    arena_free(&arena);
}

static void test_reset_keeps(void)
{
    struct chains_arena arena;
    arena_init(&arena, 1024 * 1024);
    for (int i = 0; i < 20; i++)
        chains_arena_take(&arena, 20000);
    size_t held = arena.held;
    for (int round = 0; round < 50; round++) {
        arena_reset(&arena);
        for (int i = 0; i < 20; i++)
            check(chains_arena_take(&arena, 20000) != NULL);
    }
    check_eq_u64(arena.held, held);
    arena_reset(&arena);
    check(chains_arena_take(&arena, 500000) != NULL);
    check(chains_arena_take(&arena, 1000000) == NULL);
    arena_free(&arena);
}

static void test_empty(void)
{
    struct chains_arena arena;
    arena_init(&arena, 0);
    check(chains_arena_take(&arena, 1) == NULL);
    arena_reset(&arena);
    arena_free(&arena);
    arena_free(&arena);
}

int main(void)
{
    test_takes();
    test_ceiling();
    test_reset_keeps();
    test_empty();
    return check_done();
}
