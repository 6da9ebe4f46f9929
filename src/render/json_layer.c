/* SPDX-License-Identifier: MIT */
/*
 * Any layer as JSON. In: a struct and its prepared table. Out: members in the table's order,
 * keys always the same. Numbers are numbers, flags and arrays are lists, a named number without
 * a name is a number; text goes through json_text().
 */
#include "json_layer.h"

#include <stdlib.h>

bool json_is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            return false;
    return true;
}

/* Whether all names fit a line's room together and need no escapes. */
static bool json_names_are_plain(const struct chains_name *names)
{
    size_t sum = 0;
    for (const struct chains_name *name = names; name && name->name; name++) {
        sum += strlen(name->name) + 3;
        if (!json_is_plain(name->name))
            return false;
    }
    return sum < OUTPUT_ROOM / 2;
}

/* All names together, with quotes and commas. */
static size_t json_names_len(const struct json_names *names)
{
    size_t sum = 2;
    for (size_t i = 0; i < names->count; i++)
        sum += names->at[i].len + 3;
    return sum;
}

static uint8_t json_op(const struct chains_field *field, const struct json_names *names)
{
    if (field->type == CHAINS_TEXT)
        return JSON_TEXT;
    if (field->type == CHAINS_RAW)
        return JSON_BYTES;
    if ((field->type != CHAINS_NAMED && field->type != CHAINS_FLAGS) ||
        !json_names_are_plain(field->names))
        return value_op(field);
    if (!names || !names->quoted)
        return JSON_NAMES;
    if (field->type == CHAINS_NAMED)
        return JSON_NAMED;
    return json_names_len(names) <= JSON_VALUE ? JSON_FLAGS : JSON_NAMES;
}

/* CHAINS_EMEM for want of memory. */
static int json_cell_names(struct json_cell *cell, const struct chains_field *field)
{
    switch (field->names ? field->type : CHAINS_UINT) {
    case CHAINS_NAMED:
    case CHAINS_ARRAY:
    case CHAINS_NUMBERS:
        cell->names = json_names_new(field->names);
        return cell->names ? CHAINS_OK : CHAINS_EMEM;
    case CHAINS_FLAGS:
        cell->names = json_names_of_flags(field->names);
        return cell->names ? CHAINS_OK : CHAINS_EMEM;
    default:
        return CHAINS_OK;
    }
}

/* One cell of a table, with the table of what is inside it. Returns a status. */
static int json_cell_set(struct json_table *table, const struct chains_field *field,
                         unsigned depth)
{
    size_t len = strlen(field->name);
    if (table->count == JSON_FIELDS || len + 4 > JSON_CELL || depth == 0 ||
        !json_is_plain(field->name))
        return CHAINS_EUSAGE;
    struct json_cell *cell = &table->cells[table->count++];
    char *out = text_literal(cell->key, ",\"");
    out = text_copy(out, field->name, len);
    out = text_literal(out, "\":");
    cell->key_len = (uint8_t)(out - cell->key);
    cell->field = field;
    cell->offset = field->offset;
    cell->size = (uint8_t)field->size;
    cell->when = value_when(field);
    int status = json_cell_names(cell, field);
    cell->op = json_op(field, cell->names);
    if (status < 0)
        return status;
    return field->fields ? json_table_new(field->fields, depth - 1, &cell->table) : CHAINS_OK;
}

int json_table_new(const struct chains_field *fields, unsigned depth, struct json_table **made)
{
    struct json_table *table = calloc(1, sizeof *table);
    int status = table ? CHAINS_OK : CHAINS_EMEM;
    for (const struct chains_field *f = fields; status == CHAINS_OK && f && f->name; f++)
        if (!f->text_only && !f->alias)
            status = json_cell_set(table, f, depth);
    if (status < 0) {
        json_table_free(table);
        table = NULL;
    }
    *made = table;
    return status;
}

void json_table_free(struct json_table *table)
{
    for (size_t i = 0; table && i < table->count; i++) {
        if (table->cells[i].table)
            json_table_free(table->cells[i].table);
        free(table->cells[i].names);
    }
    free(table);
}

/* A number, or its name in quotes. Names in tables are literals without anything to escape. */
static char *json_named(char *out, const struct chains_name *names, uint64_t value)
{
    const char *name = value <= UINT32_MAX ? chains_name_of(names, (uint32_t)value) : NULL;
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
    for (; names && names->name; names++) {
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

/* One room check serves as many numbers and plain names as it is good for. */
static void json_array(struct output *output, const struct json_cell *cell, const char *items,
                       uint32_t count)
{
    const struct json_names *names = cell->names;
    const size_t size = cell->field->size;
    const size_t most = TEXT_U64 + 4 + (names && names->plain ? names->most : 0);
    char *out = output_room(output, OUTPUT_ROOM), *begin = out;
    *out++ = '[';
    for (uint32_t i = 0; i < count && i < JSON_LIST_ITEMS; i++, items += size) {
        uint64_t value = number_load(items, size);
        const struct json_name *name = names ? json_names_find(names, value) : NULL;
        if (i > 0)
            *out++ = ',';
        if ((size_t)(out - begin) > OUTPUT_ROOM - most) {
            output_put(output, out);
            begin = out = output_room(output, OUTPUT_ROOM);
        }
        if (name && names->plain) {
            *out++ = '"';
            out = text_copy(out, name->name, name->len);
            *out++ = '"';
        } else if (name) {
            output_put(output, out);
            json_text(output, name->name, name->len);
            begin = out = output_room(output, OUTPUT_ROOM);
        } else {
            out = text_u64(out, value);
        }
    }
    *out++ = ']';
    output_put(output, out);
}

/* Names that are not plain. */
static void json_long_names(struct output *output, const struct chains_field *field,
                            uint64_t value)
{
    const char *gap = "";
    if (field->type == CHAINS_NAMED) {
        const char *name =
            value <= UINT32_MAX ? chains_name_of(field->names, (uint32_t)value) : NULL;
        if (name)
            json_text(output, name, strlen(name));
        else
            output_put(output, text_u64(output_room(output, TEXT_U64), value));
        return;
    }
    output_text(output, "[", 1);
    for (const struct chains_name *name = field->names; name && name->name; name++) {
        if (!(value & name->value))
            continue;
        output_text(output, gap, strlen(gap));
        json_text(output, name->name, strlen(name->name));
        gap = ",";
    }
    output_text(output, "]", 1);
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

static void json_bytes(struct output *output, const struct chains_field *field,
                       const struct chains_bytes *bytes)
{
    if (field->escaped)
        json_text(output, (const char *)bytes->at, bytes->len);
    else
        json_raw(output, (const char *)bytes->at, bytes->len);
}

/* A list of structs, or of texts. */
static void json_list(struct json_writer *writer, const struct json_cell *cell,
                      const struct chains_list *list)
{
    const struct chains_field *field = cell->field;
    struct chains_bytes bytes;
    output_text(writer->output, "[", 1);
    for (uint32_t i = 0; i < list->count && i < JSON_LIST_ITEMS; i++) {
        const char *item = (const char *)list->items + (size_t)i * field->size;
        output_text(writer->output, ",", i ? 1 : 0);
        if (field->type == CHAINS_RAWS) {
            memcpy(&bytes, item, sizeof bytes);
            json_bytes(writer->output, field, &bytes);
        } else {
            json_members(writer, cell->table, item, true);
        }
    }
    output_text(writer->output, "]", 1);
}

static void json_hex(struct output *output, const struct chains_bytes *bytes)
{
    output_text(output, "\"", 1);
    for (size_t i = 0; i < bytes->len; i++) {
        char pair[2] = { text_hex_digits[chains_byte(*bytes, i) >> 4],
                         text_hex_digits[chains_byte(*bytes, i) & 15] };
        output_text(output, pair, 2);
    }
    output_text(output, "\"", 1);
}

/* Values of any length, nested ones, and those that need the record. */
static void json_long_value(struct json_writer *writer, const struct json_cell *cell,
                            const void *base)
{
    const char *at = (const char *)base + cell->offset;
    struct chains_bytes bytes;
    struct chains_list list;
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
        json_bytes(writer->output, cell->field, &bytes);
        break;
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        json_hex(writer->output, &bytes);
        break;
    case CHAINS_TAGS:
        json_tags(writer, number_load(at, 8));
        break;
    case CHAINS_OBJECT:
        json_members(writer, cell->table, at, true);
        break;
    case CHAINS_LIST:
    case CHAINS_RAWS:
        memcpy(&list, at, sizeof list);
        json_list(writer, cell, &list);
        break;
    case CHAINS_NUMBERS:
        memcpy(&list, at, sizeof list);
        json_array(writer->output, cell, list.items, list.count);
        break;
    case CHAINS_ARRAY:
        json_array(writer->output, cell, at, *((const uint8_t *)base + cell->field->count));
        break;
    case CHAINS_NAMED:
    case CHAINS_FLAGS:
        json_long_names(writer->output, cell->field, number_load(at, cell->field->size));
        break;
    default:
        output_text(writer->output, "null", 4);
        break;
    }
}

/* A name, or a list of names; below OUTPUT_ROOM, but longer than JSON_VALUE. */
static char *json_names(char *out, const struct chains_field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    uint64_t value = number_load(at, field->size);
    return field->type == CHAINS_FLAGS ? json_flags(out, field->names, value)
                                       : json_named(out, field->names, value);
}

static inline char *json_quoted(char *out, const struct json_name *name)
{
    memcpy(out, name->quoted, JSON_NAME_SHORT);
    return out + name->len + 2;
}

static char *json_short_flags(char *out, const struct json_names *names, uint64_t value)
{
    char *begin = out;
    for (const struct json_name *name = names->at; name < names->at + names->count; name++) {
        if (!(value & name->value))
            continue;
        *out = ',';
        out = json_quoted(out + 1, name);
    }
    out += out == begin;
    *begin = '[';
    *out = ']';
    return out + 1;
}

/* The same, which is written once for a value that comes again. */
static inline char *json_flags_again(struct json_writer *writer, char *out,
                                     const struct json_cell *cell, uint64_t value)
{
    struct shown_value *place = shown_place(&writer->shown, cell->field, value);
    char *end = shown_copy(place, cell->field, value, out);
    if (end)
        return end;
    end = json_short_flags(out, cell->names, value);
    shown_keep(place, cell->field, value, out, (size_t)(end - out));
    return end;
}

/* Text that needs nothing but quotes; NULL: it needs more, or is longer. */
static inline char *json_short_text(char *out, const char *text, size_t len)
{
    if (len > JSON_VALUE - 2 || text_plain(out + 1, text, len) < len)
        return NULL;
    *out = '"';
    out[len + 1] = '"';
    return out + len + 2;
}

/* At most JSON_VALUE bytes; NULL: it may be longer. */
static inline char *json_short_value(struct json_writer *writer, char *out,
                                     const struct json_cell *cell, const char *at)
{
    struct chains_bytes bytes;
    const char *text;
    switch (cell->op) {
    case VALUE_OP_U8:
        return text_u64(out, number_load(at, 1));
    case VALUE_OP_U16:
        return text_u64(out, number_load(at, 2));
    case VALUE_OP_U32:
        return text_u64(out, number_load(at, 4));
    case VALUE_OP_U64:
        return text_u64(out, number_load(at, 8));
    case VALUE_OP_BOOL:
        return *at ? text_literal(out, "true") : text_literal(out, "false");
    case VALUE_OP_DURATION:
        return value_seconds(out, (int64_t)number_load(at, 8));
    case JSON_NAMED: {
        uint64_t value = number_load(at, cell->size);
        const struct json_name *name = json_names_find(cell->names, value);
        return name ? json_quoted(out, name) : text_u64(out, value);
    }
    case JSON_FLAGS:
        return json_flags_again(writer, out, cell, number_load(at, cell->size));
    case JSON_TEXT:
        memcpy(&text, at, sizeof text);
        return text ? json_short_text(out, text, strnlen(text, JSON_VALUE)) : NULL;
    case JSON_BYTES:
        memcpy(&bytes, at, sizeof bytes);
        return json_short_text(out, (const char *)bytes.at, bytes.len);
    case VALUE_OP_MAC:
        *out = '"';
        out = text_mac(out + 1, (const uint8_t *)at);
        break;
    case VALUE_OP_ADDR:
        *out = '"';
        out = text_addr(out + 1, (const struct chains_addr *)(const void *)at);
        break;
    case VALUE_OP_TIME:
        *out = '"';
        out = text_time(out + 1, &writer->clock, (int64_t)number_load(at, 8), 9, 'T');
        break;
    default:
        return NULL;
    }
    *out = '"';
    return out + 1;
}

/* What json_short_value() did not take. */
static void json_other_value(struct json_writer *writer, const struct json_cell *cell,
                             const void *base)
{
    if (cell->op == JSON_NAMES) {
        char *out = output_room(writer->output, OUTPUT_ROOM);
        output_put(writer->output, json_names(out, cell->field, base));
    } else {
        json_long_value(writer, cell, base);
    }
}

void json_value(struct json_writer *writer, const struct json_cell *cell, const void *base)
{
    char *out = output_room(writer->output, JSON_VALUE + JSON_NAME_SHORT);
    char *end = json_short_value(writer, out, cell, (const char *)base + cell->offset);
    if (end)
        output_put(writer->output, end);
    else
        json_other_value(writer, cell, base);
}

char *json_members_at(struct json_writer *writer, char *out, const struct json_table *table,
                      const void *base, bool open)
{
    _Static_assert(JSON_FIELDS * (JSON_CELL + JSON_VALUE) + JSON_NAME_SHORT <= JSON_MEMBERS,
                   "one check a table");
    const struct json_cell *const last = table->cells + table->count;
    char gap = open ? '{' : ',';
    for (const struct json_cell *cell = table->cells; cell < last; cell++) {
        if (!value_shows(&cell->when, base))
            continue;
        memcpy(out, cell->key, JSON_CELL);
        *out = gap;
        gap = ',';
        out += cell->key_len;
        char *end = json_short_value(writer, out, cell, (const char *)base + cell->offset);
        if (__builtin_expect(!end, 0)) {
            output_put(writer->output, out);
            json_other_value(writer, cell, base);
            end = output_room(writer->output, OUTPUT_ROOM);
        }
        out = end;
    }
    if (gap == '{')
        *out++ = gap;
    *out++ = '}';
    return out;
}

void json_members(struct json_writer *writer, const struct json_table *table, const void *base,
                  bool open)
{
    char *out = output_room(writer->output, JSON_MEMBERS);
    output_put(writer->output, json_members_at(writer, out, table, base, open));
}
