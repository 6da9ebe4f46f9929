/* SPDX-License-Identifier: MIT */
/*
 * Time and counters. In: work. Out: rows. The counters are perf_event_open(2)'s, of this process and of
 * what it does itself, not the kernel for it; a machine without them (most virtual ones) or a system
 * that forbids them is said to have none, and nothing else changes.
 */
#include "micro.h"

#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

const char *const micro_names[MICRO_COUNTERS] = { "cycles", "instructions", "cache_misses",
                                                  "branch_misses" };

static int counter_open(uint64_t config)
{
    struct perf_event_attr attr;
    memset(&attr, 0, sizeof attr);
    attr.size = sizeof attr;
    attr.type = PERF_TYPE_HARDWARE;
    attr.config = config;
    attr.exclude_kernel = 1;
    attr.exclude_hv = 1;
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void micro_open(struct micro *micro, bool json, const char *unit)
{
    static const uint64_t config[MICRO_COUNTERS] = { PERF_COUNT_HW_CPU_CYCLES,
                                                     PERF_COUNT_HW_INSTRUCTIONS,
                                                     PERF_COUNT_HW_CACHE_MISSES,
                                                     PERF_COUNT_HW_BRANCH_MISSES };
    *micro = (struct micro){ .json = json, .has_counters = true };
    for (unsigned i = 0; i < MICRO_COUNTERS; i++) {
        micro->fd[i] = counter_open(config[i]);
        micro->has_counters = micro->has_counters && micro->fd[i] >= 0;
    }
    if (json) {
        printf("{\"unit\":\"%s\",\"rounds\":%d,\"counters\":%s,\"rows\":[", unit, MICRO_ROUNDS,
               micro->has_counters ? "true" : "false");
        return;
    }
    printf("nanoseconds of processor time for %s; median, least and most of %d rounds\n%s\n\n",
           unit, MICRO_ROUNDS,
           micro->has_counters ? "medians of the processor's counters beside them"
                               : "no counters");
    printf("%-24s %-12s %9s %9s %9s", "", "of", "ns", "least", "most");
    for (unsigned i = 0; micro->has_counters && i < MICRO_COUNTERS; i++)
        printf(" %13s", micro_names[i]);
    printf(" %11s\n", "units");
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void counters_read(const struct micro *micro, double values[MICRO_COUNTERS])
{
    for (unsigned i = 0; i < MICRO_COUNTERS; i++) {
        uint64_t value = 0;
        if (!micro->has_counters || read(micro->fd[i], &value, sizeof value) != sizeof value)
            value = 0;
        values[i] = (double)value;
    }
}

struct micro_figures micro_round(const struct micro *micro, void (*work)(void *arg), void *arg,
                                 double units)
{
    struct micro_figures figures;
    double before[MICRO_COUNTERS];
    counters_read(micro, before);
    double begin = now_ns();
    work(arg);
    figures.ns = (now_ns() - begin) / units;
    counters_read(micro, figures.counter);
    for (unsigned i = 0; i < MICRO_COUNTERS; i++)
        figures.counter[i] = (figures.counter[i] - before[i]) / units;
    return figures;
}

struct micro_figures micro_more(const struct micro_figures *one,
                                const struct micro_figures *other)
{
    struct micro_figures more = { .ns = one->ns - other->ns };
    for (unsigned i = 0; i < MICRO_COUNTERS; i++)
        more.counter[i] = one->counter[i] - other->counter[i];
    return more;
}

static int by_number(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

/* Of one counter, or of the time where `which` is MICRO_COUNTERS. */
static void column(const struct micro_figures rounds[MICRO_ROUNDS], unsigned which,
                   double sorted[MICRO_ROUNDS])
{
    for (unsigned i = 0; i < MICRO_ROUNDS; i++)
        sorted[i] = which == MICRO_COUNTERS ? rounds[i].ns : rounds[i].counter[which];
    qsort(sorted, MICRO_ROUNDS, sizeof *sorted, by_number);
}

void micro_row(struct micro *micro, const char *name, const char *where,
               struct micro_figures rounds[MICRO_ROUNDS], uint64_t units)
{
    double sorted[MICRO_ROUNDS];
    column(rounds, MICRO_COUNTERS, sorted);
    const double middle = sorted[MICRO_ROUNDS / 2], least = sorted[0],
                 most = sorted[MICRO_ROUNDS - 1];
    if (micro->json)
        printf("%s{\"name\":\"%s\",\"capture\":\"%s\",\"ns\":%.2f,\"least\":%.2f,\"most\":%.2f",
               micro->rows ? "," : "", name, where, middle, least, most);
    else
        printf("%-24s %-12s %9.2f %9.2f %9.2f", name, where, middle, least, most);
    for (unsigned i = 0; micro->has_counters && i < MICRO_COUNTERS; i++) {
        column(rounds, i, sorted);
        if (micro->json)
            printf(",\"%s\":%.2f", micro_names[i], sorted[MICRO_ROUNDS / 2]);
        else
            printf(" %13.2f", sorted[MICRO_ROUNDS / 2]);
    }
    if (micro->json)
        printf(",\"units\":%llu}", (unsigned long long)units);
    else
        printf(" %11llu\n", (unsigned long long)units);
    fflush(stdout);
    micro->rows++;
}

void micro_close(struct micro *micro)
{
    for (unsigned i = 0; i < MICRO_COUNTERS; i++)
        if (micro->fd[i] >= 0)
            close(micro->fd[i]);
    if (micro->json)
        printf("]}\n");
}
