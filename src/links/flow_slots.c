/* SPDX-License-Identifier: MIT */
/*
 * Rooms of parsers in flows. In: a record, the component that asks, a size. Out: the room, zeroed
 * when it is new, and its release exactly once. A component that is done with a flow, or was refused
 * a room while nobody was about to leave, has a bit in the flow's entry and is not asked again.
 */
#include "flow_slots.h"

#include "flow_table.h"

#include <stdalign.h>

#include "../record/row.h"

/* A room is moved to the end of the list once in so many ticks, a second, not at each packet. */
enum { FLOW_SLOTS_STEP = 15 };

struct flow_slot {
    struct flow_slot *next; /* of the flow */
    struct flow_slot *older, *newer;
    struct chains_flow_entry *entry;
    void (*release)(void *room);
    size_t size, charge;
    size_t outside; /* of the charge, not in the pool */
    uint32_t asked; /* tick */
    uint8_t owner;
    uint8_t kind; /* which list */
    bool listed;
    alignas(16) uint8_t room[];
};

static struct chains_flow_entry *flow_slots_entry(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    if (stream)
        return stream->entry;
    const struct chains_flow *flow = chains_get(rec, flow);
    return flow ? flow->entry : NULL;
}

static size_t flow_slots_cost(const struct flow_slot *slot)
{
    return sizeof *slot + slot->size + slot->charge;
}

static void flow_slots_unlist(struct flow_slots *slots, struct flow_slot *slot)
{
    if (!slot->listed)
        return;
    struct flow_slots_list *list = &slots->list[slot->kind];
    *(slot->older ? &slot->older->newer : &list->oldest) = slot->newer;
    *(slot->newer ? &slot->newer->older : &list->newest) = slot->older;
    slot->listed = false;
}

static void flow_slots_list(struct flow_slots *slots, struct flow_slot *slot, uint32_t now)
{
    slot->asked = now;
    slot->listed = true;
    slot->kind = slot->outside > 0;
    struct flow_slots_list *list = &slots->list[slot->kind];
    slot->newer = NULL;
    slot->older = list->newest;
    *(list->newest ? &list->newest->newer : &list->oldest) = slot;
    list->newest = slot;
}

static bool flow_slots_is_live(const struct chains_flow_entry *entry)
{
    return entry->table->flow[flow_table_index(entry)].hot.class < FLOW_CLASSES;
}

/* The number of a component among those that keep something, or -1. */
static int flow_slots_owner(const struct flow_slots *slots, const chains_component *self)
{
    for (unsigned i = 0; i < slots->owners; i++)
        if (slots->owner[i] == self)
            return (int)i;
    return -1;
}

static int flow_slots_join(struct flow_slots *slots, const chains_component *self)
{
    int owner = flow_slots_owner(slots, self);
    if (owner >= 0 || slots->owners == FLOW_SLOTS_OWNERS)
        return owner;
    slots->owner[slots->owners] = self;
    return (int)slots->owners++;
}

static struct flow_slot *flow_slots_find(const struct chains_flow_entry *entry, int owner)
{
    struct flow_slot *slot = entry->slots;
    while (slot && slot->owner != owner)
        slot = slot->next;
    return slot;
}

static void flow_slots_drop(struct flow_slots *slots, struct flow_slot *slot)
{
    if (!slot->listed)
        slots->leaving -= flow_slots_cost(slot);
    flow_slots_unlist(slots, slot);
    slots->used -= flow_slots_cost(slot);
    slots->outside -= slot->outside;
    if (slot->release)
        slot->release(slot->room);
    pool_give(slot);
}

void flow_slots_leave(struct flow_slots *slots, struct chains_flow_entry *entry)
{
    for (struct flow_slot *slot = entry->slots; slot; slot = slot->next) {
        flow_slots_unlist(slots, slot);
        slots->leaving += flow_slots_cost(slot);
    }
}

void flow_slots_release(struct flow_slots *slots, struct chains_flow_entry *entry)
{
    while (entry->slots) {
        struct flow_slot *slot = entry->slots;
        entry->slots = slot->next;
        flow_slots_drop(slots, slot);
    }
}

bool flow_slots_init(struct flow_slots *slots, uint64_t ceiling)
{
    slots->ceiling = ceiling;
    slots->pool = pool_new((size_t)(ceiling - ceiling / 8 * 3));
    return slots->pool != NULL;
}

uint64_t flow_slots_memory(const struct flow_slots *slots)
{
    return pool_memory(slots->pool) + slots->outside;
}

/* What may be given back to the system, */
static uint64_t flow_slots_loose(const struct flow_slots *slots)
{
    return slots->pool->outside + slots->outside;
}

/* and all that it has given; not the pool itself, which is more than the smallest of ceilings. */
static uint64_t flow_slots_held(const struct flow_slots *slots)
{
    return slots->pool->touched + flow_slots_loose(slots);
}

/* The same without flows that have ended: what they have is given back first. */
static uint64_t flow_slots_stays(const struct flow_slots *slots)
{
    uint64_t loose = flow_slots_loose(slots);
    return flow_slots_held(slots) - (slots->leaving < loose ? slots->leaving : loose);
}

/*
 * The one to make room. Where the system has given too much, it is one with something outside the
 * pool, if that is most of what can be given back: regions stay.
 */
static struct flow_slot *flow_slots_oldest(const struct flow_slots *slots, bool outside)
{
    struct flow_slot *in = slots->list[0].oldest, *out = slots->list[1].oldest;
    if (!in || !out)
        return in ? in : out;
    if (outside && slots->outside >= slots->pool->outside)
        return out;
    return (int32_t)(in->asked - out->asked) < 0 ? in : out;
}

struct chains_flow_entry *flow_slots_excess(struct flow_slots *slots)
{
    uint64_t enough = slots->ceiling - slots->ceiling / 8;
    bool outside = flow_slots_stays(slots) > enough;
    bool much = outside || slots->used - slots->leaving > enough;
    const struct flow_slot *oldest = much ? flow_slots_oldest(slots, outside) : NULL;
    slots->pressed = oldest != NULL;
    return oldest ? oldest->entry : NULL;
}

/* Whether the ceiling has room for one more; where not, others are about to make some. */
static bool flow_slots_has_room(struct flow_slots *slots, size_t size)
{
    size += sizeof(struct flow_slot);
    uint64_t held = flow_slots_held(slots);
    uint64_t most = slots->used > held ? slots->used : held;
    bool has = size <= slots->ceiling && most <= slots->ceiling - size;
    slots->pressed = slots->pressed || !has;
    return has;
}

/* A new room for a flow; NULL: no memory. */
static struct flow_slot *flow_slots_new(struct chains_flow_entry *entry, int owner, size_t size)
{
    struct flow_slots *slots = &entry->table->slots;
    struct flow_slot *slot = pool_take_zeros(slots->pool, sizeof *slot + size);
    if (!slot)
        return NULL;
    slot->owner = (uint8_t)owner;
    slot->entry = entry;
    slot->size = size;
    slot->next = entry->slots;
    entry->slots = slot;
    slots->used += flow_slots_cost(slot);
    if (flow_slots_is_live(entry))
        flow_slots_list(slots, slot, flow_table_now(entry->table));
    else
        slots->leaving += flow_slots_cost(slot);
    return slot;
}

/* It was asked for: not the one to make room. */
static void flow_slots_touch(struct flow_slots *slots, struct flow_slot *slot, uint32_t now)
{
    if (!slot->listed || now - slot->asked < FLOW_SLOTS_STEP)
        return;
    flow_slots_unlist(slots, slot);
    flow_slots_list(slots, slot, now);
}

struct pool *flow_slots_pool(const struct chains_record *rec)
{
    const struct chains_flow_entry *entry = flow_slots_entry(rec);
    return entry ? entry->table->slots.pool : NULL;
}

void *chains_flow_slot(chains_component *self, const struct chains_record *rec, size_t size,
                       void (*release)(void *slot))
{
    struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry)
        return NULL;
    struct flow_slots *slots = &entry->table->slots;
    int owner = flow_slots_join(slots, self);
    if (owner < 0) {
        chains_count_limited(self);
        return NULL;
    }
    if (entry->refused >> owner & 1)
        return NULL;
    struct flow_slot *slot = flow_slots_find(entry, owner);
    if (slot) {
        if (slot->size < size) {
            chains_fail(self, CHAINS_EUSAGE,
                        "asks for %zu bytes of a flow after %zu: the size is that of the first "
                        "time",
                        size, slot->size);
            return NULL;
        }
        flow_slots_touch(slots, slot, flow_table_now(entry->table));
        return slot->room;
    }
    bool room = flow_slots_has_room(slots, size);
    slot = room ? flow_slots_new(entry, owner, size) : NULL;
    if (!slot) {
        if (room || slots->leaving == 0) /* else there is room with the next batch */
            entry->refused |= (uint16_t)(1u << owner);
        if (room)
            chains_fail(self, CHAINS_EMEM, "no memory for what is kept of a flow");
        else
            chains_count_limited(self);
        return NULL;
    }
    slot->release = release;
    return slot->room;
}

void *chains_flow_find(const chains_component *self, const struct chains_record *rec)
{
    const struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry || !entry->slots)
        return NULL;
    int owner = flow_slots_owner(&entry->table->slots, self);
    struct flow_slot *slot = owner < 0 ? NULL : flow_slots_find(entry, owner);
    return slot ? slot->room : NULL;
}

void chains_flow_charge(chains_component *self, const struct chains_record *rec, size_t bytes)
{
    flow_slots_charge(self, rec, bytes, bytes);
}

void flow_slots_charge(const chains_component *self, const struct chains_record *rec,
                       size_t bytes, size_t outside)
{
    const struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry)
        return;
    struct flow_slots *slots = &entry->table->slots;
    int owner = flow_slots_owner(slots, self);
    struct flow_slot *slot = owner < 0 ? NULL : flow_slots_find(entry, owner);
    if (!slot)
        return;
    slots->used = slots->used - slot->charge + bytes;
    if (!slot->listed)
        slots->leaving = slots->leaving - slot->charge + bytes;
    slot->charge = bytes;
    slots->outside = slots->outside - slot->outside + outside;
    slot->outside = outside;
    if (slot->listed && slot->kind != (outside > 0)) {
        flow_slots_unlist(slots, slot);
        flow_slots_list(slots, slot, flow_table_now(entry->table));
    }
    if (slots->used - slots->leaving > slots->ceiling ||
        flow_slots_stays(slots) > slots->ceiling)
        slots->pressed = true;
}

void chains_flow_done(chains_component *self, const struct chains_record *rec)
{
    struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry)
        return;
    struct flow_slots *slots = &entry->table->slots;
    int owner = flow_slots_join(slots, self);
    if (owner < 0)
        return;
    entry->refused |= (uint16_t)(1u << owner);
    for (struct flow_slot **at = &entry->slots; *at; at = &(*at)->next) {
        struct flow_slot *slot = *at;
        if (slot->owner != owner)
            continue;
        *at = slot->next;
        flow_slots_drop(slots, slot);
        return;
    }
}

enum { FLOW_SLOTS_SETTLERS = 8 /* bits of `settled` */ };

enum flow_slots_standing flow_slots_standing(const chains_component *self,
                                             const struct chains_record *rec)
{
    const struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry || !entry->refused)
        return FLOW_SLOTS_OPEN;
    int owner = flow_slots_owner(&entry->table->slots, self);
    if (owner < 0 || !(entry->refused >> owner & 1))
        return FLOW_SLOTS_OPEN;
    return entry->settled >> owner & 1 ? FLOW_SLOTS_SETTLED : FLOW_SLOTS_DONE;
}

bool flow_slots_settle(chains_component *self, const struct chains_record *rec)
{
    struct chains_flow_entry *entry = flow_slots_entry(rec);
    int owner = entry ? flow_slots_join(&entry->table->slots, self) : -1;
    if (owner < 0 || owner >= FLOW_SLOTS_SETTLERS)
        return false;
    entry->settled |= (uint8_t)(1u << owner);
    chains_flow_done(self, rec);
    return true;
}

void chains_flow_service(struct chains_record *rec, const char *service)
{
    struct chains_flow_entry *entry = flow_slots_entry(rec);
    if (!entry)
        return;
    if (!entry->service)
        entry->service = service;
    if (!(rec->present & CHAINS_PRESENT_flow))
        return;
    struct chains_flow *flow = row_place(rec, CHAINS_SLOT_flow);
    if (!flow->service)
        flow->service = entry->service;
}
