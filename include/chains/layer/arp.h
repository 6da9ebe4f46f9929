/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_ARP_H
#define CHAINS_LAYER_ARP_H

#include <chains/record.h>

enum {
    CHAINS_ARP_HAS_MACS = 1,  /* hardware addresses of six bytes */
    CHAINS_ARP_HAS_ADDRS = 2, /* IPv4 protocol addresses */
};

/* Slot "packet", type ARP: RFC 826, also RARP (RFC 903). */
struct chains_arp {
    uint32_t has;
    uint16_t hardware, protocol, op; /* op 1 request, 2 reply, 3 and 4 RARP */
    uint8_t src_mac[6], dst_mac[6];
    struct chains_addr src, dst; /* sender and target protocol address */
};

#endif
