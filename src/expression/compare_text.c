/* SPDX-License-Identifier: MIT */
/*
 * Addresses, text and bytes. In: values as written. Out: a term with one prefix, one text or one
 * pattern, or with a set. Kept: an address is a prefix of its full length, so that one masked
 * comparison serves both.
 */
#include "compile.h"
#include "literal.h"

#include <chains/dissect.h>

#include <string.h>

static enum fit address_value(const struct ask *ask, const struct value *value,
                              struct literal_addresses *range)
{
    enum literal literal = literal_address(value->at, value->len, range);
    if (literal == LITERAL_GOOD)
        return FIT_GOOD;
    if (!range->unclear)
        return compare_refuse(ask, value);
    char text[CHAINS_ADDR_TEXT];
    struct chains_addr first = range->low;
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = range->bits > 8 * i ? range->bits - 8 * i : 0;
        if (kept < 8)
            first.octets[i] = (uint8_t)(first.octets[i] & ~(0xffu >> kept));
    }
    chains_addr_text(&first, text);
    fault_note(&ask->compile->hard, value->from, value->span,
               "bits are set behind the first %u; the prefix is %s/%u", range->bits, text,
               range->bits);
    return FIT_NOT;
}

static enum fit address_item(const struct ask *ask, const struct item *item, struct set *set)
{
    struct literal_addresses low, high;
    enum fit fit = item->file ? FIT_GOOD : address_value(ask, &item->low, &low);
    if (item->file)
        return compare_file(ask, &item->low, LIST_ADDRESSES, set) ? FIT_GOOD : FIT_FAILED;
    if (item->range && fit == FIT_GOOD)
        fit = address_value(ask, &item->high, &high);
    if (fit != FIT_GOOD)
        return fit;
    if (!item->range)
        high = low;
    if (item->range && (low.prefix || high.prefix || low.low.family != high.low.family ||
                        memcmp(low.low.octets, high.low.octets, 16) > 0)) {
        fault_note(&ask->compile->fault, item->low.from, item->low.span,
                   low.prefix || high.prefix ? "a range is from one address to another"
                   : low.low.family != high.low.family
                       ? "this range begins and ends in different families"
                       : "this range begins behind its end");
        return FIT_FAILED;
    }
    if (!set_add_address(set, &ask->compile->program->arena, &low.low, &high.high))
        return compare_no_memory(ask);
    return FIT_GOOD;
}

static void address_step(struct chains_addr *addr, int step)
{
    for (int i = addr->family == 4 ? 3 : 15; i >= 0; i--) {
        addr->octets[i] = (uint8_t)(addr->octets[i] + step);
        if (addr->octets[i] != (step > 0 ? 0 : 0xff))
            break;
    }
}

/* Addresses of the same family below, at or above one. */
static enum fit address_order(const struct ask *ask, struct set *set)
{
    struct literal_addresses value;
    enum fit fit = address_value(ask, &ask->item->low, &value);
    if (fit != FIT_GOOD)
        return fit;
    if (value.prefix) {
        fault_note(&ask->compile->hard, ask->item->low.from, ask->item->low.span,
                   "a prefix has no order; compare with an address, or by \"==\" and \"in\"");
        return FIT_NOT;
    }
    struct chains_addr least = { .family = value.low.family }, most = least, at = value.low;
    memset(most.octets, 0xff, most.family == 4 ? 4 : 16);
    bool below = ask->sign == TOKEN_LT || ask->sign == TOKEN_LE;
    bool beyond = ask->sign == TOKEN_LT || ask->sign == TOKEN_GT;
    if (beyond && memcmp(at.octets, (below ? &least : &most)->octets, 16) == 0)
        return FIT_GOOD; /* there are none */
    if (beyond)
        address_step(&at, below ? -1 : 1);
    if (!set_add_address(set, &ask->compile->program->arena, below ? &least : &at,
                         below ? &at : &most))
        return compare_no_memory(ask);
    return FIT_GOOD;
}

/* One address or prefix. */
static enum fit address_prefix(const struct ask *ask, struct part *part)
{
    struct literal_addresses value;
    enum fit fit = address_value(ask, &ask->item->low, &value);
    struct term *term = fit == FIT_GOOD ? compare_term(ask, OP_PREFIX, part) : NULL;
    if (!term)
        return fit == FIT_GOOD ? FIT_FAILED : fit;
    struct prefix_op *prefix = &term->with.prefix;
    uint8_t mask[16] = { 0 };
    for (unsigned i = 0; i < (value.low.family == 4 ? 4 : 16); i++)
        mask[i] = (uint8_t) ~(value.low.octets[i] ^ value.high.octets[i]);
    memcpy(prefix->mask, mask, sizeof mask);
    memcpy(prefix->want, value.low.octets, sizeof prefix->want);
    prefix->family = value.low.family;
    return FIT_GOOD;
}

enum fit compare_addresses(const struct ask *ask, struct part *part)
{
    bool order = ask->sign != TOKEN_EQ && ask->sign != TOKEN_NE && ask->sign != TOKEN_IN;
    if (!order && ask->items == 1 && !ask->item->range && !ask->item->file)
        return address_prefix(ask, part);
    struct set *set = compare_set(ask);
    enum fit fit = set ? FIT_GOOD : FIT_FAILED;
    if (order && set)
        fit = address_order(ask, set);
    for (uint32_t i = 0; !order && i < ask->items && fit == FIT_GOOD; i++)
        fit = address_item(ask, &ask->item[i], set);
    if (fit != FIT_GOOD)
        return fit;
    set_finish(set);
    struct term *term = compare_term(ask, OP_ADDRESS_SET, part);
    if (!term)
        return FIT_FAILED;
    term->with.set = set;
    return FIT_GOOD;
}

int compare_regex(const struct ask *ask, const struct value *value)
{
    struct expression *program = ask->compile->program;
    const char *pattern = ask->compile->text + value->from + 1;
    size_t len = value->span - 2, at = 0;
    char error[REGEX_ERROR];
    if (!program->regexes)
        program->regexes = regexes_new();
    if (!program->regexes)
        return compare_no_memory(ask);
    int number = regexes_add(program->regexes, pattern, len, error, &at);
    if (number < 0)
        fault_status(&ask->compile->fault, number, value->from + 1 + at, 1, "%s", error);
    return number;
}

/* The bytes of a value: what stands in quotes, or hexadecimal digits. */
static enum fit bytes_value(const struct ask *ask, const struct value *value,
                            struct chains_bytes *bytes)
{
    bytes->at = (const uint8_t *)value->at;
    bytes->len = value->len;
    if (value->quoted)
        return FIT_GOOD;
    if (ask->operand->class == CLASS_TEXT)
        return compare_refuse(ask, value);
    uint8_t *hex = chains_arena_take(&ask->compile->program->arena, value->len / 2 + 1);
    if (!hex)
        return compare_no_memory(ask);
    if (literal_hex(value->at, value->len, hex, &bytes->len) != LITERAL_GOOD)
        return compare_refuse(ask, value);
    bytes->at = hex;
    return FIT_GOOD;
}

static enum fit bytes_set(const struct ask *ask, struct part *part)
{
    struct set *set = compare_set(ask);
    enum fit fit = set ? FIT_GOOD : FIT_FAILED;
    for (uint32_t i = 0; i < ask->items && fit == FIT_GOOD; i++) {
        const struct item *item = &ask->item[i];
        struct chains_bytes bytes;
        if (item->range || (item->file && ask->operand->class == CLASS_HEX)) {
            fault_note(&ask->compile->hard, item->low.from, item->low.span,
                       item->range ? "%.*s is %s, which has no ranges"
                                   : "a file cannot list values of %.*s, which is %s",
                       (int)ask->comparison->name.len, ask->comparison->name.at,
                       class_name(ask->operand->class));
            return FIT_NOT;
        }
        if (item->file) {
            fit = compare_file(ask, &item->low, LIST_NAMES, set) ? FIT_GOOD : FIT_FAILED;
            continue;
        }
        fit = bytes_value(ask, &item->low, &bytes);
        if (fit == FIT_GOOD && !set_add_text(set, &ask->compile->program->arena, bytes))
            fit = compare_no_memory(ask);
    }
    if (fit != FIT_GOOD)
        return fit;
    set_finish(set);
    struct term *term = compare_term(ask, OP_TEXT_SET, part);
    if (!term)
        return FIT_FAILED;
    term->with.set = set;
    return FIT_GOOD;
}

enum fit compare_bytes(const struct ask *ask, struct part *part)
{
    const struct value *value = &ask->item->low;
    struct chains_bytes bytes;
    if (ask->sign == TOKEN_IN)
        return bytes_set(ask, part);
    if (ask->sign == TOKEN_MATCHES) {
        int regex = value->quoted ? compare_regex(ask, value) : 0;
        if (!value->quoted)
            return compare_quotes(ask, value);
        struct term *term = regex < 0 ? NULL : compare_term(ask, OP_MATCHES, part);
        if (!term)
            return FIT_FAILED;
        term->with.regex = (unsigned)regex;
        return FIT_GOOD;
    }
    enum fit fit = bytes_value(ask, value, &bytes);
    if (fit != FIT_GOOD)
        return fit;
    struct term *term =
        compare_term(ask, ask->sign == TOKEN_CONTAINS ? OP_CONTAINS : OP_EQUAL, part);
    if (!term)
        return FIT_FAILED;
    term->with.bytes = bytes;
    return FIT_GOOD;
}
