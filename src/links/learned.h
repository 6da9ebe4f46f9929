/* SPDX-License-Identifier: MIT */
#ifndef LINKS_LEARNED_H
#define LINKS_LEARNED_H

#include <chains/record.h>

/*
 * Names that the traffic itself gives to addresses: what a client asked for, by the client and
 * the address that it was told. What a server says to one client means nothing for another one.
 *
 * A name holds for its TTL, at least LEARNED_LEAST_S and at most LEARNED_MOST_S, and after that
 * for as long as the client and the address never pause for LEARNED_PAUSE_S, at most
 * LEARNED_END_S from the answer on: connections outlive the answers that they began with. Time
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

/* All the memory it ever takes. NULL when there is none, or no random key. */
struct learned *learned_new(uint32_t entries);

/*
 * Learns from the layer "dns" of a record, if it has one, and if it answers a query that was seen.
 * True when
 * something is known that was not, or was otherwise.
 */
bool learned_read(struct learned *learned, const struct chains_record *rec);

/*
 * The name by which `client` knows `addr`, and until when it holds; or NULL. It lives until the next
 * learned_read(). `held_ns` may be NULL.
 */
const char *learned_find(struct learned *learned, const struct chains_addr *client,
                         const struct chains_addr *addr, int64_t now_ns, int64_t *held_ns);

/* Names that had to go while they still held. */
uint64_t learned_lost(const struct learned *learned);

size_t learned_bytes(const struct learned *learned);
void learned_free(struct learned *learned);

#endif
