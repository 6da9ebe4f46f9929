/* SPDX-License-Identifier: MIT */
/*
 * One batch to several branches, in lockstep. In: records. Out: the same, after every branch has
 * had a copy of their rows: a few hundred bytes each, while packet bytes and the lists in the
 * arena are shared and nobody changes them; what a branch adds is in its own rows and arena. A
 * branch is driven until it asks for more than this batch, so that none can fall behind, and the
 * memory is one batch for each.
 */
#include "internal.h"

#include <chains/components.h>

#include <stdlib.h>
#include <string.h>

/* The first component of a branch: what it gives was put there by the tee. */
struct tee_outlet {
    const struct chains_batch *offered; /* NULL: nothing at the moment */
    size_t given;                       /* of its records */
    uint64_t missed;                    /* records that a branch which has ended did not take */
    bool ended;
};

bool chain_is_tee(const chains_component *component)
{
    return component->cls == &tee_class;
}

bool chain_is_outlet(const chains_component *component)
{
    return component->cls == &tee_outlet_class;
}

chains_component *chain_last(chains_component *root)
{
    while (root->downstream)
        root = root->downstream;
    return root;
}

bool chain_arm_add(chains_component *trunk, chains_component *arm)
{
    struct chain_arms *arms = &trunk->arms;
    chains_component **at = realloc(arms->at, (arms->count + 1) * sizeof *at);
    if (!at)
        return false;
    arms->at = at;
    arms->at[arms->count++] = arm;
    return true;
}

chains_component *tee_outlet(chains_component *tee)
{
    chains_component *outlet = chains_new(&tee_outlet_class, NULL);
    if (outlet && chain_arm_add(tee, outlet)) {
        outlet->trunk = tee;
        return outlet;
    }
    if (outlet)
        chain_free(outlet);
    return NULL;
}

static int tee_outlet_next(chains_component *self, struct chains_batch *out)
{
    struct tee_outlet *outlet = chains_state(self);
    const struct chains_batch *offered = outlet->offered;
    if (outlet->ended)
        return CHAINS_END;
    if (!offered)
        return CHAINS_IDLE;
    while (outlet->given < offered->count) {
        struct chains_record *rec = chains_batch_add(out);
        if (!rec)
            return CHAINS_OK; /* a smaller batch: the rest comes next */
        memcpy(rec, offered->live[outlet->given++], out->layout->row_size);
    }
    outlet->offered = NULL;
    return CHAINS_OK;
}

/* What the source has counted, for who walks a branch up to its beginning. */
static void tee_outlet_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct tee_outlet *outlet = chains_state(self);
    struct chains_stats source = { .size = sizeof source };
    const chains_component *root = self->trunk;
    for (const chains_component *above; (above = chain_above(root));)
        root = above;
    chains_stats(root, &source);
    stats->bytes = source.bytes;
    stats->bytes_total = source.bytes_total;
    stats->kernel_received = source.kernel_received;
    stats->kernel_dropped = source.kernel_dropped;
    stats->interface_dropped = source.interface_dropped;
    stats->dropped = outlet->missed;
    stats->in = stats->out + stats->dropped;
}

const struct chains_class tee_outlet_class = {
    .name = "tee",
    .brief = "the beginning of a branch",
    .role = CHAINS_SOURCE,
    .state_size = sizeof(struct tee_outlet),
    .next = tee_outlet_next,
    .stats = tee_outlet_stats,
};

/* Drives a branch until it has taken everything; one that ends is closed at once. */
static void tee_drive(chains_component *tee, chains_component *outlet)
{
    chains_component *last = chain_last(outlet);
    int status;
    if (last->phase != COMPONENT_OPEN)
        return;
    do
        status = chain_step(last);
    while (status == CHAINS_OK);
    if (status == CHAINS_IDLE)
        return;
    chain_close(last);
    if (chains_error_code(last) < 0 && chains_error_code(last) != CHAINS_EPIPE)
        chains_warn(tee, "a branch has ended: %s", chains_error(last));
}

/* CHAINS_OK while a branch is open; else their failure, or CHAINS_END: nobody is left to read for. */
static int tee_status(chains_component *tee)
{
    int code = CHAINS_END;
    for (size_t i = 0; i < tee->arms.count; i++) {
        const chains_component *last = chain_last(tee->arms.at[i]);
        if (last->phase == COMPONENT_OPEN)
            return CHAINS_OK;
        if (code >= 0 || code == CHAINS_EPIPE)
            code = chains_error_code(last) < 0 ? chains_error_code(last) : code;
    }
    return code < 0 ? chains_fail(tee, code, "every branch has ended") : code;
}

static int tee_many(chains_component *self, struct chains_batch *batch)
{
    for (size_t i = 0; i < self->arms.count; i++) {
        struct tee_outlet *outlet = chains_state(self->arms.at[i]);
        outlet->offered = batch;
        outlet->given = 0;
        tee_drive(self, self->arms.at[i]);
        outlet->missed += batch->count - outlet->given;
        outlet->offered = NULL;
    }
    return tee_status(self);
}

static int tee_idle(chains_component *self)
{
    for (size_t i = 0; i < self->arms.count; i++)
        tee_drive(self, self->arms.at[i]);
    return tee_status(self);
}

/* Not so where opening has failed half-way. */
static bool tee_branch_is_open(const chains_component *last)
{
    while (last && last->phase == COMPONENT_OPEN)
        last = last->upstream;
    return !last;
}

/* The records are at their end: the branches too. */
static int tee_finish(chains_component *self)
{
    int code = CHAINS_OK;
    for (size_t i = 0; i < self->arms.count; i++) {
        struct tee_outlet *outlet = chains_state(self->arms.at[i]);
        outlet->ended = true;
        if (tee_branch_is_open(chain_last(self->arms.at[i])))
            tee_drive(self, self->arms.at[i]);
        int branch = chains_error_code(chain_last(self->arms.at[i]));
        code = code && code != CHAINS_EPIPE ? code : branch;
    }
    return code < 0 ? chains_fail(self, code, "a branch has failed") : CHAINS_OK;
}

static void tee_close(chains_component *self)
{
    for (size_t i = 0; i < self->arms.count; i++)
        chain_close(chain_last(self->arms.at[i]));
}

static const struct chains_field tee_options[] = { CHAINS_FIELDS_END };

const struct chains_class tee_class = {
    .name = "tee",
    .brief = "give each record to several branches: tee [ CHAIN ] [ CHAIN ]",
    .role = CHAINS_SINK,
    .options_size = sizeof(struct chains_tee_options),
    .options = tee_options,
    .many = tee_many,
    .idle = tee_idle,
    .finish = tee_finish,
    .close = tee_close,
};

chains_component *chains_tee_new(const struct chains_tee_options *options)
{
    return chains_new(&tee_class, options);
}
