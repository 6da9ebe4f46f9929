/* SPDX-License-Identifier: MIT */
#ifndef BYTES_SPECIAL_H
#define BYTES_SPECIAL_H

#include <chains/bytes.h>

/*
 * Addresses that mean something by themselves: the IANA registries of special-purpose blocks
 * (RFC 6890 and after) and the well-known multicast and broadcast addresses. The longest prefix
 * wins.
 */

/* Bits equal to enum chains_addr_class; src/links asserts it. */
enum special_class {
    SPECIAL_LOCAL = 1,
    SPECIAL_MULTICAST = 2,
    SPECIAL_BROADCAST = 4,
    SPECIAL_OTHER = 8,
};

struct special {
    const char *word;  /* "internal", "loopback", "multicast_dns" */
    const char *label; /* what people read: "LOCAL" for the home network, else the word */
    uint8_t class;     /* enum special_class bits; 0: the block is public and only has a word */
    bool ask;          /* whether its reverse name may ever be asked for */
};

/*
 * The block that an address belongs to, or NULL for an ordinary public address. An address that
 * carries an IPv4 address (::ffff:0:0/96, 64:ff9b::/96) counts as that one.
 */
const struct special *special_of(const struct chains_addr *addr);

/*
 * The address whose name is asked for instead of `addr`: the IPv4 address inside an IPv4-mapped
 * or NAT64 one, else `addr` itself. `room` holds it when it is made.
 */
const struct chains_addr *special_target(const struct chains_addr *addr,
                                         struct chains_addr *room);

/* The whole table in order, for tests and documentation; NULL behind the last. */
struct special_row {
    struct chains_prefix prefix;
    struct special what;
};
bool special_row(size_t i, struct special_row *row);

/* The word alone of the i-th row; NULL behind the last. */
const char *special_word(size_t i);

#endif
