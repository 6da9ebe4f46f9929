/* SPDX-License-Identifier: MIT */
#ifndef LINKS_EXEC_REPLY_H
#define LINKS_EXEC_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line that a program answered with: a JSON object, read strictly. */
struct exec_reply {
    void *object;  /* owned; what exec_reply_member() and exec_reply_tag() give lies in it */
    bool numbered; /* it says which record it answers: "number" */
    uint64_t number;
    bool drop;
};

/* Before the first line, while files can be opened: the key of the tables that hold members. */
void exec_reply_prepare(void);

/* False when the line is no JSON object, or one with the same member twice; nothing is held then. */
bool exec_reply_read(struct exec_reply *reply, const char *line, size_t len);
void exec_reply_free(struct exec_reply *reply);

/* Whether there is a list called "tags", and the i-th of it; NULL at the end, "" for no text. */
bool exec_reply_has_tags(const struct exec_reply *reply);
const char *exec_reply_tag(const struct exec_reply *reply, size_t i);

/* The value of a member. */
struct exec_member {
    enum {
        EXEC_NOTHING, /* it is not there, null, an object or a list */
        EXEC_BOOL,
        EXEC_UINT, /* a whole number from 0 */
        EXEC_REAL, /* any other number */
        EXEC_TEXT, /* UTF-8 without NUL, `len` bytes */
    } kind;
    bool yes;
    uint64_t uint;
    double real; /* of EXEC_UINT too */
    const char *text;
    size_t len;
};

struct exec_member exec_reply_member(const struct exec_reply *reply, const char *name);

/* The version of the library that reads them: "2.14". */
const char *exec_reply_library(void);

/* Bytes of whatever kind as printable ASCII; `out` has room for four times `most` and a NUL. */
void exec_reply_quote(char *out, const char *text, size_t len, size_t most);

#endif
