/* SPDX-License-Identifier: MIT */
#ifndef LINKS_LEARNED_H
#define LINKS_LEARNED_H

#include <chains/record.h>

#include "name_news.h"

/*
 * Names that the traffic itself gives to servers, for the client that used them: what it asked the
 * DNS for, by the address that it was told, and what it asked the server for, by TLS's SNI or
 * HTTP's Host. What one client says or is told means nothing for another one.
 *
 * A name holds for its TTL (one without, for none), at least LEARNED_LEAST_S and at most
 * LEARNED_MOST_S, and after that for as long as it is asked for with no pause of LEARNED_PAUSE_S, at
 * most LEARNED_END_S from the beginning: connections outlive the answers that they began with. Time
 * is packet time.
 */
struct learned;

enum {
    LEARNED_LEAST_S = 60,
    LEARNED_MOST_S = 3600,
    LEARNED_PAUSE_S = 300,
    LEARNED_END_S = 86400,
    LEARNED_NAME = 254, /* room for a host name and its closing 0 */
};

/* Whom a name is for. Set all of it, so that it can be compared as bytes. */
struct learned_key {
    uint64_t flow; /* number of the flow, by its component flows; 0: all of the two */
    struct chains_addr client, server;
    uint8_t zero[6];
};

struct learned_found {
    const char *name; /* lives until the next learned_read(); kept of a flow: "" for none */
    uint8_t from;     /* enum chains_name_source: DNS, TLS, HTTP */
    int64_t until_ns; /* it holds so long */
    bool *used;       /* of what learned_find() gives: to be set where it is shown again */
};

/* All the memory it ever takes. NULL when there is none, or no random key. */
struct learned *learned_new(uint32_t entries);

/* Who is told from now on: of servers. */
void learned_tell(struct learned *learned, const struct name_news *news);

/*
 * Learns from the layers "dns", "tls" and "http" of a record, where it has them: of answers those
 * to a query that was seen. True when something is known that was not, or was otherwise.
 */
bool learned_read(struct learned *learned, const struct chains_record *rec);

/*
 * Of a key without its flow, for one that is sought soon: memory is fetched by the first call, and
 * what that led to by the second one.
 */
uint64_t learned_ahead(const struct learned *learned, const struct learned_key *key);
void learned_ahead_entry(const struct learned *learned, uint64_t hash);

/*
 * The name by which the client knows the server: in this flow, else the one asked for last. False
 * when there is none. `hash` is what learned_ahead() gave, or NULL.
 */
bool learned_find_by(struct learned *learned, const struct learned_key *key,
                     const uint64_t *hash, int64_t now_ns, struct learned_found *found);

static inline bool learned_find(struct learned *learned, const struct learned_key *key,
                                int64_t now_ns, struct learned_found *found)
{
    return learned_find_by(learned, key, NULL, now_ns, found);
}

/* Whether no name was ever kept. */
bool learned_is_empty(const struct learned *learned);

/* Whether a name was ever kept for a single flow: else a key's flow counts for nothing. */
bool learned_has_flows(const struct learned *learned);

/* Keeps a name; `ttl` in seconds. True when that is news. For learned_read(). */
bool learned_keep(struct learned *learned, const struct learned_key *key,
                  const struct learned_found *found, uint32_t ttl, int64_t now_ns);

/* The name of exactly this key that still holds, or NULL; it counts as no use of it. */
const struct learned_found *learned_look(const struct learned *learned,
                                         const struct learned_key *key, int64_t now_ns,
                                         struct learned_found *found);

/*
 * A host name in lower case into `out`; false when `name` is none, or looks like an address. One of
 * a single label gets a final dot, as a PTR's does: "local." cannot pass for a word of ours.
 */
bool learned_host_name(char out[LEARNED_NAME], struct chains_bytes name);

/* Names that had to go while they still held. */
uint64_t learned_lost(const struct learned *learned);

/* Bytes that it takes for so many names. */
size_t learned_takes(uint32_t entries);

size_t learned_bytes(const struct learned *learned);
void learned_free(struct learned *learned);

#endif
