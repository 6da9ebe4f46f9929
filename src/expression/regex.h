/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_REGEX_H
#define EXPRESSION_REGEX_H

#include <chains/bytes.h>

/*
 * Regular expressions over bytes that may be hostile (PCRE2): the patterns of one expression, and
 * what they share while they run. A match takes a bounded number of steps and no memory that was
 * not taken before; one that reaches a limit does not hold, and is counted.
 */
struct regexes;

enum {
    REGEX_PATTERN_MOST = 4096,  /* bytes of a pattern */
    REGEX_SUBJECT_MOST = 16384, /* bytes of a value that are looked at */
    REGEX_ERROR = 160,
};

/* NULL for want of memory. */
struct regexes *regexes_new(void);
void regexes_free(struct regexes *regexes);

/*
 * Compiles one more pattern; its number, or a negative status with a sentence in `error`
 * (REGEX_ERROR bytes) and the place of the fault in *fault_at.
 */
int regexes_add(struct regexes *regexes, const char *pattern, size_t len, char *error,
                size_t *fault_at);

bool regexes_match(struct regexes *regexes, unsigned number, struct chains_bytes subject);

/* How often a match reached a limit, and bytes held. */
uint64_t regexes_limited(const struct regexes *regexes);
size_t regexes_memory(const struct regexes *regexes);

/* "PCRE2 10.42" */
size_t regex_library(char *out, size_t size);

#endif
