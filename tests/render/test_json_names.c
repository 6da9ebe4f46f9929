/* SPDX-License-Identifier: MIT */
/*
 * Names of a table by value: every one is found, the first of several of a value, none of what is
 * not there, whatever the table's order; what is said of them all.
 */
#include "../../src/render/json_names.h"

#include "../../src/render/output.h"
#include "../check.h"

#include <stdlib.h>

static const struct chains_name mixed[] = {
    { 4865, "common" }, { 0, "zero" }, { UINT32_MAX, "last" }, { 10, "ten" },
    { 4865, "again" },  { 10, "TEN" }, { 9, "nine" },          { 0, NULL },
};

static void test_found(void)
{
    struct json_names *names = json_names_new(mixed);
    if (!check(names != NULL))
        return;
    check_eq_u64(names->count, 5);
    check_eq_u64(names->most, 6);
    check(names->plain);
    static const struct {
        uint64_t value;
        const char *name; /* NULL: none */
    } table[] = { { 0, "zero" },
                  { 1, NULL },
                  { 8, NULL },
                  { 9, "nine" },
                  { 10, "ten" },
                  { 11, NULL },
                  { 4864, NULL },
                  { 4865, "common" },
                  { 4866, NULL },
                  { UINT32_MAX - 1, NULL },
                  { UINT32_MAX, "last" },
                  { UINT64_C(0x100000000), NULL },
                  { UINT64_C(0x10000000a), NULL },
                  { UINT64_MAX, NULL } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct json_name *name = json_names_find(names, table[i].value);
        check_eq_text(name ? name->name : NULL, table[i].name);
        check(!name || name->len == strlen(name->name));
    }
    free(names);
}

/* Against a search from the front, for tables of all small sizes. */
static void test_sizes(void)
{
    enum { MOST = 40 };
    static const char *const words[] = { "a", "b", "c" };
    struct chains_name table[MOST + 1];
    for (uint32_t size = 0; size <= MOST; size++) {
        for (uint32_t i = 0; i < size; i++)
            table[i] = (struct chains_name){ i * 7 % 11 * 3, words[i % 3] };
        table[size] = (struct chains_name){ 0, NULL };
        struct json_names *names = json_names_new(table);
        unsigned wrong = names == NULL;
        for (uint32_t value = 0; names && value < 40; value++) {
            const struct json_name *name = json_names_find(names, value);
            wrong += (name ? name->name : NULL) != chains_name_of(table, value);
        }
        check_eq_u64(wrong, 0);
        free(names);
    }
}

static void test_plain(void)
{
    static char longest[OUTPUT_ROOM / 4 + 1];
    static const struct chains_name quoted[] = { { 1, "a\"b" }, { 2, "b" }, { 0, NULL } };
    static const struct chains_name accent[] = { { 1, "caf\xc3\xa9" }, { 0, NULL } };
    const struct chains_name wide[] = { { 1, longest }, { 0, NULL } };
    memset(longest, 'x', sizeof longest - 1);
    const struct {
        const struct chains_name *names;
        bool plain;
    } table[] = {
        { mixed, true }, { quoted, false },  { accent, false },
        { wide, false }, { wide + 1, true }, /* none at all */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct json_names *names = json_names_new(table[i].names);
        check(names && names->plain == table[i].plain);
        free(names);
    }
    longest[sizeof longest - 2] = '\0'; /* a byte shorter */
    struct json_names *names = json_names_new(wide);
    check(names && names->plain);
    free(names);
}

int main(void)
{
    test_found();
    test_sizes();
    test_plain();
    return check_done();
}
