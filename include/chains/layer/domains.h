/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_DOMAINS_H
#define CHAINS_LAYER_DOMAINS_H

#include <chains/record.h>

/* Where a name came from, or why there is none. */
enum chains_name_source {
    CHAINS_NAME_NOT_ASKED, /* no lookup was wanted or allowed */
    CHAINS_NAME_SPECIAL,   /* the table of special-purpose addresses */
    CHAINS_NAME_HOSTS,     /* /etc/hosts */
    CHAINS_NAME_PTR,       /* a reverse lookup: a claim of the address's owner */
    CHAINS_NAME_DNS,       /* an answer seen in the traffic */
    CHAINS_NAME_NXDOMAIN,  /* the server says that there is no such name */
    CHAINS_NAME_NODATA,    /* the name exists, without a PTR record */
    CHAINS_NAME_SERVFAIL,  /* the server could not say */
    CHAINS_NAME_REFUSED,   /* the server would not say */
    CHAINS_NAME_TIMEOUT,   /* no answer in time */
    CHAINS_NAME_PENDING,   /* asked, and this record did not wait */
    CHAINS_NAME_INVALID,   /* the answer was not a host name */
    CHAINS_NAME_LIMITED,   /* not asked yet: the rate limit or the cache was reached */
    CHAINS_NAME_TLS,       /* what a client asked for by TLS's or QUIC's SNI */
    CHAINS_NAME_HTTP,      /* or by HTTP's Host */
    CHAINS_NAME_DHCP,      /* what a device of the local network calls itself, by DHCP */
    CHAINS_NAME_MDNS,      /* by mDNS */
    CHAINS_NAME_LLMNR,     /* by LLMNR */
    CHAINS_NAME_NETBIOS,   /* by NetBIOS name service */
};

/* Groups of special-purpose addresses, bits of struct chains_domains.*_class. */
enum chains_addr_class {
    CHAINS_CLASS_LOCAL = 1,     /* this network: private ranges, link-local, `local=` */
    CHAINS_CLASS_MULTICAST = 2, /* 224.0.0.0/4, ff00::/8 */
    CHAINS_CLASS_BROADCAST = 4, /* 255.255.255.255, a local subnet's broadcast address */
    CHAINS_CLASS_SPECIAL = 8,   /* any other special-purpose block: never asked for */
};

/* Slot "domains": names for the two network addresses of a record. */
struct chains_domains {
    const char *src, *dst;        /* printable ASCII; NULL when there is none */
    uint8_t src_from, dst_from;   /* enum chains_name_source */
    uint8_t src_class, dst_class; /* enum chains_addr_class bits; 0: a public address */
    /* Who made a local device's network card, by its MAC address; NULL: not known, not asked. */
    const char *src_vendor, *dst_vendor;
};

#endif
