/* SPDX-License-Identifier: MIT */
#ifndef RENDER_VALUE_H
#define RENDER_VALUE_H

#include <chains/field.h>

#include "../bytes/number.h"

/* The most that value_seconds() writes. */
enum { VALUE_SECONDS = 21 };

/* Nanoseconds as a decimal number of seconds without trailing zeros: "12", "-0.001234". */
char *value_seconds(char *out, int64_t ns);

/* Whether a field of the struct at `base` is 0, empty or NULL. */
bool value_is_empty(const struct chains_field *field, const void *base);

/* Whether a field of the struct at `base` has a value to show. */
bool value_shows(const struct chains_field *field, const void *base);

#endif
