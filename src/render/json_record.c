/* SPDX-License-Identifier: MIT */
/*
 * A record as one JSON object. In: a record with any layers. Out: number (of a packet, or of the
 * one it is about), timestamp, of a packet len and caplen, flags where there are any, then one
 * member for each layer, by slot. A layer whose table has one field called like its slot is that
 * field's value.
 */
#include "json_record.h"

#include <stdlib.h>
#include <string.h>

#include "../record/layout.h"

enum { JSON_PREFIX = 64 };

/* What is written before the fields of a layer of one type. */
struct json_layer {
    char prefix[JSON_PREFIX]; /* `,"packet":{"type":"IP"` */
    uint8_t prefix_len;
    bool bare; /* `,"tags":` and the value */
    bool open; /* the prefix leaves the opening brace to the members */
    struct json_table *table;
};

const struct chains_name *json_record_flag_names(void)
{
    return chains_field_find(chains_record_fields, "flags")->names;
}

/* What is written before the fields of a layer, and its table. Returns a status. */
static int json_prepare(struct json_layer *layer, const struct chains_layer_type *type)
{
    size_t slot_len = strlen(type->slot), name_len = strlen(type->name);
    if (slot_len + name_len + 20 > JSON_PREFIX || !json_is_plain(type->slot) ||
        !json_is_plain(type->name))
        return CHAINS_EUSAGE;
    int status = json_table_new(type->fields, JSON_DEPTH, &layer->table);
    layer->bare = layer_is_bare(type);
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

int json_record_open(struct json_record *json, chains_component *self, struct output *output,
                     uint64_t types)
{
    json->types = types;
    json->writer.output = output;
    json->layers = calloc(CHAINS_IDS, sizeof *json->layers);
    return json->layers ? CHAINS_OK
                        : chains_fail(self, CHAINS_EMEM, "no memory for the tables");
}

void json_record_close(struct json_record *json)
{
    for (size_t i = 0; json->layers && i < CHAINS_IDS; i++)
        json_table_free(json->layers[i].table);
    free(json->layers);
    json->layers = NULL;
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

static int json_layers(struct json_record *json, chains_component *self,
                       const struct chains_record *rec)
{
    struct json_writer *writer = &json->writer;
    for (uint64_t bits = rec->present & json->types; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        struct json_layer *layer = &json->layers[id];
        const struct chains_layer_type *type = rec->layout->type[id];
        const char *base = (const char *)rec + rec->layout->offset[rec->layout->slot_of[id]];
        int status = layer->table ? CHAINS_OK : json_prepare(layer, type);
        if (status < 0)
            return json_unprepared(self, type, status);
        char *out = output_room(writer->output, JSON_PREFIX + JSON_MEMBERS);
        memcpy(out, layer->prefix, JSON_PREFIX);
        out += layer->prefix_len;
        if (!layer->bare)
            out = json_members_at(writer, out, layer->table, base, layer->open);
        output_put(writer->output, out);
        if (layer->bare)
            json_value(writer, &layer->table->cells[0], base);
    }
    return CHAINS_OK;
}

static char *json_record_head(struct json_record *json, char *out,
                              const struct chains_record *rec)
{
    if (rec->number)
        out = text_u64(text_literal(out, "{\"number\":"), rec->number);
    out = rec->number ? text_literal(out, ",\"timestamp\":\"")
                      : text_literal(out, "{\"timestamp\":\"");
    out = text_time(out, &json->writer.clock, rec->time_ns,
                    rec->flags & CHAINS_NANOSECONDS ? 9 : 6, 'T');
    *out++ = '"';
    if (rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS)) {
        out = text_u64(text_literal(out, ",\"len\":"), rec->wire_len);
        out = text_u64(text_literal(out, ",\"caplen\":"), rec->bytes.len);
    }
    char *begin = out;
    unsigned flags = rec->flags & ~(unsigned)CHAINS_NANOSECONDS;
    if (!flags)
        return out;
    out = text_literal(out, ",\"flags\":[");
    const char *first = out;
    for (const struct chains_name *flag = json_record_flag_names(); flag->name; flag++) {
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

int json_record_write(struct json_record *json, chains_component *self,
                      const struct chains_record *rec)
{
    struct output *output = json->writer.output;
    char *out = output_room(output, OUTPUT_ROOM);
    output_put(output, json_record_head(json, out, rec));
    json->writer.rec = rec;
    int status = json_layers(json, self, rec);
    if (status < 0)
        return status;
    out = output_room(output, OUTPUT_ROOM);
    *out++ = '}';
    output_put(output, out);
    return CHAINS_OK;
}
