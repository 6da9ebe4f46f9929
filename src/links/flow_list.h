/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_LIST_H
#define LINKS_FLOW_LIST_H

#include "../bytes/time.h"
#include "flow_table.h"

/* The clock of a flow table, and its lists: one for each class of timeout, the longest idle flow first. */

/* A time and a span, at most the last one there is. */
int64_t flow_list_later(int64_t time_ns, int64_t span);

/* The rest of flow_list_last(), of a flow whose times are odd. */
int64_t flow_list_last_rest(const struct flow_table *table, uint32_t flow);

/* When something last came: packets' times say so, but for late ones and those before it was set. */
static inline int64_t flow_list_last(const struct flow_table *table, uint32_t flow)
{
    const struct flow_hot *hot = &table->flow[flow].hot;
    int64_t newest = hot->last[0] > hot->last[1] ? hot->last[0] : hot->last[1];
    if (!(hot->flags & FLOW_LATE) && newest <= table->clock)
        return newest; /* and its entry need not be there */
    return flow_list_last_rest(table, flow);
}

/* Has all lines of something in the cache soon, to be written to. */
static inline void flow_list_fetch(const void *at, size_t size)
{
    enum { LINE = 64 };
    for (size_t i = 0; i < size; i += LINE)
        __builtin_prefetch((const char *)at + i, 1);
}

/* A flow ends: has those that are to end soon, if it is in the order of its list, in the cache. */
void flow_list_look_ahead(struct flow_table *table, uint32_t flow);

/* Out of the list of its class, and to the end of it. */
void flow_list_unlink(struct flow_table *table, uint32_t flow);
void flow_list_append(struct flow_table *table, uint32_t flow);

/* Puts a flow into another class. */
void flow_list_change_rest(struct flow_table *table, uint32_t flow, enum flow_class class);

static inline void flow_list_change(struct flow_table *table, uint32_t flow,
                                    enum flow_class class)
{
    if (table->flow[flow].hot.class != class)
        flow_list_change_rest(table, flow, class);
}

/* The rest of flow_list_touch(). */
bool flow_list_touch_rest(struct flow_table *table, uint32_t flow, enum chains_side side,
                          int64_t time_ns);

/*
 * Notes a packet's time, and that it came now. True: it is time for a record of a flow that goes
 * on; it stays so until flow_list_reported(). Most packets are the latest of all, and move nothing.
 */
static inline bool flow_list_touch(struct flow_table *table, uint32_t flow,
                                   enum chains_side side, int64_t time_ns)
{
    struct flow_hot *hot = &table->flow[flow].hot;
    if (time_ns != table->clock || hot->last[!side] > time_ns ||
        (int32_t)(flow_table_now(table) - hot->due) >= 0)
        return flow_list_touch_rest(table, flow, side, time_ns);
    hot->last[side] = time_ns;
    hot->flags &= (uint8_t)~FLOW_LATE;
    return false;
}

void flow_list_reported(struct flow_table *table, uint32_t flow);

/* Whether nothing has come for as long as its class allows. */
static inline bool flow_list_is_idle(const struct flow_table *table, uint32_t flow)
{
    int64_t idle = time_minus(table->clock, flow_list_last(table, flow));
    return idle >= table->limits.timeout[table->flow[flow].hot.class];
}

/* All lists are looked at with the next packet. */
void flow_list_wake(struct flow_table *table);

/* Ticks between two moves of a flow in its list: an eighth of the timeout. */
uint32_t flow_list_step(int64_t timeout);

/* The rest of flow_list_clock(), of a packet behind the clock. */
void flow_list_clock_behind(struct flow_table *table, int64_t time_ns);

/*
 * A packet's time. The clock follows the largest one, so that packets of several interfaces need
 * not be in order. One time that lies ahead must not hold it for long, nor must a clock that was
 * set: when packets in a row are behind by 10 s, and have gone on by a minute, or by a second in 64
 * packets, it is they that are right.
 */
static inline void flow_list_clock(struct flow_table *table, int64_t time_ns)
{
    if (time_ns < table->clock) {
        flow_list_clock_behind(table, time_ns);
        return;
    }
    table->back.count = 0;
    table->clock = time_ns;
}

/*
 * The clock was set on to this time while no more passed: flows are as idle as they were. This alone
 * looks at all flows, once each time somebody sets the clock of a machine that captures.
 */
void flow_list_set_on(struct flow_table *table, int64_t time_ns);

#endif
