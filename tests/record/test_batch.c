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

int main(void)
{
    layout_init(&layout);
    check(layout_finish(&layout));
    test_add();
    test_size();
    return check_done();
}
