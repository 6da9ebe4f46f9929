/* SPDX-License-Identifier: MIT */
/*
 * What a TCP connection looks like from outside, in Zeek's words. In: the flags of its segments
 * and the counts of flow_tcp.c. Out: conn_state, history, and the flow record. Two letters differ
 * on purpose: a segment that comes late and fills a hole is no "t", and a RST or SYN that is
 * refused has its letter but changes no state. There is no "c": checksums of TCP are not verified,
 * since on the host that sends, where the card computes them, they are wrong in every capture.
 */
#include "flow_tcp_state.h"

#include <string.h>

/*
 * One by one: most connections were written to a moment ago, in one piece, and a read of many bytes
 * waits until that has come to their place.
 */
static void flow_tcp_append(struct flow_tcp *tcp, char letter)
{
    size_t len = 0;
    while (len < sizeof tcp->history && tcp->history[len])
        len++;
    if (len < sizeof tcp->history)
        tcp->history[len] = letter;
}

void flow_tcp_letter(struct flow_tcp *tcp, enum chains_side side, char letter)
{
    flow_tcp_append(tcp, (char)(side == CHAINS_ORIG ? letter - 'a' + 'A' : letter));
}

void flow_tcp_letter_of(struct flow_tcp *tcp, enum chains_side side, char letter,
                        uint32_t count)
{
    while (count >= 10 && count % 10 == 0)
        count /= 10;
    if (count == 1)
        flow_tcp_letter(tcp, side, letter);
}

/* A letter that comes once; with `other`, again when its sequence number is another one. */
static void flow_tcp_once(struct flow_tcp *tcp, enum chains_side side, uint8_t bit, char letter,
                          bool other)
{
    if (!(tcp->sides[side].letters & bit) || other)
        flow_tcp_letter(tcp, side, letter);
    tcp->sides[side].letters |= bit;
}

void flow_tcp_letters_rest(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    unsigned flags = segment->tcp->flags;
    uint32_t seq = segment->tcp->seq, end = seq + segment->payload_len;
    bool stray = self->known & TCP_STRAY;
    if (segment->side == CHAINS_RESP && !tcp->history[0] &&
        tcp->sides[CHAINS_ORIG].state == TCP_INACTIVE)
        flow_tcp_append(tcp, '^');
    if (flow_tcp_is_nonsense(segment)) {
        bool odd = (flags & CHAINS_TCP_FIN) && (flags & CHAINS_TCP_RST);
        flow_tcp_once(tcp, segment->side, odd ? SEEN_ODD : SEEN_MANY, odd ? 'i' : 'q', false);
    } else if (flags & CHAINS_TCP_SYN) {
        bool other =
            seq != tcp->isn[segment->side] && !(stray && seq + 1 == tcp->stray[segment->side]);
        flow_tcp_once(tcp, segment->side, SEEN_SYN, flags & CHAINS_TCP_ACK ? 'h' : 's', other);
    } else if (flags & CHAINS_TCP_FIN) {
        bool other = (self->known & TCP_FIN) && end != tcp->fin[segment->side];
        flow_tcp_once(tcp, segment->side, SEEN_FIN, 'f', other);
    } else if (flags & CHAINS_TCP_RST) {
        bool other = !stray || seq != tcp->stray[segment->side];
        flow_tcp_once(tcp, segment->side, SEEN_RST, 'r', other);
    } else if (segment->payload_len) {
        flow_tcp_once(tcp, segment->side, SEEN_DATA, 'd', false);
    } else if (flags & CHAINS_TCP_ACK) {
        flow_tcp_once(tcp, segment->side, SEEN_ACK, 'a', false);
    }
}

static void flow_tcp_set(struct flow_tcp *tcp, enum chains_side side, enum flow_tcp_state state)
{
    if (tcp->sides[side].state == state)
        return;
    tcp->sides[side].before = tcp->sides[side].state;
    tcp->sides[side].state = state & 15;
}

/* The first segment of a side that moves it. */
static void flow_tcp_move_inactive(struct flow_tcp *tcp, enum chains_side side, unsigned flags,
                                   bool data)
{
    enum chains_side peer = side == CHAINS_ORIG ? CHAINS_RESP : CHAINS_ORIG;
    bool ack = flags & CHAINS_TCP_ACK;
    if (flags & CHAINS_TCP_SYN && side == CHAINS_ORIG) {
        enum flow_tcp_state sent = ack ? TCP_SYN_ACK_SENT : TCP_SYN_SENT;
        flow_tcp_set(tcp, side,
                     tcp->sides[peer].state == TCP_ESTABLISHED ? TCP_ESTABLISHED : sent);
    } else if (flags & CHAINS_TCP_SYN) {
        if (tcp->sides[peer].state == TCP_SYN_SENT)
            flow_tcp_set(tcp, peer, TCP_ESTABLISHED);
        flow_tcp_set(tcp, side, TCP_ESTABLISHED);
    }
    if (flags & CHAINS_TCP_FIN)
        flow_tcp_set(tcp, side, TCP_CLOSED);
    if (flags & CHAINS_TCP_RST)
        flow_tcp_set(tcp, side, TCP_RESET);
    if (tcp->sides[side].state != TCP_INACTIVE)
        return;
    if (side == CHAINS_RESP && !data && tcp->sides[CHAINS_ORIG].state == TCP_SYN_SENT)
        return; /* some acknowledge a SYN before they answer it */
    bool established = ack && tcp->sides[peer].state == TCP_ESTABLISHED;
    flow_tcp_set(tcp, side, established ? TCP_ESTABLISHED : TCP_PARTIAL);
}

static void flow_tcp_move_open(struct flow_tcp *tcp, enum chains_side side, unsigned flags)
{
    enum chains_side peer = side == CHAINS_ORIG ? CHAINS_RESP : CHAINS_ORIG;
    bool partial =
        tcp->sides[side].state == TCP_PARTIAL && tcp->sides[peer].state == TCP_INACTIVE;
    if (partial && (flags & CHAINS_TCP_SYN) && !(flags & CHAINS_TCP_ACK))
        flow_tcp_set(tcp, side, TCP_SYN_SENT);
    if (flags & CHAINS_TCP_RST) {
        flow_tcp_set(tcp, side, TCP_RESET);
    } else if (flags & CHAINS_TCP_FIN) {
        flow_tcp_set(tcp, side, TCP_CLOSED);
        if (tcp->sides[peer].state == TCP_RESET && tcp->sides[peer].before == TCP_CLOSED)
            flow_tcp_set(tcp, peer, TCP_CLOSED); /* FIN, then RST: it had closed */
    }
}

void flow_tcp_move_rest(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    enum chains_side side = segment->side;
    unsigned flags = segment->tcp->flags;
    switch ((enum flow_tcp_state)tcp->sides[side].state) {
    case TCP_INACTIVE:
        flow_tcp_move_inactive(tcp, side, flags, segment->payload_len > 0);
        break;
    case TCP_SYN_SENT:
    case TCP_SYN_ACK_SENT:
        if (flags & CHAINS_TCP_FIN)
            flow_tcp_set(tcp, side, TCP_CLOSED);
        if (flags & CHAINS_TCP_RST)
            flow_tcp_set(tcp, side, TCP_RESET);
        break;
    case TCP_PARTIAL:
    case TCP_ESTABLISHED:
        flow_tcp_move_open(tcp, side, flags);
        break;
    case TCP_CLOSED:
        if ((flags & CHAINS_TCP_RST) && tcp->sides[!side].state != TCP_CLOSED)
            flow_tcp_set(tcp, side, TCP_RESET);
        break;
    case TCP_RESET:
        break;
    }
}

void flow_tcp_reopen(struct flow_tcp *tcp, enum chains_side side)
{
    enum flow_tcp_state state = tcp->sides[side].state, before = tcp->sides[side].before;
    unsigned known = tcp->sides[side].known;
    if (state != TCP_CLOSED && state != TCP_RESET)
        return;
    bool unknown = before == TCP_INACTIVE || before == TCP_RESET;
    if (unknown || (before == TCP_CLOSED && !(known & TCP_FIN)))
        before = known & TCP_SYN ? TCP_ESTABLISHED : TCP_PARTIAL;
    flow_tcp_set(tcp, side, before);
}

/* Whether the originator has sent a SYN and then a RST, and nothing else of note between. */
static bool flow_tcp_is_abandoned(const char *history)
{
    history += history[0] == '^';
    if (*history++ != 'S')
        return false;
    return history[strcspn(history, "HAFGIQR")] == 'R';
}

/* Bytes of a side that were there in order. */
static uint64_t flow_tcp_stream(const struct flow_tcp *tcp, enum chains_side side)
{
    uint64_t lost = tcp->sides[side].known & TCP_TROUBLE ? tcp->trouble[side].lost : 0;
    return tcp->sides[side].offset - lost;
}

static const char *flow_tcp_word(const struct flow_tcp *tcp, const char *history)
{
    enum flow_tcp_state orig = tcp->sides[CHAINS_ORIG].state,
                        resp = tcp->sides[CHAINS_RESP].state;
    bool orig_quiet = orig == TCP_INACTIVE || orig == TCP_PARTIAL;
    bool resp_quiet = resp == TCP_INACTIVE || resp == TCP_PARTIAL;
    bool empty = !flow_tcp_stream(tcp, CHAINS_ORIG) && !flow_tcp_stream(tcp, CHAINS_RESP);
    if (resp == TCP_RESET) {
        if (orig == TCP_SYN_SENT || orig == TCP_SYN_ACK_SENT || (orig == TCP_RESET && empty))
            return "REJ";
        return orig_quiet ? "RSTRH" : "RSTR";
    }
    if (orig == TCP_RESET) {
        if (resp_quiet)
            return flow_tcp_is_abandoned(history) ? "RSTOS0" : "OTH";
        return "RSTO";
    }
    if (orig == TCP_CLOSED && resp == TCP_CLOSED)
        return "SF";
    if (orig == TCP_CLOSED)
        return resp_quiet ? "SH" : "S2";
    if (resp == TCP_CLOSED)
        return orig_quiet ? "SHR" : "S3";
    if (orig == TCP_SYN_SENT && resp == TCP_INACTIVE)
        return "S0";
    return orig == TCP_ESTABLISHED && resp == TCP_ESTABLISHED ? "S1" : "OTH";
}

static void flow_tcp_report_side(const struct flow_tcp *tcp, enum chains_side side,
                                 struct chains_flow_side *to)
{
    const struct flow_tcp_trouble none = { .lost = 0 };
    bool has = tcp->sides[side].known & TCP_TROUBLE;
    const struct flow_tcp_trouble *from = has ? &tcp->trouble[side] : &none;
    to->stream_bytes = flow_tcp_stream(tcp, side);
    to->lost = from->lost;
    to->overlapping = from->overlapping;
    to->gaps = from->gaps;
    to->retransmitted = from->retransmitted;
    to->out_of_order = from->out_of_order;
    to->zero_windows = from->zero_windows;
}

void flow_tcp_report(const struct flow_tcp *tcp, struct chains_flow *flow)
{
    memcpy(flow->history_text, tcp->history, sizeof tcp->history);
    flow->history_text[sizeof tcp->history] = '\0';
    flow->history = flow->history_text;
    flow->state = flow_tcp_word(tcp, flow->history_text);
    flow->has |= CHAINS_FLOW_HAS_STATE;
    flow->rtt = 0;
    if (tcp->sides[CHAINS_ORIG].handshake == TCP_RTT) {
        flow->has |= CHAINS_FLOW_HAS_RTT;
        flow->rtt = tcp->time_ns;
    }
    flow_tcp_report_side(tcp, CHAINS_ORIG, &flow->orig);
    flow_tcp_report_side(tcp, CHAINS_RESP, &flow->resp);
}
