/* SPDX-License-Identifier: MIT */
/*
 * The key of the hash tables: sixteen bytes from the system's random source, so that nobody who
 * sends packets can choose where they land in a table. getentropy() is in glibc, musl, the BSDs
 * and macOS; it never returns part of what was asked.
 */
#include "siphash.h"

#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

bool siphash_random_key(struct siphash_key *key)
{
    return getentropy(key, sizeof *key) == 0;
}
