/* SPDX-License-Identifier: MIT */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "tool_plugins.h"

#include <stddef.h>

/* chains list, help and fields: what there is, from the tables that the library works by. */
int list_main(int argc, char **argv);
int fields_main(int argc, char **argv);

/*
 * chains help COMPONENT, and the topics. `others` is asked first for a word that is neither: it
 * returns an exit code, or -1 when it knows no such word; `other` gives its i-th word, for the
 * nearest spelling. Without a word it is asked for NULL.
 */
struct describe_others {
    int (*help)(const char *word);
    const char *(*name)(size_t i);
};
int help_main(int argc, char **argv, const struct describe_others *others);

/* What the three take: options, and at most one word. */
struct describe {
    const char *word; /* NULL: none */
    bool json, help;
    struct tool_plugins plugins;
};

/*
 * Reads them: an exit code; then `word`, `json` and `help` hold. describe_end() frees in any case.
 */
int describe_arguments(struct describe *describe, int argc, char **argv);
void describe_end(struct describe *describe);

/*
 * `text` at column `at`, broken at blanks so that no line is longer than 92 columns; further lines
 * begin at column `indent`. Ends the line.
 */
void describe_wrap(const char *text, size_t at, size_t indent);

/* Puts `text` in front of the next column, which begins `width` behind its start. */
void describe_pad(const char *text, size_t width);

/* Adds to a line's text, which never grows beyond `size`. */
void describe_add(char *line, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
