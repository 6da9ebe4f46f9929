/* SPDX-License-Identifier: MIT */
#ifndef LINKS_RESOLVER_H
#define LINKS_RESOLVER_H

#include <chains/bytes.h>

#include "ptr.h"

/*
 * What the name cache asks of a resolver. One thread calls it. Only wait() waits for answers.
 * open(), start() and free() take as long as the resolver needs to set itself up and to clean up;
 * all other calls return at once.
 */

struct resolver_answer {
    struct chains_addr addr;
    struct ptr_answer says;
};

struct resolver;

struct resolver_begun {
    bool (*tell)(void *user);
    void *user;
};

struct resolver_calls {
    /* Everything but its thread. False with a sentence in `error`. */
    bool (*open)(struct resolver *self, char *error, size_t size);
    /*
     * Before the first question. On its thread, when that has all it needs, `begun` is called, before
     * start() returns; it does not work where the answer is no. False with a sentence in `error`.
     */
    bool (*start)(struct resolver *self, const struct resolver_begun *begun, char *error,
                  size_t size);
    /* Asks for the name of an address. False when too many questions are waiting. */
    bool (*submit)(struct resolver *self, const struct chains_addr *addr);
    /* The next answer, if there is one. Every question gets exactly one until free(). */
    bool (*poll)(struct resolver *self, struct resolver_answer *answer);
    /* Waits until there may be an answer, at most so long. */
    void (*wait)(struct resolver *self, unsigned ms);
    /* Whether the address is one of the servers asked; they are not asked about themselves. */
    bool (*serves)(const struct resolver *self, const struct chains_addr *addr);
    /* Gives up what is in flight and frees the resolver, started or not. */
    void (*free)(struct resolver *self);
};

struct resolver {
    const struct resolver_calls *calls;
};

struct resolver_options {
    const char *server;  /* "ADDR", "ADDR:PORT", "[ADDR6]:PORT"; NULL: the system's */
    unsigned timeout_ms; /* for one try */
    unsigned tries;
};

/* Reads a server option; port 0 when there is none. */
bool resolver_server(const char *text, struct chains_addr *addr, uint16_t *port);

#endif
