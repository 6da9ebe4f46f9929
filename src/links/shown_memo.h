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

/*
 * What was shown last, for packets come in runs of the same few addresses: a name that was learned is
 * for who speaks to its address, and one of a link-local address for its card. It is that of one
 * time, and of a second after it at most: names that were learned come to an end.
 */
enum { SHOWN_MEMO_BITS = 6 };

struct shown_memo {
    uint64_t round; /* what was kept in an earlier one is forgotten */
    struct shown_memo_place {
        struct chains_addr addr, client;
        uint8_t mac[6]; /* 0: not known */
        bool any;
        uint64_t round, flow;
        int64_t since_ns, until_ns;
        struct shown shown;
    } place[1 << SHOWN_MEMO_BITS]; /* by address */
};

/* All is forgotten; before anything is kept, too. */
void shown_memo_forget(struct shown_memo *memo);

static inline uint32_t shown_memo_place_(const struct chains_addr *addr)
{
    uint32_t mix = chains_load_le32(addr->octets) ^ chains_load_le32(addr->octets + 12);
    return mix * UINT32_C(0x9e3779b1) >> (32 - SHOWN_MEMO_BITS);
}

/* NULL: not known. */
static inline const struct shown *shown_memo_find(const struct shown_memo *memo,
                                                  const struct end *end, int64_t now_ns)
{
    static const uint8_t none[6];
    const struct shown_memo_place *place = &memo->place[shown_memo_place_(end->addr)];
    if (place->round != memo->round || now_ns < place->since_ns || now_ns > place->until_ns ||
        memcmp(&place->addr, end->addr, sizeof place->addr) != 0 ||
        memcmp(place->mac, end->mac ? end->mac : none, sizeof place->mac) != 0)
        return NULL;
    bool same = place->any || (place->flow == end->flow &&
                               memcmp(&place->client, end->client, sizeof place->client) == 0);
    return same ? &place->shown : NULL;
}

/* `any`: it is the same for whatever client and flow. It holds until `until_ns` at most. */
void shown_memo_keep(struct shown_memo *memo, const struct end *end, const struct shown *shown,
                     bool any, int64_t now_ns, int64_t until_ns);

#endif
