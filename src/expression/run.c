/* SPDX-License-Identifier: MIT */
/*
 * Running an expression. In: terms and a record. Out: whether it holds. Kept: no allocation, no
 * failure; every loop is over terms, which lead forward only, or over the values that a record has.
 */
#include "program.h"
#include "token.h"

#include <string.h>

#include "../bytes/number.h"

static inline uint64_t load_mac(const void *at)
{
    const uint8_t *mac = at;
    return (uint64_t)chains_load_be16(mac) << 32 | chains_load_be32(mac + 2);
}

/* As a number whose order is that of the value: the sign of a time is turned over. */
static inline uint64_t load_ordered(const void *at, const struct access *access)
{
    if (access->kind == ACCESS_MAC)
        return load_mac(at);
    uint64_t value = number_load(at, access->size);
    return access->kind == ACCESS_SIGNED ? value ^ UINT64_C(1) << 63 : value;
}

static inline struct chains_bytes load_bytes(const void *at, const struct access *access)
{
    struct chains_bytes bytes;
    if (access->kind == ACCESS_TEXT) {
        const char *text;
        memcpy(&text, at, sizeof text);
        return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
    }
    memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

static inline bool in_range(uint64_t value, const struct term *term)
{
    return value - term->with.range.low <= term->with.range.span;
}

static inline bool prefix_holds(const struct prefix_op *prefix, const struct chains_addr *addr)
{
    uint64_t at[2];
    memcpy(at, addr->octets, sizeof at);
    return ((at[0] & prefix->mask[0]) ^ prefix->want[0]) == 0 &&
           ((at[1] & prefix->mask[1]) ^ prefix->want[1]) == 0 && addr->family == prefix->family;
}

static bool contains(struct chains_bytes bytes, struct chains_bytes part)
{
    return part.len == 0 ||
           (bytes.len >= part.len && memmem(bytes.at, bytes.len, part.at, part.len));
}

static bool files_have_number(const struct set *set, uint64_t number)
{
    for (uint32_t i = 0; i < set->files.count; i++)
        if (set->files.at[i]->list && list_has_number(set->files.at[i]->list, number))
            return true;
    return false;
}

static bool files_have_name(const struct set *set, const char *name, size_t len)
{
    for (uint32_t i = 0; i < set->files.count; i++)
        if (set->files.at[i]->list && list_has_name(set->files.at[i]->list, name, len))
            return true;
    return false;
}

static bool files_have_address(const struct set *set, const struct chains_addr *addr)
{
    for (uint32_t i = 0; i < set->files.count; i++)
        if (set->files.at[i]->list && list_has_addr(set->files.at[i]->list, addr))
            return true;
    return false;
}

static bool files_have_mac(const struct set *set, const uint8_t *mac)
{
    for (uint32_t i = 0; i < set->files.count; i++)
        if (set->files.at[i]->list && list_has_mac(set->files.at[i]->list, mac))
            return true;
    return false;
}

static bool named_in_files(const struct set *set, uint64_t number)
{
    const char *name =
        number <= UINT32_MAX ? chains_name_of(set->names, (uint32_t)number) : NULL;
    return set_has_number(set, number) || (name && files_have_name(set, name, strlen(name)));
}

/* Whether a value is in what the term compares it with. */
static bool value_in_set(const struct term *term, const void *at)
{
    const struct set *set = term->with.set;
    const struct chains_addr *addr = at;
    struct chains_bytes bytes;
    switch (term->op) {
    case OP_NUMBER_SET:
        return set_has_number(set, load_ordered(at, &term->access)) ||
               (set->files.count > 0 &&
                files_have_number(set, number_load(at, term->access.size)));
    case OP_NAME_FILES:
        return named_in_files(set, number_load(at, term->access.size));
    case OP_MAC_SET:
        return set_has_number(set, load_mac(at)) || files_have_mac(set, at);
    case OP_ADDRESS_SET:
        return set_has_address(set, addr) ||
               (set->files.count > 0 && files_have_address(set, addr));
    default: /* OP_TEXT_SET */
        bytes = load_bytes(at, &term->access);
        return set_has_text(set, bytes) ||
               (set->files.count > 0 && bytes.len > 0 &&
                files_have_name(set, (const char *)bytes.at, bytes.len));
    }
}

/* The operations that take longer than a call. */
static __attribute__((noinline)) bool value_is(const struct expression *program,
                                               const struct term *term, const void *at)
{
    if (term->op == OP_EQUAL)
        return set_compare_text(load_bytes(at, &term->access), term->with.bytes) == 0;
    if (term->op == OP_CONTAINS)
        return contains(load_bytes(at, &term->access), term->with.bytes);
    if (term->op == OP_MATCHES)
        return regexes_match(program->regexes, term->with.regex, load_bytes(at, &term->access));
    return value_in_set(term, at);
}

static inline bool value_holds(const struct expression *program, const struct term *term,
                               const void *at)
{
    switch ((enum op)term->op) {
    case OP_NEVER:
        return false;
    case OP_THERE:
        return true;
    case OP_U8:
        return in_range(number_load(at, 1), term);
    case OP_U16:
        return in_range(number_load(at, 2), term);
    case OP_U32:
        return in_range(number_load(at, 4), term);
    case OP_U64:
        return in_range(number_load(at, 8), term);
    case OP_SIGNED:
        return in_range(number_load(at, 8) ^ UINT64_C(1) << 63, term);
    case OP_MAC:
        return in_range(load_mac(at), term);
    case OP_BITS:
        return (number_load(at, term->access.size) & term->with.bits.mask) ==
               term->with.bits.want;
    case OP_PREFIX:
        return prefix_holds(&term->with.prefix, at);
    case OP_NUMBER_SET:
    case OP_NAME_FILES:
    case OP_MAC_SET:
    case OP_ADDRESS_SET:
    case OP_TEXT_SET:
    case OP_EQUAL:
    case OP_CONTAINS:
    case OP_MATCHES:
        return value_is(program, term, at);
    case OP_PAIR:
        break; /* compared by pair_holds() */
    }
    return false;
}

/* Where the value of a straight access is, or NULL when the record has none. */
static inline const void *access_at(const struct access *access,
                                    const struct chains_record *rec)
{
    const char *row = (const char *)rec, *at = row + access->offset, *text;
    uint32_t has;
    if (!(rec->present & access->bits) && !access->everywhere)
        return NULL;
    if (access->has) {
        memcpy(&has, row + access->in, sizeof has);
        if (!(has & access->has))
            return NULL;
    }
    if (access->kind == ACCESS_ADDRESS)
        return ((const struct chains_addr *)(const void *)at)->family ? at : NULL;
    if (access->kind == ACCESS_TEXT) {
        memcpy(&text, at, sizeof text);
        return text ? at : NULL;
    }
    return at;
}

static bool walk_holds(const struct expression *program, const struct term *term,
                       const struct chains_record *rec)
{
    struct path_walk walk;
    if (!path_first(&walk, term->access.path, rec))
        return false;
    do {
        bool right = value_holds(program, term, walk.at) != term->negate;
        if (right != term->all)
            return right;
    } while (path_next(&walk));
    return term->all;
}

/* Values of one access, one after the other. */
struct values {
    struct path_walk walk;
    const struct access *access;
    const void *at;
};

static bool values_first(struct values *values, const struct access *access,
                         const struct chains_record *rec)
{
    values->access = access;
    if (!access->path) {
        values->at = access_at(access, rec);
        return values->at != NULL;
    }
    bool some = path_first(&values->walk, access->path, rec);
    values->at = some ? values->walk.at : NULL;
    return some;
}

static bool values_next(struct values *values)
{
    if (!values->access->path || !path_next(&values->walk))
        return false;
    values->at = values->walk.at;
    return true;
}

/* -1, 0, 1; 2 when two values have no order: addresses of two families. */
static int pair_order(const struct values *a, const struct values *b)
{
    const struct chains_addr *one = a->at, *two = b->at;
    if (a->access->kind >= ACCESS_TEXT)
        return set_compare_text(load_bytes(a->at, a->access), load_bytes(b->at, b->access));
    if (a->access->kind != ACCESS_ADDRESS) {
        uint64_t left = load_ordered(a->at, a->access), right = load_ordered(b->at, b->access);
        return (left > right) - (left < right);
    }
    if (one->family != two->family)
        return 2;
    int order = memcmp(one->octets, two->octets, sizeof one->octets);
    return (order > 0) - (order < 0);
}

static bool pair_is(const struct values *a, const struct values *b, unsigned relation)
{
    if (relation == TOKEN_CONTAINS)
        return contains(load_bytes(a->at, a->access), load_bytes(b->at, b->access));
    int order = pair_order(a, b);
    switch (relation) {
    case TOKEN_LT:
        return order == -1;
    case TOKEN_LE:
        return order == -1 || order == 0;
    case TOKEN_GT:
        return order == 1;
    case TOKEN_GE:
        return order == 1 || order == 0;
    default:
        return order == 0;
    }
}

/* Every value of one field with every value of the other. */
static bool pair_holds(const struct expression *program, const struct term *term,
                       const struct chains_record *rec)
{
    const struct pair *pair = term->with.pair;
    struct values left, right;
    unsigned tried = 0;
    bool some = false;
    if (!values_first(&left, &term->access, rec))
        return false;
    do {
        if (!values_first(&right, &pair->right, rec))
            return false;
        do {
            bool good = pair_is(&left, &right, pair->relation) != term->negate;
            if (good != term->all)
                return good;
            some = true;
            if (++tried == PROGRAM_PAIRS) {
                ++*program->limited;
                return false;
            }
        } while (values_next(&right));
    } while (values_next(&left));
    return some && term->all;
}

/* A term that looks at more than one value. */
static __attribute__((noinline)) bool term_holds(const struct expression *program,
                                                 const struct term *term,
                                                 const struct chains_record *rec)
{
    return term->op == OP_PAIR ? pair_holds(program, term, rec)
                               : walk_holds(program, term, rec);
}

bool expression_holds(const struct expression *expression, const struct chains_record *rec)
{
    const struct term *terms = expression->terms;
    uint32_t at = 0;
    do {
        const struct term *term = &terms[at];
        bool holds;
        if (__builtin_expect(term->op == OP_PAIR || term->access.path, 0)) {
            holds = term_holds(expression, term, rec);
        } else {
            const void *value = access_at(&term->access, rec);
            holds = value && value_holds(expression, term, value) != term->negate;
        }
        at = holds ? term->yes : term->no;
    } while (at < PROGRAM_NO);
    return at == PROGRAM_YES;
}
