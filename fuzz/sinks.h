/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_SINKS_H
#define FUZZ_SINKS_H

#include <chains/chain.h>

#include <stdio.h>

/* What sinks print, kept in memory, to be judged when the chain has ended. */
struct printed {
    FILE *file;
    char *text;
    size_t len, room;
};

/* A stream that keeps what is written to it; the same memory is used again for the next input. */
FILE *printed_begin(struct printed *printed);
void printed_end(struct printed *printed);

/* How many lines, all of them ended; ends the run where the last one is not. */
uint64_t printed_lines(const struct printed *printed);

/*
 * Counters of a component between two steps, or when it has ended: what went in, and what was added,
 * came out or was dropped, and it holds no more than it may.
 */
struct chains_stats balanced(const chains_component *component);

/* The same of every component of a chain, and that each took what the one before it gave. */
void balanced_chain(const chains_component *last);

#endif
