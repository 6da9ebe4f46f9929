/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HELLO_EARLY_H
#define LINKS_HELLO_EARLY_H

#include "hello_table.h"

/*
 * Segments that came before the first one of their connection, which may be the second half of a
 * hello: the last few of all connections, in one place of a fixed size. Nobody can tell yet what they
 * are, so that no memory is taken for them.
 */
enum {
    HELLO_EARLY = 16,         /* segments */
    HELLO_EARLY_BYTES = 2048, /* of one; a longer one is not kept */
    HELLO_EARLY_OF_ONE = 2,   /* segments of a connection */
};

struct hello_early_segment {
    struct hello_key key;
    int64_t time_ns;
    uint32_t seq, len; /* len 0: there is none */
    uint8_t bytes[HELLO_EARLY_BYTES];
};

/* All 0 at first. */
struct hello_early {
    uint32_t next; /* to be used */
    struct hello_early_segment segment[HELLO_EARLY];
};

/*
 * Notes that a connection opens, and keeps what comes behind its SYN, but not next to it. `seq` is that
 * of the first byte of the payload.
 */
void hello_early_open(struct hello_ports *ports, uint16_t sport, uint16_t dport, uint32_t next);
void hello_early_see(struct hello_early *early, struct hello_ports *ports,
                     const struct chains_record *rec, uint32_t seq);

/* Gives a stream what has come ahead of it, until it is whole. */
enum hello_found hello_early_give(struct hello_early *early, const struct hello_key *key,
                                  int64_t time_ns, struct hello_stream *stream,
                                  struct chains_bytes *body);

#endif
