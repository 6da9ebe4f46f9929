/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_LINK_H
#define DISSECT_LINK_H

#include <chains/dissect.h>
#include <chains/layer/link.h>

/* Slot "link", shared by all link types but Ethernet. */
extern const struct chains_layer_type link_type;

enum {
    SAP_IP = 0x06,         /* 802.2: IP without SNAP */
    ETHERTYPE_LEAST = 1536 /* smaller numbers in its place are lengths, or Linux's own */
};

/*
 * The key of an EtherType field in the place where Linux and 802.3 put other things too: 4 is
 * Linux's number for an LLC header, 1 and 3 are a length's frame; the rest of the small numbers
 * say nothing.
 */
static inline struct chains_key link_ethertype(uint16_t type)
{
    struct chains_key key = { CHAINS_BY_NOTHING, 0 };
    if (type >= ETHERTYPE_LEAST)
        key = (struct chains_key){ CHAINS_BY_ETHERTYPE, type };
    else if (type == 4)
        key = (struct chains_key){ CHAINS_BY_LLC, 0 };
    return key;
}

/* The key of bare IP by its version nibble: IPv4, IPv6 or nothing. */
static inline struct chains_key link_ip_by_nibble(const struct chains_reader *in)
{
    struct chains_key key = { CHAINS_BY_NOTHING, 0 };
    const uint8_t *p = chains_peek(in, 1);
    if (p && p[0] >> 4 == 4)
        key = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x0800 };
    else if (p && p[0] >> 4 == 6)
        key = (struct chains_key){ CHAINS_BY_ETHERTYPE, 0x86dd };
    return key;
}

/*
 * Reads the head of a PPP frame: address and control ff 03 when they are there, and the
 * protocol, whose first byte may be left out when it is 0, as the second one is odd (RFC 1661;
 * 00ff is no protocol). The reader has failed when it is not whole.
 */
static inline uint16_t link_read_ppp(struct chains_reader *in)
{
    const uint8_t *p = chains_peek(in, 2);
    if (p && p[0] == 0xff && p[1] == 0x03)
        chains_skip(in, 2);
    p = chains_peek(in, 1);
    if (p && p[0] & 1 && p[0] != 0xff)
        return chains_read_u8(in);
    return chains_read_be16(in);
}

#endif
