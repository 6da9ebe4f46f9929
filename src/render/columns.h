/* SPDX-License-Identifier: MIT */
#ifndef RENDER_COLUMNS_H
#define RENDER_COLUMNS_H

#include "plain.h"

/*
 * The fields that a sink was asked for: "packet.src,transport.dport" as paths of the chain, with
 * the places that can be read without a walk.
 */

/* A value in one type of layer. */
struct column_cell {
    uint32_t has;    /* bit in the struct's first member; 0: always there */
    uint16_t offset; /* in the struct */
    uint8_t op;      /* enum value_op; VALUE_OP_LONG: walk the path */
};

struct column {
    const char *name; /* in the option's text, not ended */
    size_t len;
    struct path path;
    struct column_cell cell[PATH_TYPES]; /* for each place of the path */
};

struct columns {
    struct column *at;
    size_t count;
};

/* Number of names in a text; commas and blanks separate them. NULL: none. */
size_t columns_number(const char *text);

/*
 * From check on: finds the paths in the chain of `self`. CHAINS_OK, or CHAINS_EMEM or
 * CHAINS_EUSAGE with a sentence about `option`. `text` outlives the columns. After a failure there are none.
 */
int columns_open(struct columns *columns, chains_component *self, const char *option,
                 const char *text);

/* Frees them; no columns are fine. */
void columns_close(struct columns *columns);

/*
 * The cell of a column in a record and the struct it lies in; NULL when the record has no such
 * value. With VALUE_OP_LONG there may be none either.
 */
static inline const struct column_cell *
column_cell(const struct column *column, const struct chains_record *rec, const void **base)
{
    const struct path_place *place = path_place(&column->path, rec, base);
    if (!place)
        return NULL;
    const struct column_cell *cell = &column->cell[place - column->path.place];
    return cell->has && !(number_load(*base, sizeof cell->has) & cell->has) ? NULL : cell;
}

#endif
