/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FRAGMENTS_H
#define LINKS_FRAGMENTS_H

#include <chains/layer/ip.h>
#include <chains/dissect.h>

/*
 * Pieces of IP packets (RFC 791, RFC 8200 4.5), put together in bounded memory: a fixed number
 * of packets at once, a fixed number of bytes in all, at most FRAGMENTS_PIECES pieces a packet,
 * a timeout in packet time. When a ceiling is reached the oldest packet makes room. Where
 * pieces overlap the first copy of a byte wins. The table is keyed with SipHash and a random
 * key.
 */

enum {
    FRAGMENTS_PIECES = 64,
    FRAGMENTS_WHOLE = 65535, /* the largest payload of an IP packet */
};

struct fragments;

struct fragments_piece {
    int64_t time_ns;
    const struct chains_ip *ip;
    uint32_t protocol; /* of the first piece, once it has been seen */
    struct chains_bytes bytes;
};

/* NULL for want of memory, or of random bytes. */
struct fragments *fragments_new(size_t max_packets, size_t max_bytes, int64_t timeout_ns);

/*
 * Adds a piece. True when it completes its packet: `whole` is then in the arena and
 * piece->protocol is that of the first piece. `flags` gets CHAINS_OVERLAP or CHAINS_BROKEN,
 * `limited` the number of packets that were given up because of a ceiling.
 */
bool fragments_add(struct fragments *fragments, struct fragments_piece *piece,
                   struct chains_arena *arena, struct chains_bytes *whole, unsigned *flags,
                   unsigned *limited);

/* Bytes of memory that such a table takes, all of it from the beginning. */
uint64_t fragments_bytes(size_t max_packets, size_t max_bytes);

/* Bytes of memory held. */
uint64_t fragments_memory(const struct fragments *fragments);

void fragments_free(struct fragments *fragments);

#endif
