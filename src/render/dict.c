/* SPDX-License-Identifier: MIT */
/*
 * Structs as Python dictionaries. In: a struct and its field table. Out: printable ASCII,
 * whatever the packet says.
 */
#include "dict.h"
#include "value.h"

#include "../bytes/text.h"

#include <string.h>

enum { DICT_ITEMS = 4096 };

static void dict_put(struct output *output, const char *text)
{
    output_text(output, text, strlen(text));
}

void dict_bytes(struct output *output, struct chains_bytes bytes)
{
    bool single = bytes.len && memchr(bytes.at, '\'', bytes.len);
    bool both = single && memchr(bytes.at, '"', bytes.len);
    char quote = single && !both ? '"' : '\'';
    output_text(output, &quote, 1);
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = chains_byte(bytes, i);
        char *out = output_room(output, 4);
        if (byte == '\\' || byte == (uint8_t)quote) {
            *out++ = '\\';
            *out++ = (char)byte;
        } else if (byte == '\t' || byte == '\n' || byte == '\r') {
            *out++ = '\\';
            *out++ = byte == '\t' ? 't' : byte == '\n' ? 'n' : 'r';
        } else if (byte < 0x20 || byte > 0x7e) {
            out = text_escape_hex(out, byte);
        } else {
            *out++ = (char)byte;
        }
        output_put(output, out);
    }
    output_text(output, &quote, 1);
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
    const char *gap = "";
    dict_put(output, "[");
    for (; names && names->name; names++) {
        if (!(value & names->value))
            continue;
        dict_put(output, gap);
        dict_text(output, names->name);
        gap = ", ";
    }
    dict_put(output, "]");
}

static void dict_numbers(struct output *output, const struct chains_field *field,
                         const void *items, uint32_t count)
{
    dict_put(output, "[");
    for (uint32_t i = 0; i < count && i < DICT_ITEMS; i++) {
        const char *at = (const char *)items + (size_t)i * field->size;
        dict_put(output, i ? ", " : "");
        dict_named(output, field->names, number_load(at, field->size));
    }
    dict_put(output, "]");
}

static void dict_raws(struct output *output, const struct chains_list *list)
{
    const struct chains_bytes *items = list->items;
    dict_put(output, "[");
    for (uint32_t i = 0; i < list->count && i < DICT_ITEMS; i++) {
        dict_put(output, i ? ", " : "");
        dict_bytes(output, items[i]);
    }
    dict_put(output, "]");
}

static void dict_structs(struct output *output, const struct chains_record *rec,
                         const struct chains_field *field, const struct chains_list *list)
{
    dict_put(output, "[");
    for (uint32_t i = 0; i < list->count && i < DICT_ITEMS; i++) {
        dict_put(output, i ? ", " : "");
        dict_struct(output, rec, field->fields,
                    (const char *)list->items + (size_t)i * field->size);
    }
    dict_put(output, "]");
}

static void dict_list(struct output *output, const struct chains_record *rec,
                      const struct chains_field *field, const void *at)
{
    struct chains_list list;
    memcpy(&list, at, sizeof list);
    if (field->type == CHAINS_RAWS)
        dict_raws(output, &list);
    else if (field->type == CHAINS_NUMBERS)
        dict_numbers(output, field, list.items, list.count);
    else
        dict_structs(output, rec, field, &list);
}

static void dict_tags(struct output *output, const struct chains_record *rec, uint64_t tags)
{
    const char *gap = "";
    dict_put(output, "[");
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        dict_put(output, gap);
        dict_text(output, rec->layout->tag[__builtin_ctzll(bits)]);
        gap = ", ";
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
        out += chains_addr_text((const struct chains_addr *)(const void *)at, out);
    *out++ = '\'';
    output_put(output, out);
}

void dict_value(struct output *output, const struct chains_record *rec,
                const struct chains_field *field, const void *base)
{
    const char *at = (const char *)base + field->offset;
    struct chains_bytes bytes;
    const char *text;
    switch (field->type) {
    case CHAINS_BOOL:
        dict_put(output, *at ? "True" : "False");
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
        dict_struct(output, rec, field->fields, at);
        break;
    case CHAINS_LIST:
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
        dict_list(output, rec, field, at);
        break;
    case CHAINS_TAGS:
        dict_tags(output, rec, number_load(at, 8));
        break;
    default:
        dict_short(output, field, at);
        break;
    }
}

void dict_struct(struct output *output, const struct chains_record *rec,
                 const struct chains_field *fields, const void *base)
{
    const char *gap = "{'";
    for (; fields && fields->name; fields++) {
        if (!value_shows(fields, base))
            continue;
        dict_put(output, gap);
        dict_put(output, fields->name);
        dict_put(output, "': ");
        dict_value(output, rec, fields, base);
        gap = ", '";
    }
    dict_put(output, *gap == '{' ? "{}" : "}");
}
