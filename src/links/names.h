/* SPDX-License-Identifier: MIT */
#ifndef LINKS_NAMES_H
#define LINKS_NAMES_H

#include "resolver.h"

/*
 * Names by address: a fixed number of entries, and the questions that fill them. Memory is
 * taken once: entries x (32 + 256 + 4) bytes, 4.6 MiB with the default of 16384.
 */
struct names;

enum {
    NAMES_DEFAULT = 16384,
    NAMES_MOST = 262144, /* 73 MiB */
    NAMES_RATE_MOST = 1000000,
    NAMES_IN_FLIGHT = 64, /* questions at once */
    NAMES_BURST = 64,     /* questions at once after a pause, at least */
    NAMES_SILENT = 10,    /* questions without an answer in a row: stop asking for a while */
    NAMES_SUSPICIOUS = 3, /* and so many: stop waiting */
    NAMES_BACK_OFF_S = 60,
    NAMES_WARNING = 256,
};

struct names_options {
    struct resolver *resolver; /* given away, also when names_new() fails */
    size_t entries;            /* rounded up to a power of two; 0: NAMES_DEFAULT */
    uint32_t rate;             /* questions a second, 1 to NAMES_RATE_MOST */
};

/* NULL: no memory, or no random key. */
struct names *names_new(const struct names_options *options);

/*
 * The resolver's stages, in order. Where it cannot be opened or started that is a warning, and nothing
 * is ever asked for.
 */
void names_open(struct names *names);
void names_start(struct names *names, const struct resolver_begun *begun);

/*
 * Begins a batch: takes answers that have come. Names handed out before are no longer pinned:
 * they may be overwritten from here on, and not before. `now_ns` comes from a monotonic clock
 * and must not be 0.
 */
void names_begin(struct names *names, int64_t now_ns);

struct names_found {
    const char *name; /* NULL unless `from` is CHAINS_NAME_PTR; lives until names_begin() */
    uint8_t from;     /* enum chains_name_source */
    bool soon;        /* an answer, or a question, may come if one waits */
};

/* What is known about an address; asks for it when nothing is. Never waits. */
struct names_found names_find(struct names *names, const struct chains_addr *addr);

/* Waits for answers, at most `ms`; then names_take() has them. */
void names_wait(struct names *names, unsigned ms);

/* Takes answers that have come, within a batch. */
void names_take(struct names *names, int64_t now_ns);

/* False while the server is thought dead: nobody should wait for it. */
bool names_alive(const struct names *names);

/* Answers that came, silence not counted. */
uint64_t names_answers(const struct names *names);

/* A sentence for the log, once; NULL when there is nothing to say. */
const char *names_warning(struct names *names);

/* Bytes that it takes for so many entries. */
size_t names_takes(size_t entries);

size_t names_bytes(const struct names *names);
void names_free(struct names *names);

#endif
