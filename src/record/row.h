/* SPDX-License-Identifier: MIT */
#ifndef RECORD_ROW_H
#define RECORD_ROW_H

#include <chains/record.h>

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

#endif
