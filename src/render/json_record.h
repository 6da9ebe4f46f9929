/* SPDX-License-Identifier: MIT */
#ifndef RENDER_JSON_RECORD_H
#define RENDER_JSON_RECORD_H

#include "json_layer.h"

/* Names of enum chains_flag in JSON. */
const struct chains_name *json_record_flag_names(void);

/*
 * A record as one JSON object; docs/schema.json describes it. The tables of its layers are
 * prepared when a layer of their type comes for the first time.
 */
struct json_layer;

struct json_record {
    struct json_writer writer;
    struct json_layer *layers; /* by type number */
    uint64_t types;            /* of the layers to show, a bit each, as in `present` */
};

/* Returns a status; a failure is stored in `self`. */
int json_record_open(struct json_record *json, chains_component *self, struct output *output,
                     uint64_t types);

/* One object, without an end of line. Returns a status, as above. */
int json_record_write(struct json_record *json, chains_component *self,
                      const struct chains_record *rec);

void json_record_close(struct json_record *json);

#endif
