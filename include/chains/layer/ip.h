/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_IP_H
#define CHAINS_LAYER_IP_H

#include <chains/record.h>

enum {
    CHAINS_IP_OPTIONS = 16,     /* IPv4 options or IPv6 extension headers recorded */
    CHAINS_IP_HAS_FRAGMENT = 1, /* IPv6: there is a fragment header: id, mf and offset hold */
    CHAINS_IP_HAS_JUMBO = 2,    /* IPv6: there is a jumbo payload option */
};

/* Slot "packet", types IP (RFC 791) and IP6 (RFC 8200). */
struct chains_ip {
    uint32_t has;
    uint8_t version;     /* 4 or 6 */
    uint8_t ttl;         /* hop limit in IPv6 */
    uint8_t tos;         /* DSCP and ECN; traffic class in IPv6 */
    uint8_t protocol;    /* of the transport: behind IPv6 extension headers */
    uint8_t df, mf;      /* 0 or 1 */
    uint16_t offset;     /* fragment offset in 8-byte units, as on the wire */
    uint16_t header_len; /* bytes, with options and extension headers */
    uint16_t sum;        /* IPv4 header checksum as sent */
    uint32_t len;        /* as in the header. IPv4: total length; IPv6: payload length */
    uint32_t jumbo_len;  /* IPv6 jumbogram (RFC 2675): payload length */
    uint32_t id;         /* identification, 32 bits in IPv6 */
    uint32_t flow_label;
    struct chains_addr src, dst;
    uint8_t option_count;
    uint8_t options[CHAINS_IP_OPTIONS]; /* kinds of IPv4 options; IPv6 extension headers */
};

#endif
