/* SPDX-License-Identifier: MIT */
/*
 * Any layer as JSON. In: a struct and its prepared table. Out: members in the table's order,
 * keys always the same. Numbers are numbers, flags and arrays are lists, a named number without
 * a name is a number; text goes through json_text().
 */
#include "json_layer.h"
#include "value.h"

#include <chains/layer/tags.h>

#include <stdlib.h>

struct json_table *json_table_new(const struct chains_field *fields, unsigned depth)
{
    struct json_table *table = calloc(1, sizeof *table);
    for (const struct chains_field *f = fields; table && f && f->name; f++) {
        size_t len = strlen(f->name);
        if (f->text_only)
            continue;
        if (table->count == JSON_FIELDS || len + 4 > JSON_CELL || depth == 0)
            goto bad;
        struct json_cell *cell = &table->cells[table->count++];
        char *out = text_literal(cell->key, ",\"");
        out = text_copy(out, f->name, len);
        out = text_literal(out, "\":");
        cell->key_len = (uint8_t)(out - cell->key);
        cell->field = f;
        if (!f->fields)
            continue;
        cell->table = json_table_new(f->fields, depth - 1);
        if (!cell->table)
            goto bad;
    }
    return table;
bad:
    json_table_free(table);
    return NULL;
}

void json_table_free(struct json_table *table)
{
    for (size_t i = 0; table && i < table->count; i++)
        if (table->cells[i].table)
            json_table_free(table->cells[i].table);
    free(table);
}

/* A number, or its name in quotes. Names in tables are literals without anything to escape. */
static char *json_named(char *out, const struct chains_name *names, uint64_t value)
{
    const char *name = chains_name_of(names, (uint32_t)value);
    if (!name)
        return text_u64(out, value);
    *out++ = '"';
    out = text_copy(out, name, strlen(name));
    *out++ = '"';
    return out;
}

static char *json_flags(char *out, const struct chains_name *names, uint64_t value)
{
    bool first = true;
    *out++ = '[';
    for (; names->name; names++) {
        if (!(value & names->value))
            continue;
        if (!first)
            *out++ = ',';
        first = false;
        *out++ = '"';
        out = text_copy(out, names->name, strlen(names->name));
        *out++ = '"';
    }
    *out++ = ']';
    return out;
}

static char *json_array(char *out, const struct chains_field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    unsigned count = *((const uint8_t *)base + field->count);
    *out++ = '[';
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            *out++ = ',';
        uint64_t value = value_load(at + (size_t)i * field->size, field->size);
        out = field->names ? json_named(out, field->names, value) : text_u64(out, value);
    }
    *out++ = ']';
    return out;
}

static void json_tags(struct json_writer *writer, uint64_t tags)
{
    const struct chains_layout *layout = writer->rec->layout;
    output_text(writer->output, "[", 1);
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        const char *name = layout->tag[__builtin_ctzll(bits)];
        json_text(writer->output, name, strlen(name));
        if (bits & (bits - 1))
            output_text(writer->output, ",", 1);
    }
    output_text(writer->output, "]", 1);
}

static void json_list(struct json_writer *writer, const struct json_cell *cell, const void *at)
{
    struct chains_list list;
    memcpy(&list, at, sizeof list);
    output_text(writer->output, "[", 1);
    for (uint32_t i = 0; i < list.count && i < JSON_LIST_ITEMS; i++) {
        output_text(writer->output, i ? ",{" : "{", i ? 2 : 1);
        json_members(writer, cell->table,
                     (const char *)list.items + (size_t)i * cell->field->size, true);
        output_text(writer->output, "}", 1);
    }
    output_text(writer->output, "]", 1);
}

static void json_hex(struct output *output, const struct chains_bytes *bytes)
{
    output_text(output, "\"", 1);
    for (size_t i = 0; i < bytes->len; i++) {
        char pair[2] = { text_hex_digits[bytes->at[i] >> 4],
                         text_hex_digits[bytes->at[i] & 15] };
        output_text(output, pair, 2);
    }
    output_text(output, "\"", 1);
}

/* Values that are longer than a line's room, or need the record. */
static void json_long_value(struct json_writer *writer, const struct json_cell *cell,
                            const void *base)
{
    const char *at = (const char *)base + cell->field->offset;
    struct chains_bytes bytes;
    const char *text;
    switch (cell->field->type) {
    case CHAINS_TEXT:
        memcpy(&text, at, sizeof text);
        if (text)
            json_text(writer->output, text, strlen(text));
        else
            output_text(writer->output, "null", 4);
        break;
    case CHAINS_RAW:
        memcpy(&bytes, at, sizeof bytes);
        json_text(writer->output, (const char *)bytes.at, bytes.len);
        break;
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        json_hex(writer->output, &bytes);
        break;
    case CHAINS_TAGS:
        json_tags(writer, value_load(at, 8));
        break;
    case CHAINS_OBJECT:
        output_text(writer->output, "{", 1);
        json_members(writer, cell->table, at, true);
        output_text(writer->output, "}", 1);
        break;
    case CHAINS_LIST:
        json_list(writer, cell, at);
        break;
    default:
        output_text(writer->output, "null", 4);
        break;
    }
}

static bool json_is_long(uint8_t type)
{
    return type == CHAINS_TEXT || type == CHAINS_RAW || type == CHAINS_HEX ||
           type == CHAINS_TAGS || type == CHAINS_OBJECT || type == CHAINS_LIST;
}

/* Values that fit the room of one output_room() together with their key. */
static char *json_short_value(struct json_writer *writer, char *out,
                              const struct chains_field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    switch (field->type) {
    case CHAINS_BOOL:
        return *at ? text_literal(out, "true") : text_literal(out, "false");
    case CHAINS_UINT:
        return text_u64(out, value_load(at, field->size));
    case CHAINS_NAMED:
        return json_named(out, field->names, value_load(at, field->size));
    case CHAINS_FLAGS:
        return json_flags(out, field->names, value_load(at, field->size));
    case CHAINS_ARRAY:
        return json_array(out, field, base);
    case CHAINS_TIME:
        *out++ = '"';
        out = text_time(out, &writer->clock, (int64_t)value_load(at, 8), 9, 'T');
        break;
    case CHAINS_MAC:
        *out++ = '"';
        out = text_mac(out, (const uint8_t *)at);
        break;
    default: /* CHAINS_ADDR */
        *out++ = '"';
        out += chains_addr_text((const struct chains_addr *)(const void *)at, out);
        break;
    }
    *out++ = '"';
    return out;
}

void json_value(struct json_writer *writer, const struct json_cell *cell, const void *base)
{
    if (json_is_long(cell->field->type)) {
        json_long_value(writer, cell, base);
        return;
    }
    char *out = output_room(writer->output, OUTPUT_ROOM);
    output_put(writer->output, json_short_value(writer, out, cell->field, base));
}

void json_members(struct json_writer *writer, const struct json_table *table, const void *base,
                  bool first)
{
    size_t skip = first; /* the comma of the first key */
    for (const struct json_cell *cell = table->cells; cell < table->cells + table->count;
         cell++) {
        if (!value_shows(cell->field, base))
            continue;
        char *out = output_room(writer->output, OUTPUT_ROOM);
        memcpy(out, cell->key + skip, JSON_CELL - 1);
        out += cell->key_len - skip;
        skip = 0;
        if (!json_is_long(cell->field->type)) {
            output_put(writer->output, json_short_value(writer, out, cell->field, base));
            continue;
        }
        output_put(writer->output, out);
        json_long_value(writer, cell, base);
    }
}
