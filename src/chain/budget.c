/* SPDX-License-Identifier: MIT */
/*
 * How much each component may hold. In: what they say they take, and the budget of the chain. Out: a
 * share for each, and a ceiling for the arena of each run's batch, which counts as the first
 * component's, of a branch as its tee's. Without a budget everybody has what he takes by himself.
 */
#include "internal.h"

#include "../bytes/shares.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BUDGET_SIZE = 32,
    BUDGET_EACH = 2 /* shares of a component: its own, its run's batch */
};

#define BUDGET_KIB UINT64_C(1024)
#define BUDGET_MIB (1024 * BUDGET_KIB)

typedef void budget_visit(void *user, chains_component *component);

static void budget_walk(chains_component *last, budget_visit *visit, void *user)
{
    for (chains_component *c = last; c; c = c->upstream) {
        visit(user, c);
        for (size_t i = 0; chains_branch(c, i); i++)
            budget_walk(chains_branch(c, i), visit, user);
    }
}

/* The shares of all components, in the order of a walk. */
struct budget {
    struct share *share;
    size_t count;
    chains_component *neediest; /* who cannot work with as little as the others */
    uint64_t needs;
};

static void budget_count(void *user, chains_component *component)
{
    struct budget *budget = user;
    (void)component;
    budget->count += BUDGET_EACH;
}

static void budget_ask(void *user, chains_component *component)
{
    struct budget *budget = user;
    struct share *own = &budget->share[budget->count++];
    struct share *batch = &budget->share[budget->count++];
    struct chains_memory memory = { 0, 0 };
    if (component->cls->memory)
        component->cls->memory(component, &memory);
    if (memory.usual < memory.least)
        memory.usual = memory.least;
    *own = (struct share){ .least = memory.least, .usual = memory.usual };
    *batch = (struct share){ .least = 0, .capped = true };
    if (component->shared->root != component)
        return;
    uint64_t rows = batch_rows(&component->shared->whole->layout, 0);
    batch->least = rows + BATCH_ARENA_LEAST;
    batch->usual = rows + BATCH_ARENA;
}

static void budget_give(void *user, chains_component *component)
{
    struct budget *budget = user;
    const struct share *own = &budget->share[budget->count++];
    const struct share *batch = &budget->share[budget->count++];
    component->share = own->given;
    component->least = own->least;
    component->batch_share = batch->given;
    component->batch_least = batch->least;
    if (component->shared->root == component)
        component->shared->arena =
            component->batch_share - batch_rows(&component->shared->whole->layout, 0);
}

static void budget_need(void *user, chains_component *component)
{
    struct budget *budget = user;
    uint64_t least = budget->share[budget->count++].least;
    least += budget->share[budget->count++].least;
    if (least > budget->needs || !budget->neediest) {
        budget->neediest = component;
        budget->needs = least;
    }
}

/* "64M", "1500K" or "1000": as an option would say it. */
static const char *budget_text(uint64_t bytes, char out[BUDGET_SIZE])
{
    if (bytes % BUDGET_MIB == 0 && bytes > 0)
        snprintf(out, BUDGET_SIZE, "%" PRIu64 "M", bytes / BUDGET_MIB);
    else if (bytes % BUDGET_KIB == 0 && bytes > 0)
        snprintf(out, BUDGET_SIZE, "%" PRIu64 "K", bytes / BUDGET_KIB);
    else
        snprintf(out, BUDGET_SIZE, "%" PRIu64, bytes);
    return out;
}

static int budget_too_small(chains_component *last, struct budget *budget, uint64_t least)
{
    char has[BUDGET_SIZE], takes[BUDGET_SIZE];
    uint64_t round = least % BUDGET_MIB ? least - least % BUDGET_MIB + BUDGET_MIB : least;
    budget->count = 0;
    budget_walk(last, budget_need, budget);
    chains_fail(
        budget->neediest, CHAINS_EUSAGE,
        "%s of memory is too little for this chain, which takes at least %s, the largest "
        "part of it for %s",
        budget_text(last->budget, has), budget_text(round, takes), budget->neediest->cls->name);
    return CHAINS_EUSAGE;
}

int chain_divide(chains_component *last)
{
    struct budget budget = { NULL, 0, NULL, 0 };
    uint64_t least, usual = 0;
    budget_walk(last, budget_count, &budget);
    budget.share = calloc(budget.count, sizeof *budget.share);
    if (!budget.share)
        return chains_fail(last, CHAINS_EMEM, "no memory for a chain");
    budget.count = 0;
    budget_walk(last, budget_ask, &budget);
    for (size_t i = 0; i < budget.count; i++)
        usual += budget.share[i].usual;
    bool enough =
        shares_divide(budget.share, budget.count, last->budget ? last->budget : usual, &least);
    budget.count = 0;
    if (enough)
        budget_walk(last, budget_give, &budget);
    int status = enough ? CHAINS_OK : budget_too_small(last, &budget, least);
    free(budget.share);
    return status;
}

/* Adds the batch of the run that begins with `root`. */
static void budget_batch(const chains_component *root, struct chains_stats *stats)
{
    const struct chain_shared *shared = root->shared;
    bool open = shared && shared->root == root && shared->batch;
    stats->memory_most += root->batch_share;
    stats->memory_least += root->batch_least;
    stats->memory += open ? batch_memory(shared->batch) : root->batch_memory;
}

void chain_memory(const chains_component *component, struct chains_stats *stats)
{
    stats->memory_most = component->share;
    stats->memory_least = component->least;
    stats->memory = 0;
    if (!chain_is_outlet(component))
        budget_batch(component, stats);
    for (size_t i = 0; chain_is_tee(component) && i < component->arms.count; i++)
        budget_batch(component->arms.at[i], stats);
}

void chains_budget(chains_component *last, uint64_t bytes)
{
    if (last && last->phase == COMPONENT_NEW)
        last->budget = bytes;
}

uint64_t chains_share(const chains_component *self)
{
    return self->share;
}
