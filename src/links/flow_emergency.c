/* SPDX-License-Identifier: MIT */
/*
 * The timeouts of a table that is nearly full. In: a table whose number of flows has passed a line.
 * Out: the same with some timeouts of a tenth, or with its own. Lists stay as they are: their order is by
 * when something came, whatever the timeout.
 */
#include "flow_emergency.h"

#include "flow_list.h"

enum { TENTHS = 10, BEGINS = 9, ENDS = 8, FEW = 16 /* a part of the table */ };

void flow_emergency_init(struct flow_table *table)
{
    uint64_t flows = table->limits.flows;
    table->emergency = (struct flow_emergency){ .begins = UINT32_MAX };
    if (flows < FLOW_EMERGENCY_LEAST)
        return;
    table->emergency.begins = (uint32_t)((flows * BEGINS + TENTHS - 1) / TENTHS);
    table->emergency.ends = (uint32_t)(flows * ENDS / TENTHS);
}

static void flow_emergency_set(struct flow_table *table)
{
    const struct flow_emergency *emergency = &table->emergency;
    for (unsigned i = 0; i < FLOW_CLASSES; i++) {
        struct flow_list *list = &table->list[i];
        bool spared = i >= FLOW_ONE_SIDED && i != FLOW_CLOSED && !emergency->both;
        list->timeout = table->limits.timeout[i] / (emergency->now && !spared ? TENTHS : 1);
        list->timeout = list->timeout > 0 ? list->timeout : 1;
        list->step = flow_list_step(list->timeout);
    }
    flow_list_wake(table);
}

/* Whether it is flows with two sides that fill the table. */
static bool flow_emergency_is_both(const struct flow_table *table)
{
    return flow_table_one_sided(table) < table->limits.flows / FEW;
}

void flow_emergency_begin(struct flow_table *table)
{
    if (table->emergency.now)
        return;
    table->emergency.now = true;
    table->emergency.both = flow_emergency_is_both(table);
    flow_emergency_set(table);
}

void flow_emergency_weigh(struct flow_table *table)
{
    bool both = flow_emergency_is_both(table);
    if (both == table->emergency.both)
        return;
    table->emergency.both = both;
    flow_emergency_set(table);
}

void flow_emergency_end(struct flow_table *table)
{
    table->emergency.now = table->emergency.both = false;
    flow_emergency_set(table);
}
