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

/* When a field of a struct is shown: always, never, or by one or both of the others. */
enum { VALUE_IF_THERE = 1, VALUE_IF_SET = 2, VALUE_NEVER = 4 };

struct value_when {
    uint8_t when;
    uint8_t tell_size; /* of the number in the struct that is 0 where there is no value, */
    uint16_t tell;     /* and where it lies */
    uint32_t has;      /* the bit that says that it is there */
};

/* Another name of a field is never shown. */
struct value_when value_when(const struct chains_field *field);

/* Of the struct at `base`, which begins with `has` where a field asks for it. */
static inline bool value_shows(const struct value_when *when, const void *base)
{
    uint32_t has;
    if (!when->when)
        return true;
    if (when->when & VALUE_IF_THERE) {
        memcpy(&has, base, sizeof has);
        if (!(has & when->has))
            return false;
    }
    if (when->when & VALUE_IF_SET)
        return number_load((const char *)base + when->tell, when->tell_size) != 0;
    return !(when->when & VALUE_NEVER);
}

#endif
