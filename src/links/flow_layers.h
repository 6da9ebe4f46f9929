/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_LAYERS_H
#define LINKS_FLOW_LAYERS_H

#include <chains/layer/flow.h>

extern const struct chains_layer_type chains_stream_type, chains_flow_type;

#endif
