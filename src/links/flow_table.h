/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_TABLE_H
#define LINKS_FLOW_TABLE_H

#include "flow_bucket.h"
#include "flow_key.h"
#include "flow_slots.h"
#include "flow_tcp.h"

/*
 * All flows of a chain. Buckets of one cache line, twelve tags of a byte and twelve indexes, lead
 * to an entry of 64 bytes that every packet touches and, behind them, 128 that few do; a TCP
 * connection has a struct flow_tcp besides, of which most segments touch the first 64 bytes. With 64 bytes of bucket for each 8 flows at the ceiling, 5.3 to 8
 * bytes, that is 200 bytes a flow. Everything is allocated once, for the ceiling, and memory that
 * no flow has needed is not touched.
 *
 * Each class of timeout has a list. A flow goes to its end when it is new, and again with the first
 * packet that comes more than an eighth of the timeout later, so the head of a list is, to that
 * eighth, the longest idle one of its class. No packet does more than a fixed amount of work.
 */

#define FLOW_NONE UINT32_MAX /* no flow, no entry */

enum {
    FLOW_TICK_SHIFT = 26,  /* a tick is 67 ms */
    FLOW_ENDING_MOST = 64, /* flows waiting for their record: then nothing more expires */
    FLOW_MOST = 16 * 1024 * 1024,
};

/*
 * Classes of timeout, and what a flow is when it has ended. Of the one-sided ones, which come first,
 * only one end was ever heard: whoever sends with addresses that are not his makes such flows, so
 * they make room before the others do.
 */
enum flow_class {
    FLOW_OPENING, /* TCP without an answer: half-open */
    FLOW_TCP_ONE, /* joined in the middle, or data that nobody has answered */
    FLOW_UDP_ONE,
    FLOW_OTHER_ONE,
    FLOW_TCP, /* both ends were heard, from here on */
    FLOW_ONE_SIDED = FLOW_TCP,
    FLOW_CLOSED, /* TCP, closed or reset: late packets still belong to it */
    FLOW_UDP,
    FLOW_OTHER,
    FLOW_CLASSES,
    FLOW_ENDED = FLOW_CLASSES, /* its record is still to be given */
    FLOW_GIVEN,                /* it is in the batch; the entry lives until the next one */
};

enum {
    FLOW_ORIG_IS_1 = 1, /* the opener is the second end of the key */
    FLOW_SEEN_ORIG = 2, /* a packet of this side was seen */
    FLOW_SEEN_RESP = 4,
    FLOW_HIGH = 8, /* some count has gone on in the entry */
    FLOW_LATE =
        16, /* its last packet's time is far from the clock: `moved` says when it came */
    FLOW_RESP_FIRST = 32, /* of both sides the responder was seen first */
};

_Static_assert(FLOW_SEEN_RESP == FLOW_SEEN_ORIG << CHAINS_RESP && CHAINS_ORIG == 0, "a shift");

/* The flag that says that a side was seen. */
static inline uint8_t flow_table_seen(enum chains_side side)
{
    return (uint8_t)(FLOW_SEEN_ORIG << side);
}

/* What every packet of a flow touches: one cache line. */
struct flow_hot {
    uint64_t addr;    /* IPv4: both addresses; IPv6: the hash, the addresses are in the entry */
    uint16_t port[2]; /* as in the key */
    uint8_t protocol;
    uint8_t kind;  /* family, and 8 when one-way, 16 when it has ports */
    uint8_t class; /* enum flow_class */
    uint8_t flags;
    uint32_t number;      /* of the flow, from 1; what is above 32 bits is in the entry */
    uint32_t tcp;         /* FLOW_NONE: not TCP */
    uint32_t due;         /* flow_table_now() of the next move, or of an interim record */
    uint16_t packets[2];  /* by enum chains_side; what is above 16 bits is in the entry */
    uint32_t ip_bytes[2]; /* and above 32 bits */
    uint32_t payload[2];
    int64_t last[2];
};

/*
 * What is touched where a flow begins and ends. In the first line is all that lists and parsers want.
 */
struct chains_flow_entry {
    struct flow_table *table;
    struct flow_slot *slots;
    const char *service;
    uint32_t older, newer;   /* in its list, or a queue */
    uint32_t place;          /* hash: bucket in 24 bits, tag above */
    uint32_t moved, interim; /* ticks: to the end of its list; of the next interim record */
    uint32_t number;         /* the high part */
    uint32_t parts;          /* records given */
    uint16_t refused;        /* slots: a bit for each component that is not asked again */
    uint8_t settled;         /* and of these, that have said why */
    uint8_t opener : 4;      /* enum chains_flow_opener; asserted in flow_layers.c */
    uint8_t end : 4;         /* enum chains_flow_end; the same */
    uint32_t packets[2];     /* the high parts, as the next two */
    uint32_t ip_bytes[2], payload[2];
    int64_t first[2];
    uint8_t addr6[2][16];
};

/* Both lie together, so that there is one place of memory to be found for them. */
struct flow_both {
    struct flow_hot hot;
    struct chains_flow_entry entry;
};

struct flow_list {
    uint32_t oldest, newest, count;
    uint32_t step;   /* ticks: an eighth of the timeout */
    int64_t timeout; /* nanoseconds */
    int64_t wake;    /* nothing in it is due before */
};

/* Of a list, flows that end soon if they end in its order: their memory is fetched in good time. */
enum { FLOW_AHEAD = 16 };

struct flow_ahead {
    uint32_t flow[FLOW_AHEAD]; /* in a ring; the last one looked at is flow[at % FLOW_AHEAD] */
    uint32_t at, lead;
};

struct flow_queue {
    uint32_t first, last, count;
};

/* Packets in a row whose time lies behind the clock, and what is to be known of the last step. */
struct flow_back {
    int64_t first; /* time of the first of them */
    uint32_t count;
    uint32_t shift; /* ticks that the clock was set back, all in all */
    uint32_t tick;  /* flow_table_now() when it last was */
    int64_t since;  /* from when on times are in the new time */
};

/* The table is nearly full (flow_emergency.h). */
struct flow_emergency {
    uint32_t begins, ends; /* flows */
    bool now;
    bool both;        /* flows with two sides have shorter timeouts, too */
    uint64_t evicted; /* flows that ended before their time for it */
};

struct flow_limits {
    uint32_t flows, half_open; /* both in flows */
    uint64_t parsers;          /* bytes */
    int64_t timeout[FLOW_CLASSES];
    int64_t active; /* 0: no interim records */
};

struct flow_table {
    struct siphash_key secret;
    struct flow_buckets buckets;
    struct flow_both *flow;
    struct flow_tcp *tcp;
    struct reassembly *waiting; /* the caller's: bytes out of order of all flows */
    uint32_t entries;
    uint32_t unused, unused_tcp; /* never used so far, from here on */
    uint32_t free, free_tcp;     /* heads of free lists */
    uint32_t live;
    struct flow_limits limits;
    struct flow_emergency emergency;
    struct flow_list list[FLOW_CLASSES];
    struct flow_ahead ahead[FLOW_CLASSES];
    struct flow_queue ended, given; /* without their record; with it, until the next batch */
    struct flow_slots slots;
    int64_t wake;  /* nothing in any list is due before */
    int64_t clock; /* the largest packet time since it was set back; INT64_MIN: none */
    struct flow_back back;
    uint64_t number;       /* of the latest flow */
    uint64_t limited;      /* times a ceiling was reached */
    struct pages pages[2]; /* of flow and tcp */
};

/*
 * Entries beyond the ceiling, for flows that have ended: a batch of 32 packets ends 400 at most, one
 * of 4,096 up to a hundred times as many.
 */
static inline uint32_t flow_table_reserve(uint32_t flows)
{
    uint32_t eighth = flows / 8;
    return eighth < 1024 ? 1024 : eighth > 16384 ? 16384 : eighth;
}

/* NULL for want of memory, or of a random key. `waiting` outlives the table. */
struct flow_table *flow_table_new(const struct flow_limits *limits, struct reassembly *waiting);

/* Releases every slot, too. */
void flow_table_free(struct flow_table *table);

/*
 * Bytes in use by now. Where tables lie in large pages, up to one of these more is there of each of
 * flow and tcp, which no flow has needed.
 */
uint64_t flow_table_memory(const struct flow_table *table);

/*
 * Passes over packets to come, each of which fetches what the next one looks at: their buckets; what the
 * first index that their bucket has for them leads to, which is noted in the packet; what that leads to,
 * for `parsers` too, if there are any; and its neighbours in the list, where it may leave it.
 */
void flow_table_prefetch_bucket(const struct flow_table *table, uint64_t hash);
void flow_table_prefetch_hot(const struct flow_table *table, struct flow_packet *packet);
void flow_table_prefetch_entry(const struct flow_table *table, struct flow_packet *packet,
                               bool parsers);
void flow_table_prefetch_near(const struct flow_table *table, const struct flow_packet *packet);

/* The flow of a packet, or FLOW_NONE. */
uint32_t flow_table_find(struct flow_table *table, const struct flow_packet *packet);

/*
 * A new flow for a packet, of a class; others make room for it and are ended. FLOW_NONE: there is
 * no entry, for too many flows have ended in this batch.
 */
uint32_t flow_table_add(struct flow_table *table, const struct flow_packet *packet,
                        enum flow_class class);

/* Takes a flow out of the table: it waits for its record. A flow that has closed says so itself. */
void flow_table_end(struct flow_table *table, uint32_t flow, enum chains_flow_end end);

/* Whether flow_table_expire() has anything to look at. */
static inline bool flow_table_is_time(const struct flow_table *table)
{
    return table->emergency.now || table->clock >= table->wake;
}

/* Ends at most `most` idle flows, fewer while many wait for their record. */
void flow_table_expire(struct flow_table *table, unsigned most);

/*
 * While parsers hold more than their ceiling: ends flows whose rooms were longest not asked for, at
 * most a few.
 */
void flow_table_relieve(struct flow_table *table);

/* The longest idle flow, or FLOW_NONE. */
uint32_t flow_table_oldest(const struct flow_table *table);

/* The next flow without its record, or FLOW_NONE; and that it has it now. */
static inline uint32_t flow_table_ended(const struct flow_table *table)
{
    return table->ended.first;
}

void flow_table_given(struct flow_table *table);

/* A new batch begins: flows whose records were in the last one are gone. */
void flow_table_reap(struct flow_table *table);

static inline uint32_t flow_tick(int64_t time_ns)
{
    return (uint32_t)((uint64_t)time_ns >> FLOW_TICK_SHIFT);
}

/* Ticks that never go back, while the clock does. */
static inline uint32_t flow_table_now(const struct flow_table *table)
{
    return flow_tick(table->clock) + table->back.shift;
}

/* Flows of which one end alone was heard. */
static inline uint32_t flow_table_one_sided(const struct flow_table *table)
{
    uint32_t count = 0;
    for (unsigned i = 0; i < FLOW_ONE_SIDED; i++)
        count += table->list[i].count;
    return count;
}

/* Which flow an entry is of. */
static inline uint32_t flow_table_index(const struct chains_flow_entry *entry)
{
    uintptr_t first = (uintptr_t)&entry->table->flow[0].entry;
    return (uint32_t)(((uintptr_t)entry - first) / sizeof(struct flow_both));
}

static inline struct flow_tcp *flow_table_tcp(const struct flow_table *table, uint32_t flow)
{
    uint32_t tcp = table->flow[flow].hot.tcp;
    return tcp == FLOW_NONE ? NULL : &table->tcp[tcp];
}

static inline uint64_t flow_table_number(const struct flow_table *table, uint32_t flow)
{
    const struct flow_hot *hot = &table->flow[flow].hot;
    uint64_t high = hot->flags & FLOW_HIGH ? table->flow[flow].entry.number : 0;
    return high << 32 | hot->number;
}

#endif
