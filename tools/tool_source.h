/* SPDX-License-Identifier: MIT */
#ifndef TOOL_SOURCE_H
#define TOOL_SOURCE_H

#include "tool.h"

#include <getopt.h>

/*
 * What the commands that watch an interface or read captures have in common: where packets come
 * from, how output looks, where names come from; one parser and one text of help for it.
 */

enum tool_color { TOOL_COLOR_AUTO, TOOL_COLOR_ALWAYS, TOOL_COLOR_NEVER };

struct tool_source {
    const char *interface, *resolver, *vendors;
    const char **files, **local; /* ended by NULL; room for argc of them */
    size_t file_count, local_count;
    char *filter;
    uint64_t max_packets, snaplen, duration, buffer_kib;
    uint64_t memory; /* bytes; 0: the default */
    struct sandbox_options sandbox;
    enum tool_color color;
    bool no_names, lookup, line_buffered, no_promiscuous, no_progress, stats;
};

/* A command's own part: values of its long options without a letter are TOOL_OWN or more. */
enum { TOOL_OWN = TOOL_LONG + 64 };
struct tool_command {
    const char *name;                      /* as which it speaks: "flows" */
    const char *usage;                     /* how it is called: "chains flows" */
    const char *brief;                     /* "see who talks to whom" */
    const char *forms;                     /* lines of help about what it prints */
    const char *examples;                  /* the same, at the end */
    const char *letters;                   /* of its own options without a value: "sv" */
    const struct option *options;          /* ended by a NULL name; at most 8 */
    int (*option)(void *user, int option); /* returns an exit code; the value is in optarg */
    void *user;
};

/*
 * Reads the arguments of a command, and speaks in its name from then on. TOOL_OK: run; else it is
 * done, or wrong, and `code` is the exit code. Call tool_source_end() in any case.
 */
bool tool_source_begin(struct tool_source *source, const struct tool_command *command, int argc,
                       char **argv, int *code);
void tool_source_end(struct tool_source *source);

/* A number from 1 to `most` in optarg: an exit code, with a sentence about `option` if it is none. */
int tool_source_number(const char *option, uint64_t most, uint64_t *number);

/* The first component of its chain. */
chains_component *tool_source_streamer(const struct tool_source *source);

/* `next` behind `last`, and returns it; a lack of memory comes out of the run. */
chains_component *tool_behind(chains_component *last, chains_component *next);

/* reverse_dns behind `last`, unless names are not wanted. */
chains_component *tool_source_names(const struct tool_source *source, chains_component *last);

/* The local prefixes for tagger; NULL: none. */
const char *const *tool_source_local(const struct tool_source *source);

enum chains_flush tool_source_flush(const struct tool_source *source);
bool tool_source_colors(const struct tool_source *source);

/* Pulls the chain to its end and frees it; an exit code. */
int tool_source_run(const struct tool_source *source, chains_component *last);

#endif
