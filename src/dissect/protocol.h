/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_PROTOCOL_H
#define DISSECT_PROTOCOL_H

#include <chains/dissect.h>
#include <chains/layer/transport.h>

enum {
    PROTOCOL_RSVP = 46,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    PROTOCOL_EIGRP = 88,
    PROTOCOL_OSPF = 89,
    PROTOCOL_PIM = 103,
    PROTOCOL_VRRP = 112,
};

/* Slot "transport" for protocols that have no layer of their own. Lies in protocol.c. */
extern const struct chains_layer_type protocol_type;

#endif
