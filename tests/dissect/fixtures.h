/* SPDX-License-Identifier: MIT */
#ifndef FIXTURES_H
#define FIXTURES_H

/*
 * One well-formed header or more for each dissector, written by hand, with what must be there
 * at least (`fixed`, fewer bytes are cut short) and what follows the whole.
 */

#include <chains/dissect.h>

/* clang-format off */
static const uint8_t bytes_ether[] = {
    0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, /* destination, source */
    0x88, 0xa8, 0x20, 0x07,                         /* 802.1ad, priority 1, VLAN 7 */
    0x81, 0x00, 0x00, 0x64,                         /* 802.1Q, VLAN 100 */
    0x08, 0x00,                                     /* IPv4 */
    0x45, 0x00, 0x00, 0x14,
};
static const uint8_t bytes_ipv4[] = {
    0x46, 0x10, 0x00, 0x1c, 0xab, 0xcd, 0x40, 0x00, /* 24 bytes of header, total 28, DF */
    0x40, 0x11, 0x12, 0x34,                         /* TTL 64, UDP */
    192, 0, 2, 1, 198, 51, 100, 7,
    0x94, 0x04, 0x00, 0x00,                         /* router alert */
    0xde, 0xad, 0xbe, 0xef,
    0x00, 0x00,                                     /* padding */
};
static const uint8_t bytes_ipv6[] = {
    0x6a, 0xb1, 0x23, 0x45, 0x00, 0x14, 0x00, 0x40, /* class 0xab, flow 0x12345, 20 bytes */
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
    0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02,
    0x2c, 0x00, 0x05, 0x02, 0x00, 0x00, 0x01, 0x00, /* hop-by-hop, then a fragment header */
    0x11, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, /* the whole packet is in it; UDP */
    0xde, 0xad, 0xbe, 0xef,
};
static const uint8_t bytes_udp[] = {
    0x30, 0x39, 0x00, 0x35, 0x00, 0x0a, 0xbe, 0xef, /* 12345 to 53, 10 bytes */
    0x68, 0x69, 0x00,                               /* "hi" and one byte of padding */
};
static const uint8_t bytes_tcp[] = {
    0x01, 0xbb, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x01, /* 443 to 49152, sequence 1 */
    0x00, 0x00, 0x00, 0x02, 0xb0, 0x12, 0xff, 0xff, /* 44 bytes of header, SYN ACK */
    0x12, 0x34, 0x00, 0x00,
    0x02, 0x04, 0x05, 0xb4,                         /* MSS 1460 */
    0x04, 0x02, 0x03, 0x03, 0x07, 0x01,             /* SACK permitted, scale 7, no-op */
    0x08, 0x0a, 0, 0, 0, 10, 0, 0, 0, 11,           /* timestamps 10 and 11 */
    0x00, 0x00, 0x00, 0x00,
    0x41, 0x42,
};
static const uint8_t bytes_arp[] = {
    0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x02, /* Ethernet, IPv4, reply */
    0x02, 0, 0, 0, 0, 0x01, 192, 0, 2, 1,           /* sender */
    0x02, 0, 0, 0, 0, 0x02, 192, 0, 2, 2,           /* target */
};
static const uint8_t bytes_llc[] = {
    0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x86, 0xdd, /* SNAP, IPv6 */
    0x60,
};
static const uint8_t bytes_lldp[] = {
    0x02, 0x07, 0x04, 0x02, 0, 0, 0, 0, 0x01,       /* chassis: a MAC address */
    0x04, 0x04, 0x05, 'g', 'e', '1',                /* port: interface name "ge1" */
    0x06, 0x02, 0x00, 0x78,                         /* 120 seconds */
    0x0a, 0x02, 's', 'w',                           /* system name "sw" */
    0x00, 0x00,                                     /* end */
};
static const uint8_t bytes_vlan[] = { 0xe0, 0x05, 0x08, 0x06, 0x00, 0x01 };
static const uint8_t bytes_cmd[] = { 0x08, 0x00, 0x01, 0x01, 0x00, 0x01, 0x00, 0x10, 0x45 };
static const uint8_t bytes_mpls[] = {
    0x00, 0x06, 0x40, 0xff,                         /* label 100, TTL 255 */
    0x00, 0x00, 0x11, 0x40,                         /* label 1, bottom, TTL 64 */
    0x00, 0x00, 0x00, 0x00,                         /* control word */
    0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
};
static const uint8_t bytes_sll[] = {
    0x00, 0x04, 0x00, 0x01, 0x00, 0x06,             /* from us, Ethernet, six bytes */
    0x02, 0, 0, 0, 0, 0x01, 0, 0, 0x08, 0x00,
    0x45,
};
static const uint8_t bytes_sll2[] = {
    0x86, 0xdd, 0, 0, 0, 0, 0, 0x03,                /* IPv6, interface 3 */
    0x00, 0x01, 0x00, 0x06, 0x02, 0, 0, 0, 0, 0x01, 0, 0,
    0x60,
};
static const uint8_t bytes_null[] = { 0x1e, 0x00, 0x00, 0x00, 0x60 };
static const uint8_t bytes_raw[] = { 0x45, 0x00, 0x00, 0x14 };
static const uint8_t bytes_hdlc[] = { 0x0f, 0x00, 0x08, 0x00, 0x45 };
static const uint8_t bytes_ppp[] = { 0xff, 0x03, 0x00, 0x57, 0x60 };
static const uint8_t bytes_pppoe[] = {
    0x11, 0x00, 0x12, 0x34, 0x00, 0x04,             /* session 0x1234, 4 bytes */
    0x00, 0x21, 0x45, 0x00,                         /* IPv4 */
    0x00,                                           /* padding */
};
static const uint8_t bytes_nflog[] = {
    0x02, 0x00, 0x00, 0x1e,                         /* IPv4, version 0, resource 30 */
    0x06, 0x00, 0x0a, 0x00, 0x68, 0x69, 0x00, 0x00, /* prefix "hi", padded */
    0x08, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x02, /* came in by interface 2 */
    0x08, 0x00, 0x09, 0x00, 0x45, 0x00, 0x00, 0x14, /* the packet */
};
static const uint8_t bytes_ppi[] = {
    0x00, 0x00, 0x0c, 0x00, 0x69, 0x00, 0x00, 0x00, /* 12 bytes, 802.11 */
    0x01, 0x00, 0x00, 0x00, 0xd4,
};
static const uint8_t bytes_radiotap[] = {
    0x00, 0x00, 0x18, 0x00,                         /* 24 bytes */
    0x03, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, /* time, flags; a second present word */
    0, 0, 0, 0,                                     /* the time is aligned to eight */
    0, 0, 0, 0, 0, 0, 0,
    0x00,
    0xd4, 0x00, 0x00, 0x00,
};
static const uint8_t bytes_prism[] = {
    0x80, 0x21, 0x10, 0x01, 0x00, 0x00, 0x00, 0x10, /* AVS, 16 bytes */
    0, 0, 0, 0, 0, 0, 0, 0,
    0xd4, 0x00,
};
static const uint8_t bytes_wlan[] = {
    0x88, 0x01, 0x00, 0x00,                         /* QoS data, to the distribution system */
    0x02, 0, 0, 0, 0, 0x0b,                         /* receiver: access point */
    0x02, 0, 0, 0, 0, 0x01,                         /* source */
    0x02, 0, 0, 0, 0, 0x02,                         /* destination */
    0x10, 0x00, 0x00, 0x00,                         /* sequence 1, fragment 0; QoS */
    0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00,
};
static const uint8_t bytes_ipnet[] = {
    0x01, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, /* IPv4 */
    0x00, 0x00, 0x00, 0x05, 0, 0, 0, 0,             /* interface 5 */
    0, 0, 0, 0, 0, 0, 0, 0,
    0x45,
};
static const uint8_t bytes_gre[] = {
    0xb0, 0x00, 0x65, 0x58,                         /* checksum, key, sequence; Ethernet */
    0x12, 0x34, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a, /* checksum, key 42 */
    0x00, 0x00, 0x00, 0x01,                         /* sequence 1 */
    0x02, 0, 0, 0,
};
static const uint8_t bytes_erspan[] = {
    0x10, 0x05, 0x08, 0x64, 0x00, 0x00, 0x00, 0x01, /* type II, VLAN 5, session 100 */
    0x02,
};
static const uint8_t bytes_vxlan[] = {
    0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x7b, 0x00, /* VNI 123 */
    0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01, 0x08, 0x00,
};
static const uint8_t bytes_geneve[] = {
    0x01, 0x00, 0x65, 0x58, 0x00, 0x00, 0x0a, 0x00, /* four bytes of options, VNI 10 */
    0x01, 0x02, 0x80, 0x00,
    0x02,
};
static const uint8_t bytes_gtp[] = {
    0x34, 0xff, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x07, /* T-PDU, extension, 12 bytes, TEID 7 */
    0x00, 0x00, 0x00, 0x85,                         /* PDU session container follows */
    0x01, 0x00, 0x09, 0x00,
    0x45, 0x00, 0x00, 0x14,
};
static const uint8_t bytes_l2tp[] = {
    0x40, 0x02, 0x00, 0x0e, 0x00, 0x11, 0x00, 0x22, /* length 14, tunnel 17, session 34 */
    0xff, 0x03, 0x00, 0x21, 0x45, 0x00,
};
static const uint8_t bytes_teredo[] = {
    0x00, 0x01, 0x00, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 0, /* authentication */
    0x00, 0x00, 0x12, 0x34, 0xff, 0xff, 0xff, 0xfe, /* origin */
    0x60, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3b, 0x15, /* a bubble: no next header */
    0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01,
    0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02,
};
static const uint8_t bytes_nsh[] = {
    0x0f, 0xc6, 0x01, 0x01, 0x00, 0x00, 0x64, 0xff, /* 24 bytes, IPv4, path 100 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0x45,
};
static const uint8_t bytes_mplsudp[] = { 0x00, 0x06, 0x41, 0xff, 0x45 };
static const uint8_t bytes_icmp4[] = {
    0x03, 0x04, 0x12, 0x34, 0x00, 0x00, 0x05, 0x78, /* fragmentation needed, MTU 1400 */
    0x45, 0x00, 0x05, 0xdc, 0x00, 0x01, 0x40, 0x00, 0x3f, 0x06, 0x00, 0x00,
    192, 0, 2, 1, 198, 51, 100, 7,
    0xc0, 0x00, 0x01, 0xbb, 0x00, 0x00, 0x00, 0x01, /* 49152 to 443 */
};
static const uint8_t bytes_icmp6[] = {
    0x86, 0x00, 0x12, 0x34, 0x40, 0x00, 0x07, 0x08, /* router advertisement, 1800 s */
    0, 0, 0, 0, 0, 0, 0, 0,
    0x01, 0x01, 0x02, 0, 0, 0, 0, 0x01,             /* its MAC address */
    0x05, 0x01, 0, 0, 0x00, 0x00, 0x05, 0xdc,       /* MTU 1500 */
    0x03, 0x04, 0x40, 0xc0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, /* prefix of 64 bits */
    0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0,
};
static const uint8_t bytes_igmp[] = { 0x16, 0x00, 0x08, 0x04, 239, 1, 2, 3 };
static const uint8_t bytes_sctp[] = {
    0x0b, 0x59, 0x0b, 0x5a, 0x11, 0x22, 0x33, 0x44, 0xde, 0xad, 0xbe, 0xef,
    0x0a, 0x00, 0x00, 0x07, 0x01, 0x02, 0x03, 0x00, /* COOKIE ECHO, padded */
    0x03, 0x00, 0x00, 0x04,                         /* SACK */
};
static const uint8_t bytes_ah[] = {
    0x06, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, /* TCP behind 16 bytes, SPI 5 */
    0x00, 0x00, 0x00, 0x09, 0xaa, 0xbb, 0xcc, 0xdd,
    0x01,
};
static const uint8_t bytes_protocol[] = {
    0x21, 0x07, 0x64, 0x01, 0x00, 0x01, 0xba, 0x52, /* VRRP 2, advertisement, router 7 */
};
static const uint8_t bytes_ip6ext[] = { 0x06, 0x00, 0x01, 0x04, 0, 0, 0, 0, 0x01 };
static const uint8_t bytes_ip6frag[] = { 0x11, 0x00, 0x00, 0x00, 1, 2, 3, 4, 0x01 };
/* clang-format on */

struct fixture {
    const char *name; /* of the dissector that must read it whole */
    uint32_t number;  /* by which it is called */
    const uint8_t *bytes;
    size_t len, fixed;
    struct chains_key next;
};

#define FIXTURE(name_, number_, fixed_, space_, next_)                                         \
    {                                                                                          \
        .name = #name_, .number = number_, .bytes = bytes_##name_,                             \
        .len = sizeof bytes_##name_, .fixed = fixed_, .next = {                                \
            CHAINS_BY_##space_,                                                                \
            next_                                                                              \
        }                                                                                      \
    }

static const struct fixture fixtures[] = {
    FIXTURE(ether, 1, 14, ETHERTYPE, 0x0800),
    FIXTURE(ipv4, 0x0800, 20, IPPROTO, 17),
    FIXTURE(ipv6, 0x86dd, 40, IPPROTO, 17),
    FIXTURE(udp, 17, 8, PORT, 53),
    FIXTURE(tcp, 6, 20, PORT, 49152),
    FIXTURE(arp, 0x0806, 8, NOTHING, 0),
    FIXTURE(llc, 0, 8, ETHERTYPE, 0x86dd),
    FIXTURE(lldp, 0x88cc, 19, NOTHING, 0),
    FIXTURE(vlan, 0x8100, 4, ETHERTYPE, 0x0806),
    FIXTURE(cmd, 0x8909, 8, ETHERTYPE, 0x0800),
    FIXTURE(mpls, 0x8847, 4, LINKTYPE, 1),
    FIXTURE(sll, 113, 16, ETHERTYPE, 0x0800),
    FIXTURE(sll2, 276, 20, ETHERTYPE, 0x86dd),
    FIXTURE(null, 0, 4, ETHERTYPE, 0x86dd),
    FIXTURE(raw, 101, 1, ETHERTYPE, 0x0800),
    FIXTURE(hdlc, 104, 4, ETHERTYPE, 0x0800),
    FIXTURE(ppp, 9, 4, PPP, 0x0057),
    FIXTURE(pppoe, 0x8864, 6, PPP, 0x0021),
    FIXTURE(nflog, 239, 4, ETHERTYPE, 0x0800),
    FIXTURE(ppi, 192, 12, LINKTYPE, 105),
    FIXTURE(radiotap, 127, 24, LINKTYPE, 105),
    FIXTURE(prism, 163, 16, LINKTYPE, 105),
    FIXTURE(wlan, 105, 26, LLC, 0),
    FIXTURE(ipnet, 226, 24, ETHERTYPE, 0x0800),
    FIXTURE(gre, 47, 4, ETHERTYPE, 0x6558),
    FIXTURE(erspan, 0x88be, 8, LINKTYPE, 1),
    FIXTURE(vxlan, 4789, 22, LINKTYPE, 1),
    FIXTURE(geneve, 6081, 12, ETHERTYPE, 0x6558),
    FIXTURE(gtp, 2152, 17, ETHERTYPE, 0x0800),
    FIXTURE(l2tp, 1701, 12, PPP, 0x0021),
    FIXTURE(teredo, 3544, 61, ETHERTYPE, 0x86dd),
    FIXTURE(nsh, 0x894f, 8, ETHERTYPE, 0x0800),
    FIXTURE(mplsudp, 6635, 5, ETHERTYPE, 0x8847),
    FIXTURE(icmp4, 1, 4, NOTHING, 0),
    FIXTURE(icmp6, 58, 4, NOTHING, 0),
    FIXTURE(igmp, 2, 8, NOTHING, 0),
    FIXTURE(sctp, 132, 12, NOTHING, 0),
    FIXTURE(ah, 51, 12, IPPROTO, 6),
    FIXTURE(protocol, 112, 2, NOTHING, 0),
    FIXTURE(ip6ext, 0, 8, IPPROTO, 6),
    FIXTURE(ip6frag, 44, 8, IPPROTO, 17),
};

enum { FIXTURE_COUNT = sizeof fixtures / sizeof fixtures[0], FIXTURE_LAYER = 1024 };

/* What a dissector says of some bytes. */
struct outcome {
    enum chains_verdict verdict;
    struct chains_key next;
    struct chains_reader in;
};

/* Calls a dissector by one of its numbers; `layer` has FIXTURE_LAYER bytes. */
static inline struct outcome fixture_run(const struct chains_dissector *dissector,
                                         uint32_t number, struct chains_bytes bytes,
                                         void *layer)
{
    struct outcome outcome = { .next = { CHAINS_BY_NOTHING, number } };
    outcome.in = chains_reader_over(bytes);
    outcome.verdict =
        dissector->dissect(&outcome.in, dissector->layer ? layer : NULL, &outcome.next, NULL);
    return outcome;
}

/* Whether the walk keeps the layer that belongs to a verdict. */
static inline bool fixture_keeps(enum chains_verdict verdict)
{
    return verdict == CHAINS_PARSED || verdict == CHAINS_PARTIAL ||
           verdict == CHAINS_BAD_TAIL || verdict == CHAINS_LIMIT;
}

/* A layer, aligned, and filled so that a member that nobody wrote is noticed. */
union fixture_layer {
    uint64_t align;
    uint8_t bytes[FIXTURE_LAYER];
};

#endif
