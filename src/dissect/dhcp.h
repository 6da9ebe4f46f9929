/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_DHCP_H
#define DISSECT_DHCP_H

#include <chains/bytes.h>

/*
 * What DHCP says about the name of a host: of DHCPv4 (RFC 2131, RFC 2132, RFC 4702) and DHCPv6 (RFC
 * 8415, RFC 4704) messages no more than that.
 */

enum { DHCP_NAME = 256, DHCP_ADDRESSES = 4 };

/* Values of option 53. */
enum dhcp_kind {
    DHCP_DISCOVER = 1,
    DHCP_OFFER,
    DHCP_REQUEST,
    DHCP_DECLINE,
    DHCP_ACK,
    DHCP_NAK,
    DHCP_RELEASE,
    DHCP_INFORM,
};

struct dhcp {
    uint8_t kind; /* enum dhcp_kind, or another value */
    bool reply;   /* from a server */
    uint32_t id;  /* of the exchange: with `mac` it joins a reply with its request */
    uint8_t mac[6];
    struct chains_addr client; /* the client has it already; family 0: it has none */
    struct chains_addr given;  /* to the client */
    struct chains_addr wanted; /* by the client */
    uint32_t lease_s;          /* 0: not said */
    char name[DHCP_NAME];      /* as sent, but for what is not printable ASCII: '?' there */
    size_t name_len;           /* 0: none */
};

/*
 * False when it is no DHCPv4 message for an Ethernet address. What is cut short is read as far as
 * there are whole options.
 */
bool dhcp_read(struct chains_bytes datagram, struct dhcp *dhcp);

/* Values of msg-type. */
enum dhcp6_kind {
    DHCP6_SOLICIT = 1,
    DHCP6_REQUEST = 3,
    DHCP6_CONFIRM = 4,
    DHCP6_RENEW = 5,
    DHCP6_REBIND = 6,
    DHCP6_INFORMATION = 11,
};

struct dhcp6 {
    uint8_t kind;
    char name[DHCP_NAME];
    size_t name_len;
    struct chains_addr addr[DHCP_ADDRESSES]; /* that the message names for the client */
    unsigned count;
};

/* False when it is no message of a client. */
bool dhcp6_read(struct chains_bytes datagram, struct dhcp6 *dhcp);

#endif
