/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_LINK_H
#define CHAINS_LAYER_LINK_H

#include <chains/record.h>

enum {
    CHAINS_LINK_HAS_PROTOCOL = 1,
    CHAINS_LINK_HAS_SRC = 2,
    CHAINS_LINK_HAS_DST = 4,
    CHAINS_LINK_HAS_DIRECTION = 8,
    CHAINS_LINK_HAS_INTERFACE = 16,
    CHAINS_LINK_HAS_SESSION = 32,
    CHAINS_LINK_HAS_FAMILY = 64,
    CHAINS_LINK_HAS_FRAME = 128,
};

/* Values of struct chains_linklayer.type. */
enum chains_link_type {
    CHAINS_LINK_UNKNOWN,
    CHAINS_LINK_SLL,
    CHAINS_LINK_SLL2,
    CHAINS_LINK_NULL,
    CHAINS_LINK_RAW,
    CHAINS_LINK_PPP,
    CHAINS_LINK_PPPOE,
    CHAINS_LINK_HDLC,
    CHAINS_LINK_WLAN,
    CHAINS_LINK_NFLOG,
    CHAINS_LINK_IPNET,
};

/*
 * Slot "link": what stands in the place of Ethernet, or between it and the packet. The struct has
 * another name than its slot since chains_link() is a function.
 */
struct chains_linklayer {
    uint32_t has;
    uint8_t type; /* enum chains_link_type */
    uint8_t
        direction; /* SLL packet type: 0 to us, 1 broadcast, 2 multicast, 3 other, 4 from us */
    uint8_t src[6], dst[6];
    uint16_t protocol;  /* EtherType, PPP protocol, by the link's kind */
    uint16_t session;   /* PPPoE session */
    uint16_t frame;     /* 802.11: type << 4 | subtype */
    uint32_t family;    /* BSD null/loop, NFLOG: address family */
    uint32_t interface; /* SLL2: interface index */
    uint32_t linktype;  /* of the capture, for an unknown one */
};

#endif
