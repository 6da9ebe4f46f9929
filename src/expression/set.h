/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_SET_H
#define EXPRESSION_SET_H

#include <chains/dissect.h>

#include "list.h"

/*
 * What stands behind "in": numbers and addresses as sorted ranges that do not touch, texts sorted,
 * and lists from files. Made when an expression is compiled; a look-up is a binary search.
 */

struct range {
    uint64_t low, high;
};

/* IPv6: the first and the last eight bytes of an address. */
struct wide {
    uint64_t high, low;
};

struct wide_range {
    struct wide low, high;
};

/* A file that is read when the expression is made and again when it is told to. */
struct set_file {
    struct set_file *next;
    const char *path;
    enum list_kind kind;
    struct list *list; /* NULL: not read */
    uint32_t at, len;  /* in the text */
};

struct set_files {
    const struct set_file **at;
    uint32_t count, room;
};

struct set {
    struct range *number; /* also of IPv4 addresses, MAC addresses and times */
    uint32_t numbers, number_room;
    struct wide_range *wide;
    uint32_t wides, wide_room;
    struct chains_bytes *text;
    uint32_t texts, text_room;
    struct set_files files;
    const struct chains_name *names; /* when files hold names of numbers */
};

/* They take from the arena; false for want of memory. */
bool set_add_number(struct set *set, struct chains_arena *arena, uint64_t low, uint64_t high);
bool set_add_address(struct set *set, struct chains_arena *arena, const struct chains_addr *low,
                     const struct chains_addr *high);
bool set_add_text(struct set *set, struct chains_arena *arena, struct chains_bytes text);
bool set_add_file(struct set *set, struct chains_arena *arena, const struct set_file *file);

/* Sorts and joins: once, behind the last add. */
void set_finish(struct set *set);

/* As order of addresses and texts has it. */
struct wide set_wide(const struct chains_addr *addr);
int set_compare_text(struct chains_bytes a, struct chains_bytes b);

bool set_has_number(const struct set *set, uint64_t number);
bool set_has_address(const struct set *set, const struct chains_addr *addr);
bool set_has_text(const struct set *set, struct chains_bytes text);

#endif
