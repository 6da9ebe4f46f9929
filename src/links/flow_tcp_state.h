/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_TCP_STATE_H
#define LINKS_FLOW_TCP_STATE_H

#include "flow_tcp.h"

/* What a connection is known to be, in Zeek's words, and what is known of its sides. */

enum flow_tcp_known {
    TCP_KNOWN = 1 << 0,    /* `next` */
    TCP_SOFT = 1 << 1,     /* but the first data may say otherwise */
    TCP_SYN = 1 << 2,      /* `isn`: a SYN was seen, or the SYN-ACK that acknowledges it */
    TCP_HEARD = 1 << 3,    /* a segment that counted */
    TCP_ACKED = 1 << 4,    /* `acked` */
    TCP_FIN = 1 << 5,      /* `fin` */
    TCP_DONE = 1 << 6,     /* the FIN's place was told */
    TCP_STRAY = 1 << 7,    /* `stray` */
    TCP_ZERO = 1 << 8,     /* its window is closed */
    TCP_FLUSH = 1 << 9,    /* no room: what waits is given up hole by hole */
    TCP_JOINED = 1 << 10,  /* it has sent more than a handshake */
    TCP_SCALED = 1 << 11,  /* its SYN was seen, so that `scale` is right */
    TCP_LIMITED = 1 << 12, /* there was no room once */
    TCP_HELD = 1 << 13,    /* something waited when this was last looked at */
    TCP_TROUBLE = 1 << 14, /* flow_tcp.trouble of this side is there */
};

enum flow_tcp_state { /* of one side, as Zeek has them */
                      TCP_INACTIVE,
                      TCP_SYN_SENT,
                      TCP_SYN_ACK_SENT,
                      TCP_PARTIAL,
                      TCP_ESTABLISHED,
                      TCP_CLOSED,
                      TCP_RESET,
};

enum flow_tcp_handshake { /* what time_ns is */
                          TCP_NO_TIME,
                          TCP_SYN_TIME,     /* when the SYN came */
                          TCP_SYN_ACK_TIME, /* the same, and there was a SYN-ACK */
                          TCP_RTT,
                          TCP_NO_RTT, /* one of the two came twice: nobody knows which one was answered */
};

enum { TCP_ONES = CHAINS_TCP_SYN | CHAINS_TCP_FIN | CHAINS_TCP_RST };

/* Whether the segment has more than one of SYN, FIN and RST. */
static inline bool flow_tcp_is_nonsense(const struct flow_tcp_segment *segment)
{
    unsigned ones = segment->tcp->flags & TCP_ONES;
    return ones & (ones - 1);
}

/* What went wrong on a side, to be counted. */
static inline struct flow_tcp_trouble *flow_tcp_trouble(struct flow_tcp *tcp,
                                                        enum chains_side side)
{
    struct flow_tcp_trouble *trouble = &tcp->trouble[side];
    if (!(tcp->sides[side].known & TCP_TROUBLE))
        *trouble = (struct flow_tcp_trouble){ .lost = 0 };
    tcp->sides[side].known |= TCP_TROUBLE;
    return trouble;
}

/* Adds a letter to the history; small if the responder has sent it. */
void flow_tcp_letter(struct flow_tcp *tcp, enum chains_side side, char letter);

/* The same where `count` is 1, 10, 100 ... */
void flow_tcp_letter_of(struct flow_tcp *tcp, enum chains_side side, char letter,
                        uint32_t count);

enum { /* flow_tcp_side.letters */
       SEEN_SYN = 1 << 0,
       SEEN_FIN = 1 << 1,
       SEEN_RST = 1 << 2,
       SEEN_DATA = 1 << 3,
       SEEN_ACK = 1 << 4,
       SEEN_ODD = 1 << 5,
       SEEN_MANY = 1 << 6,
};

/* The rest of flow_tcp_letters(), of a segment with SYN, FIN or RST, or the first with data, or without. */
void flow_tcp_letters_rest(struct flow_tcp *tcp, const struct flow_tcp_segment *segment);

/* The letters of a segment, before it changes anything. Most say what was said before. */
static inline void flow_tcp_letters(struct flow_tcp *tcp,
                                    const struct flow_tcp_segment *segment)
{
    unsigned plain = segment->payload_len ? SEEN_DATA : SEEN_ACK;
    if (segment->tcp->flags & TCP_ONES || !(tcp->sides[segment->side].letters & plain))
        flow_tcp_letters_rest(tcp, segment);
}

/* The rest of flow_tcp_move(), of a segment with SYN, FIN or RST, or the first one of its side. */
void flow_tcp_move_rest(struct flow_tcp *tcp, const struct flow_tcp_segment *segment);

/* The states of both sides after a segment: only a first one, or SYN, FIN and RST, change them. */
static inline void flow_tcp_move(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    if (segment->tcp->flags & TCP_ONES || tcp->sides[segment->side].state == TCP_INACTIVE)
        flow_tcp_move_rest(tcp, segment);
}

static inline enum flow_tcp_phase flow_tcp_phase(const struct flow_tcp *tcp)
{
    const struct flow_tcp_side *orig = &tcp->sides[CHAINS_ORIG];
    const struct flow_tcp_side *resp = &tcp->sides[CHAINS_RESP];
    if (orig->state == TCP_RESET || resp->state == TCP_RESET)
        return FLOW_TCP_RESET;
    if (orig->state == TCP_CLOSED && resp->state == TCP_CLOSED)
        return FLOW_TCP_CLOSED;
    bool both = orig->known & resp->known & TCP_HEARD;
    bool open = both || (orig->known | resp->known) & TCP_JOINED;
    return open ? FLOW_TCP_ESTABLISHED : FLOW_TCP_OPENING;
}

/* Whether flow_tcp_give_up() without `all` may have anything to give. */
static inline bool flow_tcp_may_give(const struct flow_tcp *tcp, enum chains_side side)
{
    const struct flow_tcp_side *self = &tcp->sides[side];
    return self->waiting || (self->known & (TCP_FIN | TCP_DONE)) == TCP_FIN;
}

/* A side lives on: the RST, or the FIN, that it seemed to have sent was not its own. */
void flow_tcp_reopen(struct flow_tcp *tcp, enum chains_side side);

/*
 * Writes what TCP knows into a flow record: has, state, history_text, rtt, and of both sides
 * stream_bytes, lost, overlapping, gaps, retransmitted, out_of_order, zero_windows.
 */
void flow_tcp_report(const struct flow_tcp *tcp, struct chains_flow *flow);

#endif
