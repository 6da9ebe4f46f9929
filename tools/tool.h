/* SPDX-License-Identifier: MIT */
#ifndef TOOL_H
#define TOOL_H

#include <chains.h>

#include "sandbox.h"

/*
 * What the commands have in common: signals, running a chain with a loop of our own, sentences
 * on stderr, exit codes. Exit codes: 0 fine, 1 failure at run time, 2 usage.
 */

enum { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

/* Name under which the command speaks: "netwatch". */
extern const char *tool_name;

/*
 * Descriptors 0 to 2 that are closed get a place holder, so that no file takes their numbers; using
 * them fails as it should.
 */
void tool_descriptors(void);

/* Text of unknown origin: what is not printable ASCII or a line's end is escaped. */
void tool_put(FILE *out, const char *text);

/*
 * "netwatch: SENTENCE" on stderr, as tool_put(). They return TOOL_USAGE and TOOL_FAILED, so that
 * they can be what a function returns.
 */
int tool_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
int tool_problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * After getopt_long() has answered '?' or ':' as `option`: a sentence about the option it was, with
 * the nearest of `options`. Values of long options without a letter are TOOL_LONG or more.
 */
enum { TOOL_LONG = 256 };
struct option;
int tool_unknown(const struct option *options, char **argv, int option);

/* The nearest of the words tried so far. Begin with { 0 }. */
struct tool_nearest {
    const char *word;
    size_t distance;
};
void tool_nearest_try(struct tool_nearest *nearest, const char *candidate, const char *word);

/* A whole number from `least` to `most`; false when `text` is not one. */
bool tool_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

struct tool_run {
    chains_component *last;
    struct sandbox_options sandbox;
    uint64_t memory; /* bytes that the chain may hold; 0: the default */
    bool live;       /* the kernel's counters belong to the statistics, and those to the end */
    bool progress;   /* a line on stderr while a file is read, where that is a terminal */
    bool table;  /* statistics are a table of all components with their times, at the end too */
    bool reopen; /* SIGHUP is chains_reopen(), while the terminal is there; else an end */
    bool outputs; /* there may be several: a reader that goes away must not end the others */
};

/*
 * After printing to stdout: an exit code, with a sentence on stderr where the print did not get
 * through. A reader that has gone away is fine.
 */
int tool_printed(void);

/* Prints the versions of chains and of its libraries. Returns TOOL_OK. */
int tool_version(void);

/* Pulls to the end, minding signals. Returns an exit code; the sentence is on stderr then. */
int tool_pull(const struct tool_run *run);

#endif
