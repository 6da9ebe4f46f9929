/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_END_H
#define LINKS_FLOW_END_H

#include <chains/layer/flow.h>

/*
 * Whether a flow record was made for a reason of ours, not of the network: nobody knows then what has
 * become of the connection, and what is not complete has not failed.
 */
static inline bool flow_end_is_ours(const struct chains_flow *flow)
{
    return flow->interim || flow->end == CHAINS_END_INPUT || flow->end == CHAINS_END_EVICTED ||
           flow->end == CHAINS_END_ACTIVE;
}

#endif
