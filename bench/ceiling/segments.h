/* SPDX-License-Identifier: MIT */
#ifndef CEILING_SEGMENTS_H
#define CEILING_SEGMENTS_H

#include "flow.h"
#include "json.h"

/*
 * The way of a program that looks into connections. In: a capture, and what it does with each packet
 * and its flow, NULL for one without. Out: what that wrote. A whole batch is asked for from memory
 * before any of it is looked at.
 */
typedef void (*each_segment)(struct out *out, struct flow *flow, const struct packet *packet,
                             struct headers *headers, uint64_t number);

static inline int segments_read(int argc, char **argv, each_segment each)
{
    struct capture capture = capture_open(argc, argv);
    struct packet packets[BATCH];
    struct headers headers[BATCH];
    struct key keys[BATCH];
    struct flows flows = flows_open(0);
    struct out out;
    uint64_t number = 0;
    unsigned count;
    out_open(&out);
    while ((count = capture_batch(&capture, packets))) {
        for (unsigned i = 0; i < count; i++) {
            headers_read(&headers[i], &packets[i]);
            key_make(&keys[i], &headers[i]);
            flows_prefetch(&flows, &keys[i]);
            __builtin_prefetch(headers[i].payload);
        }
        for (unsigned i = 0; i < count; i++)
            each(&out, flows_update(&flows, &keys[i], &packets[i], 0), &packets[i], &headers[i],
                 ++number);
    }
    out_close(&out);
    flows_close(&flows);
    return capture_close(&capture);
}

#endif
