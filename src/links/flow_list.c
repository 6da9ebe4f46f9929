/* SPDX-License-Identifier: MIT */
/*
 * When flows last had a packet. In: packets' times. Out: the table's clock, and a list for each class of
 * timeout whose head is the longest idle flow. The clock follows packets, which need not be in order and
 * may have a time that is wrong; ticks alone never go back, so that lists stay in order whatever it does.
 */
#include "flow_list.h"

/* Packets so far behind the clock, so many over the shorter time, or over the longer one. */
#define FLOW_BEHIND_NS      (10 * TIME_SECOND_NS)
#define FLOW_BEHIND_MANY_NS TIME_SECOND_NS
#define FLOW_BEHIND_FEW_NS  (60 * TIME_SECOND_NS)

enum { FLOW_BEHIND_MANY = 64 };

uint32_t flow_list_step(int64_t timeout)
{
    uint64_t step = ((uint64_t)timeout / 8) >> FLOW_TICK_SHIFT;
    return step < 1 ? 1 : step > INT32_MAX / 2 ? INT32_MAX / 2 : (uint32_t)step;
}

int64_t flow_list_later(int64_t time_ns, int64_t span)
{
    return time_ns > INT64_MAX - span ? INT64_MAX : time_ns + span;
}

static int64_t flow_list_newest(const struct flow_hot *hot)
{
    return hot->last[0] > hot->last[1] ? hot->last[0] : hot->last[1];
}

int64_t flow_list_last_rest(const struct flow_table *table, uint32_t flow)
{
    int64_t newest = flow_list_newest(&table->flow[flow].hot);
    uint32_t moved = table->flow[flow].entry.moved;
    if (moved == table->back.tick && newest >= table->back.since && newest <= table->clock)
        return newest;
    uint32_t ticks = flow_table_now(table) - moved;
    return time_minus(table->clock, (int64_t)ticks << FLOW_TICK_SHIFT);
}

/* Notes whether the packets' times are too far from the clock, for its class. */
static bool flow_list_judge(struct flow_table *table, uint32_t flow)
{
    struct flow_hot *hot = &table->flow[flow].hot;
    int64_t newest = flow_list_newest(hot);
    bool late = newest > table->clock ||
                time_minus(table->clock, newest) > table->list[hot->class].timeout / 8;
    hot->flags = (uint8_t)((hot->flags & ~FLOW_LATE) | (late ? FLOW_LATE : 0));
    return late;
}

void flow_list_unlink(struct flow_table *table, uint32_t flow)
{
    struct flow_list *list = &table->list[table->flow[flow].hot.class];
    const struct chains_flow_entry *entry = &table->flow[flow].entry;
    *(entry->older == FLOW_NONE ? &list->oldest : &table->flow[entry->older].entry.newer) =
        entry->newer;
    *(entry->newer == FLOW_NONE ? &list->newest : &table->flow[entry->newer].entry.older) =
        entry->older;
    list->count--;
}

/* What leads on from an entry, which is in the cache, and is needed when its flow ends. */
static void flow_list_fetch_rest(const struct flow_table *table, uint32_t flow)
{
    uint32_t place = table->flow[flow].entry.place, tcp = table->flow[flow].hot.tcp;
    flow_list_fetch(&table->buckets.at[place & table->buckets.mask], 1);
    if (tcp != FLOW_NONE)
        flow_list_fetch(&table->tcp[tcp], FLOW_TCP_USUAL);
}

/*
 * What was looked at may have got into another place since, or be no flow any more: its memory is there
 * all the same, and what is fetched is a hint. Where a list comes to an end there it begins anew.
 */
void flow_list_look_ahead(struct flow_table *table, uint32_t flow)
{
    uint8_t class = table->flow[flow].hot.class;
    struct flow_ahead *ahead = &table->ahead[class];
    if (table->list[class].oldest != flow)
        return;
    ahead->lead -= ahead->lead > 0;
    for (unsigned i = 0; i < 2 && ahead->lead < FLOW_AHEAD; i++) {
        uint32_t from = ahead->lead ? ahead->flow[ahead->at % FLOW_AHEAD] : flow;
        uint32_t next = table->flow[from].entry.newer;
        if (next == FLOW_NONE || table->flow[from].hot.class != class) {
            ahead->lead = 0;
            return;
        }
        flow_list_fetch(&table->flow[next], sizeof *table->flow);
        ahead->flow[++ahead->at % FLOW_AHEAD] = next;
        if (++ahead->lead > FLOW_AHEAD / 2)
            flow_list_fetch_rest(table, ahead->flow[(ahead->at - FLOW_AHEAD / 2) % FLOW_AHEAD]);
    }
}

void flow_list_append(struct flow_table *table, uint32_t flow)
{
    struct flow_hot *hot = &table->flow[flow].hot;
    struct flow_list *list = &table->list[hot->class];
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    entry->older = list->newest;
    entry->newer = FLOW_NONE;
    *(list->newest == FLOW_NONE ? &list->oldest : &table->flow[list->newest].entry.newer) =
        flow;
    list->newest = flow;
    if (list->count++ == 0) {
        list->wake = flow_list_later(table->clock, list->timeout);
        table->wake = list->wake < table->wake ? list->wake : table->wake;
    }
    entry->moved = flow_table_now(table);
    hot->due = entry->moved + list->step;
    if (table->limits.active && (int32_t)(entry->interim - hot->due) < 0)
        hot->due = entry->interim;
}

void flow_list_change_rest(struct flow_table *table, uint32_t flow, enum flow_class class)
{
    flow_list_unlink(table, flow);
    table->flow[flow].hot.class = (uint8_t) class;
    flow_list_append(table, flow);
    flow_list_judge(table, flow);
}

bool flow_list_touch_rest(struct flow_table *table, uint32_t flow, enum chains_side side,
                          int64_t time_ns)
{
    struct flow_hot *hot = &table->flow[flow].hot;
    if (time_ns > hot->last[side] || hot->last[side] > table->clock)
        hot->last[side] = time_ns;
    uint32_t now = flow_table_now(table);
    if (!flow_list_judge(table, flow) && (int32_t)(now - hot->due) < 0)
        return false;
    flow_list_unlink(table, flow);
    flow_list_append(table, flow);
    return table->limits.active && (int32_t)(now - table->flow[flow].entry.interim) >= 0;
}

void flow_list_reported(struct flow_table *table, uint32_t flow)
{
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    uint32_t now = flow_table_now(table);
    entry->interim = now + (uint32_t)(table->limits.active >> FLOW_TICK_SHIFT);
    table->flow[flow].hot.due = now + table->list[table->flow[flow].hot.class].step;
    if ((int32_t)(entry->interim - table->flow[flow].hot.due) < 0)
        table->flow[flow].hot.due = entry->interim;
}

/* The clock is set; ticks go on, and so lists stay in order. Packets `since` are in the new time. */
static void flow_list_set(struct flow_table *table, int64_t since, int64_t time_ns)
{
    struct flow_back *back = &table->back;
    back->tick = flow_table_now(table);
    back->shift = back->tick - flow_tick(time_ns);
    back->since = since;
    back->count = 0;
    table->clock = time_ns;
}

void flow_list_wake(struct flow_table *table)
{
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        table->list[i].wake = INT64_MIN;
    table->wake = INT64_MIN;
}

static void flow_list_set_back(struct flow_table *table, int64_t time_ns)
{
    flow_list_set(table, table->back.first, time_ns);
    flow_list_wake(table);
}

void flow_list_set_on(struct flow_table *table, int64_t time_ns)
{
    flow_list_set(table, time_ns, time_ns);
    for (unsigned class = 0; class < FLOW_CLASSES; class ++)
        for (uint32_t i = table->list[class].oldest; i != FLOW_NONE;
             i = table->flow[i].entry.newer)
            table->flow[i].hot.flags |= FLOW_LATE;
}

void flow_list_clock_behind(struct flow_table *table, int64_t time_ns)
{
    struct flow_back *back = &table->back;
    if (time_minus(table->clock, time_ns) <= FLOW_BEHIND_NS) {
        back->count = 0;
        return;
    }
    if (back->count == 0 || time_ns < back->first) {
        back->first = time_ns;
        back->count = 0;
    }
    back->count++;
    int64_t span = time_minus(time_ns, back->first);
    if (span >= (back->count < FLOW_BEHIND_MANY ? FLOW_BEHIND_FEW_NS : FLOW_BEHIND_MANY_NS))
        flow_list_set_back(table, time_ns);
}
