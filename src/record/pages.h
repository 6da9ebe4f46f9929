/* SPDX-License-Identifier: MIT */
#ifndef RECORD_PAGES_H
#define RECORD_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Memory of large tables that are read in no order: zeroed, on a boundary of cache lines, and what of
 * it is not touched costs nothing. Behind the first `small` bytes the system is asked for large pages,
 * so that finding out where a page lies does not cost as much as reading it. It may not have any.
 */
struct pages {
    void *at;
    void *block; /* as allocated */
};

/* False for want of memory. */
bool pages_take(struct pages *pages, size_t size, size_t small);
void pages_give(struct pages *pages);

#endif
