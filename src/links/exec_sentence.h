/* SPDX-License-Identifier: MIT */
#ifndef LINKS_EXEC_SENTENCE_H
#define LINKS_EXEC_SENTENCE_H

#include "exec_child.h"

/* What is said of a program, for people: printable ASCII, ended by 0. */

enum {
    EXEC_COMMAND = 88, /* bytes for a command */
    EXEC_END = 96,     /* and for how it ended */
};

/* The command's beginning, on one line. */
void exec_sentence_command(char out[EXEC_COMMAND], const char *cmd);

/* "ended with exit code 1": what became of a program that was not told to end. */
void exec_sentence_end(char out[EXEC_END], const struct exec_end *end);

#endif
