/* SPDX-License-Identifier: MIT */
/*
 * Several chains as one, by time stamp. In: the records of each input, a batch at a time. Out:
 * copies of their rows, their packets numbered anew, and with them events about them; the bytes stay
 * where they are, so that an input is pulled again only when nobody uses its batch any more. What is
 * not in order inside one input stays so.
 */
#include "internal.h"

#include <chains/components.h>

#include <stdlib.h>
#include <string.h>

enum { MERGE_KNOWN = 1024 /* latest packets of each input whose new numbers are known */ };

struct merge_number {
    uint64_t before, now; /* in the input, and as given */
};

struct merge_input {
    chains_component *last;
    size_t at; /* the next record of its batch */
    bool ended;
    struct merge_number known[MERGE_KNOWN]; /* by the last bits of `before` */
};

struct merge {
    struct merge_input *input;
    struct chains_prefix *local;
    struct chains_addr *broadcast;
    struct chains_input *inputs;
    const struct chains_secrets **secrets;
    uint64_t number;
};

bool chain_is_merge(const chains_component *component)
{
    return component->cls == &merge_class;
}

static bool merge_input_is_empty(const struct merge_input *input)
{
    return input->at >= input->last->shared->batch->count;
}

/*
 * The next batch of an input. An interface may have none; a file is asked until it has. One that
 * fails ends, the others go on; its failure is the chain's at the end.
 */
static void merge_fill(chains_component *self, struct merge_input *input)
{
    int status;
    do
        status = chain_step(input->last);
    while (status == CHAINS_IDLE && !input->last->shared->source.live &&
           !chains_stopping(self));
    input->at = 0;
    if (status == CHAINS_OK)
        return;
    input->last->shared->batch->count = 0;
    input->ended = status != CHAINS_IDLE;
    if (status < 0)
        chains_warn(self, "an input has ended: %s", chains_error(input->last));
}

/* The input whose next record is the oldest; of equals the first. NULL: none has one. */
static struct merge_input *merge_oldest(const chains_component *self)
{
    const struct merge *merge = chains_state(self);
    struct merge_input *oldest = NULL;
    int64_t least = 0;
    for (size_t i = 0; i < self->arms.count; i++) {
        struct merge_input *input = &merge->input[i];
        if (merge_input_is_empty(input))
            continue;
        int64_t time_ns = input->last->shared->batch->live[input->at]->time_ns;
        if (!oldest || time_ns < least) {
            oldest = input;
            least = time_ns;
        }
    }
    return oldest;
}

/* The number of a record: a packet's is new, that of an event is its packet's, or 0. */
static uint64_t merge_number(struct merge *merge, struct merge_input *input,
                             const struct chains_record *rec)
{
    struct merge_number *known = &input->known[rec->number % MERGE_KNOWN];
    if (rec->kind == CHAINS_PACKETS || rec->kind == CHAINS_STREAMS) {
        *known = (struct merge_number){ rec->number, ++merge->number };
        return known->now;
    }
    return rec->number && known->before == rec->number ? known->now : 0;
}

static void merge_give(struct merge *merge, struct merge_input *input,
                       struct chains_record *rec)
{
    const struct chains_batch *batch = input->last->shared->batch;
    memcpy(rec, batch->live[input->at++], batch->layout->row_size);
    rec->number = merge_number(merge, input, rec);
}

/* Fills every input that is empty. Gives CHAINS_END when all have ended. */
static int merge_fill_all(chains_component *self)
{
    struct merge *merge = chains_state(self);
    bool open = false;
    for (size_t i = 0; i < self->arms.count; i++) {
        struct merge_input *input = &merge->input[i];
        if (!input->ended && merge_input_is_empty(input))
            merge_fill(self, input);
        open = open || !input->ended || !merge_input_is_empty(input);
    }
    return open ? CHAINS_OK : CHAINS_END;
}

static int merge_next(chains_component *self, struct chains_batch *out)
{
    struct merge *merge = chains_state(self);
    int status = merge_fill_all(self);
    if (status != CHAINS_OK)
        return status;
    while (out->count < out->capacity) {
        struct merge_input *input = merge_oldest(self);
        if (!input)
            break;
        merge_give(merge, input, chains_batch_add(out));
        self->stats.in++;
        self->elsewhere++;
        if (merge_input_is_empty(input) && !input->ended)
            break; /* its next record may be older than what the others have */
    }
    return out->count > 0 ? CHAINS_OK : CHAINS_IDLE;
}

static void merge_close(chains_component *self)
{
    struct merge *merge = chains_state(self);
    for (size_t i = 0; i < self->arms.count; i++)
        if (self->arms.at[i]->phase == COMPONENT_OPEN)
            chain_close(self->arms.at[i]);
    free(merge->input);
    free(merge->local);
    free(merge->broadcast);
    free(merge->inputs);
    free(merge->secrets);
    *merge = (struct merge){ .number = merge->number };
}

/* What the sources of the inputs have said, together. */
static int merge_announce(chains_component *self)
{
    struct merge *merge = chains_state(self);
    struct chains_source_info all = { .live = false };
    for (size_t i = 0; i < self->arms.count; i++) {
        all.local_count += self->arms.at[i]->shared->source.local_count;
        all.broadcast_count += self->arms.at[i]->shared->source.broadcast_count;
        all.input_count += self->arms.at[i]->shared->source.input_count;
        all.secrets_count += self->arms.at[i]->shared->source.secrets_count;
    }
    merge->local = calloc(all.local_count + 1, sizeof *merge->local);
    merge->broadcast = calloc(all.broadcast_count + 1, sizeof *merge->broadcast);
    merge->inputs = calloc(all.input_count + 1, sizeof *merge->inputs);
    merge->secrets = calloc(all.secrets_count + 1, sizeof *merge->secrets);
    if (!merge->local || !merge->broadcast || !merge->inputs || !merge->secrets)
        return chains_fail(self, CHAINS_EMEM, "no memory for the inputs");
    all.local_count = all.broadcast_count = all.input_count = all.secrets_count = 0;
    for (size_t i = 0; i < self->arms.count; i++) {
        const struct chains_source_info *one = &self->arms.at[i]->shared->source;
        all.live = all.live || one->live;
        for (size_t j = 0; j < one->local_count; j++)
            merge->local[all.local_count++] = one->local[j];
        for (size_t j = 0; j < one->broadcast_count; j++)
            merge->broadcast[all.broadcast_count++] = one->broadcast[j];
        for (size_t j = 0; j < one->input_count; j++)
            merge->inputs[all.input_count++] = one->inputs[j];
        for (size_t j = 0; j < one->secrets_count; j++)
            merge->secrets[all.secrets_count++] = one->secrets[j];
    }
    all.local = merge->local;
    all.broadcast = merge->broadcast;
    all.inputs = merge->inputs;
    all.secrets = merge->secrets;
    chains_announce(self, &all);
    return CHAINS_OK;
}

static int merge_open(chains_component *self)
{
    struct merge *merge = chains_state(self);
    int status = CHAINS_OK;
    merge->input = calloc(self->arms.count, sizeof *merge->input);
    if (!merge->input)
        return chains_fail(self, CHAINS_EMEM, "no memory for the inputs");
    for (size_t i = 0; i < self->arms.count && status == CHAINS_OK; i++) {
        merge->input[i].last = self->arms.at[i];
        status = chain_open(self->arms.at[i]);
        if (status < 0)
            chains_fail(self, status, "%s", chains_error(self->arms.at[i]));
    }
    if (status == CHAINS_OK)
        status = merge_announce(self);
    if (status < 0)
        merge_close(self);
    return status;
}

/* Also the inputs' last words count. */
static int merge_finish(chains_component *self)
{
    const struct merge *merge = chains_state(self);
    int code = CHAINS_OK;
    for (size_t i = 0; i < self->arms.count; i++) {
        if (!merge_input_is_empty(
                &merge->input[i])) { /* what is in hand is not given any more */
            size_t left = self->arms.at[i]->shared->batch->count - merge->input[i].at;
            self->stats.in += left;
            self->elsewhere += left;
            merge->input[i].at += left;
        }
        if (self->arms.at[i]->phase == COMPONENT_OPEN)
            chain_close(self->arms.at[i]);
        code = code ? code : chains_error_code(self->arms.at[i]);
    }
    return code < 0 ? chains_fail(self, code, "an input has failed") : CHAINS_OK;
}

static const struct chains_field merge_options[] = { CHAINS_FIELDS_END };

const struct chains_class merge_class = {
    .name = "merge",
    .brief = "several chains as one, in time order: merge [ CHAIN ] [ CHAIN ]",
    .role = CHAINS_SOURCE,
    .state_size = sizeof(struct merge),
    .options_size = sizeof(struct chains_merge_options),
    .options = merge_options,
    .open = merge_open,
    .next = merge_next,
    .finish = merge_finish,
    .close = merge_close,
};

chains_component *chains_merge_new(const struct chains_merge_options *options)
{
    return chains_new(&merge_class, options);
}
