/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_EXPRESSION_H
#define EXPRESSION_EXPRESSION_H

#include <chains/component.h>

/*
 * Text over fields, compiled once: "transport.dport == 53 and not packet.dst in {10.0.0.0/8}".
 * docs/expressions.md describes the language. No allocation and no failure while it runs.
 */
struct expression;

enum { EXPRESSION_ERROR = 768 }; /* room for any sentence of this room, its caret included */

/*
 * Compiles `text` for the place of `self` in its chain (its layout and what is upstream of it):
 * from check to close. `load`: read the files of its @lists; else they are only looked at as text.
 * NULL with CHAINS_EUSAGE, CHAINS_EIO or CHAINS_EMEM in *status and in `error` one sentence, and
 * for a fault in the text two more lines: the text and a caret under the fault.
 */
struct expression *expression_new(chains_component *self, const char *text, bool load,
                                  int *status, char *error, size_t error_size);

/* Whether it holds for a record of that chain. */
bool expression_holds(const struct expression *expression, const struct chains_record *rec);

/*
 * Reads its @lists again. A list that cannot be read any more stays as it was; then a status and a
 * sentence, as above.
 */
int expression_reload(struct expression *expression, char *error, size_t error_size);

/* Calls `tell` for the file of each of its @lists, which a reload reads. */
void expression_files(const struct expression *expression, chains_access_teller tell,
                      void *user);

/* Bytes it holds, and how often a regular expression gave up at its limit. */
size_t expression_memory(const struct expression *expression);
uint64_t expression_limited(const struct expression *expression);

void expression_free(struct expression *expression);

#endif
