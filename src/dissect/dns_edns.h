/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DNS_EDNS_H
#define DISSECT_DNS_EDNS_H

#include <chains/dissect.h>
#include <chains/layer/dns.h>

extern const struct chains_field dns_edns_fields[];

/*
 * Reads an OPT record from behind its type to the end of its data, with the `ttl` and `size`
 * that its fixed part has. Writes every member. Returns bits of enum chains_dns_fault.
 */
unsigned dns_edns_read(struct chains_reader *data, uint16_t size, uint32_t ttl,
                       struct chains_dns_edns *edns);

#endif
