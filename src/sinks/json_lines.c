/* SPDX-License-Identifier: MIT */
/* One JSON object for each record, on a line of its own; docs/schema.json describes it. */
#include "../render/json_record.h"

#include "../record/batch.h"

struct json_lines {
    struct output output; /* first: the slots of output.h find it there */
    struct json_record record;
};

static const struct chains_field json_lines_options[] = {
    OUTPUT_OPTIONS(chains_json_lines_options),
    CHAINS_FIELDS_END,
};

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
    int status = json_record_open(&json->record, self, &json->output);
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
        output_text(&json->output, "\n", 1);
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
