/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_NETBIOS_H
#define DISSECT_NETBIOS_H

#include <chains/bytes.h>

/* Who claims which name, in NetBIOS over UDP (RFC 1001, RFC 1002). */

enum {
    NETBIOS_NAME = 16, /* 15 characters and a NUL */
    NETBIOS_ADDRESSES = 8,
};

enum netbios_kind {
    NETBIOS_CLAIM = 1, /* a host registers its name, or renews it */
    NETBIOS_ANSWER,    /* somebody says that a name has these addresses */
    NETBIOS_STATUS,    /* a host lists its own names: `count` is 0 */
    NETBIOS_RELEASE,   /* a host gives its name up */
    NETBIOS_DATAGRAM,  /* a host says from whom a datagram is */
};

/* A name of one host, no group's: a workstation's (0x00) or a file server's (0x20). */
struct netbios {
    uint8_t kind;
    char name[NETBIOS_NAME]; /* as sent, without the blanks at its end; '?' for control bytes */
    size_t name_len;
    struct chains_addr addr[NETBIOS_ADDRESSES];
    unsigned count;
};

/* A datagram of port 137. False when it claims no such name. */
bool netbios_read(struct chains_bytes datagram, struct netbios *netbios);

/* The same of port 138. */
bool netbios_read_datagram(struct chains_bytes datagram, struct netbios *netbios);

#endif
