/* SPDX-License-Identifier: MIT */
/*
 * Blocks for tables. In: a size. Out: zeroed memory whose larger part lies in large pages, where the
 * system has them. A large page is given whole, so that the beginning of a table, which is all that a
 * few entries need, is left in small ones.
 */
#include "pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE = 64, SMALL_PAGE = 4096 };

/* All between two boundaries of pages; what the system says to it changes nothing. */
static void pages_ask(uint8_t *at, const uint8_t *end)
{
#ifdef MADV_HUGEPAGE
    uint8_t *from = at + (-(uintptr_t)at & (SMALL_PAGE - 1));
    if (from < end)
        (void)madvise(from, (size_t)(end - from), MADV_HUGEPAGE);
#else
    (void)at;
    (void)end;
#endif
}

bool pages_take(struct pages *pages, size_t size, size_t small)
{
    pages->at = NULL;
    pages->block = size < SIZE_MAX - LINE ? calloc(1, size + LINE) : NULL;
    if (!pages->block)
        return false;
    uint8_t *at = pages->block;
    at += -(uintptr_t)at & (LINE - 1);
    pages->at = at;
    if (size > small)
        pages_ask(at + small, at + size);
    return true;
}

void pages_give(struct pages *pages)
{
    free(pages->block);
    *pages = (struct pages){ NULL, NULL };
}
