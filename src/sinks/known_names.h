/* SPDX-License-Identifier: MIT */
#ifndef SINKS_KNOWN_NAMES_H
#define SINKS_KNOWN_NAMES_H

#include <chains/bytes.h>

#include "../bytes/siphash.h"

/*
 * Which names a file has been told already. A place for each of KNOWN_NAMES hashes; a new name
 * takes the place of the one that was there, which is then told once more when it comes again.
 */

enum {
    KNOWN_NAMES = 4096,
    KNOWN_NAMES_NAME = 255, /* bytes of the longest name */
};

struct known_names {
    struct siphash_key key;
    uint64_t hash[KNOWN_NAMES]; /* 0: nobody's */
};

/* False when the system has no random numbers. */
bool known_names_open(struct known_names *names);

/* Forgets them all: another file begins. */
void known_names_forget(struct known_names *names);

/* A hash of an address with its name, at most KNOWN_NAMES_NAME bytes of it; never 0. */
uint64_t known_names_hash(const struct known_names *names, const struct chains_addr *addr,
                          const char *name, size_t len);

static inline bool known_names_has(const struct known_names *names, uint64_t hash)
{
    return names->hash[hash % KNOWN_NAMES] == hash;
}

static inline void known_names_add(struct known_names *names, uint64_t hash)
{
    names->hash[hash % KNOWN_NAMES] = hash;
}

#endif
