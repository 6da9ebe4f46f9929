/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_FAMILIES_H
#define FUZZ_FAMILIES_H

#include "../src/dissect/walk.h"

/*
 * The dissectors, each in one family: a family is a target. Their first byte says which of the
 * family; the rest is what it reads.
 */
enum family { FAMILY_LINK, FAMILY_NETWORK, FAMILY_TRANSPORT, FAMILY_TUNNEL, FAMILIES };

extern const char *const family_names[FAMILIES];

/* The i-th dissector of a family, NULL behind the last. */
const struct chains_dissector *family_dissector(enum family family, size_t i);

/* The family and the place in it of a dissector. */
enum family family_of(const struct chains_dissector *dissector, size_t *place);

/* One input. */
int family_run(enum family family, const uint8_t *data, size_t size);

#endif
