/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_TAGS_H
#define CHAINS_LAYER_TAGS_H

#include <chains/record.h>

/* Slot "tags": a bit for each tag of the chain; the names are in the record's layout. */
struct chains_tags {
    uint64_t tags;
};

#endif
