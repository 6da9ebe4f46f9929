/* SPDX-License-Identifier: MIT */
/*
 * From records to keys and back to text. A column is its values behind each other, then a 0. A
 * value is its kind and its bytes: numbers with the high byte first, text with a 0 behind it, in
 * which a 0 and a 1 become two bytes, so that memcmp() sorts keys as people do.
 */
#include "count_key.h"

#include "../render/json_layer.h"

enum value_kind {
    VALUE_END,
    VALUE_BOOL,     /* a byte */
    VALUE_NUMBER,   /* eight bytes, as in those below */
    VALUE_DURATION, /* the sign's bit turned over, so that what is negative comes first */
    VALUE_MICROS,   /* a time stamp with six digits, also so */
    VALUE_NANOS,    /* with nine */
    VALUE_MAC,      /* six bytes */
    VALUE_ADDR,     /* the family and its octets */
    VALUE_TEXT,
    VALUE_HEX,
    VALUE_FLAGS, /* the place whose names they have, and eight bytes */
    VALUE_TAGS,  /* eight bytes */
};

enum {
    VALUE_ESCAPE = 1,
    VALUE_MOST = 4 * COUNT_COLUMN + 64, /* bytes of a value as text, but for flags and tags */
};

static const uint64_t value_sign = UINT64_C(1) << 63;

struct key_writer {
    uint8_t *at;
    const uint8_t *limit; /* of the column, before its end */
    bool full;            /* something found no room */
};

static bool key_room(struct key_writer *writer, size_t n)
{
    writer->full = writer->full || (size_t)(writer->limit - writer->at) < n;
    return !writer->full;
}

static void key_put_u64(struct key_writer *writer, uint64_t value)
{
    uint8_t *at = writer->at; /* without a loop: compilers make one store of it */
    at[0] = (uint8_t)(value >> 56);
    at[1] = (uint8_t)(value >> 48);
    at[2] = (uint8_t)(value >> 40);
    at[3] = (uint8_t)(value >> 32);
    at[4] = (uint8_t)(value >> 24);
    at[5] = (uint8_t)(value >> 16);
    at[6] = (uint8_t)(value >> 8);
    at[7] = (uint8_t)value;
    writer->at += 8;
}

static void key_u64(struct key_writer *writer, enum value_kind kind, uint64_t value)
{
    if (!key_room(writer, 9))
        return;
    *writer->at++ = (uint8_t)kind;
    key_put_u64(writer, value);
}

static void key_bytes(struct key_writer *writer, const void *bytes, size_t len)
{
    memcpy(writer->at, bytes, len);
    writer->at += len;
}

static void key_text(struct key_writer *writer, enum value_kind kind, const void *text,
                     size_t len)
{
    const uint8_t *p = len ? text : "", *end = p + len; /* text may be NULL then */
    if (!key_room(writer, 2))
        return;
    *writer->at++ = (uint8_t)kind;
    const uint8_t *limit = writer->limit - 1; /* the 0 behind it */
    for (; p < end && limit - writer->at >= (*p <= VALUE_ESCAPE ? 2 : 1); p++) {
        if (*p <= VALUE_ESCAPE)
            *writer->at++ = VALUE_ESCAPE;
        *writer->at++ = *p <= VALUE_ESCAPE ? (uint8_t)(*p + 1) : *p;
    }
    *writer->at++ = 0;
    writer->full = p < end;
}

static void key_addr(struct key_writer *writer, const struct chains_addr *addr)
{
    const bool is4 = addr->family == 4;
    if (!addr->family || !key_room(writer, is4 ? 6 : 18))
        return;
    *writer->at++ = VALUE_ADDR;
    *writer->at++ = addr->family;
    if (is4)
        key_bytes(writer, addr->octets, 4);
    else
        key_bytes(writer, addr->octets, sizeof addr->octets);
}

static void key_bool(struct key_writer *writer, bool value)
{
    if (!key_room(writer, 2))
        return;
    *writer->at++ = VALUE_BOOL;
    *writer->at++ = value;
}

static void key_mac(struct key_writer *writer, const uint8_t *mac)
{
    if (!key_room(writer, 7))
        return;
    *writer->at++ = VALUE_MAC;
    key_bytes(writer, mac, 6);
}

/* A value that is not VALUE_OP_LONG. */
static void key_short(struct key_writer *writer, uint8_t op, const void *at, int digits)
{
    switch (op) {
    case VALUE_OP_U8:
        key_u64(writer, VALUE_NUMBER, number_load(at, 1));
        break;
    case VALUE_OP_U16:
        key_u64(writer, VALUE_NUMBER, number_load(at, 2));
        break;
    case VALUE_OP_U32:
        key_u64(writer, VALUE_NUMBER, number_load(at, 4));
        break;
    case VALUE_OP_U64:
        key_u64(writer, VALUE_NUMBER, number_load(at, 8));
        break;
    case VALUE_OP_BOOL:
        key_bool(writer, number_load(at, 1) != 0);
        break;
    case VALUE_OP_MAC:
        key_mac(writer, at);
        break;
    case VALUE_OP_ADDR:
        key_addr(writer, at);
        break;
    case VALUE_OP_TIME:
        key_u64(writer, digits == 9 ? VALUE_NANOS : VALUE_MICROS,
                number_load(at, 8) ^ value_sign);
        break;
    default: /* VALUE_OP_DURATION */
        key_u64(writer, VALUE_DURATION, number_load(at, 8) ^ value_sign);
        break;
    }
}

static void key_named(struct key_writer *writer, const struct chains_name *names,
                      uint64_t value)
{
    const char *name = value <= UINT32_MAX ? chains_name_of(names, (uint32_t)value) : NULL;
    if (name)
        key_text(writer, VALUE_TEXT, name, strlen(name));
    else
        key_u64(writer, VALUE_NUMBER, value);
}

/* The first place of a path whose last field has these names. */
static uint8_t key_place(const struct path *path, const struct chains_name *names)
{
    uint8_t i = 0;
    for (; i + 1 < path->places; i++)
        if (path_field(&path->place[i]) && path_field(&path->place[i])->names == names)
            break;
    return i;
}

/* Bits without a name do not tell keys apart, since they are not shown; no bits are no value. */
static void key_flags(struct key_writer *writer, const struct path *path,
                      const struct chains_field *field, uint64_t value)
{
    uint64_t named = 0;
    for (const struct chains_name *name = field->names; name && name->name; name++)
        named |= value & name->value;
    if (!named || !key_room(writer, 10))
        return;
    *writer->at++ = VALUE_FLAGS;
    *writer->at++ = key_place(path, field->names);
    key_put_u64(writer, named);
}

static void key_tags(struct key_writer *writer, uint64_t tags)
{
    if (tags)
        key_u64(writer, VALUE_TAGS, tags);
}

/* One value of a walk. */
static void key_long(struct key_writer *writer, const struct path *path,
                     const struct path_walk *walk, int digits)
{
    const struct chains_field *field = walk->field;
    struct chains_bytes bytes;
    const char *text;
    switch (field->type) {
    case CHAINS_NAMED:
    case CHAINS_ARRAY:
    case CHAINS_NUMBERS:
        key_named(writer, field->names, number_load(walk->at, field->size));
        break;
    case CHAINS_FLAGS:
        key_flags(writer, path, field, number_load(walk->at, field->size));
        break;
    case CHAINS_TAGS:
        key_tags(writer, number_load(walk->at, 8));
        break;
    case CHAINS_TEXT:
        memcpy(&text, walk->at, sizeof text);
        key_text(writer, VALUE_TEXT, text, strlen(text));
        break;
    case CHAINS_RAW:
    case CHAINS_RAWS:
    case CHAINS_HEX:
        memcpy(&bytes, walk->at, sizeof bytes);
        key_text(writer, field->type == CHAINS_HEX ? VALUE_HEX : VALUE_TEXT, bytes.at,
                 bytes.len);
        break;
    case CHAINS_OBJECT:
    case CHAINS_LIST:
        key_bool(writer, true);
        break;
    default:
        if (value_op(field) != VALUE_OP_LONG)
            key_short(writer, value_op(field), walk->at, digits);
        break;
    }
}

/* That a layer is there, or the name of its type. */
static void key_layer(struct key_writer *writer, const struct path *path,
                      const struct chains_record *rec)
{
    const char *name = rec->layout->type[__builtin_ctzll(rec->present & path->bits)]->name;
    if (path->kind == PATH_TYPE)
        key_text(writer, VALUE_TEXT, name, strlen(name));
    else
        key_bool(writer, true);
}

static void key_path(struct key_writer *writer, const struct path *path,
                     const struct chains_record *rec)
{
    const void *base;
    const struct path_place *place = path_place(path, rec, &base);
    struct path_walk walk;
    unsigned count = 0;
    if (place && place->steps == 0)
        key_layer(writer, path, rec);
    if (!path_first(&walk, path, rec))
        return;
    do
        key_long(writer, path, &walk, plain_digits(rec));
    while (!writer->full && ++count < PLAIN_VALUES && path_next(&walk));
}

size_t count_keys_write(const struct count_keys *keys, const struct chains_record *rec,
                        uint8_t *key, bool *cut)
{
    struct key_writer writer = { .at = key };
    bool any_full = false;
    for (size_t i = 0; i < keys->columns.count; i++) {
        const struct column *column = &keys->columns.at[i];
        const void *base;
        const struct column_cell *cell = column_cell(column, rec, &base);
        writer.limit = writer.at + keys->size[i] - 1;
        writer.full = false;
        if (cell && cell->op != VALUE_OP_LONG)
            key_short(&writer, cell->op, (const char *)base + cell->offset, plain_digits(rec));
        else if (cell)
            key_path(&writer, &column->path, rec);
        any_full = any_full || writer.full;
        *writer.at++ = VALUE_END;
    }
    *cut = any_full;
    return (size_t)(writer.at - key);
}

static size_t key_most_name(const struct chains_name *names)
{
    size_t most = 8; /* a number */
    for (; names && names->name; names++)
        most = strlen(names->name) > most ? strlen(names->name) : most;
    return most;
}

/* The most bytes of a column in one place: a kind, the value, the 0 behind text, the end. */
static size_t key_most(const struct path_place *place)
{
    static const uint8_t most[] = {
        [VALUE_OP_U8] = 8,    [VALUE_OP_U16] = 8,  [VALUE_OP_U32] = 8,
        [VALUE_OP_U64] = 8,   [VALUE_OP_BOOL] = 1, [VALUE_OP_MAC] = 6,
        [VALUE_OP_ADDR] = 17, [VALUE_OP_TIME] = 8, [VALUE_OP_DURATION] = 8,
    };
    const struct chains_field *field = path_field(place);
    uint8_t op = value_op(field);
    if (place->many)
        return COUNT_COLUMN;
    if (op != VALUE_OP_LONG)
        return 2U + most[op];
    if (field->type == CHAINS_NAMED)
        return 3 + key_most_name(field->names);
    if (field->type == CHAINS_FLAGS || field->type == CHAINS_TAGS)
        return 11;
    return field->type == CHAINS_OBJECT ? 3 : COUNT_COLUMN;
}

/* Of the place of a path in one type of layer; without steps it is there, or has a name. */
static size_t key_most_in(const struct path *path, const struct path_place *place,
                          const struct chains_layer_type *type)
{
    if (place->steps > 0)
        return key_most(place);
    return 3 + (path->kind == PATH_TYPE ? strlen(type->name) : 0);
}

static size_t key_most_of(const struct path *path, const struct chains_layout *layout)
{
    size_t most = path->record ? key_most(&path->place[0]) : 0;
    for (uint64_t bits = path->bits; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        size_t len = key_most_in(path, &path->place[path->place_of[id]], layout->type[id]);
        most = len > most ? len : most;
    }
    return most < COUNT_COLUMN ? most : COUNT_COLUMN;
}

static bool key_is_list(const struct path *path)
{
    for (size_t i = 0; i < path->places; i++) {
        const struct chains_field *field = path_field(&path->place[i]);
        if (field &&
            (path->place[i].many || field->type == CHAINS_FLAGS || field->type == CHAINS_TAGS))
            return true;
    }
    return false;
}

void count_keys_prepare(struct count_keys *keys, const struct chains_layout *layout)
{
    keys->layout = layout;
    keys->key_size = 0;
    for (size_t i = 0; i < keys->columns.count; i++) {
        keys->size[i] = (uint16_t)key_most_of(&keys->columns.at[i].path, layout);
        keys->list[i] = key_is_list(&keys->columns.at[i].path);
        keys->key_size += keys->size[i];
    }
}

/* A value taken out of a key. */
struct key_value {
    uint8_t kind;
    uint64_t number;
    const struct chains_name *names;
    size_t len;
    struct chains_addr addr;
    char text[COUNT_COLUMN];
};

static const uint8_t *key_take_u64(const uint8_t *p, uint64_t *number)
{
    *number = chains_load_be64(p);
    return p + 8;
}

static const uint8_t *key_take_text(const uint8_t *p, struct key_value *value)
{
    for (value->len = 0; *p; p++) {
        bool escaped = *p == VALUE_ESCAPE;
        p += escaped;
        value->text[value->len++] = (char)(*p - escaped);
    }
    return p + 1;
}

static const uint8_t *key_take_addr(const uint8_t *p, struct chains_addr *addr)
{
    *addr = (struct chains_addr){ .family = *p };
    size_t len = addr->family == 4 ? 4 : sizeof addr->octets;
    memcpy(addr->octets, p + 1, len);
    return p + 1 + len;
}

/* Takes the value at `p` out of column `path`; returns the place behind. */
static const uint8_t *key_take(const uint8_t *p, const struct path *path,
                               struct key_value *value)
{
    value->kind = *p++;
    switch (value->kind) {
    case VALUE_BOOL:
        value->number = *p;
        return p + 1;
    case VALUE_MAC:
        memcpy(value->text, p, 6);
        return p + 6;
    case VALUE_ADDR:
        return key_take_addr(p, &value->addr);
    case VALUE_TEXT:
    case VALUE_HEX:
        return key_take_text(p, value);
    case VALUE_FLAGS:
        value->names = path_field(&path->place[*p])->names;
        return key_take_u64(p + 1, &value->number);
    default:
        return key_take_u64(p, &value->number);
    }
}

/* The values that text shows as they are, but for quotes in JSON: at most VALUE_MOST bytes. */
static char *key_show(struct count_keys *keys, const struct key_value *value, char *out)
{
    switch (value->kind) {
    case VALUE_BOOL:
        return value->number ? text_literal(out, "true") : text_literal(out, "false");
    case VALUE_DURATION:
        return value_seconds(out, (int64_t)(value->number ^ value_sign));
    case VALUE_MICROS:
    case VALUE_NANOS:
        return text_time(out, &keys->clock, (int64_t)(value->number ^ value_sign),
                         value->kind == VALUE_NANOS ? 9 : 6, 'T');
    case VALUE_MAC:
        return text_mac(out, (const uint8_t *)value->text);
    case VALUE_ADDR:
        return out + chains_addr_text(&value->addr, out);
    case VALUE_HEX:
        for (size_t i = 0; i < value->len; i++) {
            *out++ = text_hex_digits[(uint8_t)value->text[i] >> 4];
            *out++ = text_hex_digits[(uint8_t)value->text[i] & 15];
        }
        return out;
    default: /* VALUE_NUMBER */
        return text_u64(out, value->number);
    }
}

/* The next name of flags or tags, whose bits it takes away; NULL when there is none left. */
static const char *key_next_name(const struct count_keys *keys, struct key_value *value)
{
    if (value->kind == VALUE_TAGS) {
        const char *tag =
            value->number ? keys->layout->tag[__builtin_ctzll(value->number)] : NULL;
        value->number &= value->number - 1;
        return tag;
    }
    while (value->names && value->names->name && !(value->names->value & value->number))
        value->names++;
    return value->names && value->names->name ? value->names++->name : NULL;
}

static bool key_has_names(const struct key_value *value)
{
    return value->kind == VALUE_FLAGS || value->kind == VALUE_TAGS;
}

/* Names that find no room before `limit` are left out. */
static char *key_plain_names(const struct count_keys *keys, struct key_value *value, char *out,
                             const char *limit)
{
    const char *name, *gap = "";
    while ((name = key_next_name(keys, value)) != NULL) {
        size_t len = strlen(name);
        if ((size_t)(limit - out) < 1 + PLAIN_PER_BYTE * len)
            break;
        out = text_copy(out, gap, strlen(gap));
        out = plain_escape(out, name, len);
        gap = ",";
    }
    return out;
}

const uint8_t *count_keys_plain(struct count_keys *keys, size_t i, const uint8_t *key,
                                char *out, char **end)
{
    const struct path *path = &keys->columns.at[i].path;
    const char *limit = out + COUNT_CELL - VALUE_MOST, *begin = out;
    struct key_value value;
    while (*key != VALUE_END) {
        key = key_take(key, path, &value);
        if (out >= limit)
            continue;
        if (out > begin)
            *out++ = ',';
        if (key_has_names(&value))
            out = key_plain_names(keys, &value, out, limit);
        else if (value.kind == VALUE_TEXT)
            out = plain_escape(out, value.text, value.len);
        else
            out = key_show(keys, &value, out);
    }
    *end = out;
    return key + 1;
}

/* Each name behind a gap; returns the gap before the next value. */
static const char *key_json_names(const struct count_keys *keys, struct key_value *value,
                                  struct output *output, const char *gap)
{
    const char *name;
    while ((name = key_next_name(keys, value)) != NULL) {
        output_text(output, gap, strlen(gap));
        json_text(output, name, strlen(name));
        gap = ",";
    }
    return gap;
}

static void key_json_value(struct count_keys *keys, const struct key_value *value,
                           struct output *output)
{
    bool bare = value->kind == VALUE_BOOL || value->kind == VALUE_NUMBER ||
                value->kind == VALUE_DURATION;
    if (value->kind == VALUE_TEXT) {
        json_raw(output, value->text, value->len);
    } else {
        char *out = output_room(output, VALUE_MOST);
        if (!bare)
            *out++ = '"';
        out = key_show(keys, value, out);
        if (!bare)
            *out++ = '"';
        output_put(output, out);
    }
}

const uint8_t *count_keys_json(struct count_keys *keys, size_t i, const uint8_t *key,
                               struct output *output)
{
    const struct path *path = &keys->columns.at[i].path;
    const char *gap = "";
    struct key_value value;
    if (*key == VALUE_END)
        output_text(output, "null", 4);
    else if (keys->list[i])
        output_text(output, "[", 1);
    bool open = *key != VALUE_END && keys->list[i];
    while (*key != VALUE_END) {
        key = key_take(key, path, &value);
        if (key_has_names(&value)) {
            gap = key_json_names(keys, &value, output, gap);
            continue;
        }
        output_text(output, gap, strlen(gap));
        key_json_value(keys, &value, output);
        gap = ",";
    }
    if (open)
        output_text(output, "]", 1);
    return key + 1;
}
