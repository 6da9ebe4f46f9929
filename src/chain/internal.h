/* SPDX-License-Identifier: MIT */
#ifndef CHAIN_INTERNAL_H
#define CHAIN_INTERNAL_H

#include <chains/component.h>

#include "../record/batch.h"
#include "../record/layout.h"

#include <stdatomic.h>

enum { CHAIN_CLAIMS = 64 };

/* A file that a component writes. */
struct chain_claim {
    const chains_component *owner;
    uint64_t device, inode;
    bool shares;
};

/* What a chain has once, however often it branches; owned by its outermost run. */
struct chain_whole {
    struct chains_layout layout; /* one for all, so that a row can be copied between batches */
    chains_component *last; /* of the outermost run: where chains_reopen() leaves its word */
    bool abandoned;         /* it could not be opened: nobody has last words */
    bool started;           /* its threads have begun, */
    bool begun;             /* and its inputs have been looked at */
    chains_thread thread;   /* of chains_on_thread() */
    void *thread_user;
    struct chain_claim claim[CHAIN_CLAIMS];
    size_t claims;
    chains_component *measured; /* whose time runs; NULL: nobody's */
    int64_t mark_ns;
    char tag[64]
            [TAG_SIZE]; /* names of its tags: a branch may close before another shows them */
};

/*
 * What the components of a run share: a run is the components between two places where chains
 * branch or meet, and one batch goes through it. Owned by its last component.
 */
struct chain_shared {
    struct chain_whole *whole;
    struct chains_source_info source;
    chains_component *root; /* the first: a source, a merge, or the outlet of a tee */
    struct chains_batch *batch;
    uint64_t arena; /* ceiling of the batch's */
    bool outermost;
};

enum component_phase {
    COMPONENT_NEW,
    COMPONENT_OPEN,
    COMPONENT_CLOSED,
};

enum { COMPONENT_ADDS = 4, COMPONENT_PLACE = 96 };

/* Where a component, or one of its options, stands in the text that it was made from. */
struct component_place {
    const struct chains_field *option; /* NULL: the component's name */
    size_t word;                       /* its number, from 0 */
    char text[COMPONENT_PLACE];        /* "word 7"; "" for none */
};

/* The places of a component: its name's first, then one for each option that was given. */
struct component_places {
    struct component_place *at;
    size_t count;
};

/* Chains that hang on a component: the branches of a tee, the inputs of a merge. */
struct chain_arms {
    chains_component **at; /* a branch by its outlet, an input by its last component */
    size_t count;
};

struct chains_component {
    const struct chains_class *cls;
    void *state, *options;
    chains_component *upstream, *downstream;
    chains_component *strays, *next_stray; /* given by links that failed; freed with this one */
    struct chain_arms arms;
    chains_component *trunk; /* of an outlet: its tee; of an input's last: its merge */
    const struct chains_layer_type *adds[COMPONENT_ADDS];
    const struct chains_layer_type *omits[COMPONENT_ADDS]; /* of the class's, not attached */
    size_t add_count, omit_count;
    struct component_places places; /* none: not made from text */
    size_t blamed;                  /* the place that a failure is about */
    struct chain_shared *shared;
    struct chains_batch *batch; /* the one in hand, while each() or many() runs */
    const struct chains_batch
        *filling;                     /* the one that next() fills, while that runs; its rows */
    size_t filled_rows, filled_count; /* and records when upstream had it last */
    uint64_t
        elsewhere; /* records taken into other batches than that, and not given by themselves */
    struct chains_stats stats;
    chains_log log;
    void *log_user;
    chains_thread thread;
    void *thread_user;
    uint64_t budget; /* of chains_budget(), on the last of the chain; 0: none */
    uint64_t share;  /* of it, or what it takes by itself */
    uint64_t least;  /* of `share`, what it cannot work without */
    uint64_t batch_share, batch_least; /* the same for the batch of the first of a run */
    uint64_t batch_memory;             /* what that batch held, when it was freed */
    enum component_phase phase;
    int pending;     /* an end or a failure that waits until records before it are out */
    size_t position; /* chains_next(): the record to give next */
    atomic_bool stop, reopen;
    bool measure;
    int code; /* the first failure */
    char error[1024];
};

/* Whether a component feeds branches, takes inputs, or begins a branch. */
bool chain_is_tee(const chains_component *component);
bool chain_is_merge(const chains_component *component);
bool chain_is_outlet(const chains_component *component);

/* CHAINS_OK, or a failure stored in `downstream`, when the kinds of the two disagree. */
int link_kinds(chains_component *downstream, const chains_component *upstream);

/* chains_new() for a component that was made from text, and takes its places, also on failure. */
chains_component *component_new(const struct chains_class *cls, const void *options,
                                struct component_places *places);

/* The place that a failure of a component is about; NULL: none. */
const struct component_place *component_place(const chains_component *component);

/* The component with the failure to speak of, or NULL. */
const chains_component *component_failed(const chains_component *any);

/* Finishes and closes every component of an open run. */
void chain_close(chains_component *last);

/*
 * Opens the components of a run that was prepared, and of the branches of its tees: sinks behind
 * all others. A failure is stored; nothing is open then. A merge opens its inputs by it.
 */
int chain_open(chains_component *last);

/* Begins the threads of the components of all runs. A failure is stored, and the chain closed. */
int chain_start(chains_component *last);

/* The same for the slot `begin`. */
int chain_begin(chains_component *last);

/* For every run of the chain of `last`: kinds, layout, check of each component. */
int chain_prepare(chains_component *last);

/*
 * Divides the budget of the chain among the components of all runs and their batches. A failure is
 * stored in `last`.
 */
int chain_divide(chains_component *last);

/* `memory` and `memory_most` as far as the chain knows: a run's batch is its first component's. */
void chain_memory(const chains_component *component, struct chains_stats *stats);

/* Takes away what chain_prepare() gave, of all runs. */
void chain_unprepare(chains_component *last);

/* Between two batches: calls reopen of every component of all runs. Returns a status. */
int chain_reopen(chains_component *last);

/* The last component of the chain that `any` is in, through tees and merges. */
chains_component *chain_outermost(chains_component *any);

/* Whether the run of `last` is a branch of a tee. */
bool chain_is_owned(const chains_component *last);

/* The next batch that comes out of `last` into its run's batch: as chains_step(), without end. */
int chain_step(chains_component *last);

/* Frees a run from its last component on, whoever it belongs to. */
void chain_free(chains_component *last);

/* What feeds a component: the one upstream of it, or for the outlet of a tee the tee. */
static inline chains_component *chain_above(const chains_component *c)
{
    return c->upstream ? c->upstream : chain_is_outlet(c) ? c->trunk : NULL;
}

/* The last component of the run that begins with `root`. */
chains_component *chain_last(chains_component *root);

/* A new outlet of a tee, the first component of a branch. NULL for want of memory. */
chains_component *tee_outlet(chains_component *tee);

/* Adds a chain to a tee or a merge; false for want of memory. */
bool chain_arm_add(chains_component *trunk, chains_component *arm);

extern const struct chains_class tee_class, merge_class, tee_outlet_class;

/* Copies options by their table, and frees such a copy. NULL for want of memory. */
void *options_copy(const struct chains_class *cls, const void *options);
void options_free(const struct chains_class *cls, void *copy);

#endif
