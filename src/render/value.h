/* SPDX-License-Identifier: MIT */
#ifndef RENDER_VALUE_H
#define RENDER_VALUE_H

#include <chains/field.h>

#include "../bytes/number.h"

/* How a value is written; those of fixed length apart, numbers by width, so that one switch does. */
enum value_op {
    VALUE_OP_U8,
    VALUE_OP_U16,
    VALUE_OP_U32,
    VALUE_OP_U64,
    VALUE_OP_BOOL,
    VALUE_OP_MAC,
    VALUE_OP_ADDR,
    VALUE_OP_TIME,
    VALUE_OP_DURATION,
    VALUE_OP_LONG, /* names, text, several values, what is nested: behind all others */
};

/* Of one value of a field; an array's and a list's is VALUE_OP_LONG. */
uint8_t value_op(const struct chains_field *field);

/* The most that value_seconds() writes. */
enum { VALUE_SECONDS = 21 };

/* Nanoseconds as a decimal number of seconds without trailing zeros: "12", "-0.001234". */
char *value_seconds(char *out, int64_t ns);

/*
 * The number in a field's struct that is 0 where the field is 0, empty or NULL: where it lies, and of
 * how many bytes it is. False where there is none: it is never empty.
 */
bool value_teller(const struct chains_field *field, uint16_t *offset, uint8_t *size);

/* Whether a field of the struct at `base` is 0, empty or NULL. */
bool value_is_empty(const struct chains_field *field, const void *base);

/* The rest of value_shows(), of a field with `has`, `omit_zero` or `alias`. */
bool value_shows_rest(const struct chains_field *field, const void *base);

/* Whether a field of the struct at `base` has a value to show; another name of one has none. */
static inline bool value_shows(const struct chains_field *field, const void *base)
{
    if (!field->has && !field->omit_zero && !field->alias)
        return true;
    return value_shows_rest(field, base);
}

#endif
