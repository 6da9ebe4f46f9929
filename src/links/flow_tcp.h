/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_TCP_H
#define LINKS_FLOW_TCP_H

#include <chains/dissect.h>
#include <chains/layer/flow.h>
#include <chains/layer/tcp.h>

#include <stddef.h>

#include "reassembly.h"

/*
 * One TCP connection as somebody in the middle sees it: its state, Zeek's history, the handshake's
 * round-trip time, and the bytes of both directions in order. RFC 9293; of bytes that come twice
 * the first copy counts.
 *
 * A RST counts where it hits exactly the number that its receiver may expect, and may be forged all
 * the same: what both sides go on to send is taken, and once the side that it spoke for goes on in
 * order, or acknowledges something newer, the connection is open again. A FIN that comes before its
 * turn is forgotten when data come in its place. Checksums are not verified, since they are wrong
 * in captures from the host that sends, wherever its card computes them.
 */
struct flow_tcp; /* defined below; the flow table has a pool of them */

/* A packet of the connection. */
struct flow_tcp_segment {
    int64_t time_ns;
    const struct chains_tcp *tcp;
    struct chains_bytes payload; /* as captured */
    uint32_t payload_len;        /* as sent; more than captured where the packet was cut */
    enum chains_side side;       /* who sent it */
};

/* New bytes in order; they live as long as the packet's batch. */
struct flow_tcp_run {
    struct chains_bytes bytes; /* len 0: nothing new */
    uint64_t offset, gap;      /* as in struct chains_stream */
    unsigned marks;            /* enum chains_stream_mark */
};

enum flow_tcp_phase {
    FLOW_TCP_OPENING,     /* no answer yet: counts as half-open */
    FLOW_TCP_ESTABLISHED, /* both sides were heard, or it was joined in the middle */
    FLOW_TCP_CLOSED,      /* both have sent FIN */
    FLOW_TCP_RESET,       /* one has sent a RST that counts */
};

/* What most segments look at, of one direction. Sequence numbers are as sent. */
struct flow_tcp_side {
    uint64_t offset;  /* in the stream of `next`: bytes in order, and lost ones */
    uint32_t next;    /* the number expected; that of the FIN does not count */
    uint32_t acked;   /* the highest that the other side has acknowledged */
    uint32_t gap;     /* lost bytes that no run has told of */
    uint32_t waiting; /* in struct reassembly; 0: nothing waits */
    uint16_t known;   /* enum flow_tcp_known */
    uint16_t window;  /* the largest one advertised, not scaled, but for that of the SYN */
    uint8_t state : 4, before : 4; /* enum flow_tcp_state, and the one before it */
    uint8_t letters;               /* of the history, that were there */
    uint8_t scale;                 /* of the window */
    uint8_t handshake; /* of who opens it, enum flow_tcp_handshake: what time_ns is */
};

/* What goes wrong in a direction; of most nothing does, and this is not touched. */
struct flow_tcp_trouble {
    uint64_t lost;
    uint32_t overlapping, gaps, retransmitted, out_of_order, zero_windows;
    uint32_t zero_packets; /* that told of a closed window, for the history */
};

/*
 * Three cache lines: what all segments touch, what those touch that begin and end something, and what
 * is there where `known` says so. All with [2] is by enum chains_side.
 */
struct flow_tcp {
    struct flow_tcp_side sides[2];
    uint32_t isn[2]; /* number of the SYN */
    uint32_t fin[2]; /* where the stream ends */
    uint32_t
        stray[2]; /* behind the last segment that was refused, or of a RST; of the other side of
                          a RST: `next` when it came */
    int64_t time_ns; /* of the SYN, then the round-trip time */
    char history[CHAINS_FLOW_HISTORY -
                 1]; /* a NUL behind the last letter but in the last place */
    struct flow_tcp_trouble trouble[2];
};

_Static_assert(sizeof(struct flow_tcp_side[2]) == 64, "a cache line");
_Static_assert(offsetof(struct flow_tcp, trouble) == 128, "two cache lines");
_Static_assert(sizeof(struct flow_tcp) == 192, "there is one for each connection");

/* What a segment without trouble touches at most, from the first byte on. */
enum { FLOW_TCP_USUAL = offsetof(struct flow_tcp, trouble) };

/* A new connection. It stays where it is until flow_tcp_end(). */
void flow_tcp_begin(struct flow_tcp *tcp);

/*
 * Whether a segment begins another connection of the same two ports: a SYN with another sequence
 * number where this one is closed or reset, has no answer yet, or is half closed and older than
 * the SYN. In the middle of an open one a SYN may be blind and is refused; when a SYN-ACK
 * acknowledges it, that one begins the new connection. Then this one is to be ended, and the
 * segment is for a new one.
 */
bool flow_tcp_is_reused(const struct flow_tcp *tcp, const struct flow_tcp_segment *segment);

/* The next segment. `waiting` keeps what is out of order; `arena` is the batch's. */
void flow_tcp_take(struct flow_tcp *tcp, struct reassembly *waiting,
                   const struct flow_tcp_segment *segment, struct chains_arena *arena,
                   struct flow_tcp_run *run);

/*
 * The next run of `side` behind a hole that is given up: because the other side has acknowledged
 * what is missing, because there was no more room for what waits, or (`all`) whatever the reason.
 * Also bytes in order that the arena had no room for, with a gap of 0. A run without bytes tells
 * of a gap in front of the FIN, or (`all`) in front of what was acknowledged last, or that not even
 * an empty arena had room for bytes, which then count as lost. Cheap where nothing waits. With
 * `all` nothing waits any more when there is none left.
 */
enum flow_tcp_given {
    FLOW_TCP_NONE,    /* there is none */
    FLOW_TCP_RUN,     /* here it is */
    FLOW_TCP_NO_ROOM, /* there is one; ask again when the arena has been reset */
};

enum flow_tcp_given flow_tcp_give_up(struct flow_tcp *tcp, struct reassembly *waiting,
                                     enum chains_side side, bool all,
                                     struct chains_arena *arena, struct flow_tcp_run *run);

/* What waits is dropped. */
void flow_tcp_end(struct flow_tcp *tcp, struct reassembly *waiting);

#endif
