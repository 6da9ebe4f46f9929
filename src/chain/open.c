/* SPDX-License-Identifier: MIT */
/*
 * From linked components to an open chain and back. In: the last component. Out: one layout for
 * the whole chain, a batch for each run, every component checked before the first is opened.
 * Runs are opened in the direction of the records and closed in the other one.
 */
#include "internal.h"

#include <stdlib.h>

/* Adds the layers that a run and its arms attach. A failure is stored. */
static int open_layers(chains_component *last, struct chains_layout *layout)
{
    int status = CHAINS_OK;
    for (chains_component *c = last; c && status == CHAINS_OK; c = c->upstream) {
        const struct chains_layer_type *const *type = c->cls->attaches;
        bool room = true;
        for (; type && *type && room; type++)
            room = layout_add(layout, *type);
        for (size_t i = 0; i < c->add_count && room; i++)
            room = layout_add(layout, c->adds[i]);
        if (!room)
            status = chains_fail(c, CHAINS_EUSAGE, "no room for another layer");
        for (size_t i = 0; chains_branch(c, i) && status == CHAINS_OK; i++)
            status = open_layers(chains_branch(c, i), layout);
    }
    return status;
}

/* What links could not know when they were made. */
static int open_check_one(chains_component *c)
{
    if (c->code)
        return c->code;
    if (!c->upstream && c->cls->role != CHAINS_SOURCE)
        return chains_fail(c, CHAINS_EUSAGE, "nothing is linked upstream of it");
    if ((chain_is_tee(c) || chain_is_merge(c)) && c->arms.count == 0)
        return chains_fail(c, CHAINS_EUSAGE, "nothing is linked to it");
    if (c->upstream)
        return link_kinds(c, c->upstream);
    return CHAINS_OK;
}

/* The failure of an arm is its trunk's too. */
static int open_arm_failed(chains_component *trunk, const chains_component *arm)
{
    return chains_fail(trunk, chains_error_code(arm), "%s", chains_error(arm));
}

static int open_links(chains_component *last)
{
    int status = CHAINS_OK;
    for (chains_component *c = last; c && status == CHAINS_OK; c = c->upstream) {
        status = open_check_one(c);
        for (size_t i = 0; chains_branch(c, i) && status == CHAINS_OK; i++) {
            status = open_links(chains_branch(c, i));
            if (status < 0)
                open_arm_failed(c, chains_branch(c, i));
        }
    }
    return status;
}

/* What every run has of its own. */
static int open_share(chains_component *last, struct chain_whole *whole, bool outermost)
{
    struct chain_shared *shared = calloc(1, sizeof *shared);
    if (!shared)
        return chains_fail(last, CHAINS_EMEM, "no memory for a chain");
    shared->whole = whole;
    shared->outermost = outermost;
    int status = CHAINS_OK;
    for (chains_component *c = last; c; c = c->upstream) {
        c->shared = shared;
        shared->root = c;
    }
    for (chains_component *c = last; c; c = c->upstream)
        for (size_t i = 0; chains_branch(c, i) && status == CHAINS_OK; i++)
            status = open_share(chains_branch(c, i), whole, false);
    return status;
}

static int open_check(chains_component *last);

static int open_check_arms(chains_component *trunk)
{
    int status = CHAINS_OK;
    for (size_t i = 0; chains_branch(trunk, i) && status == CHAINS_OK; i++) {
        status = open_check(chains_branch(trunk, i));
        if (status < 0)
            open_arm_failed(trunk, chains_branch(trunk, i));
    }
    return status;
}

/* Each component on its place in the chain, upstream first; a tee and a merge by their arms. */
static int open_check(chains_component *last)
{
    for (chains_component *c = last->shared->root;; c = c->downstream) {
        int status = open_check_arms(c);
        if (status == CHAINS_OK && c->cls->check)
            status = c->cls->check(c);
        if (status < 0)
            return c->code ? status : chains_fail(c, status, "cannot stand here");
        if (c == last)
            return CHAINS_OK;
    }
}

/* The log that one component has is that of the whole chain, but for those with one of their own. */
static void open_log(chains_component *last)
{
    const chains_component *c = last;
    while (c && !c->log)
        c = c->upstream;
    if (!c)
        return;
    chains_log log = c->log;
    void *user = c->log_user;
    for (chains_component *to = last; to; to = to->upstream) {
        if (!to->log) {
            to->log = log;
            to->log_user = user;
        }
        for (size_t i = 0; chains_branch(to, i); i++) {
            chains_component *arm = chains_branch(to, i);
            if (!arm->log) {
                arm->log = log;
                arm->log_user = user;
            }
            open_log(arm);
        }
    }
}

int chain_prepare(chains_component *last)
{
    int status = open_links(last);
    if (status < 0)
        return status;
    struct chain_whole *whole = calloc(1, sizeof *whole);
    if (!whole)
        return chains_fail(last, CHAINS_EMEM, "no memory for a chain");
    layout_init(&whole->layout);
    whole->last = last;
    open_log(last);
    status = open_share(last, whole, true);
    if (!last->shared) {
        free(whole);
        return status;
    }
    if (status == CHAINS_OK)
        status = open_layers(last, &whole->layout);
    if (status == CHAINS_OK && !layout_finish(&whole->layout))
        status = chains_fail(last, CHAINS_EUSAGE, "the layers of this chain are too large");
    if (status == CHAINS_OK)
        status = open_check(last);
    return status == CHAINS_OK ? chain_divide(last) : status;
}

void chain_unprepare(chains_component *last)
{
    struct chain_shared *shared = last->shared;
    for (chains_component *c = last; c; c = c->upstream) {
        for (size_t i = 0; chains_branch(c, i); i++)
            chain_unprepare(chains_branch(c, i));
        c->shared = NULL;
    }
    if (shared && shared->batch) {
        shared->root->batch_memory = batch_memory(shared->batch);
        chains_batch_free(shared->batch);
    }
    if (shared && shared->outermost)
        free(shared->whole); /* the batches' layout is in it */
    free(shared);
}

int chains_check(chains_component *last)
{
    if (!last)
        return CHAINS_EMEM;
    if (last->phase != COMPONENT_NEW)
        return chains_fail(last, CHAINS_EUSAGE, "checked after a pull");
    if (last->downstream || last->trunk || chain_is_owned(last))
        return chains_fail(last, CHAINS_EUSAGE, "not the last of its chain");
    int status = chain_prepare(last);
    chain_unprepare(last);
    return status < 0 ? chains_error_code(last) : CHAINS_OK;
}

static int open_one(chains_component *self)
{
    int status = self->cls->open ? self->cls->open(self) : CHAINS_OK;
    if (status < 0)
        return self->code ? status : chains_fail(self, status, "failed");
    self->phase = COMPONENT_OPEN;
    return CHAINS_OK;
}

static int open_pass(chains_component *last, bool sinks);

/* The branches of a tee are opened with the run that it is in, so that sinks come last everywhere. */
static int open_branches(chains_component *tee, bool sinks)
{
    int status = CHAINS_OK;
    tee->phase = COMPONENT_OPEN;
    for (size_t i = 0; i < tee->arms.count && status == CHAINS_OK; i++) {
        chains_component *last = chains_branch(tee, i);
        last->shared->source = tee->shared->source;
        status = open_pass(last, sinks);
        if (status < 0)
            open_arm_failed(tee, last);
    }
    return status;
}

/* Opens what is a sink, or what is not, in the direction of the records. */
static int open_pass(chains_component *last, bool sinks)
{
    struct chain_shared *shared = last->shared;
    int status = CHAINS_OK;
    if (!shared->batch)
        shared->batch = batch_new(&shared->whole->layout, 0);
    if (!shared->batch)
        return chains_fail(last, CHAINS_EMEM, "no memory for a batch");
    shared->batch->arena.ceiling = shared->arena;
    for (chains_component *c = shared->root; status == CHAINS_OK; c = c->downstream) {
        if (chain_is_tee(c))
            status = open_branches(c, sinks);
        else if ((c->cls->role == CHAINS_SINK) == sinks)
            status = open_one(c);
        if (c == last)
            break;
    }
    return status;
}

int chain_open(chains_component *last)
{
    int status = open_pass(last, false);
    if (status == CHAINS_OK)
        status = open_pass(last, true);
    if (status < 0) {
        last->shared->whole->abandoned = true;
        chain_close(last);
    }
    return status;
}

static int start_one(chains_component *self, bool begin)
{
    int (*slot)(chains_component *) = begin ? self->cls->begin : self->cls->start;
    int status = self->phase == COMPONENT_OPEN && slot ? slot(self) : CHAINS_OK;
    return status < 0 && !self->code ? chains_fail(self, status, "cannot be started") : status;
}

/* A run upstream first, and what hangs on each component before it: starts, or begins. */
static int start_run(chains_component *last, bool begin)
{
    int status = CHAINS_OK;
    for (chains_component *c = last->shared->root; status == CHAINS_OK; c = c->downstream) {
        for (size_t i = 0; chains_branch(c, i) && status == CHAINS_OK; i++) {
            status = start_run(chains_branch(c, i), begin);
            if (status < 0)
                open_arm_failed(c, chains_branch(c, i));
        }
        if (status == CHAINS_OK)
            status = start_one(c, begin);
        if (c == last)
            break;
    }
    return status;
}

static int start_all(chains_component *last, bool begin)
{
    int status = start_run(last, begin);
    if (status < 0) {
        last->shared->whole->abandoned = true;
        chain_close(last);
    }
    return status;
}

int chain_start(chains_component *last)
{
    struct chain_whole *whole = last->shared->whole;
    whole->started = true;
    whole->thread = last->thread;
    whole->thread_user = last->thread_user;
    return start_all(last, false);
}

int chain_begin(chains_component *last)
{
    last->shared->whole->begun = true;
    return start_all(last, true);
}

void chains_on_thread(chains_component *last, chains_thread begun, void *user)
{
    if (!last)
        return;
    last->thread = begun;
    last->thread_user = user;
}

int chains_thread_begun(const chains_component *self, const char *name)
{
    const struct chain_whole *whole = self->shared->whole;
    return whole->thread ? whole->thread(whole->thread_user, name) : CHAINS_OK;
}

void chains_accesses(const chains_component *last, chains_access_teller tell, void *user)
{
    for (; last; last = last->upstream) {
        for (size_t i = 0; chains_branch(last, i); i++)
            chains_accesses(chains_branch(last, i), tell, user);
        if (last->phase == COMPONENT_OPEN && last->cls->access)
            last->cls->access(last, tell, user);
    }
}

bool chains_claim(chains_component *self, uint64_t device, uint64_t inode, bool shares)
{
    struct chain_whole *whole = self->shared->whole;
    struct chain_claim *mine = NULL;
    for (size_t i = 0; i < whole->claims; i++) {
        struct chain_claim *claim = &whole->claim[i];
        if (claim->owner == self)
            mine = claim;
        else if (claim->device == device && claim->inode == inode && !(claim->shares && shares))
            return false;
    }
    if (!mine && whole->claims < CHAIN_CLAIMS)
        mine = &whole->claim[whole->claims++];
    if (mine)
        *mine = (struct chain_claim){ self, device, inode, shares };
    return true;
}

void chain_close(chains_component *last)
{
    struct chain_shared *shared = last->shared;
    if (!shared)
        return;
    for (chains_component *c = shared->root;; c = c->downstream) {
        if (c->phase == COMPONENT_OPEN && c->cls->finish && !shared->whole->abandoned &&
            shared->whole->begun) {
            int status = c->cls->finish(c);
            if (status < 0 && !c->code)
                chains_fail(c, status, "failed");
        }
        if (c == last)
            break;
    }
    for (chains_component *c = last; c; c = c->upstream) {
        if (c->phase == COMPONENT_OPEN && c->cls->close)
            c->cls->close(c);
        c->phase = COMPONENT_CLOSED;
    }
    if (shared->outermost)
        chain_unprepare(last);
}

static int reopen_one(chains_component *c)
{
    if (c->phase != COMPONENT_OPEN || !c->cls->reopen)
        return CHAINS_OK;
    int status = c->cls->reopen(c);
    return status < 0 && !c->code ? chains_fail(c, status, "cannot begin anew") : status;
}

/* A branch that cannot begin anew ends alone; an input ends the chain. */
static int reopen_arm(chains_component *trunk, chains_component *arm)
{
    int status = arm->phase == COMPONENT_OPEN ? chain_reopen(arm) : CHAINS_OK;
    if (status >= 0 || !chain_is_tee(trunk))
        return status < 0 ? open_arm_failed(trunk, arm) : CHAINS_OK;
    chain_close(arm);
    chains_warn(trunk, "a branch has ended: %s", chains_error(arm));
    return CHAINS_OK;
}

int chain_reopen(chains_component *last)
{
    int status = CHAINS_OK;
    for (chains_component *c = last->shared->root; status == CHAINS_OK; c = c->downstream) {
        for (size_t i = 0; i < c->arms.count && status == CHAINS_OK; i++)
            status = reopen_arm(c, chains_branch(c, i));
        if (status == CHAINS_OK)
            status = reopen_one(c);
        if (c == last)
            break;
    }
    return status;
}
