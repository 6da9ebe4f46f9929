/* SPDX-License-Identifier: MIT */
/*
 * From words to the place of a value. In: "transport.dport" and a layout. Out: for each type of
 * layer that has it, the steps from its struct to the value. Objects are folded into offsets;
 * lists are steps of their own.
 */
#include "path.h"

#include "path_explain.h"

#include <chains/chain.h>

#include <string.h>

#include "layout.h"

struct word {
    const char *at;
    size_t len;
};

static bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.len && memcmp(word.at, text, word.len) == 0;
}

/* As word_is(), for the names of types: "tcp" is TCP. */
static bool word_is_type(struct word word, const char *name)
{
    for (size_t i = 0; i < word.len; i++) {
        char c = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i];
        if (word.at[i] != c)
            return false;
    }
    return name[word.len] == '\0';
}

/* Takes the word before the next dot off the front. */
static struct word word_first(struct word *rest)
{
    const char *dot = memchr(rest->at, '.', rest->len);
    struct word first = { rest->at, dot ? (size_t)(dot - rest->at) : rest->len };
    size_t taken = first.len + (dot ? 1 : 0);
    rest->at += taken;
    rest->len -= taken;
    return first;
}

/* Whether one struct may have several values of a field. */
static bool path_is_many(const struct chains_field *field)
{
    return field->type == CHAINS_LIST || field->type == CHAINS_ARRAY ||
           field->type == CHAINS_RAWS || field->type == CHAINS_NUMBERS;
}

/* Follows `rest` through a table; false when there is no such field. */
static bool path_follow(struct path_place *place, const struct chains_field *fields,
                        struct word rest)
{
    while (rest.len > 0 && place->steps < PATH_STEPS) {
        struct word first = word_first(&rest);
        const struct chains_field *field = fields;
        while (field && field->name && !word_is(first, field->name))
            field++;
        if (!field || !field->name)
            return false;
        place->step[place->steps++] = field;
        place->many = place->many || path_is_many(field);
        fields =
            field->type == CHAINS_LIST || field->type == CHAINS_OBJECT ? field->fields : NULL;
        if (rest.len == 0)
            return true;
    }
    return false;
}

/* The only field of a layer that is shown as it, and what is inside of that. */
static bool path_follow_bare(struct path_place *place, const struct chains_layer_type *type,
                             struct word rest)
{
    if (!layer_is_bare(type))
        return false;
    place->steps = 1;
    place->step[0] = type->fields;
    place->many = path_is_many(type->fields);
    return rest.len == 0 || path_follow(place, type->fields->fields, rest);
}

/* What `rest` is in one type of layer: a kind of path with its place; false: nothing. */
static bool path_in_type(const struct chains_layer_type *type, struct word rest,
                         enum path_kind *kind, struct path_place *place)
{
    *kind = PATH_FIELD;
    *place = (struct path_place){ .steps = 0 };
    if (path_follow_bare(place, type, rest))
        return true;
    *place = (struct path_place){ .steps = 0 };
    if (rest.len > 0 && path_follow(place, type->fields, rest))
        return true;
    *place = (struct path_place){ .steps = 0 };
    *kind = rest.len == 0 ? PATH_LAYER : PATH_TYPE;
    return rest.len == 0 || (word_is(rest, "type") && strcmp(type->slot, type->name) != 0);
}

static bool path_of_record(struct path *path, struct word word)
{
    path->kind = PATH_FIELD;
    path->record = true;
    path->places = 1;
    return path_follow(&path->place[0], chains_record_fields, word);
}

/* Whether what is found in one more type of layer is of the same path. */
static bool path_joins(const struct path *path, enum path_kind kind, unsigned slot)
{
    if (path->slot != slot)
        return false;
    /* Of SLOT.type: one type's name, and another type's own field "type". */
    return path->kind == kind || (path->kind != PATH_LAYER && kind != PATH_LAYER);
}

/* Collects the places of `rest` in all types that `first` names, as a slot or as a type. */
static bool path_of_layers(struct path *path, const struct chains_layout *layout,
                           uint64_t types, struct word first, struct word rest)
{
    for (uint64_t bits = types; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        const struct chains_layer_type *type = layout->type[id];
        struct path_place place;
        enum path_kind kind;
        if (!type || !(word_is(first, type->slot) || word_is_type(first, type->name)) ||
            !path_in_type(type, rest, &kind, &place))
            continue;
        if (path->places > 0 && !path_joins(path, kind, layout->slot_of[id]))
            continue;
        if (path->places == PATH_TYPES)
            return false;
        path->kind = path->places > 0 && path->kind == PATH_TYPE ? PATH_TYPE : kind;
        path->slot = layout->slot_of[id];
        path->bits |= UINT64_C(1) << id;
        path->place_of[id] = path->places;
        path->place[path->places++] = place;
    }
    return path->places > 0;
}

int path_find(struct path *path, const struct chains_layout *layout, uint64_t types,
              const char *text, size_t len, char *error, size_t error_size)
{
    struct word rest = { text, len };
    bool whole = len > 0 && text[len - 1] != '.';
    memset(path, 0, sizeof *path);
    if (whole && path_of_record(path, rest))
        return CHAINS_OK;
    memset(path, 0, sizeof *path);
    struct word first = word_first(&rest);
    if (whole && path_of_layers(path, layout, types, first, rest))
        return CHAINS_OK;
    path_explain(layout, types, text, len, error, error_size);
    return CHAINS_EUSAGE;
}

static bool path_has(const struct chains_field *field, const char *base)
{
    uint32_t has;
    if (!field->has)
        return true;
    memcpy(&has, base, sizeof has);
    return has & field->has;
}

/* Whether the last step of a walk has a value in the struct at `base`; how many items it has. */
static bool path_value(struct path_walk *walk, const struct chains_field *field,
                       const char *base)
{
    const char *at = base + field->offset;
    const char *text;
    struct chains_bytes bytes;
    struct chains_list list;
    walk->field = field;
    walk->at = at;
    walk->item = 0;
    walk->items = 1;
    if (!path_has(field, base))
        return false;
    switch (field->type) {
    case CHAINS_ARRAY:
        walk->items = *((const uint8_t *)base + field->count);
        return walk->items > 0;
    case CHAINS_TEXT:
        memcpy(&text, at, sizeof text);
        return text != NULL;
    case CHAINS_ADDR:
        return ((const struct chains_addr *)(const void *)at)->family != 0;
    case CHAINS_RAW:
    case CHAINS_HEX:
        memcpy(&bytes, at, sizeof bytes);
        return bytes.len > 0 || !field->omit_zero;
    case CHAINS_LIST:
        memcpy(&list, at, sizeof list);
        return list.count > 0;
    case CHAINS_RAWS:
    case CHAINS_NUMBERS:
        memcpy(&list, at, sizeof list);
        walk->at = list.items;
        walk->items = list.count;
        return list.count > 0;
    default:
        return true;
    }
}

/* Enters the struct or the items that step `depth` of a walk is; false when there are none. */
static bool path_enter(struct path_walk *walk, unsigned depth, const char *base)
{
    const struct chains_field *field = walk->place->step[depth];
    struct chains_list list = { base + field->offset, 1 };
    if (!path_has(field, base))
        return false;
    if (field->type == CHAINS_LIST)
        memcpy(&list, base + field->offset, sizeof list);
    walk->level[depth].base = list.items;
    walk->level[depth].index = 0;
    walk->level[depth].count = list.count;
    return list.count > 0;
}

/* Goes down from the struct at `base`, step `depth`, to the first value there. */
static bool path_descend(struct path_walk *walk, unsigned depth, const char *base)
{
    unsigned last = walk->place->steps - 1U, top = depth;
    for (;;) {
        if (depth == last) {
            if (path_value(walk, walk->place->step[last], base))
                return true;
        } else if (path_enter(walk, depth, base)) {
            base = walk->level[depth++].base;
            continue;
        }
        /* Nothing here: the next item of the nearest list above. */
        for (;;) {
            if (depth == top)
                return false;
            depth--;
            if (++walk->level[depth].index < walk->level[depth].count)
                break;
        }
        base = walk->level[depth].base +
               (size_t)walk->level[depth].index * walk->place->step[depth]->size;
        depth++;
    }
}

bool path_first(struct path_walk *walk, const struct path *path,
                const struct chains_record *rec)
{
    const void *base;
    walk->place = path_place(path, rec, &base);
    if (!walk->place || walk->place->steps == 0)
        return false;
    return path_descend(walk, 0, base);
}

bool path_next(struct path_walk *walk)
{
    if (++walk->item < walk->items) {
        walk->at = (const char *)walk->at + walk->field->size;
        return true;
    }
    for (unsigned depth = walk->place->steps - 1U; depth > 0;) {
        depth--;
        while (++walk->level[depth].index < walk->level[depth].count)
            if (path_descend(walk, depth + 1,
                             walk->level[depth].base + (size_t)walk->level[depth].index *
                                                           walk->place->step[depth]->size))
                return true;
    }
    return false;
}

bool path_holds(const struct path *path, const struct chains_record *rec)
{
    struct path_walk walk;
    if (path->kind == PATH_FIELD)
        return path_first(&walk, path, rec);
    return rec->present & path->bits;
}
