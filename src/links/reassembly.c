/* SPDX-License-Identifier: MIT */
/*
 * Bytes out of order. In: bytes and their offset in a stream. Out: the same bytes, each the first
 * copy that came. The pages of a direction are a list by offset; the first one knows the last and
 * how many they are, and is in the list of all directions by when they last went on. Pages come
 * from slabs that are allocated up to the ceiling and never given back before the end.
 */
#include "reassembly.h"

#include <stdlib.h>
#include <string.h>

enum { SLABS = 16, MAP_BITS = 64, MAP_WORDS = REASSEMBLY_PAGE / MAP_BITS };

struct reassembly_page {
    uint32_t next, prev; /* by offset, 0 behind the last; before the first is the last */
    uint32_t count; /* pages of the direction; this and the next three: kept in the first */
    uint32_t older, newer; /* first pages of the other directions, by when they last went on */
    uint32_t *owner;       /* the caller's number of the direction */
    uint64_t base;         /* offset of its first byte */
    uint64_t map[MAP_WORDS];
    uint8_t bytes[REASSEMBLY_PAGE];
};

struct reassembly {
    uint32_t direction_pages, all_pages; /* the ceilings */
    uint32_t used, fresh;    /* pages held; and the first that was never used, from 1 */
    uint32_t free;           /* head of a list by `next` */
    uint32_t oldest, newest; /* the directions, by their first page */
    uint32_t slab_shift;     /* of the pages of a slab: a slab is a part of the ceiling */
    uint32_t slab_count;
    uint64_t limited;
    bool starved;
    struct reassembly_page *slabs[SLABS];
};

static uint32_t reassembly_pages(uint64_t bytes)
{
    uint64_t pages = bytes / sizeof(struct reassembly_page);
    return pages < UINT32_MAX / 2 ? (uint32_t)pages : UINT32_MAX / 2;
}

uint64_t reassembly_takes(uint64_t all_bytes)
{
    return sizeof(struct reassembly) +
           (uint64_t)reassembly_pages(all_bytes) * sizeof(struct reassembly_page);
}

bool reassembly_starved(const struct reassembly *r)
{
    return r->starved;
}

struct reassembly *reassembly_new(uint64_t direction_bytes, uint64_t all_bytes)
{
    struct reassembly *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->direction_pages = reassembly_pages(direction_bytes);
    r->all_pages = reassembly_pages(all_bytes);
    r->fresh = 1;
    while ((r->all_pages >> r->slab_shift) >= SLABS)
        r->slab_shift++;
    return r;
}

void reassembly_free(struct reassembly *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->slab_count; i++)
        free(r->slabs[i]);
    free(r);
}

uint64_t reassembly_bytes(const struct reassembly *r)
{
    return (uint64_t)r->used * sizeof(struct reassembly_page);
}

uint64_t reassembly_memory(const struct reassembly *r)
{
    return sizeof *r + (r->fresh - 1) * (uint64_t)sizeof(struct reassembly_page);
}

uint64_t reassembly_limited(const struct reassembly *r)
{
    return r->limited;
}

static struct reassembly_page *reassembly_page(const struct reassembly *r, uint32_t index)
{
    uint32_t in_slab = (index - 1) & ((1u << r->slab_shift) - 1);
    return &r->slabs[(index - 1) >> r->slab_shift][in_slab];
}

/* A page of the pool; 0 at the ceiling, or for want of memory. */
static uint32_t reassembly_take(struct reassembly *r)
{
    uint32_t index = r->free;
    if (index) {
        r->free = reassembly_page(r, index)->next;
    } else {
        if (r->fresh > r->all_pages)
            return 0;
        uint32_t slab = (r->fresh - 1) >> r->slab_shift;
        if (slab == r->slab_count) {
            r->slabs[slab] = malloc(sizeof **r->slabs << r->slab_shift);
            if (!r->slabs[slab]) {
                r->starved = true;
                return 0;
            }
            r->slab_count++;
        }
        index = r->fresh++;
    }
    r->used++;
    return index;
}

/* Puts `index` between two first pages, each of which may be 0: the end of the list. */
static void reassembly_between(struct reassembly *r, uint32_t older, uint32_t index,
                               uint32_t newer)
{
    reassembly_page(r, index)->older = older;
    reassembly_page(r, index)->newer = newer;
    *(older ? &reassembly_page(r, older)->newer : &r->oldest) = index;
    *(newer ? &reassembly_page(r, newer)->older : &r->newest) = index;
}

static void reassembly_unlist(struct reassembly *r, uint32_t index)
{
    uint32_t older = reassembly_page(r, index)->older, newer = reassembly_page(r, index)->newer;
    *(older ? &reassembly_page(r, older)->newer : &r->oldest) = newer;
    *(newer ? &reassembly_page(r, newer)->older : &r->newest) = older;
}

/* Another page is the first one of a direction now. */
static void reassembly_succeed(struct reassembly *r, uint32_t from, uint32_t to)
{
    const struct reassembly_page *first = reassembly_page(r, from);
    reassembly_page(r, to)->owner = first->owner;
    reassembly_between(r, first->older, to, first->newer);
}

/* The direction that has waited longest is forgotten, if it is another one than that of `head`. */
static bool reassembly_forget_oldest(struct reassembly *r, uint32_t head)
{
    uint32_t oldest = r->oldest;
    if (!oldest || oldest == head)
        return false;
    const struct reassembly_page *first = reassembly_page(r, oldest);
    reassembly_unlist(r, oldest);
    *first->owner = 0;
    r->used -= first->count;
    reassembly_page(r, first->prev)->next = r->free;
    r->free = oldest;
    r->limited++;
    return true;
}

static void reassembly_give(struct reassembly *r, uint32_t index)
{
    reassembly_page(r, index)->next = r->free;
    r->free = index;
    r->used--;
}

/*
 * The last page that begins at `base` or before it, 0 where there is none. Looked for from both
 * ends, since what comes late belongs to one of them. False when it is too far inside.
 */
static bool reassembly_find(const struct reassembly *r, uint32_t head, uint64_t base,
                            uint32_t *found)
{
    *found = 0;
    if (!head)
        return true;
    uint32_t low = head, high = reassembly_page(r, head)->prev;
    for (int i = 0; i < REASSEMBLY_SEARCH; i++) {
        const struct reassembly_page *page = reassembly_page(r, high);
        if (page->base <= base) {
            *found = high;
            return true;
        }
        if (high == head)
            return true;
        high = page->prev;
        page = reassembly_page(r, low);
        if (page->base > base) {
            *found = low == head ? 0 : page->prev;
            return true;
        }
        low = page->next; /* there is one: the last page was looked at before */
    }
    return false;
}

/* The page for `base`, a new one if need be; 0 when there is no room. */
static uint32_t reassembly_page_for(struct reassembly *r, uint32_t *head, uint64_t base)
{
    uint32_t before;
    if (!reassembly_find(r, *head, base, &before))
        return 0;
    if (before && reassembly_page(r, before)->base == base)
        return before;
    uint32_t count = *head ? reassembly_page(r, *head)->count : 0;
    if (count >= r->direction_pages)
        return 0;
    uint32_t index = reassembly_take(r);
    if (!index && reassembly_forget_oldest(r, *head))
        index = reassembly_take(r);
    if (!index)
        return 0;
    struct reassembly_page *page = reassembly_page(r, index);
    memset(page->map, 0, sizeof page->map);
    page->base = base;
    page->next = before ? reassembly_page(r, before)->next : *head;
    page->prev = before;
    if (before) {
        reassembly_page(r, before)->next = index;
    } else {
        page->prev = *head ? reassembly_page(r, *head)->prev : index;
        page->owner = head;
        if (*head)
            reassembly_succeed(r, *head, index);
        else
            reassembly_between(r, r->newest, index, 0);
        *head = index;
    }
    reassembly_page(r, page->next ? page->next : *head)->prev = index;
    reassembly_page(r, *head)->count = count + 1;
    return index;
}

/* The first place from `from` on where a byte is there (`there`), or is not; at most the end. */
static uint32_t reassembly_seek(const struct reassembly_page *page, uint32_t from, bool there)
{
    while (from < REASSEMBLY_PAGE) {
        uint64_t word = page->map[from / MAP_BITS];
        word = (there ? word : ~word) >> from % MAP_BITS;
        if (word)
            return from + (uint32_t)__builtin_ctzll(word);
        from = (from / MAP_BITS + 1) * MAP_BITS;
    }
    return REASSEMBLY_PAGE;
}

/* Sets or clears the map from `from` to before `to`. */
static void reassembly_mark(struct reassembly_page *page, uint32_t from, uint32_t to,
                            bool there)
{
    while (from < to) {
        uint32_t bit = from % MAP_BITS;
        uint32_t count = to - from < MAP_BITS - bit ? to - from : MAP_BITS - bit;
        uint64_t bits = (count < MAP_BITS ? ((uint64_t)1 << count) - 1 : ~(uint64_t)0) << bit;
        if (there)
            page->map[from / MAP_BITS] |= bits;
        else
            page->map[from / MAP_BITS] &= ~bits;
        from += count;
    }
}

static uint32_t reassembly_min(uint64_t a, uint32_t b)
{
    return a < b ? (uint32_t)a : b;
}

/* The page that `offset` lies in or the next one, and the place in it; 0 behind the last. */
static uint32_t reassembly_at(const struct reassembly *r, uint32_t head, uint64_t offset,
                              uint32_t *from)
{
    uint64_t base = offset - offset % REASSEMBLY_PAGE;
    uint32_t index = 0;
    if (!reassembly_find(r, head, base, &index))
        return 0;
    if (!index || reassembly_page(r, index)->base < base) {
        *from = 0;
        return index ? reassembly_page(r, index)->next : head;
    }
    *from = (uint32_t)(offset % REASSEMBLY_PAGE);
    return index;
}

static uint32_t reassembly_differing(const uint8_t *a, const uint8_t *b, uint32_t len)
{
    uint32_t differing = 0;
    if (len == 0 || memcmp(a, b, len) == 0)
        return 0;
    for (uint32_t i = 0; i < len; i++)
        differing += a[i] != b[i];
    return differing;
}

struct reassembly_overlap reassembly_compare(const struct reassembly *r, uint32_t waiting,
                                             uint64_t offset, struct chains_bytes bytes)
{
    struct reassembly_overlap overlap = { 0, 0 };
    uint64_t end = offset + bytes.len;
    uint32_t from = 0, index = reassembly_at(r, waiting, offset, &from);
    while (index && reassembly_page(r, index)->base < end) {
        const struct reassembly_page *page = reassembly_page(r, index);
        uint32_t to = reassembly_min(end - page->base, REASSEMBLY_PAGE);
        const uint8_t *other = chains_behind(bytes, page->base + from - offset).at;
        for (uint32_t i = from; i < to;) {
            uint32_t here = reassembly_min(reassembly_seek(page, i, true), to);
            i = reassembly_min(reassembly_seek(page, here, false), to);
            overlap.again += i - here;
            overlap.differing +=
                reassembly_differing(page->bytes + here, other + (here - from), i - here);
        }
        from = 0;
        index = page->next;
    }
    return overlap;
}

bool reassembly_put(struct reassembly *r, uint32_t *waiting, uint64_t offset,
                    struct chains_bytes bytes)
{
    while (bytes.len) {
        uint32_t from = (uint32_t)(offset % REASSEMBLY_PAGE);
        uint32_t len = reassembly_min(bytes.len, REASSEMBLY_PAGE - from);
        uint32_t index = reassembly_page_for(r, waiting, offset - from);
        if (!index) {
            r->limited++;
            return false;
        }
        struct reassembly_page *page = reassembly_page(r, index);
        for (uint32_t at = from; at < from + len;) {
            uint32_t hole = reassembly_min(reassembly_seek(page, at, false), from + len);
            at = reassembly_min(reassembly_seek(page, hole, true), from + len);
            if (at > hole)
                memcpy(page->bytes + hole, chains_behind(bytes, hole - from).at, at - hole);
            reassembly_mark(page, hole, at, true);
        }
        offset += len;
        bytes = chains_behind(bytes, len);
    }
    return true;
}

uint64_t reassembly_first(const struct reassembly *r, uint32_t waiting)
{
    const struct reassembly_page *page = reassembly_page(r, waiting);
    return page->base + reassembly_seek(page, 0, true);
}

uint64_t reassembly_end(const struct reassembly *r, uint32_t waiting)
{
    const struct reassembly_page *page = reassembly_page(r, reassembly_page(r, waiting)->prev);
    uint32_t word = MAP_WORDS - 1;
    while (word && !page->map[word])
        word--;
    return page->base + (word + 1) * MAP_BITS - (uint32_t)__builtin_clzll(page->map[word]);
}

uint64_t reassembly_run(const struct reassembly *r, uint32_t waiting, uint64_t offset,
                        uint64_t most)
{
    uint64_t len = 0;
    uint32_t from = 0, index = reassembly_at(r, waiting, offset, &from);
    while (index && len < most) {
        const struct reassembly_page *page = reassembly_page(r, index);
        if (page->base + from != offset + len)
            break;
        uint32_t end = reassembly_seek(page, from, false);
        len += end - from;
        if (end < REASSEMBLY_PAGE)
            break;
        from = 0;
        index = page->next;
    }
    return len < most ? len : most;
}

void reassembly_read(const struct reassembly *r, uint32_t waiting, uint64_t offset,
                     uint64_t len, uint8_t *out)
{
    uint64_t end = offset + len;
    uint32_t from = 0, index = reassembly_at(r, waiting, offset, &from);
    while (index && reassembly_page(r, index)->base < end) {
        const struct reassembly_page *page = reassembly_page(r, index);
        uint32_t to = reassembly_min(end - page->base, REASSEMBLY_PAGE);
        for (uint32_t at = from; at < to;) {
            uint32_t here = reassembly_min(reassembly_seek(page, at, true), to);
            at = reassembly_min(reassembly_seek(page, here, false), to);
            if (at > here)
                memcpy(out + (page->base + here - offset), page->bytes + here, at - here);
        }
        from = 0;
        index = page->next;
    }
}

/* Drops the first page if nothing is in it from `offset` on. */
static bool reassembly_drop_page(struct reassembly *r, uint32_t *waiting, uint64_t offset)
{
    uint32_t gone = *waiting;
    struct reassembly_page *page = reassembly_page(r, gone);
    if (page->base >= offset)
        return false;
    uint32_t to = reassembly_min(offset - page->base, REASSEMBLY_PAGE);
    reassembly_mark(page, 0, to, false);
    if (reassembly_seek(page, to, true) < REASSEMBLY_PAGE)
        return false;
    *waiting = page->next;
    if (page->next) {
        reassembly_page(r, page->next)->prev = page->prev;
        reassembly_page(r, page->next)->count = page->count - 1;
        reassembly_succeed(r, gone, page->next);
    } else {
        reassembly_unlist(r, gone);
    }
    reassembly_give(r, gone);
    return true;
}

void reassembly_drop(struct reassembly *r, uint32_t *waiting, uint64_t offset)
{
    bool went_on = false;
    while (*waiting && reassembly_drop_page(r, waiting, offset))
        went_on = true;
    if (!*waiting || !went_on)
        return;
    reassembly_unlist(r, *waiting);
    reassembly_between(r, r->newest, *waiting, 0);
}
