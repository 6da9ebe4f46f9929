/* SPDX-License-Identifier: MIT */
/* A budget: who gets what of it, in chains with one run and with several, and when it is too little. */
#include "../check.h"
#include "parts.h"

#include <chains/components.h>

#include "../../src/record/batch.h"

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)

/* Passes records, and says that it takes so much. */
struct needy {
    size_t size;
    uint64_t least, usual;
    uint64_t *share; /* what it was given, by open */
};

static void needy_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct needy *needy = chains_options(self);
    *memory = (struct chains_memory){ needy->least, needy->usual };
}

static int needy_open(chains_component *self)
{
    const struct needy *needy = chains_options(self);
    *needy->share = chains_share(self);
    return CHAINS_OK;
}

static int needy_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    (void)rec;
    return CHAINS_KEEP;
}

static const struct chains_class needy_class = {
    .name = "needy",
    .brief = "take memory",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct needy),
    .memory = needy_memory,
    .open = needy_open,
    .each = needy_each,
};

static chains_component *needy_behind(chains_component *upstream, uint64_t least,
                                      uint64_t usual, uint64_t *share)
{
    chains_component *new = chains_new(
        &needy_class, &(const struct needy){ sizeof(struct needy), least, usual, share });
    chains_link(new, upstream);
    return new;
}

static struct chains_stats stats_of(const chains_component *component)
{
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(component, &stats);
    return stats;
}

/* The sum of what all may hold. */
static uint64_t most_of(const chains_component *last)
{
    uint64_t sum = 0;
    for (; last; last = chains_upstream(last)) {
        sum += stats_of(last).memory_most;
        for (size_t i = 0; chains_branch(last, i); i++)
            sum += most_of(chains_branch(last, i));
    }
    return sum;
}

/* What the batch of a run takes, at least and usually. */
static uint64_t batch_usual(void)
{
    chains_component *source = script_new("3");
    check_eq_u64((uint64_t)chains_check(source), CHAINS_OK);
    uint64_t most = stats_of(source).memory_most;
    chains_free(source);
    check(most > BATCH_ARENA && most < BATCH_ARENA + 100 * KIB);
    return most;
}

static uint64_t batch_least(void)
{
    return batch_usual() - BATCH_ARENA + BATCH_ARENA_LEAST;
}

static void test_none(void)
{
    uint64_t a = 0, b = 0;
    chains_component *last =
        needy_behind(needy_behind(script_new("3"), 1 * MIB, 5 * MIB, &a), 7, 7, &b);
    check_eq_u64((uint64_t)chains_pull(last), CHAINS_OK);
    check_eq_u64(a, 5 * MIB);
    check_eq_u64(b, 7);
    check_eq_u64(most_of(last), batch_usual() + 5 * MIB + 7);
    check_eq_u64(stats_of(last).memory_least, 7);
    check_eq_u64(stats_of(chains_upstream(last)).memory_least, 1 * MIB);
    check_eq_u64(stats_of(chains_upstream(chains_upstream(last))).memory_least, batch_least());
    check(stats_of(chains_upstream(chains_upstream(last))).memory >
          0); /* the batch, also now */
    chains_free(last);
}

static void test_divided(void)
{
    const uint64_t usual = batch_usual(), least = batch_least();
    for (uint64_t budget = least + 3 * MIB; budget < 4 * usual; budget += MIB + 12345) {
        uint64_t a = 0, b = 0, fixed = 0;
        chains_component *last = needy_behind(script_new("3"), 1 * MIB, 5 * MIB, &a);
        last = needy_behind(last, 0, 40 * MIB, &b);
        last = needy_behind(last, 2 * MIB, 2 * MIB, &fixed);
        chains_budget(last, budget);
        check_eq_u64((uint64_t)chains_pull(last), CHAINS_OK);
        check(most_of(last) <= budget && most_of(last) + 8 > budget);
        check_eq_u64(fixed, 2 * MIB);
        /* In proportion to what they take beyond the least: 4 to 40. */
        check(b / 10 >= a - MIB && b / 10 <= a - MIB + 1);
        const bool ample = budget >= usual + 47 * MIB;
        check((a >= 5 * MIB) == ample && (b >= 40 * MIB) == ample);
        chains_free(last);
    }
}

static void test_too_little(void)
{
    static const struct {
        uint64_t budget;
        const char *has;
    } table[] = { { 3 * MIB, "3M" }, { 1500 * KIB, "1500K" }, { 1, "1" } };
    uint64_t share = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char want[160];
        chains_component *last = needy_behind(script_new("3"), 5 * MIB, 5 * MIB, &share);
        last = needy_behind(last, 0, 9 * MIB, &share);
        chains_budget(last, table[i].budget);
        check_eq_u64((uint64_t)-chains_pull(last), (uint64_t)-CHAINS_EUSAGE);
        snprintf(
            want, sizeof want,
            "needy: %s of memory is too little for this chain, which takes at least 8M, the "
            "largest part of it for needy",
            table[i].has);
        check_eq_text(chains_error(last), want);
        chains_free(last);
    }
    check_eq_u64(share, 0); /* nothing was opened */
    /* What the sentence says is enough. */
    chains_component *last = needy_behind(script_new("3"), 5 * MIB, 5 * MIB, &share);
    chains_budget(last, 8 * MIB);
    check_eq_u64((uint64_t)chains_pull(last), CHAINS_OK);
    chains_free(last);
}

/* To the byte: the least of all, and one less. */
static void test_least(void)
{
    for (uint64_t lacking = 0; lacking < 2; lacking++) {
        uint64_t share = 0;
        chains_component *last = needy_behind(script_new("3"), 1000, 5 * MIB, &share);
        chains_budget(last, batch_least() + 1000 - lacking);
        int status = chains_pull(last);
        check(lacking ? status == CHAINS_EUSAGE : status == CHAINS_OK && share == 1000);
        chains_free(last);
    }
}

/* Branches and inputs: each has a batch, and all share one budget. */
static void test_branches(void)
{
    uint64_t share[4] = { 0 };
    chains_component *merge = chains_merge_new(NULL), *tee = chains_tee_new(NULL);
    chains_link(merge, needy_behind(script_new("3"), 0, 8 * MIB, &share[0]));
    chains_link(merge, needy_behind(script_new("4"), 0, 8 * MIB, &share[1]));
    chains_link(tee, merge);
    needy_behind(tee, 0, 8 * MIB, &share[2]);
    needy_behind(tee, 0, 16 * MIB, &share[3]);
    chains_budget(tee, 40 * MIB);
    check_eq_u64((uint64_t)chains_pull(tee), CHAINS_OK);
    check(most_of(tee) <= 40 * MIB && most_of(tee) + 16 > 40 * MIB);
    check(share[0] > 0 && share[0] == share[1] && share[1] == share[2]);
    check(share[3] >= 2 * share[0] && share[3] <= 2 * share[0] + 1);
    check(stats_of(tee).memory > 0 && stats_of(tee).memory <= stats_of(tee).memory_most);
    check(stats_of(merge).memory > 0);
    chains_free(tee);
}

/* Arenas follow it: a component that takes all there is gets what the budget says, and no more. */
static int greedy_each(chains_component *self, struct chains_record *rec)
{
    uint64_t *taken = chains_state(self);
    (void)rec;
    while (chains_arena_take(chains_arena_of(self), 64 * KIB))
        *taken += 64 * KIB;
    return CHAINS_KEEP;
}

static const struct chains_class greedy_class = {
    .name = "greedy",
    .brief = "fill the arena",
    .role = CHAINS_LINK,
    .state_size = sizeof(uint64_t),
    .each = greedy_each,
};

static void test_arena(void)
{
    const uint64_t rows = batch_usual() - BATCH_ARENA;
    for (uint64_t arena = 2 * MIB; arena <= 24 * MIB; arena += 11 * MIB) {
        chains_component *source = script_new("1"), *last = chains_new(&greedy_class, NULL);
        chains_link(last, source);
        chains_budget(last, rows + arena);
        check_eq_u64((uint64_t)chains_pull(last), CHAINS_OK);
        const uint64_t *taken = chains_state(last);
        check(*taken <= arena && *taken >= arena - 256 * KIB);
        check(stats_of(source).memory <= stats_of(source).memory_most);
        check(stats_of(source).memory >= arena - 256 * KIB);
        chains_free(last);
    }
}

/* It is set before the pull, and holds for one that was checked. */
static void test_when(void)
{
    uint64_t share = 0;
    chains_component *last = needy_behind(script_new("33"), 1 * MIB, 5 * MIB, &share);
    check_eq_u64((uint64_t)chains_check(last), CHAINS_OK);
    check_eq_u64(stats_of(last).memory_most, 5 * MIB);
    chains_budget(last, batch_least() + 1 * MIB);
    check_eq_u64((uint64_t)chains_check(last), CHAINS_OK);
    check_eq_u64(stats_of(last).memory_most, 1 * MIB);
    check_eq_u64((uint64_t)chains_step(last), CHAINS_OK);
    chains_budget(last, 1);
    check_eq_u64((uint64_t)chains_pull(last), CHAINS_OK);
    check_eq_u64(share, 1 * MIB);
    chains_free(last);
    chains_budget(NULL, 5);
}

int main(void)
{
    test_none();
    test_divided();
    test_too_little();
    test_least();
    test_branches();
    test_arena();
    test_when();
    return check_done();
}
