/* SPDX-License-Identifier: MIT */
/*
 * A component: its class, its state, its options, its first failure and its counters. In: a
 * class and options. Out: a handle that link and pull work on. Failures stick: the first one is
 * kept, and whoever asks later gets it.
 */
#include "internal.h"

#include "../record/row.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

chains_component *chains_new(const struct chains_class *cls, const void *options)
{
    chains_component *self = cls ? calloc(1, sizeof *self) : NULL;
    if (!self)
        return NULL;
    self->cls = cls;
    self->state = calloc(1, cls->state_size ? cls->state_size : 1);
    self->options = options_copy(cls, options);
    if (!self->state || !self->options) {
        chains_free(self);
        return NULL;
    }
    if (!!cls->each + !!cls->many + !!cls->next != 1)
        chains_fail(self, CHAINS_EUSAGE, "a class needs exactly one of each, many and next");
    return self;
}

static void component_free_one(chains_component *self)
{
    while (self->strays) {
        chains_component *stray = self->strays;
        self->strays = stray->next_stray;
        stray->downstream = NULL;
        chains_free(stray);
    }
    options_free(self->cls, self->options);
    free(self->state);
    free(self);
}

void chains_free(chains_component *last)
{
    if (!last || last->downstream)
        return;
    if (last->phase == COMPONENT_OPEN)
        chain_close(last);
    while (last) {
        chains_component *upstream = last->upstream;
        component_free_one(last);
        last = upstream;
    }
}

void *chains_state(const chains_component *self)
{
    return self->state;
}

const void *chains_options(const chains_component *self)
{
    return self->options;
}

chains_component *chains_upstream(const chains_component *component)
{
    return component ? component->upstream : NULL;
}

int chains_fail(chains_component *self, int code, const char *format, ...)
{
    if (!self)
        return CHAINS_EMEM;
    if (self->code)
        return code;
    self->code = code;
    int used = snprintf(self->error, sizeof self->error, "%.64s: ", self->cls->name);
    va_list args;
    va_start(args, format);
    vsnprintf(self->error + used, sizeof self->error - (size_t)used, format, args);
    va_end(args);
    return code;
}

/* The component with the failure to speak of: the furthest upstream, where trouble begins. */
static const chains_component *component_failed(const chains_component *any)
{
    const chains_component *failed = NULL;
    for (; any; any = any->upstream)
        if (any->code)
            failed = any;
    return failed;
}

const char *chains_error(const chains_component *any)
{
    if (!any)
        return "no memory for a component";
    const chains_component *failed = component_failed(any);
    return failed ? failed->error : NULL;
}

int chains_error_code(const chains_component *any)
{
    if (!any)
        return CHAINS_EMEM;
    const chains_component *failed = component_failed(any);
    return failed ? failed->code : CHAINS_OK;
}

void chains_on_log(chains_component *last, chains_log log, void *user)
{
    for (; last; last = last->upstream) {
        last->log = log;
        last->log_user = user;
    }
}

void chains_warn(chains_component *self, const char *format, ...)
{
    char sentence[512];
    if (!self->log)
        return;
    int used = snprintf(sentence, sizeof sentence, "%.64s: ", self->cls->name);
    va_list args;
    va_start(args, format);
    vsnprintf(sentence + used, sizeof sentence - (size_t)used, format, args);
    va_end(args);
    self->log(self->log_user, sentence);
}

void chains_stop(chains_component *any)
{
    for (; any; any = any->upstream)
        atomic_store_explicit(&any->stop, true, memory_order_relaxed);
}

bool chains_stopping(const chains_component *self)
{
    while (self->upstream)
        self = self->upstream;
    return atomic_load_explicit(&self->stop, memory_order_relaxed);
}

int chains_stats(const chains_component *component, struct chains_stats *stats)
{
    if (!component)
        return CHAINS_EMEM;
    if (!stats)
        return CHAINS_EUSAGE;
    struct chains_stats all = component->stats;
    size_t size = stats->size < sizeof all ? stats->size : sizeof all;
    all.name = component->cls->name;
    if (component->cls->stats)
        component->cls->stats(component, &all);
    all.size = size;
    memcpy(stats, &all, size);
    return CHAINS_OK;
}

void chains_mark(chains_component *self, struct chains_record *rec, unsigned flags)
{
    rec->flags |= (uint16_t)flags;
    self->stats.cut_short += (flags & CHAINS_CUT) != 0;
    self->stats.malformed += (flags & CHAINS_BROKEN) != 0;
    self->stats.limited += (flags & CHAINS_TOO_DEEP) != 0;
}

void chains_count_limited(chains_component *self)
{
    self->stats.limited++;
}

/* Whether the class of a component has said that it attaches `type`. */
static bool component_attaches(const chains_component *self,
                               const struct chains_layer_type *type)
{
    const struct chains_layer_type *const *attached = self->cls->attaches;
    while (attached && *attached && *attached != type)
        attached++;
    return attached && *attached;
}

void *chains_attach(chains_component *self, struct chains_record *rec,
                    const struct chains_layer_type *type)
{
    int id = layout_id(rec->layout, type);
    if (id < 0 || !component_attaches(self, type))
        return NULL;
    return row_attach(rec, (unsigned)id, rec->layout->slot_of[id]);
}

struct chains_arena *chains_arena_of(chains_component *self)
{
    return &self->batch->arena;
}

int chains_tag(chains_component *self, const char *name)
{
    return layout_tag(&self->shared->layout, name);
}

struct chains_batch *chains_batch_new(chains_component *self, size_t records)
{
    return batch_new(&self->shared->layout, records);
}

void chains_announce(chains_component *self, const struct chains_source_info *info)
{
    self->shared->source = *info;
}

struct chains_source_info chains_source_of(const chains_component *self)
{
    return self->shared->source;
}

const char *chains_version(void)
{
    return CHAINS_VERSION;
}
