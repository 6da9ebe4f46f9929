/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_COMPILE_H
#define EXPRESSION_COMPILE_H

#include "fault.h"
#include "program.h"
#include "token.h"

/* From a comparison as it was read to terms that are specialised on the field's type and place. */

enum {
    EXPRESSION_TEXT = 64 * 1024, /* bytes of an expression */
    EXPRESSION_NESTING = 64,     /* parentheses inside each other */
};

/* What can be asked of a value; several types of field come to the same. */
enum value_class {
    CLASS_NUMBER,
    CLASS_NAMED,
    CLASS_FLAGS,
    CLASS_TAGS,
    CLASS_BOOL,
    CLASS_TIME,
    CLASS_DURATION,
    CLASS_ADDRESS,
    CLASS_MAC,
    CLASS_TEXT,
    CLASS_RAW,
    CLASS_HEX,
    CLASS_TYPE,  /* the name of a layer's type */
    CLASS_LAYER, /* a layer, an object or a list: presence alone */
    CLASS_OTHER, /* nothing */
};

/* A path in layers that agree on where and what its value is. */
struct operand {
    enum value_class class;
    struct access access;
    const struct chains_field *field; /* NULL: of a layer and of a type */
    const struct path_place *place;
    bool many;
};

/* A value as it was written. */
struct value {
    const char *at; /* its text; of a string, with its escapes made bytes */
    uint32_t len;
    bool quoted;
    uint32_t from, span; /* in the expression */
};

/* What stands behind a sign, one of them inside braces. */
struct item {
    struct value low, high; /* the same, unless it is a range */
    bool range, file;
    bool fits; /* some operand can have it */
};

enum quantifier { OF_DEFAULT, OF_ANY, OF_ALL };

struct comparison {
    struct value name; /* the field */
    struct path path;
    struct operand operand[PATH_TYPES];
    unsigned operands;
    enum quantifier of;
    struct token sign; /* TOKEN_END: presence */
    bool braces;
    struct item *item;
    uint32_t items, item_room;
};

struct compile {
    chains_component *self;
    const struct chains_layout *layout;
    uint64_t types;
    bool load;
    const char *text;
    size_t len;
    struct token token; /* the one to be read next */
    struct expression *program;
    struct fault fault;
    /* Of the comparison at hand: a value that does not fit, or is not of the right kind. */
    struct fault soft, hard;
};

/*
 * How a comparison fits an operand. A value that one operand cannot have (a name it does not know,
 * a number too large for it) is a fault only when no operand can.
 */
enum fit {
    FIT_FAILED = -1, /* the fault is in compile.fault */
    FIT_NOT,         /* makes no sense here: `hard` says why */
    FIT_PART,        /* a value cannot be here: `soft` says why */
    FIT_GOOD,
};

/* Fills in the operands of a comparison's path; false with a fault. */
bool operands_find(struct compile *compile, struct comparison *comparison);

/* What a class is called, what is compared with it, and by which signs. */
const char *class_name(enum value_class class);  /* "an address" */
const char *class_wants(enum value_class class); /* "an address like 10.0.0.1 or ..." */
bool class_takes(enum value_class class, enum token_kind sign);
const char *class_signs(enum value_class class); /* "==, !=, ... and in" */

/* The terms of a comparison; false with a fault. */
bool compare(struct compile *compile, struct comparison *comparison, struct part *part);

/* `items` of a comparison, by a sign, with one operand. */
struct ask {
    struct compile *compile;
    const struct comparison *comparison;
    const struct operand *operand;
    enum token_kind sign;
    struct item *item;
    uint32_t items;
};

enum fit compare_numbers(const struct ask *ask, struct part *part);
enum fit compare_addresses(const struct ask *ask, struct part *part);
enum fit compare_bytes(const struct ask *ask, struct part *part);
enum fit compare_flags(const struct ask *ask, struct part *part);
enum fit compare_type(const struct ask *ask, struct part *part);

/* Compares with the field that the only item names: FIT_NOT when it names none. */
enum fit compare_fields(struct compile *compile, const struct comparison *comparison,
                        struct part *part);

/* A term over an operand, its quantifier set; NULL with a fault. */
struct term *compare_term(const struct ask *ask, enum op op, struct part *part);

/* A set in the arena; NULL with a fault. */
struct set *compare_set(const struct ask *ask);

/* A file for a set; false with a fault. */
bool compare_file(const struct ask *ask, const struct value *value, enum list_kind kind,
                  struct set *set);

enum fit compare_no_memory(const struct ask *ask);

/* "not an address: packet.src is compared with ..." */
enum fit compare_refuse(const struct ask *ask, const struct value *value);
/* "contains takes text in quotes" */
enum fit compare_quotes(const struct ask *ask, const struct value *value);
enum fit compare_too_large(const struct ask *ask, const struct value *value, uint64_t most);

/* The regular expression that a value is: its number, or negative with a fault. */
int compare_regex(const struct ask *ask, const struct value *value);

/* Whether two names are the same without regard to case. */
bool names_equal(const struct value *value, const char *name);

/* `no flag "sin" in transport.flags; did you mean "syn"? (fin, syn, ...)` */
enum fit names_refuse(const struct ask *ask, const struct value *value);

#endif
