/* SPDX-License-Identifier: MIT */
#ifndef LINKS_EXEC_CHILD_H
#define LINKS_EXEC_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

/*
 * A program that reads lines and answers with lines. Its standard input is a socket (writing to a
 * pipe whose reader is gone would send SIGPIPE to the whole host), its standard output a pipe.
 * Nothing here waits but exec_child_wait() and exec_child_end().
 */

enum {
    EXEC_LINE = 64 * 1024, /* the most of an answer, without its end of line */
};

/* How a program ended. */
struct exec_end {
    enum {
        EXEC_EXITED, /* code: its exit code */
        EXEC_KILLED, /* code: the signal */
        EXEC_LOST,   /* somebody else in this process has taken its exit code */
    } how;
    int code;
    bool forced; /* it was told to */
};

struct exec_child {
    pid_t pid;         /* its process group too; 0: not running */
    int feed, answers; /* our ends; -1: closed */
    bool deaf;         /* it has closed its standard input */
    bool mute;         /* nothing more can come out of it */
    char *buffer;      /* of EXEC_LINE bytes and an end of line */
    size_t begin, end; /* what was read and not yet taken as lines */
    bool skipping;     /* inside a line that was too long */
};

/* A line without its end; it lives until the next call. */
struct exec_line {
    const char *text;
    size_t len;
    bool too_long; /* only its first EXEC_LINE bytes */
};

/* False for want of memory. */
bool exec_child_init(struct exec_child *child);

/* Kills what still runs. */
void exec_child_free(struct exec_child *child);

/*
 * Runs `sh -c cmd` in a process group of its own: standard error is ours, every other descriptor
 * is closed, signals are as in a new program. 0, or an errno.
 */
int exec_child_start(struct exec_child *child, const char *cmd);

/* Gives it as many bytes as it takes at once, and returns their number. */
size_t exec_child_feed(struct exec_child *child, const char *bytes, size_t len);

/* Reads what is there, as far as there is room, and returns the number of bytes. */
size_t exec_child_read(struct exec_child *child);

/* Takes the next whole line of what was read. What is behind the last end of line is one at the end. */
bool exec_child_line(struct exec_child *child, struct exec_line *line);

/* Whether the program itself has ended; what it started may still write. */
bool exec_child_has_ended(const struct exec_child *child);

/* The same, waiting for up to `patience_ns`; what it still says is thrown away. */
bool exec_child_ends(struct exec_child *child, int64_t patience_ns);

/* Until it can be read from, or fed when there is something to feed, or `ms` have passed. */
void exec_child_wait(const struct exec_child *child, bool to_feed, int ms);

/*
 * Closes its standard input and gives it `patience_ns` to end. When it does not, or leaves others
 * who hold its output, the group gets SIGTERM and a moment; in every case SIGKILL in the end. What
 * is still said is thrown away. Nothing of the group is left afterwards.
 */
void exec_child_end(struct exec_child *child, int64_t patience_ns, struct exec_end *end);

#endif
