/* SPDX-License-Identifier: MIT */
/*
 * The only loop: pull batches until the end. One batch goes through a run of each() and many()
 * links in place; a component with next() of its own stands at the head of it. An end or a
 * failure waits until the records before it have been through every component.
 */
#include "internal.h"

#include "../bytes/time.h"

enum { PULL_DROPPED = 64 /* batches in a row of which nothing is left */ };

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

/* What a component has returned; where it has failed meanwhile, that. */
static int pull_status(const chains_component *self, int before, int status)
{
    return status >= 0 && self->code != before ? self->code : status;
}

/* A failure of a component that did not say why still gets a sentence. */
static int pull_failed(chains_component *self, int status)
{
    return self->code ? status : chains_fail(self, status, "failed");
}

/* From here on time is `self`'s; returns whose it was. Nothing where nobody measures. */
static chains_component *pull_time(chains_component *self)
{
    struct chain_whole *whole = self->shared->whole;
    chains_component *before = whole->measured;
    if (!self->measure)
        return before;
    int64_t now = time_now_ns();
    if (before)
        before->stats.time_ns += (uint64_t)(now - whole->mark_ns);
    whole->mark_ns = now;
    whole->measured = self;
    return before;
}

static void pull_time_back(chains_component *self, chains_component *before)
{
    struct chain_whole *whole = self->shared->whole;
    if (!self->measure)
        return;
    int64_t now = time_now_ns();
    self->stats.time_ns += (uint64_t)(now - whole->mark_ns);
    whole->mark_ns = now;
    whole->measured = before;
}

/* Counts the rows that next() has put into its batch since upstream had it, and what it took out. */
static void pull_balance(chains_component *self)
{
    const struct chains_batch *batch = self->filling;
    size_t added = batch->used - self->filled_rows;
    self->stats.added += added;
    self->stats.dropped += self->filled_count + added - batch->count;
    self->filled_rows = batch->used;
    self->filled_count = batch->count;
}

static int pull_filled(chains_component *self, struct chains_batch *batch)
{
    self->filling = batch;
    self->filled_rows = self->filled_count = 0;
    int status = self->cls->next(self, batch);
    pull_balance(self);
    self->filling = NULL;
    return status;
}

static int pull_next(chains_component *self, struct chains_batch *batch)
{
    if (self->pending)
        return self->pending;
    batch_reset(batch);
    if (!self->upstream && !chain_is_outlet(self) && chains_stopping(self))
        return CHAINS_END; /* what a tee has offered is in hand: it is finished */
    chains_component *before = pull_time(self);
    int code = self->code;
    int status = pull_status(self, code, pull_filled(self, batch));
    pull_time_back(self, before);
    if (status == CHAINS_OK && batch->count == 0)
        status = chains_fail(self, CHAINS_EUSAGE, "said CHAINS_OK without a record");
    if (status < 0)
        pull_failed(self, status);
    self->stats.out += batch->count;
    if (status != CHAINS_OK && status != CHAINS_IDLE)
        self->pending = status;
    return batch->count > 0 ? CHAINS_OK : status;
}

static bool pull_reopen_is_due(const chains_component *self)
{
    return atomic_load_explicit(&self->shared->whole->last->reopen, memory_order_relaxed);
}

/* Nothing comes at the moment: what waits in `self` leaves. */
static int pull_idle(chains_component *self)
{
    int idle = self->cls->idle(self);
    if (idle == CHAINS_OK)
        return CHAINS_IDLE;
    self->pending = idle < 0 ? pull_failed(self, idle) : CHAINS_END;
    return self->pending;
}

/*
 * The next batch that comes out of `self`. Where everything is dropped for long, CHAINS_IDLE lets
 * whoever pulls have a turn.
 */
static int pull_batch(chains_component *self, struct chains_batch *batch)
{
    if (self->cls->next)
        return pull_next(self, batch);
    unsigned dropped = 0;
    for (;;) {
        if (self->pending)
            return self->pending;
        int status = pull_batch(self->upstream, batch);
        if (status == CHAINS_IDLE && self->cls->idle)
            return pull_idle(self);
        if (status != CHAINS_OK)
            return status;
        size_t taken = batch->count, rows = batch->used;
        self->stats.in += taken;
        self->batch = batch;
        chains_component *before = pull_time(self);
        int code = self->code;
        status = self->cls->many ? self->cls->many(self, batch) : pull_each(self, batch);
        status = pull_status(self, code, status);
        pull_time_back(self, before);
        if (status >= 0 && batch->arena.starved)
            status = chains_fail(self, CHAINS_EMEM, "no memory for what a record holds");
        if (status != CHAINS_OK)
            self->pending = status < 0 ? pull_failed(self, status) : CHAINS_END;
        self->stats.out += batch->count;
        self->stats.added += batch->used - rows;
        self->stats.dropped += taken + (batch->used - rows) - batch->count;
        if (batch->count > 0)
            return CHAINS_OK;
        if (++dropped == PULL_DROPPED || pull_reopen_is_due(self))
            return self->pending ? self->pending : CHAINS_IDLE;
    }
}

int chains_pull_into(chains_component *self, struct chains_batch *batch)
{
    bool in_place = batch == self->filling;
    if (in_place)
        pull_balance(self);
    int status = pull_batch(self->upstream, batch);
    if (status == CHAINS_OK)
        self->stats.in += batch->count;
    if (status == CHAINS_OK && !in_place)
        self->elsewhere += batch->count;
    if (in_place) {
        self->filled_rows = batch->used;
        self->filled_count = batch->count;
    }
    return status;
}

int chain_step(chains_component *last)
{
    return pull_batch(last, last->shared->batch);
}

static int pull_open(chains_component *last)
{
    int status = chain_prepare(last);
    if (status == CHAINS_OK)
        status = chain_open(last);
    if (status < 0)
        chain_unprepare(last);
    return status;
}

/* Opens a chain that is new; a chain that has ended stays so. */
static int pull_opened(chains_component *last)
{
    if (!last)
        return CHAINS_EMEM;
    if (last->downstream)
        return chains_fail(last, CHAINS_EUSAGE, "not the last of its chain: pull %s",
                           last->downstream->cls->name);
    if (last->trunk || chain_is_owned(last))
        return chains_fail(last, CHAINS_EUSAGE, "not the last of its chain: it belongs to a %s",
                           last->trunk ? "merge" : "tee");
    return last->phase == COMPONENT_NEW ? pull_open(last) : CHAINS_OK;
}

/* The same, and its threads. */
static int pull_started(chains_component *last)
{
    int status = pull_opened(last);
    return status == CHAINS_OK && last->phase == COMPONENT_OPEN && !last->shared->whole->started
               ? chain_start(last)
               : status;
}

/* The same, and the first look at its inputs. */
static int pull_begin(chains_component *last)
{
    int status = pull_started(last);
    return status == CHAINS_OK && last->phase == COMPONENT_OPEN && !last->shared->whole->begun
               ? chain_begin(last)
               : status;
}

/* What a chain that has come to its end, or could not be opened, leaves to say. */
static int pull_ended(const chains_component *last)
{
    int failure = chains_error_code(last);
    return failure ? failure : CHAINS_END;
}

int chains_open(chains_component *last)
{
    if (last && last->phase == COMPONENT_CLOSED)
        chains_fail(last, CHAINS_EUSAGE, "pulled to its end already");
    return pull_opened(last) < 0 || last->phase == COMPONENT_CLOSED ? chains_error_code(last)
                                                                    : CHAINS_OK;
}

int chains_start(chains_component *last)
{
    int status = chains_open(last);
    return status < 0 ? status : pull_started(last) < 0 ? chains_error_code(last) : CHAINS_OK;
}

int chains_step(chains_component *last)
{
    if (last && last->phase == COMPONENT_CLOSED)
        chains_fail(last, CHAINS_EUSAGE, "pulled to its end already");
    if (pull_begin(last) < 0 || last->phase == COMPONENT_CLOSED)
        return pull_ended(last);
    if (pull_reopen_is_due(last) &&
        atomic_exchange_explicit(&last->reopen, false, memory_order_relaxed) &&
        chain_reopen(last) < 0) {
        chain_close(last);
        return pull_ended(last);
    }
    int status = chain_step(last);
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
