/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_WALK_H
#define DISSECT_WALK_H

#include <chains/dissect.h>

/* Every dissector, ended by NULL: for tests and fuzz targets. */
extern const struct chains_dissector *const dissect_all[];

/* Every layer type that a walk may attach, ended by NULL. */
extern const struct chains_layer_type *const dissect_layers[];

/* Whether a verdict leaves a layer. */
static inline bool dissect_keeps_layer(int verdict)
{
    return verdict == CHAINS_PARSED || verdict == CHAINS_PARTIAL ||
           verdict == CHAINS_BAD_TAIL || verdict == CHAINS_LIMIT;
}

/* The flag of a record that a verdict sets, or 0. */
unsigned dissect_flag(int verdict);

struct walk_limits {
    unsigned max_depth;         /* packets inside packets */
    bool stop_before_transport; /* leave the transport header unread */
    bool first_piece; /* the bytes are the first piece of a packet: one header, no tunnels */
};

/*
 * Reads headers from `in`, beginning with what `key` says, and attaches their layers to `rec`
 * until a header is not known, is not whole, or a limit is reached. Leaves `in` behind the last
 * header read and returns what follows it. `flags` gets enum chains_flag bits.
 */
struct chains_key dissect_walk(struct chains_record *rec, struct chains_reader *in,
                               struct chains_key key, const struct walk_limits *limits,
                               struct chains_arena *arena, unsigned *flags);

#endif
