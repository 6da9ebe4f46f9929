/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_CHAIN_H
#define LINKS_DNS_CHAIN_H

#include <chains/layer/dns.h>

/*
 * The names that an answer is about: the one asked for, and those that CNAMEs lead to from
 * there. Of more answers than DNS_CHAIN_ANSWERS the first ones are looked at, here and by those who
 * ask about names: servers put what a question leads to in front.
 */

enum { DNS_CHAIN_MOST = 16, DNS_CHAIN_ANSWERS = 64 };

struct dns_chain_name {
    struct chains_bytes text; /* presentation format, without a last dot */
    uint64_t hash;            /* whatever the case of its letters */
};

struct dns_chain {
    struct dns_chain_name name[DNS_CHAIN_MOST];
    unsigned count; /* 0: not exactly one question */
};

void dns_chain_follow(struct dns_chain *chain, const struct chains_dns *dns);

/* Whether `name` is one of them; case does not count. */
bool dns_chain_holds(const struct dns_chain *chain, const char *name);

/* Whether `name` is above one of them: "example.com" of "a.example.com". */
bool dns_chain_is_above(const struct dns_chain *chain, const char *name);

#endif
