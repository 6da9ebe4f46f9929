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
    struct component_places none = { NULL, 0 };
    return component_new(cls, options, &none);
}

chains_component *component_new(const struct chains_class *cls, const void *options,
                                struct component_places *places)
{
    chains_component *self = cls ? calloc(1, sizeof *self) : NULL;
    if (!self) {
        free(places->at);
        return NULL;
    }
    self->cls = cls;
    self->places = *places;
    self->state = calloc(1, cls->state_size ? cls->state_size : 1);
    self->options = options_copy(cls, options);
    if (!self->state || !self->options) {
        chain_free(self);
        return NULL;
    }
    if (!!cls->each + !!cls->many + !!cls->next != 1) {
        chains_fail(self, CHAINS_EUSAGE, "a class needs exactly one of each, many and next");
        return self;
    }
    int status = cls->create ? cls->create(self) : CHAINS_OK;
    if (status < 0 && !self->code)
        chains_fail(self, status, "cannot be made from these options");
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
    for (size_t i = 0; i < self->arms.count; i++)
        chain_free(chains_branch(self, i));
    free(self->arms.at);
    options_free(self->cls, self->options);
    free(self->places.at);
    free(self->state);
    free(self);
}

bool chain_is_owned(const chains_component *last)
{
    while (last->upstream)
        last = last->upstream;
    return chain_is_outlet(last);
}

void chains_free(chains_component *last)
{
    if (last && !last->downstream && !last->trunk && !chain_is_owned(last))
        chain_free(last);
}

void chain_free(chains_component *last)
{
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
    const struct component_place *place = component_place(self);
    bool early = place && self->phase == COMPONENT_NEW;
    int used =
        snprintf(self->error, sizeof self->error, "%s%s%.64s: ", early ? place->text : "",
                 early ? ": " : "", self->cls->name);
    va_list args;
    va_start(args, format);
    vsnprintf(self->error + used, sizeof self->error - (size_t)used, format, args);
    va_end(args);
    return code;
}

/*
 * The component with the failure to speak of: the furthest upstream, where trouble begins; in an
 * arm rather than where the arm hangs.
 */
const chains_component *component_failed(const chains_component *any)
{
    const chains_component *failed = NULL;
    for (; any; any = any->upstream) {
        if (any->code)
            failed = any;
        for (size_t i = 0; i < any->arms.count; i++) {
            const chains_component *arm = component_failed(chains_branch(any, i));
            if (arm && (!failed || failed == any || failed->code == CHAINS_EPIPE))
                failed = arm;
        }
    }
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
        for (size_t i = 0; i < last->arms.count; i++)
            chains_on_log(chains_branch(last, i), log, user);
    }
}

void chains_measure(chains_component *last)
{
    for (; last; last = last->upstream) {
        last->measure = last->phase == COMPONENT_NEW;
        for (size_t i = 0; i < last->arms.count; i++)
            chains_measure(chains_branch(last, i));
    }
}

chains_component *chains_branch(const chains_component *component, size_t i)
{
    if (!component || i >= component->arms.count)
        return NULL;
    return chain_is_tee(component) ? chain_last(component->arms.at[i]) : component->arms.at[i];
}

const char *chains_place(const chains_component *component)
{
    return component && component->places.count ? component->places.at[0].text : NULL;
}

const struct component_place *component_place(const chains_component *component)
{
    const struct component_places *places = &component->places;
    return component->blamed < places->count ? &places->at[component->blamed] : NULL;
}

chains_component *chains_about(chains_component *self, const char *option, size_t i)
{
    self->blamed = 0;
    for (size_t at = 1; at < self->places.count; at++)
        if (strcmp(self->places.at[at].option->name, option) == 0 && i-- == 0)
            self->blamed = at;
    return self;
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

chains_component *chain_outermost(chains_component *any)
{
    for (;;) {
        const chains_component *root = any;
        while (root->upstream)
            root = root->upstream;
        if (any->downstream)
            any = any->downstream;
        else if (any->trunk && !chain_is_outlet(any))
            any = any->trunk;
        else if (chain_is_outlet(root))
            any = root->trunk;
        else
            return any;
    }
}

/* Of a run and of what feeds it. A branch looks at its tee's. */
static void component_stop(chains_component *last)
{
    for (; last; last = last->upstream) {
        atomic_store_explicit(&last->stop, true, memory_order_relaxed);
        for (size_t i = 0; chain_is_merge(last) && i < last->arms.count; i++)
            component_stop(last->arms.at[i]);
    }
}

void chains_stop(chains_component *any)
{
    if (any)
        component_stop(chain_outermost(any));
}

bool chains_stopping(const chains_component *self)
{
    for (const chains_component *above; (above = chain_above(self));)
        self = above;
    return atomic_load_explicit(&self->stop, memory_order_relaxed);
}

void chains_reopen(chains_component *any)
{
    if (any)
        atomic_store_explicit(&chain_outermost(any)->reopen, true, memory_order_relaxed);
}

/*
 * Records that a component took into batches of its own and gave as rows of its own were passed on. A
 * source takes what it gives, where it does not know better.
 */
static void component_balance(const chains_component *self, struct chains_stats *stats)
{
    uint64_t moved = self->elsewhere < stats->added ? self->elsewhere : stats->added;
    stats->added -= moved;
    stats->dropped += self->elsewhere - moved;
    if (!self->upstream && !chain_is_merge(self)) {
        stats->in = stats->out + stats->dropped;
        stats->added = 0;
    }
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
    chain_memory(component, &all);
    component_balance(component, &all);
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
    for (size_t i = 0; i < self->add_count; i++)
        if (self->adds[i] == type)
            return true;
    return attached && *attached;
}

int chains_adds(chains_component *self, const struct chains_layer_type *type)
{
    if (self->add_count == COMPONENT_ADDS)
        return chains_fail(self, CHAINS_EUSAGE, "more than %d layers of its own",
                           COMPONENT_ADDS);
    self->adds[self->add_count++] = type;
    return CHAINS_OK;
}

int chains_omits(chains_component *self, const struct chains_layer_type *type)
{
    if (self->omit_count == COMPONENT_ADDS)
        return chains_fail(self, CHAINS_EUSAGE, "more than %d layers that it omits",
                           COMPONENT_ADDS);
    self->omits[self->omit_count++] = type;
    return CHAINS_OK;
}

const struct chains_layout *chains_layout_of(const chains_component *self)
{
    return &self->shared->whole->layout;
}

static uint64_t component_types(const chains_component *self,
                                const struct chains_layout *layout)
{
    uint64_t types = 0;
    const struct chains_layer_type *const *type = self->cls->attaches;
    for (; type && *type; type++)
        types |= UINT64_C(1) << layout_id(layout, *type);
    for (size_t i = 0; i < self->add_count; i++)
        types |= UINT64_C(1) << layout_id(layout, self->adds[i]);
    for (size_t i = 0; i < self->omit_count; i++)
        types &= ~(UINT64_C(1) << layout_id(layout, self->omits[i]));
    return types;
}

/* Of a run from `last` on upstream, and of what feeds it. */
static uint64_t component_run_types(const chains_component *last,
                                    const struct chains_layout *layout)
{
    uint64_t types = 0;
    for (; last; last = chain_above(last)) {
        types |= component_types(last, layout);
        if (chain_is_merge(last))
            for (size_t i = 0; i < last->arms.count; i++)
                types |= component_run_types(last->arms.at[i], layout);
    }
    return types;
}

uint64_t chains_upstream_types(const chains_component *self)
{
    return component_run_types(self, &self->shared->whole->layout);
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
    struct chain_whole *whole = self->shared->whole;
    int bit = layout_tag(&whole->layout, name);
    if (bit >= 0 && whole->layout.tag[bit] == name) {
        memmove(whole->tag[bit], name, strlen(name) + 1);
        whole->layout.tag[bit] = whole->tag[bit];
    }
    return bit;
}

struct chains_batch *chains_batch_new(chains_component *self, size_t records)
{
    return batch_new(&self->shared->whole->layout, records);
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
