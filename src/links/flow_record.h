/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_RECORD_H
#define LINKS_FLOW_RECORD_H

#include "community_id.h"
#include "flow_table.h"

/* The key of a flow that is in the table, or was. */
void flow_record_key(const struct flow_table *table, uint32_t flow, struct flow_key *key);

/* Who sends to whom, seen from `side`. */
void flow_record_endpoints(const struct flow_table *table, uint32_t flow, enum chains_side side,
                           struct chains_endpoints *ends);

/* Every member of the layer but part, end, interim. `id` NULL: no Community ID. */
void flow_record_fill(const struct flow_table *table, uint32_t flow, struct community_id *id,
                      struct chains_flow *out);

/* Counts a packet; `packet->from` says which side. Returns payload bytes of the side before it. */
uint64_t flow_record_count(struct flow_table *table, uint32_t flow, enum chains_side side,
                           const struct flow_packet *packet, int64_t time_ns);

#endif
