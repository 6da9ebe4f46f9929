/* SPDX-License-Identifier: MIT */
/*
 * A field compared with another field: "packet.src == packet.dst". In: a word behind a sign. Out:
 * terms for those layers that can be in one record together; FIT_NOT when the word is no field.
 */
#include "compile.h"

#include <chains/dissect.h>

#include <string.h>

/* Classes whose values can be compared with each other have the same number; 0: none. */
static unsigned field_family(enum value_class class)
{
    switch (class) {
    case CLASS_NUMBER:
    case CLASS_NAMED:
    case CLASS_FLAGS:
        return 1;
    case CLASS_BOOL:
        return 2;
    case CLASS_TIME:
        return 3;
    case CLASS_DURATION:
        return 4;
    case CLASS_ADDRESS:
        return 5;
    case CLASS_MAC:
        return 6;
    case CLASS_TEXT:
    case CLASS_RAW:
    case CLASS_HEX:
        return 7;
    case CLASS_TAGS:
    case CLASS_TYPE:
    case CLASS_LAYER:
    case CLASS_OTHER:
        break;
    }
    return 0;
}

static bool field_takes(enum value_class class, enum token_kind sign)
{
    bool equal = sign == TOKEN_EQ || sign == TOKEN_NE;
    bool order = sign == TOKEN_LT || sign == TOKEN_LE || sign == TOKEN_GT || sign == TOKEN_GE;
    return equal || (order && class_takes(class, sign)) ||
           (sign == TOKEN_CONTAINS && field_family(class) == 7);
}

/* Whether a word is meant as a field: letters first, and a point that no other value has so. */
static bool field_is_meant(const struct value *word)
{
    bool letter = word->len > 0 && ((word->at[0] >= 'a' && word->at[0] <= 'z') ||
                                    (word->at[0] >= 'A' && word->at[0] <= 'Z'));
    return letter && memchr(word->at, '.', word->len) && !memchr(word->at, ':', word->len) &&
           !memchr(word->at, '/', word->len);
}

/* What came of the pairs of operands so far. */
struct pairing {
    struct part part;
    bool some;  /* there is a term */
    bool apart; /* two that could be compared are never in one record */
};

/* One pair of operands; false only with a fault. */
static bool field_pair(const struct ask *ask, const struct comparison *right,
                       const struct operand *operand, struct pairing *pairing)
{
    struct expression *program = ask->compile->program;
    struct part more;
    uint64_t both = UINT64_MAX;
    const struct path *left_path = &ask->comparison->path;
    if (field_family(ask->operand->class) == 0 ||
        field_family(ask->operand->class) != field_family(operand->class) ||
        !field_takes(ask->operand->class, ask->sign))
        return true;
    if (!left_path->record && !right->path.record && left_path->slot == right->path.slot)
        both = ask->operand->access.bits & operand->access.bits;
    if (both == 0) {
        pairing->apart = true;
        return true;
    }
    struct term *term = compare_term(ask, OP_PAIR, &more);
    struct pair *pair = chains_arena_take(&program->arena, sizeof *pair);
    if (!term)
        return false;
    if (!pair)
        return compare_no_memory(ask) == FIT_GOOD;
    *pair = (struct pair){ operand->access, (uint8_t)ask->sign };
    if (pair->relation == TOKEN_NE)
        pair->relation = TOKEN_EQ;
    pair->right.bits &= both;
    term->access.bits &= both;
    term->with.pair = pair;
    pairing->part = pairing->some ? program_or(program, pairing->part, more) : more;
    pairing->some = true;
    return true;
}

/* Why the two cannot be compared, instead of what was said of the word as a value. */
static enum fit field_refuse(struct compile *compile, const struct comparison *left,
                             const struct comparison *right, bool apart)
{
    const struct value *name = &left->name, *other = &right->name;
    compile->soft.status = compile->hard.status = 0;
    if (apart)
        fault_note(&compile->hard, other->from, other->span,
                   "%.*s and %.*s are never in one record", (int)name->len, name->at,
                   (int)other->len, other->at);
    fault_note(&compile->hard, other->from, other->span,
               "%.*s is %s and %.*s is %s; they cannot be compared by \"%s\"", (int)name->len,
               name->at, class_name(left->operand[0].class), (int)other->len, other->at,
               class_name(right->operand[0].class), token_text(left->sign.kind));
    return FIT_NOT;
}

/* Whether quotes are what is missing, or a name is, rather than a field. */
static bool field_holds_words(const struct comparison *comparison)
{
    for (unsigned i = 0; i < comparison->operands; i++)
        if (field_family(comparison->operand[i].class) == 7)
            return true;
    return false;
}

enum fit compare_fields(struct compile *compile, const struct comparison *comparison,
                        struct part *part)
{
    struct item *item = comparison->item;
    struct comparison right = { .of = OF_DEFAULT };
    struct pairing pairing = { .some = false };
    if (comparison->items != 1 || comparison->braces || item->range || item->file ||
        item->low.quoted)
        return FIT_NOT;
    right.name = item->low;
    if (!operands_find(compile, &right)) {
        if (compile->fault.status != CHAINS_EUSAGE)
            return FIT_FAILED;
        if (field_is_meant(&item->low) && !field_holds_words(comparison)) {
            compile->hard = compile->fault;
            compile->soft.status = 0;
        }
        compile->fault.status = 0;
        return FIT_NOT;
    }
    for (unsigned i = 0; i < comparison->operands; i++) {
        const struct ask ask = {
            compile, comparison, &comparison->operand[i], comparison->sign.kind, item, 1
        };
        for (unsigned j = 0; j < right.operands; j++)
            if (!field_pair(&ask, &right, &right.operand[j], &pairing))
                return FIT_FAILED;
    }
    if (!pairing.some)
        return field_refuse(compile, comparison, &right, pairing.apart);
    *part = pairing.part;
    return FIT_GOOD;
}
