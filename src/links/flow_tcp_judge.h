/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_TCP_JUDGE_H
#define LINKS_FLOW_TCP_JUDGE_H

#include "flow_tcp_state.h"

/* Sequence numbers: where a segment lies, and whether a host would take it. */

enum {
    TCP_WINDOW_LEAST = 65535,  /* what may be under way without a scaled window */
    TCP_WINDOW_MOST = 1 << 30, /* RFC 7323: 65535 << 14 */
    TCP_SCALE_MOST = 14,       /* RFC 7323 2.3 */
};

/* How far `seq` lies behind `base`, less than 0 in front of it. */
static inline int32_t flow_tcp_after(uint32_t seq, uint32_t base)
{
    return (int32_t)(seq - base);
}

/* The offset in the stream of the byte expected next. */
static inline uint64_t flow_tcp_offset(const struct flow_tcp_side *self)
{
    return self->offset;
}

/* Bytes of payload as sent. */
static inline uint32_t flow_tcp_sent(const struct flow_tcp_segment *segment)
{
    return segment->payload_len > segment->payload.len ? segment->payload_len
                                                       : (uint32_t)segment->payload.len;
}

/* Whether the next `len` bytes were acknowledged. */
static inline bool flow_tcp_is_acked(const struct flow_tcp_side *self, uint64_t len)
{
    int32_t ahead = flow_tcp_after(self->acked, self->next);
    return (self->known & TCP_ACKED) && ahead > 0 && (uint32_t)ahead >= len;
}

/* Whether flow_tcp_give_up() with `all` may have anything to give, or to note. */
static inline bool flow_tcp_may_give_all(const struct flow_tcp *tcp, enum chains_side side)
{
    const struct flow_tcp_side *self = &tcp->sides[side];
    if (self->waiting || self->known & TCP_HELD)
        return true;
    if (self->known & TCP_DONE)
        return false;
    return self->known & TCP_FIN || flow_tcp_is_acked(self, 2);
}

/* The rest of flow_tcp_is_keep_alive(), of a segment with a byte or none. */
bool flow_tcp_is_keep_alive_rest(const struct flow_tcp_side *self,
                                 const struct flow_tcp_segment *segment);

/* Whether a segment says no more than that its sender lives: the last byte again, or none. */
static inline bool flow_tcp_is_keep_alive(const struct flow_tcp_side *self,
                                          const struct flow_tcp_segment *segment)
{
    return flow_tcp_sent(segment) <= 1 && flow_tcp_is_keep_alive_rest(self, segment);
}

/* Whether there is a FIN whose turn has not come: data in its place contradict it. */
static inline bool flow_tcp_fin_waits(const struct flow_tcp *tcp, enum chains_side side)
{
    const struct flow_tcp_side *self = &tcp->sides[side];
    return (self->known & (TCP_FIN | TCP_DONE)) == TCP_FIN && self->next != tcp->fin[side];
}

/* The rest of flow_tcp_covers_fin(), where flow_tcp_fin_waits(). */
bool flow_tcp_covers_fin_rest(const struct flow_tcp *tcp,
                              const struct flow_tcp_segment *segment);

/*
 * Whether a segment has data where a FIN was that came before its turn. Hosts keep such a FIN like
 * bytes out of order, and forget it for a segment that covers it.
 */
static inline bool flow_tcp_covers_fin(const struct flow_tcp *tcp,
                                       const struct flow_tcp_segment *segment)
{
    return flow_tcp_fin_waits(tcp, segment->side) && flow_tcp_covers_fin_rest(tcp, segment);
}

/* The rest of flow_tcp_lives(), of a side in TCP_RESET. */
bool flow_tcp_lives_rest(const struct flow_tcp *tcp, const struct flow_tcp_segment *segment);

/*
 * Whether a segment that counts shows that its sender lives, though a RST of it counted: it goes on
 * in order beyond that RST, or acknowledges what the other side has sent since.
 */
static inline bool flow_tcp_lives(const struct flow_tcp *tcp,
                                  const struct flow_tcp_segment *segment)
{
    return tcp->sides[segment->side].state == TCP_RESET && flow_tcp_lives_rest(tcp, segment);
}

/* The rest of flow_tcp_is_beyond(), of what lies ahead by more than TCP_WINDOW_LEAST. */
bool flow_tcp_is_beyond_rest(const struct flow_tcp *tcp, enum chains_side side, int32_t ahead);

/*
 * Whether what lies `ahead` of `next` is more than a byte beyond where what the other side has offered
 * ends. That is never nearer than the least of windows.
 */
static inline bool flow_tcp_is_beyond(const struct flow_tcp *tcp, enum chains_side side,
                                      int32_t ahead)
{
    return ahead > TCP_WINDOW_LEAST && flow_tcp_is_beyond_rest(tcp, side, ahead);
}

/* The rest of flow_tcp_counts(), of what is not plainly next. */
bool flow_tcp_counts_rest(const struct flow_tcp *tcp, const struct reassembly *waiting,
                          const struct flow_tcp_segment *segment);

enum { TCP_HEADER_LEAST = 20 };

/*
 * Whether a segment counts: a host that has seen what was seen here would not throw it away for
 * its flags or its numbers.
 */
static inline bool flow_tcp_counts(const struct flow_tcp *tcp, const struct reassembly *waiting,
                                   const struct flow_tcp_segment *segment)
{
    const struct flow_tcp_side *self = &tcp->sides[segment->side];
    const struct chains_tcp *header = segment->tcp;
    bool plain = (header->flags & (TCP_ONES | CHAINS_TCP_ACK)) == CHAINS_TCP_ACK;
    if (plain && header->seq == self->next && self->known & TCP_KNOWN &&
        header->header_len >= TCP_HEADER_LEAST)
        return true;
    return flow_tcp_counts_rest(tcp, waiting, segment);
}

/*
 * An acknowledgement far ahead. Where `side` has sent a segment out there before, which was
 * refused, both are believed: much was not captured, and the stream goes on there.
 */
void flow_tcp_ack_stray(struct flow_tcp *tcp, enum chains_side side, uint32_t ack);

#endif
