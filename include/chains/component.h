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

/*
 * Bytes of state that grow with the traffic: less than `least` a component cannot work with;
 * `usual` it takes where nobody says how much. Where they are equal (an option says how large, or
 * the size is fixed) it has exactly that, else from `least` on anything, also more than `usual`:
 * what it holds follows chains_share() in its open.
 */
struct chains_memory {
    uint64_t least, usual;
};

struct chains_class {
    const char *name, *brief; /* "reverse_dns"; one sentence for people */
    enum chains_role role;
    unsigned takes, gives; /* enum chains_kind bits; 0: any, unchanged */
    size_t state_size;     /* zeroed state, owned by the core */
    size_t options_size;   /* of the option struct, whose first member is `size_t size` */
    const struct chains_field *options;              /* its rows */
    const struct chains_layer_type *const *attaches; /* layer types it adds, ended by NULL */

    /*
     * Once, when it is made, in chains_new(): options that make no sense whatever the chain,
     * layers of its own (chains_adds()). No I/O. What it holds lies in the state: nothing frees.
     */
    int (*create)(chains_component *self);
    /*
     * When the whole chain is known, before any open: options that make no sense in this place
     * (chains_layout_of(), chains_upstream_types()). No I/O, nothing kept: open does it again.
     */
    int (*check)(chains_component *self);
    /*
     * When the whole chain is known, before any open: what it may hold. No I/O. Without it: nothing.
     */
    void (*memory)(const chains_component *self, struct chains_memory *memory);
    /*
     * Before the first record, upstream first, sinks behind all others: so that no file is begun
     * where something cannot be opened. No byte that strangers have sent is read here, a capture
     * file's header included, and no thread begins: after this the program may give up its rights.
     * On failure call chains_fail().
     */
    int (*open)(chains_component *self);
    /* When every component is open, upstream first: threads begin. */
    int (*start)(chains_component *self);
    /*
     * With the first pull, when all have started, upstream first: what the first bytes of an input say
     * of all of it. It waits for nothing. A failure is like one of open: nothing was begun, and nobody
     * has last words.
     */
    int (*begin)(chains_component *self);
    /* While it is open: calls `tell` for what it may still ask of the system. Without it: nothing. */
    void (*access)(const chains_component *self, chains_access_teller tell, void *user);
    /* One record: CHAINS_KEEP, CHAINS_DROP, or a failure. */
    int (*each)(chains_component *self, struct chains_record *rec);
    /*
     * The same for a whole batch, instead of each. On a failure the records before the one that
     * failed stay in the batch and go on, the others are taken out (chains_batch_keep()).
     * CHAINS_END: what is in the batch goes on, and no more is wanted.
     */
    int (*many)(chains_component *self, struct chains_batch *batch);
    /*
     * Instead of each, for sources and for components that change the number of records: puts
     * records into `out` and returns CHAINS_OK (at least one record), CHAINS_IDLE, CHAINS_END
     * or a failure. Records put before a failure or an end come out first.
     */
    int (*next)(chains_component *self, struct chains_batch *out);
    /*
     * Nothing came at the capture timeout, or nothing has got through for long: flush what waits.
     * CHAINS_END: no more is wanted.
     */
    int (*idle)(chains_component *self);
    /* Between two batches, after chains_reopen(): begin files anew, read lists again. */
    int (*reopen)(chains_component *self);
    /*
     * After the last record, also after a failure: flush, last words. Not where opening, starting or
     * beginning failed.
     */
    int (*finish)(chains_component *self);
    /* Always after a successful open. */
    void (*close)(chains_component *self);
    /* Adds numbers of its own (kernel drops, memory, limited) to what the core counted. */
    void (*stats)(const chains_component *self, struct chains_stats *stats);
    /* Sources: whether a chain's first word, which names no component, is an input of theirs. */
    bool (*accepts)(const char *word);
};

/* The built-in classes, ended by NULL. */
CHAINS_API const struct chains_class *const *chains_classes(void);

/*
 * The built-in types of layers, in the order in which they are printed: writes at most `most` of
 * them and returns their number, at most CHAINS_IDS.
 */
CHAINS_API size_t chains_layer_types(const struct chains_layer_type **types, size_t most);

/*
 * In create: a layer type of this component alone, besides those of its class; it lives as long as
 * the component (in its state). At most 4 for each component.
 */
CHAINS_API int chains_adds(chains_component *self, const struct chains_layer_type *type);

/*
 * In create: one of the class's `attaches` that this component, with its options, does not attach. At
 * most 4 for each component.
 */
CHAINS_API int chains_omits(chains_component *self, const struct chains_layer_type *type);

/* From check to close: where layers lie in the rows of this chain. */
CHAINS_API const struct chains_layout *chains_layout_of(const chains_component *self);

/*
 * From check to close: the types of layers that components upstream of this one, or it itself,
 * attach, as bits of `present`.
 */
CHAINS_API uint64_t chains_upstream_types(const chains_component *self);

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

/*
 * Stores the first failure and returns `code`, so that a failure is one line where it is found. A
 * component that has failed in each(), many() or next() is not called again, whatever it returned.
 */
CHAINS_API int chains_fail(chains_component *self, int code, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

/*
 * The component, noting that its failure is about this option (of one that may be repeated, the
 * i-th, from 0): in a chain made from text that word is pointed at then. In create, check and open:
 *
 *     return chains_fail(chains_about(self, "speed", 0), CHAINS_EUSAGE, "speed is ...");
 */
CHAINS_API chains_component *chains_about(chains_component *self, const char *option, size_t i);

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
 * CHAINS_NOT_MINE leaves the record as it was. A verdict without a layer leaves the layers that
 * are there; where the arena has no room left, that is CHAINS_LIMIT, with nothing read.
 */
CHAINS_API enum chains_verdict chains_dissect(chains_component *self, struct chains_record *rec,
                                              const struct chains_dissector *dissector);

/* From open on: the bytes of state that this component may hold, from `least` on. */
CHAINS_API uint64_t chains_share(const chains_component *self);

/*
 * On a thread that this component has begun, when it has all it needs and before it receives
 * anything: whoever runs the chain may bind it (chains_on_thread()). Negative: the thread is to end,
 * and start to fail.
 */
CHAINS_API int chains_thread_begun(const chains_component *self, const char *name);

/*
 * The bit of a tag of this name in the chain; the same name gives the same bit. -1 when the
 * chain has 64 tags already, or when the name is not 1 to 47 bytes of letters, digits, '_', '-',
 * '.' and ':'. Call it from open on; `name` is copied.
 */
CHAINS_API int chains_tag(chains_component *self, const char *name);

/*
 * Pulls the next batch from upstream into `batch`: CHAINS_OK with records, CHAINS_IDLE,
 * CHAINS_END or a failure. `batch` may be the one that next() was given: then its records are
 * worked on in place.
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

/*
 * A new record in front of the i-th (or behind the last, with i the count), for who adds a few to
 * a batch that came from upstream: besides what chains_batch_add() takes there is room for 32. It
 * is all 0, and an event. NULL when there is no room: try again with the next batch.
 */
CHAINS_API struct chains_record *chains_batch_insert(struct chains_batch *batch, size_t i);

/* How many chains_batch_insert() still has room for. */
CHAINS_API size_t chains_batch_spare(const struct chains_batch *batch);

/* Takes back the record of the latest chains_batch_add(); only directly after it. */
CHAINS_API void chains_batch_undo(struct chains_batch *batch);

/* Number of records, and the i-th of them. */
CHAINS_API size_t chains_batch_count(const struct chains_batch *batch);
CHAINS_API struct chains_record *chains_batch_record(const struct chains_batch *batch,
                                                     size_t i);

/* Keeps only the records for which keep[i] is true, in order. */
CHAINS_API void chains_batch_keep(struct chains_batch *batch, const bool *keep);

/* Memory that lives as long as the batch's records. */
CHAINS_API struct chains_arena *chains_batch_arena(struct chains_batch *batch);

/* ---- what a component keeps for each flow (link flows) --------------------------------------- */

/*
 * For parsers of streams: room of this component in the flow of a record that has the layer
 * "stream" or "flow"; `size` bytes, zeroed at first, and always the same place after that. Both
 * directions share it. `release`, which may be NULL, is called with it once, when the flow has
 * ended and every record of it has gone through the chain, or when the chain is closed: it frees
 * what the room refers to, and has no chain to speak to.
 *
 * NULL: the record has no flow, the component is done with it (chains_flow_done()), or the ceiling
 * of what parsers keep is reached, which counts as limited: then this flow is not asked again,
 * unless others have just ended and their rooms are about to be free: so a room may begin in the
 * middle of a stream, at any `offset`. At most 16 components behind one component flows have rooms; for any more it is always NULL, and
 * limited. NULL is also a failure of this component, which ends the chain: there is no memory
 * (CHAINS_EMEM), or `size` is larger than it was when the room was made (CHAINS_EUSAGE).
 */
CHAINS_API void *chains_flow_slot(chains_component *self, const struct chains_record *rec,
                                  size_t size, void (*release)(void *slot));

/* The same room where it is there already, else NULL: nothing is begun. */
CHAINS_API void *chains_flow_find(const chains_component *self,
                                  const struct chains_record *rec);

/*
 * Memory behind the room of this component: from now on it counts as `bytes`, besides the room
 * itself, against the flow table's ceiling of what parsers keep. None of it is in the table's memory:
 * --stats tells it with the memory of flows.
 */
CHAINS_API void chains_flow_charge(chains_component *self, const struct chains_record *rec,
                                   size_t bytes);

/* This component wants no more of this flow: its room is released at once. */
CHAINS_API void chains_flow_done(chains_component *self, const struct chains_record *rec);

/*
 * What the flow of this record carries, for its flow record: "http". The first one to say so
 * counts; not copied. A flow record that has no service yet takes what is known by now, also with
 * `service` NULL: a parser calls it so for each flow record that passes, for one that stands in the
 * same batch as its packets was made before anybody had read them. In the branches of a tee each
 * has flow records of its own, and the flow is the same.
 */
CHAINS_API void chains_flow_service(struct chains_record *rec, const char *service);

/* A file, by what stat(2) says of it. */
struct chains_input {
    uint64_t device, inode;
};

/* Lines in the SSLKEYLOGFILE format that a source has found in its files so far. */
struct chains_secrets {
    const char *text; /* may move when more come: look here again */
    size_t len;       /* grows, up to a ceiling of the source */
};

/* What a source tells those downstream of it; set in its open. */
struct chains_source_info {
    bool live;                           /* packets as they happen, not a file */
    const struct chains_prefix *local;   /* prefixes of the interface; live until close */
    const struct chains_addr *broadcast; /* broadcast addresses of its subnets */
    size_t local_count, broadcast_count;
    const struct chains_input *inputs; /* regular files that are read; live until close */
    size_t input_count;
    const struct chains_secrets *const *secrets; /* one for each source; live until close */
    size_t secrets_count;
};

CHAINS_API void chains_announce(chains_component *self, const struct chains_source_info *info);

/*
 * From open on: this component writes the file of this device and inode; its last claim counts.
 * False when another component of the chain writes it, unless both say that they share it.
 */
CHAINS_API bool chains_claim(chains_component *self, uint64_t device, uint64_t inode,
                             bool shares);

/* What the source upstream has announced; zeros when nothing. */
CHAINS_API struct chains_source_info chains_source_of(const chains_component *self);

/*
 * What a plugin (components.h) exports, once:
 *
 *     CHAINS_PLUGIN(&big_class, &small_class);
 *
 * It fits a library with the same number and the same sizes.
 */
enum { CHAINS_PLUGIN_ABI = 1 };

struct chains_plugin {
    uint32_t abi;
    uint32_t class_size, record_size, field_size; /* sizeof of what it was compiled with */
    const struct chains_class *const *classes;    /* ended by NULL */
};

#if defined(__GNUC__)
#define CHAINS_PLUGIN_VISIBLE_ __attribute__((visibility("default")))
#else
#define CHAINS_PLUGIN_VISIBLE_
#endif
#define CHAINS_PLUGIN(...)                                                                     \
    CHAINS_PLUGIN_VISIBLE_ extern const struct chains_plugin chains_plugin;                    \
    const struct chains_plugin chains_plugin = {                                               \
        .abi = CHAINS_PLUGIN_ABI,                                                              \
        .class_size = sizeof(struct chains_class),                                             \
        .record_size = sizeof(struct chains_record),                                           \
        .field_size = sizeof(struct chains_field),                                             \
        .classes = (const struct chains_class *const[]){ __VA_ARGS__, NULL },                  \
    }

#ifdef __cplusplus
}
#endif
#endif
