/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_FLOW_H
#define LINKS_TLS_FLOW_H

#include "tls_connection.h"
#include "tls_decrypt.h"
#include "tls_handshake.h"
#include "tls_records.h"

/*
 * TLS on one TCP connection. Each direction is read by itself. What is missing costs the message it
 * belongs to where a record of known length holds it; else nobody knows where the next record begins,
 * and the direction is given up.
 */
struct tls_flow_side {
    struct tls_records records;
    struct tls_handshake handshake;
    uint32_t weird; /* enum chains_tls_weird: for what comes next of it */
    uint16_t ssl2;  /* bytes to come of an SSL 2.0 message */
    bool begun;     /* a record's header was there */
    bool lost;      /* given up */
    bool foreign;   /* what it sends is not TLS, and is left alone */
    bool closed;
    bool encrypted;        /* the record at hand is, */
    bool collects;         /* and is to be opened */
    bool passing;          /* messages in the rest of the record at hand are not found */
    bool hole;             /* plaintext is missing in front of what comes next */
    uint64_t lost_records; /* tls_decrypt_lost() so far */
    uint64_t passed;       /* encrypted records that nobody tried to open */
};

/* While there is something to read. */
struct tls_flow_open {
    struct tls_connection connection;
    struct tls_flow_side side[2]; /* by enum chains_side */
    struct tls_decrypt *decrypt;
    uint32_t unopened; /* encrypted records, while none was opened */
    bool opened, asked, ssl2;
    bool early; /* `decrypt` is but for early data, in front of ServerHello, */
    bool early_tried, early_opened; /* there was one, and it has opened some */
    bool keyed; /* it is worth while to go on collecting behind the handshake */
    bool sure;  /* it is TLS */
};

enum tls_flow_phase {
    TLS_FLOW_NEW,
    TLS_FLOW_WAITING, /* for STARTTLS or the like */
    TLS_FLOW_HUNTING, /* joined in the middle: is it TLS? */
    TLS_FLOW_READING,
    TLS_FLOW_HIDING, /* it is TLS, and there is nothing more to be read */
};

/* What lies in the slot of a flow, all 0 at first. */
struct tls_flow {
    struct tls_flow_open *open; /* while reading */
    uint8_t phase;              /* enum tls_flow_phase */
    uint8_t starttls;           /* enum chains_tls_starttls */
    bool hole[2];               /* by enum chains_side: told once more when reading is over */
    uint16_t tries;             /* runs of bytes, while waiting or hunting */
    uint32_t seen;              /* and bytes of them */
    size_t charged;             /* what the caller has charged */
};

enum tls_flow_status {
    TLS_FLOW_ON,
    TLS_FLOW_DONE, /* not TLS: the bytes are left to others */
    TLS_FLOW_NO_MEMORY,
};

/* What the new bytes were. */
struct tls_flow_found {
    bool mine;                 /* TLS: `plain` is what they hold, mostly nothing */
    bool hole;                 /* plaintext is missing in front of it */
    struct chains_bytes plain; /* in the arena */
    size_t room;               /* of `plain` */
};

/* New bytes of one side, with the marks and the gap of their layer "stream". */
enum tls_flow_status tls_flow_take(struct tls_flow *flow, struct tls_context *context,
                                   const struct chains_stream *stream,
                                   struct chains_bytes bytes, struct tls_flow_found *found);

/* The flow has ended. */
enum tls_flow_status tls_flow_end(struct tls_flow *flow, struct tls_context *context);

/* Whether it is known that this is TLS. */
bool tls_flow_is_tls(const struct tls_flow *flow);

/* Whether all that comes is `mine`, and holds nothing. */
bool tls_flow_is_over(const struct tls_flow *flow);

/* Bytes of memory behind the slot. */
size_t tls_flow_memory(const struct tls_flow *flow);
/* Of these, libcrypto's own, which are not in the pool. */
size_t tls_flow_outside(const struct tls_flow *flow);

/* Frees what a slot refers to; for chains_flow_slot(). */
void tls_flow_release(void *slot);

#endif
