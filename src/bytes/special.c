/* SPDX-License-Identifier: MIT */
/*
 * What an address means by itself. In: an address. Out: the block of the table that holds it,
 * the longest prefix first. Rows are sorted by first address and then by length; blocks lie
 * inside each other or apart, so the last row that begins at or before an address, or one of
 * the rows around it, is the answer. Ordinary public addresses leave after a few compares.
 */
#include "special.h"

#include <string.h>

enum carries {
    CARRIES_NOTHING,
    CARRIES_AT_END, /* an IPv4 address in the last four octets stands for the whole */
    CARRIES_6TO4,   /* one in octets 2 to 5, which matters when it is of the home network */
};

struct row {
    uint64_t high, low; /* first address; IPv4 in the upper half of high */
    uint8_t bits;
    bool nested; /* lies inside a block above it in the table */
    uint8_t carries;
    struct special what;
};

#define IP4(a, b, c, d, bits, nested, what)                                                    \
    {                                                                                          \
        (uint64_t)(a) << 56 | (uint64_t)(b) << 48 | (uint64_t)(c) << 40 | (uint64_t)(d) << 32, \
            0, bits, nested, CARRIES_NOTHING, what                                             \
    }
#define IP6(high, low, bits, nested, what)                                                     \
    {                                                                                          \
        UINT64_C(high), UINT64_C(low), bits, nested, CARRIES_NOTHING, what                     \
    }
#define IP6_WITH(carries, high, low, bits, what)                                               \
    {                                                                                          \
        UINT64_C(high), UINT64_C(low), bits, 0, carries, what                                  \
    }
#define KIND(word, label, class, ask)                                                          \
    {                                                                                          \
        word, label, class, ask                                                                \
    }
#define HOME(word)  KIND(word, "LOCAL", SPECIAL_LOCAL, false)
#define NEAR(word)  KIND(word, word, SPECIAL_LOCAL | SPECIAL_OTHER, false)
#define NEVER(word) KIND(word, word, SPECIAL_OTHER, false)
#define GROUP(word) KIND(word, word, SPECIAL_MULTICAST, false)
#define EVERY(word) KIND(word, word, SPECIAL_BROADCAST, false)
#define OPEN(word)  KIND(word, word, 0, true) /* special-purpose, but with names of its own */

static const struct row ip4_rows[] = {
    IP4(0, 0, 0, 0, 8, 0, NEVER("this_network")),
    IP4(0, 0, 0, 0, 32, 1, NEVER("unspecified")),
    IP4(10, 0, 0, 0, 8, 0, HOME("internal")),
    IP4(100, 64, 0, 0, 10, 0, NEVER("cgnat")),
    IP4(127, 0, 0, 0, 8, 0, NEAR("loopback")),
    IP4(169, 254, 0, 0, 16, 0, HOME("link_local")),
    IP4(169, 254, 169, 254, 32, 1, NEAR("cloud_metadata")),
    IP4(172, 16, 0, 0, 12, 0, HOME("internal")),
    IP4(192, 0, 0, 0, 24, 0, NEVER("ietf_protocol")),
    IP4(192, 0, 0, 0, 29, 1, NEVER("ds_lite")),
    IP4(192, 0, 0, 8, 32, 1, NEVER("dummy")),
    IP4(192, 0, 0, 9, 32, 1, NEVER("pcp_anycast")),
    IP4(192, 0, 0, 10, 32, 1, NEVER("turn_anycast")),
    IP4(192, 0, 0, 170, 31, 1, NEVER("nat64_discovery")),
    IP4(192, 0, 2, 0, 24, 0, NEVER("documentation")),
    IP4(192, 31, 196, 0, 24, 0, OPEN("as112")),
    IP4(192, 52, 193, 0, 24, 0, OPEN("amt")),
    IP4(192, 88, 99, 0, 24, 0, OPEN("6to4_relay")),
    IP4(192, 88, 99, 2, 32, 1, OPEN("6a44_relay")),
    IP4(192, 168, 0, 0, 16, 0, HOME("internal")),
    IP4(192, 175, 48, 0, 24, 0, OPEN("as112_direct")),
    IP4(198, 18, 0, 0, 15, 0, NEVER("benchmark")),
    IP4(198, 51, 100, 0, 24, 0, NEVER("documentation")),
    IP4(203, 0, 113, 0, 24, 0, NEVER("documentation")),
    IP4(224, 0, 0, 0, 4, 0, GROUP("multicast")),
    IP4(224, 0, 0, 1, 32, 1, GROUP("all_hosts")),
    IP4(224, 0, 0, 2, 32, 1, GROUP("all_routers")),
    IP4(224, 0, 0, 4, 32, 1, GROUP("dvmrp")),
    IP4(224, 0, 0, 5, 32, 1, GROUP("ospf_all")),
    IP4(224, 0, 0, 6, 32, 1, GROUP("ospf_dr")),
    IP4(224, 0, 0, 9, 32, 1, GROUP("ripv2")),
    IP4(224, 0, 0, 10, 32, 1, GROUP("eigrp")),
    IP4(224, 0, 0, 12, 32, 1, GROUP("dhcp_relay")),
    IP4(224, 0, 0, 13, 32, 1, GROUP("pim")),
    IP4(224, 0, 0, 14, 32, 1, GROUP("rsvp")),
    IP4(224, 0, 0, 18, 32, 1, GROUP("vrrp")),
    IP4(224, 0, 0, 22, 32, 1, GROUP("igmp")),
    IP4(224, 0, 0, 102, 32, 1, GROUP("hsrp")),
    IP4(224, 0, 0, 107, 32, 1, GROUP("ptp_pdelay")),
    IP4(224, 0, 0, 251, 32, 1, GROUP("multicast_dns")),
    IP4(224, 0, 0, 252, 32, 1, GROUP("llmnr")),
    IP4(224, 0, 1, 1, 32, 1, GROUP("ntp")),
    IP4(224, 0, 1, 24, 32, 1, GROUP("wins")),
    IP4(224, 0, 1, 39, 32, 1, GROUP("cisco_rp")),
    IP4(224, 0, 1, 40, 32, 1, GROUP("cisco_rp")),
    IP4(224, 0, 1, 41, 32, 1, GROUP("h323_gk")),
    IP4(224, 0, 1, 60, 32, 1, GROUP("hp_discovery")),
    IP4(224, 0, 1, 75, 32, 1, GROUP("sip")),
    IP4(224, 0, 1, 129, 32, 1, GROUP("ptp")),
    IP4(224, 0, 1, 130, 31, 1, GROUP("ptp")),
    IP4(224, 0, 1, 132, 32, 1, GROUP("ptp")),
    IP4(224, 0, 1, 187, 32, 1, GROUP("coap")),
    IP4(224, 2, 127, 254, 32, 1, GROUP("sap")),
    IP4(232, 0, 0, 0, 8, 1, GROUP("ssm")),
    IP4(233, 0, 0, 0, 8, 1, GROUP("glop")),
    IP4(239, 0, 0, 0, 8, 1, GROUP("multicast_admin")),
    IP4(239, 192, 152, 143, 32, 1, GROUP("bittorrent_lsd")),
    IP4(239, 255, 255, 250, 32, 1, GROUP("ssdp")),
    IP4(239, 255, 255, 253, 32, 1, GROUP("slp")),
    IP4(240, 0, 0, 0, 4, 0, NEVER("reserved")),
    IP4(255, 255, 255, 255, 32, 1, EVERY("broadcast")),
};

/* Groups that exist in every scope stand here in scope 0: ff00::101 for ff02::101. */
static const struct row ip6_rows[] = {
    IP6(0x0, 0x0, 96, 0, NEVER("v4compat")),
    IP6(0x0, 0x0, 128, 1, NEVER("unspecified")),
    IP6(0x0, 0x1, 128, 1, NEAR("loopback")),
    IP6_WITH(CARRIES_AT_END, 0x0, 0x0000ffff00000000, 96, OPEN("v4mapped")),
    IP6_WITH(CARRIES_AT_END, 0x0064ff9b00000000, 0x0, 96, OPEN("nat64")),
    IP6(0x0064ff9b00010000, 0x0, 48, 0, NEVER("nat64_local")),
    IP6(0x0100000000000000, 0x0, 64, 0, NEVER("discard")),
    IP6(0x0100000000000001, 0x0, 64, 0, NEVER("dummy")),
    IP6(0x2001000000000000, 0x0, 23, 0, NEVER("ietf_protocol")),
    IP6(0x2001000000000000, 0x0, 32, 1, NEVER("teredo")),
    IP6(0x2001000100000000, 0x1, 128, 1, NEVER("pcp_anycast")),
    IP6(0x2001000100000000, 0x2, 128, 1, NEVER("turn_anycast")),
    IP6(0x2001000100000000, 0x3, 128, 1, NEVER("srp_anycast")),
    IP6(0x2001000200000000, 0x0, 48, 1, NEVER("benchmark")),
    IP6(0x2001000300000000, 0x0, 32, 1, OPEN("amt")),
    IP6(0x2001000401120000, 0x0, 48, 1, OPEN("as112")),
    IP6(0x2001001000000000, 0x0, 28, 1, NEVER("orchid")),
    IP6(0x2001002000000000, 0x0, 28, 1, NEVER("orchidv2")),
    IP6(0x2001003000000000, 0x0, 28, 1, NEVER("drone_id")),
    IP6(0x20010db800000000, 0x0, 32, 0, NEVER("documentation")),
    IP6_WITH(CARRIES_6TO4, 0x2002000000000000, 0x0, 16, NEVER("6to4")),
    IP6(0x2620004f80000000, 0x0, 48, 0, OPEN("as112_direct")),
    IP6(0x3fff000000000000, 0x0, 20, 0, NEVER("documentation")),
    IP6(0x5f00000000000000, 0x0, 16, 0, NEVER("srv6_sid")),
    IP6(0xfc00000000000000, 0x0, 7, 0, HOME("ula")),
    IP6(0xfe80000000000000, 0x0, 10, 0, HOME("link_local")),
    IP6(0xfec0000000000000, 0x0, 10, 0, NEVER("site_local")),
    IP6(0xff00000000000000, 0x0, 8, 0, GROUP("multicast")),
    IP6(0xff00000000000000, 0xc, 128, 1, GROUP("ssdp")),
    IP6(0xff00000000000000, 0xfb, 128, 1, GROUP("multicast_dns")),
    IP6(0xff00000000000000, 0xfd, 128, 1, GROUP("coap")),
    IP6(0xff00000000000000, 0x101, 128, 1, GROUP("ntp")),
    IP6(0xff00000000000000, 0x181, 128, 1, GROUP("ptp")),
    IP6(0xff01000000000000, 0x1, 128, 1, GROUP("all_nodes")),
    IP6(0xff01000000000000, 0x2, 128, 1, GROUP("all_routers")),
    IP6(0xff02000000000000, 0x1, 128, 1, GROUP("all_nodes")),
    IP6(0xff02000000000000, 0x2, 128, 1, GROUP("all_routers")),
    IP6(0xff02000000000000, 0x4, 128, 1, GROUP("dvmrp")),
    IP6(0xff02000000000000, 0x5, 128, 1, GROUP("ospf_all")),
    IP6(0xff02000000000000, 0x6, 128, 1, GROUP("ospf_dr")),
    IP6(0xff02000000000000, 0x9, 128, 1, GROUP("ripng")),
    IP6(0xff02000000000000, 0xa, 128, 1, GROUP("eigrp")),
    IP6(0xff02000000000000, 0xb, 128, 1, GROUP("mobile_agents")),
    IP6(0xff02000000000000, 0xd, 128, 1, GROUP("pim")),
    IP6(0xff02000000000000, 0x12, 128, 1, GROUP("vrrp")),
    IP6(0xff02000000000000, 0x16, 128, 1, GROUP("mldv2")),
    IP6(0xff02000000000000, 0x1a, 128, 1, GROUP("rpl")),
    IP6(0xff02000000000000, 0x6a, 128, 1, GROUP("all_snoopers")),
    IP6(0xff02000000000000, 0x6b, 128, 1, GROUP("ptp_pdelay")),
    IP6(0xff02000000000000, 0x10001, 128, 1, GROUP("link_name")),
    IP6(0xff02000000000000, 0x10002, 128, 1, GROUP("dhcpv6_agents")),
    IP6(0xff02000000000000, 0x10003, 128, 1, GROUP("llmnr")),
    IP6(0xff02000000000000, 0x1ff000000, 104, 1, GROUP("solicited_node")),
    IP6(0xff02000000000000, 0x2ff000000, 104, 1, GROUP("node_info")),
    IP6(0xff05000000000000, 0x2, 128, 1, GROUP("all_routers")),
    IP6(0xff05000000000000, 0x10003, 128, 1, GROUP("dhcpv6_servers")),
    IP6(0xff15000000000000, 0xefc0988f, 128, 1, GROUP("bittorrent_lsd")),
};

static const struct special scopes[16] = {
    [0] = GROUP("multicast"),         [1] = GROUP("multicast_interface"),
    [2] = GROUP("multicast_link"),    [3] = GROUP("multicast_realm"),
    [4] = GROUP("multicast_admin"),   [5] = GROUP("multicast_site"),
    [6] = GROUP("multicast"),         [7] = GROUP("multicast"),
    [8] = GROUP("multicast_org"),     [9] = GROUP("multicast"),
    [10] = GROUP("multicast"),        [11] = GROUP("multicast"),
    [12] = GROUP("multicast"),        [13] = GROUP("multicast"),
    [14] = GROUP("multicast_global"), [15] = GROUP("multicast"),
};

enum {
    IP4_ROWS = sizeof ip4_rows / sizeof ip4_rows[0],
    IP6_ROWS = sizeof ip6_rows / sizeof ip6_rows[0],
};

/* Whether any block begins with this octet: one bit each. */
static const uint64_t ip4_first[4] = {
    UINT64_C(1) << 0 | UINT64_C(1) << 10,
    UINT64_C(1) << (100 - 64) | UINT64_C(1) << (127 - 64),
    UINT64_C(1) << (169 - 128) | UINT64_C(1) << (172 - 128),
    UINT64_C(1) << (192 - 192) | UINT64_C(1) << (198 - 192) | UINT64_C(1) << (203 - 192) |
        UINT64_C(0xffffffff) << (224 - 192),
};

static uint64_t mask_of(unsigned bits)
{
    return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

static bool holds(const struct row *row, uint64_t high, uint64_t low)
{
    unsigned low_bits = row->bits > 64 ? row->bits - 64u : 0;
    return ((high ^ row->high) & mask_of(row->bits)) == 0 &&
           ((low ^ row->low) & mask_of(low_bits)) == 0;
}

static const struct row *find(const struct row *rows, size_t count, uint64_t high, uint64_t low)
{
    size_t from = 0, to = count; /* rows before `from` begin at or before the address */
    while (from < to) {
        size_t middle = (from + to) / 2;
        const struct row *row = &rows[middle];
        if (row->high < high || (row->high == high && row->low <= low))
            from = middle + 1;
        else
            to = middle;
    }
    for (; from > 0; from--) {
        const struct row *row = &rows[from - 1];
        if (holds(row, high, low))
            return row;
        if (!row->nested)
            break;
    }
    return NULL;
}

/* The private ranges, where most addresses at home are: no search for them. */
static bool ip4_is_private(const uint8_t octets[4])
{
    return (octets[0] == 192 && octets[1] == 168) || octets[0] == 10 ||
           (octets[0] == 172 && octets[1] >> 4 == 1);
}

static const struct special *ip4_of(const uint8_t octets[4])
{
    static const struct special private_range = HOME("internal");
    if (ip4_is_private(octets))
        return &private_range;
    if (!(ip4_first[octets[0] >> 6] >> (octets[0] & 63) & 1))
        return NULL;
    const struct row *row =
        find(ip4_rows, IP4_ROWS, (uint64_t)chains_load_be32(octets) << 32, 0);
    return row ? &row->what : NULL;
}

static const struct special *group_of(const struct row *row, uint64_t high, uint64_t low)
{
    if (row->bits > 8)
        return &row->what;
    unsigned scope = (unsigned)(high >> 48 & 15);
    if (high >> 52 == 0xff0) { /* a permanent group: the same in every scope */
        row = find(ip6_rows, IP6_ROWS, high & ~(UINT64_C(15) << 48), low);
        if (row && row->bits > 8)
            return &row->what;
    }
    return &scopes[scope];
}

static const struct special *ip6_of(const struct chains_addr *addr)
{
    uint64_t high = chains_load_be64(addr->octets), low = chains_load_be64(addr->octets + 8);
    unsigned top = (unsigned)(high >> 48);
    if (top >> 13 == 1 && top != 0x2001 && top != 0x2002 && top != 0x2620 && top != 0x3fff)
        return NULL;
    const struct row *row = find(ip6_rows, IP6_ROWS, high, low);
    if (!row)
        return NULL;
    if (row->carries == CARRIES_AT_END)
        return ip4_of(addr->octets + 12);
    if (row->carries == CARRIES_6TO4) {
        const struct special *inner = ip4_of(addr->octets + 2);
        return inner && inner->class == SPECIAL_LOCAL ? inner : &row->what;
    }
    return row->what.class & SPECIAL_MULTICAST ? group_of(row, high, low) : &row->what;
}

const struct special *special_of(const struct chains_addr *addr)
{
    if (addr->family == 4)
        return ip4_of(addr->octets);
    return addr->family == 6 ? ip6_of(addr) : NULL;
}

const struct chains_addr *special_target(const struct chains_addr *addr,
                                         struct chains_addr *room)
{
    if (addr->family != 6 || addr->octets[0] != 0)
        return addr; /* both blocks begin with a zero octet */
    const struct row *row = find(ip6_rows, IP6_ROWS, chains_load_be64(addr->octets),
                                 chains_load_be64(addr->octets + 8));
    if (!row || row->carries != CARRIES_AT_END)
        return addr;
    *room = (struct chains_addr){ .family = 4 };
    memcpy(room->octets, addr->octets + 12, 4);
    return room;
}

const char *special_word(size_t i)
{
    if (i < IP4_ROWS)
        return ip4_rows[i].what.word;
    return i < IP4_ROWS + IP6_ROWS ? ip6_rows[i - IP4_ROWS].what.word : NULL;
}

bool special_row(size_t i, struct special_row *row)
{
    if (i >= IP4_ROWS + IP6_ROWS)
        return false;
    const struct row *from = i < IP4_ROWS ? &ip4_rows[i] : &ip6_rows[i - IP4_ROWS];
    *row = (struct special_row){ .what = from->what };
    row->prefix.bits = from->bits;
    row->prefix.addr.family = i < IP4_ROWS ? 4 : 6;
    for (unsigned octet = 0; octet < 8; octet++) {
        row->prefix.addr.octets[octet] = (uint8_t)(from->high >> (56 - 8 * octet));
        row->prefix.addr.octets[8 + octet] = (uint8_t)(from->low >> (56 - 8 * octet));
    }
    return true;
}
