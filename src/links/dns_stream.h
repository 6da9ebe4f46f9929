/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_STREAM_H
#define LINKS_DNS_STREAM_H

#include <chains/dissect.h>
#include <chains/layer/stream.h>

#include "../record/pool.h"

/*
 * DNS messages in the bytes of a TCP connection (RFC 1035 4.2.2, RFC 7766): each has its length,
 * two bytes, in front. One that is whole among the new bytes is read where it lies; one that comes
 * in pieces is collected. Bytes that are missing cost the messages they belong to: within a message
 * whose length is known that one is left out; otherwise nobody knows where the next one begins, and
 * the direction is given up.
 */
struct dns_stream_side {
    uint8_t *piece;    /* of a message that is not whole yet; NULL: none */
    uint32_t capacity; /* of `piece` */
    uint32_t held;     /* bytes in `piece` */
    uint32_t left;     /* bytes of the message at hand that have not come; 0 between two */
    uint8_t head;      /* first byte of a length whose second one has not come, */
    bool has_head;     /* where this is set */
    bool skipping;     /* the message at hand is not collected: something of it is missing */
    bool guessing;     /* it has to look like DNS first, */
    bool odd;          /* or, with this, must not be anything else */
    bool begun, lost;  /* lost: given up */
};

/* What lies in the slot of a flow, all 0 at first but for the pool. */
struct dns_stream {
    struct dns_stream_side side[2]; /* by enum chains_side */
    struct pool *pool;              /* of pieces; NULL: malloc() */
    bool known;                     /* a message was there: it is DNS */
    uint32_t charged;               /* what the caller has charged for the pieces */
};

enum dns_stream_found {
    DNS_STREAM_MORE,      /* all bytes are taken: the rest of a message, if any, is to come */
    DNS_STREAM_MESSAGE,   /* a message is whole */
    DNS_STREAM_LIMITED,   /* one would be, but the arena has no room for it */
    DNS_STREAM_NO_MEMORY, /* for a piece of a message */
    DNS_STREAM_NOT_DNS,   /* the bytes do not look like DNS: the direction is given up */
};

/*
 * Before the new bytes of a record: `layer` says what is missing in front of them. The first message
 * has to look like DNS with `guess`, and anyway where a connection is joined in the middle, or behind
 * a hole; else, on a port of DNS, it may be odd, but not something else, such as HTTP.
 * False: the direction is given up, and the bytes are nobody's.
 */
bool dns_stream_begin(struct dns_stream *stream, const struct chains_stream *layer, bool guess);

/*
 * The next whole message of `side` in `bytes`, which then begins behind it; without the two bytes of
 * its length. It lies among the new bytes or in `arena`. Call it until it finds no more.
 */
enum dns_stream_found dns_stream_next(struct dns_stream *stream, enum chains_side side,
                                      struct chains_bytes *bytes, struct chains_arena *arena,
                                      struct chains_bytes *message);

/* Bytes allocated for pieces of messages. */
uint32_t dns_stream_memory(const struct dns_stream *stream);

/* Whether both directions are given up. */
bool dns_stream_is_lost(const struct dns_stream *stream);

/* Frees what a slot refers to; for chains_flow_slot(). */
void dns_stream_release(void *slot);

#endif
