/* SPDX-License-Identifier: MIT */
/*
 * One JSON object for each record, on a line of its own; docs/schema.json describes it. Of the layers all
 * or those that were named are shown; a record without any of them has its line all the same.
 */
#include "../render/columns.h"
#include "../render/json_record.h"

#include "../record/batch.h"

#include <string.h>

struct json_lines {
    struct output output; /* first: the slots of output.h find it there */
    struct json_record record;
};

static const struct chains_field json_lines_options[] = {
    OUTPUT_OPTIONS(chains_json_lines_options),
    CHAINS_FIELD(chains_json_lines_options, layers, TEXT,
                 "layers to show beside number, timestamp, len and caplen, with "
                 "commas between: packet,transport,dns; without it all"),
    CHAINS_FIELDS_END,
};

/* The types of the layers that were named. */
static int json_lines_named(chains_component *self, const char *layers, uint64_t *types)
{
    struct columns columns;
    int status = columns_open(&columns, self, "layers", layers);
    *types = 0;
    for (size_t i = 0; status == CHAINS_OK && i < columns.count; i++) {
        const struct column *named = &columns.at[i];
        *types |= named->path.bits;
        if (named->path.record || memchr(named->name, '.', named->len))
            status = chains_fail(chains_about(self, "layers", 0), CHAINS_EUSAGE,
                                 "\"%.*s\" is no layer but a field, which the sink `fields` "
                                 "shows; layers=packet,transport",
                                 (int)(named->len < 64 ? named->len : 64), named->name);
    }
    columns_close(&columns);
    return status;
}

/* Those that are to be shown. */
static int json_lines_types(chains_component *self, uint64_t *types)
{
    const struct chains_json_lines_options *options = chains_options(self);
    *types = UINT64_MAX;
    if (!options->layers)
        return CHAINS_OK;
    if (columns_number(options->layers) == 0)
        return chains_fail(chains_about(self, "layers", 0), CHAINS_EUSAGE,
                           "which layers? For example layers=packet,transport");
    return json_lines_named(self, options->layers, types);
}

static int json_lines_check(chains_component *self)
{
    uint64_t types;
    return json_lines_types(self, &types);
}

static void json_lines_close(chains_component *self)
{
    struct json_lines *json = chains_state(self);
    json_record_close(&json->record);
    output_close(&json->output);
}

static int json_lines_open(chains_component *self)
{
    struct json_lines *json = chains_state(self);
    const struct chains_json_lines_options *options = chains_options(self);
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    uint64_t types;
    int status = json_lines_types(self, &types);
    if (status == CHAINS_OK)
        status = json_record_open(&json->record, self, &json->output, types);
    if (status == CHAINS_OK)
        status = output_open(&json->output, self, &target);
    if (status < 0)
        json_lines_close(self);
    return status;
}

static int json_lines_many(chains_component *self, struct chains_batch *batch)
{
    struct json_lines *json = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        int status = json_record_write(&json->record, self, batch->live[i]);
        if (status < 0) {
            batch->count = i; /* what was not written is not passed on */
            return status;
        }
        output_put(&json->output, text_literal(output_room(&json->output, 1), "\n"));
        output_commit(&json->output);
    }
    return output_end(&json->output);
}

const struct chains_class json_lines_class = {
    .name = "json_lines",
    .brief = "print one JSON object for each record",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct json_lines),
    .options_size = sizeof(struct chains_json_lines_options),
    .options = json_lines_options,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .check = json_lines_check,
    .open = json_lines_open,
    .access = output_slot_access,
    .many = json_lines_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = json_lines_close,
};

chains_component *chains_json_lines_new(const struct chains_json_lines_options *options)
{
    return chains_new(&json_lines_class, options);
}
