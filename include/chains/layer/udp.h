/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_UDP_H
#define CHAINS_LAYER_UDP_H

#include <chains/record.h>

/* Slot "transport", type UDP: RFC 768. */
struct chains_udp {
    uint16_t sport, dport;
    uint16_t len, sum;        /* len counts the header's eight bytes */
    struct chains_bytes data; /* payload as captured */
};

#endif
