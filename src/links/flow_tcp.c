/* SPDX-License-Identifier: MIT */
/*
 * One TCP connection: sequence numbers and bytes. In: its segments. Out: runs of bytes in order,
 * lent from the packet where nothing waits, joined in the arena where something does, and counts.
 * Whether a segment counts at all is decided in flow_tcp_judge.c before it changes anything.
 */
#include "flow_tcp.h"

#include <string.h>

#include "flow_tcp_work.h"

void flow_tcp_begin(struct flow_tcp *tcp)
{
    memset(tcp, 0, FLOW_TCP_USUAL);
}

void flow_tcp_forget_fin(struct flow_tcp_work *work)
{
    work->self->known &= (uint16_t)~TCP_FIN;
    if (work->self->state == TCP_CLOSED)
        flow_tcp_reopen(work->tcp, work->side);
}

/* `next` goes on; what was acknowledged long ago must not come to lie ahead of it. */
static void flow_tcp_advance(struct flow_tcp_work *work, uint32_t len)
{
    struct flow_tcp_side *self = work->self;
    if (flow_tcp_fin_waits(work->tcp, work->side) &&
        flow_tcp_after(work->tcp->fin[work->side], self->next) < (int32_t)len)
        flow_tcp_forget_fin(work);
    self->next += len;
    if (flow_tcp_after(self->acked, self->next) < -TCP_WINDOW_MOST)
        self->acked = self->next - TCP_WINDOW_MOST;
}

void flow_tcp_skip(struct flow_tcp_work *work, uint64_t len)
{
    struct flow_tcp_side *self = work->self;
    if (!len)
        return;
    if (!self->gap)
        flow_tcp_letter_of(work->tcp, work->side, 'g',
                           ++flow_tcp_trouble(work->tcp, work->side)->gaps);
    self->gap = len < UINT32_MAX - self->gap ? self->gap + (uint32_t)len : UINT32_MAX;
    flow_tcp_trouble(work->tcp, work->side)->lost += len;
    self->offset += len;
    flow_tcp_advance(work, (uint32_t)len);
}

void flow_tcp_deliver(struct flow_tcp_work *work, struct chains_bytes bytes)
{
    struct flow_tcp_side *self = work->self;
    work->run->bytes = bytes;
    work->run->offset = flow_tcp_offset(self);
    work->run->gap = self->gap;
    work->run->marks |= self->gap ? CHAINS_STREAM_GAP : 0;
    self->gap = 0;
    self->offset += bytes.len;
    flow_tcp_advance(work, (uint32_t)bytes.len);
    if (self->waiting)
        reassembly_drop(work->waiting, &self->waiting, flow_tcp_offset(self));
}

void flow_tcp_closes(struct flow_tcp_work *work)
{
    struct flow_tcp_side *self = work->self;
    if ((self->known & (TCP_FIN | TCP_DONE)) == TCP_FIN &&
        self->next == work->tcp->fin[work->side] && !self->gap) {
        self->known |= TCP_DONE;
        work->run->marks |= CHAINS_STREAM_CLOSES;
        if (self->waiting)
            reassembly_drop(work->waiting, &self->waiting, UINT64_MAX);
    }
}

void flow_tcp_limited(struct flow_tcp_work *work)
{
    work->run->marks |= CHAINS_STREAM_LIMITED;
    if (!(work->self->known & TCP_LIMITED))
        flow_tcp_letter(work->tcp, work->side, 'x');
    work->self->known |= TCP_LIMITED;
}

static void flow_tcp_put(struct flow_tcp_work *work, uint64_t offset, struct chains_bytes bytes)
{
    if (reassembly_put(work->waiting, &work->self->waiting, offset, bytes))
        return;
    flow_tcp_limited(work);
    work->self->known |= TCP_FLUSH;
}

/* All but the first `len` bytes. */
static struct chains_bytes flow_tcp_behind(struct chains_bytes bytes, size_t len)
{
    struct chains_bytes rest = { NULL, 0 };
    if (len < bytes.len)
        rest = chains_behind(bytes, len);
    return rest;
}

/* There is no room in the arena to join: the run ends before what waits, the rest waits, too. */
static void flow_tcp_join_later(struct flow_tcp_work *work, uint64_t offset,
                                struct chains_bytes bytes)
{
    uint64_t start = flow_tcp_offset(work->self);
    uint64_t first = reassembly_first(work->waiting, work->self->waiting);
    if (offset == start && first > start) {
        struct chains_bytes lent = bytes;
        lent.len = first - start < bytes.len ? (size_t)(first - start) : bytes.len;
        flow_tcp_deliver(work, lent);
        offset += lent.len;
        bytes = flow_tcp_behind(bytes, lent.len);
    }
    flow_tcp_put(work, offset, bytes);
}

/*
 * Where something waits, the run from `next` on: what waits there, the new bytes at `offset`, what waits behind them.
 * False where the new bytes are not part of it. Of bytes that wait and come again, those that wait
 * came first.
 */
static bool flow_tcp_join_waiting(struct flow_tcp_work *work, uint64_t offset,
                                  struct chains_bytes bytes)
{
    struct flow_tcp_side *self = work->self;
    uint64_t start = flow_tcp_offset(self), end = start;
    end += reassembly_run(work->waiting, self->waiting, start, TCP_RUN_MOST);
    bool joined = offset <= end;
    if (joined && end < offset + bytes.len) {
        end = offset + bytes.len;
        end += reassembly_run(work->waiting, self->waiting, end, TCP_RUN_MOST);
    }
    if (end == start)
        return joined;
    if (reassembly_first(work->waiting, self->waiting) >= end) {
        flow_tcp_deliver(work, bytes);
        return true;
    }
    uint8_t *out = chains_arena_take(work->arena, (size_t)(end - start));
    if (!out) {
        if (joined)
            flow_tcp_join_later(work, offset, bytes);
        return joined;
    }
    if (joined && bytes.len && offset + bytes.len <= end)
        memcpy(out + (offset - start), bytes.at, bytes.len);
    reassembly_read(work->waiting, self->waiting, start, end - start, out);
    flow_tcp_deliver(work, (struct chains_bytes){ out, (size_t)(end - start) });
    return joined;
}

/* The run from `next` on, with the new bytes at `offset`; false where these are not part of it. */
static inline bool flow_tcp_join(struct flow_tcp_work *work, uint64_t offset,
                                 struct chains_bytes bytes)
{
    if (work->self->waiting)
        return flow_tcp_join_waiting(work, offset, bytes);
    if (offset > flow_tcp_offset(work->self))
        return false;
    if (bytes.len)
        flow_tcp_deliver(work, bytes);
    return true;
}

/* Bytes behind a hole wait. Where there is no room, the oldest hole is given up. */
static void flow_tcp_wait(struct flow_tcp_work *work, uint64_t offset,
                          struct chains_bytes bytes)
{
    struct flow_tcp_side *self = work->self;
    flow_tcp_trouble(work->tcp, work->side)->out_of_order++;
    if (!bytes.len)
        return; /* not captured */
    if (!self->waiting)
        self->known &= (uint16_t)~TCP_FLUSH;
    if (reassembly_put(work->waiting, &self->waiting, offset, bytes)) {
        work->run->marks |= CHAINS_STREAM_WAITS;
        if (reassembly_first(work->waiting, self->waiting) == flow_tcp_offset(self))
            flow_tcp_join(work, offset, (struct chains_bytes){ NULL, 0 });
        return;
    }
    flow_tcp_limited(work);
    uint64_t first = offset;
    if (self->waiting)
        first = reassembly_first(work->waiting, self->waiting);
    if (first > offset)
        first = offset;
    flow_tcp_skip(work, first - flow_tcp_offset(self));
    if (!flow_tcp_join(work, offset, bytes))
        flow_tcp_put(work, offset, bytes);
}

/*
 * Bytes that were here before are counted and marked: `old` ones in front of `next`, which are gone
 * and cannot be compared, and those that wait. They overlap where they come with new ones, or
 * differ from what waits.
 */
static void flow_tcp_again(struct flow_tcp_work *work, uint64_t offset,
                           struct chains_bytes bytes, uint32_t old)
{
    struct flow_tcp_side *self = work->self;
    struct reassembly_overlap overlap = { 0, 0 };
    if (self->waiting && bytes.len)
        overlap = reassembly_compare(work->waiting, self->waiting, offset, bytes);
    uint32_t again = old + overlap.again;
    if (!again)
        return;
    struct flow_tcp_trouble *trouble = flow_tcp_trouble(work->tcp, work->side);
    if (overlap.differing || overlap.again < bytes.len) {
        work->run->marks |= CHAINS_STREAM_OVERLAP;
        uint32_t room = UINT32_MAX - trouble->overlapping;
        trouble->overlapping += again < room ? again : room;
    }
    work->run->marks |= CHAINS_STREAM_RETRANSMIT;
    flow_tcp_letter_of(work->tcp, work->side, 't', ++trouble->retransmitted);
}

/* `sent` bytes at sequence number `seq`, of which `bytes` were captured. */
static void flow_tcp_bytes(struct flow_tcp_work *work, uint32_t seq, struct chains_bytes bytes,
                           uint32_t sent)
{
    struct flow_tcp_side *self = work->self;
    int32_t ahead = flow_tcp_after(seq, self->next);
    uint32_t old = 0;
    if (ahead < 0) {
        uint32_t back = (uint32_t)-ahead, cut = back < sent ? back : sent;
        uint32_t captured = cut < bytes.len ? cut : (uint32_t)bytes.len;
        /* What was sent before the stream was joined was not here before. */
        uint64_t here = flow_tcp_offset(self) < back ? flow_tcp_offset(self) : back;
        old = here > back - cut ? (uint32_t)here - (back - cut) : 0;
        bytes = flow_tcp_behind(bytes, captured);
        sent -= cut;
        ahead = 0;
    }
    uint64_t offset = flow_tcp_offset(self) + (uint32_t)ahead;
    if (old || self->waiting)
        flow_tcp_again(work, offset, bytes, old);
    if (!sent)
        return;
    if (ahead > 0 && !self->waiting && flow_tcp_is_acked(self, (uint32_t)ahead)) {
        flow_tcp_skip(work, (uint32_t)ahead);
        ahead = 0;
    }
    if (ahead > 0) {
        flow_tcp_wait(work, offset, bytes);
        return;
    }
    flow_tcp_join(work, offset, bytes);
    uint64_t to = offset + sent; /* the rest of it was not captured, and will not come */
    if (self->waiting && reassembly_first(work->waiting, self->waiting) < to)
        to = reassembly_first(work->waiting, self->waiting);
    if (flow_tcp_offset(self) >= offset + bytes.len && flow_tcp_offset(self) < to)
        flow_tcp_skip(work, to - flow_tcp_offset(self));
}

/* The payload and the FIN of a segment. */
static void flow_tcp_data(struct flow_tcp_work *work, const struct flow_tcp_segment *segment)
{
    struct flow_tcp_side *self = work->self;
    unsigned flags = segment->tcp->flags;
    bool fin = flags & CHAINS_TCP_FIN;
    uint32_t seq = segment->tcp->seq + (flags & CHAINS_TCP_SYN ? 1 : 0);
    struct chains_bytes bytes = segment->payload;
    uint32_t sent = flow_tcp_sent(segment);
    if ((!sent && !fin) || flow_tcp_is_keep_alive(self, segment))
        return;
    if ((self->known & TCP_SOFT) && flow_tcp_after(seq, self->next) < 0)
        self->next = seq; /* sent before it was joined, and not captured then */
    self->known &= (uint16_t)~TCP_SOFT;
    if (fin && !(self->known & TCP_FIN)) {
        work->tcp->fin[work->side] = seq + sent;
        self->known |= TCP_FIN;
    }
    int32_t room = flow_tcp_after(work->tcp->fin[work->side], seq);
    if ((self->known & TCP_FIN) && !flow_tcp_fin_waits(work->tcp, work->side) &&
        room < (int32_t)sent) {
        work->run->marks |= CHAINS_STREAM_REFUSED;
        sent = room > 0 ? (uint32_t)room : 0;
        bytes.len = bytes.len < sent ? bytes.len : sent;
    }
    if (sent)
        flow_tcp_bytes(work, seq, bytes, sent);
}

/* The window that a segment offers. */
static void flow_tcp_offer(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    struct flow_tcp_side *self = &tcp->sides[segment->side];
    /* That of a SYN is not scaled (RFC 7323 2.2), and so no larger than what is assumed anyway. */
    if (!(segment->tcp->flags & CHAINS_TCP_SYN) && segment->tcp->window > self->window)
        self->window = segment->tcp->window;
    if (segment->tcp->window && !(self->known & TCP_ZERO))
        return; /* as it was */
    if (segment->tcp->flags & CHAINS_TCP_RST ||
        tcp->sides[!segment->side].state == TCP_CLOSED ||
        tcp->sides[segment->side].state == TCP_RESET)
        return; /* nobody will send anything there */
    if (segment->tcp->window) {
        self->known &= (uint16_t)~TCP_ZERO;
        return;
    }
    struct flow_tcp_trouble *trouble = flow_tcp_trouble(tcp, segment->side);
    flow_tcp_letter_of(tcp, segment->side, 'w', ++trouble->zero_packets);
    trouble->zero_windows += !(self->known & TCP_ZERO);
    self->known |= TCP_ZERO;
}

/* A SYN, or a SYN-ACK, that counts. */
static void flow_tcp_syn(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    struct flow_tcp_side *self = &tcp->sides[segment->side];
    uint8_t *handshake = &tcp->sides[CHAINS_ORIG].handshake;
    const struct chains_tcp *header = segment->tcp;
    bool first = !(self->known & TCP_HEARD);
    bool ack = header->flags & CHAINS_TCP_ACK;
    if (!(self->known & TCP_SYN) || tcp->isn[segment->side] != header->seq || first) {
        tcp->isn[segment->side] = header->seq;
        self->next = header->seq + 1;
        self->known &= (uint16_t) ~(TCP_SOFT | TCP_STRAY | TCP_FIN | TCP_DONE);
        if (tcp->sides[segment->side].state == TCP_CLOSED)
            flow_tcp_reopen(tcp, segment->side); /* by a FIN of the numbers before */
        if (self->acked != self->next)
            self->known &= (uint16_t)~TCP_ACKED;
        self->known |= TCP_KNOWN | TCP_SYN;
    }
    if (!((self->known | tcp->sides[!segment->side].known) & TCP_HEARD))
        self->state = tcp->sides[!segment->side].state =
            TCP_INACTIVE; /* what scanned is over */
    self->known |= TCP_SCALED;
    self->scale = 0;
    if (header->has & CHAINS_TCP_HAS_WSCALE)
        self->scale =
            (uint8_t)(1 + (header->wscale < TCP_SCALE_MOST ? header->wscale : TCP_SCALE_MOST));
    if (segment->side == CHAINS_ORIG && !ack && first && *handshake == TCP_NO_TIME &&
        !(tcp->sides[CHAINS_RESP].known & TCP_HEARD)) {
        *handshake = TCP_SYN_TIME;
        tcp->time_ns = segment->time_ns;
    } else if (segment->side == CHAINS_RESP && ack && *handshake == TCP_SYN_TIME) {
        *handshake = TCP_SYN_ACK_TIME;
    } else if (*handshake != TCP_RTT) {
        *handshake = TCP_NO_RTT;
    }
}

/* What a segment acknowledges of the other side. */
static void flow_tcp_ack(struct flow_tcp *tcp, const struct flow_tcp_segment *segment)
{
    struct flow_tcp_side *peer = &tcp->sides[!segment->side];
    uint32_t ack = segment->tcp->ack;
    bool syn = segment->tcp->flags & CHAINS_TCP_SYN;
    if (!(peer->known & TCP_KNOWN)) {
        peer->next = peer->acked = ack;
        tcp->isn[!segment->side] = ack - 1;
        peer->known |= TCP_KNOWN | TCP_ACKED | (syn ? TCP_SYN : TCP_SOFT);
        return;
    }
    int32_t ahead = flow_tcp_after(ack, peer->next);
    if (flow_tcp_is_beyond(tcp, !segment->side, ahead)) {
        flow_tcp_ack_stray(tcp, !segment->side, ack);
        return;
    }
    if (ahead < -TCP_WINDOW_MOST ||
        ((peer->known & TCP_SYN) && ahead < 0 && flow_tcp_offset(peer) < (uint32_t)-ahead))
        return; /* of an older connection */
    if ((peer->known & TCP_SOFT) && !(peer->known & TCP_HEARD) && ahead > 0)
        peer->next = ack;
    if (!(peer->known & TCP_ACKED) || flow_tcp_after(ack, peer->acked) > 0)
        peer->acked = ack;
    peer->known |= TCP_ACKED;
    if (segment->side == CHAINS_ORIG && !syn &&
        tcp->sides[CHAINS_ORIG].handshake == TCP_SYN_ACK_TIME &&
        flow_tcp_after(ack, tcp->isn[!segment->side]) > 0) {
        int64_t rtt = (int64_t)((uint64_t)segment->time_ns - (uint64_t)tcp->time_ns);
        tcp->sides[CHAINS_ORIG].handshake = rtt >= 0 ? TCP_RTT : TCP_NO_RTT;
        tcp->time_ns = rtt;
    }
}

/* The first segment of a side that counts. */
static void flow_tcp_open(struct flow_tcp_work *work, const struct flow_tcp_segment *segment)
{
    struct flow_tcp_side *self = work->self;
    if (!(self->known & TCP_KNOWN))
        self->known |= TCP_KNOWN | TCP_SOFT;
    if ((self->known & TCP_SOFT) && !flow_tcp_is_keep_alive(self, segment))
        self->next = segment->tcp->seq;
    self->known |= TCP_HEARD;
    if (segment->tcp->flags & CHAINS_TCP_RST)
        return; /* nothing begins */
    work->run->marks |= CHAINS_STREAM_OPENS;
    if (!(self->known & TCP_SYN))
        work->run->marks |= CHAINS_STREAM_MIDSTREAM;
}

/* A segment that does not count. */
static void flow_tcp_refuse(struct flow_tcp_work *work, const struct flow_tcp_segment *segment)
{
    struct flow_tcp *tcp = work->tcp;
    struct flow_tcp_side *self = work->self;
    unsigned flags = segment->tcp->flags, ones = flags & TCP_ONES;
    uint32_t seq = segment->tcp->seq;
    work->run->marks |= CHAINS_STREAM_REFUSED;
    if (tcp->sides[0].state == TCP_INACTIVE && tcp->sides[1].state == TCP_INACTIVE) {
        flow_tcp_move(tcp, segment); /* a scan: there is nothing that it could disturb */
        return;
    }
    if (flow_tcp_phase(tcp) == FLOW_TCP_RESET)
        return; /* `stray` says where, until one side goes on */
    if (flow_tcp_is_nonsense(segment) || !(flags & (CHAINS_TCP_ACK | TCP_ONES)) ||
        ones == CHAINS_TCP_FIN)
        return;
    if (!ones && (self->known & TCP_STRAY) && seq == tcp->stray[work->side])
        flow_tcp_ack_stray(tcp, !segment->side, segment->tcp->ack);
    tcp->stray[work->side] = seq;
    if (!(flags & CHAINS_TCP_RST))
        tcp->stray[work->side] += flow_tcp_sent(segment) + (flags & CHAINS_TCP_SYN ? 1 : 0);
    self->known |= TCP_STRAY;
}

/* A RST that counts. It may still turn out that it was forged: see flow_tcp_lives(). */
static void flow_tcp_reset(struct flow_tcp_work *work, const struct flow_tcp_segment *segment)
{
    struct flow_tcp *tcp = work->tcp;
    struct flow_tcp_side *peer = &tcp->sides[!work->side];
    if (flow_tcp_phase(tcp) != FLOW_TCP_RESET)
        work->run->marks |= CHAINS_STREAM_RESETS;
    tcp->stray[work->side] = segment->tcp->seq;
    work->self->known |= TCP_STRAY;
    if (tcp->sides[!work->side].state != TCP_RESET) {
        tcp->stray[!work->side] = peer->next;
        peer->known &= (uint16_t)~TCP_STRAY;
    }
    flow_tcp_move(tcp, segment);
}

static void flow_tcp_accept(struct flow_tcp_work *work, const struct flow_tcp_segment *segment)
{
    struct flow_tcp *tcp = work->tcp;
    struct flow_tcp_side *self = work->self;
    unsigned flags = segment->tcp->flags;
    if (flow_tcp_lives(tcp, segment))
        flow_tcp_reopen(tcp, work->side);
    if (flow_tcp_covers_fin(tcp, segment))
        flow_tcp_forget_fin(work);
    flow_tcp_offer(tcp, segment);
    if ((flags & (CHAINS_TCP_SYN | CHAINS_TCP_RST)) == CHAINS_TCP_SYN)
        flow_tcp_syn(tcp, segment);
    if ((flags & CHAINS_TCP_ACK) && !(flags & CHAINS_TCP_RST))
        flow_tcp_ack(tcp, segment);
    if (!(self->known & TCP_HEARD))
        flow_tcp_open(work, segment);
    if (!(flags & TCP_ONES) && (flow_tcp_sent(segment) || !(self->known & TCP_SYN)))
        self->known |= TCP_JOINED;
    if (flags & CHAINS_TCP_RST) {
        flow_tcp_reset(work, segment);
        return;
    }
    flow_tcp_move(tcp, segment);
    flow_tcp_data(work, segment);
    flow_tcp_closes(work);
}

void flow_tcp_take(struct flow_tcp *tcp, struct reassembly *waiting,
                   const struct flow_tcp_segment *segment, struct chains_arena *arena,
                   struct flow_tcp_run *run)
{
    struct flow_tcp_side *self = &tcp->sides[segment->side];
    struct flow_tcp_work work = { tcp, self, waiting, arena, run, segment->side };
    bool counts = flow_tcp_counts(tcp, waiting, segment);
    *run = (struct flow_tcp_run){ .gap = 0 };
    flow_tcp_notice(&work);
    flow_tcp_letters(tcp, segment);
    if (counts)
        flow_tcp_accept(&work, segment);
    else
        flow_tcp_refuse(&work, segment);
    flow_tcp_hold(self);
    if (!run->bytes.len)
        run->offset = flow_tcp_offset(self) - self->gap;
}

void flow_tcp_end(struct flow_tcp *tcp, struct reassembly *waiting)
{
    for (int side = 0; side < 2; side++)
        reassembly_drop(waiting, &tcp->sides[side].waiting, UINT64_MAX);
}
