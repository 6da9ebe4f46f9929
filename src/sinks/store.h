/* SPDX-License-Identifier: MIT */
#ifndef SINKS_STORE_H
#define SINKS_STORE_H

#include <stdint.h>
#include <string.h>

/*
 * Numbers of a capture file. It is written in little-endian order on every machine, so that the
 * same packets give the same bytes. Each function returns the place behind what it wrote.
 */

static inline char *store16(char *out, unsigned value)
{
    out[0] = (char)(value & 0xff);
    out[1] = (char)(value >> 8 & 0xff);
    return out + 2;
}

static inline char *store32(char *out, uint32_t value)
{
    return store16(store16(out, value & 0xffff), value >> 16);
}

static inline char *store64(char *out, uint64_t value)
{
    return store32(store32(out, (uint32_t)value), (uint32_t)(value >> 32));
}

/* Zeros up to a multiple of four, behind `len` bytes. */
static inline char *store_padding(char *out, size_t len)
{
    size_t zeros = (4 - len % 4) % 4;
    memset(out, 0, zeros);
    return out + zeros;
}

#endif
