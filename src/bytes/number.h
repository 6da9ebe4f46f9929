/* SPDX-License-Identifier: MIT */
#ifndef BYTES_NUMBER_H
#define BYTES_NUMBER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Unsigned numbers in members of 1, 2, 4 or 8 bytes, as a field table gives their size. */

static inline uint64_t number_load(const void *at, size_t size)
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

/* What does not fit is cut off at the front. */
static inline void number_store(void *at, size_t size, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (size) {
    case 1:
        memcpy(at, &u8, 1);
        break;
    case 2:
        memcpy(at, &u16, 2);
        break;
    case 4:
        memcpy(at, &u32, 4);
        break;
    default:
        memcpy(at, &value, 8);
    }
}

#endif
