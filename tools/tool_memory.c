/* SPDX-License-Identifier: MIT */
/*
 * The memory of a command. In: what --memory says. Out: a budget for the chain. A chain that takes less
 * than the default by itself is left as it is: its tables do not grow because there would be room. One
 * that cannot work with the default, since options fix larger tables, gets what it cannot work without.
 */
#include "tool_memory.h"

#include "tool_stats.h"

#include <getopt.h>
#include <string.h>

/* The power of 1024 that a letter stands for, in bits; -1: none. */
static int memory_unit(const char *letter)
{
    static const char units[] = "KMG";
    const char *unit = *letter ? strchr(units, *letter & ~0x20) : NULL;
    if (!*letter)
        return 0;
    return unit && *unit && !letter[1] ? 10 * (int)(unit - units + 1) : -1;
}

int tool_memory_option(uint64_t *bytes)
{
    char digits[24];
    size_t len = strspn(optarg, "0123456789");
    int shift = memory_unit(optarg + len);
    uint64_t number = 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(len < 20 ? len : 20), optarg);
    if (shift < 0 || len >= 20 || !tool_number(digits, 1, TOOL_MEMORY_MOST >> shift, &number))
        return tool_usage("--memory takes a size such as 64M or 1G, at most 1024G, not \"%s\"",
                          optarg);
    *bytes = number << shift;
    return TOOL_OK;
}

void tool_memory_budget(chains_component *last, uint64_t bytes)
{
    struct chains_stats sum;
    if (bytes == 0) {
        if (chains_check(last) < 0) /* which its pull says, too */
            return;
        tool_stats_sum(last, &sum);
        if (sum.memory_most > TOOL_MEMORY)
            bytes = sum.memory_least > TOOL_MEMORY ? sum.memory_least : TOOL_MEMORY;
    }
    chains_budget(last, bytes);
}
