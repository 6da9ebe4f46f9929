/* SPDX-License-Identifier: MIT */
/*
 * The ceiling of `flows -n`, and of the flow table alone. In: a capture. Out: a line for each flow, at
 * the end: ends, duration, packets and bytes of both sides. Keys are made and prefetched 32 at a time.
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

int main(int argc, char **argv)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct key keys[BATCH];
    struct flows flows = { 0 };
    struct out out;
    uint32_t begin = 0;
    unsigned count;
    out_open(&out);
    flows_grow(&flows);
    while ((count = capture_batch(&capture, packets))) {
        if (begin == 0)
            begin = packets[0].seconds;
        for (unsigned i = 0; i < count; i++) {
            struct headers headers;
            headers_read(&headers, &packets[i]);
            key_make(&keys[i], &headers);
            flows_prefetch(&flows, &keys[i]);
        }
        for (unsigned i = 0; i < count; i++)
            flows_update(&flows, &keys[i], &packets[i], begin);
    }
    for (size_t i = 0; i <= flows.mask; i++)
        if (flows.slots[i].version) {
            out_room(&out);
            put_flow(&out, &flows.slots[i], begin);
        }
    out_close(&out);
    free(flows.slots);
    return capture_close(&capture);
}
