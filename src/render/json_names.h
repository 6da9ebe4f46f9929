/* SPDX-License-Identifier: MIT */
#ifndef RENDER_JSON_NAMES_H
#define RENDER_JSON_NAMES_H

#include <chains/field.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * The names of a table, in the order of their values: a list may have hundreds of numbers, each with
 * hundreds of possible names. Prepared once.
 */
enum { JSON_NAME_SHORT = 24 };

struct json_name {
    uint32_t value;
    uint32_t len;
    const char *name;
    char quoted[JSON_NAME_SHORT]; /* `"syn"`, where it is not longer */
};

struct json_names {
    bool plain;  /* all can stand in quotes as they are, and are short */
    bool quoted; /* and in all the places for that */
    size_t most; /* bytes of the longest one */
    size_t count;
    struct json_name at[];
};

/* NULL for want of memory. Of several names of a value the first holds. To be freed by free(). */
struct json_names *json_names_new(const struct chains_name *names);

/* Those of flags: all there are, as they stand. */
struct json_names *json_names_of_flags(const struct chains_name *names);

/* The name of a value, or NULL. */
static inline const struct json_name *json_names_find(const struct json_names *names,
                                                      uint64_t value)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (names->at[middle].value < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && names->at[low].value == value ? &names->at[low] : NULL;
}

#endif
