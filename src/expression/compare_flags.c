/* SPDX-License-Identifier: MIT */
/*
 * Sets of bits with names: flags and tags; and the names of layers' types, which are bits of the
 * record. In: names, or a number. Out: one term. Kept: a name alone behind "==" is refused for
 * flags, since people mean one of two things by it; tags that nobody has claimed are claimed.
 */
#include "compile.h"
#include "literal.h"

#include <string.h>

#include "../record/layout.h"

static enum fit flags_tag(const struct ask *ask, const struct value *value, uint64_t *mask)
{
    const struct compile *compile = ask->compile;
    char name[TAG_SIZE];
    if (!tag_is_plain((const char *)value->at, value->len)) {
        fault_note(&ask->compile->hard, value->from, value->span,
                   "a tag is 1 to 47 letters, digits, '_', '-', '.' and ':'");
        return FIT_NOT;
    }
    memcpy(name, value->at, value->len);
    name[value->len] = '\0';
    *mask = 0;
    for (int bit = 0; bit < compile->layout->tag_count; bit++)
        if (strcmp(compile->layout->tag[bit], name) == 0)
            *mask = UINT64_C(1) << bit;
    int claimed = *mask == 0 && compile->load ? chains_tag(compile->self, name) : 0;
    if (claimed < 0) {
        fault_note(&ask->compile->fault, value->from, value->span,
                   "no room for the tag \"%s\": a chain has 64 at most", name);
        return FIT_FAILED;
    }
    if (*mask == 0 && compile->load)
        *mask = UINT64_C(1) << claimed;
    return FIT_GOOD;
}

/* The bits of one name. */
static enum fit flags_name(const struct ask *ask, const struct value *value, uint64_t *mask)
{
    const struct chains_name *name = ask->operand->field->names;
    *mask = 0;
    if (ask->operand->class == CLASS_TAGS)
        return flags_tag(ask, value, mask);
    for (; name && name->name; name++)
        if (names_equal(value, name->name))
            *mask |= name->value;
    return *mask ? FIT_GOOD : names_refuse(ask, value);
}

static bool flags_is_number(const struct ask *ask, const struct item *item)
{
    return ask->operand->class == CLASS_FLAGS && !item->file && !item->low.quoted &&
           item->low.len > 0 && item->low.at[0] >= '0' && item->low.at[0] <= '9';
}

/* All bits that have a name. */
static uint64_t flags_named(const struct operand *operand)
{
    uint64_t named = operand->class == CLASS_TAGS ? UINT64_MAX : 0;
    const struct chains_name *name =
        operand->class == CLASS_TAGS ? NULL : operand->field->names;
    for (; name && name->name; name++)
        named |= name->value;
    return named;
}

/* What the items stand for together; `unknown`: tags that are not there, so never set. */
static enum fit flags_items(const struct ask *ask, uint64_t *mask, bool *unknown)
{
    enum fit all = FIT_GOOD;
    *mask = 0;
    *unknown = false;
    for (uint32_t i = 0; i < ask->items; i++) {
        struct item *item = &ask->item[i];
        uint64_t bits = 0;
        if (item->range || item->file) {
            fault_note(&ask->compile->hard, item->low.from, item->low.span,
                       "%.*s is %s; it takes names", (int)ask->comparison->name.len,
                       ask->comparison->name.at, class_name(ask->operand->class));
            return FIT_NOT;
        }
        if (flags_is_number(ask, item)) {
            fault_note(&ask->compile->hard, item->low.from, item->low.span,
                       "a number does not go with names; compare it by \"==\"");
            return FIT_NOT;
        }
        enum fit fit = flags_name(ask, &item->low, &bits);
        if (fit <= FIT_NOT)
            return fit;
        *unknown = *unknown || bits == 0;
        *mask |= bits;
        item->fits = item->fits || fit == FIT_GOOD;
        all = fit < all ? fit : all;
    }
    return all;
}

static enum fit flags_ambiguous(const struct ask *ask)
{
    const struct comparison *comparison = ask->comparison;
    const struct value *value = &ask->item->low;
    fault_note(&ask->compile->hard, comparison->sign.at, comparison->sign.len,
               "%.*s is a set of flags: write \"has %.*s\" when that one is set, \"%s {%.*s}\" "
               "to look at all of them",
               (int)comparison->name.len, comparison->name.at,
               (int)(value->len < 48 ? value->len : 48), value->at, token_text(ask->sign),
               (int)(value->len < 48 ? value->len : 48), value->at);
    return FIT_NOT;
}

static enum fit flags_unordered(const struct ask *ask)
{
    const struct value *value = &ask->item->low;
    fault_note(&ask->compile->hard, value->from, value->span,
               "names of flags have no order; compare with a number");
    return FIT_NOT;
}

enum fit compare_flags(const struct ask *ask, struct part *part)
{
    uint64_t mask = 0;
    bool unknown = false, tags = ask->operand->class == CLASS_TAGS;
    bool equal = ask->sign == TOKEN_EQ || ask->sign == TOKEN_NE;
    bool braces = ask->comparison->braces;
    if (ask->sign != TOKEN_HAS && (ask->items == 0 || flags_is_number(ask, ask->item)))
        return compare_numbers(ask, part);
    enum fit fit = flags_items(ask, &mask, &unknown);
    if (fit <= FIT_NOT)
        return fit;
    if (!tags && !braces && ask->sign != TOKEN_HAS && ask->sign != TOKEN_IN)
        return equal ? flags_ambiguous(ask) : flags_unordered(ask);
    bool any = ask->sign == TOKEN_IN, exact = equal && braces;
    bool never = any ? mask == 0 : unknown || fit == FIT_PART;
    struct term *term = compare_term(ask, never ? OP_NEVER : OP_BITS, part);
    if (!term)
        return FIT_FAILED;
    term->with.bits.mask = exact ? flags_named(ask->operand) : mask;
    term->with.bits.want = any ? 0 : mask;
    if (any && !never)
        term->negate = true;
    return fit;
}

/* The types in `known` that a value stands for; negative with a fault. */
static enum fit flags_types(const struct ask *ask, const struct value *value, uint64_t known,
                            uint64_t *found)
{
    const struct compile *compile = ask->compile;
    bool search = ask->sign == TOKEN_CONTAINS || ask->sign == TOKEN_MATCHES;
    int regex = 0;
    *found = 0;
    if (search && !value->quoted)
        return compare_quotes(ask, value);
    if (ask->sign == TOKEN_MATCHES && (regex = compare_regex(ask, value)) < 0)
        return FIT_FAILED;
    for (uint64_t bits = known; bits; bits &= bits - 1) {
        const char *name = compile->layout->type[__builtin_ctzll(bits)]->name;
        struct chains_bytes text = { (const uint8_t *)name, strlen(name) };
        bool is = ask->sign == TOKEN_MATCHES
                      ? regexes_match(compile->program->regexes, (unsigned)regex, text)
                  : search ? memmem(text.at, text.len, value->at, value->len) != NULL
                           : names_equal(value, name);
        *found |= is ? bits & (~bits + 1) : 0;
    }
    return search || *found ? FIT_GOOD : names_refuse(ask, value);
}

enum fit compare_type(const struct ask *ask, struct part *part)
{
    uint64_t known = ask->operand->access.bits, found = 0, one = 0;
    enum fit all = FIT_GOOD;
    for (uint32_t i = 0; i < ask->items; i++) {
        struct item *item = &ask->item[i];
        if (item->range || item->file)
            return compare_refuse(ask, &item->low);
        enum fit fit = flags_types(ask, &item->low, known, &one);
        if (fit <= FIT_NOT)
            return fit;
        item->fits = item->fits || fit == FIT_GOOD;
        all = fit < all ? fit : all;
        found |= one;
    }
    uint64_t bits = ask->sign == TOKEN_NE ? known & ~found : found;
    struct term *term = compare_term(ask, bits ? OP_THERE : OP_NEVER, part);
    if (!term)
        return FIT_FAILED;
    term->negate = false;
    term->access.bits = bits;
    return all;
}
