/* SPDX-License-Identifier: MIT */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * One JSON document, for people and machines: two blanks for each level, strings escaped. What a
 * plugin says of itself may be anything: control characters are escaped, bytes that are not UTF-8
 * become U+FFFD.
 */

enum { TOOL_JSON_DEPTH = 12 };

struct tool_json {
    FILE *out;
    unsigned depth;
    struct {
        char close;
        bool some;
    } level[TOOL_JSON_DEPTH];
};

/* An object ('{') or an array ('['); `key` is NULL in an array and at the top. */
void tool_json_begin(struct tool_json *json, const char *key, char bracket);

/* Ends what was begun last; the document itself with a line's end. */
void tool_json_end(struct tool_json *json);

/* A member, or an item where `key` is NULL. Text that is NULL is null. */
void tool_json_text(struct tool_json *json, const char *key, const char *text);
void tool_json_number(struct tool_json *json, const char *key, uint64_t number);
void tool_json_bool(struct tool_json *json, const char *key, bool yes);

#endif
