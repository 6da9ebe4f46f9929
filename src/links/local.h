/* SPDX-License-Identifier: MIT */
#ifndef LINKS_LOCAL_H
#define LINKS_LOCAL_H

#include <chains/component.h>

/* What kind of address one is here: by the table, by options, and by what the source told. */
struct local {
    struct chains_prefix *prefix; /* of the option */
    size_t count;
    struct chains_source_info source;
};

/* Reads the option `local=`; CHAINS_OK, or a failure stored in `self`. Call it in open. */
int local_open(struct local *local, chains_component *self, const char *const *prefixes);

/*
 * enum chains_addr_class bits, 0 for a public address, and the word to show for it, NULL when
 * there is none.
 */
uint8_t local_class(const struct local *local, const struct chains_addr *addr,
                    const char **label);

void local_free(struct local *local);

#endif
