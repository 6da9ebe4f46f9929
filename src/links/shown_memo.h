/* SPDX-License-Identifier: MIT */
#ifndef LINKS_SHOWN_MEMO_H
#define LINKS_SHOWN_MEMO_H

#include <chains/record.h>

#include <string.h>

/* What is shown for an address. */
struct shown {
    const char *name;
    uint8_t from, class;
    bool soon; /* waiting may bring more */
};

/* One end of a record: its address, who speaks to it, in which flow, and its network card. */
struct end {
    const struct chains_addr *addr, *client;
    uint64_t flow;      /* 0: not known */
    const uint8_t *mac; /* or NULL */
};

/* How long and for whom something is shown. */
struct shown_terms {
    int64_t now_ns, until_ns;
    bool any;      /* it is the same for whatever client and flow */
    bool lasting;  /* in later batches, too */
    bool borrowed; /* the name is somebody's who may give it up before the batch ends */
    bool *used;    /* NULL, or what they want to see set in each batch that it is shown in */
};

/*
 * What was shown last, for packets come in runs of the same addresses: a name that was learned is
 * for who speaks to its address, and one of a link-local address for its card. It is that of one
 * time, and of a second after it at most: names that were learned come to an end. A place is for an
 * address, and for a public one, which each client may know by another name, for the two; which those
 * are is only guessed here, and a wrong guess costs time.
 */
enum { SHOWN_MEMO_BITS = 11, SHOWN_MEMO_LINE = 64, SHOWN_MEMO_NAME = 88 };

/* What there is to see to, besides the address, the time and the epoch. */
enum shown_memo_terms {
    SHOWN_MEMO_BY_CARD = 1, /* it may be that of the card, behind whatever address */
    SHOWN_MEMO_FOR_ONE = 2, /* client and flow */
    SHOWN_MEMO_OWN = 4,     /* the name is `text` */
    SHOWN_MEMO_PASSING = 8, /* of one batch */
};

/* One line of the cache for what is shown to all; what is for some of them lies behind it. */
struct shown_memo_place {
    struct chains_addr addr;
    uint8_t terms;  /* enum shown_memo_terms bits */
    uint8_t mac[6]; /* 0: not known */
    uint64_t epoch; /* in which it was kept; 0: nothing is */
    int64_t since_ns;
    uint32_t for_ns, round; /* so long; the batch in which it was shown last */
    struct shown shown;
    bool *used; /* or NULL */
    uint64_t flow;
    struct chains_addr client;
    char text[SHOWN_MEMO_NAME];
} __attribute__((aligned(SHOWN_MEMO_LINE)));

_Static_assert(offsetof(struct shown_memo_place, used) == SHOWN_MEMO_LINE, "the first line");

struct shown_memo {
    struct shown_memo_place place[1 << SHOWN_MEMO_BITS];
    uint64_t far[2][4]; /* first octets of public addresses: bits, of IPv4 and of IPv6 */
    uint32_t round;     /* the batch: a text that was shown in it stays as it is */
    uint64_t epoch[2];  /* what was kept in an earlier one is forgotten; of cards the second */
};

/* `by_client`: names may be for one client alone. NULL: no memory. */
struct shown_memo *shown_memo_new(bool by_client);

/* A batch begins: what was for the last one alone is forgotten. */
void shown_memo_begin(struct shown_memo *memo);

/* Forgets all, or what is known of an address, by one client or (NULL) by all, or by any card. */
void shown_memo_forget(struct shown_memo *memo);
void shown_memo_drop(struct shown_memo *memo, const struct chains_addr *addr,
                     const struct chains_addr *client);

static inline bool shown_memo_same_(const struct chains_addr *a, const struct chains_addr *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0 && a->family == b->family;
}

static inline bool shown_memo_is_far_(const struct shown_memo *memo,
                                      const struct chains_addr *addr)
{
    return memo->far[addr->family == 6][addr->octets[0] / 64] >> addr->octets[0] % 64 & 1;
}

static inline uint32_t shown_memo_mix_(const struct chains_addr *addr)
{
    return (chains_load_le32(addr->octets) ^ chains_load_le32(addr->octets + 12)) *
           UINT32_C(0x9e3779b1);
}

static inline struct shown_memo_place *shown_memo_place_(struct shown_memo *memo,
                                                         const struct chains_addr *addr,
                                                         const struct chains_addr *client)
{
    /* Directions alternate: a jump would be guessed wrong. */
    uint32_t both = 3U * shown_memo_is_far_(memo, addr);
    uint32_t mix = shown_memo_mix_(addr) + shown_memo_mix_(client) * both;
    return &memo->place[mix >> (32 - SHOWN_MEMO_BITS)];
}

/* An address is asked for soon. Its place; whether it is likely to be found there, once that came. */
static inline struct shown_memo_place *shown_memo_ahead(struct shown_memo *memo,
                                                        const struct chains_addr *addr,
                                                        const struct chains_addr *client)
{
    struct shown_memo_place *place = shown_memo_place_(memo, addr, client);
    __builtin_prefetch(place);
    return place;
}

static inline bool shown_memo_is_likely(const struct shown_memo_place *place,
                                        const struct chains_addr *addr)
{
    uint32_t front = chains_load_le32(place->addr.octets) ^ chains_load_le32(addr->octets);
    uint32_t back =
        chains_load_le32(place->addr.octets + 12) ^ chains_load_le32(addr->octets + 12);
    return (front | back) == 0;
}

/* Whether what is kept in a place is for this end, in this batch; it is shown then. */
static inline bool shown_memo_fits_(const struct shown_memo *memo,
                                    struct shown_memo_place *place, const struct end *end)
{
    static const uint8_t none[6];
    if ((place->terms & SHOWN_MEMO_PASSING && place->round != memo->round) ||
        (place->terms & SHOWN_MEMO_BY_CARD &&
         memcmp(place->mac, end->mac ? end->mac : none, sizeof place->mac) != 0) ||
        (place->terms & SHOWN_MEMO_FOR_ONE &&
         (place->flow != end->flow || !shown_memo_same_(&place->client, end->client))))
        return false;
    if (place->terms & SHOWN_MEMO_OWN && place->round != memo->round && place->used)
        *place->used = true;
    place->round = memo->round;
    return true;
}

/* NULL: not known. `place` is the end's. What is found may be shown until the batch ends. */
static inline const struct shown *shown_memo_find(const struct shown_memo *memo,
                                                  struct shown_memo_place *place,
                                                  const struct end *end, int64_t now_ns)
{
    if (!shown_memo_same_(&place->addr, end->addr) ||
        (uint64_t)now_ns - (uint64_t)place->since_ns > place->for_ns ||
        place->epoch != memo->epoch[place->terms & SHOWN_MEMO_BY_CARD])
        return NULL;
    if (place->terms && !shown_memo_fits_(memo, place, end))
        return NULL;
    return &place->shown;
}

/*
 * Keeps what is shown in the end's place, with a copy of a borrowed name. Returns the name as it may be shown until the
 * batch ends, or NULL where that was borrowed and there is no room for it.
 */
const char *shown_memo_keep(const struct shown_memo *memo, struct shown_memo_place *place,
                            const struct end *end, const struct shown *shown,
                            const struct shown_terms *terms);

#endif
