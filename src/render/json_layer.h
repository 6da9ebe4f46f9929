/* SPDX-License-Identifier: MIT */
#ifndef RENDER_JSON_LAYER_H
#define RENDER_JSON_LAYER_H

#include "json_names.h"
#include "output.h"
#include "shown.h"
#include "value.h"

#include "../bytes/text.h"

/*
 * JSON of any struct that a field table describes. The table is prepared once: each key is
 * rendered with its comma and quotes into a cell that is copied whole.
 */

enum {
    JSON_CELL = 32,                   /* `,"header_len":` and the like */
    JSON_FIELDS = 48,                 /* rows of one table, its sub-tables not counted */
    JSON_VALUE = 128,                 /* the most of a short value, with quotes */
    JSON_MEMBERS = OUTPUT_ROOM - 128, /* the most of a table's short values */
    JSON_DEPTH = 3,                   /* tables inside tables */
    JSON_LIST_ITEMS = 4096,           /* the most of a list that is written */
};

struct json_table;

/* Beside those of value.h: text, and NAMED and FLAGS with plain names. */
enum {
    JSON_NAMED = VALUE_OP_LONG + 1, /* as any short value not longer than JSON_VALUE */
    JSON_FLAGS,
    JSON_TEXT, /* a short one where it is plain and not longer than that */
    JSON_BYTES,
    JSON_NAMES, /* longer */
};

struct json_cell {
    char key[JSON_CELL]; /* `,"sport":` */
    uint8_t key_len, op;
    uint8_t size;    /* of a number */
    uint16_t offset; /* of the value */
    struct value_when when;
    const struct chains_field *field;
    struct json_table *table; /* OBJECT and LIST */
    struct json_names *names; /* where it has some */
};

struct json_table {
    size_t count;
    struct json_cell cells[JSON_FIELDS];
};

/*
 * Prepares a table. CHAINS_EMEM for want of memory; CHAINS_EUSAGE when a key is too long for a
 * cell or not plain, or when there are more rows than JSON_FIELDS.
 */
int json_table_new(const struct chains_field *fields, unsigned depth, struct json_table **made);
void json_table_free(struct json_table *table);

/* Where JSON is written and what it needs beside the struct. */
struct json_writer {
    struct output *output;
    struct text_clock clock;
    const struct chains_record *rec;
    struct shown shown; /* of flags */
};

/*
 * The members of the struct at `base`, and the closing brace. `open`: with the opening one too;
 * else they go behind members that the caller has written.
 */
void json_members(struct json_writer *writer, const struct json_table *table, const void *base,
                  bool open);

/*
 * The same at `out`, where there is room for JSON_MEMBERS bytes. Returns the place behind, for output_put(),
 * which needs not be in what there was room for.
 */
char *json_members_at(struct json_writer *writer, char *out, const struct json_table *table,
                      const void *base, bool open);

/* The value of one field. */
void json_value(struct json_writer *writer, const struct json_cell *cell, const void *base);

/* Whether text can stand in quotes as it is: printable ASCII without quotes and backslashes. */
bool json_is_plain(const char *text);

/*
 * In quotes: valid UTF-8 whatever the bytes, control characters escaped. Of raw bytes a backslash is
 * doubled besides what JSON asks for, since a stray byte is shown with one (json_text.c).
 */
void json_raw(struct output *output, const char *bytes, size_t len);
void json_text(struct output *output, const char *text, size_t len);

#endif
