/* SPDX-License-Identifier: MIT */
/*
 * One JSON object for each record, on a line of its own; docs/schema.json describes it. In: a
 * record with any layers. Out: number, timestamp, len, caplen, flags where there are any, then
 * one member for each layer, by slot. A layer whose table has one field called like its slot is
 * that field's value.
 */
#include "json_layer.h"
#include "json_record.h"
#include "words.h"

#include <stdlib.h>
#include "../record/batch.h"

enum { JSON_PREFIX = 64 };

/* What is written before the fields of a layer of one type. */
struct json_layer {
    char prefix[JSON_PREFIX]; /* `,"packet":{"type":"IP"` */
    uint8_t prefix_len;
    bool bare; /* `,"tags":` and the value */
    bool open; /* the prefix leaves the opening brace to the members */
    struct json_table *table;
};

struct json_lines {
    struct output output;
    struct json_writer writer;
    struct json_layer *layers; /* by type number; table NULL: not prepared */
    size_t layer_count;
};

static const struct chains_field json_lines_options[] = {
    CHAINS_FIELD(chains_json_lines_options, out, HANDLE, "where to write"),
    CHAINS_FIELD(chains_json_lines_options, flush, NAMED, "when to write: block or line",
                 .names = words_flush),
    CHAINS_FIELDS_END,
};

/* What is written before the fields of a layer, and its table. Returns a status. */
static int json_prepare(struct json_layer *layer, const struct chains_layer_type *type)
{
    size_t slot_len = strlen(type->slot), name_len = strlen(type->name);
    if (slot_len + name_len + 20 > JSON_PREFIX || !json_is_plain(type->slot) ||
        !json_is_plain(type->name))
        return CHAINS_EUSAGE;
    int status = json_table_new(type->fields, JSON_DEPTH, &layer->table);
    layer->bare = json_record_is_bare(type);
    layer->open = strcmp(type->slot, type->name) == 0;
    char *out = text_literal(layer->prefix, ",\"");
    out = text_copy(out, type->slot, slot_len);
    out = text_literal(out, "\":");
    if (!layer->bare && !layer->open) {
        out = text_literal(out, "{\"type\":\"");
        out = text_copy(out, type->name, name_len);
        *out++ = '"';
    }
    layer->prefix_len = (uint8_t)(out - layer->prefix);
    return status;
}

static void json_lines_close(chains_component *self)
{
    struct json_lines *json = chains_state(self);
    for (size_t i = 0; i < json->layer_count; i++)
        json_table_free(json->layers[i].table);
    free(json->layers);
    json->layers = NULL;
    json->layer_count = 0;
    output_close(&json->output);
}

static int json_lines_open(chains_component *self)
{
    struct json_lines *json = chains_state(self);
    const struct chains_json_lines_options *options = chains_options(self);
    json->writer.output = &json->output;
    json->layer_count = CHAINS_IDS;
    json->layers = calloc(json->layer_count, sizeof *json->layers);
    if (!json->layers)
        return chains_fail(self, CHAINS_EMEM, "no memory for the tables");
    int status = output_open(&json->output, self, options->out, options->flush, "\n");
    if (status < 0)
        json_lines_close(self);
    return status;
}

static int json_unprepared(chains_component *self, const struct chains_layer_type *type,
                           int status)
{
    if (status == CHAINS_EMEM)
        return chains_fail(self, status, "no memory for the table of layer %.32s", type->slot);
    return chains_fail(self, status,
                       "layer %.32s has names that JSON cannot show as they are, names of more "
                       "than %d bytes, or more than %d fields",
                       type->slot, JSON_CELL - 4, JSON_FIELDS);
}

static int json_layers(chains_component *self, const struct chains_record *rec)
{
    struct json_lines *json = chains_state(self);
    struct json_writer *writer = &json->writer;
    for (uint64_t bits = rec->present; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        struct json_layer *layer = &json->layers[id];
        const struct chains_layer_type *type = rec->layout->type[id];
        const char *base = (const char *)rec + rec->layout->offset[rec->layout->slot_of[id]];
        int status = layer->table ? CHAINS_OK : json_prepare(layer, type);
        if (status < 0)
            return json_unprepared(self, type, status);
        char *out = output_room(&json->output, OUTPUT_ROOM);
        memcpy(out, layer->prefix, JSON_PREFIX);
        output_put(&json->output, out + layer->prefix_len);
        if (layer->bare)
            json_value(writer, &layer->table->cells[0], base);
        else
            json_members(writer, layer->table, base, layer->open);
    }
    return CHAINS_OK;
}

static char *json_record_head(struct json_lines *json, char *out,
                              const struct chains_record *rec)
{
    out = text_u64(text_literal(out, "{\"number\":"), rec->number);
    out = text_literal(out, ",\"timestamp\":\"");
    out = text_time(out, &json->writer.clock, rec->time_ns,
                    rec->flags & CHAINS_NANOSECONDS ? 9 : 6, 'T');
    out = text_u64(text_literal(out, "\",\"len\":"), rec->wire_len);
    out = text_u64(text_literal(out, ",\"caplen\":"), rec->bytes.len);
    char *begin = out;
    unsigned flags = rec->flags & ~(unsigned)CHAINS_NANOSECONDS;
    if (!flags)
        return out;
    out = text_literal(out, ",\"flags\":[");
    const char *first = out;
    for (const struct chains_name *flag = json_record_flags; flag->name; flag++) {
        if (!(flags & flag->value))
            continue;
        *out++ = '"';
        out = text_copy(out, flag->name, strlen(flag->name));
        out = text_literal(out, "\",");
    }
    if (out == first)
        return begin; /* bits of somebody else's */
    out[-1] = ']';
    return out;
}

static int json_lines_many(chains_component *self, struct chains_batch *batch)
{
    struct json_lines *json = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_record *rec = batch->live[i];
        char *out = output_room(&json->output, OUTPUT_ROOM);
        output_put(&json->output, json_record_head(json, out, rec));
        json->writer.rec = rec;
        int status = json_layers(self, rec);
        if (status < 0)
            return status;
        out = output_room(&json->output, OUTPUT_ROOM);
        output_put(&json->output, text_literal(out, "}\n"));
        output_commit(&json->output);
    }
    return output_end(&json->output);
}

static int json_lines_flush(chains_component *self)
{
    struct json_lines *json = chains_state(self);
    return output_flush(&json->output);
}

static const struct chains_class json_lines_class = {
    .name = "json_lines",
    .brief = "print one JSON object for each record",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct json_lines),
    .options_size = sizeof(struct chains_json_lines_options),
    .options = json_lines_options,
    .open = json_lines_open,
    .many = json_lines_many,
    .idle = json_lines_flush,
    .finish = json_lines_flush,
    .close = json_lines_close,
};

chains_component *chains_json_lines_new(const struct chains_json_lines_options *options)
{
    return chains_new(&json_lines_class, options);
}
