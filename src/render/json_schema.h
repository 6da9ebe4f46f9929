/* SPDX-License-Identifier: MIT */
#ifndef RENDER_JSON_SCHEMA_H
#define RENDER_JSON_SCHEMA_H

#include <chains/record.h>

#include <stdio.h>

/*
 * Writes the JSON Schema (draft 2020-12) of what json_lines prints for records with layers of
 * these types, ended by NULL. False when writing failed.
 */
bool json_schema_write(FILE *out, const struct chains_layer_type *const *types);

#endif
