/* SPDX-License-Identifier: MIT */
#ifndef BYTES_TIME_H
#define BYTES_TIME_H

#include <stdint.h>

/* Moments and spans of time, in nanoseconds as everywhere. */

#define TIME_SECOND_NS INT64_C(1000000000)

/* A clock that is never set back. Not the time of day. */
int64_t time_now_ns(void);

/* The same clock, cheaper and behind by up to a few milliseconds where the system has that. */
int64_t time_coarse_ns(void);

/* a - b, held at the ends of int64_t: time stamps in a capture may be anything. */
static inline int64_t time_minus(int64_t a, int64_t b)
{
    if (b > 0 && a < INT64_MIN + b)
        return INT64_MIN;
    if (b < 0 && a > INT64_MAX + b)
        return INT64_MAX;
    return a - b;
}

#endif
