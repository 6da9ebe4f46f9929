/* SPDX-License-Identifier: MIT */
/* The OPT record: its fixed part, its options, and what goes wrong in them. */
#include "../check.h"
#include "dns_wire.h"

/* A response with one OPT record of this data. */
static struct chains_dns read_options(const char *ttl, const char *hex,
                                      enum chains_verdict *verdict)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x8180, 0, 0, 0, 1);
    wire_hex(&wire, "00 0029 1000");
    wire_hex(&wire, ttl);
    size_t at = wire.len;
    wire_u16(&wire, 0);
    wire_hex(&wire, hex);
    wire.bytes[at] = (uint8_t)((wire.len - at - 2) >> 8);
    wire.bytes[at + 1] = (uint8_t)(wire.len - at - 2);
    *verdict = wire_read(&wire, &dns);
    check_eq_u64(dns.additionals.count, 0);
    check_eq_u64(dns.has & CHAINS_DNS_HAS_EDNS, CHAINS_DNS_HAS_EDNS);
    return dns;
}

static void test_fixed(void)
{
    enum chains_verdict verdict;
    struct chains_dns dns = read_options("01 02 8000", "", &verdict);
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(dns.edns.size, 4096);
    check_eq_u64(dns.edns.version, 2);
    check_eq_u64(dns.edns.dnssec_ok, 1);
    check_eq_u64(dns.rcode, 16);
    check_eq_text(dns.rcode_name, "BADVERS");
    check_eq_u64(dns.edns.has, 0);
    dns = read_options("ff 00 0000", "", &verdict);
    check_eq_u64(dns.rcode, 0xff0);
    check_eq_text(dns.rcode_name, "RCODE4080");
    check_eq_u64(dns.edns.dnssec_ok, 0);
}

static void test_subnet(void)
{
    enum chains_verdict verdict;
    char text[CHAINS_ADDR_TEXT];
    struct chains_dns dns = read_options("00000000", "0008 0007 0001 18 10 c00002", &verdict);
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(dns.edns.has, CHAINS_DNS_HAS_CLIENT_SUBNET);
    chains_addr_text(&dns.edns.subnet, text);
    check_eq_text(text, "192.0.2.0");
    check_eq_u64(dns.edns.subnet_bits, 24);
    check_eq_u64(dns.edns.scope_bits, 16);
    dns = read_options("00000000", "0008 000b 0002 38 00 20010db8112233", &verdict);
    chains_addr_text(&dns.edns.subnet, text);
    check_eq_text(text, "2001:db8:1122:3300::");
    dns = read_options("00000000", "0008 0004 0000 00 00", &verdict);
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(dns.edns.has, 0);
}

static void test_others(void)
{
    enum chains_verdict verdict;
    struct chains_dns dns =
        read_options("00000000",
                     "000a 0008 0102030405060708 000f 0007 0003 7374616c65"
                     "0003 0003 6e7331 000c 0002 0000 000b 0002 0001 000f 0002 0016",
                     &verdict);
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(dns.edns.has, CHAINS_DNS_HAS_COOKIE | CHAINS_DNS_HAS_ERROR |
                                   CHAINS_DNS_HAS_ERROR_TEXT | CHAINS_DNS_HAS_NSID);
    check_eq_bytes(dns.edns.cookie.at, dns.edns.cookie.len, "\1\2\3\4\5\6\7\10", 8);
    check_eq_u64(dns.edns.error, 3); /* the first */
    check_eq_text(dns.edns.error_name, "Stale Answer");
    check_eq_bytes(dns.edns.error_text.at, dns.edns.error_text.len, "stale", 5);
    check_eq_bytes(dns.edns.nsid.at, dns.edns.nsid.len, "ns1", 3);
    static const uint16_t codes[] = { 10, 15, 3, 12, 11, 15 };
    check_eq_u64(dns.edns.option_count, 6);
    check_eq_bytes(dns.edns.options, sizeof codes, codes, sizeof codes);
    dns = read_options("00000000", "000f 0002 ffff", &verdict);
    check_eq_u64(dns.edns.has, CHAINS_DNS_HAS_ERROR);
    check_eq_text(dns.edns.error_name, NULL);
}

static void test_wrong(void)
{
    static const char *const wrong[] = {
        "0008 0003 0001 18",               /* no room for the bits */
        "0008 0006 0001 18 00 c000",       /* fewer octets than bits */
        "0008 0008 0001 18 00 c0000201",   /* more */
        "0008 0009 0001 21 00 c000020101", /* more bits than an address has */
        "0008 0004 0001 00 21",
        "0008 0007 0003 18 00 c00002",
        "000a 0007 01020304050607",
        "000a 000f 010203040506070809101112131415",
        "000f 0001 00",
        "000c 0003 0000", /* longer than the record */
        "000c 00",
        "00",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        enum chains_verdict verdict;
        struct chains_dns dns = read_options("00000000", wrong[i], &verdict);
        check_eq_u64(verdict, CHAINS_BAD_TAIL);
        check_eq_u64(dns.faults, CHAINS_DNS_BAD_DATA);
        check_eq_u64(dns.edns.has, 0);
        check_eq_u64(dns.edns.size, 4096);
    }
}

static void test_many(void)
{
    char hex[17 * 8 + 1] = "";
    enum chains_verdict verdict;
    for (int i = 0; i < 16; i++)
        memcpy(hex + 8 * i, "000c0000", 9);
    struct chains_dns dns = read_options("00000000", hex, &verdict);
    check_eq_u64(verdict, CHAINS_PARSED);
    check_eq_u64(dns.edns.option_count, 16);
    memcpy(hex + 8 * 16, "000d0000", 9);
    dns = read_options("00000000", hex, &verdict);
    check_eq_u64(verdict, CHAINS_LIMIT);
    check_eq_u64(dns.edns.option_count, 16);
}

/* Only of the root, only among the additionals, only the first: others are records. */
static void test_places(void)
{
    static struct wire wire;
    struct chains_dns dns;
    wire_header(&wire, 0x8180, 0, 1, 0, 3);
    for (int i = 0; i < 3; i++)
        wire_hex(&wire,
                 i == 1 ? "0161 00 0029 0200 00000000 0000" : "00 0029 0200 00000000 0000");
    wire_hex(&wire, "00 0029 0400 00000000 0000");
    check_eq_u64(wire_read(&wire, &dns), CHAINS_PARSED);
    check_eq_u64(dns.answers.count, 1);
    check_eq_text(wire_record(dns.answers, 0)->type, "OPT");
    check_eq_text(wire_record(dns.answers, 0)->class_name, "CLASS512");
    check_eq_u64(dns.edns.size, 512);
    check_eq_u64(dns.additionals.count, 2);
    check_eq_text(wire_record(dns.additionals, 0)->name, "a");
    check_eq_text(wire_record(dns.additionals, 1)->class_name, "CLASS1024");
}

int main(void)
{
    test_fixed();
    test_subnet();
    test_others();
    test_wrong();
    test_many();
    test_places();
    wire_done();
    return check_done();
}
