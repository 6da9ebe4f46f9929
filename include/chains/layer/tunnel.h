/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_TUNNEL_H
#define CHAINS_LAYER_TUNNEL_H

#include <chains/record.h>

enum {
    CHAINS_TUNNEL_HAS_ID = 1,    /* VXLAN and Geneve VNI, GRE key, GTP TEID, L2TP tunnel */
    CHAINS_TUNNEL_HAS_FRAME = 2, /* an Ethernet frame was inside */

    CHAINS_OUTER_HAS_PORTS = 1,
    CHAINS_OUTER_HAS_TUNNEL = 2,
    CHAINS_OUTER_HAS_ID = 4,
    CHAINS_OUTER_HAS_FRAME = 8,
};

enum chains_tunnel_type {
    CHAINS_TUNNEL_NONE, /* a packet directly inside a packet: 4in6, 6in4, IP in IP */
    CHAINS_TUNNEL_GRE,
    CHAINS_TUNNEL_ERSPAN,
    CHAINS_TUNNEL_VXLAN,
    CHAINS_TUNNEL_GENEVE,
    CHAINS_TUNNEL_GTP,
    CHAINS_TUNNEL_L2TP,
    CHAINS_TUNNEL_TEREDO,
    CHAINS_TUNNEL_NSH,
    CHAINS_TUNNEL_MPLS,
};

/* Slot "tunnel": the tunnel header whose content has no packet to show; else see outer. */
struct chains_tunnel {
    uint32_t has;
    uint8_t type; /* enum chains_tunnel_type */
    uint32_t id;
    uint8_t frame_src[6], frame_dst[6]; /* of the Ethernet frame inside */
};

/* A packet that carried another one. */
struct chains_outer_packet {
    uint32_t has;
    uint8_t version; /* 4 or 6 */
    uint8_t ttl;
    uint8_t protocol; /* IANA number */
    uint8_t tunnel;   /* enum chains_tunnel_type */
    uint16_t sport, dport;
    uint32_t len, id;
    struct chains_addr src, dst;
    uint8_t frame_src[6], frame_dst[6];
};

/* Slot "outer": the packets around the one in slot "packet", outermost first. */
struct chains_outer {
    struct chains_list outer; /* of struct chains_outer_packet */
};

#endif
