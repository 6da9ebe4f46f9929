/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_INTERFACES_H
#define SOURCES_INTERFACES_H

#include <chains/component.h>

enum { INTERFACE_NAME = 64, INTERFACE_PREFIXES = 32 };

/*
 * The interface to capture from when none is named: the first that is up and running, not
 * loopback, connected, with an address if there is one; else "any". Never bluetooth, nflog,
 * nfqueue, D-Bus or USB monitors. False with a sentence in `error`.
 */
bool interfaces_default(char name[INTERFACE_NAME], char *error, size_t error_size);

/* Whether there is an interface of this name. */
bool interfaces_has(const char *name);

/* "eth0, lo, any" into `out`; ends with a whole name and ", ..." where there are more. */
void interfaces_names(char *out, size_t size);

/* The subnets of an interface ("any": of all but loopback) and their broadcast addresses. */
struct interface_addresses {
    struct chains_prefix prefixes[INTERFACE_PREFIXES];
    struct chains_addr broadcasts[INTERFACE_PREFIXES];
    size_t prefix_count, broadcast_count;
};
void interfaces_addresses(const char *name, struct interface_addresses *addresses);

#endif
