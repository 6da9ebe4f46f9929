/* SPDX-License-Identifier: MIT */
#ifndef RECORD_LAYOUT_H
#define RECORD_LAYOUT_H

#include <chains/record.h>

/* Begins a layout; call layout_add() for every type, then layout_finish(). */
void layout_init(struct chains_layout *layout);

/*
 * Gives `type` a number and a slot. Adding it twice is fine. False when there is no room, when it
 * is too large, or when it claims the number of another type.
 */
bool layout_add(struct chains_layout *layout, const struct chains_layer_type *type);

/* Fixes the offsets. False when a row would be larger than an offset can say. */
bool layout_finish(struct chains_layout *layout);

/* The number of `type` in the layout, or -1. */
int layout_id(const struct chains_layout *layout, const struct chains_layer_type *type);

/*
 * The bit of the tag `name`, which is added when it is new; -1 when all bits are taken, or when
 * it is not 1 to 47 letters, digits, '_', '-', '.' and ':'.
 */
int layout_tag(struct chains_layout *layout, const char *name);

enum { TAG_SIZE = 48 /* room for the name of a tag and its closing 0 */ };

/* Whether `len` bytes can be the name of a tag, which goes into text and JSON as it is. */
bool tag_is_plain(const char *name, size_t len);

/*
 * Whether a layer is shown as its only field, which is called like its slot: tags, outer. Other
 * names of that field do not count.
 */
bool layer_is_bare(const struct chains_layer_type *type);

#endif
