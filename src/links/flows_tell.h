/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOWS_TELL_H
#define LINKS_FLOWS_TELL_H

#include <chains/component.h>

#include "flow_table.h"

/* What was said of an emergency; all 0 at first. */
struct flows_told {
    int64_t time_ns;  /* when it was said that one has begun; 0: never */
    uint64_t evicted; /* flows that had been by then */
    bool begun;       /* that is what was said last */
};

/* That the table is nearly full, and that it is no longer: at most once a minute of packet time. */
void flows_tell(chains_component *self, const struct flow_table *table,
                struct flows_told *told);

#endif
