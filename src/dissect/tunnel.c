/* SPDX-License-Identifier: MIT */
/*
 * The layer of slot "tunnel", which all tunnel headers share, and the names of their kinds. No
 * dissector: each of those that include tunnel.h fills it by tunnel_set().
 */
#include "tunnel.h"

const struct chains_name tunnel_names[] = {
    { CHAINS_TUNNEL_GRE, "GRE" },       { CHAINS_TUNNEL_ERSPAN, "ERSPAN" },
    { CHAINS_TUNNEL_VXLAN, "VXLAN" },   { CHAINS_TUNNEL_GENEVE, "GENEVE" },
    { CHAINS_TUNNEL_GTP, "GTP" },       { CHAINS_TUNNEL_L2TP, "L2TP" },
    { CHAINS_TUNNEL_TEREDO, "TEREDO" }, { CHAINS_TUNNEL_NSH, "NSH" },
    { CHAINS_TUNNEL_MPLS, "MPLS" },     { 0, NULL },
};

static const struct chains_field tunnel_fields[] = {
    CHAINS_FIELD(chains_tunnel, type, NAMED, "kind of tunnel header", .names = tunnel_names),
    CHAINS_FIELD(chains_tunnel, id, UINT,
                 "VNI of VXLAN and Geneve, GRE key or PPTP call, ERSPAN session, GTP endpoint, "
                 "L2TP tunnel, NSH path",
                 .has = CHAINS_TUNNEL_HAS_ID),
    CHAINS_FIELD(chains_tunnel, frame_src, MAC, "source of the Ethernet frame inside",
                 .has = CHAINS_TUNNEL_HAS_FRAME),
    CHAINS_FIELD(chains_tunnel, frame_dst, MAC, "destination of the Ethernet frame inside",
                 .has = CHAINS_TUNNEL_HAS_FRAME),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type tunnel_type = {
    .slot = "tunnel",
    .name = "tunnel",
    .size = sizeof(struct chains_tunnel),
    .fields = tunnel_fields,
    .id = CHAINS_ID_tunnel,
    .slot_id = CHAINS_SLOT_tunnel,
};
