/* SPDX-License-Identifier: MIT */
/*
 * Structs as Python dictionaries. In: a struct and its field table. Out: printable ASCII,
 * whatever the packet says.
 */
#include "dict.h"
#include "value.h"

#include "../bytes/text.h"

#include <string.h>

enum {
    DICT_ITEMS = 4096,
    DICT_PIECE = 1024, /* bytes of a string for which room is asked at once */
    DICT_PER_BYTE = 4,
    DICT_MEMBER = 128, /* the most of a name and a value whose lengths are known */
};

/* A short literal. */
#define dict_put(output, literal)                                                              \
    output_put((output), text_literal(output_room((output), sizeof(literal)), literal))

/* What stands for a byte between single quotes: up to four characters, and above them how many. */
#define CELL(len, a, b, c, d)                                                                  \
    ((uint64_t)(len) << 32 | (uint32_t)(d) << 24 | (uint32_t)(c) << 16 | (uint32_t)(b) << 8 |  \
     (uint32_t)(a))
#define HEX(n) ((n) < 10 ? '0' + (n) : 'a' - 10 + (n))
#define LETTER(b)                                                                              \
    ((b) == '\t'                  ? 't'                                                        \
     : (b) == '\n'                ? 'n'                                                        \
     : (b) == '\r'                ? 'r'                                                        \
     : (b) == '\\' || (b) == '\'' ? (b)                                                        \
                                  : 0)
#define BYTE(b)                                                                                \
    (LETTER(b)                  ? CELL(2, '\\', LETTER(b), 0, 0)                               \
     : (b) < 0x20 || (b) > 0x7e ? CELL(4, '\\', 'x', HEX((b) >> 4), HEX((b)&15))               \
                                : CELL(1, b, 0, 0, 0))
#define BYTES_4(b)  BYTE(b), BYTE((b) + 1), BYTE((b) + 2), BYTE((b) + 3)
#define BYTES_16(b) BYTES_4(b), BYTES_4((b) + 4), BYTES_4((b) + 8), BYTES_4((b) + 12)
#define BYTES_64(b) BYTES_16(b), BYTES_16((b) + 16), BYTES_16((b) + 32), BYTES_16((b) + 48)
static const uint64_t dict_cells[256] = { BYTES_64(0), BYTES_64(64), BYTES_64(128),
                                          BYTES_64(192) };

/* Four characters are written whatever the byte is; the next one begins behind those that count. */
static inline char *dict_byte(char *out, uint8_t byte)
{
    uint64_t cell = dict_cells[byte];
    for (unsigned i = 0; i < DICT_PER_BYTE; i++)
        out[i] = (char)(cell >> 8 * i);
    return out + (cell >> 32);
}

/* Between single quotes. */
static char *dict_escape(char *out, const uint8_t *p, const uint8_t *end)
{
    for (; end - p >= 8; p += 8) {
        out = dict_byte(out, p[0]);
        out = dict_byte(out, p[1]);
        out = dict_byte(out, p[2]);
        out = dict_byte(out, p[3]);
        out = dict_byte(out, p[4]);
        out = dict_byte(out, p[5]);
        out = dict_byte(out, p[6]);
        out = dict_byte(out, p[7]);
    }
    while (p < end)
        out = dict_byte(out, *p++);
    return out;
}

/* `piece` between quotes of this kind. */
static char *dict_piece(char *out, struct chains_bytes piece, char quote)
{
    const uint8_t *p = piece.at, *end = p + piece.len;
    while (quote == '"') {
        const uint8_t *single = memchr(p, '\'', (size_t)(end - p));
        if (!single)
            break;
        out = dict_escape(out, p, single);
        *out++ = '\'';
        p = single + 1;
    }
    return dict_escape(out, p, end);
}

void dict_bytes(struct output *output, struct chains_bytes bytes)
{
    bool single = bytes.len && memchr(bytes.at, '\'', bytes.len);
    bool both = single && memchr(bytes.at, '"', bytes.len);
    char quote = single && !both ? '"' : '\'';
    char *out = output_room(output, 1);
    *out++ = quote;
    output_put(output, out);
    for (; bytes.len > 0; bytes = chains_behind(bytes, DICT_PIECE)) {
        out = output_room(output, DICT_PIECE * DICT_PER_BYTE);
        output_put(output, dict_piece(out, chains_front(bytes, DICT_PIECE), quote));
    }
    out = output_room(output, 1);
    *out++ = quote;
    output_put(output, out);
}

static void dict_text(struct output *output, const char *text)
{
    if (text)
        dict_bytes(output, (struct chains_bytes){ (const uint8_t *)text, strlen(text) });
    else
        dict_put(output, "None");
}

static void dict_named(struct output *output, const struct chains_name *names, uint64_t value)
{
    const char *name = value <= UINT32_MAX ? chains_name_of(names, (uint32_t)value) : NULL;
    if (name) {
        dict_text(output, name);
        return;
    }
    char *out = output_room(output, TEXT_U64);
    output_put(output, text_u64(out, value));
}

static void dict_flags(struct output *output, const struct chains_name *names, uint64_t value)
{
    bool any = false;
    dict_put(output, "[");
    for (; names && names->name; names++) {
        if (!(value & names->value))
            continue;
        if (any)
            dict_put(output, ", ");
        dict_text(output, names->name);
        any = true;
    }
    dict_put(output, "]");
}

static void dict_numbers(struct output *output, const struct chains_field *field,
                         const void *items, uint32_t count)
{
    dict_put(output, "[");
    for (uint32_t i = 0; i < count && i < DICT_ITEMS; i++) {
        const char *at = (const char *)items + (size_t)i * field->size;
        if (i)
            dict_put(output, ", ");
        dict_named(output, field->names, number_load(at, field->size));
    }
    dict_put(output, "]");
}

static void dict_raws(struct output *output, const struct chains_list *list)
{
    const struct chains_bytes *items = list->items;
    dict_put(output, "[");
    for (uint32_t i = 0; i < list->count && i < DICT_ITEMS; i++) {
        if (i)
            dict_put(output, ", ");
        dict_bytes(output, items[i]);
    }
    dict_put(output, "]");
}

static void dict_structs(struct dict *dict, const struct chains_record *rec,
                         const struct chains_field *field, const struct chains_list *list)
{
    struct output *output = dict->output;
    dict_put(output, "[");
    for (uint32_t i = 0; i < list->count && i < DICT_ITEMS; i++) {
        if (i)
            dict_put(output, ", ");
        dict_struct(dict, rec, field->fields,
                    (const char *)list->items + (size_t)i * field->size);
    }
    dict_put(output, "]");
}

static void dict_list(struct dict *dict, const struct chains_record *rec,
                      const struct chains_field *field, const void *at)
{
    struct output *output = dict->output;
    struct chains_list list;
    memcpy(&list, at, sizeof list);
    if (field->type == CHAINS_RAWS)
        dict_raws(output, &list);
    else if (field->type == CHAINS_NUMBERS)
        dict_numbers(output, field, list.items, list.count);
    else
        dict_structs(dict, rec, field, &list);
}

static void dict_tags(struct output *output, const struct chains_record *rec, uint64_t tags)
{
    dict_put(output, "[");
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        if (bits != tags)
            dict_put(output, ", ");
        dict_text(output, rec->layout->tag[__builtin_ctzll(bits)]);
    }
    dict_put(output, "]");
}

static void dict_time(struct output *output, int64_t time_ns)
{
    struct text_clock clock = { .valid = false };
    char *out = text_literal(output_room(output, TEXT_TIME + 2), "'");
    out = text_time(out, &clock, time_ns, 9, ' ');
    output_put(output, text_literal(out, "'"));
}

/* Values of any length, and rare ones. */
static void dict_long_value(struct dict *dict, const struct chains_record *rec,
                            const struct chains_field *field, const void *base)
{
    struct output *output = dict->output;
    const char *at = (const char *)base + field->offset;
    const char *text;
    switch (field->type) {
    case CHAINS_TEXT:
        memcpy(&text, at, sizeof text);
        dict_text(output, text);
        break;
    case CHAINS_ARRAY:
        dict_numbers(output, field, at, *((const uint8_t *)base + field->count));
        break;
    case CHAINS_OBJECT:
        dict_struct(dict, rec, field->fields, at);
        break;
    case CHAINS_LIST:
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
        dict_list(dict, rec, field, at);
        break;
    case CHAINS_TAGS:
        dict_tags(output, rec, number_load(at, 8));
        break;
    default:
        dict_time(output, (int64_t)number_load(at, 8));
        break;
    }
}

/* Beside those of value.h. */
enum { DICT_NAMED = VALUE_OP_LONG + 1, DICT_BYTES };

static uint8_t dict_op(const struct chains_field *field)
{
    if (field->type == CHAINS_FLAGS || field->type == CHAINS_NAMED ||
        (field->type == CHAINS_UINT && field->names))
        return DICT_NAMED;
    if (field->type == CHAINS_RAW || field->type == CHAINS_HEX)
        return DICT_BYTES;
    return field->type == CHAINS_TIME ? VALUE_OP_LONG : value_op(field);
}

static void dict_cell_set(struct dict_cell *cell, const struct chains_field *field)
{
    size_t len = strlen(field->name);
    *cell = (struct dict_cell){ .field = field, .op = dict_op(field) };
    cell->size = (uint8_t)field->size;
    cell->offset = field->offset;
    cell->when = value_when(field);
    if (len + 6 > DICT_NAME_TEXT)
        return;
    char *out = text_copy(text_literal(cell->text, ", '"), field->name, len);
    cell->len = (uint8_t)(text_literal(out, "': ") - cell->text);
}

/* ", 'sport': ", or "{'sport': ". */
static inline char *dict_name(struct output *output, char *out, const struct dict_cell *cell,
                              bool first)
{
    const char *name = cell->field->name;
    if (__builtin_expect(cell->len == 0, 0)) {
        output_put(output, first ? text_literal(out, "{'") : text_literal(out, ", '"));
        output_text(output, name, strlen(name));
        return text_literal(output_room(output, OUTPUT_ROOM), "': ");
    }
    memcpy(out, cell->text + first, DICT_NAME_TEXT - 1);
    *out = first ? '{' : ',';
    return out + cell->len - first;
}

/* The names of a value. */
static char *dict_names(struct dict *dict, char *out, const struct chains_field *field,
                        uint64_t value)
{
    struct output *output = dict->output;
    struct shown_value *place = shown_place(&dict->shown, field, value);
    char *end = shown_copy(place, field, value, out);
    if (end)
        return end;
    const uint64_t left = output->bytes; /* what has left cannot be read again */
    const size_t begin = (size_t)(out - output->buffer);
    output_put(output, out);
    if (field->type == CHAINS_FLAGS)
        dict_flags(output, field->names, value);
    else
        dict_named(output, field->names, value);
    if (output->bytes == left)
        shown_keep(place, field, value, output->buffer + begin, output->used - begin);
    return output->buffer + output->used;
}

/* At `out`, where there is room for DICT_MEMBER bytes. What is longer asks for more. */
static inline char *dict_member(struct dict *dict, const struct chains_record *rec, char *out,
                                const struct dict_cell *cell, const void *base)
{
    const char *at = (const char *)base + cell->offset;
    struct output *output = dict->output;
    struct chains_bytes bytes;
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
        return *at ? text_literal(out, "True") : text_literal(out, "False");
    case VALUE_OP_MAC:
        out = text_mac(text_literal(out, "'"), (const uint8_t *)at);
        return text_literal(out, "'");
    case VALUE_OP_ADDR:
        out = text_addr(text_literal(out, "'"), (const struct chains_addr *)(const void *)at);
        return text_literal(out, "'");
    case VALUE_OP_DURATION:
        return value_seconds(out, (int64_t)number_load(at, 8));
    case DICT_NAMED:
        return dict_names(dict, out, cell->field, number_load(at, cell->size));
    case DICT_BYTES:
        memcpy(&bytes, at, sizeof bytes);
        output_put(output, out);
        dict_bytes(output, bytes);
        break;
    default:
        output_put(output, out);
        dict_long_value(dict, rec, cell->field, base);
        break;
    }
    return output->buffer + output->used;
}

/* The rows of a table lie behind each other, and so do their cells. */
static inline const struct dict_cell *dict_cell(struct dict *dict, size_t place,
                                                const struct chains_field *field)
{
    struct dict_cell *cell = &dict->cells[place % DICT_CELLS];
    if (__builtin_expect(cell->field != field, 0))
        dict_cell_set(cell, field);
    return cell;
}

void dict_value(struct dict *dict, const struct chains_record *rec,
                const struct chains_field *field, const void *base)
{
    char *out = output_room(dict->output, DICT_MEMBER);
    const struct dict_cell *cell = dict_cell(dict, (uintptr_t)field / sizeof *field, field);
    output_put(dict->output, dict_member(dict, rec, out, cell, base));
}

void dict_struct(struct dict *dict, const struct chains_record *rec,
                 const struct chains_field *fields, const void *base)
{
    struct output *output = dict->output;
    const char *const limit = output->buffer + OUTPUT_BUFFER - DICT_MEMBER;
    size_t place = (uintptr_t)fields / sizeof *fields;
    char *out = output_room(output, DICT_MEMBER);
    bool first = true;
    for (; fields && fields->name; fields++, place++) {
        const struct dict_cell *cell = dict_cell(dict, place, fields);
        if (!value_shows(&cell->when, base))
            continue;
        if (__builtin_expect(out > limit, 0)) {
            output_put(output, out);
            out = output_room(output, DICT_MEMBER);
        }
        out = dict_name(output, out, cell, first);
        out = dict_member(dict, rec, out, cell, base);
        first = false;
    }
    output_put(output, out);
    if (first)
        dict_put(output, "{}");
    else
        dict_put(output, "}");
}
