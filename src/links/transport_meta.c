/* SPDX-License-Identifier: MIT */
/*
 * The transport header, where packet_meta stopped before it. In: packets whose unread bytes are
 * an IP payload. Out: the same with the layer transport. Records that have theirs already, or
 * whose bytes are something else, pass as they are.
 */
#include "dissecting.h"

#include <chains/components.h>
#include "../record/batch.h"

struct transport_meta {
    struct dissecting dissecting;
};

static const struct chains_field transport_meta_options[] = {
    CHAINS_FIELD(chains_transport_meta_options, max_depth, UINT, "packets inside packets",
                 .preset = "8"),
    CHAINS_FIELDS_END,
};

static int transport_meta_open(chains_component *self)
{
    struct transport_meta *meta = chains_state(self);
    const struct chains_transport_meta_options *options = chains_options(self);
    meta->dissecting.limits.max_depth = options->max_depth ? options->max_depth : 8;
    meta->dissecting.hold_back = true;
    if (meta->dissecting.limits.max_depth > 32)
        return chains_fail(self, CHAINS_EUSAGE, "max_depth is at most 32");
    return CHAINS_OK;
}

static int transport_meta_many(chains_component *self, struct chains_batch *batch)
{
    struct transport_meta *meta = chains_state(self);
    struct chains_arena *arena = &batch->arena;
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        bool piece =
            rec->next.space == CHAINS_BY_FRAGMENT && !(rec->flags & CHAINS_REASSEMBLED);
        if (rec->next.space == CHAINS_BY_IPPROTO || piece)
            dissecting_record(self, &meta->dissecting, rec, arena);
    }
    return CHAINS_OK;
}

const struct chains_class transport_meta_class = {
    .name = "transport_meta",
    .brief = "the transport header, where packet_meta stopped before it",
    .role = CHAINS_LINK,
    .takes = CHAINS_PACKETS,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct transport_meta),
    .options_size = sizeof(struct chains_transport_meta_options),
    .options = transport_meta_options,
    .attaches = dissect_layers,
    .open = transport_meta_open,
    .many = transport_meta_many,
};

chains_component *chains_transport_meta_new(const struct chains_transport_meta_options *options)
{
    return chains_new(&transport_meta_class, options);
}
