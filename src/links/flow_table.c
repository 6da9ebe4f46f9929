/* SPDX-License-Identifier: MIT */
/*
 * The flows that are there. In: packets with their keys. Out: an index for each, and the flows that
 * have ended, in a queue until their record is given and in another until the batch is gone. What
 * one packet costs is bounded: lists are looked at from their heads, and nothing is searched, but
 * once for each time that the clock of a live capture is set on.
 */
#include "flow_table.h"

#include "flow_emergency.h"

#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"

enum {
    FLOW_RELIEVE_MOST = 8, /* ended for what their parsers hold, at a packet */
    FLOW_BEHIND_MANY = 64,
    FLOW_FRESH = 16, /* one flow in so many: one-sided ones that may wait for an answer */
};

/* A half-open flow that has waited so long for an answer makes room before all others. */
#define FLOW_ANSWER_NS TIME_SECOND_NS

/* Packets so far behind the clock, so many over the shorter time, or over the longer one. */
#define FLOW_BEHIND_NS      (10 * TIME_SECOND_NS)
#define FLOW_BEHIND_MANY_NS TIME_SECOND_NS
#define FLOW_BEHIND_FEW_NS  (60 * TIME_SECOND_NS)

_Static_assert(sizeof(struct flow_hot) == 64, "a cache line");
_Static_assert(sizeof(void *) != 8 || sizeof(struct chains_flow_entry) == 128,
               "two cache lines");

/* ---- memory --------------------------------------------------------------------------------- */

/* Zeroed, on a boundary of cache lines. What is not touched costs nothing. */
static void *flow_table_block(size_t count, size_t size, void **block)
{
    *block = calloc(count + 1, size);
    uintptr_t off = (uintptr_t)*block & 63;
    return *block ? (char *)*block + (off ? 64 - off : 0) : NULL;
}

uint32_t flow_table_step(int64_t timeout)
{
    uint64_t step = ((uint64_t)timeout / 8) >> FLOW_TICK_SHIFT;
    return step < 1 ? 1 : step > INT32_MAX / 2 ? INT32_MAX / 2 : (uint32_t)step;
}

struct flow_table *flow_table_new(const struct flow_limits *limits, struct reassembly *waiting)
{
    struct flow_table *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->limits = *limits;
    table->waiting = waiting;
    table->clock = INT64_MIN;
    table->back.since = INT64_MAX;
    table->entries = limits->flows + flow_table_reserve(limits->flows);
    table->free = table->free_tcp = FLOW_NONE;
    table->ended = table->given = (struct flow_queue){ FLOW_NONE, FLOW_NONE, 0 };
    bool slots = flow_slots_init(&table->slots, limits->parsers);
    flow_emergency_init(table);
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        table->list[i] = (struct flow_list){
            .oldest = FLOW_NONE,
            .newest = FLOW_NONE,
            .step = flow_table_step(limits->timeout[i]),
            .timeout = limits->timeout[i],
            .wake = INT64_MAX,
        };
    table->hot = flow_table_block(table->entries, sizeof *table->hot, &table->blocks[0]);
    table->entry = flow_table_block(table->entries, sizeof *table->entry, &table->blocks[1]);
    table->tcp = calloc(table->entries, sizeof *table->tcp);
    if (!table->hot || !table->entry || !table->tcp || !slots ||
        !flow_buckets_init(&table->buckets, limits->flows) ||
        !siphash_random_key(&table->secret)) {
        flow_table_free(table);
        return NULL;
    }
    return table;
}

void flow_table_free(struct flow_table *table)
{
    if (!table)
        return;
    for (uint32_t flow = 0; flow < table->unused; flow++) {
        flow_slots_release(&table->slots, &table->entry[flow]);
        if (table->entry[flow].tcp != FLOW_NONE)
            flow_tcp_end(flow_table_tcp(table, flow), table->waiting);
    }
    pool_free(table->slots.pool);
    flow_buckets_free(&table->buckets);
    free(table->blocks[0]);
    free(table->blocks[1]);
    free(table->tcp);
    free(table);
}

uint64_t flow_table_memory(const struct flow_table *table)
{
    return sizeof *table + flow_buckets_memory(&table->buckets) +
           (uint64_t)table->unused * (sizeof *table->hot + sizeof *table->entry) +
           (uint64_t)table->unused_tcp * sizeof *table->tcp + flow_slots_memory(&table->slots);
}

/* An entry, or FLOW_NONE. Free ones are linked by `newer`. */
static uint32_t flow_table_take(struct flow_table *table)
{
    uint32_t flow = table->free;
    if (flow != FLOW_NONE) {
        table->free = table->entry[flow].newer;
        return flow;
    }
    return table->unused < table->entries ? table->unused++ : FLOW_NONE;
}

/* There are as many as entries. A free one has the next one's number in its first bytes. */
static uint32_t flow_table_take_tcp(struct flow_table *table)
{
    uint32_t tcp = table->free_tcp;
    if (tcp == FLOW_NONE)
        return table->unused_tcp++;
    memcpy(&table->free_tcp, &table->tcp[tcp], sizeof tcp);
    return tcp;
}

static void flow_table_give_back(struct flow_table *table, uint32_t flow)
{
    struct chains_flow_entry *entry = &table->entry[flow];
    flow_slots_release(&table->slots, entry);
    if (entry->tcp != FLOW_NONE) {
        flow_tcp_end(&table->tcp[entry->tcp], table->waiting);
        memcpy(&table->tcp[entry->tcp], &table->free_tcp, sizeof table->free_tcp);
        table->free_tcp = entry->tcp;
        entry->tcp = FLOW_NONE;
    }
    entry->newer = table->free;
    table->free = flow;
}

/* ---- lists ---------------------------------------------------------------------------------- */

static int64_t flow_table_later(int64_t time_ns, int64_t span)
{
    return time_ns > INT64_MAX - span ? INT64_MAX : time_ns + span;
}

static int64_t flow_table_newest(const struct flow_hot *hot)
{
    return hot->last[0] > hot->last[1] ? hot->last[0] : hot->last[1];
}

/* When something last came: packets' times say so, but for late ones and those before it was set. */
static int64_t flow_table_last(const struct flow_table *table, uint32_t flow)
{
    const struct flow_hot *hot = &table->hot[flow];
    int64_t newest = flow_table_newest(hot);
    uint32_t moved = table->entry[flow].moved;
    bool right =
        !(hot->flags & FLOW_LATE) || (moved == table->back.tick && newest >= table->back.since);
    if (right && newest <= table->clock)
        return newest;
    uint32_t ticks = flow_table_now(table) - moved;
    return time_minus(table->clock, (int64_t)ticks << FLOW_TICK_SHIFT);
}

/* Notes whether the packets' times are too far from the clock, for its class. */
static bool flow_table_judge(struct flow_table *table, uint32_t flow)
{
    struct flow_hot *hot = &table->hot[flow];
    int64_t newest = flow_table_newest(hot);
    bool late = newest > table->clock ||
                time_minus(table->clock, newest) > table->list[hot->class].timeout / 8;
    hot->flags = (uint8_t)((hot->flags & ~FLOW_LATE) | (late ? FLOW_LATE : 0));
    return late;
}

static void flow_table_unlink(struct flow_table *table, uint32_t flow)
{
    struct flow_list *list = &table->list[table->hot[flow].class];
    const struct chains_flow_entry *entry = &table->entry[flow];
    *(entry->older == FLOW_NONE ? &list->oldest : &table->entry[entry->older].newer) =
        entry->newer;
    *(entry->newer == FLOW_NONE ? &list->newest : &table->entry[entry->newer].older) =
        entry->older;
    list->count--;
}

/* To the end of the list of its class. */
static void flow_table_append(struct flow_table *table, uint32_t flow)
{
    struct flow_hot *hot = &table->hot[flow];
    struct flow_list *list = &table->list[hot->class];
    struct chains_flow_entry *entry = &table->entry[flow];
    entry->older = list->newest;
    entry->newer = FLOW_NONE;
    *(list->newest == FLOW_NONE ? &list->oldest : &table->entry[list->newest].newer) = flow;
    list->newest = flow;
    if (list->count++ == 0)
        list->wake = flow_table_later(table->clock, list->timeout);
    entry->moved = flow_table_now(table);
    hot->due = entry->moved + list->step;
    if (table->limits.active && (int32_t)(entry->interim - hot->due) < 0)
        hot->due = entry->interim;
}

void flow_table_change(struct flow_table *table, uint32_t flow, enum flow_class class)
{
    if (table->hot[flow].class == class)
        return;
    flow_table_unlink(table, flow);
    table->hot[flow].class = (uint8_t) class;
    flow_table_append(table, flow);
    flow_table_judge(table, flow);
}

bool flow_table_touch(struct flow_table *table, uint32_t flow, enum chains_side side,
                      int64_t time_ns)
{
    struct flow_hot *hot = &table->hot[flow];
    if (time_ns > hot->last[side] || hot->last[side] > table->clock)
        hot->last[side] = time_ns;
    uint32_t now = flow_table_now(table);
    if (!flow_table_judge(table, flow) && (int32_t)(now - hot->due) < 0)
        return false;
    flow_table_unlink(table, flow);
    flow_table_append(table, flow);
    return table->limits.active && (int32_t)(now - table->entry[flow].interim) >= 0;
}

void flow_table_reported(struct flow_table *table, uint32_t flow)
{
    struct chains_flow_entry *entry = &table->entry[flow];
    uint32_t now = flow_table_now(table);
    entry->interim = now + (uint32_t)(table->limits.active >> FLOW_TICK_SHIFT);
    table->hot[flow].due = now + table->list[table->hot[flow].class].step;
    if ((int32_t)(entry->interim - table->hot[flow].due) < 0)
        table->hot[flow].due = entry->interim;
}

/* The clock is set; ticks go on, and so lists stay in order. Packets `since` are in the new time. */
static void flow_table_set(struct flow_table *table, int64_t since, int64_t time_ns)
{
    struct flow_back *back = &table->back;
    back->tick = flow_table_now(table);
    back->shift = back->tick - flow_tick(time_ns);
    back->since = since;
    back->count = 0;
    table->clock = time_ns;
}

static void flow_table_set_back(struct flow_table *table, int64_t time_ns)
{
    flow_table_set(table, table->back.first, time_ns);
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        table->list[i].wake = INT64_MIN;
}

void flow_table_set_on(struct flow_table *table, int64_t time_ns)
{
    flow_table_set(table, time_ns, time_ns);
    for (unsigned class = 0; class < FLOW_CLASSES; class ++)
        for (uint32_t i = table->list[class].oldest; i != FLOW_NONE; i = table->entry[i].newer)
            table->hot[i].flags |= FLOW_LATE;
}

void flow_table_clock(struct flow_table *table, int64_t time_ns)
{
    struct flow_back *back = &table->back;
    if (time_minus(table->clock, time_ns) <= FLOW_BEHIND_NS) {
        back->count = 0;
        if (time_ns > table->clock)
            table->clock = time_ns;
        return;
    }
    if (back->count == 0 || time_ns < back->first) {
        back->first = time_ns;
        back->count = 0;
    }
    back->count++;
    int64_t span = time_minus(time_ns, back->first);
    if (span >= (back->count < FLOW_BEHIND_MANY ? FLOW_BEHIND_FEW_NS : FLOW_BEHIND_MANY_NS))
        flow_table_set_back(table, time_ns);
}

bool flow_table_is_idle(const struct flow_table *table, uint32_t flow)
{
    int64_t idle = time_minus(table->clock, flow_table_last(table, flow));
    return idle >= table->limits.timeout[table->hot[flow].class];
}

/* ---- ends ----------------------------------------------------------------------------------- */

static void flow_table_push(struct flow_table *table, struct flow_queue *queue, uint32_t flow)
{
    table->entry[flow].newer = FLOW_NONE;
    *(queue->last == FLOW_NONE ? &queue->first : &table->entry[queue->last].newer) = flow;
    queue->last = flow;
    queue->count++;
}

static uint32_t flow_table_pop(struct flow_table *table, struct flow_queue *queue)
{
    uint32_t flow = queue->first;
    queue->first = table->entry[flow].newer;
    if (queue->first == FLOW_NONE)
        queue->last = FLOW_NONE;
    queue->count--;
    return flow;
}

/* A connection that has closed ends by that, whatever took it out of the table. */
static enum chains_flow_end flow_table_reason(const struct flow_table *table, uint32_t flow,
                                              enum chains_flow_end end)
{
    const struct flow_tcp *tcp = flow_table_tcp(table, flow);
    enum flow_tcp_phase phase = tcp ? flow_tcp_phase(tcp) : FLOW_TCP_ESTABLISHED;
    if (phase == FLOW_TCP_CLOSED)
        return CHAINS_END_FIN;
    return phase == FLOW_TCP_RESET ? CHAINS_END_RST : end;
}

static void flow_table_prefetch(const struct flow_table *table, uint32_t flow)
{
    uint32_t place = table->entry[flow].place;
    __builtin_prefetch(&table->buckets.at[place & table->buckets.mask], 1);
    __builtin_prefetch(&table->hot[flow], 1);
}

void flow_table_end(struct flow_table *table, uint32_t flow, enum chains_flow_end end)
{
    struct chains_flow_entry *entry = &table->entry[flow];
    if (entry->newer != FLOW_NONE) /* the next one to end, often: have its memory at hand */
        flow_table_prefetch(table, entry->newer);
    flow_table_unlink(table, flow);
    flow_bucket_take(&table->buckets, entry->place, flow);
    entry->end = (uint8_t)flow_table_reason(table, flow, end);
    table->hot[flow].class = FLOW_ENDED;
    table->live--;
    flow_emergency_less(table);
    flow_slots_leave(&table->slots, entry);
    flow_table_push(table, &table->ended, flow);
}

static void flow_table_evict(struct flow_table *table, uint32_t flow)
{
    table->limited++;
    flow_table_end(table, flow, CHAINS_END_EVICTED);
}

/* Whether the timeout of its list, which is shorter in an emergency, is over for its oldest flow. */
static bool flow_table_is_due(const struct flow_table *table, const struct flow_list *list)
{
    return list->oldest != FLOW_NONE &&
           time_minus(table->clock, flow_table_last(table, list->oldest)) >= list->timeout;
}

static void flow_table_time_up(struct flow_table *table, uint32_t flow)
{
    if (flow_table_is_idle(table, flow)) {
        flow_table_end(table, flow, CHAINS_END_IDLE);
        return;
    }
    table->emergency.evicted++;
    flow_table_evict(table, flow);
}

/* Ends what is idle at the head of a list; returns how many of `most` are left. */
static unsigned flow_table_expire_list(struct flow_table *table, struct flow_list *list,
                                       unsigned most)
{
    while (flow_table_is_due(table, list)) {
        if (most == 0 || table->ended.count >= FLOW_ENDING_MOST)
            return 0;
        flow_table_time_up(table, list->oldest);
        most--;
    }
    list->wake = INT64_MAX;
    if (list->oldest != FLOW_NONE)
        list->wake = flow_table_later(flow_table_last(table, list->oldest), list->timeout);
    return most;
}

void flow_table_expire(struct flow_table *table, unsigned most)
{
    if (table->emergency.now)
        flow_emergency_weigh(table);
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        if (table->clock >= table->list[i].wake)
            most = flow_table_expire_list(table, &table->list[i], most);
}

void flow_table_relieve(struct flow_table *table)
{
    for (unsigned i = 0; i < FLOW_RELIEVE_MOST && table->slots.pressed; i++) {
        const struct chains_flow_entry *entry = flow_slots_excess(&table->slots);
        if (entry)
            flow_table_evict(table, (uint32_t)(entry - table->entry));
    }
}

/* Nothing has come for so long that an answer would be here. */
static bool flow_table_waits_long(const struct flow_table *table, uint32_t flow)
{
    return time_minus(table->clock, flow_table_last(table, flow)) >= FLOW_ANSWER_NS;
}

/* The longest idle flow of the classes from one up to another. */
static uint32_t flow_table_oldest_of(const struct flow_table *table, unsigned from, unsigned to)
{
    uint32_t oldest = FLOW_NONE;
    for (unsigned i = from; i < to; i++) {
        uint32_t head = table->list[i].oldest;
        if (head != FLOW_NONE && (oldest == FLOW_NONE || flow_table_last(table, head) <
                                                             flow_table_last(table, oldest)))
            oldest = head;
    }
    return oldest;
}

uint32_t flow_table_oldest(const struct flow_table *table)
{
    return flow_table_oldest_of(table, 0, FLOW_CLASSES);
}

/*
 * Who makes room: who waits for an answer that would have come, what is over already, the longest
 * idle one of which one side was heard, the longest idle one. So flows that nobody answers cost no
 * other ones, however many come and however they begin. Where the table is full of flows with two
 * sides, though, new ones, which all begin with one, must not put each other out before they are
 * answered: one in FLOW_FRESH may wait for it.
 */
static uint32_t flow_table_victim(const struct flow_table *table)
{
    uint32_t opening = table->list[FLOW_OPENING].oldest;
    uint32_t closed = table->list[FLOW_CLOSED].oldest;
    if (opening != FLOW_NONE && flow_table_waits_long(table, opening))
        return opening;
    if (closed != FLOW_NONE)
        return closed;
    uint32_t one = flow_table_oldest_of(table, 0, FLOW_ONE_SIDED);
    uint32_t both = flow_table_oldest_of(table, FLOW_ONE_SIDED, FLOW_CLASSES);
    if (one == FLOW_NONE || both == FLOW_NONE)
        return one == FLOW_NONE ? both : one;
    bool few = flow_table_one_sided(table) <= table->limits.flows / FLOW_FRESH;
    return few && !flow_table_waits_long(table, one) ? both : one;
}

/* The one of two flows that makes room. */
static uint32_t flow_table_lesser(const struct flow_table *table, uint32_t a, uint32_t b)
{
    bool a_one = table->hot[a].class < FLOW_ONE_SIDED;
    bool b_one = table->hot[b].class < FLOW_ONE_SIDED;
    if (a_one != b_one)
        return a_one ? a : b;
    return flow_table_last(table, b) < flow_table_last(table, a) ? b : a;
}

/* Who makes room of the flows in a bucket that is full, as are all that follow it. */
static uint32_t flow_table_crowd(const struct flow_table *table, uint32_t place)
{
    const struct flow_bucket *bucket = &table->buckets.at[place & table->buckets.mask];
    uint32_t least = bucket->index[0];
    for (unsigned i = 1; i < FLOW_BUCKET_LANES; i++)
        least = flow_table_lesser(table, least, bucket->index[i]);
    return least;
}

/* ---- packets -------------------------------------------------------------------------------- */

void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash)
{
    __builtin_prefetch(&table->buckets.at[flow_bucket_place(hash) & table->buckets.mask]);
}

void flow_table_prefetch_entry(const struct flow_table *table, uint64_t hash)
{
    struct flow_bucket_search search =
        flow_bucket_search(&table->buckets, flow_bucket_place(hash));
    uint32_t flow;
    if (!flow_bucket_next(&search, &flow))
        return;
    __builtin_prefetch(&table->hot[flow], 1);
    __builtin_prefetch(&table->entry[flow]);
}

static uint8_t flow_table_kind(const struct flow_key *key)
{
    return (uint8_t)(key->family | key->one_way << 3 | key->has_ports << 4);
}

static uint64_t flow_table_addr(const struct flow_packet *packet)
{
    if (packet->key.family != 4)
        return packet->hash;
    return (uint64_t)chains_load_be32(packet->key.addr[0]) << 32 |
           chains_load_be32(packet->key.addr[1]);
}

uint32_t flow_table_find(struct flow_table *table, const struct flow_packet *packet)
{
    const struct flow_key *key = &packet->key;
    uint64_t addr = flow_table_addr(packet);
    uint8_t kind = flow_table_kind(key);
    struct flow_bucket_search search =
        flow_bucket_search(&table->buckets, flow_bucket_place(packet->hash));
    for (uint32_t flow; flow_bucket_next(&search, &flow);) {
        const struct flow_hot *hot = &table->hot[flow];
        if (hot->addr == addr && hot->port[0] == key->port[0] && hot->port[1] == key->port[1] &&
            hot->protocol == key->protocol && hot->kind == kind &&
            (key->family == 4 ||
             memcmp(table->entry[flow].addr6, key->addr, sizeof key->addr) == 0))
            return flow;
    }
    return FLOW_NONE;
}

static void flow_table_begin(struct flow_table *table, uint32_t flow,
                             const struct flow_packet *packet, enum flow_class class)
{
    const struct flow_key *key = &packet->key;
    enum chains_flow_opener how;
    uint8_t orig = flow_packet_opener(packet, &how);
    table->hot[flow] = (struct flow_hot){
        .addr = flow_table_addr(packet),
        .port = { key->port[0], key->port[1] },
        .protocol = key->protocol,
        .kind = flow_table_kind(key),
        .class = (uint8_t) class,
        .flags = orig ? FLOW_ORIG_IS_1 : 0,
        .number = ++table->number,
        .last = { INT64_MIN, INT64_MIN },
    };
    struct chains_flow_entry *entry = &table->entry[flow];
    *entry = (struct chains_flow_entry){
        .table = table,
        .place = flow_bucket_place(packet->hash),
        .tcp = FLOW_NONE,
        .opener = (uint8_t)how,
        .interim = flow_table_now(table) + (uint32_t)(table->limits.active >> FLOW_TICK_SHIFT),
    };
    if (key->family == 6)
        memcpy(entry->addr6, key->addr, sizeof key->addr);
    if (packet->tcp) {
        entry->tcp = flow_table_take_tcp(table);
        flow_tcp_begin(&table->tcp[entry->tcp]);
    }
}

uint32_t flow_table_add(struct flow_table *table, const struct flow_packet *packet,
                        enum flow_class class)
{
    uint32_t place = flow_bucket_place(packet->hash);
    uint32_t flow = flow_table_take(table);
    if (flow == FLOW_NONE) {
        table->limited++;
        return FLOW_NONE;
    }
    if (class == FLOW_OPENING && table->list[class].count >= table->limits.half_open)
        flow_table_evict(table, table->list[class].oldest);
    if (table->live >= table->limits.flows)
        flow_table_evict(table, flow_table_victim(table));
    if (!flow_bucket_put(&table->buckets, place, flow)) {
        flow_table_evict(table, flow_table_crowd(table, place));
        flow_bucket_put(&table->buckets, place, flow);
    }
    flow_table_begin(table, flow, packet, class);
    flow_table_append(table, flow);
    table->live++;
    flow_emergency_more(table);
    return flow;
}

/* ---- batches -------------------------------------------------------------------------------- */

uint32_t flow_table_ended(const struct flow_table *table)
{
    return table->ended.first;
}

void flow_table_given(struct flow_table *table)
{
    uint32_t flow = flow_table_pop(table, &table->ended);
    table->hot[flow].class = FLOW_GIVEN;
    flow_table_push(table, &table->given, flow);
}

void flow_table_reap(struct flow_table *table)
{
    while (table->given.count > 0)
        flow_table_give_back(table, flow_table_pop(table, &table->given));
}
