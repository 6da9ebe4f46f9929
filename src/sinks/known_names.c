/* SPDX-License-Identifier: MIT */
/*
 * Names told already. In: addresses with their names. Out: whether this pair has been told in
 * this file. The memory is fixed; the key is random, so that nobody can choose names that push
 * another out, and one that was pushed out is merely told again.
 */
#include "known_names.h"

#include <string.h>

bool known_names_open(struct known_names *names)
{
    return siphash_random_key(&names->key);
}

void known_names_forget(struct known_names *names)
{
    memset(names->hash, 0, sizeof names->hash);
}

uint64_t known_names_hash(const struct known_names *names, const struct chains_addr *addr,
                          const char *name, size_t len)
{
    uint8_t text[sizeof *addr + KNOWN_NAMES_NAME];
    size_t most = len < KNOWN_NAMES_NAME ? len : KNOWN_NAMES_NAME;
    memcpy(text, addr, sizeof *addr);
    memcpy(text + sizeof *addr, name, most);
    uint64_t hash = siphash13(&names->key, text, sizeof *addr + most);
    return hash ? hash : 1;
}
