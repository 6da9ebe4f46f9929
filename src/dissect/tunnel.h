/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_TUNNEL_H
#define DISSECT_TUNNEL_H

#include <chains/dissect.h>
#include <chains/layer/tunnel.h>

#include <string.h>

/* Slot "tunnel", shared by all tunnels. */
extern const struct chains_layer_type tunnel_type;

/* Names of enum chains_tunnel_type, ended by NULL. */
extern const struct chains_name tunnel_names[];

/* A tunnel layer without an identifier. */
static inline void tunnel_set(struct chains_tunnel *tunnel, enum chains_tunnel_type type)
{
    memset(tunnel, 0, sizeof *tunnel);
    tunnel->type = (uint8_t)type;
}

/* A tunnel layer with one. */
static inline void tunnel_set_id(struct chains_tunnel *tunnel, enum chains_tunnel_type type,
                                 uint32_t id)
{
    tunnel_set(tunnel, type);
    tunnel->has = CHAINS_TUNNEL_HAS_ID;
    tunnel->id = id;
}

/* What VXLAN-GPE and NSH call a next protocol; a key of nothing when it is none of them. */
static inline struct chains_key tunnel_next_protocol(uint8_t number)
{
    switch (number) {
    case 1:
        return (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
    case 2:
        return (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
    case 3:
        return (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    case 4:
        return (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x894f };
    case 5:
        return (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x8847 };
    default:
        return (struct chains_key){ CHAINS_BY_NOTHING, 0 };
    }
}

#endif
