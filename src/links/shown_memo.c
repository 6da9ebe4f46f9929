/* SPDX-License-Identifier: MIT */
/*
 * The names of the last few addresses. In: the end of a record; what is shown for it. Out: the same
 * for the next record with it. Kept: one place for each value of a few bits of the address; whoever
 * chooses addresses to meet there has them looked up each time, which is what they cost anyway.
 */
#include "shown_memo.h"

#include "../bytes/time.h"

void shown_memo_forget(struct shown_memo *memo)
{
    memo->round++;
}

void shown_memo_keep(struct shown_memo *memo, const struct end *end, const struct shown *shown,
                     bool any, int64_t now_ns, int64_t until_ns)
{
    struct shown_memo_place *place = &memo->place[shown_memo_place_(end->addr)];
    int64_t most_ns = time_minus(now_ns, -TIME_SECOND_NS);
    *place = (struct shown_memo_place){
        .addr = *end->addr,
        .client = *end->client,
        .any = any,
        .round = memo->round,
        .flow = end->flow,
        .since_ns = now_ns,
        .until_ns = until_ns < most_ns ? until_ns : most_ns,
        .shown = *shown,
    };
    if (end->mac)
        memcpy(place->mac, end->mac, sizeof place->mac);
}
