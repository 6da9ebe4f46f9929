/* SPDX-License-Identifier: MIT */
/*
 * Whether a TCP segment counts. In: what is known of its connection, and the segment. Out: yes or
 * no; nothing is changed. RFC 9293 3.10.7 and RFC 5961, as far as somebody in the middle can tell:
 * data and FIN need an ACK and a place in the window, a SYN must be the one that began, a RST must
 * hit the very number that its receiver expects, an answer must acknowledge the SYN. Zeek takes
 * data without ACK and any RST; no host does.
 */
#include "flow_tcp_judge.h"

/* How many bytes beyond the last one known `side` may have sent, by what the other one offers. */
static int32_t flow_tcp_window(const struct flow_tcp *tcp, enum chains_side side)
{
    const struct flow_tcp_side *self = &tcp->sides[side], *peer = &tcp->sides[!side];
    if (!(peer->known & TCP_HEARD))
        return TCP_WINDOW_MOST;
    unsigned scale = peer->known & TCP_SCALED ? peer->scale : TCP_SCALE_MOST + 1u;
    if ((self->known & TCP_SCALED) && !self->scale)
        scale = 0; /* only where both have offered it */
    uint32_t window = (uint32_t)peer->window << (scale ? scale - 1 : 0);
    return window < TCP_WINDOW_LEAST ? TCP_WINDOW_LEAST : (int32_t)window;
}

/* The distance from `next` to where what the other side has offered ends. */
static int32_t flow_tcp_edge(const struct flow_tcp *tcp, enum chains_side side)
{
    const struct flow_tcp_side *self = &tcp->sides[side];
    int32_t window = flow_tcp_window(tcp, side);
    if (!flow_tcp_is_acked(self, 1))
        return window;
    int32_t acked = flow_tcp_after(self->acked, self->next);
    return acked < TCP_WINDOW_MOST - 1 ? acked + window : INT32_MAX - 1;
}

bool flow_tcp_is_beyond_rest(const struct flow_tcp *tcp, enum chains_side side, int32_t ahead)
{
    return ahead > flow_tcp_edge(tcp, side) + 1;
}

bool flow_tcp_is_keep_alive_rest(const struct flow_tcp_side *self,
                                 const struct flow_tcp_segment *segment)
{
    bool done = self->known & TCP_DONE; /* then the last number is that of the FIN */
    uint32_t behind = self->next + done;
    return !(segment->tcp->flags & TCP_ONES) && segment->tcp->seq + 1 == behind &&
           (self->known & TCP_ACKED) && self->acked == behind;
}

void flow_tcp_ack_stray(struct flow_tcp *tcp, enum chains_side side, uint32_t ack)
{
    struct flow_tcp_side *self = &tcp->sides[side];
    uint32_t stray = tcp->stray[side];
    if (!(self->known & TCP_STRAY) || flow_tcp_after(ack, self->next) <= 0 ||
        flow_tcp_after(stray, ack) < 0 || flow_tcp_after(stray, self->next) <= 0)
        return;
    self->acked = ack;
    self->known |= TCP_ACKED;
    self->known &= (uint16_t)~TCP_STRAY;
}

/* Whether a segment acknowledges the SYN of the other side, and no more than that one has sent. */
static bool flow_tcp_answers(const struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    enum chains_side peer = segment->side == CHAINS_ORIG ? CHAINS_RESP : CHAINS_ORIG;
    uint32_t ack = segment->tcp->ack;
    return flow_tcp_after(ack, tcp->isn[peer]) > 0 &&
           flow_tcp_after(ack, tcp->sides[peer].next) <= 1;
}

static bool flow_tcp_syn_counts(const struct flow_tcp *tcp,
                                const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    const struct flow_tcp_side *peer = &tcp->sides[!segment->side];
    bool ack = segment->tcp->flags & CHAINS_TCP_ACK;
    if (ack && (peer->known & TCP_SYN) && !flow_tcp_answers(tcp, segment))
        return false;
    if (!(self->known & TCP_KNOWN))
        return true;
    if ((self->known & TCP_SYN) && segment->tcp->seq == tcp->isn[segment->side])
        return true;
    if (flow_tcp_offset(self) || self->waiting)
        return false;
    /* Nothing depends on the number that was known so far. */
    return !(self->known & TCP_HEARD) || !(self->known & TCP_ACKED);
}

/*
 * A host takes a RST at exactly the number that it expects; one that is merely in the window is
 * answered with an ACK (RFC 5961 3.2). Which number that is, somebody in the middle does not know
 * for sure: the one that is next here, the one behind all that was seen here, where what is
 * missing was not captured, or the one that the receiver has acknowledged last, where it was not
 * captured, or has not arrived.
 */
static bool flow_tcp_rst_counts(const struct flow_tcp *tcp, const struct reassembly *waiting,
                                const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    const struct flow_tcp_side *peer = &tcp->sides[!segment->side];
    if (!(self->known & TCP_KNOWN)) {
        if (segment->tcp->flags & CHAINS_TCP_ACK)
            return !(peer->known & TCP_SYN) || flow_tcp_answers(tcp, segment);
        return tcp->sides[!segment->side].state != TCP_SYN_SENT;
    }
    uint32_t seq = segment->tcp->seq, behind = self->next;
    if (self->waiting)
        behind += (uint32_t)(reassembly_end(waiting, self->waiting) - flow_tcp_offset(self));
    return seq == self->next || seq == behind ||
           ((self->known & TCP_FIN) && seq == tcp->fin[segment->side] + 1) ||
           ((self->known & TCP_ACKED) && seq == self->acked);
}

bool flow_tcp_covers_fin_rest(const struct flow_tcp *tcp,
                              const struct flow_tcp_segment *segment)
{
    uint32_t seq = segment->tcp->seq + (segment->tcp->flags & CHAINS_TCP_SYN ? 1 : 0);
    return flow_tcp_after(seq, tcp->fin[segment->side]) <= 0 &&
           flow_tcp_after(seq + flow_tcp_sent(segment), tcp->fin[segment->side]) > 0;
}

bool flow_tcp_lives_rest(const struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    const struct flow_tcp_side *peer = &tcp->sides[!segment->side];
    unsigned flags = segment->tcp->flags;
    uint32_t seq = segment->tcp->seq, ack = segment->tcp->ack;
    uint32_t end = seq + flow_tcp_sent(segment) + (flags & CHAINS_TCP_FIN ? 1 : 0);
    if (flags & (CHAINS_TCP_SYN | CHAINS_TCP_RST))
        return false;
    if (flow_tcp_after(seq, self->next) <= 0 && flow_tcp_after(end, self->next) > 0 &&
        flow_tcp_after(end, tcp->stray[segment->side]) > 0)
        return true;
    return flow_tcp_after(ack, tcp->stray[!segment->side]) > 0 &&
           flow_tcp_after(ack, peer->next) <= 1;
}

/* Whether a FIN is where nothing contradicts it. */
static bool flow_tcp_fin_counts(const struct flow_tcp *tcp, const struct reassembly *waiting,
                                const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    uint32_t end = segment->tcp->seq + flow_tcp_sent(segment);
    int32_t ahead = flow_tcp_after(end, self->next);
    if (self->known & TCP_FIN)
        return end == tcp->fin[segment->side] || flow_tcp_covers_fin(tcp, segment);
    if (self->known & TCP_SOFT)
        return true;
    if (ahead < 0)
        return false;
    return !self->waiting ||
           reassembly_end(waiting, self->waiting) <= flow_tcp_offset(self) + (uint32_t)ahead;
}

bool flow_tcp_counts_rest(const struct flow_tcp *tcp, const struct reassembly *waiting,
                          const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    unsigned flags = segment->tcp->flags;
    bool fin = flags & CHAINS_TCP_FIN;
    if (segment->tcp->header_len < TCP_HEADER_LEAST)
        return false; /* nobody knows where its payload begins */
    if (flags & CHAINS_TCP_RST)
        return !(flags & CHAINS_TCP_SYN) && flow_tcp_rst_counts(tcp, waiting, segment);
    if (flags & CHAINS_TCP_SYN)
        return !fin && flow_tcp_syn_counts(tcp, segment);
    if (!(flags & CHAINS_TCP_ACK))
        return false;
    /* Of what was under way when a RST came, a FIN says how the other side saw it. */
    if (fin && tcp->sides[segment->side].state == TCP_RESET && !flow_tcp_lives(tcp, segment))
        return false;
    if (!(self->known & TCP_KNOWN) || (self->known & (TCP_SOFT | TCP_HEARD)) == TCP_SOFT)
        return true;
    int32_t ahead = flow_tcp_after(segment->tcp->seq, self->next);
    if (ahead < -TCP_WINDOW_MOST || flow_tcp_is_beyond(tcp, segment->side, ahead))
        return false;
    bool before = ahead < 0 && flow_tcp_offset(self) < (uint32_t)-ahead;
    if (before && (self->known & TCP_SYN) && !flow_tcp_is_keep_alive(self, segment))
        return false;
    return !fin || flow_tcp_fin_counts(tcp, waiting, segment);
}

bool flow_tcp_is_reused(const struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    const struct flow_tcp_side *peer = &tcp->sides[!segment->side];
    unsigned flags = segment->tcp->flags;
    if ((flags & TCP_ONES) != CHAINS_TCP_SYN)
        return false;
    if ((self->known & TCP_SYN) && segment->tcp->seq == tcp->isn[segment->side])
        return false;
    if (flags & CHAINS_TCP_ACK)
        return (peer->known & TCP_STRAY) && segment->tcp->ack == tcp->stray[!segment->side];
    switch (flow_tcp_phase(tcp)) {
    case FLOW_TCP_CLOSED:
    case FLOW_TCP_RESET:
        return true;
    case FLOW_TCP_OPENING:
        return (self->known & TCP_SYN) && (self->known & TCP_HEARD);
    case FLOW_TCP_ESTABLISHED:
        break;
    }
    bool half = tcp->sides[0].state == TCP_CLOSED || tcp->sides[1].state == TCP_CLOSED;
    return half && (self->known & TCP_KNOWN) &&
           flow_tcp_after(segment->tcp->seq, self->next) > 0;
}
