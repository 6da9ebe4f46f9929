/* SPDX-License-Identifier: MIT */
/*
 * From a path to accesses. In: a name, and the layers that there are. Out: for layers that agree on
 * where its value lies and what it is, one operand. Kept: objects on the way become part of the
 * offset; only lists, arrays and second presence bits need a walk.
 */
#include "compile.h"

#include <chains/dissect.h>

#include <string.h>

static const struct {
    const char *name, *wants, *signs;
    uint32_t takes;
} classes[] = {
#define TAKES(sign) (UINT32_C(1) << TOKEN_##sign)
#define EQUAL       (TAKES(EQ) | TAKES(NE) | TAKES(IN))
#define ORDER       (EQUAL | TAKES(LT) | TAKES(LE) | TAKES(GT) | TAKES(GE))
#define SEARCH      (EQUAL | TAKES(CONTAINS) | TAKES(MATCHES))
    [CLASS_NUMBER] = { "a number", "a number like 53, 0x35 or 64k",
                       "==, !=, <, <=, >, >= and in", ORDER },
    [CLASS_NAMED] = { "a number with names", "one of its names or a number",
                      "==, !=, <, <=, >, >=, in, contains and matches", ORDER | SEARCH },
    [CLASS_FLAGS] = { "a set of flags", "names of flags or a number",
                      "has, in and == {...}, and with a number ==, !=, <, <=, > and >=",
                      ORDER | TAKES(HAS) },
    [CLASS_TAGS] = { "a set of tags", "names of tags",
                     "has, in, == and !=", EQUAL | TAKES(HAS) },
    [CLASS_BOOL] = { "true or false", "true or false", "==, != and in", EQUAL },
    [CLASS_TIME] = { "a time", "a time like 2015-05-27T01:17:07Z or 1432689427.9",
                     "==, !=, <, <=, >, >= and in", ORDER },
    [CLASS_DURATION] = { "a duration", "a duration like 10ms, 1.5s or 2h",
                         "==, !=, <, <=, >, >= and in", ORDER },
    [CLASS_ADDRESS] = { "an address", "an address like 10.0.0.1 or a prefix like 10.0.0.0/8",
                        "==, !=, <, <=, >, >= and in", ORDER },
    [CLASS_MAC] = { "a MAC address",
                    "one like 02:00:00:00:00:01 or the first three bytes of it",
                    "==, != and in", EQUAL },
    [CLASS_TEXT] = { "text", "text in quotes", "==, !=, in, contains and matches", SEARCH },
    [CLASS_RAW] = { "bytes", "text in quotes or bytes like 01:02:ff",
                    "==, !=, in, contains and matches", SEARCH },
    [CLASS_HEX] = { "bytes", "bytes like 01:02:ff or \"\\x01\\x02\\xff\"",
                    "==, !=, in and contains", EQUAL | TAKES(CONTAINS) },
    [CLASS_TYPE] = { "the name of a type", "the name of a type",
                     "==, !=, in, contains and matches", SEARCH },
    [CLASS_LAYER] = { "a group of fields", "", "", 0 },
    [CLASS_OTHER] = { "a field that cannot be compared", "", "", 0 },
};

const char *class_name(enum value_class class)
{
    return classes[class].name;
}

const char *class_wants(enum value_class class)
{
    return classes[class].wants;
}

const char *class_signs(enum value_class class)
{
    return classes[class].signs;
}

bool class_takes(enum value_class class, enum token_kind sign)
{
    return classes[class].takes >> sign & 1;
}

static bool operand_is_number(unsigned size)
{
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static enum value_class operand_class(const struct chains_field *field)
{
    bool number = operand_is_number(field->size);
    switch ((enum chains_field_type)field->type) {
    case CHAINS_BOOL:
        return field->size == 1 ? CLASS_BOOL : CLASS_OTHER;
    case CHAINS_UINT:
    case CHAINS_SIZE:
        return number ? CLASS_NUMBER : CLASS_OTHER;
    case CHAINS_NAMED:
    case CHAINS_ARRAY:
    case CHAINS_NUMBERS:
        return !number ? CLASS_OTHER : field->names ? CLASS_NAMED : CLASS_NUMBER;
    case CHAINS_FLAGS:
        return number ? CLASS_FLAGS : CLASS_OTHER;
    case CHAINS_TAGS:
        return CLASS_TAGS;
    case CHAINS_TIME:
        return CLASS_TIME;
    case CHAINS_DURATION:
        return CLASS_DURATION;
    case CHAINS_MAC:
        return CLASS_MAC;
    case CHAINS_ADDR:
        return CLASS_ADDRESS;
    case CHAINS_TEXT:
        return CLASS_TEXT;
    case CHAINS_RAW:
    case CHAINS_RAWS:
        return CLASS_RAW;
    case CHAINS_HEX:
        return CLASS_HEX;
    case CHAINS_OBJECT:
    case CHAINS_LIST:
        return CLASS_LAYER;
    case CHAINS_NO_FIELD:
    case CHAINS_REAL:
    case CHAINS_TEXTS:
    case CHAINS_HANDLE:
        break;
    }
    return CLASS_OTHER;
}

static uint8_t operand_kind(enum value_class class)
{
    switch (class) {
    case CLASS_NUMBER:
    case CLASS_NAMED:
    case CLASS_FLAGS:
    case CLASS_TAGS:
    case CLASS_BOOL:
        return ACCESS_NUMBER;
    case CLASS_TIME:
    case CLASS_DURATION:
        return ACCESS_SIGNED;
    case CLASS_ADDRESS:
        return ACCESS_ADDRESS;
    case CLASS_MAC:
        return ACCESS_MAC;
    case CLASS_TEXT:
        return ACCESS_TEXT;
    case CLASS_RAW:
    case CLASS_HEX:
        return ACCESS_BYTES;
    case CLASS_TYPE:
    case CLASS_LAYER:
    case CLASS_OTHER:
        break;
    }
    return ACCESS_NOTHING;
}

/* Adds up the offsets of a place from `base` on; false when it takes a walk. */
static bool operand_straight(struct access *access, const struct path_place *place,
                             uint32_t base)
{
    for (unsigned i = 0; i < place->steps; i++) {
        const struct chains_field *field = place->step[i];
        bool last = i + 1U == place->steps;
        bool many = field->type == CHAINS_ARRAY || field->type == CHAINS_LIST ||
                    field->type == CHAINS_RAWS || field->type == CHAINS_NUMBERS;
        if (many || (field->has && access->has))
            return false;
        if (field->has) {
            access->has = field->has;
            access->in = base;
        }
        base += field->offset;
        if (last)
            access->offset = base;
    }
    return true;
}

/* A path of one place, for a walk. */
static const struct path *operand_path(struct compile *compile, const struct path *path,
                                       const struct path_place *place, uint64_t bits)
{
    struct path *one = chains_arena_take(&compile->program->arena, sizeof *one);
    if (!one)
        return NULL;
    memset(one, 0, sizeof *one);
    one->kind = PATH_FIELD;
    one->record = path->record;
    one->bits = bits;
    one->slot = path->slot;
    one->places = 1;
    one->place[0] = *place;
    return one;
}

static bool operand_same(const struct operand *a, const struct operand *b)
{
    if (a->class != b->class || a->many != b->many || a->access.offset != b->access.offset ||
        a->access.size != b->access.size || a->access.has != b->access.has ||
        a->access.in != b->access.in || a->access.path || b->access.path)
        return false;
    return !a->field || !b->field ? a->field == b->field : a->field->names == b->field->names;
}

static void operand_add(struct comparison *comparison, const struct operand *operand)
{
    for (unsigned i = 0; i < comparison->operands; i++) {
        if (operand_same(&comparison->operand[i], operand)) {
            comparison->operand[i].access.bits |= operand->access.bits;
            return;
        }
    }
    comparison->operand[comparison->operands++] = *operand;
}

/* The operand of a path in layers of one type. */
static bool operand_make(struct compile *compile, const struct path *path,
                         const struct path_place *place, uint64_t bits, struct operand *operand)
{
    const struct chains_field *field = path_field(place);
    uint32_t base = path->record ? 0 : compile->layout->offset[path->slot];
    *operand = (struct operand){ .field = field, .place = place, .many = place->many };
    operand->access.bits = bits;
    operand->access.everywhere = path->record;
    operand->access.kind = ACCESS_NOTHING;
    operand->class = path->kind == PATH_TYPE ? CLASS_TYPE : CLASS_LAYER;
    if (!field)
        return true;
    operand->class = operand_class(field);
    operand->access.kind = operand_kind(operand->class);
    operand->access.size = (uint8_t)field->size;
    if (operand_straight(&operand->access, place, base))
        return true;
    operand->access.has = operand->access.in = operand->access.offset = 0;
    operand->access.path = operand_path(compile, path, place, bits);
    return operand->access.path != NULL;
}

bool operands_find(struct compile *compile, struct comparison *comparison)
{
    const struct value *name = &comparison->name;
    struct path *path = &comparison->path;
    char error[400];
    if (path_find(path, compile->layout, compile->types, name->at, name->len, error,
                  sizeof error) != CHAINS_OK)
        return fault_note(&compile->fault, name->from, name->span, "%s", error);
    comparison->operands = 0;
    uint64_t bits = path->record ? 1 : path->bits;
    for (; bits; bits &= bits - 1) {
        unsigned id = (unsigned)__builtin_ctzll(bits);
        const struct path_place *place =
            path->record ? &path->place[0] : &path->place[path->place_of[id]];
        struct operand operand;
        uint64_t bit = path->record ? 0 : UINT64_C(1) << id;
        if (!operand_make(compile, path, place, bit, &operand))
            return fault_status(&compile->fault, CHAINS_EMEM, name->from, name->span,
                                "no memory for an expression");
        operand_add(comparison, &operand);
    }
    return true;
}
