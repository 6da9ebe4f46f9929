/* SPDX-License-Identifier: MIT */
/*
 * The JSON Schema of json_lines. In: layer types. Out: a schema made from the same field tables
 * that the sink prints by, so that neither can drift from the other.
 */
#include "json_schema.h"
#include "json_record.h"

#include <string.h>

#include "../record/layout.h"

enum { SCHEMA_DEPTH = 4 };

static void schema_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void schema_names(FILE *out, const struct chains_name *names)
{
    fputs("{\"enum\": [", out);
    for (const struct chains_name *name = names; name->name; name++) {
        fputs(name == names ? "" : ", ", out);
        schema_text(out, name->name);
    }
    fputs("]}", out);
}

/* A number that may be shown by its name. */
static void schema_named(FILE *out, const struct chains_name *names)
{
    if (!names) {
        fputs("{\"type\": \"integer\", \"minimum\": 0}", out);
        return;
    }
    fputs("{\"anyOf\": [", out);
    schema_names(out, names);
    fputs(", {\"type\": \"integer\", \"minimum\": 0}]}", out);
}

static void schema_object(FILE *out, const struct chains_field *fields, const char *type,
                          unsigned depth);

static void schema_array_of(FILE *out, const struct chains_field *field, unsigned depth)
{
    fputs("{\"type\": \"array\", \"items\": ", out);
    if (field->type == CHAINS_ARRAY || field->type == CHAINS_NUMBERS)
        schema_named(out, field->names);
    else if (field->type == CHAINS_FLAGS)
        schema_names(out, field->names);
    else if (field->type == CHAINS_LIST)
        schema_object(out, field->fields, NULL, depth - 1);
    else
        fputs("{\"type\": \"string\"}", out);
    fputs("}", out);
}

static void schema_value(FILE *out, const struct chains_field *field, unsigned depth)
{
    switch (field->type) {
    case CHAINS_BOOL:
        fputs("{\"type\": \"boolean\"}", out);
        break;
    case CHAINS_UINT:
        schema_named(out, NULL);
        break;
    case CHAINS_NAMED:
        schema_named(out, field->names);
        break;
    case CHAINS_DURATION:
        fputs("{\"type\": \"number\"}", out);
        break;
    case CHAINS_MAC:
        fputs("{\"type\": \"string\", \"pattern\": \"^([0-9a-f]{2}:){5}[0-9a-f]{2}$\"}", out);
        break;
    case CHAINS_FLAGS:
    case CHAINS_ARRAY:
    case CHAINS_LIST:
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
    case CHAINS_TAGS:
        schema_array_of(out, field, depth);
        break;
    case CHAINS_OBJECT:
        schema_object(out, field->fields, NULL, depth - 1);
        break;
    default: /* addresses, times, text */
        fputs("{\"type\": \"string\"}", out);
        break;
    }
}

/* `"name": {...}`, with the field's sentence. */
static void schema_property(FILE *out, const struct chains_field *field, unsigned depth)
{
    schema_text(out, field->name);
    fputs(": {\"description\": ", out);
    schema_text(out, field->help);
    fputs(", \"allOf\": [", out);
    schema_value(out, field, depth);
    fputs("]}", out);
}

static bool schema_always(const struct chains_field *field)
{
    return !field->has && !field->omit_zero;
}

/* Whether json_lines prints a field at all. */
static bool schema_shows(const struct chains_field *field)
{
    return !field->text_only && !field->alias;
}

/* An object with the members of a table, and a constant "type" where that is given. */
static void schema_object(FILE *out, const struct chains_field *fields, const char *type,
                          unsigned depth)
{
    const char *gap = "";
    fputs("{\"type\": \"object\", \"additionalProperties\": false,\n      \"properties\": {",
          out);
    if (type) {
        fputs("\n        \"type\": {\"const\": ", out);
        schema_text(out, type);
        fputs("}", out);
        gap = ",";
    }
    for (const struct chains_field *f = fields; depth > 0 && f->name; f++) {
        if (!schema_shows(f))
            continue;
        fputs(gap, out);
        fputs("\n        ", out);
        schema_property(out, f, depth);
        gap = ",";
    }
    fputs("},\n      \"required\": [", out);
    gap = type ? "\"type\"" : "";
    fputs(gap, out);
    for (const struct chains_field *f = fields; f->name; f++) {
        if (!schema_shows(f) || !schema_always(f))
            continue;
        fputs(*gap ? ", " : "", out);
        schema_text(out, f->name);
        gap = ",";
    }
    fputs("]}", out);
}

static void schema_layer(FILE *out, const struct chains_layer_type *type)
{
    if (layer_is_bare(type))
        schema_value(out, type->fields, SCHEMA_DEPTH);
    else
        schema_object(out, type->fields, strcmp(type->slot, type->name) ? type->name : NULL,
                      SCHEMA_DEPTH);
}

/* Whether an earlier type has the same slot, so that it has been written with that. */
static bool schema_is_later(const struct chains_layer_type *const *types, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(types[j]->slot, types[i]->slot) == 0)
            return true;
    return false;
}

static void schema_slot(FILE *out, const struct chains_layer_type *const *types, size_t first)
{
    const char *gap = "";
    fputs(",\n    ", out);
    schema_text(out, types[first]->slot);
    fputs(": {\"oneOf\": [", out);
    for (size_t i = first; types[i]; i++) {
        if (strcmp(types[i]->slot, types[first]->slot) != 0)
            continue;
        fputs(gap, out);
        fputs("\n      ", out);
        schema_layer(out, types[i]);
        gap = ",";
    }
    fputs("]}", out);
}

bool json_schema_write(FILE *out, const struct chains_layer_type *const *types)
{
    fputs("{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          "  \"title\": \"A record of json_lines\",\n"
          "  \"description\": \"One line for each record: a packet; a flow, with the layer "
          "flow; or an event, with the layer endpoints, about a packet or about one that did "
          "not come. Layers of components that are not built in are further members.\",\n"
          "  \"type\": \"object\",\n"
          "  \"required\": [\"timestamp\"],\n"
          "  \"dependentRequired\": {\"len\": [\"caplen\"], \"caplen\": [\"len\"]},\n"
          "  \"properties\": {\n"
          "    \"number\": {\"description\": \"counts every record the source read, from 1; of "
          "an event, the packet it is about\", \"type\": \"integer\", \"minimum\": 1},\n"
          "    \"timestamp\": {\"description\": \"UTC; nine digits where the capture has "
          "nanoseconds\", \"type\": \"string\", "
          "\"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
          "[.]([0-9]{6}|[0-9]{9})Z$\"},\n"
          "    \"len\": {\"description\": \"bytes on the wire; of packets alone\", "
          "\"type\": \"integer\", \"minimum\": 0},\n"
          "    \"caplen\": {\"description\": \"bytes captured; of packets alone\", "
          "\"type\": \"integer\", \"minimum\": 0},\n"
          "    \"flags\": {\"description\": \"oddities of the record\", \"type\": \"array\", "
          "\"items\": ",
          out);
    schema_names(out, json_record_flag_names());
    fputs("}", out);
    for (size_t i = 0; types[i]; i++)
        if (!schema_is_later(types, i))
            schema_slot(out, types, i);
    fputs("\n  }\n}\n", out);
    return fflush(out) == 0 && !ferror(out);
}
