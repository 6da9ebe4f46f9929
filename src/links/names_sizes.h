/* SPDX-License-Identifier: MIT */
#ifndef LINKS_NAMES_SIZES_H
#define LINKS_NAMES_SIZES_H

#include <chains/component.h>

/*
 * What reverse_dns holds of its share: tables of names asked, learned and claimed, with one number
 * of entries. Whether names are asked for is known in open alone, so there is always room for it.
 */
void names_sizes_memory(const chains_component *self, struct chains_memory *memory);

/* From open on: entries of each table, and of that of local devices. */
uint32_t names_sizes_entries(const chains_component *self);
uint32_t names_sizes_devices(uint64_t entries);

/* Whether something upstream reads messages with names. */
bool names_sizes_learns(const chains_component *self);

#endif
