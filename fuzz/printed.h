/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_PRINTED_H
#define FUZZ_PRINTED_H

#include <chains/record.h>

/* The JSON of layers and records, so that a target may look at all that is in them. */

/* Ends the run unless the JSON of both is valid, may be shown, and is the same. */
void printed_layers_equal(const struct chains_layer_type *type, const void *a, const void *b);

/* The JSON of a record, valid and fit to be shown; it lives until the next call with this `which`. */
struct chains_bytes printed_record(unsigned which, const struct chains_record *rec);

/* A layout of all layer types of the walk. */
const struct chains_layout *printed_layout(void);

#endif
