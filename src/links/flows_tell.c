/* SPDX-License-Identifier: MIT */
/*
 * What is said of a table that is nearly full. In: the table, and what was said last. Out: a warning when
 * that begins, and one when it is over, at most once a minute of packet time.
 */
#include "flows_tell.h"

#include <inttypes.h>

#include "../bytes/time.h"

#define FLOWS_TELL_NS (60 * TIME_SECOND_NS)

void flows_tell(chains_component *self, const struct flow_table *table, struct flows_told *told)
{
    if (table->emergency.now == told->begun)
        return;
    if (told->begun) {
        chains_warn(self,
                    "fewer than %u of %u flows are in use again: timeouts are what they were; "
                    "%" PRIu64 " flows have ended early",
                    (unsigned)table->emergency.ends, (unsigned)table->limits.flows,
                    table->emergency.evicted - told->evicted);
        told->begun = false;
        return;
    }
    int64_t since = time_minus(table->clock, told->time_ns); /* < 0: the clock was set back */
    if (told->time_ns && since >= 0 && since < FLOWS_TELL_NS)
        return;
    *told = (struct flows_told){ table->clock, table->emergency.evicted, true };
    chains_warn(self,
                "%u of %u flows are in use: those that nobody answers have a tenth of their "
                "time, until fewer than %u are",
                (unsigned)table->emergency.begins, (unsigned)table->limits.flows,
                (unsigned)table->emergency.ends);
}
