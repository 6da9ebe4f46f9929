/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_ICMP_H
#define CHAINS_LAYER_ICMP_H

#include <chains/record.h>

enum {
    CHAINS_ICMP_HAS_ECHO = 1, /* id and seq */
    CHAINS_ICMP_HAS_MTU = 2,
    CHAINS_ICMP_HAS_GATEWAY = 4, /* redirects: the better router */
    CHAINS_ICMP_HAS_TARGET = 8,  /* neighbour discovery */
    CHAINS_ICMP_HAS_MAC = 16,    /* neighbour discovery: link-layer address option */
    CHAINS_ICMP_HAS_QUOTED = 32, /* errors: the packet they speak of */
    CHAINS_ICMP_HAS_PREFIX = 64, /* router advertisement: first prefix option */
    CHAINS_ICMP_HAS_LIFETIME = 128,

    CHAINS_QUOTED_HAS_PORTS = 1,
};

/* What can be read of the packet that an ICMP error quotes. */
struct chains_quoted {
    uint32_t has;
    uint8_t version; /* 4 or 6 */
    uint8_t protocol;
    uint16_t sport, dport;
    struct chains_addr src, dst;
};

/* Slot "transport", types ICMP (RFC 792) and ICMP6 (RFC 4443, RFC 4861). */
struct chains_icmp {
    uint32_t has;
    uint8_t icmp_type, icmp_code;
    uint8_t prefix_len;
    uint16_t sum, id, seq;
    uint16_t lifetime; /* seconds, router advertisement */
    uint32_t mtu;
    uint8_t mac[6];
    struct chains_addr target, gateway, prefix;
    struct chains_quoted quoted;
};

#endif
