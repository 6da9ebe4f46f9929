/* SPDX-License-Identifier: MIT */
/*
 * Link layer through transport. In: packets with a link type. Out: the same with the layers eth
 * or link, mpls, packet, transport, outer, and what is left of the bytes.
 */
#include "dissecting.h"

#include <chains/components.h>
#include "../bytes/shares.h"
#include "../record/batch.h"

enum {
    DATAGRAMS = 256,
    DATAGRAMS_LEAST = 16,
    DATAGRAMS_MOST = 65536,
    FRAGMENT_KIB = 4096,
    FRAGMENT_KIB_LEAST = 256,
    FRAGMENT_KIB_MOST = 1024 * 1024,
};

struct packet_meta {
    struct dissecting dissecting;
    uint64_t memory;
};

static const struct chains_name packet_meta_through[] = {
    { CHAINS_THROUGH_TRANSPORT, "transport" },
    { CHAINS_THROUGH_PACKET, "packet" },
    { 0, NULL },
};

static const struct chains_field packet_meta_options[] = {
    CHAINS_FIELD(chains_packet_meta_options, through, NAMED, "last header to read",
                 .names = packet_meta_through, .preset = "transport"),
    CHAINS_FIELD(chains_packet_meta_options, no_reassembly, BOOL,
                 "leave IP fragments as they are"),
    CHAINS_FIELD(chains_packet_meta_options, max_datagrams, UINT,
                 "IP packets in pieces held at once", .preset = "256"),
    CHAINS_FIELD(chains_packet_meta_options, fragment_kib, UINT, "bytes of pieces held, in KiB",
                 .preset = "4096"),
    CHAINS_FIELD(chains_packet_meta_options, fragment_timeout, UINT,
                 "seconds that pieces wait for the others", .preset = "30"),
    CHAINS_FIELD(chains_packet_meta_options, max_depth, UINT, "packets inside packets",
                 .preset = "8"),
    CHAINS_FIELDS_END,
};

/* So many packets in pieces as belong to so much room for their bytes, unless the user says it. */
static size_t packet_meta_datagrams(const struct chains_packet_meta_options *options,
                                    uint64_t kib)
{
    uint64_t number = kib / (FRAGMENT_KIB / DATAGRAMS);
    if (options->max_datagrams)
        return options->max_datagrams;
    return number < DATAGRAMS_LEAST  ? DATAGRAMS_LEAST
           : number > DATAGRAMS_MOST ? DATAGRAMS_MOST
                                     : (size_t)number;
}

static uint64_t packet_meta_bytes(const void *options, uint64_t kib)
{
    return fragments_bytes(packet_meta_datagrams(options, kib), kib * 1024);
}

static void packet_meta_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_packet_meta_options *options = chains_options(self);
    uint32_t kib = options->fragment_kib;
    if (options->no_reassembly)
        return;
    memory->least = packet_meta_bytes(options, kib ? kib : FRAGMENT_KIB_LEAST);
    memory->usual = packet_meta_bytes(options, kib ? kib : FRAGMENT_KIB);
}

static int packet_meta_open(chains_component *self)
{
    struct packet_meta *meta = chains_state(self);
    const struct chains_packet_meta_options *options = chains_options(self);
    uint64_t kib = options->fragment_kib
                       ? options->fragment_kib
                       : shares_fit(FRAGMENT_KIB_LEAST, FRAGMENT_KIB_MOST, chains_share(self),
                                    packet_meta_bytes, options);
    size_t datagrams = packet_meta_datagrams(options, kib);
    uint32_t timeout = options->fragment_timeout ? options->fragment_timeout : 30;
    meta->dissecting.limits.max_depth = options->max_depth ? options->max_depth : 8;
    meta->dissecting.limits.stop_before_transport = options->through == CHAINS_THROUGH_PACKET;
    if (options->through > CHAINS_THROUGH_PACKET)
        return chains_fail(self, CHAINS_EUSAGE, "there is no through=%u",
                           (unsigned)options->through);
    if (meta->dissecting.limits.max_depth > 32)
        return chains_fail(chains_about(self, "max_depth", 0), CHAINS_EUSAGE,
                           "max_depth is at most 32");
    if (datagrams > DATAGRAMS_MOST || kib > FRAGMENT_KIB_MOST)
        return chains_fail(self, CHAINS_EUSAGE,
                           "max_datagrams is at most 65536 and fragment_kib at most 1048576");
    if (options->no_reassembly)
        return CHAINS_OK;
    meta->dissecting.fragments =
        fragments_new(datagrams, kib * 1024, (int64_t)timeout * 1000000000);
    meta->dissecting.hold_back = true;
    if (!meta->dissecting.fragments)
        return chains_fail(self, CHAINS_EMEM, "no memory for the table of fragments");
    return CHAINS_OK;
}

static int packet_meta_many(chains_component *self, struct chains_batch *batch)
{
    struct packet_meta *meta = chains_state(self);
    struct chains_arena *arena = &batch->arena;
    for (size_t i = 0; i < batch->count; i++)
        dissecting_record(self, &meta->dissecting, batch->live[i], arena);
    return CHAINS_OK;
}

static void packet_meta_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct packet_meta *meta = chains_state(self);
    stats->memory = meta->dissecting.fragments ? fragments_memory(meta->dissecting.fragments)
                                               : meta->memory;
}

static void packet_meta_close(chains_component *self)
{
    struct packet_meta *meta = chains_state(self);
    if (!meta->dissecting.fragments)
        return;
    meta->memory = fragments_memory(meta->dissecting.fragments);
    fragments_free(meta->dissecting.fragments);
    meta->dissecting.fragments = NULL;
}

const struct chains_class packet_meta_class = {
    .name = "packet_meta",
    .brief = "link, network and transport headers",
    .role = CHAINS_LINK,
    .takes = CHAINS_PACKETS,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct packet_meta),
    .options_size = sizeof(struct chains_packet_meta_options),
    .options = packet_meta_options,
    .attaches = dissect_layers,
    .memory = packet_meta_memory,
    .open = packet_meta_open,
    .many = packet_meta_many,
    .close = packet_meta_close,
    .stats = packet_meta_stats,
};

chains_component *chains_packet_meta_new(const struct chains_packet_meta_options *options)
{
    return chains_new(&packet_meta_class, options);
}
