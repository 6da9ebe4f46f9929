/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_CHAIN_H
#define LINKS_DNS_CHAIN_H

#include <chains/layer/dns.h>

/*
 * The names that an answer is about: the one asked for, and those that CNAMEs lead to from
 * there.
 */

enum { DNS_CHAIN_MOST = 16 };

struct dns_chain {
    struct chains_bytes name[DNS_CHAIN_MOST]; /* presentation format, without a last dot */
    unsigned count;                           /* 0: not exactly one question */
};

void dns_chain_follow(struct dns_chain *chain, const struct chains_dns *dns);

/* Whether `name` is one of them; case does not count. */
bool dns_chain_holds(const struct dns_chain *chain, const char *name);

/* Whether `name` is above the name asked for: "example.com" of "a.example.com". */
bool dns_chain_is_above(const struct dns_chain *chain, const char *name);

#endif
