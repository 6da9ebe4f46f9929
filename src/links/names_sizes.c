/* SPDX-License-Identifier: MIT */
/* What reverse_dns may hold. In: its options, its place, its share. Out: entries of its tables. */
#include "names_sizes.h"

#include <chains/components.h>

#include "../bytes/shares.h"
#include "claims.h"
#include "learned.h"
#include "names.h"
#include "shown_memo.h"

enum { ENTRIES_LEAST = 256 };

/* Which tables there may be. */
struct sizes_tables {
    bool asks, hears, learns;
};

bool names_sizes_learns(const chains_component *self)
{
    static const uint64_t messages =
        CHAINS_PRESENT_dns | CHAINS_PRESENT_tls | CHAINS_PRESENT_http;
    return (chains_upstream_types(self) & messages) != 0;
}

static struct sizes_tables sizes_tables(const chains_component *self)
{
    const struct chains_reverse_dns_options *options = chains_options(self);
    bool hears = options->mode != CHAINS_NAMES_OFF;
    return (struct sizes_tables){
        .asks = hears && options->mode != CHAINS_NAMES_PASSIVE,
        .hears = hears,
        .learns = hears && names_sizes_learns(self),
    };
}

uint32_t names_sizes_devices(uint64_t entries)
{
    return entries < DEVICES_DEFAULT ? (uint32_t)entries : DEVICES_DEFAULT;
}

static uint64_t sizes_takes(const void *about, uint64_t entries)
{
    const struct sizes_tables *tables = about;
    return sizeof(struct shown_memo) + (tables->asks ? names_takes(entries) : 0) +
           (tables->hears ? claims_takes(names_sizes_devices(entries)) : 0) +
           (tables->learns ? learned_takes((uint32_t)entries) : 0);
}

void names_sizes_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_reverse_dns_options *options = chains_options(self);
    const struct sizes_tables tables = sizes_tables(self);
    uint32_t entries = options->cache_size;
    memory->least = sizes_takes(&tables, entries ? entries : ENTRIES_LEAST);
    memory->usual = sizes_takes(&tables, entries ? entries : NAMES_DEFAULT);
}

uint32_t names_sizes_entries(const chains_component *self)
{
    const struct chains_reverse_dns_options *options = chains_options(self);
    const struct sizes_tables tables = sizes_tables(self);
    return options->cache_size ? options->cache_size
                               : (uint32_t)shares_fit(ENTRIES_LEAST, NAMES_MOST,
                                                      chains_share(self), sizes_takes, &tables);
}
