/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOWS_OPTIONS_H
#define LINKS_FLOWS_OPTIONS_H

#include <chains/component.h>
#include <chains/components.h>

#include "flow_table.h"

/* What the options of `flows` come to, with the defaults in their place. */
struct flows_settings {
    struct flow_limits limits;
    uint64_t waiting, waiting_all;
};

extern const struct chains_field flows_option_rows[];

/* CHAINS_OK, or a failure of `self` about the option that makes no sense. */
int flows_options_check(chains_component *self);

/* `share`: the bytes that it may hold; sizes that no option says follow it. */
struct flows_settings flows_options_settings(const struct chains_flows_options *options,
                                             uint64_t share);

#endif
