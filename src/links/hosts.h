/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HOSTS_H
#define LINKS_HOSTS_H

#include <chains/bytes.h>

/* The names of a file like /etc/hosts: the first name of each address, in a bounded table. */
struct hosts;

enum {
    HOSTS_MOST = 65536,           /* addresses kept */
    HOSTS_TEXT = 4 * 1024 * 1024, /* bytes of names kept */
};

/* Reads `path`, which is copied. A file that is not there is an empty one. NULL: no memory. */
struct hosts *hosts_new(const char *path);

/*
 * Reads the file again when it has changed; looks at most once a second. Names handed out
 * before are gone then, so call it between batches.
 */
bool hosts_refresh(struct hosts *hosts, int64_t now_ns);

/* The name of an address, or NULL; lives until the next hosts_refresh(). */
const char *hosts_find(const struct hosts *hosts, const struct chains_addr *addr);

/* Whether the file could be read the last time. */
bool hosts_there(const struct hosts *hosts);

size_t hosts_bytes(const struct hosts *hosts);
void hosts_free(struct hosts *hosts);

#endif
