/* SPDX-License-Identifier: MIT */
/*
 * What `flows` may hold. In: its options, its share. Out: how many flows, and how many bytes of each
 * other kind. What an option says stands; the others divide what is left as the whole chain does.
 */
#include "flow_sizes.h"

#include "../bytes/shares.h"
#include "reassembly.h"

#define SIZES_KIB UINT64_C(1024)
#define SIZES_MIB (1024 * SIZES_KIB)

enum {
    SIZES_FLOWS = 131072,
    SIZES_FLOWS_LEAST = 1024,
    SIZES_LINE = 64, /* blocks begin on a cache line */
};

#define SIZES_WAITING       (32 * SIZES_MIB)
#define SIZES_WAITING_LEAST SIZES_MIB
#define SIZES_WAITING_MOST  (UINT64_C(1) << 40)
#define SIZES_PARSERS       (64 * SIZES_MIB)
#define SIZES_PARSERS_LEAST (4 * SIZES_MIB)

static uint64_t sizes_table(const void *about, uint64_t flows)
{
    (void)about;
    uint64_t entries = flows + flow_table_reserve((uint32_t)flows);
    return sizeof(struct flow_table) + flow_buckets_takes((uint32_t)flows) +
           entries * (sizeof(struct flow_hot) + sizeof(struct chains_flow_entry) +
                      sizeof(struct flow_tcp)) +
           SIZES_LINE;
}

static uint64_t sizes_waiting(const void *about, uint64_t bytes)
{
    (void)about;
    return reassembly_takes(bytes);
}

static uint64_t sizes_parsers(uint64_t bytes)
{
    return bytes + bytes / 8;
}

enum { SIZES_TABLE, SIZES_REASSEMBLY, SIZES_ROOMS, SIZES_PARTS };

static void sizes_parts(const struct chains_flows_options *options,
                        struct share part[SIZES_PARTS])
{
    uint64_t flows = options->flows, waiting = options->waiting_all, rooms = options->parsers;
    bool alone = options->only == CHAINS_FLOWS_RECORDS; /* no parser sees a packet */
    uint64_t usual = alone ? SIZES_PARSERS_LEAST : SIZES_PARSERS;
    part[SIZES_TABLE] = (struct share){
        .least = sizes_table(NULL, flows ? flows : SIZES_FLOWS_LEAST),
        .usual = sizes_table(NULL, flows ? flows : SIZES_FLOWS),
    };
    part[SIZES_REASSEMBLY] = (struct share){
        .least = sizes_waiting(NULL, waiting ? waiting : SIZES_WAITING_LEAST),
        .usual = sizes_waiting(NULL, waiting ? waiting : SIZES_WAITING),
    };
    part[SIZES_ROOMS] = (struct share){
        .least = sizes_parsers(rooms ? rooms : SIZES_PARSERS_LEAST),
        .usual = sizes_parsers(rooms ? rooms : usual),
    };
}

void flow_sizes_memory(const struct chains_flows_options *options, struct chains_memory *memory)
{
    struct share part[SIZES_PARTS];
    sizes_parts(options, part);
    for (unsigned i = 0; i < SIZES_PARTS; i++) {
        memory->least += part[i].least;
        memory->usual += part[i].usual;
    }
}

struct flow_sizes flow_sizes_of(const struct chains_flows_options *options, uint64_t share)
{
    struct share part[SIZES_PARTS];
    uint64_t least;
    sizes_parts(options, part);
    shares_divide(part, SIZES_PARTS, share, &least);
    struct flow_sizes sizes = {
        .flows = options->flows,
        .waiting_all = options->waiting_all,
        .parsers = options->parsers,
    };
    if (!sizes.flows)
        sizes.flows = (uint32_t)shares_fit(SIZES_FLOWS_LEAST, FLOW_MOST,
                                           part[SIZES_TABLE].given, sizes_table, NULL);
    if (!sizes.waiting_all)
        sizes.waiting_all = shares_fit(SIZES_WAITING_LEAST, SIZES_WAITING_MOST,
                                       part[SIZES_REASSEMBLY].given, sizes_waiting, NULL);
    if (!sizes.parsers)
        sizes.parsers = part[SIZES_ROOMS].given - part[SIZES_ROOMS].given / 9;
    return sizes;
}
