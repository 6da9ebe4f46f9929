/* SPDX-License-Identifier: MIT */
#ifndef RENDER_DICT_H
#define RENDER_DICT_H

#include "output.h"

/*
 * Any struct that a field table describes, in the text form of the worked examples: a Python
 * dictionary. {'sport': 5353, 'flags': ['syn'], 'data': '\x00\x01'}
 */

enum { DICT_NAMES = 64, DICT_NAME_TEXT = 31 };

/* The name of a member as it stands in a print: ", 'sport': ". */
struct dict_name {
    const char *name; /* NULL: none yet */
    uint8_t len;
    char text[DICT_NAME_TEXT];
};

/* Where it is written, and names that were: zeroed but for the output. */
struct dict {
    struct output *output;
    struct dict_name names[DICT_NAMES];
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
