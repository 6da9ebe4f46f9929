/* SPDX-License-Identifier: MIT */
#ifndef RENDER_DICT_H
#define RENDER_DICT_H

#include "output.h"
#include "shown.h"
#include "value.h"

/*
 * Any struct that a field table describes, in the text form of the worked examples: a Python
 * dictionary. {'sport': 5353, 'flags': ['syn'], 'data': '\x00\x01'}
 */

enum {
    DICT_CELLS = 128, /* a power of two */
    DICT_NAME_TEXT = 32,
};

/* What is known of a field before its value is. */
struct dict_cell {
    const struct chains_field *field; /* NULL: none yet */
    char text[DICT_NAME_TEXT];        /* ", 'sport': " */
    uint8_t len;                      /* 0: it is longer */
    uint8_t op, size;
    uint16_t offset;
    struct value_when when;
};

/* Where it is written, and what was found out of fields and values: zeroed but for the output. */
struct dict {
    struct output *output;
    struct dict_cell cells[DICT_CELLS];
    struct shown shown; /* of named numbers and flags */
};

/* All members that have a value, with braces. */
void dict_struct(struct dict *dict, const struct chains_record *rec,
                 const struct chains_field *fields, const void *base);

/* The value of one field. */
void dict_value(struct dict *dict, const struct chains_record *rec,
                const struct chains_field *field, const void *base);

/* Bytes as Python 2 shows a string: quotes chosen, \t \n \r \\ and \xNN for the rest. */
void dict_bytes(struct output *output, struct chains_bytes bytes);

#endif
