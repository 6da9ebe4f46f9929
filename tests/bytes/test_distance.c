/* SPDX-License-Identifier: MIT */
/* Edits between two words. */
#include <chains/bytes.h>

#include "../check.h"

static void check_distance(const char *a, const char *b, size_t want)
{
    size_t there = chains_distance(a, strlen(a), b, strlen(b));
    size_t back = chains_distance(b, strlen(b), a, strlen(a));
    if (!check(there == want && back == want))
        printf("# \"%s\" and \"%s\": %zu and %zu, want %zu\n", a, b, there, back, want);
}

static void test_words(void)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } table[] = {
        { "", "", 0 },
        { "a", "", 1 },
        { "abc", "", 3 },
        { "abc", "abc", 0 },
        { "abc", "abd", 1 },
        { "abc", "ab", 1 },
        { "abc", "xabc", 1 },
        { "abc", "axbc", 1 },
        { "abc", "acb", 1 }, /* neighbours that changed places */
        { "abc", "bac", 1 },
        { "abcd", "badc", 2 },
        { "abc", "cab", 2 },
        { "ca", "abc", 3 }, /* no edit inside of what changed places */
        { "kitten", "sitting", 3 },
        { "dport", "dprot", 1 },
        { "timeout", "tiemout", 1 },
        { "source", "src", 3 },
        { "abc", "ABC", 3 },
        { "abc", "xyz", 3 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_distance(table[i].a, table[i].b, table[i].want);
}

static void test_long(void)
{
    char a[40], b[40];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    check_eq_u64(chains_distance(a, 32, b, 32), 32);
    check_eq_u64(chains_distance(a, 32, a, 32), 0);
    check_eq_u64(chains_distance(a, 32, a, 31), 1);
    check(chains_distance(a, 33, a, 33) > 32);
    check(chains_distance(a, 33, "", 0) > 32);
    check(chains_distance("", 0, a, 33) > 32);
    check_eq_u64(chains_distance(a, 0, b, 0), 0); /* the lengths count */
    check_eq_u64(chains_distance("ab\0c", 4, "ab\0d", 4), 1);
}

int main(void)
{
    test_words();
    test_long();
    return check_done();
}
