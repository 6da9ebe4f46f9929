/* SPDX-License-Identifier: MIT */
/*
 * Names by value. In: a table of names in any order. Out: the same names sorted, one for each value,
 * or as they stand, with what is to be known before they are copied into a line. Kept: the table's own text.
 */
#include "json_names.h"

#include <stdlib.h>
#include <string.h>

#include "json_layer.h"

/* By value; of equal ones by their place in the table, which is in `len` until it is known. */
static int names_order(const void *a, const void *b)
{
    const struct json_name *one = a, *two = b;
    if (one->value != two->value)
        return one->value < two->value ? -1 : 1;
    return one->len < two->len ? -1 : 1;
}

/* The next one; what has the value of the one before it is left out. */
static void names_take(struct json_names *made, struct json_name name)
{
    size_t len = strlen(name.name);
    if (made->count > 0 && made->at[made->count - 1].value == name.value)
        return;
    name.len = (uint32_t)len;
    if (len + 2 <= JSON_NAME_SHORT) {
        char *out = name.quoted;
        *out++ = '"';
        out = text_copy(out, name.name, len);
        *out = '"';
    }
    made->most = len > made->most ? len : made->most;
    made->plain = made->plain && len < OUTPUT_ROOM / 4 && json_is_plain(name.name);
    made->quoted = made->quoted && made->plain && len + 2 <= JSON_NAME_SHORT;
    made->at[made->count++] = name;
}

static struct json_names *names_made(const struct chains_name *names, bool by_value)
{
    size_t count = 0;
    while (names[count].name)
        count++;
    struct json_names *made = calloc(1, sizeof *made + count * sizeof made->at[0]);
    if (!made)
        return NULL;
    for (size_t i = 0; i < count; i++)
        made->at[i] =
            (struct json_name){ names[i].value, (uint32_t)i, names[i].name, { '\0' } };
    if (by_value)
        qsort(made->at, count, sizeof made->at[0], names_order);
    made->plain = made->quoted = true;
    for (size_t i = 0; i < count; i++)
        names_take(made, made->at[i]);
    return made;
}

struct json_names *json_names_new(const struct chains_name *names)
{
    return names_made(names, true);
}

struct json_names *json_names_of_flags(const struct chains_name *names)
{
    return names_made(names, false);
}
