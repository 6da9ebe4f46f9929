/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_LIST_H
#define EXPRESSION_LIST_H

#include <chains/chain.h>

/*
 * A set of addresses, prefixes, names, MAC addresses and numbers from a file, to look one value up
 * in: one entry a line, '#' or ';' begins a comment, blanks around it do not count. Lines as block
 * lists have them are understood: "0.0.0.0 ads.example.com" (a hosts file) is the name behind it.
 * Names lie in a hash table with a key of its own, all else in a compact prefix tree; a look-up
 * takes nearly the same time however long the list. A file without entries is an empty list.
 */
struct list;

/*
 * What a file's lines are taken for: as the value they are compared with asks. A line that is not
 * one is an error with its number ("blocklist.txt:17: not an address").
 */
enum list_kind {
    LIST_ADDRESSES, /* addresses, prefixes, and ranges "a-b" or "a..b"; IPv4 and IPv6 apart */
    LIST_NAMES,     /* text, without regard to case; ".example.com" and "*.example.com" hold for
                       every name that ends so, and for example.com itself */
    LIST_MACS,      /* 02:00:00:00:00:01, or the first three bytes of it */
    LIST_NUMBERS,   /* decimal or 0x..., and ranges "a-b" or "a..b" */
};

enum { LIST_ENTRIES_MOST = 4 * 1024 * 1024 };

/*
 * NULL with a sentence in `error` and a status: CHAINS_EIO when it cannot be read, CHAINS_EUSAGE
 * when a line is wrong or there are too many, CHAINS_EMEM.
 */
struct list *list_read(const char *path, enum list_kind kind, int *status, char *error,
                       size_t error_size);

bool list_has_addr(const struct list *list, const struct chains_addr *addr);
bool list_has_name(const struct list *list, const char *name, size_t len);
bool list_has_mac(const struct list *list, const uint8_t mac[6]);
bool list_has_number(const struct list *list, uint64_t number);

/* Those read: one that stands there twice counts twice. */
size_t list_entries(const struct list *list);

/* Bytes. */
size_t list_memory(const struct list *list);
void list_free(struct list *list);

#endif
