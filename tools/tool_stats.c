/* SPDX-License-Identifier: MIT */
/*
 * Statistics of a chain. In: its last component. Out: one line, or a table whose columns are as
 * wide as what stands in them. Branches of a tee and inputs of a merge stand below it, indented,
 * the first component of each behind a bracket.
 */
#include "tool_stats.h"

#include "tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    STATS_DEPTH = 32, /* branches inside branches that are shown; a text has at most 16 */
    STATS_CELL = 192,
    STATS_COLUMNS = 11, /* the place stands behind them */
};

typedef char stats_cell[STATS_CELL];

/* Where a component stands: how deep, whether it is the first of a branch, or an outlet of a tee. */
struct stats_at {
    unsigned depth;
    bool begins, outlet;
};

typedef void (*stats_visit)(void *user, const chains_component *component, struct stats_at at);

static const chains_component *stats_above(const chains_component *component, size_t steps)
{
    while (steps-- > 0)
        component = chains_upstream(component);
    return component;
}

static struct chains_stats stats_of(const chains_component *component)
{
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(component, &stats);
    return stats;
}

/*
 * Visits a run upstream first, and what hangs on it. A branch begins with an outlet of its tee, which
 * is only visited where it has something to say: the branch ended earlier, and missed records.
 */
static void stats_walk(const chains_component *last, bool outlet, unsigned depth,
                       stats_visit visit, void *user)
{
    size_t count = 0;
    for (const chains_component *c = last; c; c = chains_upstream(c))
        count++;
    size_t first = outlet && stats_of(stats_above(last, count - 1)).dropped == 0;
    for (size_t i = first; i < count && depth <= STATS_DEPTH; i++) {
        const chains_component *c = stats_above(last, count - 1 - i);
        visit(user, c, (struct stats_at){ depth, depth > 0 && i == first, outlet && i == 0 });
        bool tee = chains_upstream(c) != NULL;
        for (size_t j = 0; chains_branch(c, j); j++)
            stats_walk(chains_branch(c, j), tee, depth + 1, visit, user);
    }
}

static bool stats_is_source(const chains_component *component)
{
    return !chains_upstream(component) && !chains_branch(component, 0);
}

static bool stats_from_kernel(const struct chains_stats *stats)
{
    return stats->kernel_received || stats->kernel_dropped || stats->interface_dropped;
}

struct stats_all {
    struct chains_stats *sum;
    bool endless; /* a source that does not know how much there is */
};

static void stats_add(void *user, const chains_component *component, struct stats_at at)
{
    struct stats_all *all = user;
    struct chains_stats *sum = all->sum, one = stats_of(component);
    sum->limited += one.limited;
    sum->memory += one.memory;
    sum->memory_most += one.memory_most;
    sum->memory_least += one.memory_least;
    if (at.outlet || !stats_is_source(component))
        return;
    sum->in += one.in;
    sum->dropped += stats_from_kernel(&one) ? one.dropped : 0; /* files have filters of ours */
    all->endless = all->endless || one.bytes_total == 0;
    sum->out += one.out;
    sum->bytes += one.bytes;
    sum->bytes_total += one.bytes_total;
    sum->kernel_received += one.kernel_received;
    sum->kernel_dropped += one.kernel_dropped;
    sum->interface_dropped += one.interface_dropped;
}

void tool_stats_sum(const chains_component *last, struct chains_stats *sum)
{
    struct stats_all all = { sum, false };
    *sum = (struct chains_stats){ .size = sizeof *sum };
    stats_walk(last, false, 0, stats_add, &all);
    if (all.endless)
        sum->bytes_total = 0;
}

void tool_stats_line(const chains_component *last, bool live)
{
    struct chains_stats sum;
    tool_stats_sum(last, &sum);
    fprintf(stderr, "%s: %" PRIu64 " packets", tool_name, sum.out);
    if (live || stats_from_kernel(&sum))
        fprintf(stderr,
                ", %" PRIu64 " received by the filter, %" PRIu64
                " dropped by the kernel, %" PRIu64 " dropped by the interface",
                sum.kernel_received, sum.kernel_dropped, sum.interface_dropped);
    if (stats_from_kernel(&sum) && sum.dropped > sum.kernel_dropped)
        fprintf(stderr, ", %" PRIu64 " left unread", sum.dropped - sum.kernel_dropped);
    if (sum.limited)
        fprintf(stderr, ", %" PRIu64 " times a limit of ours was reached", sum.limited);
    fputc('\n', stderr);
}

/* "1,234,567" */
static void stats_number(uint64_t number, char *out)
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    *out = '\0';
}

/* "640", "12.5K", "64.0M": K, M and G are powers of 1024, as in options. */
static void stats_memory(uint64_t bytes, char *out, size_t size)
{
    double value = (double)bytes;
    const char *unit = "KMGT";
    if (bytes < 1024) {
        snprintf(out, size, "%" PRIu64, bytes);
        return;
    }
    for (value /= 1024; value >= 1024 && unit[1]; unit++)
        value /= 1024;
    snprintf(out, size, "%.1f%c", value, *unit);
}

static void stats_row(const chains_component *component, struct stats_at at,
                      stats_cell row[STATS_COLUMNS])
{
    struct chains_stats stats = stats_of(component);
    uint64_t records = stats.in > stats.out ? stats.in : stats.out;
    int indent = (int)at.depth * 4 - (at.begins ? 2 : 0);
    snprintf(row[0], STATS_CELL, "%*s%s%.40s", indent, "", at.begins ? "[ " : "", stats.name);
    stats_number(stats.in, row[1]);
    stats_number(stats.added, row[2]);
    stats_number(stats.out, row[3]);
    stats_number(stats.dropped, row[4]);
    stats_number(stats.cut_short, row[5]);
    stats_number(stats.malformed, row[6]);
    stats_number(stats.limited, row[7]);
    stats_memory(stats.memory, row[8], STATS_CELL);
    stats_memory(stats.memory_most, row[9], STATS_CELL);
    if (records == 0)
        snprintf(row[10], STATS_CELL, "-");
    else if (stats.time_ns / records >= 1000)
        stats_number(stats.time_ns / records, row[10]);
    else
        snprintf(row[10], STATS_CELL, "%.1f", (double)stats.time_ns / (double)records);
}

struct stats_table {
    size_t width[STATS_COLUMNS];
};

static void stats_measure(void *user, const chains_component *component, struct stats_at at)
{
    struct stats_table *table = user;
    stats_cell row[STATS_COLUMNS];
    stats_row(component, at, row);
    for (size_t i = 0; i < STATS_COLUMNS; i++)
        if (strlen(row[i]) > table->width[i])
            table->width[i] = strlen(row[i]);
}

static void stats_put(const struct stats_table *table, const stats_cell row[STATS_COLUMNS],
                      const char *place)
{
    tool_put(stderr, row[0]);
    fprintf(stderr, "%*s", (int)(table->width[0] - strlen(row[0])), "");
    for (size_t i = 1; i < STATS_COLUMNS; i++)
        fprintf(stderr, "  %*s", (int)table->width[i], row[i]);
    if (place) {
        fputs("  ", stderr);
        tool_put(stderr, place);
    }
    fputc('\n', stderr);
}

static void stats_print(void *user, const chains_component *component, struct stats_at at)
{
    stats_cell row[STATS_COLUMNS];
    stats_row(component, at, row);
    stats_put(user, (const stats_cell *)row, chains_place(component));
}

/* What only a source knows: how much of its input is read, what the kernel took from it. */
static void stats_source(void *user, const chains_component *component, struct stats_at at)
{
    struct chains_stats stats = stats_of(component);
    const char *place = chains_place(component);
    stats_cell number;
    (void)user;
    if (at.outlet || !stats_is_source(component))
        return;
    tool_put(stderr, stats.name);
    if (place) {
        fputs(" (", stderr);
        tool_put(stderr, place);
        fputs(")", stderr);
    }
    fputs(": ", stderr);
    if (stats_from_kernel(&stats)) {
        stats_number(stats.kernel_received, number);
        fprintf(stderr, "%s received by the filter", number);
        stats_number(stats.kernel_dropped, number);
        fprintf(stderr, ", %s dropped by the kernel", number);
        stats_number(stats.interface_dropped, number);
        fprintf(stderr, ", %s dropped by the interface\n", number);
        return;
    }
    stats_number(stats.bytes, number);
    fputs(number, stderr);
    stats_number(stats.bytes_total, number);
    fprintf(stderr, "%s%s bytes read\n", stats.bytes_total ? " of " : "",
            stats.bytes_total ? number : "");
}

/* All of them together, in bytes of state. */
static void stats_hold(const chains_component *last)
{
    struct chains_stats sum;
    stats_cell held, most;
    tool_stats_sum(last, &sum);
    stats_memory(sum.memory, held, sizeof held);
    stats_memory(sum.memory_most, most, sizeof most);
    fprintf(stderr, "memory: %s of at most %s\n", held, most);
}

void tool_stats_table(const chains_component *last)
{
    static const stats_cell head[STATS_COLUMNS] = {
        "component", "in",      "added",  "out",  "dropped",   "cut short",
        "malformed", "limited", "memory", "most", "ns/record",
    };
    struct stats_table table;
    for (size_t i = 0; i < STATS_COLUMNS; i++)
        table.width[i] = strlen(head[i]);
    stats_walk(last, false, 0, stats_measure, &table);
    stats_put(&table, head, "place");
    stats_walk(last, false, 0, stats_print, &table);
    stats_walk(last, false, 0, stats_source, &table);
    stats_hold(last);
}
