/* SPDX-License-Identifier: MIT */
#ifndef LINKS_EXEC_LAYER_H
#define LINKS_EXEC_LAYER_H

#include <chains/component.h>

#include "exec_reply.h"

/*
 * The layer of an exec link: its fields are what the options say, its values what the program
 * answers. A value that was not said is absent.
 */

enum {
    EXEC_FIELDS = 32,     /* the bits of `has` */
    EXEC_FIELD_NAME = 28, /* as JSON can show them: JSON_CELL */
    EXEC_LAYER_NAME = 22,
    EXEC_TEXT_MOST = 4096, /* bytes of a text */
};

struct exec_layer {
    struct chains_layer_type type;
    struct chains_field fields[EXEC_FIELDS + 1];
    char names[EXEC_FIELDS][EXEC_FIELD_NAME + 1];
    char name[EXEC_LAYER_NAME + 1];
    size_t count; /* of fields; 0: there is no layer */
};

/* In create: `fields` are "NAME:TYPE", ended by NULL, or NULL. Returns a status, with a sentence. */
int exec_layer_create(struct exec_layer *layer, chains_component *self, const char *name,
                      const char *const *fields);

/* In check: whether another component upstream has a layer of the same name. */
int exec_layer_check(const struct exec_layer *layer, chains_component *self);

/*
 * Attaches what a reply says, if it says anything. Returns the name of the last field whose value
 * was not of its type or found no room, or NULL; such a field is absent, or its text cut.
 */
const char *exec_layer_attach(const struct exec_layer *layer, chains_component *self,
                              struct chains_record *rec, const struct exec_reply *reply);

#endif
