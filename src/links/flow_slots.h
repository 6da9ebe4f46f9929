/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_SLOTS_H
#define LINKS_FLOW_SLOTS_H

#include <chains/component.h>
#include <chains/layer/flow.h>

/*
 * What parsers keep for flows: rooms that hang on the entry of a flow, one for each component.
 * Rooms of a size that were given back are kept for the next flow. All live ones are in a list,
 * moved to its end when they are asked for again, whose head is the one to make room.
 */
struct flow_slot;

enum {
    FLOW_SLOTS_OWNERS = 16, /* components that keep something */
    FLOW_SLOTS_SPARE = 256, /* rooms given back and kept, of each component */
};

struct flow_slots_owner {
    const chains_component *component;
    size_t size; /* of the rooms kept */
    struct flow_slot *spare;
    unsigned spares;
};

struct flow_slots {
    uint64_t ceiling;
    uint64_t used;    /* bytes of rooms and of what they are charged for */
    uint64_t leaving; /* of these, of flows that have ended */
    uint64_t kept;    /* bytes of rooms given back */
    struct flow_slot *oldest, *newest;
    struct flow_slots_owner owner[FLOW_SLOTS_OWNERS];
    unsigned owners;
    bool pressed; /* a room was refused, or charges are above the ceiling */
};

/* The flow has ended: what it keeps makes room for others soon. */
void flow_slots_leave(struct flow_slots *slots, struct chains_flow_entry *entry);

/* Releases all rooms of a flow. */
void flow_slots_release(struct flow_slots *slots, struct chains_flow_entry *entry);

/* The live flow whose room was longest not asked for, while they hold too much; or NULL. */
struct chains_flow_entry *flow_slots_excess(struct flow_slots *slots);

/* Gives back the memory of rooms that are kept. */
void flow_slots_free(struct flow_slots *slots);

#endif
