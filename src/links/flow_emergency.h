/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_EMERGENCY_H
#define LINKS_FLOW_EMERGENCY_H

#include "flow_table.h"

/*
 * A table that is nearly full: from nine tenths on, and until fewer than eight tenths are in use, the
 * timeouts of what one end alone was heard of, and of what has closed, are a tenth of themselves, so
 * that half-open connections go after a second. Flows with two sides keep theirs: who sends without
 * being answered must not end them. Only where less than a sixteenth of the table has one side, it is
 * they that fill it, and their timeouts are a tenth, too. What ends earlier than it would have, has
 * been evicted. A table of a few flows has no such state: there one more or less is a tenth.
 */
enum { FLOW_EMERGENCY_LEAST = 64 };

/* When the limits are known. */
void flow_emergency_init(struct flow_table *table);

void flow_emergency_begin(struct flow_table *table);
void flow_emergency_end(struct flow_table *table);

/* While it lasts, at each packet: who fills the table. */
void flow_emergency_weigh(struct flow_table *table);

/* There is one flow more, */
static inline void flow_emergency_more(struct flow_table *table)
{
    if (__builtin_expect(table->live >= table->emergency.begins, 0))
        flow_emergency_begin(table);
}

/* or one less. */
static inline void flow_emergency_less(struct flow_table *table)
{
    if (__builtin_expect(table->emergency.now, 0) && table->live < table->emergency.ends)
        flow_emergency_end(table);
}

#endif
