/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_CHAIN_H
#define CHAINS_CHAIN_H

#include <chains/record.h>

/*
 * For users: create components (components.h), link them, pull the last one. Creating does no
 * I/O; files, interfaces and resolvers are opened by the first pull.
 *
 * A chain is single-threaded and shares nothing: two chains may run in two threads without
 * locks. No function here prints, exits, or keeps globals. Every function accepts NULL for a
 * component, and then behaves as after a failure for want of memory.
 */

#ifdef __cplusplus
extern "C" {
#endif

typedef struct chains_component chains_component;
struct chains_class;

/* Results: 0 and positive are states, negative is failure. */
enum chains_status {
    CHAINS_OK = 0,
    CHAINS_END = 1,  /* no more records, ever */
    CHAINS_IDLE = 2, /* none now; live sources say so at the capture timeout */

    CHAINS_EMEM = -1,    /* no memory */
    CHAINS_EUSAGE = -2,  /* an option, a name or a link makes no sense */
    CHAINS_EIO = -3,     /* reading or writing failed */
    CHAINS_EFORMAT = -4, /* the input is not what it should be, or is damaged */
    CHAINS_EPERM = -5,   /* the permission to capture is missing */
    CHAINS_EPIPE = -6,   /* the reader of an output has gone away */
};

/*
 * Makes `upstream` the source of `downstream` and gives it to it: freeing the last component
 * frees the chain. Ownership moves also when linking fails, so that nothing leaks; the failure is
 * remembered by `downstream` and comes out of the pull. It does not move where `upstream` belongs
 * to another component already (also to a tee, in whose branch it is), or where `downstream` lies
 * upstream of it (a circle). A NULL `downstream` frees `upstream` at once. Fails with CHAINS_EUSAGE
 * when the kinds of records disagree, when either is linked on that side already (but for a tee,
 * which has as many branches, and a merge, which has as many inputs as you link), after a pull, or
 * in a circle.
 */
CHAINS_API int chains_link(chains_component *downstream, chains_component *upstream);

/*
 * Runs the chain to its end: opens every component, pulls records until the source ends or
 * chains_stop() is called, finishes and closes. Returns CHAINS_OK or chains_error_code(); the
 * sentence is in chains_error(). The records before the one that failed have been through every
 * component.
 */
CHAINS_API int chains_pull(chains_component *last);

/*
 * The first part of a pull, for a program that gives up its rights before it looks at what
 * strangers have sent: checks the chain and opens every component. Files, interfaces and outputs
 * are open then, and lists and keys are read; no byte of a packet or of a capture file is, and no
 * thread has begun. Returns CHAINS_OK, also where the chain is open already, or the failure, which
 * sticks as that of a pull.
 */
CHAINS_API int chains_open(chains_component *last);

/*
 * The second part: the components begin their threads, and the programs that they run. From here on
 * the rights of this thread bind none of those. The first pull does both parts, where they were not
 * done, and then looks at the first bytes of capture files: one that is none is a failure as if it had
 * not been opened.
 */
CHAINS_API int chains_start(chains_component *last);

/*
 * For such a program: `begun` is called on each thread that a component begins, as soon as that
 * has all it needs to work and before it has received anything. `name` says what the thread is
 * for, "resolver". Set it before chains_start(). A negative result ends the chain with a failure of
 * that component.
 */
typedef int (*chains_thread)(void *user, const char *name);
CHAINS_API void chains_on_thread(chains_component *last, chains_thread begun, void *user);

/*
 * What an open chain may still ask of the system later, a call of `tell` each; nothing where
 * it has all it will ever need. A path is as it was given.
 */
enum chains_access {
    CHAINS_ACCESS_READ = 1, /* opens the file of that path again, to read it */
    /* Opens the file of that path again, to write it, makes it anew, or removes it. */
    CHAINS_ACCESS_WRITE = 2,
    CHAINS_ACCESS_RUN = 4, /* starts a program again; `path` is NULL */
    CHAINS_ACCESS_NETWORK =
        8, /* a thread of it asks the network, and reads the file of that path
                                  again; NULL: none */
    CHAINS_ACCESS_CHILD = 16, /* waits for the program that it has started, and ends it; NULL */
    CHAINS_ACCESS_MAKE =
        32, /* makes further files in the folder of that path, and removes them */
};
typedef void (*chains_access_teller)(void *user, enum chains_access what, const char *path);
CHAINS_API void chains_accesses(const chains_component *last, chains_access_teller tell,
                                void *user);

/*
 * How much memory the chain may hold for what grows with the traffic: tables, bytes that wait,
 * names, sketches, output. It is divided among the components: each has what it cannot work without,
 * and of the rest a part in proportion to what it takes by itself beyond that. An option that says
 * how large a table is stands, and the others have what is left. A budget that is larger than what
 * all take by themselves makes tables larger. Code, stacks, what is read once (lists, keys given by
 * the user) and what libraries keep for themselves come on top. Before chains_open() only; 0, the
 * default: each component takes what it takes by itself. What each may hold is `memory_most` of
 * chains_stats(), also after chains_check(). Too little for this chain is a failure of its opening
 * (CHAINS_EUSAGE) that says how much it takes at least.
 */
CHAINS_API void chains_budget(chains_component *last, uint64_t bytes);

/*
 * One step of the same, for a program with a loop of its own: one batch went through
 * (CHAINS_OK), nothing came within the source's timeout (CHAINS_IDLE), the chain has ended well
 * (CHAINS_END), or a failure.
 */
CHAINS_API int chains_step(chains_component *last);

/*
 * The loop form: the next record that comes out of `last`, or NULL at the end or after a
 * failure, which chains_error() tells apart. The record lives until the next call.
 */
CHAINS_API const struct chains_record *chains_next(chains_component *last);

/*
 * Ends the chain of `any` soon: records in hand are finished, sinks flushed. Safe in a signal
 * handler and from another thread; a live source notices within its timeout.
 */
CHAINS_API void chains_stop(chains_component *any);

/*
 * The first failure of a component or of those upstream of it, as one sentence that begins with
 * the component's name; NULL when there was none.
 */
CHAINS_API const char *chains_error(const chains_component *any);

/* The failure's enum chains_status, 0 when there was none. */
CHAINS_API int chains_error_code(const chains_component *any);

/*
 * Frees a component and everything upstream of it; closes what is open. A component that was
 * given away by chains_link() must not be freed; NULL is ignored.
 */
CHAINS_API void chains_free(chains_component *last);

/*
 * Checks a chain without opening it: kinds, layers, and what each component finds wrong with its
 * options in this place. Returns CHAINS_OK or the failure, which sticks as that of a pull. A pull
 * begins with the same.
 */
CHAINS_API int chains_check(chains_component *last);

/*
 * Asks sinks to close their files and to open them anew under their names, and links to read
 * their lists again; done between two batches. What cannot be opened or read anew stays as it was,
 * with a warning; another file under the name that cannot be appended to is a failure. Safe in a signal handler and from another thread.
 */
CHAINS_API void chains_reopen(chains_component *any);

/* From the next pull on, time is taken for chains_stats: `time_ns`. Before chains_open() only. */
CHAINS_API void chains_measure(chains_component *last);

/*
 * The last component of the i-th branch of a tee or the i-th input of a merge, from 0; NULL when
 * there are no more, or when it is neither.
 */
CHAINS_API chains_component *chains_branch(const chains_component *component, size_t i);

/* Where a component made from text stands: "word 7" or "watch.chain:3:14"; NULL: not from text. */
CHAINS_API const char *chains_place(const chains_component *component);

/*
 * A chain from words, as docs/chains-words.md describes them:
 *
 *     chain  := part { "!" part }
 *     part   := NAME { OPTION=VALUE | VALUE }
 *             | "tee" branch { branch }          the last part of its chain
 *             | "merge" branch { branch }        the first part of its chain
 *     branch := "[" chain "]"
 *
 * A word that is no OPTION=VALUE is the value of the component's bare option, if it has one. A
 * chain's first word that names no component but something that a source takes (a file, "-", an
 * interface) stands for that source. What follows a tee behind "!" is one more branch.
 */
struct chains_parse_options {
    size_t size;
    const struct chains_class *const *classes; /* besides the built-in ones, ended by NULL */
    const char
        *ending; /* component put behind a chain that does not end in a sink; NULL: none */
    /* Text only: */
    const char *origin; /* name of the text for messages; NULL: "chain" */
    const char *(*variable)(void *user, const char *name); /* the value of $NAME, or NULL */
    void *user;
};

/*
 * Returns the last component of a chain that has been checked (chains_check()), or NULL with one
 * sentence in `error`: the place, what was expected, the nearest spelling where there is one, and
 * on two further lines the words with a mark under the fault. `options` may be NULL, and so may
 * `error` where `error_size` is 0.
 */
CHAINS_API chains_component *chains_parse(const char *const *words, size_t count,
                                          const struct chains_parse_options *options,
                                          char *error, size_t error_size);

/*
 * The same from one text. Blanks and line ends separate words (a backslash before a line end is as
 * good); '#' begins a comment where a word could begin; '...' is taken as it is. Outside of it a
 * backslash keeps the next character from meaning anything, in "..." only a backslash, a quote or a
 * '$'; and $NAME, ${NAME} and ${NAME:-DEFAULT} stand for a value, which is never split.
 */
CHAINS_API chains_component *chains_parse_text(const char *text,
                                               const struct chains_parse_options *options,
                                               char *error, size_t error_size);

/*
 * A chain as text that chains_parse_text() makes the same chain from; options that have their
 * default are left out. Writes at most `size` bytes with the closing 0 and returns the length of
 * the whole text.
 */
CHAINS_API size_t chains_text(const chains_component *last, char *out, size_t size);

/*
 * What a component has done so far. Set `size` to sizeof before the call; only members inside
 * it are written.
 */
struct chains_stats {
    size_t size;
    const char *name; /* of the component's class */
    uint64_t in, out; /* records taken and given; a source takes what it reads */
    uint64_t dropped; /* records it did not pass on; of an interface's also those lost before */
    uint64_t cut_short; /* records with a header that ended too early */
    uint64_t malformed; /* records with a header that contradicts itself */
    uint64_t limited;   /* times a ceiling was reached: depth, table, rate */
    /* sources only */
    uint64_t bytes, bytes_total; /* of input read, and in all (0: unknown) */
    uint64_t kernel_received, kernel_dropped, interface_dropped;
    /* bytes of state held; that of a source, a merge or a tee with its batches */
    uint64_t memory;
    /* nanoseconds spent in this component alone, after chains_measure() */
    uint64_t time_ns;
    /* the most bytes of state that it may hold; 0: it holds none that grows */
    uint64_t memory_most;
    /*
     * Records that it put between those it took, so that in + added == out + dropped for every
     * component between two steps; but one that copies records into batches of its own has dropped
     * those it still holds, and a merge has not taken what it has not given. What comes out of
     * one component goes into the next, and into each branch of a tee.
     */
    uint64_t added;
    uint64_t memory_least; /* the bytes of `memory_most` that it cannot work without */
};

CHAINS_API int chains_stats(const chains_component *component, struct chains_stats *stats);

/* The component that feeds this one, NULL for a source: to walk a chain for statistics. */
CHAINS_API chains_component *chains_upstream(const chains_component *component);

/*
 * Warnings of a chain (a fall-back taken, packets dropped by the kernel) go to `log`, one
 * sentence a call; by default nowhere. Set it on any component before the first pull; it holds
 * for those upstream too.
 */
typedef void (*chains_log)(void *user, const char *sentence);
CHAINS_API void chains_on_log(chains_component *last, chains_log log, void *user);

/* "0.1.0" */
CHAINS_API const char *chains_version(void);

/* "libpcap version 1.10.3, c-ares 1.18.1, ..., zstd 1.5.4": the libraries in use. */
CHAINS_API size_t chains_version_libraries(char *out, size_t size);

#ifdef __cplusplus
}
#endif
#endif
