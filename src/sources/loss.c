/* SPDX-License-Identifier: MIT */
/*
 * Loss while it happens. In: a counter of packets that the kernel had no room for, and the clock.
 * Out: a sentence, seldom enough not to cost packets itself.
 */
#include "loss.h"

#include <inttypes.h>
#include <stdio.h>

#include "../bytes/time.h"

enum { LOSS_ASKS_S = 1, LOSS_SAYS_S = 10 };

bool loss_asks(struct loss *loss, int64_t now_ns)
{
    if (loss->asked_ns && time_minus(now_ns, loss->asked_ns) < LOSS_ASKS_S * TIME_SECOND_NS)
        return false;
    loss->asked_ns = now_ns;
    return true;
}

bool loss_says(struct loss *loss, uint64_t lost, int64_t now_ns, char *text, size_t size)
{
    if (lost <= loss->told ||
        (loss->told_ns && time_minus(now_ns, loss->told_ns) < LOSS_SAYS_S * TIME_SECOND_NS))
        return false;
    uint64_t more = lost - loss->told;
    snprintf(text, size,
             "the kernel has dropped %" PRIu64
             " packet%s that could not be read in time, %" PRIu64
             " in all; a larger buffer takes longer bursts",
             more, more == 1 ? "" : "s", lost);
    loss->told = lost;
    loss->told_ns = now_ns;
    return true;
}
