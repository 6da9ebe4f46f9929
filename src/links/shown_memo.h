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
 * time, and of a second after it at most: names that were learned come to an end.
 */
enum { SHOWN_MEMO_BITS = 11, SHOWN_MEMO_NAME = 32 };

struct shown_memo_place {
    struct chains_addr addr, client;
    uint8_t mac[6]; /* 0: not known */
    bool any, lasting;
    bool own;                /* the name is `text` */
    bool by_card;            /* it may be that of the card, behind whatever address */
    uint32_t round, version; /* in which it was shown last; in which it was kept */
    uint64_t flow;
    int64_t since_ns, until_ns;
    bool *used;
    struct shown shown;
    char text[SHOWN_MEMO_NAME];
};

struct shown_memo {
    uint32_t round; /* the batch: a text that was shown in it stays as it is */
    uint32_t
        version[2]; /* what was kept in an earlier one is forgotten; of `by_card` the second */
    struct shown_memo_place place[1 << SHOWN_MEMO_BITS]; /* by address */
};

/* NULL: no memory. */
struct shown_memo *shown_memo_new(void);

/* A batch begins: what was for the last one alone is forgotten. */
void shown_memo_begin(struct shown_memo *memo);

/* Forgets all, or what is known of an address, or by any card. */
void shown_memo_forget(struct shown_memo *memo);
void shown_memo_drop(struct shown_memo *memo, const struct chains_addr *addr);

static inline bool shown_memo_same_(const struct chains_addr *a, const struct chains_addr *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0 && a->family == b->family;
}

static inline struct shown_memo_place *shown_memo_place_(struct shown_memo *memo,
                                                         const struct chains_addr *addr)
{
    uint32_t mix = chains_load_le32(addr->octets) ^ chains_load_le32(addr->octets + 12);
    return &memo->place[mix * UINT32_C(0x9e3779b1) >> (32 - SHOWN_MEMO_BITS)];
}

/* NULL: not known. What is found may be shown until the batch ends. */
static inline const struct shown *shown_memo_find(struct shown_memo *memo,
                                                  const struct end *end, int64_t now_ns)
{
    static const uint8_t none[6];
    struct shown_memo_place *place = shown_memo_place_(memo, end->addr);
    if (!shown_memo_same_(&place->addr, end->addr) || now_ns < place->since_ns ||
        now_ns > place->until_ns || place->version != memo->version[place->by_card] ||
        !(place->lasting || place->round == memo->round) ||
        memcmp(place->mac, end->mac ? end->mac : none, sizeof place->mac) != 0)
        return NULL;
    if (!place->any &&
        (place->flow != end->flow || !shown_memo_same_(&place->client, end->client)))
        return NULL;
    if (place->round == memo->round)
        return &place->shown;
    place->round = memo->round;
    if (place->used)
        *place->used = true;
    return &place->shown;
}

/*
 * Keeps what is shown, with a copy of a borrowed name. Returns the name as it may be shown until the
 * batch ends, or NULL where that was borrowed and there is no room for it.
 */
const char *shown_memo_keep(struct shown_memo *memo, const struct end *end,
                            const struct shown *shown, const struct shown_terms *terms);

#endif
