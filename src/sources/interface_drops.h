/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_INTERFACE_DROPS_H
#define SOURCES_INTERFACE_DROPS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What an interface has dropped, from the system's own files, which are opened once: libpcap opens
 * them for each look, for which the program may have no right any more.
 */
struct interface_drops {
    int fd[2]; /* -1: unknown */
    uint64_t before[2];
};

/* False where the system does not tell, or not in this way; then there is nothing to close. */
bool interface_drops_open(struct interface_drops *drops, const char *name);

/* Packets that were dropped since the last look. */
uint64_t interface_drops_since(struct interface_drops *drops);

void interface_drops_close(struct interface_drops *drops);

#endif
