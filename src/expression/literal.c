/* SPDX-License-Identifier: MIT */
/*
 * Numbers, addresses and bytes from words. In: a slice of text. Out: the value, or that the whole
 * of it is none. Kept: nothing is read past the slice, and no number wraps around.
 */
#include "literal.h"

#include <string.h>

static int literal_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool literal_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* How far a unit of bytes shifts a number to the left; -1: no such unit. */
static int literal_shift(const char *text, size_t len)
{
    static const char units[] = "kKMGT";
    static const int shifts[] = { 10, 10, 20, 30, 40 };
    const char *unit = len > 0 && *text ? strchr(units, *text) : NULL;
    if (!unit || !(len == 1 || literal_is(text + 1, len - 1, "B") ||
                   literal_is(text + 1, len - 1, "iB")))
        return -1;
    return shifts[unit - units];
}

enum literal literal_number(const char *text, size_t len, uint64_t *value)
{
    unsigned base = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
    size_t from = base == 16 ? 2 : 0, at = from;
    bool large = false;
    *value = 0;
    for (; at < len; at++) {
        int digit = literal_digit(text[at]);
        if (digit < 0 || (unsigned)digit >= base)
            break;
        large = large || *value > (UINT64_MAX - (unsigned)digit) / base;
        *value = *value * base + (unsigned)digit;
    }
    if (at == from)
        return LITERAL_BAD;
    if (at == len)
        return large ? LITERAL_LARGE : LITERAL_GOOD;
    int shift = base == 10 ? literal_shift(text + at, len - at) : -1;
    if (shift < 0)
        return LITERAL_BAD;
    if (large || *value > UINT64_MAX >> shift)
        return LITERAL_LARGE;
    *value <<= shift;
    return LITERAL_GOOD;
}

enum literal literal_bool(const char *text, size_t len, bool *value)
{
    static const char *const words[] = { "false", "true", "no", "yes", "0", "1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (literal_is(text, len, words[i])) {
            *value = i & 1;
            return LITERAL_GOOD;
        }
    }
    return LITERAL_BAD;
}

/* Sets the bits behind the first `bits` of an address, or tells whether one of them is set. */
static bool literal_fill(struct chains_addr *addr, unsigned bits)
{
    bool some = false;
    for (unsigned i = 0; i < (addr->family == 4 ? 4 : 16); i++) {
        unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
        unsigned rest = kept < 8 ? 0xffu >> kept : 0;
        some = some || (addr->octets[i] & rest);
        addr->octets[i] = (uint8_t)(addr->octets[i] | rest);
    }
    return some;
}

enum literal literal_address(const char *text, size_t len, struct literal_addresses *range)
{
    char copy[CHAINS_ADDR_TEXT];
    const char *slash = memchr(text, '/', len);
    size_t addr_len = slash ? (size_t)(slash - text) : len;
    memset(range, 0, sizeof *range);
    if (addr_len >= sizeof copy || memchr(text, '\0', len))
        return LITERAL_BAD;
    memcpy(copy, text, addr_len);
    copy[addr_len] = '\0';
    if (!chains_addr_parse(copy, &range->low))
        return LITERAL_BAD;
    uint64_t most = range->low.family == 4 ? 32 : 128, bits = most;
    if (slash) {
        size_t digits = len - addr_len - 1;
        if (digits > 3 || literal_number(slash + 1, digits, &bits) != LITERAL_GOOD ||
            bits > most || literal_digit(text[len - 1]) < 0)
            return LITERAL_BAD;
    }
    range->prefix = slash != NULL;
    range->bits = (uint8_t)bits;
    range->high = range->low;
    range->unclear = literal_fill(&range->high, range->bits);
    return range->unclear ? LITERAL_BAD : LITERAL_GOOD;
}

enum literal literal_mac(const char *text, size_t len, uint64_t *low, uint64_t *high)
{
    unsigned bytes = 0;
    uint64_t value = 0;
    for (size_t at = 0; at + 2 <= len && bytes < 6; at += 3) {
        int one = literal_digit(text[at]), two = literal_digit(text[at + 1]);
        if (one < 0 || two < 0 || (at + 2 < len && text[at + 2] != ':'))
            return LITERAL_BAD;
        value = value << 8 | (unsigned)(one << 4 | two);
        bytes++;
    }
    if (!(bytes == 6 && len == 17) && !(bytes == 3 && len == 8))
        return LITERAL_BAD;
    *low = bytes == 6 ? value : value << 24;
    *high = bytes == 6 ? value : value << 24 | 0xffffff;
    return LITERAL_GOOD;
}

enum literal literal_hex(const char *text, size_t len, uint8_t *out, size_t *out_len)
{
    *out_len = 0;
    for (size_t at = 0; at < len;) {
        int one = literal_digit(text[at]),
            two = at + 1 < len ? literal_digit(text[at + 1]) : -1;
        if (one < 0 || two < 0)
            return LITERAL_BAD;
        out[(*out_len)++] = (uint8_t)(one << 4 | two);
        at += 2;
        if (at + 1 < len && text[at] == ':')
            at++;
    }
    return *out_len > 0 ? LITERAL_GOOD : LITERAL_BAD;
}

enum literal literal_string(const char *text, size_t len, char *out, size_t *out_len)
{
    static const char names[] = "ntr\\\"'", bytes[] = "\n\t\r\\\"'";
    size_t used = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\\') {
            out[used++] = text[at];
            continue;
        }
        size_t escape = at++;
        const char *name = at < len && text[at] ? strchr(names, text[at]) : NULL;
        if (name) {
            out[used++] = bytes[name - names];
            continue;
        }
        int one = at + 2 < len && text[at] == 'x' ? literal_digit(text[at + 1]) : -1;
        int two = one >= 0 ? literal_digit(text[at + 2]) : -1;
        if (two < 0) {
            *out_len = escape;
            return LITERAL_BAD;
        }
        out[used++] = (char)(one << 4 | two);
        at += 2;
    }
    *out_len = used;
    return LITERAL_GOOD;
}
