/* SPDX-License-Identifier: MIT */
#ifndef RENDER_OUTPUT_H
#define RENDER_OUTPUT_H

#include <chains/component.h>
#include <chains/components.h>

/*
 * Where a sink writes: a buffer in front of the caller's FILE or of a file of its own, compressed
 * where its name says so. A record is written at output_room() and ends with output_commit();
 * buffers leave as whole records. Writing fails once: the sink's each() returns what output_end()
 * returns.
 *
 * After a failure (a full disk) a regular file ends in a whole record, if nobody else has written
 * behind it. A compressed one is cut back to the last point where all that had come was written
 * out, which is at most OUTPUT_POINT bytes of records back, and is ended there, so that it can be
 * read whole; where not even the end finds room, it ends at that point without one.
 *
 * A file that the chain reads is not written to. Text is put behind whole lines only; whether a
 * compressed file that is appended to is whole, nobody but the user can know: it is not read.
 */

enum {
    OUTPUT_BUFFER = 128 * 1024,
    OUTPUT_ROOM = 8192, /* the most that may be asked for at once */
    OUTPUT_POINT = 1024 * 1024,
    OUTPUT_MODE =
        0640, /* less the umask: what people said to each other is not for everybody */
};

/* The options of a sink that say where it writes; its table has them as OUTPUT_OPTIONS(struct). */
struct output_target {
    FILE *file;       /* the caller's; NULL: path */
    const char *path; /* NULL or "-": standard output */
    enum chains_exists exists;
    enum chains_flush flush;
    const char
        *record_end; /* what a record ends with and nothing in it: "\n", or, for records of
                               several lines, "\n\n"; NULL: binary, and a terminal is refused */
    /* Binary: of the first `len` bytes of a buffer that began with a record, those of whole ones. */
    size_t (*whole)(const char *bytes, size_t len);
};

/* The target that a sink's options say; more members may follow. */
#define OUTPUT_TARGET(options_, ...)                                                           \
    {                                                                                          \
        .file = (options_)->out, .path = (options_)->path, .exists = (options_)->exists,       \
        .flush = (options_)->flush, __VA_ARGS__                                                \
    }

struct output_compress;
struct stat;

struct output {
    chains_component *sink;
    FILE *file;             /* the caller's or standard output; NULL: a file of its own */
    int fd;                 /* of the file, or -1: then through stdio */
    bool eager;             /* leave after every batch */
    bool paced;             /* but at most once a second */
    bool regular;           /* a file on disk: a part of a record is taken back */
    bool split;             /* the first part of a record has left */
    bool created;           /* the file was not there before */
    bool replaces;          /* what is in the file goes when the first byte leaves */
    bool begun;             /* that, or a flush, has been */
    const char *record_end; /* what every record ends with, and nothing else does */
    size_t (*whole_of)(const char *bytes, size_t len);
    enum chains_exists exists;
    int failed; /* 0, or the status of the first failure */
    char *buffer;
    size_t used;
    size_t whole;                     /* of `used`: the end of the last whole record */
    struct output_compress *compress; /* NULL: as it is */
    char *path;                       /* of a file of its own, or NULL */
    uint64_t bytes;   /* that have left for the file at hand, before compression */
    bool fresh;       /* there was nothing in the file when it was opened */
    uint64_t part;    /* of `bytes`: what has left of a record that is split */
    uint64_t point;   /* of `bytes`: at the last point, */
    int64_t point_at; /* which is here in a compressed file */
    int64_t paced_ns; /* when a paced output leaves next */
};

/* The rows of a sink's option table that say where it writes; `path` is its bare option. */
extern const struct chains_name output_exists_names[], output_flush_names[];
#define OUTPUT_OPTIONS(tag)                                                                    \
    CHAINS_FIELD(tag, out, HANDLE, "where to write, in C only"),                               \
        CHAINS_FIELD(tag, path, TEXT,                                                          \
                     "file to write; compressed where it ends in .gz or .zst", .preset = "-",  \
                     .bare = 1),                                                               \
        CHAINS_FIELD(tag, exists, NAMED, "what to do with a file that is there",               \
                     .names = output_exists_names, .preset = "refuse"),                        \
        CHAINS_FIELD(tag, flush, NAMED, "when to write", .names = output_flush_names,          \
                     .preset = "line when live, else block")

/* A failure when the chain of `sink` reads the file that `about` is of; `path` may be NULL. */
int output_refuse_input(chains_component *sink, const char *path, const struct stat *about);

/* In open. Returns a status; after a failure there is nothing to close. */
int output_open(struct output *output, chains_component *sink,
                const struct output_target *target);

/*
 * For reopen: what is whole leaves, the file is closed and opened again under its name, to append
 * to what is there. Without a regular file of its own it only flushes. Then `fresh` tells whether
 * a header is due. A file that cannot be opened is a failure of the sink.
 */
int output_reopen(struct output *output);

/*
 * What is whole leaves, the file is closed, and the output goes on in a file called `path`, where
 * `exists` of the target holds as for the first one.
 */
int output_continue(struct output *output, const char *path);

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
void output_commit_split(struct output *output);
static inline void output_commit(struct output *output)
{
    output->whole = output->used;
    if (__builtin_expect(output->split, 0))
        output_commit_split(output);
}

/* After a batch: flushes when that is the policy. Returns a status. */
int output_end(struct output *output);

/* When nothing comes, and at the end: everything leaves. Returns a status. */
int output_flush(struct output *output);

/*
 * Ends the file: a compressed one with its trailer. Without output_flush() before it, what waits is
 * thrown away. Closing may fail too: call it in finish, where its status counts; calling it again
 * (in close) does nothing. The caller's FILE and standard output stay open.
 */
int output_close(struct output *output);

/* The end of a sink: what is whole leaves and the file is closed. Returns the first failure. */
static inline int output_finish(struct output *output)
{
    int status = output_flush(output), closed = output_close(output);
    return status < 0 ? status : closed;
}

/* Slots of a class whose state begins with its struct output, and that has no more to do there. */
int output_slot_idle(chains_component *self);
int output_slot_reopen(chains_component *self);
int output_slot_finish(chains_component *self);
void output_slot_close(chains_component *self);
/* A file of its own is begun anew on request, and one that was made in vain is removed. */
void output_slot_access(const chains_component *self, chains_access_teller tell, void *user);

/* Of a class that holds nothing else that grows: its buffer. */
void output_slot_memory(const chains_component *self, struct chains_memory *memory);
void output_slot_stats(const chains_component *self, struct chains_stats *stats);

#endif
