/* SPDX-License-Identifier: MIT */
/* In: what sinks write. Out: the same as one text, and what the core has counted. */
#include "sinks.h"
#include "fuzz.h"

#include <string.h>

static ssize_t printed_write(void *cookie, const char *text, size_t len)
{
    struct printed *printed = cookie;
    if (printed->room - printed->len < len) {
        printed->room = 2 * (printed->room + len);
        printed->text = realloc(printed->text, printed->room);
        must(printed->text != NULL);
    }
    memcpy(printed->text + printed->len, text, len);
    printed->len += len;
    return (ssize_t)len;
}

FILE *printed_begin(struct printed *printed)
{
    printed->len = 0;
    printed->file =
        fopencookie(printed, "w", (cookie_io_functions_t){ .write = printed_write });
    must(printed->file != NULL);
    return printed->file;
}

void printed_end(struct printed *printed)
{
    must(fclose(printed->file) == 0);
}

uint64_t printed_lines(const struct printed *printed)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < printed->len; i++)
        lines += printed->text[i] == '\n';
    must(printed->len == 0 || printed->text[printed->len - 1] == '\n');
    return lines;
}

static void balanced_arm(const chains_component *last)
{
    for (; last; last = chains_upstream(last)) {
        const chains_component *before = chains_upstream(last);
        struct chains_stats stats = balanced(last);
        must(!before || stats.in == balanced(before).out);
    }
}

void balanced_chain(const chains_component *last)
{
    balanced_arm(last);
    for (; last; last = chains_upstream(last))
        for (size_t i = 0; chains_branch(last, i); i++)
            balanced_arm(chains_branch(last, i));
}

struct chains_stats balanced(const chains_component *component)
{
    struct chains_stats stats = { .size = sizeof stats };
    must(chains_stats(component, &stats) == CHAINS_OK);
    if (stats.in + stats.added != stats.out + stats.dropped || stats.memory > stats.memory_most)
        fprintf(stderr, "%s: %ju in, %ju added, %ju out, %ju dropped, %ju bytes of %ju\n",
                stats.name, (uintmax_t)stats.in, (uintmax_t)stats.added, (uintmax_t)stats.out,
                (uintmax_t)stats.dropped, (uintmax_t)stats.memory,
                (uintmax_t)stats.memory_most);
    must(stats.in + stats.added == stats.out + stats.dropped);
    must(stats.memory <= stats.memory_most);
    return stats;
}
