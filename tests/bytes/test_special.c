/* SPDX-License-Identifier: MIT */
/* The table of special-purpose addresses: its order, its words, and its edges. */
#include "../../src/bytes/special.h"
#include "../check.h"

static const struct special *of(const char *text)
{
    struct chains_addr addr;
    check(chains_addr_parse(text, &addr));
    return special_of(&addr);
}

static const char *word(const char *text)
{
    const struct special *special = of(text);
    return special ? special->word : "public";
}

static const char *label(const char *text)
{
    const struct special *special = of(text);
    return special ? special->label : "public";
}

static unsigned class_of(const char *text)
{
    const struct special *special = of(text);
    return special ? special->class : 0;
}

static bool inside(const struct chains_prefix *inner, const struct chains_prefix *outer)
{
    return inner->bits > outer->bits && chains_prefix_holds(outer, &inner->addr);
}

/* Every row's first address finds that row or one inside it, for whatever the order is. */
static void test_rows(void)
{
    struct special_row row, before;
    for (size_t i = 0; special_row(i, &row); i++) {
        bool host_bits_clear = true;
        for (unsigned bit = row.prefix.bits; bit < 128; bit++)
            host_bits_clear &= !(row.prefix.addr.octets[bit / 8] >> (7 - bit % 8) & 1);
        check(host_bits_clear);
        if (i && special_row(i - 1, &before) &&
            before.prefix.addr.family == row.prefix.addr.family) {
            int order = memcmp(before.prefix.addr.octets, row.prefix.addr.octets, 16);
            check(order < 0 || (order == 0 && before.prefix.bits < row.prefix.bits));
        }
        check_eq_u64(row.what.ask, row.what.class == 0);
    }
}

static const struct special_row *slow_find(const struct chains_addr *addr)
{
    static struct special_row best;
    struct special_row row;
    bool found = false;
    for (size_t i = 0; special_row(i, &row); i++) {
        if (!chains_prefix_holds(&row.prefix, addr))
            continue;
        if (!found || inside(&row.prefix, &best.prefix))
            best = row;
        found = true;
    }
    return found ? &best : NULL;
}

/* The first and last address of every block, and the ones beside it, against a plain search. */
static void test_edges(void)
{
    struct special_row row;
    unsigned wrong = 0, tried = 0;
    for (size_t i = 0; special_row(i, &row); i++) {
        for (int edge = 0; edge < 4; edge++) {
            struct chains_addr addr = row.prefix.addr;
            int size = addr.family == 4 ? 4 : 16;
            if (edge & 1)
                for (int bit = row.prefix.bits; bit < size * 8; bit++)
                    addr.octets[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
            int step = edge == 2 ? -1 : edge == 3 ? 1 : 0; /* one before, one behind */
            for (int at = size - 1; step && at >= 0; at--) {
                addr.octets[at] = (uint8_t)(addr.octets[at] + step);
                if (addr.octets[at] != (step < 0 ? 0xff : 0))
                    break;
            }
            const struct special_row *slow = slow_find(&addr);
            const struct special *fast = special_of(&addr);
            if (addr.family == 6 && (addr.octets[0] == 0xff || addr.octets[0] == 0))
                continue; /* scopes and carried addresses are tested by name */
            tried++;
            wrong += slow ? !fast || strcmp(fast->word, slow->what.word) != 0 : fast != NULL;
        }
    }
    check_eq_u64(wrong, 0);
    check(tried > 200);
}

static void test_every_ip4_block(void)
{
    unsigned wrong = 0;
    for (unsigned i = 0; i < 65536; i++) { /* 2 x /16 in steps that reach each first octet */
        struct chains_addr addr = {
            { (uint8_t)(i >> 8), (uint8_t)i, (uint8_t)(i * 7), (uint8_t)(i * 13) }, 4
        };
        const struct special_row *slow = slow_find(&addr);
        const struct special *fast = special_of(&addr);
        wrong += slow ? !fast || strcmp(fast->word, slow->what.word) != 0 : fast != NULL;
    }
    check_eq_u64(wrong, 0);
}

static void test_ip4_words(void)
{
    check_eq_text(word("8.8.8.8"), "public");
    check_eq_text(word("12.226.156.82"), "public");
    check_eq_text(word("192.1.2.3"), "public");
    check_eq_text(word("0.0.0.0"), "unspecified");
    check_eq_text(word("0.1.2.3"), "this_network");
    check_eq_text(label("192.168.1.9"), "LOCAL");
    check_eq_text(label("172.31.255.255"), "LOCAL");
    check_eq_text(word("172.32.0.0"), "public");
    check_eq_text(label("169.254.1.1"), "LOCAL");
    check_eq_text(label("169.254.169.254"), "cloud_metadata");
    check_eq_text(label("100.64.0.1"), "cgnat");
    check_eq_u64(class_of("100.64.0.1"), SPECIAL_OTHER);
    check_eq_text(label("127.0.0.1"), "loopback");
    check_eq_u64(class_of("127.0.0.1"), SPECIAL_LOCAL | SPECIAL_OTHER);
    check_eq_text(label("224.0.0.251"), "multicast_dns");
    check_eq_u64(class_of("224.0.0.251"), SPECIAL_MULTICAST);
    check_eq_text(word("224.0.0.200"), "multicast");
    check_eq_text(word("224.0.1.131"), "ptp");
    check_eq_text(word("239.255.255.250"), "ssdp");
    check_eq_text(word("239.1.2.3"), "multicast_admin");
    check_eq_text(word("255.255.255.255"), "broadcast");
    check_eq_u64(class_of("255.255.255.255"), SPECIAL_BROADCAST);
    check_eq_text(word("255.255.255.254"), "reserved");
    check_eq_text(word("192.0.2.77"), "documentation");
    check_eq_text(word("192.0.0.171"), "nat64_discovery");
    check_eq_text(word("192.88.99.1"), "6to4_relay");
    check(of("192.88.99.1")->ask);
}

static void test_ip6_words(void)
{
    check_eq_text(word("2001:4860:4860::8888"), "public");
    check_eq_text(word("2600::1"), "public");
    check_eq_text(word("::"), "unspecified");
    check_eq_text(label("::1"), "loopback");
    check_eq_text(word("::1.2.3.4"), "v4compat");
    check_eq_text(label("fe80::6e40:8ff:fe89:fc08"), "LOCAL");
    check_eq_text(label("fd00::1"), "LOCAL");
    check_eq_text(word("fd::1"), "public"); /* 00fd::1 is not fd00::1 */
    check_eq_text(label("ff02::fb"), "multicast_dns");
    check_eq_text(word("ff05::fb"), "multicast_dns");
    check_eq_text(word("ff0e::101"), "ntp");
    check_eq_text(word("ff02::1:ff89:fc08"), "solicited_node");
    check_eq_text(word("ff02::1:2"), "dhcpv6_agents");
    check_eq_text(word("ff02::abcd"), "multicast_link");
    check_eq_text(word("ff05::abcd"), "multicast_site");
    check_eq_text(word("ff1e::fb"), "multicast_global"); /* not a permanent group */
    check_eq_text(word("ff15::efc0:988f"), "bittorrent_lsd");
    check_eq_text(word("2001:db8::1"), "documentation");
    check_eq_text(word("2001:0:1::"), "teredo");
    check_eq_text(word("2001:1::1"), "pcp_anycast");
    check_eq_text(word("2001:100::"), "ietf_protocol");
    check_eq_text(word("2001:200::"), "public");
    check_eq_text(word("3fff:fff::"), "documentation");
    check_eq_text(word("3fff:1000::"), "public");
}

static void test_carried(void)
{
    struct chains_addr addr, room;
    check_eq_text(label("::ffff:192.168.1.1"), "LOCAL");
    check_eq_text(label("::ffff:127.0.0.1"), "loopback");
    check_eq_text(word("::ffff:8.8.8.8"), "public");
    check_eq_text(word("64:ff9b::8.8.8.8"), "public");
    check_eq_text(label("64:ff9b::10.0.0.1"), "LOCAL");
    check_eq_text(word("64:ff9b:1::1"), "nat64_local");
    check_eq_text(label("2002:c0a8:101::1"), "LOCAL");
    check_eq_text(word("2002:808:808::1"), "6to4");
    check_eq_text(word("2002:7f00:1::1"), "6to4");
    check(!of("2002:808:808::1")->ask);

    chains_addr_parse("64:ff9b::8.8.4.4", &addr);
    const struct chains_addr *target = special_target(&addr, &room);
    check_eq_u64(target->family, 4);
    check_eq_bytes(target->octets, 4, "\10\10\4\4", 4);
    chains_addr_parse("2001:4860:4860::8888", &addr);
    check(special_target(&addr, &room) == &addr);
    chains_addr_parse("::1", &addr);
    check(special_target(&addr, &room) == &addr);
    addr.family = 0;
    check(special_of(&addr) == NULL);
}

int main(void)
{
    test_rows();
    test_edges();
    test_every_ip4_block();
    test_ip4_words();
    test_ip6_words();
    test_carried();
    return check_done();
}
