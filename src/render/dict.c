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

/* `piece` between quotes of this kind. */
static char *dict_piece(char *out, struct chains_bytes piece, char quote)
{
    const uint8_t *p = piece.at, *end = p + piece.len;
    if (quote == '\'') {
        for (; end - p >= 4; p += 4) {
            out = dict_byte(out, p[0]);
            out = dict_byte(out, p[1]);
            out = dict_byte(out, p[2]);
            out = dict_byte(out, p[3]);
        }
        while (p < end)
            out = dict_byte(out, *p++);
        return out;
    }
    for (; p < end; p++) {
        if (*p == '\'')
            *out++ = '\'';
        else
            out = dict_byte(out, *p);
    }
    return out;
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

/* Text of fixed length, in quotes. */
static void dict_short(struct output *output, const struct chains_field *field, const char *at)
{
    struct text_clock clock = { .valid = false };
    char *out = output_room(output, CHAINS_ADDR_TEXT + 2);
    *out++ = '\'';
    if (field->type == CHAINS_MAC)
        out = text_mac(out, (const uint8_t *)at);
    else if (field->type == CHAINS_TIME)
        out = text_time(out, &clock, (int64_t)number_load(at, 8), 9, ' ');
    else
        out = text_addr(out, (const struct chains_addr *)(const void *)at);
    *out++ = '\'';
    output_put(output, out);
}

void dict_value(struct dict *dict, const struct chains_record *rec,
                const struct chains_field *field, const void *base)
{
    struct output *output = dict->output;
    const char *at = (const char *)base + field->offset;
    struct chains_bytes bytes;
    const char *text;
    switch (field->type) {
    case CHAINS_BOOL:
        if (*at)
            dict_put(output, "True");
        else
            dict_put(output, "False");
        break;
    case CHAINS_UINT:
    case CHAINS_NAMED:
        dict_named(output, field->names, number_load(at, field->size));
        break;
    case CHAINS_FLAGS:
        dict_flags(output, field->names, number_load(at, field->size));
        break;
    case CHAINS_DURATION:
        output_put(output, value_seconds(output_room(output, VALUE_SECONDS),
                                         (int64_t)number_load(at, 8)));
        break;
    case CHAINS_TEXT:
        memcpy(&text, at, sizeof text);
        dict_text(output, text);
        break;
    case CHAINS_RAW:
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        dict_bytes(output, bytes);
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
        dict_short(output, field, at);
        break;
    }
}

/* Keeps the name of a member as text; false where it is too long. */
static bool dict_keep(struct dict_name *kept, const char *name)
{
    size_t len = strlen(name);
    if (len + 6 >= DICT_NAME_TEXT)
        return false;
    char *out = text_copy(text_literal(kept->text, ", '"), name, len);
    out = text_literal(out, "': ");
    kept->len = (uint8_t)(out - kept->text);
    kept->name = name;
    return true;
}

/* ", 'sport': ", or "{'sport': " */
static inline void dict_name(struct dict *dict, const struct chains_field *field, bool first)
{
    struct output *output = dict->output;
    const char *name = field->name;
    /* The rows of a table lie behind each other, so that they have places of their own. */
    struct dict_name *kept = &dict->names[(uintptr_t)field / sizeof *field % DICT_NAMES];
    if (__builtin_expect(kept->name != name && !dict_keep(kept, name), 0)) {
        output_text(output, first ? "{'" : ", '", first ? 2 : 3);
        output_text(output, name, strlen(name));
        dict_put(output, "': ");
        return;
    }
    char *out = output_room(output, DICT_NAME_TEXT);
    memcpy(out, kept->text + first, DICT_NAME_TEXT - 1);
    if (first)
        *out = '{';
    output_put(output, out + kept->len - first);
}

void dict_struct(struct dict *dict, const struct chains_record *rec,
                 const struct chains_field *fields, const void *base)
{
    struct output *output = dict->output;
    bool first = true;
    for (; fields && fields->name; fields++) {
        if (!value_shows(fields, base))
            continue;
        dict_name(dict, fields, first);
        first = false;
        if (fields->type == CHAINS_UINT && !fields->names) {
            uint64_t number = number_load((const char *)base + fields->offset, fields->size);
            output_put(output, text_u64(output_room(output, TEXT_U64), number));
        } else {
            dict_value(dict, rec, fields, base);
        }
    }
    if (first)
        dict_put(output, "{}");
    else
        dict_put(output, "}");
}
