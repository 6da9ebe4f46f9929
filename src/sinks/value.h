/* SPDX-License-Identifier: MIT */
#ifndef SINKS_VALUE_H
#define SINKS_VALUE_H

#include <chains/field.h>

/* An unsigned number of 1, 2, 4 or 8 bytes. */
uint64_t value_load(const void *at, size_t size);

/* Whether a field of the struct at `base` has a value to show. */
bool value_shows(const struct chains_field *field, const void *base);

#endif
