/* SPDX-License-Identifier: MIT */
/*
 * The layer of an exec link. In: "NAME:TYPE" for each field, then the program's answers. Out: a type
 * of layer whose table says where each value lies, and a layer for each answer that has one of them.
 * Kept: text is what was answered, to the byte: valid UTF-8, bounded, control characters and all.
 */
#include "exec_layer.h"

#include <string.h>
#include <strings.h>

#include "../bytes/time.h"

enum { LAYER_MOST = 8 + EXEC_FIELDS * 24 }; /* bytes of the largest layer */

/* What a field can be; `align` is that of the member. */
struct exec_type {
    const char *name;
    uint8_t type, size, align;
};

static const struct exec_type exec_types[] = {
    { "uint", CHAINS_UINT, sizeof(uint64_t), sizeof(uint64_t) },
    { "text", CHAINS_RAW, sizeof(struct chains_bytes), sizeof(size_t) },
    { "bool", CHAINS_BOOL, sizeof(bool), 1 },
    { "addr", CHAINS_ADDR, sizeof(struct chains_addr), 1 },
    { "duration", CHAINS_DURATION, sizeof(int64_t), sizeof(int64_t) },
};

enum { EXEC_TYPES = sizeof exec_types / sizeof exec_types[0] };
_Static_assert(sizeof(struct chains_addr) <= 24 && sizeof(struct chains_bytes) <= 24,
               "LAYER_MOST counts 24 bytes for each field");

/* A word that can stand in a path: the length of what begins `text`, 0 when nothing does. */
static size_t layer_word(const char *text)
{
    if (*text < 'a' || *text > 'z')
        return 0;
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

static const struct exec_type *layer_type(const char *name)
{
    for (size_t i = 0; i < EXEC_TYPES; i++)
        if (strcmp(exec_types[i].name, name) == 0)
            return &exec_types[i];
    return NULL;
}

/* Members of an answer that mean something else. */
static bool layer_is_taken(const char *name)
{
    return strcmp(name, "tags") == 0 || strcmp(name, "drop") == 0 ||
           strcmp(name, "number") == 0;
}

static int layer_add(struct exec_layer *layer, chains_component *self, const char *text)
{
    size_t len = layer_word(text);
    const struct exec_type *type = text[len] == ':' ? layer_type(text + len + 1) : NULL;
    if (layer->count == EXEC_FIELDS)
        return chains_fail(chains_about(self, "field", layer->count), CHAINS_EUSAGE,
                           "more than %d fields", EXEC_FIELDS);
    if (len == 0 || len > EXEC_FIELD_NAME || text[len] != ':')
        return chains_fail(chains_about(self, "field", layer->count), CHAINS_EUSAGE,
                           "field=%.40s: write it as NAME:TYPE, with a name of at most %d "
                           "characters from a-z, 0-9 and _",
                           text, EXEC_FIELD_NAME);
    if (!type)
        return chains_fail(chains_about(self, "field", layer->count), CHAINS_EUSAGE,
                           "field=%.60s: there is no such type; use uint, text, bool, addr or "
                           "duration",
                           text);
    char *name = layer->names[layer->count];
    memcpy(name, text, len);
    if (layer_is_taken(name))
        return chains_fail(
            chains_about(self, "field", layer->count), CHAINS_EUSAGE,
            "a field cannot be called %s: that member of an answer has a meaning "
            "already",
            name);
    if (chains_field_find(layer->fields, name))
        return chains_fail(chains_about(self, "field", layer->count), CHAINS_EUSAGE,
                           "two fields are called %s", name);
    size_t at = (layer->type.size + type->align - 1) / type->align * type->align;
    layer->fields[layer->count] = (struct chains_field){
        .name = name,
        .help = "what the program says",
        .type = type->type,
        .offset = (uint16_t)at,
        .size = type->size,
        .has = UINT32_C(1) << layer->count,
    };
    layer->count++;
    layer->type.size = at + type->size;
    return CHAINS_OK;
}

/* Whether a built-in layer or a member of every record is called so. */
static bool layer_is_built_in(const char *name)
{
    const struct chains_layer_type *types[CHAINS_IDS];
    size_t count = chains_layer_types(types, CHAINS_IDS);
    for (size_t i = 0; i < count; i++)
        if (strcmp(types[i]->slot, name) == 0 || strcasecmp(types[i]->name, name) == 0)
            return true;
    return chains_field_find(chains_record_fields, name) != NULL;
}

int exec_layer_create(struct exec_layer *layer, chains_component *self, const char *name,
                      const char *const *fields)
{
    if (!fields || !fields[0])
        return CHAINS_OK;
    size_t len = layer_word(name);
    if (len == 0 || len > EXEC_LAYER_NAME || name[len])
        return chains_fail(
            chains_about(self, "layer", 0), CHAINS_EUSAGE,
            "layer=%.40s: the name of a layer has at most %d characters from a-z, "
            "0-9 and _",
            name, EXEC_LAYER_NAME);
    if (layer_is_built_in(name))
        return chains_fail(chains_about(self, "layer", 0), CHAINS_EUSAGE,
                           "layer=%s: records have that already", name);
    memcpy(layer->name, name, len + 1);
    layer->type = (struct chains_layer_type){
        .slot = layer->name,
        .name = layer->name,
        .size = sizeof(uint32_t), /* `has` */
        .fields = layer->fields,
        .id = CHAINS_ID_DYNAMIC,
    };
    for (; *fields; fields++) {
        int status = layer_add(layer, self, *fields);
        if (status < 0)
            return status;
    }
    layer->type.size = (layer->type.size + 7) & ~(size_t)7;
    return chains_adds(self, &layer->type);
}

int exec_layer_check(const struct exec_layer *layer, chains_component *self)
{
    const struct chains_layout *layout = chains_layout_of(self);
    if (!layer->count)
        return CHAINS_OK;
    for (uint64_t bits = chains_upstream_types(self); bits; bits &= bits - 1) {
        const struct chains_layer_type *type = layout->type[__builtin_ctzll(bits)];
        if (type && type != &layer->type && strcmp(type->slot, layer->name) == 0)
            return chains_fail(
                chains_about(self, "layer", 0), CHAINS_EUSAGE,
                "another component upstream has a layer called %s: give this one "
                "a name of its own with layer=NAME",
                layer->name);
    }
    return CHAINS_OK;
}

/*
 * Text as the bytes that were answered, in the arena: whoever prints them escapes them. False when
 * there is no room for them; more than EXEC_TEXT_MOST are cut behind a whole character.
 */
static bool layer_text(chains_component *self, struct chains_bytes *bytes,
                       const struct exec_member *member, bool *cut)
{
    size_t len = member->len;
    if (len > EXEC_TEXT_MOST) {
        *cut = true;
        len = EXEC_TEXT_MOST;
        while (len > 0 && ((uint8_t)member->text[len] & 0xc0) == 0x80) /* inside a character */
            len--;
    }
    uint8_t *copy = chains_arena_take(chains_arena_of(self), len);
    if (!copy)
        return false;
    memcpy(copy, member->text, len);
    *bytes = (struct chains_bytes){ copy, len };
    return true;
}

/* Writes a value at its place; false when it is not of the field's type or finds no room. */
static bool layer_set(chains_component *self, void *at, const struct chains_field *field,
                      const struct exec_member *member, bool *cut)
{
    struct chains_addr addr;
    memset(&addr, 0, sizeof addr);
    struct chains_bytes bytes;
    int64_t ns = 0;
    switch (field->type) {
    case CHAINS_UINT:
        memcpy(at, &member->uint, sizeof member->uint);
        return member->kind == EXEC_UINT;
    case CHAINS_BOOL:
        memcpy(at, &member->yes, sizeof member->yes);
        return member->kind == EXEC_BOOL;
    case CHAINS_ADDR:
        if (member->kind != EXEC_TEXT || !chains_addr_parse(member->text, &addr))
            return false;
        memcpy(at, &addr, sizeof addr);
        return true;
    case CHAINS_RAW:
        if (member->kind != EXEC_TEXT || !layer_text(self, &bytes, member, cut))
            return false;
        memcpy(at, &bytes, sizeof bytes);
        return true;
    default: /* CHAINS_DURATION: seconds, as JSON shows it */
        if (member->kind != EXEC_UINT && member->kind != EXEC_REAL)
            return false;
        if (!(member->real > -9e9 && member->real < 9e9))
            return false;
        ns = (int64_t)(member->real * (double)TIME_SECOND_NS + (member->real < 0 ? -0.5 : 0.5));
        memcpy(at, &ns, sizeof ns);
        return true;
    }
}

const char *exec_layer_attach(const struct exec_layer *layer, chains_component *self,
                              struct chains_record *rec, const struct exec_reply *reply)
{
    const char *misfit = NULL;
    uint32_t has = 0;
    char values[LAYER_MOST]; /* each is copied to its place whole: no alignment is needed */
    memset(values, 0, sizeof values);
    for (size_t i = 0; i < layer->count; i++) {
        const struct chains_field *field = &layer->fields[i];
        struct exec_member member = exec_reply_member(reply, field->name);
        bool cut = false;
        if (member.kind == EXEC_NOTHING)
            continue;
        if (layer_set(self, values + field->offset, field, &member, &cut))
            has |= field->has;
        else
            cut = true;
        if (cut)
            misfit = field->name;
    }
    if (!has)
        return misfit;
    memcpy(values, &has, sizeof has);
    memcpy(chains_attach(self, rec, &layer->type), values, layer->type.size);
    return misfit;
}
