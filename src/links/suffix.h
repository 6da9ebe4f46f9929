/* SPDX-License-Identifier: MIT */
#ifndef LINKS_SUFFIX_H
#define LINKS_SUFFIX_H

#include <stdbool.h>

/* The public suffix list: under which endings of names people can register one of their own. */
struct suffix_list;

/* The system's list, or the one inside libpsl, whichever is newer; NULL when there is none. */
struct suffix_list *suffix_list_new(void);
void suffix_list_free(struct suffix_list *list);

/*
 * Where the registered domain begins in a name ("bbc.co.uk" in "www.bbc.co.uk"): lower case,
 * one byte for each on the wire, no last dot. NULL when the name is a public suffix itself.
 * Under an ending that is not in the list ("nas.lan") it is the last two labels.
 */
const char *suffix_registered(const struct suffix_list *list, const char *name);

/* Whether the name's last label is a top-level domain of the public DNS. */
bool suffix_is_public(const struct suffix_list *list, const char *name);

/* Version of libpsl. */
const char *suffix_library(void);

#endif
