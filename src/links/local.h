/* SPDX-License-Identifier: MIT */
#ifndef LINKS_LOCAL_H
#define LINKS_LOCAL_H

#include <chains/component.h>

#include <string.h>

enum { LOCAL_KNOWN = 256 };

/* An address whose class was asked for, in a place for a few bits of it; all zero at first. */
struct local_known {
    uint64_t high, low;
    uint8_t family, class;
};

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

/* As local_class(), and into the place of the address. */
uint8_t local_kind_anew(const struct local *local, struct local_known *place,
                        const struct chains_addr *addr);

/* The bits alone, which packet after packet of the same few addresses asks for. */
static inline uint8_t local_kind(const struct local *local,
                                 struct local_known known[LOCAL_KNOWN],
                                 const struct chains_addr *addr)
{
    uint64_t high, low;
    memcpy(&high, addr->octets, sizeof high);
    memcpy(&low, addr->octets + sizeof high, sizeof low);
    uint64_t mixed = (high ^ low * 3) * UINT64_C(0x9e3779b97f4a7c15);
    struct local_known *place = &known[mixed >> 56];
    if (place->high == high && place->low == low && place->family == addr->family)
        return place->class;
    return local_kind_anew(local, place, addr);
}

void local_free(struct local *local);

#endif
