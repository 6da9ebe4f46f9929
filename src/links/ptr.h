/* SPDX-License-Identifier: MIT */
#ifndef LINKS_PTR_H
#define LINKS_PTR_H

#include <chains/bytes.h>

/* The wire form of a reverse lookup: the name to ask for, and what an answer says. */

enum {
    PTR_NAME = 256,    /* room for a name: 253 bytes, a closing dot, NUL */
    PTR_QUESTION = 74, /* room for 32 nibbles with dots, "ip6.arpa", NUL */
};

struct ptr_answer {
    uint32_t ttl;        /* seconds, as sent; 0 when nothing was said */
    uint8_t from;        /* enum chains_name_source: PTR, NXDOMAIN, NODATA, ... */
    char name[PTR_NAME]; /* "" unless `from` is CHAINS_NAME_PTR */
};

/* "4.3.2.1.in-addr.arpa" and its like; returns the length. 0 for family 0. */
size_t ptr_question(const struct chains_addr *addr, char *out);

/* Reads a whole DNS message, which may come from anybody. */
void ptr_read(struct chains_bytes message, const struct chains_addr *asked,
              struct ptr_answer *answer);

/*
 * Whether text is a host name that is safe to show: labels of letters, digits, hyphen and
 * underscore, 1 to 63 bytes each, 253 in all, the last not a number (or a name could look like
 * an address).
 */
bool ptr_host_name(const char *text, size_t len);

#endif
