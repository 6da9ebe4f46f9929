/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_TRANSPORT_H
#define CHAINS_LAYER_TRANSPORT_H

#include <chains/record.h>

/* The transports that have few members of their own. */

enum {
    CHAINS_IGMP_HAS_GROUP = 1,
    CHAINS_IGMP_HAS_GROUPS = 2,
    CHAINS_PROTOCOL_HAS_SPI = 1,
    CHAINS_PROTOCOL_HAS_SEQ = 2,
    CHAINS_PROTOCOL_HAS_VERSION = 4,
    CHAINS_PROTOCOL_HAS_KIND = 8,
    CHAINS_PROTOCOL_HAS_GROUP = 16,
    CHAINS_SCTP_CHUNKS = 16,
};

/* Slot "transport", type IGMP: RFC 1112, 2236, 3376. */
struct chains_igmp {
    uint32_t has;
    uint8_t igmp_type, max_resp; /* max_resp in tenths of a second, as sent */
    uint16_t sum;
    uint16_t group_count; /* IGMPv3 reports: group records */
    struct chains_addr group;
};

/* Slot "transport", type SCTP: RFC 9260. */
struct chains_sctp {
    uint16_t sport, dport;
    uint32_t tag, sum; /* verification tag, CRC32c as sent */
    uint8_t chunk_count;
    uint8_t chunks[CHAINS_SCTP_CHUNKS]; /* types of the first chunks */
};

/* Slot "transport" for every other protocol: its IANA number and name, and what is easily told.
 */
struct chains_protocol {
    uint32_t has;
    uint8_t type;    /* protocol number */
    uint8_t version; /* OSPF, VRRP, PIM */
    uint8_t kind;    /* OSPF, VRRP, PIM: message type */
    uint8_t group;   /* VRRP: virtual router */
    uint32_t spi;    /* ESP (RFC 4303), AH (RFC 4302): security parameters index */
    uint32_t seq;    /* ESP, AH */
};

#endif
