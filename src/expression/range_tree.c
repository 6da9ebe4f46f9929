/* SPDX-License-Identifier: MIT */
/*
 * Ranges as a tree. In: ranges in any order, overlapping or not. Out: nodes that answer whether a
 * number is in one of them. Kept: the ranges are sorted and joined first, so that a piece of the
 * number line is inside, outside, or has an edge in it; only the last needs a node.
 */
#include "range_tree.h"

#include <stdlib.h>
#include <string.h>

enum {
    BITS = 6, /* that a node looks at */
    SLOTS = 1 << BITS,
    KEY_BITS = 128,
    LAST = KEY_BITS - BITS, /* where the last whole six begin */
    LAST_NARROW = 64 - BITS,
    ROOT_MOST = 16,
    DEPTH_MOST = KEY_BITS / BITS + 1,
    WAITING_MOST = (DEPTH_MOST + 1) * SLOTS, /* each level leaves the others of a node behind */
    NODES_MOST = 1 << 27,
};

static int key_compare(struct range_key a, struct range_key b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return (a.lo > b.lo) - (a.lo < b.lo);
}

/* The bits from `at` (below 128) on, as the top of a word; 0 behind the last. */
static inline uint64_t key_bits(struct range_key key, unsigned at)
{
    if (at >= 64)
        return key.lo << (at - 64);
    return at == 0 ? key.hi : key.hi << at | key.lo >> (64 - at);
}

/* The number with `bits` (below 128) bits of `key`, then nothing but 0 or nothing but 1. */
static struct range_key key_zeros(struct range_key key, unsigned bits)
{
    if (bits >= 64)
        return (struct range_key){ key.hi,
                                   bits == 64 ? 0 : key.lo & ~(UINT64_MAX >> (bits - 64)) };
    return (struct range_key){ bits == 0 ? 0 : key.hi & ~(UINT64_MAX >> bits), 0 };
}

static struct range_key key_ones(struct range_key key, unsigned bits)
{
    if (bits >= 64)
        return (struct range_key){ key.hi, key.lo | UINT64_MAX >> (bits - 64) };
    return (struct range_key){ key.hi | UINT64_MAX >> bits, UINT64_MAX };
}

/* `key` with `value` in the `count` bits that end before bit `end`; they are 0 in `key`. */
static struct range_key key_with(struct range_key key, uint64_t value, unsigned end)
{
    if (end <= 64) {
        key.hi |= value << (64 - end);
        return key;
    }
    key.lo |= value << (KEY_BITS - end);
    key.hi |= end - 64 < 64 ? value >> (end - 64) : 0;
    return key;
}

/* How many bits two numbers have in common from the top. */
static unsigned key_common(struct range_key a, struct range_key b)
{
    if (a.hi != b.hi)
        return (unsigned)__builtin_clzll(a.hi ^ b.hi);
    return a.lo != b.lo ? 64 + (unsigned)__builtin_clzll(a.lo ^ b.lo) : KEY_BITS;
}

bool range_tree_add(struct range_tree *tree, struct range_key first, struct range_key last)
{
    if (tree->ranges == tree->range_room) {
        size_t room = tree->range_room ? tree->range_room * 2 : 64;
        struct range_pair *range = realloc(tree->range, room * sizeof *range);
        if (!range)
            return false;
        tree->range = range;
        tree->range_room = room;
    }
    tree->range[tree->ranges++] = (struct range_pair){ first, last };
    return true;
}

static int range_compare(const void *a, const void *b)
{
    const struct range_pair *x = a, *y = b;
    return key_compare(x->first, y->first);
}

/* Sorts the ranges and makes one of those that overlap or touch. */
static void range_join(struct range_tree *tree)
{
    size_t kept = 0;
    if (tree->ranges > 0)
        qsort(tree->range, tree->ranges, sizeof *tree->range, range_compare);
    for (size_t i = 0; i < tree->ranges; i++) {
        struct range_pair *last = kept ? &tree->range[kept - 1] : NULL;
        struct range_key next = last ? last->last : (struct range_key){ 0, 0 };
        if (last && ++next.lo == 0)
            next.hi++;
        bool wraps = last && next.hi == 0 && next.lo == 0;
        if (!last || (!wraps && key_compare(tree->range[i].first, next) > 0))
            tree->range[kept++] = tree->range[i];
        else if (key_compare(tree->range[i].last, last->last) > 0)
            last->last = tree->range[i].last;
    }
    tree->ranges = kept;
}

/*
 * What the numbers from `first` to `last` are: RANGE_OUT, RANGE_IN, or RANGE_NODE when they are
 * both. `*from` moves on to the first range that ends behind `first`, `*to` is the one behind the
 * last that begins before `last`; no range behind `end` is looked at.
 */
static int range_class(const struct range_tree *tree, struct range_key first,
                       struct range_key last, size_t *from, size_t *to, size_t end)
{
    const struct range_pair *range = tree->range;
    while (*from < end && key_compare(range[*from].last, first) < 0)
        ++*from;
    if (*from == end || key_compare(range[*from].first, last) > 0)
        return RANGE_OUT;
    if (key_compare(range[*from].first, first) <= 0 &&
        key_compare(range[*from].last, last) >= 0)
        return RANGE_IN;
    for (*to = *from + 1; *to < end && key_compare(range[*to].first, last) <= 0;)
        ++*to;
    return RANGE_NODE;
}

/* Room for `count` more nodes; the index of the first. 0 would be the root's first: -1 fails. */
static int64_t node_take(struct range_tree *tree, size_t count)
{
    if (tree->nodes + count > tree->node_room) {
        size_t room = tree->node_room ? tree->node_room * 2 : 64;
        while (room < tree->nodes + count)
            room *= 2;
        struct range_node *node =
            room <= NODES_MOST ? realloc(tree->node, room * sizeof *node) : NULL;
        if (!node)
            return -1;
        tree->node = node;
        tree->node_room = room;
    }
    tree->nodes += count;
    return (int64_t)(tree->nodes - count);
}

/* The numbers that begin with `bits` bits of `key`, and the ranges with an edge among them. */
struct piece {
    struct range_key key;
    unsigned bits;
    size_t from, to;
    size_t index; /* of its node */
};

/* How far the six bits of a node can be moved down, since all its ranges are in one place. */
static unsigned piece_skip(const struct range_tree *tree, struct piece *piece)
{
    struct range_key first = key_zeros(piece->key, piece->bits);
    struct range_key last = key_ones(piece->key, piece->bits);
    const struct range_pair *range = tree->range;
    if (key_compare(range[piece->from].first, first) > 0)
        first = range[piece->from].first;
    if (key_compare(range[piece->to - 1].last, last) < 0)
        last = range[piece->to - 1].last;
    unsigned common = key_common(first, last), most = tree->wide ? LAST : LAST_NARROW;
    common = common < most ? common : most;
    if (common <= piece->bits)
        return 0;
    piece->key = first;
    return common - piece->bits < 64 ? common - piece->bits : 64;
}

/* Writes the node at `index` without its children, whose pieces go to `below`; their number. */
static unsigned node_write(struct range_tree *tree, size_t index, struct piece *piece,
                           struct piece below[SLOTS])
{
    struct range_node node = { .skip = (uint8_t)piece_skip(tree, piece) };
    unsigned at = piece->bits + node.skip, count = 0;
    unsigned past = at > LAST ? at - LAST : 0; /* of the six bits, there are no more */
    struct range_key start = key_zeros(piece->key, at);
    size_t from = piece->from, to = 0;
    if (node.skip)
        node.skipped = key_bits(start, piece->bits) >> (64 - node.skip);
    for (unsigned slot = 0; slot < SLOTS; slot += 1U << past) {
        unsigned bits = at + BITS - past;
        struct range_key first = key_with(start, slot >> past, bits);
        struct range_key last = bits < KEY_BITS ? key_ones(first, bits) : first;
        int class = range_class(tree, first, last, &from, &to, piece->to);
        node.member |= (uint64_t)(class == RANGE_IN) << slot;
        node.child |= (uint64_t)(class == RANGE_NODE) << slot;
        if (class == RANGE_NODE)
            below[count++] = (struct piece){ first, bits, from, to, 0 };
    }
    tree->node[index] = node;
    return count;
}

/* The node at `index` and all below it. Those yet to be written wait in `waiting`, not on the stack. */
static bool node_build(struct range_tree *tree, size_t index, const struct piece *piece,
                       struct piece waiting[WAITING_MOST])
{
    size_t count = 1;
    waiting[0] = *piece;
    waiting[0].index = index;
    while (count > 0) {
        struct piece now = waiting[--count];
        if (count + SLOTS > WAITING_MOST)
            return false;
        unsigned below = node_write(tree, now.index, &now, waiting + count);
        if (below == 0)
            continue;
        int64_t base = node_take(tree, below);
        if (base < 0)
            return false;
        tree->node[now.index].base = (uint32_t)base;
        for (unsigned i = 0; i < below; i++)
            waiting[count++].index = (size_t)base + i;
    }
    return true;
}

static bool root_build(struct range_tree *tree)
{
    size_t from = 0, to = 0;
    bool good = true;
    struct piece *waiting = malloc(WAITING_MOST * sizeof *waiting);
    for (size_t slot = 0; waiting && good && slot < (size_t)1 << tree->root_bits; slot++) {
        struct range_key first = { (uint64_t)slot << (64 - tree->root_bits), 0 };
        int class = range_class(tree, first, key_ones(first, tree->root_bits), &from, &to,
                                tree->ranges);
        tree->root[slot] = (uint32_t) class;
        if (class != RANGE_NODE)
            continue;
        int64_t index = node_take(tree, 1);
        struct piece piece = { first, tree->root_bits, from, to, 0 };
        good = index >= 0 && node_build(tree, (size_t)index, &piece, waiting);
        tree->root[slot] += good ? (uint32_t)index : 0;
    }
    good = good && waiting;
    free(waiting);
    return good;
}

bool range_tree_build(struct range_tree *tree, bool wide, bool spread)
{
    range_join(tree);
    tree->wide = wide;
    tree->root_bits = 1;
    while (spread && tree->root_bits < ROOT_MOST && tree->ranges >> tree->root_bits)
        tree->root_bits++;
    tree->root = calloc((size_t)1 << tree->root_bits, sizeof *tree->root);
    if (!tree->root || !root_build(tree))
        return false;
    free(tree->range);
    tree->range = NULL;
    tree->ranges = tree->range_room = 0;
    if (tree->nodes == 0 || tree->nodes == tree->node_room)
        return true;
    struct range_node *node = realloc(tree->node, tree->nodes * sizeof *node);
    if (node) {
        tree->node = node;
        tree->node_room = tree->nodes;
    }
    return true;
}

/* The set bits of a word: baseline processors have no instruction for it. */
static inline unsigned bits_set(uint64_t word)
{
#if defined(__POPCNT__) || defined(__aarch64__)
    return (unsigned)__builtin_popcountll(word);
#else
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((word * UINT64_C(0x0101010101010101)) >> 56);
#endif
}

/* One and the same walk, once for words and once for pairs of them. */
static inline __attribute__((always_inline)) bool range_walk(const struct range_tree *tree,
                                                             struct range_key key, bool wide)
{
    uint32_t entry = tree->root[key.hi >> (64 - tree->root_bits)];
    unsigned at = tree->root_bits;
    if (entry < RANGE_NODE)
        return entry == RANGE_IN;
    const struct range_node *node = tree->node + (entry - RANGE_NODE);
    for (;;) {
        uint64_t ahead = wide ? key_bits(key, at) : key.hi << at;
        if (node->skip) {
            if (ahead >> (64 - node->skip) != node->skipped)
                return false;
            at += node->skip;
            ahead = wide ? key_bits(key, at) : key.hi << at;
        }
        unsigned slot = (unsigned)(ahead >> (64 - BITS));
        if (!(node->child >> slot & 1))
            return node->member >> slot & 1;
        node = tree->node + node->base + bits_set(node->child & ((UINT64_C(1) << slot) - 1));
        at += BITS;
    }
}

bool range_tree_has(const struct range_tree *tree, uint64_t number)
{
    return range_walk(tree, (struct range_key){ number, 0 }, false);
}

bool range_tree_has_wide(const struct range_tree *tree, struct range_key number)
{
    return range_walk(tree, number, true);
}

size_t range_tree_memory(const struct range_tree *tree)
{
    return tree->range_room * sizeof *tree->range + tree->node_room * sizeof *tree->node +
           (tree->root ? sizeof *tree->root << tree->root_bits : 0);
}

void range_tree_free(struct range_tree *tree)
{
    free(tree->range);
    free(tree->root);
    free(tree->node);
    *tree = (struct range_tree){ .range = NULL };
}
