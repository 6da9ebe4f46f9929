/* SPDX-License-Identifier: MIT */
/* Addresses to text and back; the oracle for text is inet_ntop(). */
#include <arpa/inet.h>

#include <chains/bytes.h>
#include "../check.h"

static const char *text_of(const char *text)
{
    static char out[CHAINS_ADDR_TEXT];
    struct chains_addr addr;
    if (!chains_addr_parse(text, &addr))
        return "(no address)";
    size_t len = chains_addr_text(&addr, out);
    return strlen(out) == len ? out : "(wrong length)";
}

static void test_text(void)
{
    check_eq_text(text_of("0.0.0.0"), "0.0.0.0");
    check_eq_text(text_of("192.168.1.9"), "192.168.1.9");
    check_eq_text(text_of("255.255.255.255"), "255.255.255.255");
    check_eq_text(text_of("0:0:0:0:0:0:0:0"), "::");
    check_eq_text(text_of("0:0:0:0:0:0:0:1"), "::1");
    check_eq_text(text_of("1:0:0:0:0:0:0:0"), "1::");
    check_eq_text(text_of("FE80::6E40:08FF:FE89:FC08"), "fe80::6e40:8ff:fe89:fc08");
    check_eq_text(text_of("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    check_eq_text(text_of("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
    check_eq_text(text_of("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");
    check_eq_text(text_of("::ffff:1.2.3.4"), "::ffff:1.2.3.4");
    check_eq_text(text_of("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
    check_eq_text(text_of("0:0:3:4:5:6:7:8"), "::3:4:5:6:7:8");
    check_eq_text(text_of("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255"),
                  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    struct chains_addr none = { .family = 0 };
    char out[CHAINS_ADDR_TEXT] = "x";
    check_eq_u64(chains_addr_text(&none, out), 0);
    check_eq_text(out, "");
}

static uint32_t random_state = 1;

static uint32_t random_u32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

/* Groups are often 0 or short, so that runs of zeros of every place and length come up. */
static void test_against_libc(void)
{
    unsigned different = 0, not_back = 0;
    for (int i = 0; i < 400000; i++) {
        struct chains_addr addr = { .family = i % 8 ? 6 : 4 }, back;
        char ours[CHAINS_ADDR_TEXT], theirs[INET6_ADDRSTRLEN];
        for (size_t octet = 0; octet < (addr.family == 6 ? 16u : 4u); octet += 2) {
            uint32_t r = random_u32();
            uint32_t group = r & 1 ? 0 : r & 2 ? r >> 16 : r & 4 ? r >> 28 : 0xffff;
            addr.octets[octet] = (uint8_t)(group >> 8);
            addr.octets[octet + 1] = (uint8_t)group;
        }
        inet_ntop(addr.family == 4 ? AF_INET : AF_INET6, addr.octets, theirs, sizeof(theirs));
        size_t len = chains_addr_text(&addr, ours);
        different += strcmp(ours, theirs) != 0 || len != strlen(theirs);
        not_back += !chains_addr_parse(ours, &back) || memcmp(&addr, &back, sizeof(addr)) != 0;
    }
    check_eq_u64(different, 0);
    check_eq_u64(not_back, 0);
}

static void test_parse(void)
{
    static const char *const wrong[] = {
        "",         " 1.2.3.4",  "1.2.3.4 ",          "1.2.3",       "1.2.3.4.5", "256.1.1.1",
        "01.2.3.4", "1.2.3.4/8", "fe80::1%eth0",      "1::2::3",     ":::",       "12345::",
        "g::",      "localhost", "1:2:3:4:5:6:7:8:9", "::1.2.3.400",
    };
    struct chains_addr addr;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        check(!chains_addr_parse(wrong[i], &addr));
        check_eq_u64(addr.family, 0);
    }
    check(!chains_addr_parse(NULL, &addr));
    check(chains_addr_parse("1.2.3.4", &addr));
    check_eq_u64(addr.family, 4);
    check_eq_bytes(addr.octets, 16, "\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

static bool inside(const char *prefix, const char *addr)
{
    struct chains_prefix p;
    struct chains_addr a;
    return check(chains_prefix_parse(prefix, &p)) && check(chains_addr_parse(addr, &a)) &&
           chains_prefix_holds(&p, &a);
}

static void test_prefix(void)
{
    check(inside("10.0.0.0/8", "10.255.255.255"));
    check(!inside("10.0.0.0/8", "11.0.0.0"));
    check(inside("172.16.0.0/12", "172.31.255.255"));
    check(!inside("172.16.0.0/12", "172.32.0.0"));
    check(inside("0.0.0.0/0", "255.1.2.3"));
    check(!inside("0.0.0.0/0", "::1"));
    check(inside("192.0.2.1", "192.0.2.1"));
    check(!inside("192.0.2.1/32", "192.0.2.0"));
    check(inside("2001:db8::/32", "2001:db8:ffff::1"));
    check(!inside("2001:db8::/33", "2001:db8:8000::1"));
    check(inside("::/0", "ffff::"));
    check(inside("fe80::1/128", "fe80::1"));
    check(inside("fe80::1", "fe80::1"));

    static const char *const wrong[] = {
        "10.0.0.1/8",   "10.0.0.0/33",
        "::/129",       "10.0.0.0/",
        "10.0.0.0/-1",  "10.0.0.0/8 ",
        "10.0.0.0/08",  "/8",
        "10/8",         "2001:db8::1/64",
        "10.0.0.0/8/8", "",
        "::/+1",        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/1",
    };
    struct chains_prefix p;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        check(!chains_prefix_parse(wrong[i], &p));
    check(!chains_prefix_parse(NULL, &p));
    struct chains_prefix all = { .addr = { .family = 4 } };
    struct chains_addr none = { .family = 0 };
    check(!chains_prefix_holds(&all, &none));
}

static void test_mac(void)
{
    char out[CHAINS_MAC_TEXT];
    const uint8_t mac[6] = { 0x6c, 0x40, 0x08, 0x89, 0xfc, 0x08 };
    check_eq_u64(chains_mac_text(mac, out), 17);
    check_eq_text(out, "6c:40:08:89:fc:08");
}

int main(void)
{
    test_text();
    test_against_libc();
    test_parse();
    test_prefix();
    test_mac();
    return check_done();
}
