/* SPDX-License-Identifier: MIT */
/* What dns_meta may hold. In: its options, its share. Out: how many queries wait, and how many bytes. */
#include "dns_sizes.h"

#include "../bytes/shares.h"
#include "dns_later.h"
#include "dns_pending.h"

enum { QUERIES_LEAST = 256, PARTS = 2 };

static uint64_t dns_sizes_pending(const void *about, uint64_t queries)
{
    (void)about;
    return dns_pending_takes((uint32_t)queries);
}

static void dns_sizes_parts(const struct chains_dns_meta_options *options,
                            struct share part[PARTS])
{
    uint32_t queries = options->pending;
    part[0] = (struct share){
        .least = dns_pending_takes(queries ? queries : QUERIES_LEAST),
        .usual = dns_pending_takes(queries ? queries : DNS_PENDING_DEFAULT),
    };
    part[1] = (struct share){ .least = DNS_LATER_LEAST, .usual = DNS_LATER_USUAL };
}

void dns_sizes_memory(const struct chains_dns_meta_options *options,
                      struct chains_memory *memory)
{
    struct share part[PARTS];
    dns_sizes_parts(options, part);
    *memory =
        (struct chains_memory){ part[0].least + part[1].least, part[0].usual + part[1].usual };
}

struct dns_sizes dns_sizes_of(const struct chains_dns_meta_options *options, uint64_t share)
{
    struct share part[PARTS];
    uint64_t least;
    dns_sizes_parts(options, part);
    shares_divide(part, PARTS, share, &least);
    struct dns_sizes sizes = { options->pending, (size_t)part[1].given };
    if (!sizes.queries)
        sizes.queries = (uint32_t)shares_fit(QUERIES_LEAST, DNS_PENDING_MOST, part[0].given,
                                             dns_sizes_pending, NULL);
    return sizes;
}
