/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_SHOWN_H
#define FUZZ_SHOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What may be printed, judged without the code that prints: the UTF-8 of RFC 3629 without anything
 * that a terminal obeys or an eye does not see, and the JSON of RFC 8259.
 */

/* Whether all of it may reach a terminal; besides that only the bytes of `besides`, "\n" as a rule. */
bool shown_text(const char *text, size_t len, const char *besides);

/* The same for printable ASCII alone. */
bool shown_ascii(const char *text, size_t len, const char *besides);

/* Whether it is one JSON value and nothing else, on one line. */
bool shown_json(const char *text, size_t len);

/* Whether it is lines, each a JSON object, the last one ended too; their number in *lines. */
bool shown_json_lines(const char *text, size_t len, uint64_t *lines);

#endif
