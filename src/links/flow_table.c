/* SPDX-License-Identifier: MIT */
/*
 * The flows that are there. In: packets with their keys. Out: an index for each, and the flows that
 * have ended, in a queue until their record is given and in another until the batch is gone. What
 * one packet costs is bounded: lists are looked at from their heads, and nothing is searched, but
 * once for each time that the clock of a live capture is set on.
 */
#include "flow_table.h"

#include "flow_emergency.h"
#include "flow_list.h"
#include "flow_tcp_state.h"

#include <stdlib.h>
#include <string.h>

#include "../bytes/time.h"

enum {
    FLOW_RELIEVE_MOST = 8, /* ended for what their parsers hold, at a packet */
    FLOW_FEW = 16384,      /* flows that lie in small pages */
    FLOW_FRESH = 16,       /* one flow in so many: one-sided ones that may wait for an answer */
};

/* A half-open flow that has waited so long for an answer makes room before all others. */
#define FLOW_ANSWER_NS TIME_SECOND_NS

_Static_assert(sizeof(struct flow_hot) == 64, "a cache line");
_Static_assert(sizeof(void *) != 8 || sizeof(struct chains_flow_entry) == 128,
               "two cache lines");

/* ---- memory --------------------------------------------------------------------------------- */

/* False for want of memory. */
static bool flow_table_blocks(struct flow_table *table)
{
    const size_t size[] = { sizeof *table->flow, sizeof *table->tcp };
    for (unsigned i = 0; i < sizeof size / sizeof size[0]; i++)
        if (!pages_take(&table->pages[i], size[i] * table->entries, size[i] * FLOW_FEW))
            return false;
    table->flow = table->pages[0].at;
    table->tcp = table->pages[1].at;
    return true;
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
            .step = flow_list_step(limits->timeout[i]),
            .timeout = limits->timeout[i],
            .wake = INT64_MAX,
        };
    table->wake = INT64_MAX;
    if (!flow_table_blocks(table) || !slots ||
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
        flow_slots_release(&table->slots, &table->flow[flow].entry);
        if (table->flow[flow].hot.tcp != FLOW_NONE)
            flow_tcp_end(flow_table_tcp(table, flow), table->waiting);
    }
    pool_free(table->slots.pool);
    flow_buckets_free(&table->buckets);
    for (unsigned i = 0; i < sizeof table->pages / sizeof table->pages[0]; i++)
        pages_give(&table->pages[i]);
    free(table);
}

uint64_t flow_table_memory(const struct flow_table *table)
{
    return sizeof *table + flow_buckets_memory(&table->buckets) +
           (uint64_t)table->unused * sizeof *table->flow +
           (uint64_t)table->unused_tcp * sizeof *table->tcp + flow_slots_memory(&table->slots);
}

/* An entry, or FLOW_NONE. Free ones are linked by `newer`. */
static uint32_t flow_table_take(struct flow_table *table)
{
    uint32_t flow = table->free;
    if (flow != FLOW_NONE) {
        table->free = table->flow[flow].entry.newer;
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
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    flow_slots_release(&table->slots, entry);
    struct flow_hot *hot = &table->flow[flow].hot;
    if (hot->tcp != FLOW_NONE) {
        flow_tcp_end(&table->tcp[hot->tcp], table->waiting);
        memcpy(&table->tcp[hot->tcp], &table->free_tcp, sizeof table->free_tcp);
        table->free_tcp = hot->tcp;
        hot->tcp = FLOW_NONE;
    }
    entry->newer = table->free;
    table->free = flow;
}

/* ---- ends ----------------------------------------------------------------------------------- */

static void flow_table_push(struct flow_table *table, struct flow_queue *queue, uint32_t flow)
{
    table->flow[flow].entry.newer = FLOW_NONE;
    *(queue->last == FLOW_NONE ? &queue->first : &table->flow[queue->last].entry.newer) = flow;
    queue->last = flow;
    queue->count++;
}

static uint32_t flow_table_pop(struct flow_table *table, struct flow_queue *queue)
{
    uint32_t flow = queue->first;
    queue->first = table->flow[flow].entry.newer;
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

void flow_table_end(struct flow_table *table, uint32_t flow, enum chains_flow_end end)
{
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    flow_list_look_ahead(table, flow);
    flow_list_unlink(table, flow);
    flow_bucket_take(&table->buckets, entry->place, flow);
    entry->end = flow_table_reason(table, flow, end) & 15;
    table->flow[flow].hot.class = FLOW_ENDED;
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
           time_minus(table->clock, flow_list_last(table, list->oldest)) >= list->timeout;
}

static void flow_table_time_up(struct flow_table *table, uint32_t flow)
{
    if (flow_list_is_idle(table, flow)) {
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
        list->wake = flow_list_later(flow_list_last(table, list->oldest), list->timeout);
    return most;
}

void flow_table_expire(struct flow_table *table, unsigned most)
{
    if (table->emergency.now)
        flow_emergency_weigh(table);
    if (table->clock < table->wake)
        return;
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        if (table->clock >= table->list[i].wake)
            most = flow_table_expire_list(table, &table->list[i], most);
    table->wake = INT64_MAX;
    for (unsigned i = 0; i < FLOW_CLASSES; i++)
        if (table->list[i].wake < table->wake)
            table->wake = table->list[i].wake;
}

void flow_table_relieve(struct flow_table *table)
{
    for (unsigned i = 0; i < FLOW_RELIEVE_MOST && table->slots.pressed; i++) {
        const struct chains_flow_entry *entry = flow_slots_excess(&table->slots);
        if (entry)
            flow_table_evict(table, flow_table_index(entry));
    }
}

/* Nothing has come for so long that an answer would be here. */
static bool flow_table_waits_long(const struct flow_table *table, uint32_t flow)
{
    return time_minus(table->clock, flow_list_last(table, flow)) >= FLOW_ANSWER_NS;
}

/* The longest idle flow of the classes from one up to another. */
static uint32_t flow_table_oldest_of(const struct flow_table *table, unsigned from, unsigned to)
{
    uint32_t oldest = FLOW_NONE;
    int64_t since = INT64_MAX;
    for (unsigned i = from; i < to; i++) {
        uint32_t head = table->list[i].oldest;
        if (head == FLOW_NONE)
            continue;
        int64_t last = flow_list_last(table, head);
        if (oldest != FLOW_NONE && last >= since)
            continue;
        oldest = head;
        since = last;
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
    bool a_one = table->flow[a].hot.class < FLOW_ONE_SIDED;
    bool b_one = table->flow[b].hot.class < FLOW_ONE_SIDED;
    if (a_one != b_one)
        return a_one ? a : b;
    return flow_list_last(table, b) < flow_list_last(table, a) ? b : a;
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

void flow_table_prefetch_hot(const struct flow_table *table, struct flow_packet *packet)
{
    struct flow_bucket_search search =
        flow_bucket_search(&table->buckets, flow_bucket_place(packet->hash));
    if (flow_bucket_next(&search, &packet->guess))
        __builtin_prefetch(&table->flow[packet->guess].hot, 1);
    else
        packet->guess = FLOW_NONE;
}

/* Whether a flow may get to another place of the lists with a packet. */
static bool flow_table_may_move(const struct flow_table *table, const struct flow_hot *hot,
                                const struct flow_packet *packet)
{
    bool ends = packet->tcp && packet->tcp->flags & (CHAINS_TCP_FIN | CHAINS_TCP_RST);
    return ends || hot->class < FLOW_ONE_SIDED ||
           (int32_t)(flow_table_now(table) - hot->due) >= 0;
}

/* Whether a packet of a connection may add a letter to its history. */
static bool flow_table_has_news(const struct flow_hot *hot, const struct flow_packet *packet)
{
    enum { FEW = 8, ONES = CHAINS_TCP_SYN | CHAINS_TCP_FIN | CHAINS_TCP_RST };
    return hot->packets[0] + hot->packets[1] < FEW ||
           (packet->tcp && packet->tcp->flags & ONES);
}

void flow_table_prefetch_entry(const struct flow_table *table, struct flow_packet *packet,
                               bool parsers)
{
    packet->may_move = false;
    if (packet->guess == FLOW_NONE)
        return;
    const struct flow_hot *hot = &table->flow[packet->guess].hot;
    const struct chains_flow_entry *entry = &table->flow[packet->guess].entry;
    packet->may_move = flow_table_may_move(table, hot, packet);
    if (hot->tcp != FLOW_NONE)
        flow_list_fetch(&table->tcp[hot->tcp],
                        flow_table_has_news(hot, packet) ? FLOW_TCP_USUAL : 1);
    if (packet->may_move || packet->key.family == 6)
        flow_list_fetch(entry, sizeof *entry);
    else if (parsers)
        flow_list_fetch(entry, 1);
}

void flow_table_prefetch_near(const struct flow_table *table, const struct flow_packet *packet)
{
    if (!packet->may_move)
        return;
    const struct chains_flow_entry *entry = &table->flow[packet->guess].entry;
    if (entry->older != FLOW_NONE)
        flow_list_fetch(&table->flow[entry->older].entry, 1);
    if (entry->newer != FLOW_NONE)
        flow_list_fetch(&table->flow[entry->newer].entry, 1);
}

static inline bool flow_table_is_of(const struct flow_table *table, uint32_t flow,
                                    const struct flow_packet *packet)
{
    const struct flow_key *key = &packet->key;
    const struct flow_hot *hot = &table->flow[flow].hot;
    return hot->addr == packet->addr && memcmp(hot->port, key->port, sizeof key->port) == 0 &&
           hot->protocol == key->protocol && hot->kind == packet->kind &&
           (key->family == 4 ||
            memcmp(table->flow[flow].entry.addr6, key->addr, sizeof key->addr) == 0);
}

uint32_t flow_table_find(struct flow_table *table, const struct flow_packet *packet)
{
    /*
     * It may have ended since the guess, but is no other flow: entries come back in flow_table_reap()
     * alone, which is before the batch, and so before all guesses in it.
     */
    uint32_t flow = packet->guess;
    if (flow != FLOW_NONE && table->flow[flow].hot.class < FLOW_CLASSES &&
        flow_table_is_of(table, flow, packet))
        return flow;
    struct flow_bucket_search search =
        flow_bucket_search(&table->buckets, flow_bucket_place(packet->hash));
    while (flow_bucket_next(&search, &flow))
        if (flow_table_is_of(table, flow, packet))
            return flow;
    return FLOW_NONE;
}

/* Has the memory of the next flow but one that needs new memory in the cache. */
static void flow_table_fetch_new(const struct flow_table *table)
{
    if (table->free == FLOW_NONE && table->unused + 1 < table->entries) {
        flow_list_fetch(&table->flow[table->unused + 1], sizeof *table->flow);
    }
    if (table->free_tcp == FLOW_NONE && table->unused_tcp + 1 < table->entries)
        flow_list_fetch(&table->tcp[table->unused_tcp + 1], FLOW_TCP_USUAL);
}

static void flow_table_begin(struct flow_table *table, uint32_t flow,
                             const struct flow_packet *packet, enum flow_class class)
{
    const struct flow_key *key = &packet->key;
    enum chains_flow_opener how;
    uint8_t orig = flow_packet_opener(packet, &how);
    uint32_t high = (uint32_t)((table->number + 1) >> 32);
    table->flow[flow].hot = (struct flow_hot){
        .addr = packet->addr,
        .port = { key->port[0], key->port[1] },
        .protocol = key->protocol,
        .kind = packet->kind,
        .class = (uint8_t) class,
        .flags = (uint8_t)((orig ? FLOW_ORIG_IS_1 : 0) | (high ? FLOW_HIGH : 0)),
        .number = (uint32_t)++table->number,
        .tcp = packet->tcp ? flow_table_take_tcp(table) : FLOW_NONE,
        .last = { INT64_MIN, INT64_MIN },
    };
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    *entry = (struct chains_flow_entry){
        .table = table,
        .place = flow_bucket_place(packet->hash),
        .number = high,
        .opener = how & 15,
        .interim = flow_table_now(table) + (uint32_t)(table->limits.active >> FLOW_TICK_SHIFT),
    };
    if (key->family == 6)
        memcpy(entry->addr6, key->addr, sizeof key->addr);
    if (packet->tcp)
        flow_tcp_begin(flow_table_tcp(table, flow));
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
    flow_table_fetch_new(table);
    flow_list_append(table, flow);
    table->live++;
    flow_emergency_more(table);
    return flow;
}

/* ---- batches -------------------------------------------------------------------------------- */

void flow_table_given(struct flow_table *table)
{
    uint32_t flow = flow_table_pop(table, &table->ended);
    table->flow[flow].hot.class = FLOW_GIVEN;
    flow_table_push(table, &table->given, flow);
}

void flow_table_reap(struct flow_table *table)
{
    while (table->given.count > 0)
        flow_table_give_back(table, flow_table_pop(table, &table->given));
}
