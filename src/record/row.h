/* SPDX-License-Identifier: MIT */
#ifndef RECORD_ROW_H
#define RECORD_ROW_H

#include <chains/layer/ip.h>

/* The place of a built-in slot in a row, whether a layer is there or not. */
static inline void *row_place(struct chains_record *rec, unsigned slot)
{
    return (char *)rec + rec->layout->offset[slot];
}

/*
 * chains_attach() for built-in types, without a search. The chain has the type; what another type
 * had in the slot is gone.
 */
static inline void *row_attach(struct chains_record *rec, unsigned id, unsigned slot)
{
    rec->present = (rec->present & ~rec->layout->slot_bits[slot]) | UINT64_C(1) << id;
    return row_place(rec, slot);
}

/* chains_record_addresses() where most records have them at hand. */
static inline bool row_addresses(const struct chains_record *rec,
                                 const struct chains_addr **src, const struct chains_addr **dst)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (!ip)
        return chains_record_addresses(rec, src, dst);
    *src = &ip->src;
    *dst = &ip->dst;
    return true;
}

#endif
