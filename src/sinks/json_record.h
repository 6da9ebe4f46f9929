/* SPDX-License-Identifier: MIT */
#ifndef SINKS_JSON_RECORD_H
#define SINKS_JSON_RECORD_H

#include <chains/record.h>

/* Names of enum chains_flag in JSON; the resolution of the time stamp is not among them. */
extern const struct chains_name json_record_flags[];

/* Whether a layer is written as the value of its only field, which is called like its slot. */
bool json_record_is_bare(const struct chains_layer_type *type);

#endif
