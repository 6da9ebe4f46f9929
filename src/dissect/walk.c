/* SPDX-License-Identifier: MIT */
/*
 * The walk through the headers of a packet. A key says what comes next, the generated switch names
 * the dissector that claims it, the dissector's verdict says whether to go on. The hot dissectors
 * are compiled into this file (docs/decisions/0004): one step for each group of them, in the order
 * of most packets. What they do not claim, or do not find whole, is looked at by a loop that knows
 * everything; no recursion, at most WALK_HEADERS headers.
 */
#include "walk.h"
#include "link.h"
#include "outer.h"

#include <chains/layer/tunnel.h>
#include <chains/layer/eth.h>
#include <chains/layer/icmp.h>
#include <chains/layer/udp.h>

#include <string.h>

#include "../record/layout.h"
#include "../record/row.h"

enum {
    WALK_HEADERS = 64,
    WALK_SCRATCH = 256,  /* larger than any layer below the application */
    WALK_UNCLAIMED = -1, /* beside enum chains_verdict: nobody reads this key, */
    WALK_FULL = -2,      /* or there have been too many headers */
};

struct walk {
    struct chains_reader in;
    struct chains_key next;
    struct chains_record *rec;
    struct chains_arena *arena;
};

static inline bool walk_whole(struct walk *walk, const struct chains_dissector *dissector);

#include "dispatch.inc"

const struct chains_layer_type *const dissect_layers[] = { DISSECT_LAYERS & outer_type, NULL };

/* Whether a slot has a layer already, of whatever type. */
static inline bool walk_taken(const struct chains_record *rec, unsigned slot)
{
    return rec->present & rec->layout->slot_bits[slot];
}

/* Where a type lies in the rows of this chain; types that are not built in have to be found. */
struct walk_place {
    unsigned id, slot;
};

/* Puts a layer whose slot is taken into its place, or drops it where the first one stays. */
static int walk_settle(struct walk *walk, const struct chains_layer_type *type,
                       struct walk_place place, const void *layer, int verdict)
{
    struct chains_record *rec = walk->rec;
    if (place.slot == CHAINS_SLOT_packet && !outer_enclose(rec, walk->arena))
        return CHAINS_LIMIT;
    if (place.slot == CHAINS_SLOT_eth && chains_get(rec, tunnel)) {
        struct chains_tunnel *tunnel = row_place(rec, CHAINS_SLOT_tunnel);
        const struct chains_eth *eth = layer;
        tunnel->has |= CHAINS_TUNNEL_HAS_FRAME;
        memcpy(tunnel->frame_src, eth->src, 6);
        memcpy(tunnel->frame_dst, eth->dst, 6);
    }
    if (place.slot == CHAINS_SLOT_packet || place.slot == CHAINS_SLOT_transport ||
        place.slot == CHAINS_SLOT_tunnel)
        memcpy(row_attach(rec, place.id, place.slot), layer, type->size);
    return verdict;
}

/* A header whose slot may be taken: read beside the row, settled when it is whole. */
static int walk_rare(struct walk *walk, unsigned max_depth,
                     const struct chains_dissector *dissector)
{
    const struct chains_layer_type *type = dissector->layer;
    union {
        uint64_t align;
        char bytes[WALK_SCRATCH];
    } scratch;
    struct chains_record *rec = walk->rec;
    if (!type)
        return (int)dissector->dissect(&walk->in, NULL, &walk->next, walk->arena);
    int id = layout_id(rec->layout, type);
    if (id < 0)
        return WALK_UNCLAIMED;
    struct walk_place place = { (unsigned)id, rec->layout->slot_of[id] };
    bool taken = walk_taken(rec, place.slot);
    if (taken && type->size > sizeof scratch)
        return WALK_UNCLAIMED;
    if (taken && place.slot == CHAINS_SLOT_packet && outer_depth(rec) >= max_depth)
        return CHAINS_LIMIT;
    void *layer = taken ? (void *)scratch.bytes : row_place(rec, place.slot);
    int verdict = (int)dissector->dissect(&walk->in, layer, &walk->next, walk->arena);
    if (!dissect_keeps_layer(verdict))
        return verdict;
    if (taken)
        return walk_settle(walk, type, place, layer, verdict);
    rec->present |= UINT64_C(1) << place.id;
    return verdict;
}

/*
 * The same for the common case: the slot is free, the dissector is known to the compiler, and the
 * header is whole. Otherwise nothing has happened.
 */
static inline __attribute__((always_inline)) bool
walk_whole(struct walk *walk, const struct chains_dissector *dissector)
{
    const struct chains_layer_type *type = dissector->layer;
    struct chains_record *rec = walk->rec;
    if (__builtin_expect(walk_taken(rec, type->slot_id), 0))
        return false;
    struct chains_reader in = walk->in;
    struct chains_key next = { CHAINS_BY_NOTHING, walk->next.number };
    void *layer = row_place(rec, type->slot_id);
    if (__builtin_expect(dissector->dissect(&in, layer, &next, walk->arena) != CHAINS_PARSED,
                         0))
        return false;
    rec->present |= UINT64_C(1) << type->id;
    walk->in = in;
    walk->next = next;
    return true;
}

/* Behind UDP: a tunnel by either port, whose dissector makes sure that it is one. */
static int walk_tunnel(struct walk *walk, unsigned max_depth)
{
    const struct chains_udp *udp = chains_get(walk->rec, udp);
    const uint16_t ports[2] = { udp->dport, udp->sport };
    for (int i = 0; i < 2; i++) {
        const struct chains_dissector *dissector =
            walk_claimed((struct chains_key){ CHAINS_BY_TUNNEL, ports[i] });
        struct chains_reader before = walk->in;
        int verdict = dissector ? walk_rare(walk, max_depth, dissector) : WALK_UNCLAIMED;
        if (verdict != WALK_UNCLAIMED && verdict != CHAINS_NOT_MINE)
            return verdict;
        walk->in = before;
    }
    return WALK_UNCLAIMED;
}

/* Whether a protocol carries a packet of its own rather than being a transport. */
static bool walk_carries_packet(uint32_t protocol)
{
    return protocol == 4 || protocol == 41 || protocol == 47 || protocol == 51 ||
           protocol == 137;
}

/* Whether there may be a tunnel behind the transport at hand. */
static inline bool walk_has_tunnel(const struct chains_record *rec)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    return udp && (walk_may_be_tunnel(udp->dport) || walk_may_be_tunnel(udp->sport));
}

/* Nothing is to be read behind what has been, or nothing that anybody knows. */
static inline bool walk_is_over(const struct walk *walk, const struct walk_limits *limits)
{
    const struct chains_key key = walk->next;
    if (key.space == CHAINS_BY_PORT)
        return limits->first_piece || !walk_has_tunnel(walk->rec);
    if (key.space != CHAINS_BY_IPPROTO)
        return key.space == CHAINS_BY_NOTHING || key.space == CHAINS_BY_FRAGMENT;
    bool carrier = walk_carries_packet(key.number);
    return carrier ? limits->first_piece : limits->stop_before_transport;
}

unsigned dissect_flag(int verdict)
{
    switch (verdict) {
    case CHAINS_PARTIAL:
    case CHAINS_CUT_SHORT:
        return CHAINS_CUT;
    case CHAINS_MALFORMED:
    case CHAINS_BAD_TAIL:
        return CHAINS_BROKEN;
    case CHAINS_LIMIT:
        return CHAINS_TOO_DEEP;
    default:
        return 0;
    }
}

/* A link type that nobody reads: at least its number is known. */
static void walk_unknown_link(struct chains_record *rec, uint32_t linktype)
{
    struct chains_linklayer *link = row_attach(rec, CHAINS_ID_link, CHAINS_SLOT_link);
    memset(link, 0, sizeof *link);
    link->type = CHAINS_LINK_UNKNOWN;
    link->linktype = linktype;
}

/* One header, whatever it is; returns a verdict or WALK_UNCLAIMED, and then nothing was read. */
static int walk_header(struct walk *walk, unsigned max_depth)
{
    const struct chains_reader before = walk->in;
    const struct chains_key key = walk->next;
    int verdict;
    walk->next.space = CHAINS_BY_NOTHING;
    if (key.space == CHAINS_BY_PORT) {
        verdict = walk_tunnel(walk, max_depth);
    } else {
        const struct chains_dissector *dissector = walk_claimed(key);
        verdict = dissector ? walk_rare(walk, max_depth, dissector) : WALK_UNCLAIMED;
    }
    if (!dissect_keeps_layer(verdict)) {
        walk->in = before;
        walk->next = key;
    } else if (verdict == CHAINS_PARTIAL) {
        walk->next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
    }
    return verdict;
}

/* The end of a walk. */
static inline unsigned walk_end(const struct walk *walk, unsigned flags)
{
    walk->rec->rest = chains_rest(&walk->in);
    walk->rec->next.space = walk->next.space;
    walk->rec->next.number = walk->next.number;
    return flags | (walk->in.lacking ? WALK_LACKING : 0);
}

/* The whole walk, or what is left of it where the hot dissectors do not go on. */
static __attribute__((noinline)) unsigned walk_on(struct walk walk, unsigned headers,
                                                  const struct walk_limits *limits)
{
    unsigned flags = 0;
    int verdict = CHAINS_PARSED;
    for (; dissect_keeps_layer(verdict) && !walk_is_over(&walk, limits); headers++) {
        verdict = headers < WALK_HEADERS ? walk_header(&walk, limits->max_depth) : WALK_FULL;
        flags |= verdict == WALK_FULL ? CHAINS_TOO_DEEP : dissect_flag(verdict);
    }
    if (verdict == WALK_UNCLAIMED && walk.next.space == CHAINS_BY_LINKTYPE)
        walk_unknown_link(walk.rec, walk.next.number);
    return walk_end(&walk, flags);
}

unsigned dissect_walk(struct chains_record *rec, const struct walk_limits *limits,
                      struct chains_arena *arena)
{
    unsigned headers = 0;
    struct walk walk = {
        chains_reader_over(rec->rest), { rec->next.space, rec->next.number }, rec, arena
    };
    if (__builtin_expect(!limits->first_piece, 1)) {
        headers += walk_hot_1(&walk);
        headers += walk_hot_2(&walk);
        headers += !limits->stop_before_transport && walk_hot_3(&walk);
    }
    if (__builtin_expect(walk_is_over(&walk, limits), 1))
        return walk_end(&walk, 0);
    const struct walk rest = { { walk.in.at, walk.in.end, walk.in.failed, walk.in.lacking },
                               { walk.next.space, walk.next.number },
                               rec,
                               arena };
    return walk_on(rest, headers, limits);
}
