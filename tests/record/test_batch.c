/* SPDX-License-Identifier: MIT */
/* A batch: adding, taking back, keeping, and what a reset gives back. */
#include "../../src/record/batch.h"
#include "../../src/record/layout.h"
#include "../check.h"

static struct chains_layout layout;

static void test_add(void)
{
    struct chains_batch *batch = batch_new(&layout, 3);
    struct chains_record *a = chains_batch_add(batch), *b = chains_batch_add(batch),
                         *c = chains_batch_add(batch);
    check(a && b && c && a != b && b != c);
    check(chains_batch_add(batch) == NULL);
    check_eq_u64(chains_batch_count(batch), 3);
    check(a->layout == &layout);
    check_eq_u64(a->present | a->flags | a->next.space, 0);
    check_eq_u64(a->kind, CHAINS_PACKETS);
    a->number = 1;
    b->number = 2;
    c->number = 3;
    chains_batch_undo(batch);
    check_eq_u64(chains_batch_count(batch), 2);
    check(chains_batch_add(batch) == c);
    bool keep[3] = { true, false, true };
    chains_batch_keep(batch, keep);
    check_eq_u64(chains_batch_count(batch), 2);
    check(chains_batch_record(batch, 0) == a);
    check(chains_batch_record(batch, 1) == c);
    bool none[2] = { false, false };
    chains_batch_keep(batch, none);
    check_eq_u64(chains_batch_count(batch), 0);
    chains_batch_undo(batch);
    check_eq_u64(chains_batch_count(batch), 0);
    batch_reset(batch);
    for (int i = 0; i < 3; i++)
        check(chains_batch_add(batch) != NULL);
    check(chains_batch_add(batch) == NULL);
    chains_batch_free(batch);
}

static void test_size(void)
{
    struct chains_batch *batch = batch_new(&layout, 0);
    size_t count = 0;
    while (chains_batch_add(batch))
        count++;
    check_eq_u64(count, BATCH_RECORDS);
    check(chains_arena_take(chains_batch_arena(batch), 100) != NULL);
    chains_batch_free(batch);
    chains_batch_free(NULL);
    batch = batch_new(&layout, 1);
    check(chains_batch_add(batch) != NULL);
    check(chains_batch_add(batch) == NULL);
    chains_batch_free(batch);
}

/* A few more than fit for who fills it, anywhere, and events. */
static void test_insert(void)
{
    struct chains_batch *batch = batch_new(&layout, 2);
    struct chains_record *a = chains_batch_add(batch), *b = chains_batch_add(batch);
    check(chains_batch_add(batch) == NULL);
    check_eq_u64(chains_batch_spare(batch), BATCH_SPARE);
    check(chains_batch_insert(batch, 3) == NULL);
    struct chains_record *between = chains_batch_insert(batch, 1);
    struct chains_record *last = chains_batch_insert(batch, 3);
    struct chains_record *first = chains_batch_insert(batch, 0);
    struct chains_record *const wanted[] = { first, a, between, b, last };
    check_eq_u64(chains_batch_count(batch), 5);
    for (size_t i = 0; i < 5; i++)
        check(chains_batch_record(batch, i) == wanted[i]);
    check_eq_u64(between->kind, CHAINS_EVENTS);
    check_eq_u64(between->number | between->present | between->bytes.len, 0);
    for (size_t i = 3; i < BATCH_SPARE; i++)
        check(chains_batch_insert(batch, 0) != NULL);
    check(chains_batch_insert(batch, 0) == NULL);
    check(chains_batch_record(batch, BATCH_SPARE + 1) == last);
    batch_reset(batch);
    check_eq_u64(chains_batch_spare(batch), BATCH_SPARE + 2);
    for (size_t i = 0; i < BATCH_SPARE + 2; i++)
        check(chains_batch_insert(batch, i) != NULL);
    check(chains_batch_add(batch) == NULL);
    chains_batch_free(batch);
}

int main(void)
{
    layout_init(&layout);
    check(layout_finish(&layout));
    test_add();
    test_size();
    test_insert();
    return check_done();
}
