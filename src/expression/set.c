/* SPDX-License-Identifier: MIT */
/*
 * Sets of values. In: values and ranges in any order, files of them. Out: whether a value is among
 * them. Kept: ranges are sorted and apart, so that the last one that begins at or below a value is
 * the only one that may hold it.
 */
#include "set.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more item in an array of the arena; NULL for want of memory. */
static void *set_more(struct chains_arena *arena, void *items, uint32_t count, uint32_t *room,
                      size_t size)
{
    if (count < *room)
        return items;
    uint32_t more = *room ? *room * 2 : 4;
    void *grown = chains_arena_take(arena, more * size);
    if (grown && count > 0)
        memcpy(grown, items, count * size);
    if (grown)
        *room = more;
    return grown;
}

bool set_add_number(struct set *set, struct chains_arena *arena, uint64_t low, uint64_t high)
{
    struct range *at =
        set_more(arena, set->number, set->numbers, &set->number_room, sizeof *at);
    if (!at)
        return false;
    set->number = at;
    at[set->numbers++] = (struct range){ low, high };
    return true;
}

struct wide set_wide(const struct chains_addr *addr)
{
    return (struct wide){ chains_load_be64(addr->octets), chains_load_be64(addr->octets + 8) };
}

static int set_compare_wide(const struct wide *a, const struct wide *b)
{
    if (a->high != b->high)
        return a->high < b->high ? -1 : 1;
    return (a->low > b->low) - (a->low < b->low);
}

bool set_add_address(struct set *set, struct chains_arena *arena, const struct chains_addr *low,
                     const struct chains_addr *high)
{
    if (low->family == 4)
        return set_add_number(set, arena, chains_load_be32(low->octets),
                              chains_load_be32(high->octets));
    struct wide_range *at = set_more(arena, set->wide, set->wides, &set->wide_room, sizeof *at);
    if (!at)
        return false;
    set->wide = at;
    at[set->wides++] = (struct wide_range){ set_wide(low), set_wide(high) };
    return true;
}

bool set_add_text(struct set *set, struct chains_arena *arena, struct chains_bytes text)
{
    struct chains_bytes *at =
        set_more(arena, set->text, set->texts, &set->text_room, sizeof *at);
    if (!at)
        return false;
    set->text = at;
    at[set->texts++] = text;
    return true;
}

bool set_add_file(struct set *set, struct chains_arena *arena, const struct set_file *file)
{
    struct set_files *files = &set->files;
    const struct set_file **at =
        set_more(arena, files->at, files->count, &files->room, sizeof *at);
    if (!at)
        return false;
    files->at = at;
    at[files->count++] = file;
    return true;
}

static int set_order_numbers(const void *a, const void *b)
{
    const struct range *one = a, *two = b;
    return (one->low > two->low) - (one->low < two->low);
}

static int set_order_wides(const void *a, const void *b)
{
    const struct wide_range *one = a, *two = b;
    return set_compare_wide(&one->low, &two->low);
}

int set_compare_text(struct chains_bytes a, struct chains_bytes b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.at, b.at, a.len) : 0;
}

static int set_order_texts(const void *a, const void *b)
{
    return set_compare_text(*(const struct chains_bytes *)a, *(const struct chains_bytes *)b);
}

static void set_join_numbers(struct set *set)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->numbers; i++) {
        struct range *last = kept ? &set->number[kept - 1] : NULL;
        struct range next = set->number[i];
        if (last && (next.low <= last->high || next.low - 1 == last->high))
            last->high = next.high > last->high ? next.high : last->high;
        else
            set->number[kept++] = next;
    }
    set->numbers = kept;
}

static void set_join_wides(struct set *set)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->wides; i++) {
        struct wide_range *last = kept ? &set->wide[kept - 1] : NULL;
        struct wide_range next = set->wide[i];
        if (last && set_compare_wide(&next.low, &last->high) <= 0) {
            if (set_compare_wide(&next.high, &last->high) > 0)
                last->high = next.high;
        } else {
            set->wide[kept++] = next;
        }
    }
    set->wides = kept;
}

void set_finish(struct set *set)
{
    if (set->numbers > 1)
        qsort(set->number, set->numbers, sizeof *set->number, set_order_numbers);
    set_join_numbers(set);
    if (set->wides > 1)
        qsort(set->wide, set->wides, sizeof *set->wide, set_order_wides);
    set_join_wides(set);
    if (set->texts > 1)
        qsort(set->text, set->texts, sizeof *set->text, set_order_texts);
}

bool set_has_number(const struct set *set, uint64_t number)
{
    const struct range *at = set->number;
    uint32_t left = set->numbers;
    if (left == 0)
        return false;
    while (left > 1) {
        uint32_t half = left / 2;
        at = at[half].low <= number ? at + half : at;
        left -= half;
    }
    return number >= at->low && number <= at->high;
}

static bool set_has_wide(const struct set *set, const struct wide *value)
{
    const struct wide_range *at = set->wide;
    uint32_t left = set->wides;
    if (left == 0)
        return false;
    while (left > 1) {
        uint32_t half = left / 2;
        at = set_compare_wide(&at[half].low, value) <= 0 ? at + half : at;
        left -= half;
    }
    return set_compare_wide(value, &at->low) >= 0 && set_compare_wide(value, &at->high) <= 0;
}

bool set_has_address(const struct set *set, const struct chains_addr *addr)
{
    if (addr->family == 4)
        return set_has_number(set, chains_load_be32(addr->octets));
    struct wide wide = set_wide(addr);
    return addr->family == 6 && set_has_wide(set, &wide);
}

bool set_has_text(const struct set *set, struct chains_bytes text)
{
    uint32_t low = 0, high = set->texts;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = set_compare_text(text, set->text[middle]);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}
