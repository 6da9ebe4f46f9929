/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_LIST_H
#define LINKS_FLOW_LIST_H

#include "flow_table.h"

/* What flow_list.c has for flow_table.c alone; the rest of it is in flow_table.h. */

/* A time and a span, at most the last one there is. */
int64_t flow_table_later(int64_t time_ns, int64_t span);

/* When something last came: packets' times say so, but for late ones and those before it was set. */
int64_t flow_table_last(const struct flow_table *table, uint32_t flow);

/* Has all lines of something in the cache soon, to be written to. */
static inline void flow_table_fetch(const void *at, size_t size)
{
    enum { LINE = 64 };
    for (size_t i = 0; i < size; i += LINE)
        __builtin_prefetch((const char *)at + i, 1);
}

/* A flow ends: has those that are to end soon, if it is in the order of its list, in the cache. */
void flow_table_look_ahead(struct flow_table *table, uint32_t flow);

/* Out of the list of its class, and to the end of it. */
void flow_table_unlink(struct flow_table *table, uint32_t flow);
void flow_table_append(struct flow_table *table, uint32_t flow);

#endif
