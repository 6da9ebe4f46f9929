/* SPDX-License-Identifier: MIT */
#ifndef TOOL_MEMORY_H
#define TOOL_MEMORY_H

#include "tool.h"

/*
 * --memory=SIZE: what a command's chain may hold. Without it that is what its components take by
 * themselves, but no more than TOOL_MEMORY together, unless options fix more than that.
 */
#define TOOL_MEMORY      (UINT64_C(128) * 1024 * 1024)
#define TOOL_MEMORY_MOST (UINT64_C(1) << 40)

/* The option's value in optarg: an exit code, with a sentence where it is no size. */
int tool_memory_option(uint64_t *bytes);

/* Gives a chain that was not pulled yet its budget; 0: the option was not given. */
void tool_memory_budget(chains_component *last, uint64_t bytes);

#endif
