/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_SIZES_H
#define LINKS_DNS_SIZES_H

#include <chains/component.h>
#include <chains/components.h>

/* What dns_meta holds of its share: queries that wait, and messages that wait for a row. */
struct dns_sizes {
    uint32_t queries;
    size_t later; /* bytes */
};

void dns_sizes_memory(const struct chains_dns_meta_options *options,
                      struct chains_memory *memory);

struct dns_sizes dns_sizes_of(const struct chains_dns_meta_options *options, uint64_t share);

#endif
