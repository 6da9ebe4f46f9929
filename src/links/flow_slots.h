/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_SLOTS_H
#define LINKS_FLOW_SLOTS_H

#include <chains/component.h>
#include <chains/layer/flow.h>

#include "../record/pool.h"

/*
 * What parsers keep for flows: rooms that hang on the entry of a flow, one for each component. They,
 * and what hangs on them, are in one pool, so that flows come and go without malloc(), but for what
 * libraries take by themselves. All live ones are in two lists, with something outside the pool and
 * without, moved to the end when they are asked for again; whose head is the one to make room.
 *
 * The ceiling holds for what is in use and for what the system has given: the pool keeps its regions,
 * so they are five eighths of the ceiling, and the rest is for what lies outside.
 */
struct flow_slot;

enum { FLOW_SLOTS_OWNERS = 16 /* components that keep something */ };

struct flow_slots {
    uint64_t ceiling;
    uint64_t used;    /* bytes of rooms and of what they are charged for */
    uint64_t outside; /* of these, not in the pool */
    uint64_t leaving; /* of `used`, of flows that have ended */
    struct pool *pool;
    struct flow_slots_list {
        struct flow_slot *oldest, *newest;
    } list[2]; /* all in the pool; something outside */
    const chains_component *owner[FLOW_SLOTS_OWNERS];
    unsigned owners;
    bool pressed; /* a room was refused, or charges are above the ceiling */
};

/* All 0 before. False: no memory. */
bool flow_slots_init(struct flow_slots *slots, uint64_t ceiling);

/* Bytes that the system has given for them. */
uint64_t flow_slots_memory(const struct flow_slots *slots);

/* The flow has ended: what it keeps makes room for others soon. */
void flow_slots_leave(struct flow_slots *slots, struct chains_flow_entry *entry);

/* Releases all rooms of a flow. */
void flow_slots_release(struct flow_slots *slots, struct chains_flow_entry *entry);

/* The live flow whose room was longest not asked for, while they hold too much; or NULL. */
struct chains_flow_entry *flow_slots_excess(struct flow_slots *slots);

/* As chains_flow_charge(), where of the bytes so many alone are outside the pool. */
void flow_slots_charge(const chains_component *self, const struct chains_record *rec,
                       size_t bytes, size_t outside);

/* What a component has with a record's flow. */
enum flow_slots_standing {
    FLOW_SLOTS_OPEN,    /* a room, or none so far */
    FLOW_SLOTS_DONE,    /* it is done with the flow, or was refused a room */
    FLOW_SLOTS_SETTLED, /* done, and nothing is to be found out again at any packet */
};

enum flow_slots_standing flow_slots_standing(const chains_component *self,
                                             const struct chains_record *rec);

/*
 * As chains_flow_done(), where what is to be done with each packet of the flow is sure from now on.
 * False in a chain of many components: then the room stays.
 */
bool flow_slots_settle(chains_component *self, const struct chains_record *rec);

/* Where what hangs on the rooms of this record's flow is taken from. NULL: it has no flow. */
struct pool *flow_slots_pool(const struct chains_record *rec);

#endif
