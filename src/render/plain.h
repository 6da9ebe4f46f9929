/* SPDX-License-Identifier: MIT */
#ifndef RENDER_PLAIN_H
#define RENDER_PLAIN_H

#include "output.h"
#include "value.h"

#include "../bytes/text.h"
#include "../record/path.h"

/*
 * Values as plain text, for columns. In: fields of records. Out: numbers in decimal, addresses, times
 * as ISO 8601, true and false, text without quotes. Text from the network is valid UTF-8 without
 * anything hidden: a tab, a line end and a backslash become \t, \n, \r and \\, every other byte
 * that may not be shown \xNN, so that two different texts never print the same.
 */

enum {
    PLAIN_SHORT = 48,    /* the most that plain_short() writes */
    PLAIN_PER_BYTE = 4,  /* the most that plain_escape() writes for a byte */
    PLAIN_VALUES = 4096, /* the most values of one field that are written */
};

/* Digits of a second in the times of a record. */
static inline int plain_digits(const struct chains_record *rec)
{
    return rec->flags & CHAINS_NANOSECONDS ? 9 : 6;
}

/* A value that is not VALUE_OP_LONG, at most PLAIN_SHORT bytes. An address without family is empty. */
static inline char *plain_short(char *out, uint8_t op, const void *at, struct text_clock *clock,
                                int digits)
{
    const struct chains_addr *addr = (const struct chains_addr *)at;
    switch (op) {
    case VALUE_OP_U8:
        return text_u64(out, number_load(at, 1));
    case VALUE_OP_U16:
        return text_u64(out, number_load(at, 2));
    case VALUE_OP_U32:
        return text_u64(out, number_load(at, 4));
    case VALUE_OP_U64:
        return text_u64(out, number_load(at, 8));
    case VALUE_OP_BOOL:
        return number_load(at, 1) ? text_literal(out, "true") : text_literal(out, "false");
    case VALUE_OP_MAC:
        return text_mac(out, (const uint8_t *)at);
    case VALUE_OP_ADDR:
        return addr->family ? out + chains_addr_text(addr, out) : out;
    case VALUE_OP_TIME:
        return text_time(out, clock, (int64_t)number_load(at, 8), digits, 'T');
    default: /* VALUE_OP_DURATION */
        return value_seconds(out, (int64_t)number_load(at, 8));
    }
}

/* Text with escapes: at most PLAIN_PER_BYTE bytes for each of `len`. */
char *plain_escape(char *out, const char *text, size_t len);

/* Where columns are written. */
struct plain {
    struct output *output;
    const char *separator; /* between several values of a field */
    size_t separator_len;
    bool csv; /* a column that needs them has quotes, as in RFC 4180 */
    struct text_clock clock;
    /* inside */
    const struct chains_layout *layout;
    int digits;
    bool probing, quoted, special;
};

/*
 * All values of a field in a record; nothing when there are none. What holds values and is none
 * itself (a layer, an object, a list) is "true" where it is there.
 */
void plain_column(struct plain *plain, const struct path *path,
                  const struct chains_record *rec);

/* Text as a column of its own. */
void plain_text(struct plain *plain, const char *text, size_t len);

#endif
