/* SPDX-License-Identifier: MIT */
#ifndef SINKS_OUTPUT_H
#define SINKS_OUTPUT_H

#include <chains/component.h>
#include <chains/components.h>

/*
 * Where a sink writes: a buffer in front of the caller's FILE. A record is written at
 * output_room() and ends with output_commit(); buffers leave as whole records. Writing fails
 * once: the sink's each() returns what output_end() returns.
 */

enum {
    OUTPUT_BUFFER = 128 * 1024,
    OUTPUT_ROOM = 8192, /* the most that may be asked for at once */
};

struct output {
    chains_component *sink;
    FILE *file;
    int fd;                 /* of the file, or -1: then through stdio */
    bool eager;             /* leave after every batch */
    bool regular;           /* a file on disk: a part of a record is taken back */
    const char *record_end; /* what every record ends with, and nothing else does */
    int failed;             /* 0, or the status of the first failure */
    char *buffer;
    size_t used;
    size_t whole; /* of `used`: the end of the last whole record */
};

/*
 * In open: `file` NULL is standard output; `record_end` is what a record ends with and nothing in
 * it, "\n" or, for records of several lines, "\n\n". Returns a status.
 */
int output_open(struct output *output, chains_component *sink, FILE *file,
                enum chains_flush flush, const char *record_end);

/* Room for `n` bytes, at most OUTPUT_ROOM. Never NULL: after a failure it is thrown away. */
char *output_room_slow(struct output *output);
static inline char *output_room(struct output *output, size_t n)
{
    if (__builtin_expect(OUTPUT_BUFFER - output->used < n, 0))
        return output_room_slow(output);
    return output->buffer + output->used;
}

/* What was written ends at `end`. */
static inline void output_put(struct output *output, const char *end)
{
    output->used = (size_t)(end - output->buffer);
}

/* Text of any length. */
void output_text(struct output *output, const char *text, size_t len);

/* The record that was being written is whole. */
static inline void output_commit(struct output *output)
{
    output->whole = output->used;
}

/* After a batch: flushes when that is the policy. Returns a status. */
int output_end(struct output *output);

/* When nothing comes, and at the end: everything leaves. Returns a status. */
int output_flush(struct output *output);

void output_close(struct output *output);

#endif
