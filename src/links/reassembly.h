/* SPDX-License-Identifier: MIT */
#ifndef LINKS_REASSEMBLY_H
#define LINKS_REASSEMBLY_H

#include <chains/bytes.h>

/*
 * Bytes that came before their turn, kept until what is before them comes, for all directions of
 * all connections. They lie in pages, each for REASSEMBLY_PAGE bytes of a stream beginning at a
 * multiple of it, with a map of those that are here: neither tiny segments nor their order make
 * any difference to what a direction costs. Two ceilings hold, for one direction and for all
 * together; what counts against them are whole pages with all that belongs to them.
 *
 * At the ceiling for all, the direction makes room that has waited longest without going on, that
 * is, without giving back a page since it began to wait: what waits of it is forgotten, its number
 * becomes 0. So nobody can fill the room once and keep it. Only where that is the very direction
 * that asks, or at its own ceiling, there is no room for it: it has to give up its hole.
 */
struct reassembly;

/*
 * What waits of one direction is a number that the caller keeps at the same place as long as it is
 * not 0; 0: nothing waits, or it was forgotten.
 */

enum {
    REASSEMBLY_PAGE = 1024,
    REASSEMBLY_SEARCH = 512, /* pages looked at from each end; farther inside is no room */
};

/* Bytes of memory that so many bytes of all directions may take. */
uint64_t reassembly_takes(uint64_t all_bytes);

/* NULL for want of memory. Memory is taken as it is needed, and kept. */
struct reassembly *reassembly_new(uint64_t direction_bytes, uint64_t all_bytes);

void reassembly_free(struct reassembly *reassembly);

/* Bytes held now; never above the ceiling. */
uint64_t reassembly_bytes(const struct reassembly *reassembly);

/* Bytes of memory taken so far, in use or not. */
uint64_t reassembly_memory(const struct reassembly *reassembly);

/* Whether there was no memory below the ceiling, at any time. */
bool reassembly_starved(const struct reassembly *reassembly);

/* How often there was no room, for who asked or for who was forgotten. */
uint64_t reassembly_limited(const struct reassembly *reassembly);

struct reassembly_overlap {
    uint32_t again;     /* bytes that wait already */
    uint32_t differing; /* of these, the ones that wait with another value */
};

/* Compares bytes at `offset` of the stream with those that wait. */
struct reassembly_overlap reassembly_compare(const struct reassembly *reassembly,
                                             uint32_t waiting, uint64_t offset,
                                             struct chains_bytes bytes);

/*
 * Keeps the bytes that are not there yet. False when there is no room for all of them; then some
 * may have been kept.
 */
bool reassembly_put(struct reassembly *reassembly, uint32_t *waiting, uint64_t offset,
                    struct chains_bytes bytes);

/* Offset of the first byte that waits, and behind the last; something waits. */
uint64_t reassembly_first(const struct reassembly *reassembly, uint32_t waiting);
uint64_t reassembly_end(const struct reassembly *reassembly, uint32_t waiting);

/* How many bytes without a hole wait from `offset` on, `most` at most. */
uint64_t reassembly_run(const struct reassembly *reassembly, uint32_t waiting, uint64_t offset,
                        uint64_t most);

/* Writes those of the `len` bytes from `offset` on that wait to their places in `out`. */
void reassembly_read(const struct reassembly *reassembly, uint32_t waiting, uint64_t offset,
                     uint64_t len, uint8_t *out);

/* Drops what waits before `offset`; everything with UINT64_MAX. */
void reassembly_drop(struct reassembly *reassembly, uint32_t *waiting, uint64_t offset);

#endif
