/* SPDX-License-Identifier: MIT */
/*
 * The records that an expression holds for. In: records. Out: those of them, in order. Kept: what
 * is wrong with the expression is said before the first record; while records pass nothing fails,
 * and a list that cannot be read again stays as it was.
 */
#include <chains/component.h>
#include <chains/components.h>

#include <string.h>

#include "../expression/expression.h"
#include "../record/batch.h"

struct where {
    struct expression *expression;
    size_t memory; /* as it was when it closed */
    uint64_t limited;
};

static struct expression *where_compile(chains_component *self, bool load, int *failure)
{
    const struct chains_where_options *options = chains_options(self);
    char error[EXPRESSION_ERROR];
    int status = CHAINS_OK;
    struct expression *expression =
        expression_new(self, options->expression, load, &status, error, sizeof error);
    *failure = expression
                   ? CHAINS_OK
                   : chains_fail(chains_about(self, "expression", 0), status, "%s", error);
    return expression;
}

static int where_create(chains_component *self)
{
    const struct chains_where_options *options = chains_options(self);
    if (options->expression && options->expression[strspn(options->expression, " \t\r\n")])
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "needs an expression, for example where 'transport.dport == 53'");
}

static int where_check(chains_component *self)
{
    int failure;
    expression_free(where_compile(self, false, &failure));
    return failure;
}

static int where_open(chains_component *self)
{
    struct where *where = chains_state(self);
    int failure;
    where->expression = where_compile(self, true, &failure);
    return failure;
}

static int where_many(chains_component *self, struct chains_batch *batch)
{
    const struct where *where = chains_state(self);
    const struct expression *expression = where->expression;
    size_t kept = 0;
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        batch->live[kept] = rec;
        kept += expression_holds(expression, rec);
    }
    batch->count = kept;
    return CHAINS_OK;
}

static int where_reopen(chains_component *self)
{
    const struct where *where = chains_state(self);
    char error[EXPRESSION_ERROR];
    if (expression_reload(where->expression, error, sizeof error) < 0)
        chains_warn(self, "%.*s; the list stays as it was", (int)strcspn(error, "\n"), error);
    return CHAINS_OK;
}

static void where_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct where *where = chains_state(self);
    expression_files(where->expression, tell, user);
}

static void where_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct where *where = chains_state(self);
    const struct expression *expression = where->expression;
    stats->memory = expression ? expression_memory(expression) : where->memory;
    stats->memory_most = stats->memory; /* the user's: it does not grow with the traffic */
    stats->limited += expression ? expression_limited(expression) : where->limited;
}

static void where_close(chains_component *self)
{
    struct where *where = chains_state(self);
    where->memory = expression_memory(where->expression);
    where->limited = expression_limited(where->expression);
    expression_free(where->expression);
    where->expression = NULL;
}

static const struct chains_field where_options[] = {
    CHAINS_FIELD(chains_where_options, expression, TEXT,
                 "what holds for the records to keep, as in 'transport.dport == 53'",
                 .bare = 1),
    CHAINS_FIELDS_END,
};

const struct chains_class where_class = {
    .name = "where",
    .brief = "keep the records that an expression holds for",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct where),
    .options_size = sizeof(struct chains_where_options),
    .options = where_options,
    .create = where_create,
    .check = where_check,
    .open = where_open,
    .many = where_many,
    .reopen = where_reopen,
    .access = where_access,
    .close = where_close,
    .stats = where_stats,
};

chains_component *chains_where_new(const struct chains_where_options *options)
{
    return chains_new(&where_class, options);
}
