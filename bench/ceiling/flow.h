/* SPDX-License-Identifier: MIT */
#ifndef CEILING_FLOW_H
#define CEILING_FLOW_H

#include "ceiling.h"

#include <sys/mman.h>

/*
 * A table of flows, one cache line each. In: headers. Out: the entry of a flow, whichever side
 * sends. It has the size that was asked for, in large pages where the system has them, and doubles
 * when it is half full; a flow never ends. No timeouts, no states of TCP, no bound on memory, no
 * secret in the hash.
 */

enum { FLOWS_LEAST = 32768 };

struct flow {
    uint8_t addr[2][16]; /* the smaller end first */
    uint16_t port[2];
    uint8_t version, protocol, opener;
    uint8_t kind;         /* for the program */
    uint32_t packets[2];  /* of the opener, of the other side */
    uint32_t bytes[2];    /* modulo 2^32 */
    uint32_t first, last; /* milliseconds since the first packet of the capture */
};

struct key {
    struct flow flow;
    uint64_t hash;
    uint8_t side; /* who sends: the first or the second end */
    bool has;
};

struct flows {
    struct flow *slots;
    size_t mask, used;
};

static inline void flow_address(uint8_t out[16], const uint8_t *addr, unsigned version)
{
    memset(out, 0, 16);
    memcpy(out, addr, version == 6 ? 16 : 4);
}

static inline uint64_t flow_word(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Addresses, ports, version and protocol: 38 bytes, and 2 that are 0 in a key. */
enum { FLOW_KEY = 38 };

static inline uint64_t flow_hash(const struct flow *flow)
{
    const uint8_t *at = (const uint8_t *)flow;
    uint64_t hash = 0x2545f4914f6cdd1dULL;
    for (unsigned i = 0; i < 4; i++)
        hash = (hash ^ flow_word(at + 8 * i)) * 0x9e3779b97f4a7c15ULL ^ hash >> 29;
    uint64_t last = host32(at + 32) | (uint64_t)flow->protocol << 32;
    hash = (hash ^ last) * 0xbf58476d1ce4e5b9ULL;
    return hash ^ hash >> 32;
}

static inline void key_make(struct key *key, const struct headers *headers)
{
    struct flow *flow = &key->flow;
    key->has = headers->version != 0;
    if (!key->has)
        return;
    uint16_t sport = headers->sport, dport = headers->dport;
    int order = memcmp(headers->src, headers->dst, headers->version == 6 ? 16 : 4);
    unsigned side = order > 0 || (order == 0 && sport > dport);
    key->side = (uint8_t)side;
    flow_address(flow->addr[side], headers->src, headers->version);
    flow_address(flow->addr[!side], headers->dst, headers->version);
    flow->port[side] = sport;
    flow->port[!side] = dport;
    flow->version = headers->version;
    flow->protocol = headers->protocol;
    key->hash = flow_hash(flow);
}

static inline struct flow *flows_slot(const struct flows *flows, const struct flow *flow,
                                      uint64_t hash)
{
    size_t at = hash & flows->mask;
    while (flows->slots[at].version && memcmp(&flows->slots[at], flow, FLOW_KEY) != 0)
        at = (at + 1) & flows->mask;
    return &flows->slots[at];
}

static inline size_t flows_size(const struct flows *flows)
{
    return (flows->mask + 1) * sizeof *flows->slots;
}

static inline void flows_close(struct flows *flows)
{
    munmap(flows->slots, flows_size(flows));
}

/* Empty, with room for so many flows and twice as many slots. */
static inline struct flows flows_open(uint64_t room)
{
    struct flows flows = { .mask = 2 * (size_t)FLOWS_LEAST - 1 };
    if (room > UINT32_MAX)
        fail("too many flows");
    while (flows.mask + 1 < 2 * room)
        flows.mask = flows.mask * 2 + 1;
    void *slots = mmap(NULL, flows_size(&flows), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slots == MAP_FAILED)
        fail("no memory");
    flows.slots = slots;
#ifdef MADV_HUGEPAGE
    (void)madvise(slots, flows_size(&flows), MADV_HUGEPAGE);
#endif
    return flows;
}

static inline void flows_grow(struct flows *flows)
{
    struct flows more = flows_open(flows->mask + 1);
    more.used = flows->used;
    for (size_t i = 0; i <= flows->mask; i++)
        if (flows->slots[i].version)
            *flows_slot(&more, &flows->slots[i], flow_hash(&flows->slots[i])) = flows->slots[i];
    flows_close(flows);
    *flows = more;
}

static inline void flows_prefetch(const struct flows *flows, const struct key *key)
{
    if (key->has)
        __builtin_prefetch(&flows->slots[key->hash & flows->mask], 1);
}

/* The flow of a packet, which is counted; NULL: it has none. */
static inline struct flow *flows_update(struct flows *flows, const struct key *key,
                                        const struct packet *packet, uint32_t begin)
{
    if (!key->has)
        return NULL;
    struct flow *flow = flows_slot(flows, &key->flow, key->hash);
    uint32_t now = (packet->seconds - begin) * 1000 + packet->micro / 1000;
    if (!flow->version) {
        if (flows->used * 2 > flows->mask) {
            flows_grow(flows);
            flow = flows_slot(flows, &key->flow, key->hash);
        }
        flows->used++;
        memcpy(flow, &key->flow, FLOW_KEY);
        flow->opener = key->side;
        flow->first = now;
    }
    unsigned who = key->side != flow->opener;
    flow->packets[who]++;
    flow->bytes[who] += packet->wire_len;
    flow->last = now;
    return flow;
}

#endif
