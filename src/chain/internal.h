/* SPDX-License-Identifier: MIT */
#ifndef CHAIN_INTERNAL_H
#define CHAIN_INTERNAL_H

#include <chains/component.h>

#include "../record/batch.h"
#include "../record/layout.h"

#include <stdatomic.h>

/* What the components of an open chain share; owned by the last of them. */
struct chain_shared {
    struct chains_layout layout;
    struct chains_source_info source;
    chains_component *root; /* the source */
    struct chains_batch *batch;
};

enum component_phase {
    COMPONENT_NEW,
    COMPONENT_OPEN,
    COMPONENT_CLOSED,
};

struct chains_component {
    const struct chains_class *cls;
    void *state, *options;
    chains_component *upstream, *downstream;
    chains_component *strays, *next_stray; /* given by links that failed; freed with this one */
    struct chain_shared *shared;
    struct chains_batch *batch; /* the one in hand, while each() or many() runs */
    struct chains_stats stats;
    chains_log log;
    void *log_user;
    enum component_phase phase;
    int pending;     /* an end or a failure that waits until records before it are out */
    size_t position; /* chains_next(): the record to give next */
    atomic_bool stop;
    int code; /* the first failure */
    char error[1024];
};

/* CHAINS_OK, or a failure stored in `downstream`, when the kinds of the two disagree. */
int link_kinds(chains_component *downstream, const chains_component *upstream);

/* Finishes and closes every component of an open chain. */
void chain_close(chains_component *last);

/* Copies options by their table, and frees such a copy. NULL for want of memory. */
void *options_copy(const struct chains_class *cls, const void *options);
void options_free(const struct chains_class *cls, void *copy);

#endif
