/* SPDX-License-Identifier: MIT */
/*
 * One record through the walk. In: a record with unread bytes and what they claim to be. Out:
 * its layers, what is left of the bytes, flags. A piece of an IP packet goes to the table of
 * pieces: the one that completes it is walked on with the whole; the first one shows its
 * transport header and keeps its payload back, so that the payload is seen once.
 */
#include "dissecting.h"

#include <chains/layer/ip.h>

/* Walks the transport header of a first piece, with nothing left behind it. */
static struct chains_key dissecting_first_piece(const struct dissecting *dissecting,
                                                struct chains_record *rec,
                                                struct chains_reader *in, struct chains_key key,
                                                struct chains_arena *arena)
{
    struct walk_limits limits = dissecting->limits;
    unsigned ignored = 0; /* the piece is not the whole, so a cut tail means nothing */
    limits.first_piece = true;
    key.space = CHAINS_BY_IPPROTO;
    if (!limits.stop_before_transport)
        key = dissect_walk(rec, in, key, &limits, arena, &ignored);
    if (dissecting->fragments)
        in->at = in->end;
    return key;
}

/* A piece: true when it completed its packet, and `in` and `key` now stand for the whole. */
static bool dissecting_piece(chains_component *self, const struct dissecting *dissecting,
                             struct chains_record *rec, struct chains_reader *in,
                             struct chains_key *key, struct chains_arena *arena,
                             unsigned *flags)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (dissecting->fragments && ip) {
        struct chains_bytes whole;
        struct fragments_piece piece = { rec->time_ns, ip, key->number, chains_rest(in) };
        unsigned limited = 0;
        bool complete =
            fragments_add(dissecting->fragments, &piece, arena, &whole, flags, &limited);
        for (; limited > 0; limited--)
            chains_count_limited(self);
        if (complete) {
            *in = chains_reader_over(whole);
            *key = (struct chains_key){ CHAINS_BY_IPPROTO, piece.protocol };
            *flags |= CHAINS_FRAGMENT | CHAINS_REASSEMBLED;
            return true;
        }
    }
    *flags |= CHAINS_FRAGMENT;
    if (ip && ip->offset == 0)
        *key = dissecting_first_piece(dissecting, rec, in, *key, arena);
    return false;
}

void dissecting_record(chains_component *self, const struct dissecting *dissecting,
                       struct chains_record *rec, struct chains_arena *arena)
{
    struct chains_reader in = chains_reader_over(rec->rest);
    struct chains_key key = rec->next;
    unsigned flags = 0;
    do
        key = dissect_walk(rec, &in, key, &dissecting->limits, arena, &flags);
    while (key.space == CHAINS_BY_FRAGMENT &&
           dissecting_piece(self, dissecting, rec, &in, &key, arena, &flags));
    rec->rest = chains_rest(&in);
    rec->next = key;
    if (flags)
        chains_mark(self, rec, flags);
}
