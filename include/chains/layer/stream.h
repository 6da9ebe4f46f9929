/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_STREAM_H
#define CHAINS_LAYER_STREAM_H

#include <chains/record.h>

/* Which end of a flow sent something: the one that opened it, or the other one. */
enum chains_side {
    CHAINS_ORIG,
    CHAINS_RESP,
};

/* What a packet meant to its stream. */
enum chains_stream_mark {
    CHAINS_STREAM_OPENS = 1 << 0,     /* its direction begins: SYN, or the first packet seen */
    CHAINS_STREAM_CLOSES = 1 << 1,    /* nothing comes behind these bytes: the FIN's place */
    CHAINS_STREAM_RESETS = 1 << 2,    /* both end here, unless they go on: it may be forged */
    CHAINS_STREAM_MIDSTREAM = 1 << 3, /* begins in the middle: its SYN was not seen */
    CHAINS_STREAM_GAP = 1 << 4,       /* bytes in front of these are missing for good */
    CHAINS_STREAM_WAITS = 1 << 5, /* out of order: bytes kept until what is before them comes */
    CHAINS_STREAM_RETRANSMIT = 1 << 6, /* bytes that were here before */
    CHAINS_STREAM_OVERLAP = 1 << 7, /* and new ones with them, or they differ from what waits:
                                          two copies cut or filled in another way; the first one
                                          counts. What was handed on is not compared any more */
    CHAINS_STREAM_LIMITED = 1 << 8, /* no room to keep bytes out of order, these or earlier */
    CHAINS_STREAM_REFUSED = 1 << 9, /* where no host takes it: a blind reset, stray bytes */
    CHAINS_STREAM_INNER =
        1 << 10, /* `rest` is no longer the stream's bytes but what tls_meta has
                                       taken out of them: plaintext, or nothing; `offset`, `len`
                                       and `gap` go on counting the stream's own, and
                                       CHAINS_STREAM_GAP says that either may lack something */
};

struct chains_flow_entry; /* of the component flows; see chains_flow_slot() */

/*
 * Slot "stream": what a packet brought to its flow. `rest` of the record is the `len` new bytes in
 * order, which may come from this packet, or from it and earlier ones that waited behind a hole.
 * On an event (kind CHAINS_EVENTS) they are bytes behind a hole that was given up.
 */
struct chains_stream {
    struct chains_flow_entry *entry; /* not shown; valid as long as the record */
    uint64_t flow;                   /* number of its flow, from 1: of this component flows; two
                                        of them in one chain count apart */
    uint64_t offset; /* of the new bytes in their direction: bytes before them, lost ones too */
    uint64_t gap;    /* bytes lost directly in front of them; 0 without CHAINS_STREAM_GAP */
    uint32_t len;    /* new bytes in order */
    uint16_t marks;  /* enum chains_stream_mark */
    uint8_t side;    /* enum chains_side: who sent it */
};

#endif
