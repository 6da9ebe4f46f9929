/* SPDX-License-Identifier: MIT */
#ifndef MICRO_MICRO_H
#define MICRO_MICRO_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Measured pieces of work. In: a function that does so many units of it. Out: processor time of this
 * process for a unit, the median, least and most of several rounds, with the processor's own
 * counters where it lets us have them, as a table or as JSON.
 */

enum { MICRO_ROUNDS = 9, MICRO_COUNTERS = 4 };

/* Of one round, each for a unit of work; the counters in the order of micro_names. */
struct micro_figures {
    double ns, counter[MICRO_COUNTERS];
};

struct micro {
    bool json, has_counters;
    unsigned rows;
    int fd[MICRO_COUNTERS];
};

/* "cycles", "instructions", "cache_misses", "branch_misses" */
extern const char *const micro_names[MICRO_COUNTERS];

/* Opens the counters and begins the output. */
void micro_open(struct micro *micro, bool json, const char *unit);

/* One round of `work(arg)`, for `units` of it. */
struct micro_figures micro_round(const struct micro *micro, void (*work)(void *arg), void *arg,
                                 double units);

/* What one round has more than the other. */
struct micro_figures micro_more(const struct micro_figures *one,
                                const struct micro_figures *other);

/* A row of MICRO_ROUNDS rounds, which are sorted. */
void micro_row(struct micro *micro, const char *name, const char *where,
               struct micro_figures rounds[MICRO_ROUNDS], uint64_t units);

/* Ends the output. */
void micro_close(struct micro *micro);

#endif
