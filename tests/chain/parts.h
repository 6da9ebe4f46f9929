/* SPDX-License-Identifier: MIT */
#ifndef PARTS_H
#define PARTS_H

/* Components for tests of the core: a source that follows a script, a link, a sink that counts. */
#include <chains/component.h>

#include <stdlib.h>

/* What the source does at each call: gives records, idles, ends, fails (with records before). */
struct script {
    size_t size;
    const char
        *steps; /* '1'-'9' so many records; i idle; e end; f fail; F 2 records and fail */
    const int *open_counter;
};

struct script_state {
    size_t at;
    uint64_t number;
    int opened, closed;
};

static int script_next(chains_component *self, struct chains_batch *out)
{
    const struct script *script = chains_options(self);
    struct script_state *state = chains_state(self);
    char step = script->steps[state->at];
    if (step)
        state->at++;
    int count = step >= '1' && step <= '9' ? step - '0' : step == 'F' || step == 'E' ? 2 : 0;
    for (int i = 0; i < count; i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->number = ++state->number;
        rec->time_ns = (int64_t)rec->number * 1000000000;
        rec->wire_len = (uint32_t)rec->number * 100;
        rec->bytes = rec->rest = (struct chains_bytes){ NULL, 0 };
    }
    if (step == 'i')
        return CHAINS_IDLE;
    if (step == 'f' || step == 'F')
        return chains_fail(self, CHAINS_EIO, "the script says so");
    if (step == 'e' || step == 'E' || !step)
        return CHAINS_END;
    if (step == 's')
        return -9;
    return CHAINS_OK;
}

static int script_open(chains_component *self)
{
    struct script_state *state = chains_state(self);
    const struct script *script = chains_options(self);
    state->opened++;
    return script->steps[0] == 'o' ? chains_fail(self, CHAINS_EPERM, "cannot be opened")
                                   : CHAINS_OK;
}

static const struct chains_field script_fields[] = {
    CHAINS_FIELD(script, steps, TEXT, "what to do"),
    CHAINS_FIELDS_END,
};

static const struct chains_class script_class = {
    .name = "script",
    .brief = "follow a script",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct script_state),
    .options_size = sizeof(struct script),
    .options = script_fields,
    .open = script_open,
    .next = script_next,
};

/* Counts what passes, and what is called. */
struct counted {
    uint64_t records, sum, idles, finished, closed, opened;
};

static struct counted counted;

static int count_open(chains_component *self)
{
    (void)self;
    counted.opened++;
    return CHAINS_OK;
}

static int count_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    counted.records++;
    counted.sum += rec->number;
    return CHAINS_KEEP;
}

static int count_idle(chains_component *self)
{
    (void)self;
    counted.idles++;
    return CHAINS_OK;
}

static int count_finish(chains_component *self)
{
    (void)self;
    counted.finished++;
    return CHAINS_OK;
}

static void count_close(chains_component *self)
{
    (void)self;
    counted.closed++;
}

static const struct chains_class count_class = {
    .name = "count",
    .brief = "count records",
    .role = CHAINS_SINK,
    .takes = CHAINS_PACKETS,
    .open = count_open,
    .each = count_each,
    .idle = count_idle,
    .finish = count_finish,
    .close = count_close,
};

/* Drops every record of an even number; fails at number 5 when it is told to. */
struct odd {
    size_t size;
    bool fails;
};

static int odd_each(chains_component *self, struct chains_record *rec)
{
    const struct odd *odd = chains_options(self);
    if (odd->fails && rec->number == 5)
        return chains_fail(self, CHAINS_EFORMAT, "five is too much");
    return rec->number % 2 ? CHAINS_KEEP : CHAINS_DROP;
}

static const struct chains_class odd_class = {
    .name = "odd",
    .brief = "keep odd numbers",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct odd),
    .each = odd_each,
};

static inline chains_component *script_new(const char *steps)
{
    return chains_new(&script_class,
                      &(const struct script){ sizeof(struct script), steps, NULL });
}

static inline chains_component *count_new(void)
{
    counted = (struct counted){ 0 };
    return chains_new(&count_class, NULL);
}

static inline chains_component *odd_new(bool fails)
{
    return chains_new(&odd_class, &(const struct odd){ sizeof(struct odd), fails });
}

#endif
