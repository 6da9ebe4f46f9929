/* SPDX-License-Identifier: MIT */
#ifndef SINKS_COUNT_KEY_H
#define SINKS_COUNT_KEY_H

#include "../render/columns.h"

/*
 * Keys of a table of counts: the values of several fields as bytes that are equal when the values
 * are, whatever type of layer they come from, and whose order is that of the values. A field with
 * several values is all of them, in their order. A column takes COUNT_COLUMN bytes at most: text
 * that is longer is cut, and values that find no room are left out.
 * Flags and tags of which none is set are no value.
 */

enum {
    COUNT_COLUMNS = 16,
    COUNT_COLUMN = 256,
    COUNT_CELL = 8192, /* room for a column as text */
};

struct count_keys {
    struct columns columns;
    const struct chains_layout *layout;
    uint16_t size[COUNT_COLUMNS]; /* the most bytes of each column */
    bool list[COUNT_COLUMNS];     /* it may have several values */
    size_t key_size;              /* the most bytes of a key */
    struct text_clock clock;
};

/* Prepares for columns that have been opened, at most COUNT_COLUMNS, and their chain. */
void count_keys_prepare(struct count_keys *keys, const struct chains_layout *layout);

/* Writes the key of a record, at most key_size bytes; *cut is set when something was left out. */
size_t count_keys_write(const struct count_keys *keys, const struct chains_record *rec,
                        uint8_t *key, bool *cut);

/*
 * Column `i` of a key, which begins at `key`, as text at `out`, where there are COUNT_CELL bytes;
 * the end of the text in *end. Returns the place of the next column.
 */
const uint8_t *count_keys_plain(struct count_keys *keys, size_t i, const uint8_t *key,
                                char *out, char **end);

/* The same as JSON: null when there is no value, an array when there may be several. */
const uint8_t *count_keys_json(struct count_keys *keys, size_t i, const uint8_t *key,
                               struct output *output);

#endif
