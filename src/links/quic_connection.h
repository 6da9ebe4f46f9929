/* SPDX-License-Identifier: MIT */
#ifndef LINKS_QUIC_CONNECTION_H
#define LINKS_QUIC_CONNECTION_H

#include <chains/layer/stream.h>

#include "quic_crypto.h"
#include "quic_open.h"
#include "tls_message.h"

/*
 * One QUIC connection, and what its Initial packets tell of its handshake: messages of TLS. What is
 * seen of a connection without keys is who sends packets of which kind.
 */
enum {
    QUIC_MESSAGES =
        4, /* handshake messages of one direction: a hello, and after a retry another */
};

struct quic_id {
    uint8_t len, bytes[QUIC_ID_MOST];
};

/* One direction of a connection. */
struct quic_side {
    struct quic_keys keys;
    uint64_t number;            /* of packets: the next one */
    uint64_t taken;             /* CRYPTO bytes of messages that were whole */
    struct quic_crypto *crypto; /* what has come of the next one; NULL: nothing */
    struct quic_id id;          /* its own, which the other one sends to, */
    bool has_id;                /* if it has been seen */
    bool handshake;             /* it has sent Handshake packets */
    bool closed;                /* its CRYPTO bytes are of no interest any more */
    uint8_t messages;
};

enum { QUIC_CLIENT, QUIC_SERVER };

/* What messages later than the ClientHello repeat. */
struct quic_known;

struct quic_connection {
    struct quic_side side[2]; /* QUIC_CLIENT, QUIC_SERVER */
    struct quic_id original;  /* the client's first destination */
    struct quic_id first;     /* what keys come from: that, or a Retry's */
    struct quic_id retry;     /* of a Retry, */
    bool has_retry;           /* that nothing has followed yet */
    bool established, begun;  /* begun: a ClientHello, or a part of one */
    bool has_closed;          /* a CONNECTION_CLOSE was there */
    uint8_t client;           /* enum chains_side */
    int64_t hello_ns;
    struct quic_known *known; /* NULL: no ClientHello */
};

/* What holds for all connections, and where the messages of the record at hand go. */
struct quic_flow_run {
    struct quic_opener *opener;
    struct tls_message_list *out;
    struct pool *pool;    /* of what connections keep; NULL: malloc() */
    uint32_t crypto_most; /* CRYPTO bytes kept of one direction */
    int64_t time_ns;      /* of the record */
    uint32_t wire_len;    /* of the datagram, which may be captured in part */
    uint8_t opens, keys;  /* tries that are left for this datagram */
    bool whole;           /* it is captured whole */
    bool attached;        /* set: it has long headers, and `quic` holds */
    bool broken;          /* set: it begins with a long header, and that is not whole */
    bool goes_on;         /* no more is seen of the flow, which has not ended for that */
    bool limited;         /* set: something was left out for want of room */
    bool no_memory;       /* set: there is none */
    struct chains_quic quic;
};

/* NULL: no memory. */
struct quic_connection *quic_connection_new(struct pool *pool, enum chains_side client);
void quic_connection_free(struct quic_connection *connection);
size_t quic_connection_bytes(const struct quic_connection *connection);

static inline struct chains_bytes quic_id_bytes(const struct quic_id *id)
{
    return (struct chains_bytes){ id->bytes, id->len };
}

/* One that is longer than it may be is cut. */
struct quic_id quic_id_of(struct chains_bytes bytes);
bool quic_id_is(const struct quic_id *id, struct chains_bytes bytes);

/* CRYPTO bytes of QUIC_CLIENT or QUIC_SERVER. */
void quic_connection_crypto(struct quic_connection *connection, struct quic_flow_run *run,
                            int side, uint64_t offset, struct chains_bytes bytes);

/* The connection was closed in an Initial packet with this error. The first one makes the alert. */
void quic_connection_close(struct quic_connection *connection, struct quic_flow_run *run,
                           int side, uint64_t error);

/* The client sends what the handshake is for, or may: established, if both have said their part. */
void quic_connection_short(struct quic_connection *connection, struct quic_flow_run *run);

/*
 * The flow ended: tells of a handshake that began and never was complete. Where it may yet go on, no
 * more than the part of its hello.
 */
void quic_connection_end(struct quic_connection *connection, struct quic_flow_run *run);

#endif
