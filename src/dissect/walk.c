/* SPDX-License-Identifier: MIT */
/*
 * The walk through the headers of a packet. One loop: a key says what comes next, the generated
 * switch calls the dissector that claims it, the dissector's verdict says whether to go on. The
 * hot dissectors are compiled into this file and inlined into the switch (docs/decisions/0004);
 * no recursion, at most WALK_HEADERS headers.
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
    WALK_UNCLAIMED = -1, /* beside enum chains_verdict: nobody reads this key */
};

struct walk {
    struct chains_reader in;
    struct chains_key next;
    struct chains_record *rec;
    struct chains_arena *arena;
    const struct walk_limits *limits;
    unsigned flags;
};

static inline int walk_hot(struct walk *walk, const struct chains_dissector *dissector);
static int walk_rare(struct walk *walk, const struct chains_dissector *dissector);

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
static int walk_rare(struct walk *walk, const struct chains_dissector *dissector)
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
    if (taken && place.slot == CHAINS_SLOT_packet &&
        outer_depth(rec) >= walk->limits->max_depth)
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

/* The same for the common case: the slot is free and the dissector is known to the compiler. */
static inline __attribute__((always_inline)) int
walk_hot(struct walk *walk, const struct chains_dissector *dissector)
{
    const struct chains_layer_type *type = dissector->layer;
    struct chains_record *rec = walk->rec;
    if (__builtin_expect(walk_taken(rec, type->slot_id), 0))
        return walk_rare(walk, dissector);
    int verdict = (int)dissector->dissect(&walk->in, row_place(rec, type->slot_id), &walk->next,
                                          walk->arena);
    if (__builtin_expect(dissect_keeps_layer(verdict), 1))
        rec->present |= UINT64_C(1) << type->id;
    return verdict;
}

/* Behind UDP: a tunnel by either port, whose dissector makes sure that it is one. */
static int walk_tunnel(struct walk *walk)
{
    const struct chains_udp *udp = chains_get(walk->rec, udp);
    if (!udp || walk->limits->first_piece)
        return WALK_UNCLAIMED;
    const uint16_t ports[2] = { udp->dport, udp->sport };
    for (int i = 0; i < 2; i++) {
        struct chains_reader before = walk->in;
        int verdict = walk_dispatch(walk, (struct chains_key){ CHAINS_BY_TUNNEL, ports[i] });
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

static bool walk_stops_at(const struct walk *walk, struct chains_key key)
{
    if (key.space == CHAINS_BY_IPPROTO) {
        bool carrier = walk_carries_packet(key.number);
        return (walk->limits->stop_before_transport && !carrier) ||
               (walk->limits->first_piece && carrier);
    }
    return key.space == CHAINS_BY_NOTHING || key.space == CHAINS_BY_FRAGMENT;
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

struct chains_key dissect_walk(struct chains_record *rec, struct chains_reader *in,
                               struct chains_key key, const struct walk_limits *limits,
                               struct chains_arena *arena, unsigned *flags)
{
    struct walk walk = { *in, { CHAINS_BY_NOTHING, 0 }, rec, arena, limits, 0 };
    for (unsigned headers = 0; !walk_stops_at(&walk, key); headers++) {
        struct chains_reader before = walk.in;
        if (headers == WALK_HEADERS) {
            walk.flags |= CHAINS_TOO_DEEP;
            break;
        }
        walk.next = (struct chains_key){ CHAINS_BY_NOTHING, key.number };
        int verdict =
            key.space == CHAINS_BY_PORT ? walk_tunnel(&walk) : walk_dispatch(&walk, key);
        if (__builtin_expect(verdict == CHAINS_PARSED, 1)) {
            key = walk.next;
            continue;
        }
        walk.flags |= dissect_flag(verdict);
        if (verdict == WALK_UNCLAIMED || !dissect_keeps_layer(verdict)) {
            walk.in = before;
            if (verdict == WALK_UNCLAIMED && key.space == CHAINS_BY_LINKTYPE)
                walk_unknown_link(rec, key.number);
            break;
        }
        key =
            verdict == CHAINS_PARTIAL ? (struct chains_key){ CHAINS_BY_NOTHING, 0 } : walk.next;
    }
    *in = walk.in;
    *flags |= walk.flags;
    return key;
}
