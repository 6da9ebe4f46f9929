/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DISSECTING_H
#define LINKS_DISSECTING_H

#include <chains/component.h>

#include "../dissect/walk.h"
#include "fragments.h"

/*
 * The shared body of links that read headers: walks what is unread, puts pieces of IP packets
 * together, sets what is left and what it is, marks and counts.
 */
enum { DISSECTING_UNKNOWN = 16 };

struct dissecting {
    struct walk_limits limits;
    struct fragments *fragments; /* NULL: pieces stay as they are */
    bool hold_back; /* the payload of a first piece: it is seen with the whole, or not at all */
    uint32_t unknown[DISSECTING_UNKNOWN]; /* link types that a warning has been given for */
    size_t unknown_count;
};

/* What has to be done where the walk flagged something, or left a piece or an unknown link. */
void dissecting_odd(chains_component *self, struct dissecting *dissecting,
                    struct chains_record *rec, struct chains_arena *arena, unsigned flags);

static inline void dissecting_record(chains_component *self, struct dissecting *dissecting,
                                     struct chains_record *rec, struct chains_arena *arena)
{
    unsigned flags = dissect_walk(rec, &dissecting->limits, arena);
    unsigned space = rec->next.space;
    if (__builtin_expect(flags || space == CHAINS_BY_FRAGMENT || space == CHAINS_BY_LINKTYPE,
                         0))
        dissecting_odd(self, dissecting, rec, arena, flags);
}

#endif
