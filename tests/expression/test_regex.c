/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions over hostile bytes: what they match, and that a match ends, with machine code
 * and without ("(*NO_JIT)" in front of a pattern).
 */
#include "../check.h"

#include <chains/chain.h>

#include <stdlib.h>
#include <time.h>

#include "expression/regex.h"

static const char *const engines[] = { "", "(*NO_JIT)" };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct chains_bytes bytes_of(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

/* Adds a pattern for one of the engines; its number. */
static int add(struct regexes *regexes, const char *engine, const char *pattern)
{
    char text[256], error[REGEX_ERROR] = "";
    size_t at = 0;
    int len = snprintf(text, sizeof text, "%s%s", engine, pattern);
    int number = regexes_add(regexes, text, (size_t)len, error, &at);
    if (number < 0)
        printf("# %s at %zu: %s\n", text, at, error);
    return number;
}

static bool matches(struct regexes *regexes, const char *engine, const char *pattern,
                    struct chains_bytes subject)
{
    int number = add(regexes, engine, pattern);
    return check(number >= 0) && regexes_match(regexes, (unsigned)number, subject);
}

/* `len` times a byte, to be freed. */
static uint8_t *filled(size_t len, char byte)
{
    uint8_t *at = malloc(len ? len : 1);
    memset(at, byte, len);
    return at;
}

static void test_matches(void)
{
    static const struct {
        const char *pattern, *subject;
        bool holds;
    } rows[] = {
        { "b", "abc", true },
        { "^b", "abc", false },
        { "c$", "abc", true },
        { "c$", "abc\n", true },
        { "c\\z", "abc\n", false },
        { "B", "abc", false },
        { "(?i)B", "abc", true },
        { "", "abc", true },
        { "", "", true },
        { "^$", "", true },
        { "a.c", "a\nc", false },
        { "(?s)a.c", "a\nc", true },
        { "\\bfoo\\b", "a foo b", true },
        { "(a)(b)\\2\\1", "xabbay", true },
        { "(?<=a)b", "ab", true },
        { "(?<=x)b", "ab", false },
        { "\xc3\xa9", "caf\xc3\xa9", true },
        { "^.{5}$", "caf\xc3\xa9", true }, /* bytes, not characters */
        { "[\\x80-\\xff]", "cafe", false },
        { "(?:a|b)*c", "abababc", true },
    };
    for (size_t engine = 0; engine < 2; engine++) {
        struct regexes *regexes = regexes_new();
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            check_that_(matches(regexes, engines[engine], rows[i].pattern,
                                bytes_of(rows[i].subject)) == rows[i].holds,
                        rows[i].pattern, __FILE__, __LINE__);
        check(matches(regexes, engines[engine], "\\x00b",
                      (struct chains_bytes){ (const uint8_t *)"a\0b", 3 }));
        check(matches(regexes, engines[engine], "^$", (struct chains_bytes){ NULL, 0 }));
        check(!matches(regexes, engines[engine], "a", (struct chains_bytes){ NULL, 0 }));
        check_eq_u64(regexes_limited(regexes), 0);
        check(regexes_memory(regexes) > 0);
        regexes_free(regexes);
    }
}

static void test_faults(void)
{
    static const struct {
        const char *pattern;
        size_t at;
    } rows[] = {
        { "a(b", 3 }, { "*a", 0 },      { "[z-a]", 3 },
        { "a\\", 2 }, { "(*UTF)a", 6 }, { "a\\Cb", 3 },
    };
    struct regexes *regexes = regexes_new();
    char error[REGEX_ERROR];
    size_t at;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check_eq_u64(regexes_add(regexes, rows[i].pattern, strlen(rows[i].pattern), error, &at),
                     CHAINS_EUSAGE);
        check(strncmp(error, "bad regular expression: ", 24) == 0);
        check_eq_u64(at, rows[i].at);
    }
    uint8_t *long_pattern = filled(REGEX_PATTERN_MOST + 1, 'a');
    check(regexes_add(regexes, (const char *)long_pattern, REGEX_PATTERN_MOST, error, &at) >=
          0);
    check_eq_u64(
        regexes_add(regexes, (const char *)long_pattern, REGEX_PATTERN_MOST + 1, error, &at),
        CHAINS_EUSAGE);
    free(long_pattern);
    regexes_free(regexes);
    regexes_free(NULL);
}

/* Patterns that take exponential time: over soon, counted, and no match. */
static void test_catastrophe(void)
{
    static const char *const patterns[] = { "(a+)+$", "(a|a)*b|c$", "^(a*)*$",
                                            "(?:a?){40}a{40}b?$", "(.*)*x?y$" };
    uint8_t *subject = filled(REGEX_SUBJECT_MOST, 'a');
    for (size_t len = 64; len <= REGEX_SUBJECT_MOST; len *= 4) {
        subject[len - 1] = '!';
        for (size_t engine = 0; engine < 2; engine++) {
            for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
                struct regexes *regexes = regexes_new();
                int number = add(regexes, engines[engine], patterns[i]);
                int64_t begin = now_ms();
                check(!regexes_match(regexes, (unsigned)number,
                                     (struct chains_bytes){ subject, len }));
                int64_t took = now_ms() - begin;
                if (!check(took < 2000))
                    printf("# %s%s on %zu bytes: %d ms\n", engines[engine], patterns[i], len,
                           (int)took);
                if (i == 0)
                    check_eq_u64(regexes_limited(regexes), 1);
                regexes_free(regexes);
            }
        }
        subject[len - 1] = 'a';
    }
    free(subject);
}

/* Places that need many steps are few in honest data: those are found, and ruled out. */
static void test_patience(void)
{
    enum { LEN = 12000 };
    uint8_t *subject = filled(LEN, '-');
    memcpy(subject + 100, "b-c", 3);
    subject[LEN - 1] = 'd';
    for (size_t engine = 0; engine < 2; engine++) {
        struct regexes *regexes = regexes_new();
        struct chains_bytes all = { subject, LEN };
        const char *e = engines[engine];
        check(matches(regexes, e, "(?s)b.*c", all));   /* back from the end to the c */
        check(matches(regexes, e, "(?s)-b.*c-", all)); /* not the first place */
        check(!matches(regexes, e, "(?s)b.*cd", all));
        check(!matches(regexes, e, "(?s)c.*b-*d?$!", all));
        check(matches(regexes, e, "d$", all));
        check(matches(regexes, e, "(?s)b-c.*?d$", all));
        check_eq_u64(regexes_limited(regexes), 0);
        regexes_free(regexes);
    }
    free(subject);
}

/* A window of the search finds what one look over everything finds. */
static void test_windows(void)
{
    enum { LEN = 3000 };
    uint8_t *subject = filled(LEN, 'a');
    struct regexes *regexes = regexes_new();
    int number = add(regexes, "", "(?:a{1,60}[xy]){2}z"); /* about 60 steps at each place */
    for (size_t at = 0; at + 8 < LEN; at += 37) {
        memcpy(subject + at, "aaxaayz", 7);
        check(regexes_match(regexes, (unsigned)number, (struct chains_bytes){ subject, LEN }));
        memcpy(subject + at, "aaxaazz", 7);
        check(!regexes_match(regexes, (unsigned)number, (struct chains_bytes){ subject, LEN }));
        memcpy(subject + at, "aaaaaaa", 7);
    }
    check_eq_u64(regexes_limited(regexes), 0);
    regexes_free(regexes);
    free(subject);
}

/* Only the first bytes of a long value are looked at; what is behind them counts as a limit. */
static void test_long(void)
{
    size_t len = REGEX_SUBJECT_MOST + 10;
    uint8_t *subject = filled(len, '-');
    struct regexes *regexes = regexes_new();
    int number = add(regexes, "", "xyz");
    memcpy(subject + REGEX_SUBJECT_MOST - 3, "xyz", 3);
    check(regexes_match(regexes, (unsigned)number, (struct chains_bytes){ subject, len }));
    check_eq_u64(regexes_limited(regexes), 0);
    memcpy(subject + REGEX_SUBJECT_MOST - 3, "-xyz", 4);
    check(!regexes_match(regexes, (unsigned)number, (struct chains_bytes){ subject, len }));
    check_eq_u64(regexes_limited(regexes), 1);
    check(!regexes_match(regexes, (unsigned)number,
                         (struct chains_bytes){ subject, REGEX_SUBJECT_MOST }));
    check_eq_u64(regexes_limited(regexes), 1);
    regexes_free(regexes);
    free(subject);
}

/* What one pattern needs deep inside does not harm the next match. */
static void test_depth(void)
{
    uint8_t *subject = filled(REGEX_SUBJECT_MOST, 'a');
    for (size_t engine = 0; engine < 2; engine++) {
        struct regexes *regexes = regexes_new();
        struct chains_bytes all = { subject, REGEX_SUBJECT_MOST };
        int deep = add(regexes, engines[engine], "^(?:(a)|b)*+c|(?:(a)|b)*d|!$");
        int plain = add(regexes, engines[engine], "a{100}");
        for (int i = 0; i < 3; i++) {
            check(!regexes_match(regexes, (unsigned)deep, all));
            check(regexes_match(regexes, (unsigned)plain, all));
        }
        regexes_free(regexes);
    }
    free(subject);
}

static void test_version(void)
{
    char version[32] = "";
    check(regex_library(version, sizeof version) < sizeof version);
    check(strncmp(version, "PCRE2 10.", 9) == 0 && !strchr(version + 6, ' '));
}

int main(void)
{
    test_matches();
    test_faults();
    test_catastrophe();
    test_patience();
    test_windows();
    test_long();
    test_depth();
    test_version();
    return check_done();
}
