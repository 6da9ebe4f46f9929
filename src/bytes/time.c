/* SPDX-License-Identifier: MIT */
/* The monotonic clock in nanoseconds: the only file of this room that asks the system. */
#include "time.h"

#include <time.h>

static int64_t time_of_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * TIME_SECOND_NS + now.tv_nsec;
}

int64_t time_now_ns(void)
{
    return time_of_clock(CLOCK_MONOTONIC);
}

int64_t time_coarse_ns(void)
{
#if defined(CLOCK_MONOTONIC_COARSE)
    return time_of_clock(CLOCK_MONOTONIC_COARSE);
#else
    return time_of_clock(CLOCK_MONOTONIC);
#endif
}
