/* SPDX-License-Identifier: MIT */
#ifndef BYTES_TEXT_H
#define BYTES_TEXT_H

#include <chains/bytes.h>

#include <string.h>

/*
 * Text by hand: each function writes at `out`, where the caller has made sure of room, and
 * returns the place behind what it wrote. No NUL, no locale, no printf on the packet path
 * (docs/decisions/0006). The figure in each comment is the most it writes.
 */

enum {
    TEXT_U64 = 20,
    TEXT_MAC = 17,
    TEXT_ADDR = CHAINS_ADDR_TEXT - 1,
    TEXT_TIME = CHAINS_TIME_TEXT - 1,
    TEXT_PATH = 200,
};

extern const char text_digit_pairs[201];
extern const char text_hex_digits[17];
extern const char text_hex_pairs[513];

/* A literal or other text of known length. */
static inline char *text_copy(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    return out + len;
}

#define text_literal(out, literal) text_copy((out), (literal), sizeof(literal) - 1)

/* Two digits of a number below 100. */
static inline char *text_two(char *out, unsigned value)
{
    memcpy(out, text_digit_pairs + 2 * (size_t)value, 2);
    return out + 2;
}

/* TEXT_U64 bytes and more; small numbers are the common ones. */
char *text_u64_large(char *out, uint64_t value);

static inline char *text_u64(char *out, uint64_t value)
{
    if (value < 10) {
        *out = (char)('0' + value);
        return out + 1;
    }
    if (value < 100)
        return text_two(out, (unsigned)value);
    if (value < 10000) {
        unsigned high = (unsigned)value / 100, low = (unsigned)value % 100;
        if (high >= 10)
            return text_two(text_two(out, high), low);
        *out = (char)('0' + high);
        return text_two(out + 1, low);
    }
    return text_u64_large(out, value);
}

/*
 * Copies printable ASCII up to the first byte that is none, or is '"' or '\\'. Returns how many
 * bytes that are; what is behind them, up to `len`, may be written too.
 */
size_t text_plain(char *out, const char *text, size_t len);

/* "\x1b": four bytes. */
static inline char *text_escape_hex(char *out, uint8_t byte)
{
    out[0] = '\\';
    out[1] = 'x';
    out[2] = text_hex_digits[byte >> 4];
    out[3] = text_hex_digits[byte & 15];
    return out + 4;
}

/* TEXT_MAC bytes. */
static inline char *text_mac(char *out, const uint8_t mac[6])
{
    for (int i = 0; i < 6; i++) {
        memcpy(out + 3 * i, text_hex_pairs + 2 * (size_t)mac[i], 2);
        if (i < 5)
            out[3 * i + 2] = ':';
    }
    return out + TEXT_MAC;
}

/*
 * TEXT_PATH bytes, and a NUL behind them: a path as a sentence may show it. What is not printable
 * ASCII is \xNN; a long one loses its middle to "...".
 */
char *text_path(char *out, const char *path);

/* TEXT_ADDR bytes: chains_addr_text() without the NUL. */
char *text_addr(char *out, const struct chains_addr *addr);

/*
 * "2015-05-27T01:17:07" of the second written last, so that the date is worked out once a
 * second.
 */
struct text_clock {
    uint64_t begin_ns; /* of that second, modulo 2^64 */
    char text[20];
    bool valid;
};

/* Makes it the second of `time_ns`; returns the nanoseconds behind its begin. */
uint64_t text_clock_set(struct text_clock *clock, int64_t time_ns);

/* ".919743", or nine digits. */
char *text_fraction(char *out, unsigned ns, int digits);

/* TEXT_TIME bytes; `gap` 'T' closes with a Z, ' ' does not. `digits` of a second: 0, 6, 9. */
static inline char *text_time(char *out, struct text_clock *clock, int64_t time_ns, int digits,
                              char gap)
{
    enum { SECOND = 1000000000 };
    uint64_t ns = (uint64_t)time_ns - clock->begin_ns;
    if (__builtin_expect(ns >= SECOND || !clock->valid, 0))
        ns = text_clock_set(clock, time_ns);
    memcpy(out, clock->text, sizeof clock->text);
    out[10] = gap;
    out += 19;
    if (digits)
        out = text_fraction(out, (unsigned)ns, digits);
    if (gap == 'T')
        *out++ = 'Z';
    return out;
}

#endif
