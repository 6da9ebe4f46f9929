/* SPDX-License-Identifier: MIT */
#ifndef LINKS_QUIC_FLOW_H
#define LINKS_QUIC_FLOW_H

#include "quic_connection.h"

/*
 * The QUIC connections of a UDP flow. Who the client is shows in whose Initial opens with the keys
 * made from its own destination ID, whoever sent first.
 */
enum {
    QUIC_CONNECTIONS = 16, /* of one flow; a further one takes the place of the oldest */
    QUIC_PACKETS = 16,     /* read of one datagram */
};

/* What lies in the slot of a flow, all 0 at first. */
struct quic_flow {
    struct quic_connection *connection[QUIC_CONNECTIONS]; /* the newest first */
    uint8_t failures; /* Initials that did not open while there was no connection */
    size_t charged;   /* what the caller has charged */
};

enum quic_flow_status { QUIC_FLOW_ON, QUIC_FLOW_DONE };

/* A datagram of one side. */
enum quic_flow_status quic_flow_take(struct quic_flow *flow, struct quic_flow_run *run,
                                     enum chains_side side, struct chains_bytes datagram);

/* The flow has ended: connections that never were established. */
void quic_flow_end(struct quic_flow *flow, struct quic_flow_run *run);

/* Bytes of memory behind the slot. */
size_t quic_flow_memory(const struct quic_flow *flow);

/* Frees what a slot refers to; for chains_flow_slot(). */
void quic_flow_release(void *slot);

#endif
