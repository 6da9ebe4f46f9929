/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_SIZES_H
#define LINKS_FLOW_SIZES_H

#include "flows_options.h"

/*
 * What `flows` holds of its share: the table, the bytes out of order, and what parsers keep. Of the
 * last one an eighth is put aside: for rooms given back that wait for the next flow, and for what a
 * batch brings before flows that hold too much can be ended.
 */
void flow_sizes_memory(const struct chains_flows_options *options,
                       struct chains_memory *memory);

struct flow_sizes {
    uint32_t flows;
    uint64_t waiting_all, parsers;
};

struct flow_sizes flow_sizes_of(const struct chains_flows_options *options, uint64_t share);

#endif
