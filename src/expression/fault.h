/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_FAULT_H
#define EXPRESSION_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with an expression, and where in its text. */
struct fault {
    int status; /* 0: nothing */
    size_t at, len;
    char sentence[480];
};

/* Notes a fault, unless there is one already; always false, so that it can be returned. */
bool fault_note(struct fault *fault, size_t at, size_t len, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with a status of its own instead of CHAINS_EUSAGE. */
bool fault_status(struct fault *fault, int status, size_t at, size_t len, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

/*
 * "sentence\n    text\n    ^~~~", as much of the text as is around the fault; the sentence alone
 * where memory is lacking, which is no fault of the text.
 */
void fault_show(const struct fault *fault, const char *text, size_t text_len, char *error,
                size_t error_size);

#endif
