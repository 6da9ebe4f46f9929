/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `flows -n`, and with --count of the flow table alone. In: a capture, behind --room=N
 * the number of flows to begin with room for. Out: a line for each flow, at the end: ends, duration,
 * packets and bytes of both sides; or how many they are. Keys are made and prefetched 32 at a time.
 * Left out: what flow.h leaves out, states and histories, round trips, loss, payload counts.
 */
#include "flow.h"
#include "text.h"

static void put_end(struct out *out, const struct flow *flow, unsigned end)
{
    if (flow->version == 4) {
        put_ip4(out, flow->addr[end]);
    } else {
        *out->at++ = '[';
        put_ip6(out, flow->addr[end]);
        *out->at++ = ']';
    }
    *out->at++ = ':';
    put_number(out, flow->port[end]);
}

static void put_flow(struct out *out, const struct flow *flow, uint32_t begin)
{
    unsigned from = flow->opener;
    uint32_t lasted = flow->last - flow->first;
    put_second(out, begin + flow->first / 1000, ' ');
    if (flow->protocol == 6)
        PUT(out, " - TCP ");
    else if (flow->protocol == 17)
        PUT(out, " - UDP ");
    else
        PUT(out, " - IP ");
    put_end(out, flow, from);
    PUT(out, " --> ");
    put_end(out, flow, !from);
    *out->at++ = ' ';
    put_number(out, lasted);
    PUT(out, "ms ");
    put_number(out, flow->packets[0]);
    *out->at++ = '/';
    put_number(out, flow->packets[1]);
    PUT(out, " pkts ");
    put_number(out, flow->bytes[0]);
    *out->at++ = '/';
    put_number(out, flow->bytes[1]);
    PUT(out, " bytes\n");
}

static void read_flows(struct capture *capture, struct flows *flows, uint32_t *begin)
{
    struct packet packets[BATCH];
    struct key keys[BATCH];
    unsigned count;
    while ((count = capture_batch(capture, packets))) {
        if (*begin == 0)
            *begin = packets[0].seconds;
        for (unsigned i = 0; i < count; i++) {
            struct headers headers;
            headers_read(&headers, &packets[i]);
            key_make(&keys[i], &headers);
            flows_prefetch(flows, &keys[i]);
        }
        for (unsigned i = 0; i < count; i++)
            flows_update(flows, &keys[i], &packets[i], *begin);
    }
}

int main(int argc, char **argv)
{
    uint64_t room = 0, count = 0;
    if (argc > 1 && strncmp(argv[1], "--room=", 7) == 0) {
        room = strtoull(argv[1] + 7, NULL, 10);
        argc--;
        argv++;
    }
    bool lines = argc < 2 || strcmp(argv[1], "--count") != 0;
    struct capture capture = capture_open(argc - !lines, argv + !lines);
    struct flows flows = flows_open(room);
    struct out out;
    uint32_t begin = 0;
    out_open(&out);
    read_flows(&capture, &flows, &begin);
    for (size_t i = 0; i <= flows.mask; i++)
        if (flows.slots[i].version) {
            out_room(&out);
            count++;
            if (lines)
                put_flow(&out, &flows.slots[i], begin);
        }
    if (!lines) {
        put_number(&out, count);
        *out.at++ = '\n';
    }
    out_close(&out);
    flows_close(&flows);
    return capture_close(&capture);
}
