/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_PROGRAM_H
#define EXPRESSION_PROGRAM_H

#include "expression.h"
#include "regex.h"
#include "set.h"

#include "../record/arena.h"
#include "../record/path.h"

/*
 * A compiled expression: terms in a row. Each looks at one field of one layout and says which term
 * comes next when it holds and when it does not, always one further on; so every run ends.
 */

/* What is at the end of an access. */
enum access_kind {
    ACCESS_NUMBER,
    ACCESS_SIGNED, /* int64_t: times */
    ACCESS_MAC,
    ACCESS_ADDRESS,
    ACCESS_TEXT,
    ACCESS_BYTES,
    ACCESS_NOTHING, /* whether it is there is all that is asked */
};

/* The way to a value in a row: straight to an offset, or through lists. */
struct access {
    uint64_t bits;    /* one of these layers is there, unless it is everywhere */
    uint32_t offset;  /* of the value in the row */
    uint32_t has, in; /* a bit, and the offset of the word that it is in; 0: no bit */
    uint8_t everywhere;
    uint8_t kind, size;
    const struct path *path; /* NULL: straight */
};

enum op {
    OP_NEVER,
    OP_THERE,
    /* A number in a range, by its size. */
    OP_U8,
    OP_U16,
    OP_U32,
    OP_U64,
    OP_SIGNED,
    OP_MAC,
    OP_BITS, /* value & mask == want */
    OP_NUMBER_SET,
    OP_NAME_FILES, /* the number's name in a file */
    OP_MAC_SET,
    OP_PREFIX,
    OP_ADDRESS_SET,
    OP_EQUAL,
    OP_TEXT_SET,
    OP_CONTAINS,
    OP_MATCHES,
    OP_PAIR,
};

/* A field compared with another one. */
struct pair {
    struct access right;
    uint8_t relation; /* TOKEN_EQ, _LT, _LE, _GT, _GE or _CONTAINS */
};

struct prefix_op {
    uint64_t mask[2], want[2]; /* as they lie in memory */
    uint8_t family;
};

struct term {
    struct access access;
    uint8_t op;
    bool negate; /* a value is right when the operation does not hold */
    bool all;    /* every value must be right, and there is one; else one of them */
    uint32_t yes, no;
    union {
        struct {
            uint64_t low, span;
        } range;
        struct {
            uint64_t mask, want;
        } bits;
        struct prefix_op prefix;
        struct chains_bytes bytes;
        const struct set *set;
        const struct pair *pair;
        unsigned regex;
    } with;
};

enum {
    PROGRAM_TERMS = 4096,
    PROGRAM_MEMORY = 64 * 1024 * 1024, /* ceiling of what is held beside the terms and lists */
    PROGRAM_PAIRS = 65536,             /* values compared with each other in one record */
};

/* Where a run ends; everything below is the number of a term. */
#define PROGRAM_NO   UINT32_C(0xfffffffd)
#define PROGRAM_YES  UINT32_C(0xfffffffe)
#define PROGRAM_NONE UINT32_C(0xffffffff)

struct expression {
    struct term *terms;
    uint32_t count, room;
    struct chains_arena arena;
    struct regexes *regexes; /* NULL: none */
    struct set_file *files;
    uint64_t *limited; /* pairs not compared; in the arena */
    const char *text;  /* it was made from; in the arena */
    size_t text_len;
};

/*
 * A part of a program under construction: where it begins, and the jumps out of it, each a list
 * through the terms' own `yes` and `no`.
 */
struct jumps {
    uint32_t first, last; /* term * 2, + 1 for its `no`; PROGRAM_NONE: empty */
};

struct part {
    uint32_t entry;
    struct jumps yes, no;
};

/* A new term, all 0, as a part; NULL when there are PROGRAM_TERMS already, or for want of memory. */
struct term *program_term(struct expression *program, struct part *part);

/* Sends jumps to a term, PROGRAM_YES or PROGRAM_NO. */
void program_patch(struct expression *program, struct jumps jumps, uint32_t target);

/* `b` was made behind `a`. */
struct part program_and(struct expression *program, struct part a, struct part b);
struct part program_or(struct expression *program, struct part a, struct part b);
struct part program_not(struct part part);

#endif
