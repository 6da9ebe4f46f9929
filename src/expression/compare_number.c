/* SPDX-License-Identifier: MIT */
/*
 * Everything that is a number inside: numbers, names of numbers, times, durations, MAC addresses,
 * true and false. In: values as written. Out: a term with one range of numbers, or with a set of
 * them. Kept: the order of the numbers is that of the values, so signed ones have their sign bit
 * turned over, as they have when a record is looked at.
 */
#include "compile.h"
#include "literal.h"

#include <string.h>

#define SIGN (UINT64_C(1) << 63)

/* The largest number that an operand can have. */
static uint64_t number_most(const struct operand *operand)
{
    if (operand->class == CLASS_MAC)
        return (UINT64_C(1) << 48) - 1;
    if (operand->access.kind == ACCESS_SIGNED || operand->access.size == 8)
        return UINT64_MAX;
    return (UINT64_C(1) << operand->access.size * 8) - 1;
}

/* The first number of this name; false when there is none. */
static bool number_of_name(const struct ask *ask, const struct value *value, uint64_t *number)
{
    const struct chains_name *name = ask->operand->field->names;
    while (name && name->name && !names_equal(value, name->name))
        name++;
    *number = name && name->name ? name->value : 0;
    return name && name->name;
}

static bool number_begins(const struct value *value)
{
    return !value->quoted && value->len > 0 && value->at[0] >= '0' && value->at[0] <= '9';
}

static enum fit number_plain(const struct ask *ask, const struct value *value, uint64_t *number)
{
    uint64_t most = number_most(ask->operand);
    if (ask->operand->class == CLASS_NAMED) {
        if (number_of_name(ask, value, number))
            return FIT_GOOD;
        if (!number_begins(value))
            return names_refuse(ask, value);
    }
    enum literal literal =
        value->quoted ? LITERAL_BAD : literal_number(value->at, value->len, number);
    if (literal == LITERAL_BAD)
        return compare_refuse(ask, value);
    if (literal == LITERAL_GOOD && *number <= most)
        return FIT_GOOD;
    *number = UINT64_MAX;
    return compare_too_large(ask, value, most);
}

static enum fit number_signed(const struct ask *ask, const struct value *value,
                              uint64_t *number)
{
    int64_t ns = 0;
    enum literal literal = ask->operand->class == CLASS_TIME
                               ? literal_time(value->at, value->len, &ns)
                               : literal_duration(value->at, value->len, &ns);
    *number = (uint64_t)ns ^ SIGN;
    if (literal == LITERAL_GOOD)
        return FIT_GOOD;
    if (literal == LITERAL_BAD)
        return compare_refuse(ask, value);
    fault_note(&ask->compile->soft, value->from, value->span, "too large for %s",
               class_name(ask->operand->class));
    return FIT_PART;
}

/* The numbers that one value stands for: one, or those of a MAC address that is half given. */
static enum fit number_value(const struct ask *ask, const struct value *value, uint64_t *low,
                             uint64_t *high)
{
    enum value_class class = ask->operand->class;
    bool yes = false;
    if (class == CLASS_MAC) {
        if (literal_mac(value->at, value->len, low, high) != LITERAL_GOOD)
            return compare_refuse(ask, value);
        return FIT_GOOD;
    }
    if (class == CLASS_BOOL) {
        if (literal_bool(value->at, value->len, &yes) != LITERAL_GOOD)
            return compare_refuse(ask, value);
        *low = yes;
        *high = yes ? UINT8_MAX : 0;
        return FIT_GOOD;
    }
    enum fit fit = class == CLASS_TIME || class == CLASS_DURATION
                       ? number_signed(ask, value, low)
                       : number_plain(ask, value, low);
    *high = *low;
    return fit;
}

/* Other numbers of the same name, besides the first. */
static bool number_namesakes(const struct ask *ask, const struct value *value, struct set *set)
{
    const struct chains_name *name = ask->operand->field->names;
    if (ask->operand->class != CLASS_NAMED)
        return true;
    for (; name->name; name++)
        if (names_equal(value, name->name) &&
            !set_add_number(set, &ask->compile->program->arena, name->value, name->value))
            return false;
    return true;
}

/* A value of which "==" and "in" ask, or a range. */
static enum fit number_item(const struct ask *ask, struct item *item, struct set *set)
{
    uint64_t low = 0, high = 0, end = 0, most = number_most(ask->operand);
    enum fit fit = number_value(ask, &item->low, &low, &high), end_fit = fit;
    if (item->range && fit == FIT_GOOD)
        end_fit = number_value(ask, &item->high, &end, &high);
    if (end_fit == FIT_PART && high > most)
        high = most; /* what of the range can be here */
    else if (end_fit != FIT_GOOD)
        return end_fit;
    if (fit != FIT_GOOD)
        return fit;
    if (low > high) {
        fault_note(&ask->compile->fault, item->low.from, item->low.span,
                   "this range begins behind its end");
        return FIT_FAILED;
    }
    item->fits = item->fits || end_fit == FIT_GOOD;
    if (!set_add_number(set, &ask->compile->program->arena, low, high) ||
        (!item->range && !number_namesakes(ask, &item->low, set)))
        return compare_no_memory(ask);
    return end_fit;
}

/* Numbers below, at or above a value. */
static enum fit number_order(const struct ask *ask, struct set *set)
{
    uint64_t low = 0, value = 0, most = number_most(ask->operand), high = most;
    bool below = ask->sign == TOKEN_LT || ask->sign == TOKEN_LE;
    enum fit fit = number_value(ask, &ask->item->low, &value, &value);
    if (fit <= FIT_NOT)
        return fit;
    if (fit == FIT_PART && (value <= most || !below))
        return fit; /* a name that is not known here, or a number that nothing is above */
    if (fit == FIT_GOOD &&
        ((ask->sign == TOKEN_LT && value == 0) || (ask->sign == TOKEN_GT && value == most)))
        return fit; /* there are none */
    if (fit == FIT_GOOD && below)
        high = ask->sign == TOKEN_LT ? value - 1 : value;
    else if (fit == FIT_GOOD)
        low = ask->sign == TOKEN_GT ? value + 1 : value;
    if (!set_add_number(set, &ask->compile->program->arena, low, high))
        return compare_no_memory(ask);
    return fit;
}

static enum fit number_file(const struct ask *ask, struct item *item, struct set *set)
{
    enum value_class class = ask->operand->class;
    if (class == CLASS_TIME || class == CLASS_DURATION || class == CLASS_BOOL) {
        fault_note(&ask->compile->hard, item->low.from, item->low.span,
                   "a file cannot list values of %.*s, which is %s",
                   (int)ask->comparison->name.len, ask->comparison->name.at, class_name(class));
        return FIT_NOT;
    }
    enum list_kind kind = class == CLASS_MAC     ? LIST_MACS
                          : class == CLASS_NAMED ? LIST_NAMES
                                                 : LIST_NUMBERS;
    set->names = ask->operand->field->names;
    item->fits = true;
    return compare_file(ask, &item->low, kind, set) ? FIT_GOOD : FIT_FAILED;
}

/* The numbers whose names contain a text or match a pattern. */
static enum fit number_search(const struct ask *ask, struct set *set)
{
    const struct value *value = &ask->item->low;
    struct regexes *regexes;
    int regex = 0;
    if (!value->quoted)
        return compare_quotes(ask, value);
    if (ask->sign == TOKEN_MATCHES)
        regex = compare_regex(ask, value);
    if (regex < 0)
        return FIT_FAILED;
    regexes = ask->compile->program->regexes;
    for (const struct chains_name *name = ask->operand->field->names; name->name; name++) {
        struct chains_bytes text = { (const uint8_t *)name->name, strlen(name->name) };
        bool holds = ask->sign == TOKEN_MATCHES
                         ? regexes_match(regexes, (unsigned)regex, text)
                         : memmem(text.at, text.len, value->at, value->len) != NULL;
        if (holds &&
            !set_add_number(set, &ask->compile->program->arena, name->value, name->value))
            return compare_no_memory(ask);
    }
    return FIT_GOOD;
}

static enum op number_op(const struct operand *operand)
{
    if (operand->access.kind == ACCESS_MAC)
        return OP_MAC;
    if (operand->access.kind == ACCESS_SIGNED)
        return OP_SIGNED;
    switch (operand->access.size) {
    case 1:
        return OP_U8;
    case 2:
        return OP_U16;
    case 4:
        return OP_U32;
    default:
        return OP_U64;
    }
}

static enum fit number_term(const struct ask *ask, const struct set *set, struct part *part)
{
    enum op op = set->numbers == 0 ? OP_NEVER : number_op(ask->operand);
    bool file = set->files.count > 0;
    if (file && ask->operand->class != CLASS_MAC)
        op = ask->operand->class == CLASS_NAMED ? OP_NAME_FILES : OP_NUMBER_SET;
    else if (file || set->numbers > 1)
        op = ask->operand->class == CLASS_MAC ? OP_MAC_SET : OP_NUMBER_SET;
    struct term *term = compare_term(ask, op, part);
    if (!term)
        return FIT_FAILED;
    if (file || set->numbers > 1) {
        term->with.set = set;
    } else if (set->numbers == 1) {
        term->with.range.low = set->number[0].low;
        term->with.range.span = set->number[0].high - set->number[0].low;
    }
    return FIT_GOOD;
}

enum fit compare_numbers(const struct ask *ask, struct part *part)
{
    struct set *set = compare_set(ask);
    enum fit all = FIT_GOOD, fit = FIT_GOOD;
    if (!set)
        return FIT_FAILED;
    if (ask->sign == TOKEN_CONTAINS || ask->sign == TOKEN_MATCHES)
        all = number_search(ask, set);
    else if (ask->sign != TOKEN_EQ && ask->sign != TOKEN_NE && ask->sign != TOKEN_IN)
        all = number_order(ask, set);
    else
        for (uint32_t i = 0; i < ask->items && fit > FIT_NOT; i++) {
            fit = ask->item[i].file ? number_file(ask, &ask->item[i], set)
                                    : number_item(ask, &ask->item[i], set);
            all = fit < all ? fit : all;
        }
    if (all <= FIT_NOT)
        return all;
    set_finish(set);
    fit = number_term(ask, set, part);
    return fit == FIT_FAILED ? fit : all;
}
