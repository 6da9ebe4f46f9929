/* SPDX-License-Identifier: MIT */
/*
 * Nothing is lost without being counted: in + added = out + dropped, for components of every shape,
 * also where the chain ends in the middle, and what one gives the next one takes.
 */
#include "parts.h"

#include "../check.h"

#include <chains/components.h>

/* next() in place: takes out every third record, and puts one in front of every second. */
static int mixed_next(chains_component *self, struct chains_batch *out)
{
    bool keep[64];
    int status = chains_pull_into(self, out);
    if (status != CHAINS_OK)
        return status;
    for (size_t i = 0; i < chains_batch_count(out); i++)
        keep[i] = chains_batch_record(out, i)->number % 3 != 0;
    chains_batch_keep(out, keep);
    for (size_t i = 0; i < chains_batch_count(out); i += 3)
        chains_batch_insert(out, i);
    return chains_batch_count(out) > 0 ? CHAINS_OK : CHAINS_IDLE;
}

static const struct chains_class mixed_class = {
    .name = "mixed",
    .brief = "takes some out and puts others in",
    .role = CHAINS_LINK,
    .next = mixed_next,
};

/* The same with pulls that come to nothing: until a batch has a record of its own. */
static int patient_next(chains_component *self, struct chains_batch *out)
{
    for (;;) {
        static const bool none[64];
        int status = chains_pull_into(self, out);
        if (status != CHAINS_OK)
            return status;
        bool last = chains_batch_record(out, 0)->number > 5;
        if (last)
            return CHAINS_OK;
        chains_batch_keep(out, none);
    }
}

static const struct chains_class patient_class = {
    .name = "patient",
    .brief = "drops whole batches",
    .role = CHAINS_LINK,
    .next = patient_next,
};

/* many() that does both. */
static int many_both(chains_component *self, struct chains_batch *batch)
{
    bool keep[64];
    (void)self;
    for (size_t i = 0; i < chains_batch_count(batch); i++)
        keep[i] = i != 0;
    chains_batch_keep(batch, keep);
    chains_batch_insert(batch, 0);
    chains_batch_insert(batch, 0);
    return CHAINS_OK;
}

static const struct chains_class many_class = {
    .name = "many",
    .brief = "one out, two in",
    .role = CHAINS_LINK,
    .many = many_both,
};

/* Holds a batch of its own and gives its records one at a time. */
struct single {
    struct chains_batch *in;
    size_t at;
};

static int single_open(chains_component *self)
{
    struct single *single = chains_state(self);
    single->in = chains_batch_new(self, 0);
    return single->in ? CHAINS_OK : chains_fail(self, CHAINS_EMEM, "no memory");
}

static int single_next(chains_component *self, struct chains_batch *out)
{
    struct single *single = chains_state(self);
    if (single->at == chains_batch_count(single->in)) {
        int status = chains_pull_into(self, single->in);
        single->at = 0;
        if (status != CHAINS_OK)
            return status;
    }
    chains_batch_add(out)->number = chains_batch_record(single->in, single->at++)->number;
    return CHAINS_OK;
}

static void single_close(chains_component *self)
{
    struct single *single = chains_state(self);
    chains_batch_free(single->in);
}

static const struct chains_class single_class = {
    .name = "single",
    .brief = "one at a time",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct single),
    .open = single_open,
    .next = single_next,
    .close = single_close,
};

static struct chains_stats stats_of(const chains_component *component)
{
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(component, &stats);
    return stats;
}

/* Looks at a run, and that each took what the one before it gave. */
static void check_run(const chains_component *last)
{
    for (const chains_component *c = last; c; c = chains_upstream(c)) {
        struct chains_stats stats = stats_of(c);
        check_eq_u64(stats.in + stats.added, stats.out + stats.dropped);
        if (chains_upstream(c))
            check_eq_u64(stats.in, stats_of(chains_upstream(c)).out);
    }
}

static chains_component *behind(const struct chains_class *cls, const void *options,
                                chains_component *upstream)
{
    chains_component *component = chains_new(cls, options);
    chains_link(component, upstream);
    return component;
}

static void check_numbers(const chains_component *component, uint64_t in, uint64_t added,
                          uint64_t out, uint64_t dropped)
{
    struct chains_stats stats = stats_of(component);
    check_eq_u64(stats.in, in);
    check_eq_u64(stats.added, added);
    check_eq_u64(stats.out, out);
    check_eq_u64(stats.dropped, dropped);
}

static void test_shapes(void)
{
    chains_component *last = behind(&mixed_class, NULL, script_new("9i9e"));
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_run(last);
    /* Of each nine records three are taken out, and three come in front of six. */
    check_numbers(last, 18, 6, 18, 6);
    check_numbers(chains_upstream(last), 18, 0, 18, 0);
    chains_free(last);

    last = behind(&patient_class, NULL, script_new("321i11e"));
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_run(last);
    check_numbers(last, 8, 0, 3, 5);
    chains_free(last);

    last = behind(&many_class, NULL, behind(&many_class, NULL, script_new("12e")));
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_run(last);
    check_numbers(chains_upstream(last), 3, 4, 5, 2);
    check_numbers(last, 5, 4, 7, 2);
    chains_free(last);
}

static void test_own_batch(void)
{
    chains_component *last =
        behind(&mixed_class, NULL, behind(&single_class, NULL, script_new("32e")));
    /* Stepwise: what it still holds is not given, and after the end it holds nothing. */
    check_eq_u64(chains_step(last), CHAINS_OK);
    check_numbers(chains_upstream(last), 3, 0, 1, 2);
    check_run(last);
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_run(last);
    check_numbers(chains_upstream(last), 5, 0, 5, 0);
    chains_free(last);
}

static void test_failures(void)
{
    const struct odd odd = { sizeof odd, true };
    chains_component *last = count_new();
    chains_link(last, behind(&odd_class, &odd, script_new("9e")));
    check(chains_pull(last) == CHAINS_EFORMAT);
    check_run(last);
    check_numbers(chains_upstream(last), 9, 0, 2, 7); /* the fifth and those behind it, too */
    chains_free(last);

    last = behind(&mixed_class, NULL, script_new("4F"));
    check(chains_pull(last) == CHAINS_EIO);
    check_run(last);
    check_numbers(last, 6, 3, 7, 2);
    chains_free(last);
}

/* A branch that has ended misses what comes behind. */
static void test_tee(void)
{
    chains_component *tee = chains_tee();
    chains_component *fails = odd_new(true), *goes = chains_new(&mixed_class, NULL);
    chains_link(tee, script_new("3331e"));
    chains_link(fails, tee);
    chains_link(goes, tee);
    check(chains_pull(tee) == CHAINS_EFORMAT);
    check_numbers(tee, 10, 0, 10, 0);
    check_run(chains_branch(tee, 0));
    check_run(chains_branch(tee, 1));
    check_numbers(fails, 6, 0, 2, 4);
    check_numbers(chains_upstream(fails), 10, 0, 6, 4);
    check_numbers(chains_upstream(goes), 10, 0, 10, 0);
    chains_free(tee);
}

/* What a merge has in hand when it is stopped was taken, and is not given. */
static void test_merge(void)
{
    chains_component *merge = chains_merge();
    chains_component *a = script_new("9999e"), *b = script_new("9e");
    chains_link(merge, a);
    chains_link(merge, b);
    check_eq_u64(chains_step(merge), CHAINS_OK);
    struct chains_stats stats = stats_of(merge);
    check_eq_u64(stats.in, stats.out);
    chains_stop(merge);
    check_eq_u64(chains_pull(merge), CHAINS_OK);
    stats = stats_of(merge);
    check_eq_u64(stats.in + stats.added, stats.out + stats.dropped);
    check_eq_u64(stats.in, stats_of(a).out + stats_of(b).out);
    check(stats.dropped > 0);
    chains_free(merge);
}

int main(void)
{
    test_shapes();
    test_own_batch();
    test_failures();
    test_tee();
    test_merge();
    return check_done();
}
