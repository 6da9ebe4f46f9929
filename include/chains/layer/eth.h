/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_ETH_H
#define CHAINS_LAYER_ETH_H

#include <chains/record.h>

enum {
    CHAINS_ETH_HAS_TYPE = 1,   /* an EtherType, with or without VLAN tags before it */
    CHAINS_ETH_HAS_LENGTH = 2, /* IEEE 802.3: a length, and LLC follows */
    CHAINS_VLANS = 4,          /* tags recorded */
};

/* Slot "eth": the first Ethernet frame on the wire (IEEE 802.3, 802.1Q); see tunnel and outer. */
struct chains_eth {
    uint32_t has;
    uint8_t dst[6], src[6];
    uint16_t type;   /* after any VLAN tags */
    uint16_t length; /* instead of a type */
    uint8_t
        vlan_count; /* tags recorded; more of them are passed over, and CHAINS_TOO_DEEP is set */
    uint16_t vlan[CHAINS_VLANS]; /* VLAN identifiers, outermost first */
};

#endif
