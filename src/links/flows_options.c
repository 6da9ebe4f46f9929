/* SPDX-License-Identifier: MIT */
/* The options of `flows`: their table, what makes no sense, and what holds when nothing is said. */
#include "flows_options.h"

#include "../bytes/time.h"
#include "flow_sizes.h"

enum {
    FLOWS_HALF_OPEN = 25, /* per cent */
    FLOWS_SECONDS_MOST = 365 * 24 * 3600,
};

#define FLOWS_KIB UINT64_C(1024)

static const struct chains_name flows_only[] = {
    { CHAINS_FLOWS_BOTH, "both" },
    { CHAINS_FLOWS_PACKETS, "packets" },
    { CHAINS_FLOWS_RECORDS, "records" },
    { 0, NULL },
};

const struct chains_field flows_option_rows[] = {
    CHAINS_FIELD(chains_flows_options, only, NAMED,
                 "packets with their stream, records of flows, or both", .names = flows_only,
                 .preset = "both"),
    CHAINS_FIELD(chains_flows_options, flows, UINT, "flows held at once", .preset = "131072"),
    CHAINS_FIELD(chains_flows_options, half_open, UINT,
                 "of these, in per cent, TCP connections without an answer", .preset = "25"),
    CHAINS_FIELD(chains_flows_options, waiting, SIZE,
                 "bytes out of order held of one direction", .preset = "256K"),
    CHAINS_FIELD(chains_flows_options, waiting_all, SIZE, "and of all together",
                 .preset = "32M"),
    CHAINS_FIELD(chains_flows_options, parsers, SIZE,
                 "bytes that links after this one keep for flows, all together",
                 .preset = "64M"),
    CHAINS_FIELD(chains_flows_options, tcp_idle, DURATION,
                 "time until a silent TCP connection has ended", .preset = "300s"),
    CHAINS_FIELD(chains_flows_options, udp_idle, DURATION, "the same for UDP", .preset = "60s"),
    CHAINS_FIELD(chains_flows_options, other_idle, DURATION, "the same for ICMP and the rest",
                 .preset = "60s"),
    CHAINS_FIELD(chains_flows_options, opening_idle, DURATION,
                 "the same for TCP before an answer", .preset = "10s"),
    CHAINS_FIELD(chains_flows_options, closed_idle, DURATION,
                 "the same for TCP after both FINs or a RST", .preset = "5s"),
    CHAINS_FIELD(chains_flows_options, active, DURATION,
                 "time between records of a flow that goes on", .preset = "300s"),
    CHAINS_FIELD(chains_flows_options, no_interim, BOOL, "no records of flows that go on"),
    CHAINS_FIELD(chains_flows_options, no_community_id, BOOL, "no Community IDs"),
    CHAINS_FIELD(chains_flows_options, community_seed, UINT, "seed of the Community IDs",
                 .preset = "0"),
    CHAINS_FIELDS_END,
};

static uint64_t flows_or(uint64_t value, uint64_t preset)
{
    return value ? value : preset;
}

static int64_t flows_seconds(uint64_t value, int64_t preset)
{
    return value ? (int64_t)value : preset * TIME_SECOND_NS;
}

/* An option of time, and the shortest that makes sense. */
struct flows_time {
    const char *name;
    uint64_t value, least;
};

static int flows_options_times(chains_component *self,
                               const struct chains_flows_options *options)
{
    const struct flows_time times[] = {
        { "tcp_idle", options->tcp_idle, 1 },
        { "udp_idle", options->udp_idle, 1 },
        { "other_idle", options->other_idle, 1 },
        { "opening_idle", options->opening_idle, 1 },
        { "closed_idle", options->closed_idle, 1 },
        { "active", options->active, (uint64_t)TIME_SECOND_NS },
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (times[i].value && times[i].value < times[i].least)
            return chains_fail(chains_about(self, times[i].name, 0), CHAINS_EUSAGE,
                               "%s is at least 1s", times[i].name);
        if (times[i].value > (uint64_t)FLOWS_SECONDS_MOST * (uint64_t)TIME_SECOND_NS)
            return chains_fail(chains_about(self, times[i].name, 0), CHAINS_EUSAGE,
                               "%s is at most a year, 365d", times[i].name);
    }
    return CHAINS_OK;
}

static int flows_options_bytes(chains_component *self,
                               const struct chains_flows_options *options)
{
    if (options->waiting && options->waiting_all && options->waiting > options->waiting_all)
        return chains_fail(chains_about(self, "waiting", 0), CHAINS_EUSAGE,
                           "waiting, of one direction, is more than waiting_all, of all");
    if (options->waiting_all > UINT64_C(1) << 40)
        return chains_fail(chains_about(self, "waiting_all", 0), CHAINS_EUSAGE,
                           "waiting_all is at most 1T");
    if (options->parsers > UINT64_C(1) << 40)
        return chains_fail(chains_about(self, "parsers", 0), CHAINS_EUSAGE,
                           "parsers is at most 1T");
    return CHAINS_OK;
}

int flows_options_check(chains_component *self)
{
    const struct chains_flows_options *options = chains_options(self);
    if (options->only > CHAINS_FLOWS_RECORDS)
        return chains_fail(chains_about(self, "only", 0), CHAINS_EUSAGE, "there is no only=%u",
                           (unsigned)options->only);
    if (options->flows > FLOW_MOST)
        return chains_fail(chains_about(self, "flows", 0), CHAINS_EUSAGE,
                           "flows is at most %d, which take 3 GiB", FLOW_MOST);
    if (options->half_open > 100)
        return chains_fail(chains_about(self, "half_open", 0), CHAINS_EUSAGE,
                           "half_open is in per cent of flows: 1 to 100");
    if (options->community_seed > UINT16_MAX)
        return chains_fail(chains_about(self, "community_seed", 0), CHAINS_EUSAGE,
                           "community_seed is at most 65535");
    int status = flows_options_bytes(self, options);
    return status == CHAINS_OK ? flows_options_times(self, options) : status;
}

struct flows_settings flows_options_settings(const struct chains_flows_options *options,
                                             uint64_t share)
{
    struct flow_sizes sizes = flow_sizes_of(options, share);
    uint32_t flows = sizes.flows;
    uint64_t half_open = flows_or(options->half_open, FLOWS_HALF_OPEN) * flows / 100;
    uint64_t all = sizes.waiting_all;
    uint64_t each = flows_or(options->waiting, 256 * FLOWS_KIB);
    return (struct flows_settings){
        .limits = {
            .flows = flows,
            .half_open = half_open ? (uint32_t)half_open : 1,
            .parsers = sizes.parsers,
            .timeout = {
                [FLOW_OPENING] = flows_seconds(options->opening_idle, 10),
                [FLOW_TCP_ONE] = flows_seconds(options->tcp_idle, 300),
                [FLOW_UDP_ONE] = flows_seconds(options->udp_idle, 60),
                [FLOW_OTHER_ONE] = flows_seconds(options->other_idle, 60),
                [FLOW_TCP] = flows_seconds(options->tcp_idle, 300),
                [FLOW_CLOSED] = flows_seconds(options->closed_idle, 5),
                [FLOW_UDP] = flows_seconds(options->udp_idle, 60),
                [FLOW_OTHER] = flows_seconds(options->other_idle, 60),
            },
            .active = options->no_interim ? 0 : flows_seconds(options->active, 300),
        },
        .waiting = each < all ? each : all,
        .waiting_all = all,
    };
}
