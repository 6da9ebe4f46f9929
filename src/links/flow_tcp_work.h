/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_TCP_WORK_H
#define LINKS_FLOW_TCP_WORK_H

#include "../record/arena.h"
#include "flow_tcp_judge.h"

/* What flow_tcp.c, which takes segments, and flow_tcp_give.c, which gives holes up, share. */

enum { TCP_RUN_MOST = 1024 * 1024 }; /* bytes joined into one run; more is another run */

/* One segment, or one hole, on its way through here. */
struct flow_tcp_work {
    struct flow_tcp *tcp;
    struct flow_tcp_side *self;
    struct reassembly *waiting;
    struct chains_arena *arena;
    struct flow_tcp_run *run;
    enum chains_side side;
};

/* The FIN that was seen was none. */
void flow_tcp_forget_fin(struct flow_tcp_work *work);

/* `len` bytes will not come. */
void flow_tcp_skip(struct flow_tcp_work *work, uint64_t len);

/* The run is `bytes`, which begin at `next`. What waited up to its end is done with. */
void flow_tcp_deliver(struct flow_tcp_work *work, struct chains_bytes bytes);

/* Marks the run behind which nothing comes; what waits there is none of it. */
void flow_tcp_closes(struct flow_tcp_work *work);

/* There was no room to keep bytes. */
void flow_tcp_limited(struct flow_tcp_work *work);

/* What waited here has made room for others since: it is missing now like all that never came. */
static inline void flow_tcp_notice(struct flow_tcp_work *work)
{
    if ((work->self->known & TCP_HELD) && !work->self->waiting)
        flow_tcp_limited(work);
}

/* Notes whether something waits, for the next flow_tcp_notice(). */
static inline void flow_tcp_hold(struct flow_tcp_side *self)
{
    if (!self->waiting != !(self->known & TCP_HELD))
        self->known ^= TCP_HELD;
}

#endif
