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

enum { WALK_LACKING = 1 << 16 }; /* beside enum chains_flag: a length says more than there is */

/*
 * Reads the headers of `rec->rest`, beginning with what `rec->next` says, and attaches their layers
 * until a header is not known, is not whole, or a limit is reached. Leaves behind the last header
 * read what is unread, and what follows it. Returns enum chains_flag bits and WALK_LACKING.
 */
unsigned dissect_walk(struct chains_record *rec, const struct walk_limits *limits,
                      struct chains_arena *arena);

#endif
