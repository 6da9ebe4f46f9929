/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_COMPONENT_H
#define CHAINS_COMPONENT_H

#include <chains/chain.h>
#include <chains/dissect.h>
#include <chains/field.h>
#include <chains/record.h>

/*
 * For authors of components. A component is one static const struct chains_class; most write
 * only `each`, which the core calls for every record in order.
 */

#ifdef __cplusplus
extern "C" {
#endif

enum chains_role { CHAINS_SOURCE, CHAINS_LINK, CHAINS_SINK };

/* What each() returns besides a failure. */
enum { CHAINS_KEEP = 0, CHAINS_DROP = 1 };

/* Records on their way, in order; fixed number of rows. */
struct chains_batch;

struct chains_class {
    const char *name, *brief; /* "reverse_dns"; one sentence for people */
    enum chains_role role;
    unsigned takes, gives; /* enum chains_kind bits; 0: any, unchanged */
    size_t state_size;     /* zeroed state, owned by the core */
    size_t options_size;   /* of the option struct, whose first member is `size_t size` */
    const struct chains_field *options;              /* its rows */
    const struct chains_layer_type *const *attaches; /* layer types it adds, ended by NULL */

    /* Before the first record, upstream first. On failure call chains_fail(). */
    int (*open)(chains_component *self);
    /* One record: CHAINS_KEEP, CHAINS_DROP, or a failure. */
    int (*each)(chains_component *self, struct chains_record *rec);
    /* The same for a whole batch, instead of each. */
    int (*many)(chains_component *self, struct chains_batch *batch);
    /*
     * Instead of each, for sources and for components that change the number of records: puts
     * records into `out` and returns CHAINS_OK (at least one record), CHAINS_IDLE, CHAINS_END
     * or a failure. Records put before a failure or an end come out first.
     */
    int (*next)(chains_component *self, struct chains_batch *out);
    /* Nothing came at the capture timeout: flush what waits. */
    int (*idle)(chains_component *self);
    /* After the last record, also after a failure upstream: flush, last words. */
    int (*finish)(chains_component *self);
    /* Always after a successful open. */
    void (*close)(chains_component *self);
    /* Adds numbers of its own (kernel drops, memory, limited) to what the core counted. */
    void (*stats)(const chains_component *self, struct chains_stats *stats);
};

/*
 * A new component: NULL for want of memory, or of a class. `options` may be NULL; it and its strings are
 * copied. A class that is wrong (neither each, many nor next) gives a component whose pull
 * fails.
 */
CHAINS_API chains_component *chains_new(const struct chains_class *cls, const void *options);

CHAINS_API void *chains_state(const chains_component *self);

/* The copied options, as large as the class says; members that the caller's struct lacked are
 * 0. */
CHAINS_API const void *chains_options(const chains_component *self);

/* Stores the first failure and returns `code`, so that a failure is one line where it is found.
 */
CHAINS_API int chains_fail(chains_component *self, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/* A warning to the chain's log. */
CHAINS_API void chains_warn(chains_component *self, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;

/* Whether chains_stop() was called. */
CHAINS_API bool chains_stopping(const chains_component *self);

/*
 * Marks a layer of `type` (one of the class's `attaches`) as there and returns its place in the
 * row; write every member, the row is not cleared. A layer of another type in the same slot is
 * gone. NULL when the type is not among the class's `attaches`.
 */
CHAINS_API void *chains_attach(chains_component *self, struct chains_record *rec,
                               const struct chains_layer_type *type);

/* Sets flags on a record and counts it: CHAINS_CUT as cut short, CHAINS_BROKEN as malformed. */
CHAINS_API void chains_mark(chains_component *self, struct chains_record *rec, unsigned flags);

/* Counts one time that a ceiling was reached. */
CHAINS_API void chains_count_limited(chains_component *self);

/*
 * Memory that lives as long as the record at hand, for what varies in length: the items of a
 * list, text. For each() and many(); a next() has the arenas of its batches.
 */
CHAINS_API struct chains_arena *chains_arena_of(chains_component *self);

/*
 * Runs a dissector of the author's own on what is unread of a record: attaches its layer (one of
 * the class's `attaches`, too), moves `rest` and `next` on, marks and counts as packet_meta does.
 * CHAINS_NOT_MINE leaves the record as it was.
 */
CHAINS_API enum chains_verdict chains_dissect(chains_component *self, struct chains_record *rec,
                                              const struct chains_dissector *dissector);

/*
 * The bit of a tag of this name in the chain; the same name gives the same bit. -1 when the
 * chain has 64 tags already, or when the name is not 1 to 47 bytes of letters, digits, '_', '-',
 * '.' and ':'. Call it in open; `name` must live as long as the component.
 */
CHAINS_API int chains_tag(chains_component *self, const char *name);

/*
 * Pulls the next batch from upstream into `batch`: CHAINS_OK with records, CHAINS_IDLE,
 * CHAINS_END or a failure.
 */
CHAINS_API int chains_pull_into(chains_component *self, struct chains_batch *batch);

/*
 * A batch of its own for a `next` that takes records and gives others (its input); 0 records:
 * the default, at most 4096. NULL for want of memory. Valid between open and close.
 */
CHAINS_API struct chains_batch *chains_batch_new(chains_component *self, size_t records);
CHAINS_API void chains_batch_free(struct chains_batch *batch);

/*
 * A new record at the end; NULL when the batch is full. It is all 0 but for `kind`, packets: a
 * source sets time_ns, number, bytes, rest, next and wire_len.
 */
CHAINS_API struct chains_record *chains_batch_add(struct chains_batch *batch);

/* Takes back the last record added. */
CHAINS_API void chains_batch_undo(struct chains_batch *batch);

/* Number of records, and the i-th of them. */
CHAINS_API size_t chains_batch_count(const struct chains_batch *batch);
CHAINS_API struct chains_record *chains_batch_record(const struct chains_batch *batch,
                                                     size_t i);

/* Keeps only the records for which keep[i] is true, in order. */
CHAINS_API void chains_batch_keep(struct chains_batch *batch, const bool *keep);

/* Memory that lives as long as the batch's records. */
CHAINS_API struct chains_arena *chains_batch_arena(struct chains_batch *batch);

/* What a source tells those downstream of it; set in its open. */
struct chains_source_info {
    bool live;                           /* packets as they happen, not a file */
    const struct chains_prefix *local;   /* prefixes of the interface; live until close */
    const struct chains_addr *broadcast; /* broadcast addresses of its subnets */
    size_t local_count, broadcast_count;
};

CHAINS_API void chains_announce(chains_component *self, const struct chains_source_info *info);

/* What the source upstream has announced; zeros when nothing. */
CHAINS_API struct chains_source_info chains_source_of(const chains_component *self);

#ifdef __cplusplus
}
#endif
#endif
