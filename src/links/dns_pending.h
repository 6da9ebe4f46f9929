/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_PENDING_H
#define LINKS_DNS_PENDING_H

#include <chains/record.h>

/*
 * DNS queries that wait for their response. A response belongs to a query when addresses, ports,
 * protocol, number and the first question agree, whatever the case of its letters; one without a
 * question belongs to the oldest query that agrees in the others. All times are those of packets.
 * Memory is taken once: DNS_PENDING_ENTRY bytes for each query, and untouched until it is needed.
 */
struct dns_pending;

enum {
    DNS_PENDING_DEFAULT = 16384,
    DNS_PENDING_MOST = 1048576,
    DNS_PENDING_ALIKE =
        8, /* with other questions and all else the same: then the oldest goes */
    DNS_PENDING_DUE = 256,           /* queries put out to make room that wait to be told */
    DNS_PENDING_KEPT = 12 + 255 + 4, /* of a query: its header and the first question */
};

/* What every packet asks: between these times, without them, no query has waited too long. */
struct dns_pending_quiet {
    int64_t from_ns, until_ns;
    bool due; /* one is due already */
};

static inline bool dns_pending_is_quiet(const struct dns_pending_quiet *quiet, int64_t now_ns)
{
    return now_ns > quiet->from_ns && now_ns < quiet->until_ns;
}

/* NULL: no memory, or no random key. `queries` 1 to DNS_PENDING_MOST, `timeout_ns` above 0. */
struct dns_pending *dns_pending_new(uint32_t queries, int64_t timeout_ns);

/* As it is at each time; lives as long as the queries do. */
const struct dns_pending_quiet *dns_pending_quiet(const struct dns_pending *pending);

/* Bytes that it takes for so many queries. */
uint64_t dns_pending_takes(uint32_t queries);

/* A message of a packet. */
struct dns_pending_message {
    struct chains_endpoints ends; /* src sent it */
    int64_t time_ns;
    uint64_t number;             /* of the packet */
    struct chains_bytes message; /* at least a header */
};

/*
 * A query. True: it is one that is waiting already. The time of the first one counts, for the answer
 * and for the end of waiting. Where there is no room the oldest one is put out: it is due, and
 * `*put_out` is set.
 */
bool dns_pending_query(struct dns_pending *pending, const struct dns_pending_message *query,
                       bool *put_out);

/*
 * A response. True: its query was waiting, and waits no longer; `*rtt_ns` is the time from one to
 * the other, and negative where the clock was set back between them.
 */
bool dns_pending_response(struct dns_pending *pending,
                          const struct dns_pending_message *response, int64_t *rtt_ns);

/*
 * It is `now_ns`: queries that have waited for the timeout are due. A clock that jumps back by more
 * than that has the same effect, for nobody knows how long it was. O(1) where there are none.
 */
void dns_pending_expire(struct dns_pending *pending, int64_t now_ns);

/* All queries are due, in the order in which they came. */
void dns_pending_expire_all(struct dns_pending *pending);

/* What is left of a query. */
struct dns_pending_query {
    struct chains_endpoints ends;
    uint64_t number;
    uint32_t size;               /* of the message */
    struct chains_bytes message; /* header, as sent, and first question if it could be read */
    uint16_t questions, records[3]; /* as the header says */
};

/* Whether a query is due. */
bool dns_pending_is_due(const struct dns_pending *pending);

/*
 * The next query that is due, which is forgotten with it; false: none. `message` is written to
 * `room`: a header whose counts say what is there.
 */
bool dns_pending_next_due(struct dns_pending *pending, struct dns_pending_query *query,
                          uint8_t room[DNS_PENDING_KEPT]);

/* Queries that were put out so fast that nobody was told. */
uint64_t dns_pending_untold(const struct dns_pending *pending);

size_t dns_pending_waiting(const struct dns_pending *pending);
size_t dns_pending_bytes(const struct dns_pending *pending);
void dns_pending_free(struct dns_pending *pending);

#endif
