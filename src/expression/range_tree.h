/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_RANGE_TREE_H
#define EXPRESSION_RANGE_TREE_H

#include <chains/bytes.h>

/*
 * A set of numbers of up to 128 bits, made of ranges: addresses, prefixes, MAC addresses, ports.
 * Filled once, then asked. A tree whose nodes look at six bits each; a run of bits that all
 * numbers below a node share is compared at once, so that its depth grows with the number of
 * ranges and not with their bits. Nodes lie in one array, the children of one node behind each
 * other: a node is two words of 64 bits and a popcount away from the next.
 */

/* A number from its highest bit on: a shorter one lies at the top, with 0 behind it. */
struct range_key {
    uint64_t hi, lo;
};

struct range_pair {
    struct range_key first, last; /* both belong to it */
};

struct range_node {
    uint64_t child, member; /* a bit for each value of the six: goes on; the whole is inside */
    uint64_t skipped;       /* the bits before the six that all numbers below share */
    uint32_t base;          /* the first child */
    uint8_t skip;           /* their number, at most 64 */
};

struct range_tree {
    struct range_pair *range; /* until it is built */
    size_t ranges, range_room;
    uint32_t *root; /* by the first `root_bits` bits: RANGE_OUT, RANGE_IN, or a node */
    struct range_node *node;
    size_t nodes, node_room;
    unsigned root_bits;
    bool wide; /* more than 64 bits */
};

enum { RANGE_OUT, RANGE_IN, RANGE_NODE /* and the node's index */ };

/*
 * One more range, first <= last. Numbers of up to 64 bits leave `lo` 0 in the first and all ones in
 * the last. False without memory.
 */
bool range_tree_add(struct range_tree *tree, struct range_key first, struct range_key last);

/*
 * When all are there: `wide` for numbers of more than 64 bits. `spread`: the first bits tell them
 * apart, as those of addresses do; not those of ports. False without memory.
 */
bool range_tree_build(struct range_tree *tree, bool wide, bool spread);

/* Whether a number of at most 64 bits is inside; whether one of more is. */
bool range_tree_has(const struct range_tree *tree, uint64_t number);
bool range_tree_has_wide(const struct range_tree *tree, struct range_key number);

size_t range_tree_memory(const struct range_tree *tree);
void range_tree_free(struct range_tree *tree);

#endif
