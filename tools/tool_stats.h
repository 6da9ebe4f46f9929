/* SPDX-License-Identifier: MIT */
#ifndef TOOL_STATS_H
#define TOOL_STATS_H

#include <chains.h>

/* What a chain has done, for people, on stderr; while it runs and after its end. */

/*
 * The sources of a chain together; `limited` and what memory is held are those of all components, `bytes_total` is 0 when one
 * of them does not know its own.
 */
void tool_stats_sum(const chains_component *last, struct chains_stats *sum);

/* "netwatch: 3 packets"; with the kernel's counters where `live`, or where they are not 0. */
void tool_stats_line(const chains_component *last, bool live);

/* A line for each component, those inside a tee or a merge indented, and one for each source. */
void tool_stats_table(const chains_component *last);

#endif
