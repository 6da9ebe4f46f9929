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

/* All but 0/8, 10/8, 127/8, 169/8, 172/8, 192/8, 224/3; ::/8, fc00::/6. */
static const uint64_t memo_far[2][4] = {
    {
        ~(UINT64_C(1) << 0 | UINT64_C(1) << 10),
        ~(UINT64_C(1) << (127 - 64)),
        ~(UINT64_C(1) << (169 - 128) | UINT64_C(1) << (172 - 128)),
        ~(UINT64_C(1) << (192 - 192) | UINT64_C(0xffffffff) << (224 - 192)),
    },
    { ~(UINT64_C(1) << 0), UINT64_MAX, UINT64_MAX, ~(UINT64_C(0xf) << (0xfc - 192)) },
};

static void memo_clear(struct shown_memo *memo)
{
    for (size_t i = 0; i < SHOWN_MEMO_PLACES; i++) {
        memo->place[i].epoch = 0;
        memo->place[i].terms = 0;
    }
    memo->round = 1;
}

struct shown_memo *shown_memo_new(bool by_client)
{
    struct shown_memo *memo = aligned_alloc(SHOWN_MEMO_LINE, sizeof *memo);
    if (!memo)
        return NULL;
    memset(memo, 0, sizeof *memo);
    if (by_client)
        memcpy(memo->far, memo_far, sizeof memo->far);
    memo->epoch[0] = memo->epoch[SHOWN_MEMO_BY_CARD] = 1;
    memo_clear(memo);
    return memo;
}

void shown_memo_begin(struct shown_memo *memo)
{
    if (++memo->round == 0) /* it began anew: what is kept could be taken for this batch's */
        memo_clear(memo);
}

void shown_memo_forget(struct shown_memo *memo)
{
    memo->epoch[0]++;
    memo->epoch[SHOWN_MEMO_BY_CARD]++;
}

static bool memo_is_link_local(const struct chains_addr *addr)
{
    return addr->family == 6 && addr->octets[0] == 0xfe && (addr->octets[1] & 0xc0) == 0x80;
}

void shown_memo_drop(struct shown_memo *memo, const struct chains_addr *addr,
                     const struct chains_addr *client)
{
    if (addr->family != 4 && addr->family != 6) {
        memo->epoch[SHOWN_MEMO_BY_CARD]++;
    } else if (!client && shown_memo_is_far_(memo, addr)) {
        memo->epoch[0]++; /* who its clients are is not known */
    } else {
        struct shown_memo_place *place = shown_memo_place_(memo, addr, client ? client : addr);
        if (shown_memo_same_(&place->addr, addr))
            place->epoch = 0;
    }
}

static uint8_t memo_terms(const struct end *end, const struct shown_terms *terms)
{
    unsigned bits = 0;
    bits |= memo_is_link_local(end->addr) ? SHOWN_MEMO_BY_CARD : 0;
    bits |= terms->any ? 0 : SHOWN_MEMO_FOR_ONE;
    bits |= terms->borrowed ? SHOWN_MEMO_OWN : 0;
    bits |= terms->lasting ? 0 : SHOWN_MEMO_PASSING;
    return (uint8_t)bits;
}

const char *shown_memo_keep(const struct shown_memo *memo, struct shown_memo_place *place,
                            const struct end *end, const struct shown *shown,
                            const struct shown_terms *terms)
{
    int64_t for_ns = time_minus(terms->until_ns, terms->now_ns);
    size_t size = terms->borrowed ? strlen(shown->name) + 1 : 0;
    bool taken = place->terms & SHOWN_MEMO_OWN && place->round == memo->round;
    if (taken || for_ns < 0 || size > SHOWN_MEMO_NAME)
        return terms->borrowed ? NULL : shown->name;
    place->addr = *end->addr;
    place->client = *end->client;
    memset(place->mac, 0, sizeof place->mac);
    if (end->mac)
        memcpy(place->mac, end->mac, sizeof place->mac);
    place->terms = memo_terms(end, terms);
    place->epoch = memo->epoch[place->terms & SHOWN_MEMO_BY_CARD];
    place->round = memo->round;
    place->flow = end->flow;
    place->since_ns = terms->now_ns;
    place->for_ns = (uint32_t)(for_ns < TIME_SECOND_NS ? for_ns : TIME_SECOND_NS);
    place->used = terms->used;
    place->shown = *shown;
    if (terms->borrowed)
        place->shown.name = memcpy(place->text, shown->name, size);
    return place->shown.name;
}
