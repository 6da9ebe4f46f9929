/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_NAME_SET_H
#define EXPRESSION_NAME_SET_H

#include "../bytes/siphash.h"

/*
 * A set of names without regard to case, some of them with all that ends in ".NAME". Filled once,
 * then asked: a hash table with a key of its own over one block of text, so that nobody who chooses
 * names can choose where they land.
 */
enum { NAME_SET_MOST = 4096 /* bytes of a name in it */ };

struct name_slot {
    uint32_t at;  /* of the name's head in the text, and 1; 0: free */
    uint32_t tag; /* bits of its hash */
};

struct name_set {
    struct siphash_key key;
    struct name_slot *slot;
    char *text; /* of each name: flags, length (two bytes), bytes */
    size_t slots, text_len, text_room, count;
    size_t longest, longest_suffix; /* in bytes */
    unsigned labels_most;           /* of the names that others may end in */
    uint64_t labels; /* the numbers of labels that those have; bit 63: 63 and more */
};

/* False without a random source. */
bool name_set_begin(struct name_set *set);

/*
 * One more name of at most NAME_SET_MOST bytes, without a dot at its end. `suffix`: also all that
 * end in it behind a dot. False without memory.
 */
bool name_set_add(struct name_set *set, const char *name, size_t len, bool suffix);

/* When all are there. False without memory. */
bool name_set_build(struct name_set *set);

/* A dot at the end of the name does not count. */
bool name_set_has(const struct name_set *set, const char *name, size_t len);

size_t name_set_memory(const struct name_set *set);
void name_set_free(struct name_set *set);

#endif
