/* SPDX-License-Identifier: MIT */
/*
 * Columns of plain text. In: a path and a record. Out: its values behind each other. In CSV a
 * column is gone through twice: first to see whether it needs quotes, then to write it, since what
 * was written may have left the buffer.
 */
#include "plain.h"
#include "../bytes/utf8.h"

/* Whether a byte stands for itself wherever it is. */
static bool plain_is_itself(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '\\' && byte != '"';
}

/* One character or stray byte at `p`; returns how many bytes it took. */
static size_t plain_character(const uint8_t *p, size_t left, char **out, bool quoted)
{
    uint32_t code = 0;
    size_t len = utf8_character(p, left, &code);
    if (len > 0 && !utf8_hidden(code)) {
        if (code == '\\' || (code == '"' && quoted))
            *(*out)++ = (char)code; /* doubled */
        *out = text_copy(*out, (const char *)p, len);
        return len;
    }
    if (code == '\t' || code == '\n' || code == '\r') {
        *(*out)++ = '\\';
        *(*out)++ = code == '\t' ? 't' : code == '\n' ? 'n' : 'r';
        return 1;
    }
    len = len ? len : 1;
    for (size_t i = 0; i < len; i++)
        *out = text_escape_hex(*out, p[i]);
    return len;
}

char *plain_escape(char *out, const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    while (p < end) {
        if (plain_is_itself(*p))
            *out++ = (char)*p++;
        else
            p += plain_character(p, (size_t)(end - p), &out, false);
    }
    return out;
}

/* Text of any length into the column at hand. */
static void plain_long(struct plain *plain, const char *text, size_t len)
{
    enum { MOST = 4 * PLAIN_PER_BYTE }; /* of one character */
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    if (plain->probing) {
        plain->special = plain->special || memchr(text, '"', len) || memchr(text, ',', len);
        return;
    }
    while (p < end) {
        char *out = output_room(plain->output, OUTPUT_ROOM);
        const char *limit = out + OUTPUT_ROOM - MOST;
        while (p < end && out < limit) {
            if (plain_is_itself(*p))
                *out++ = (char)*p++;
            else
                p += plain_character(p, (size_t)(end - p), &out, plain->quoted);
        }
        output_put(plain->output, out);
    }
}

static void plain_separator(struct plain *plain)
{
    plain_long(plain, plain->separator, plain->separator_len);
}

static void plain_number(struct plain *plain, uint64_t value)
{
    if (!plain->probing)
        output_put(plain->output, text_u64(output_room(plain->output, TEXT_U64), value));
}

static void plain_named(struct plain *plain, const struct chains_name *names, uint64_t value)
{
    const char *name = value <= UINT32_MAX ? chains_name_of(names, (uint32_t)value) : NULL;
    if (name)
        plain_long(plain, name, strlen(name));
    else
        plain_number(plain, value);
}

static void plain_flags(struct plain *plain, const struct chains_name *names, uint64_t value)
{
    bool first = true;
    for (; names && names->name; names++) {
        if (!(value & names->value))
            continue;
        if (!first)
            plain_separator(plain);
        first = false;
        plain_long(plain, names->name, strlen(names->name));
    }
}

static void plain_tags(struct plain *plain, uint64_t tags)
{
    for (uint64_t bits = tags; bits; bits &= bits - 1) {
        const char *name = plain->layout->tag[__builtin_ctzll(bits)];
        plain_long(plain, name, strlen(name));
        if (bits & (bits - 1))
            plain_separator(plain);
    }
}

static void plain_hex(struct plain *plain, struct chains_bytes bytes)
{
    for (size_t i = 0; i < bytes.len && !plain->probing; i++) {
        char *out = output_room(plain->output, 2);
        *out++ = text_hex_digits[chains_byte(bytes, i) >> 4];
        *out++ = text_hex_digits[chains_byte(bytes, i) & 15];
        output_put(plain->output, out);
    }
}

/* One value of a walk. */
static void plain_value(struct plain *plain, const struct chains_field *field, const void *at)
{
    struct chains_bytes bytes;
    const char *text;
    switch (field->type) {
    case CHAINS_NAMED:
    case CHAINS_ARRAY:
    case CHAINS_NUMBERS:
        plain_named(plain, field->names, number_load(at, field->size));
        break;
    case CHAINS_FLAGS:
        plain_flags(plain, field->names, number_load(at, field->size));
        break;
    case CHAINS_TAGS:
        plain_tags(plain, number_load(at, 8));
        break;
    case CHAINS_TEXT:
        memcpy(&text, at, sizeof text);
        plain_long(plain, text, strlen(text));
        break;
    case CHAINS_RAW:
    case CHAINS_RAWS:
        memcpy(&bytes, at, sizeof bytes);
        if (bytes.len > 0)
            plain_long(plain, (const char *)bytes.at, bytes.len);
        break;
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        plain_hex(plain, bytes);
        break;
    case CHAINS_OBJECT:
    case CHAINS_LIST:
        plain_long(plain, "true", 4);
        break;
    default:
        if (plain->probing || value_op(field) == VALUE_OP_LONG)
            break;
        output_put(plain->output,
                   plain_short(output_room(plain->output, PLAIN_SHORT), value_op(field), at,
                               &plain->clock, plain->digits));
        break;
    }
}

/* The name of the type of layer that a path leads to, which is in the record; or that one is. */
static void plain_layer(struct plain *plain, const struct path *path,
                        const struct chains_record *rec)
{
    const char *text = "true";
    if (path->kind == PATH_TYPE)
        text = rec->layout->type[__builtin_ctzll(rec->present & path->bits)]->name;
    plain_long(plain, text, strlen(text));
}

static void plain_values(struct plain *plain, const struct path *path,
                         const struct chains_record *rec)
{
    const void *base;
    const struct path_place *place = path_place(path, rec, &base);
    struct path_walk walk;
    if (place && place->steps == 0)
        plain_layer(plain, path, rec);
    if (!path_first(&walk, path, rec))
        return;
    plain_value(plain, walk.field, walk.at);
    for (unsigned count = 1; count < PLAIN_VALUES && path_next(&walk); count++) {
        plain_separator(plain);
        plain_value(plain, walk.field, walk.at);
    }
}

static void plain_quote(struct plain *plain)
{
    char *out = output_room(plain->output, 1);
    *out++ = '"';
    output_put(plain->output, out);
}

void plain_column(struct plain *plain, const struct path *path, const struct chains_record *rec)
{
    plain->layout = rec->layout;
    plain->digits = plain_digits(rec);
    plain->quoted = false;
    if (plain->csv) {
        plain->probing = true;
        plain->special = false;
        plain_values(plain, path, rec);
        plain->probing = false;
        plain->quoted = plain->special;
    }
    if (plain->quoted)
        plain_quote(plain);
    plain_values(plain, path, rec);
    if (plain->quoted)
        plain_quote(plain);
}

void plain_text(struct plain *plain, const char *text, size_t len)
{
    plain->quoted = plain->csv && (memchr(text, '"', len) || memchr(text, ',', len));
    if (plain->quoted)
        plain_quote(plain);
    plain_long(plain, text, len);
    if (plain->quoted)
        plain_quote(plain);
}
