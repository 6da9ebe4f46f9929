/* SPDX-License-Identifier: MIT */
/*
 * One record through the walk. In: a record with unread bytes and what they claim to be. Out:
 * its layers, what is left of the bytes, flags. A piece of an IP packet goes to the table of
 * pieces: the one that completes it is walked on with the whole; the first one shows its
 * transport header and keeps its payload back, so that the payload is seen once.
 */
#include "dissecting.h"

#include <chains/layer/ip.h>

#include <string.h>

#include "../record/layout.h"

/* Walks the transport header of a first piece; what is behind it may be held back. */
static void dissecting_first_piece(const struct dissecting *dissecting,
                                   struct chains_record *rec, struct chains_arena *arena)
{
    struct walk_limits limits = dissecting->limits;
    limits.first_piece = true;
    rec->next.space = CHAINS_BY_IPPROTO;
    dissect_walk(rec, &limits, arena); /* not the whole, so a cut tail means nothing */
    if (dissecting->hold_back)
        rec->rest = chains_behind(rec->rest, rec->rest.len);
}

/* A piece: true when it completed its packet, and the record's `rest` and `next` are the whole's. */
static bool dissecting_piece(chains_component *self, const struct dissecting *dissecting,
                             struct chains_record *rec, struct chains_arena *arena,
                             unsigned *flags)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (dissecting->fragments && ip) {
        struct chains_bytes whole;
        struct fragments_piece piece = { rec->time_ns, ip, rec->next.number, rec->rest };
        unsigned limited = 0;
        bool complete =
            fragments_add(dissecting->fragments, &piece, arena, &whole, flags, &limited);
        for (; limited > 0; limited--)
            chains_count_limited(self);
        if (complete) {
            rec->rest = whole;
            rec->next = (struct chains_key){ CHAINS_BY_IPPROTO, piece.protocol };
            *flags |= CHAINS_FRAGMENT | CHAINS_REASSEMBLED;
            return true;
        }
    }
    *flags |= CHAINS_FRAGMENT;
    if (ip && ip->offset == 0 && !dissecting->limits.stop_before_transport) {
        dissecting_first_piece(dissecting, rec, arena);
        *flags &= ~(unsigned)WALK_LACKING;
    }
    return false;
}

/* Pieces, which may be inside each other; returns the flags of all. */
static unsigned dissecting_pieces(chains_component *self, const struct dissecting *dissecting,
                                  struct chains_record *rec, struct chains_arena *arena,
                                  unsigned flags)
{
    while (rec->next.space == CHAINS_BY_FRAGMENT &&
           dissecting_piece(self, dissecting, rec, arena, &flags)) {
        flags &= ~(unsigned)WALK_LACKING;
        flags |= dissect_walk(rec, &dissecting->limits, arena);
    }
    return flags;
}

/* A link type that nobody reads is worth a sentence, once. */
static void dissecting_unknown_link(chains_component *self, struct dissecting *dissecting,
                                    uint32_t linktype)
{
    for (size_t i = 0; i < dissecting->unknown_count; i++)
        if (dissecting->unknown[i] == linktype)
            return;
    if (dissecting->unknown_count == DISSECTING_UNKNOWN)
        return;
    dissecting->unknown[dissecting->unknown_count++] = linktype;
    chains_warn(self, "link type %u is not known: its packets have times and lengths only",
                (unsigned)linktype);
}

void dissecting_odd(chains_component *self, struct dissecting *dissecting,
                    struct chains_record *rec, struct chains_arena *arena, unsigned flags)
{
    if (rec->next.space == CHAINS_BY_FRAGMENT)
        flags = dissecting_pieces(self, dissecting, rec, arena, flags);
    if (flags & WALK_LACKING) {
        flags &= ~(unsigned)WALK_LACKING;
        if (!(rec->flags & CHAINS_SNAPPED))
            flags |= CHAINS_CUT; /* a length that lies, as all that was sent is here */
    }
    if (flags)
        chains_mark(self, rec, flags);
    else if (rec->next.space == CHAINS_BY_LINKTYPE)
        dissecting_unknown_link(self, dissecting, rec->next.number);
}

/* Where a layer goes, and where it is read: beside the row while its slot is taken. */
struct dissecting_place {
    void *row, *scratch; /* scratch NULL: no room in the arena */
};

/* False when the component has not said that it attaches such layers; the record stays as it is. */
static bool dissecting_place(chains_component *self, struct chains_record *rec,
                             const struct chains_layer_type *type,
                             struct dissecting_place *place)
{
    uint64_t present = rec->present;
    place->row = chains_attach(self, rec, type);
    rec->present = present;
    if (!place->row)
        return false;
    unsigned slot = rec->layout->slot_of[layout_id(rec->layout, type)];
    bool taken = present & rec->layout->slot_bits[slot];
    place->scratch = taken ? chains_arena_take(chains_arena_of(self), type->size) : place->row;
    return true;
}

/* The layer is to stay: only now what was in its slot is gone. */
static void dissecting_settle(chains_component *self, struct chains_record *rec,
                              const struct chains_layer_type *type,
                              const struct dissecting_place *place)
{
    chains_attach(self, rec, type);
    if (place->scratch != place->row)
        memcpy(place->row, place->scratch, type->size);
}

enum chains_verdict chains_dissect(chains_component *self, struct chains_record *rec,
                                   const struct chains_dissector *dissector)
{
    struct chains_reader in = chains_reader_over(rec->rest);
    struct chains_key next = { CHAINS_BY_NOTHING, rec->next.number };
    struct chains_arena *arena = chains_arena_of(self);
    struct dissecting_place place = { NULL, NULL };
    if (dissector->layer && !dissecting_place(self, rec, dissector->layer, &place))
        return CHAINS_NOT_MINE;
    if (dissector->layer && !place.scratch) {
        chains_mark(self, rec, CHAINS_TOO_DEEP);
        return CHAINS_LIMIT;
    }
    enum chains_verdict verdict = dissector->dissect(&in, place.scratch, &next, arena);
    unsigned flags = dissect_flag((int)verdict);
    if (dissect_keeps_layer((int)verdict)) {
        if (place.row)
            dissecting_settle(self, rec, dissector->layer, &place);
        rec->rest = chains_rest(&in);
        rec->next = next;
    }
    if (flags)
        chains_mark(self, rec, flags);
    return verdict;
}
