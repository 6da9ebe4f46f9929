/* SPDX-License-Identifier: MIT */
/*
 * Holes that nothing will fill. In: a side of a TCP connection, with what waits behind a hole or what
 * was acknowledged and never seen. Out: the next run behind a hole that is given up, for a reason or
 * because the connection is over.
 */
#include "flow_tcp_work.h"

enum { TCP_RUN_LEAST = 4096 }; /* no smaller runs are made to use up an arena */

/* A gap with nothing behind it, up to `to`. */
static void flow_tcp_end_gap(struct flow_tcp_work *work, uint32_t to)
{
    flow_tcp_skip(work, to - work->self->next);
    flow_tcp_deliver(work, (struct chains_bytes){ NULL, 0 });
    flow_tcp_closes(work);
}

/* Whether a FIN that waits is refuted: the other side has acknowledged what lies beyond it. */
static bool flow_tcp_fin_refuted(const struct flow_tcp_work *work)
{
    const struct flow_tcp_side *self = work->self;
    return flow_tcp_fin_waits(work->tcp, work->side) && (self->known & TCP_ACKED) &&
           flow_tcp_after(self->acked, work->tcp->fin[work->side]) > 1;
}

/* Nothing waits: what is missing in front of the FIN, or of what was acknowledged last. */
static enum flow_tcp_given flow_tcp_give_end(struct flow_tcp_work *work, bool all)
{
    struct flow_tcp_side *self = work->self;
    self->known &= (uint16_t)~TCP_FLUSH;
    if (self->known & TCP_DONE)
        return FLOW_TCP_NONE;
    if (self->known & TCP_FIN) {
        uint32_t missing = work->tcp->fin[work->side] - self->next;
        if (!all && missing && !flow_tcp_is_acked(self, missing))
            return FLOW_TCP_NONE;
        flow_tcp_end_gap(work, work->tcp->fin[work->side]);
        return FLOW_TCP_RUN;
    }
    /* One byte more is the FIN, which was not seen. */
    if (!all || !(self->known & TCP_KNOWN) || !flow_tcp_is_acked(self, 2))
        return FLOW_TCP_NONE;
    flow_tcp_end_gap(work, self->acked);
    return FLOW_TCP_RUN;
}

/* Memory for `len` bytes, or for fewer. */
static uint8_t *flow_tcp_room(struct chains_arena *arena, uint64_t *len)
{
    uint8_t *out = chains_arena_take(arena, (size_t)*len);
    while (!out && *len > TCP_RUN_LEAST) {
        *len = *len / 2 > TCP_RUN_LEAST ? *len / 2 : TCP_RUN_LEAST;
        out = chains_arena_take(arena, (size_t)*len);
    }
    return out;
}

/* What waits behind a hole of `hole` bytes. */
static enum flow_tcp_given flow_tcp_give_waiting(struct flow_tcp_work *work, uint64_t hole)
{
    struct flow_tcp_side *self = work->self;
    uint64_t first = flow_tcp_offset(self) + hole;
    uint64_t len = reassembly_run(work->waiting, self->waiting, first, TCP_RUN_MOST);
    uint8_t *out = flow_tcp_room(work->arena, &len);
    if (!out && !arena_is_empty(work->arena))
        return FLOW_TCP_NO_ROOM;
    flow_tcp_skip(work, hole);
    if (out)
        reassembly_read(work->waiting, self->waiting, first, len, out);
    else
        flow_tcp_skip(work, len); /* there will never be room */
    flow_tcp_deliver(work, (struct chains_bytes){ out, out ? (size_t)len : 0 });
    flow_tcp_closes(work);
    if (!self->waiting)
        self->known &= (uint16_t)~TCP_FLUSH;
    return FLOW_TCP_RUN;
}

static enum flow_tcp_given flow_tcp_give(struct flow_tcp_work *work, bool all)
{
    struct flow_tcp_side *self = work->self;
    flow_tcp_notice(work);
    if (flow_tcp_fin_refuted(work))
        flow_tcp_forget_fin(work);
    if (!self->waiting)
        return flow_tcp_give_end(work, all);
    uint64_t start = flow_tcp_offset(self);
    uint64_t hole = reassembly_first(work->waiting, self->waiting) - start;
    uint32_t before_fin = work->tcp->fin[work->side] - self->next;
    if (flow_tcp_fin_waits(work->tcp, work->side) && hole > before_fin &&
        (all || flow_tcp_is_acked(self, before_fin))) {
        reassembly_drop(work->waiting, &self->waiting, UINT64_MAX); /* behind the end */
        return flow_tcp_give_end(work, all);
    }
    if (hole && !all && !(self->known & TCP_FLUSH) && !flow_tcp_is_acked(self, hole))
        return FLOW_TCP_NONE;
    return flow_tcp_give_waiting(work, hole);
}

enum flow_tcp_given flow_tcp_give_up(struct flow_tcp *tcp, struct reassembly *waiting,
                                     enum chains_side side, bool all,
                                     struct chains_arena *arena, struct flow_tcp_run *run)
{
    struct flow_tcp_side *self = &tcp->sides[side];
    struct flow_tcp_work work = { tcp, self, waiting, arena, run, side };
    if (!all && !flow_tcp_may_give(tcp, side))
        return FLOW_TCP_NONE;
    *run = (struct flow_tcp_run){ .gap = 0 };
    enum flow_tcp_given given = flow_tcp_give(&work, all);
    flow_tcp_hold(self);
    return given;
}
