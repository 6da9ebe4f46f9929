/* SPDX-License-Identifier: MIT */
/*
 * The names of the addresses seen last. In: the end of a record; what is shown for it. Out: the same
 * for the next record with it. Kept: one place for each value of a few bits of the address; whoever
 * chooses addresses to meet there has them looked up each time, which is what they cost anyway. A
 * name that was shown is not overwritten before its batch ends.
 */
#include "shown_memo.h"

#include <stdlib.h>

#include "../bytes/time.h"

enum { SHOWN_MEMO_PLACES = 1 << SHOWN_MEMO_BITS };

/* No time is both behind the one and before the other. */
static void memo_empty(struct shown_memo_place *place)
{
    place->since_ns = INT64_MAX;
    place->until_ns = INT64_MIN;
}

static void memo_clear(struct shown_memo *memo)
{
    for (size_t i = 0; i < SHOWN_MEMO_PLACES; i++) {
        memo_empty(&memo->place[i]);
        memo->place[i].own = false;
    }
    memo->round = 1;
}

struct shown_memo *shown_memo_new(void)
{
    struct shown_memo *memo = calloc(1, sizeof *memo);
    if (memo)
        memo_clear(memo);
    return memo;
}

void shown_memo_begin(struct shown_memo *memo)
{
    if (++memo->round == 0) /* it began anew: what is kept could be taken for this batch's */
        memo_clear(memo);
}

/* What was kept may not come back when the numbers begin anew. */
static void memo_forget(struct shown_memo *memo, bool by_card)
{
    if (++memo->version[by_card] == 0)
        for (size_t i = 0; i < SHOWN_MEMO_PLACES; i++)
            memo_empty(&memo->place[i]);
}

void shown_memo_forget(struct shown_memo *memo)
{
    memo_forget(memo, false);
    memo_forget(memo, true);
}

static bool memo_is_link_local(const struct chains_addr *addr)
{
    return addr->family == 6 && addr->octets[0] == 0xfe && (addr->octets[1] & 0xc0) == 0x80;
}

void shown_memo_drop(struct shown_memo *memo, const struct chains_addr *addr)
{
    struct shown_memo_place *place = shown_memo_place_(memo, addr);
    if (addr->family != 4 && addr->family != 6)
        memo_forget(memo, true);
    else if (shown_memo_same_(&place->addr, addr))
        memo_empty(place);
}

const char *shown_memo_keep(struct shown_memo *memo, const struct end *end,
                            const struct shown *shown, const struct shown_terms *terms)
{
    struct shown_memo_place *place = shown_memo_place_(memo, end->addr);
    int64_t most_ns = time_minus(terms->now_ns, -TIME_SECOND_NS);
    size_t size = terms->borrowed ? strlen(shown->name) + 1 : 0;
    bool taken = place->own && place->round == memo->round;
    if (taken || size > SHOWN_MEMO_NAME)
        return terms->borrowed ? NULL : shown->name;
    place->addr = *end->addr;
    place->client = *end->client;
    memset(place->mac, 0, sizeof place->mac);
    if (end->mac)
        memcpy(place->mac, end->mac, sizeof place->mac);
    place->any = terms->any;
    place->lasting = terms->lasting;
    place->own = terms->borrowed;
    place->round = memo->round;
    place->by_card = memo_is_link_local(end->addr);
    place->version = memo->version[place->by_card];
    place->flow = end->flow;
    place->since_ns = terms->now_ns;
    place->until_ns = terms->until_ns < most_ns ? terms->until_ns : most_ns;
    place->used = terms->used;
    place->shown = *shown;
    if (terms->borrowed)
        place->shown.name = memcpy(place->text, shown->name, size);
    return place->shown.name;
}
