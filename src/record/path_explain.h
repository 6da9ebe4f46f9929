/* SPDX-License-Identifier: MIT */
#ifndef RECORD_PATH_EXPLAIN_H
#define RECORD_PATH_EXPLAIN_H

#include <chains/record.h>

/*
 * Why `text` is no path of a chain, as one sentence: the nearest spelling, what Wireshark calls so,
 * or which component attaches the layer.
 */
void path_explain(const struct chains_layout *layout, uint64_t types, const char *text,
                  size_t len, char *error, size_t error_size);

#endif
