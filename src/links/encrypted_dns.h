/* SPDX-License-Identifier: MIT */
#ifndef LINKS_ENCRYPTED_DNS_H
#define LINKS_ENCRYPTED_DNS_H

#include <chains/record.h>

/* Whether a packet belongs to DNS that cannot be read, as far as its outside tells. */

enum encrypted_dns_kind {
    ENCRYPTED_DOT = 1, /* DNS over TLS (RFC 7858): TCP port 853, or ALPN "dot" */
    ENCRYPTED_DOQ = 2, /* DNS over QUIC (RFC 9250): UDP port 853, or ALPN "doq" */
    ENCRYPTED_DOH = 4, /* DNS over HTTPS (RFC 8484): with a known resolver, by its name */
};

/* The table of known resolvers, ready to be searched. */
struct encrypted_dns {
    uint8_t place[1024]; /* by the hash of a name: its place in the table and one */
    uint32_t known[32];  /* and a bit for some of the hash, */
    uint32_t ending[32]; /* and one for the last letters */
};

void encrypted_dns_open(struct encrypted_dns *table);

/* enum encrypted_dns_kind bits. */
unsigned encrypted_dns_of(const struct encrypted_dns *table, const struct chains_record *rec);

/* Whether a name is a known resolver's for DNS over HTTPS. */
bool encrypted_dns_is_resolver(const struct encrypted_dns *table, const char *name, size_t len);

/* The i-th known name and who runs it, for tests and documentation; NULL behind the last. */
const char *encrypted_dns_known(size_t i, const char **who);

#endif
