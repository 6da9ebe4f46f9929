/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_DTLS_H
#define LINKS_TLS_DTLS_H

#include "tls_buffer.h"
#include "tls_connection.h"

/*
 * DTLS (RFC 6347, RFC 9147) between two UDP ports. Records lie whole in datagrams; handshake messages
 * are put together from fragments in any order, each message once, within bounds.
 */
enum {
    TLS_DTLS_MESSAGES = 4, /* of one direction that are put together at once */
    TLS_DTLS_RANGES = 8,   /* pieces of one of them with holes between */
};

struct tls_dtls_message {
    struct tls_buffer body; /* `held` is unused */
    uint32_t len;
    uint16_t sequence;
    uint8_t type;
    uint8_t ranges; /* 0: this one is free */
    struct {
        uint32_t from, to;
    } range[TLS_DTLS_RANGES]; /* in order */
};

struct tls_dtls_open {
    struct tls_connection connection;
    struct {
        uint64_t seen; /* a bit for each message by its number: it was whole */
        struct tls_dtls_message message[TLS_DTLS_MESSAGES];
    } side[2]; /* by enum chains_side */
};

/* What lies in the slot of a flow, all 0 at first. */
struct tls_dtls {
    struct tls_dtls_open *open; /* from a hello on until it is established */
    bool known;                 /* there was one */
    bool begun;                 /* by the datagram at hand: one datagram begins one at most */
    size_t charged;             /* what the caller has charged */
};

enum tls_dtls_look {
    TLS_DTLS_NONE,
    TLS_DTLS_RECORDS, /* one or more records, and nothing else */
    TLS_DTLS_HELLO,   /* the first of which begins a hello: it asks for a slot */
    TLS_DTLS_SHORT,   /* an encrypted record of DTLS 1.3, if this is DTLS */
};

/* Most datagrams are not DTLS: two bytes decide. */
enum tls_dtls_look tls_dtls_look_at(struct chains_bytes datagram);

/* A datagram that was found to be DTLS, of one side. */
void tls_dtls_take(struct tls_dtls *dtls, struct tls_context *context, enum chains_side side,
                   struct chains_bytes datagram);

/* The flow has ended. */
void tls_dtls_end(struct tls_dtls *dtls, struct tls_context *context);

size_t tls_dtls_memory(const struct tls_dtls *dtls);

/* Frees what a slot refers to; for chains_flow_slot(). */
void tls_dtls_release(void *slot);

#endif
