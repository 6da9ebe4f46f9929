/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

/*
 * A unit test is a main() that calls checks and ends with `return check_done();`. Each check
 * prints one TAP line on failure with both sides; check_done() prints the plan.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned check_count, check_failures;

static inline bool check_that_(bool good, const char *what, const char *file, int line)
{
    check_count++;
    if (good) {
        printf("ok %u\n", check_count);
        return true;
    }
    check_failures++;
    printf("not ok %u - %s\n# %s:%d\n", check_count, what, file, line);
    return false;
}

static inline void check_u64_(uint64_t got, uint64_t want, const char *what, const char *file,
                              int line)
{
    if (!check_that_(got == want, what, file, line))
        printf("# got %" PRIu64 " (0x%" PRIx64 "), want %" PRIu64 " (0x%" PRIx64 ")\n", got,
               got, want, want);
}

static inline void check_text_(const char *got, const char *want, const char *what,
                               const char *file, int line)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    if (!check_that_(same, what, file, line))
        printf("# got  \"%s\"\n# want \"%s\"\n", got ? got : "(null)", want ? want : "(null)");
}

static inline void check_bytes_(const void *got, size_t got_len, const void *want,
                                size_t want_len, const char *what, const char *file, int line)
{
    bool same = got_len == want_len && (got_len == 0 || memcmp(got, want, got_len) == 0);
    if (check_that_(same, what, file, line))
        return;
    const uint8_t *sides[2] = { got, want };
    size_t lens[2] = { got_len, want_len };
    for (int s = 0; s < 2; s++) {
        printf("# %s %zu:", s ? "want" : "got ", lens[s]);
        for (size_t i = 0; i < lens[s] && i < 64; i++)
            printf(" %02x", sides[s][i]);
        printf("\n");
    }
}

#define check(condition) check_that_((condition), #condition, __FILE__, __LINE__)
#define check_eq_u64(got, want)                                                                \
    check_u64_((uint64_t)(got), (uint64_t)(want), #got " == " #want, __FILE__, __LINE__)
#define check_eq_text(got, want)                                                               \
    check_text_((got), (want), #got " == " #want, __FILE__, __LINE__)
#define check_eq_bytes(got, got_len, want, want_len)                                           \
    check_bytes_((got), (got_len), (want), (want_len), #got " == " #want, __FILE__, __LINE__)

static inline int check_done(void)
{
    printf("1..%u\n", check_count);
    return check_failures ? 1 : 0;
}

#endif
