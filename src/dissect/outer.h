/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_OUTER_H
#define DISSECT_OUTER_H

#include <chains/dissect.h>

extern const struct chains_layer_type outer_type;

/*
 * Moves the packet, transport and tunnel of `rec` into its list of outer packets, so that the
 * packet inside can have their slots. False when the arena has no room.
 */
bool outer_enclose(struct chains_record *rec, struct chains_arena *arena);

/* Packets around the one in slot "packet" so far. */
unsigned outer_depth(const struct chains_record *rec);

#endif
