/* SPDX-License-Identifier: MIT */
/*
 * The only loop: open all, pull batches until the end, finish, close all in reverse. One batch
 * goes through a chain of each() and many() links in place; a component with next() of its own
 * stands at the head of it. An end or a failure waits until the records before it have been
 * through every component.
 */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

/* Calls each() for every record, in order; what it drops is closed up. */
static int pull_each(chains_component *self, struct chains_batch *batch)
{
    size_t kept = 0, i = 0;
    int status = CHAINS_OK;
    for (; i < batch->count; i++) {
        status = self->cls->each(self, batch->live[i]);
        if (status < 0)
            break;
        if (status == CHAINS_KEEP)
            batch->live[kept++] = batch->live[i];
    }
    batch->count = kept;
    return status < 0 ? status : CHAINS_OK;
}

/* A failure of a component that did not say why still gets a sentence. */
static int pull_failed(chains_component *self, int status)
{
    return self->code ? status : chains_fail(self, status, "failed");
}

static int pull_next(chains_component *self, struct chains_batch *batch)
{
    if (self->pending)
        return self->pending;
    batch_reset(batch);
    if (!self->upstream && chains_stopping(self))
        return CHAINS_END;
    int status = self->cls->next(self, batch);
    if (status == CHAINS_OK && batch->count == 0)
        status = chains_fail(self, CHAINS_EUSAGE, "said CHAINS_OK without a record");
    if (status < 0)
        pull_failed(self, status);
    self->stats.out += batch->count;
    if (status != CHAINS_OK && status != CHAINS_IDLE)
        self->pending = status;
    return batch->count > 0 ? CHAINS_OK : status;
}

/* The next batch that comes out of `self`. */
static int pull_batch(chains_component *self, struct chains_batch *batch)
{
    if (self->cls->next)
        return pull_next(self, batch);
    for (;;) {
        if (self->pending)
            return self->pending;
        int status = pull_batch(self->upstream, batch);
        if (status == CHAINS_IDLE && self->cls->idle) {
            int idle = self->cls->idle(self);
            return idle < 0 ? pull_failed(self, idle) : status;
        }
        if (status != CHAINS_OK)
            return status;
        size_t taken = batch->count;
        self->stats.in += taken;
        self->batch = batch;
        status = self->cls->many ? self->cls->many(self, batch) : pull_each(self, batch);
        if (status >= 0 && batch->arena.starved)
            status = chains_fail(self, CHAINS_EMEM, "no memory for what a record holds");
        if (status < 0)
            self->pending = pull_failed(self, status);
        self->stats.out += batch->count;
        self->stats.dropped += taken - batch->count;
        if (batch->count > 0)
            return CHAINS_OK;
    }
}

int chains_pull_into(chains_component *self, struct chains_batch *batch)
{
    int status = pull_batch(self->upstream, batch);
    if (status == CHAINS_OK)
        self->stats.in += batch->count;
    return status;
}

static int open_layout(chains_component *last, struct chain_shared *shared)
{
    layout_init(&shared->layout);
    for (chains_component *c = last; c; c = c->upstream) {
        const struct chains_layer_type *const *type = c->cls->attaches;
        for (; type && *type; type++)
            if (!layout_add(&shared->layout, *type))
                return chains_fail(c, CHAINS_EUSAGE, "no room for another layer (%s)",
                                   (*type)->name);
    }
    if (!layout_finish(&shared->layout))
        return chains_fail(last, CHAINS_EUSAGE, "the layers of this chain are too large");
    shared->batch = batch_new(&shared->layout, 0);
    return shared->batch ? CHAINS_OK : chains_fail(last, CHAINS_EMEM, "no memory for a batch");
}

/* What links could not know when they were made. */
static int open_check(chains_component *last)
{
    for (chains_component *c = last; c; c = c->upstream) {
        if (c->code)
            return c->code;
        if (!c->upstream && c->cls->role != CHAINS_SOURCE)
            return chains_fail(c, CHAINS_EUSAGE, "nothing is linked upstream of it");
        if (c->upstream && link_kinds(c, c->upstream) < 0)
            return c->code;
    }
    return CHAINS_OK;
}

/* Opens one after the other, in the direction in which records go. */
static int open_components(chains_component *last, struct chain_shared *shared)
{
    chains_component *self = shared->root;
    for (;; self = self->downstream) {
        int status = self->cls->open ? self->cls->open(self) : CHAINS_OK;
        if (status < 0)
            return pull_failed(self, status);
        self->phase = COMPONENT_OPEN;
        if (self == last)
            return CHAINS_OK;
    }
}

static int chain_open(chains_component *last)
{
    int status = open_check(last);
    if (status < 0)
        return status;
    struct chain_shared *shared = calloc(1, sizeof *shared);
    if (!shared)
        return chains_fail(last, CHAINS_EMEM, "no memory for a chain");
    for (chains_component *c = last; c; c = c->upstream) {
        c->shared = shared;
        shared->root = c;
    }
    status = open_layout(last, shared);
    if (status == CHAINS_OK)
        status = open_components(last, shared);
    if (status < 0)
        chain_close(last);
    return status;
}

void chain_close(chains_component *last)
{
    struct chain_shared *shared = last->shared;
    for (chains_component *c = shared->root;; c = c->downstream) {
        if (c->phase == COMPONENT_OPEN && c->cls->finish) {
            int status = c->cls->finish(c);
            if (status < 0)
                pull_failed(c, status);
        }
        if (c == last)
            break;
    }
    for (chains_component *c = last; c; c = c->upstream) {
        if (c->phase == COMPONENT_OPEN && c->cls->close)
            c->cls->close(c);
        c->phase = COMPONENT_CLOSED;
        c->shared = NULL;
    }
    chains_batch_free(shared->batch);
    free(shared);
}

/* Opens a chain that is new; a chain that has ended stays so. */
static int pull_begin(chains_component *last)
{
    if (!last)
        return CHAINS_EMEM;
    if (last->downstream)
        return chains_fail(last, CHAINS_EUSAGE, "not the last of its chain: pull %s",
                           last->downstream->cls->name);
    return last->phase == COMPONENT_NEW ? chain_open(last) : CHAINS_OK;
}

/* What a chain that has come to its end, or could not be opened, leaves to say. */
static int pull_ended(const chains_component *last)
{
    int failure = chains_error_code(last);
    return failure ? failure : CHAINS_END;
}

int chains_step(chains_component *last)
{
    if (last && last->phase == COMPONENT_CLOSED)
        chains_fail(last, CHAINS_EUSAGE, "pulled to its end already");
    if (pull_begin(last) < 0 || last->phase == COMPONENT_CLOSED)
        return pull_ended(last);
    int status = pull_batch(last, last->shared->batch);
    last->position = last->shared->batch->count;
    if (status == CHAINS_OK || status == CHAINS_IDLE)
        return status;
    chain_close(last);
    return pull_ended(last);
}

int chains_pull(chains_component *last)
{
    int status;
    do
        status = chains_step(last);
    while (status == CHAINS_OK || status == CHAINS_IDLE);
    return status < 0 ? status : CHAINS_OK;
}

const struct chains_record *chains_next(chains_component *last)
{
    if (pull_begin(last) < 0 || last->phase == COMPONENT_CLOSED)
        return NULL;
    if (last->position < last->shared->batch->count)
        return last->shared->batch->live[last->position++];
    int status;
    do
        status = chains_step(last);
    while (status == CHAINS_IDLE);
    if (status != CHAINS_OK)
        return NULL;
    last->position = 1;
    return last->shared->batch->live[0];
}
