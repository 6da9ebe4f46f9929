/* SPDX-License-Identifier: MIT */
/*
 * In: time stamps of a capture and a clock that is never set back. Out: how long each packet has to
 * wait. Every packet is held against the first one, never against the one before, so that errors do
 * not add up; time stamps may be anything.
 */
#include "replay.h"

#include "../bytes/time.h"

#include <math.h>
#include <time.h>

bool replay_takes(double speed)
{
    return isfinite(speed) && speed >= 0;
}

int64_t replay_left(struct replay *replay, int64_t time_ns, int64_t now_ns)
{
    if (!(replay->speed > 0))
        return 0;
    if (!replay->begun) {
        replay->begun = true;
        replay->first_ns = time_ns;
        replay->began_ns = now_ns;
    }
    double offset = (double)time_minus(time_ns, replay->first_ns) / replay->speed;
    double left = offset - (double)time_minus(now_ns, replay->began_ns);
    if (!(left > 0))
        return 0;
    return left < 9e18 ? (int64_t)left + 1 : INT64_MAX;
}

void replay_sleep(int64_t left_ns)
{
    struct timespec rest = { (time_t)(left_ns / TIME_SECOND_NS),
                             (long)(left_ns % TIME_SECOND_NS) };
    (void)nanosleep(&rest, NULL);
}
