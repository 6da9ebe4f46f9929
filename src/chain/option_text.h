/* SPDX-License-Identifier: MIT */
#ifndef CHAIN_OPTION_TEXT_H
#define CHAIN_OPTION_TEXT_H

#include "internal.h"

/* An empty set of options that options_set() fills; to be freed by options_free(). */
void *options_blank(const struct chains_class *cls);

/*
 * Sets one option from text, adds one to a TEXTS. CHAINS_OK, or CHAINS_EUSAGE or CHAINS_EMEM with a
 * sentence.
 */
int options_set(const struct chains_class *cls, void *options, const struct chains_field *field,
                const char *text, char *error, size_t error_size);

/*
 * The text that sets an option as it is; false when it has its default, and for what is text
 * already (TEXT, TEXTS) or has none (HANDLE).
 */
bool options_text(const struct chains_field *field, const void *options, char *out,
                  size_t size);

#endif
