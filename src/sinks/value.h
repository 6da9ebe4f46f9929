/* SPDX-License-Identifier: MIT */
#ifndef SINKS_VALUE_H
#define SINKS_VALUE_H

#include <chains/field.h>

#include <string.h>

/* An unsigned number of 1, 2, 4 or 8 bytes. */
static inline uint64_t value_load(const void *at, size_t size)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (size) {
    case 1:
        memcpy(&u8, at, 1);
        return u8;
    case 2:
        memcpy(&u16, at, 2);
        return u16;
    case 4:
        memcpy(&u32, at, 4);
        return u32;
    default:
        memcpy(&u64, at, 8);
        return u64;
    }
}

/* Whether a field of the struct at `base` is 0, empty or NULL. */
bool value_is_empty(const struct chains_field *field, const void *base);

/* Whether a field of the struct at `base` has a value to show. */
bool value_shows(const struct chains_field *field, const void *base);

#endif
