/* SPDX-License-Identifier: MIT */
/* ICMP and ICMPv6: what each type means, and the packet that an error quotes. */
#include <chains/layer/icmp.h>

#include "../check.h"
#include "fixtures.h"

extern const struct chains_dissector dissect_icmp4, dissect_icmp6;

#define RUN(name, bytes_, layer)                                                               \
    fixture_run(&dissect_##name, 0, (struct chains_bytes){ bytes_, sizeof bytes_ }, layer)

static void echo_has_id_and_sequence(void)
{
    static const uint8_t echo[] = { 8, 0, 0xf7, 0xff, 0x12, 0x34, 0x00, 0x05, 0xaa };
    static const uint8_t echo6[] = { 129, 0, 0, 1, 0, 2, 0, 3 };
    struct chains_icmp icmp;
    struct outcome got = RUN(icmp4, echo, &icmp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(icmp.icmp_type, 8);
    check_eq_u64(icmp.icmp_code, 0);
    check_eq_u64(icmp.sum, 0xf7ff);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_ECHO);
    check_eq_u64(icmp.id, 0x1234);
    check_eq_u64(icmp.seq, 5);
    check_eq_u64(chains_left(&got.in), 1);
    got = RUN(icmp6, echo6, &icmp);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_ECHO);
    check_eq_u64(icmp.id, 2);
    check_eq_u64(icmp.seq, 3);
}

static void errors_quote_a_packet(void)
{
    struct chains_icmp icmp;
    struct outcome got = RUN(icmp4, bytes_icmp4, &icmp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_MTU | CHAINS_ICMP_HAS_QUOTED);
    check_eq_u64(icmp.mtu, 1400);
    check_eq_u64(icmp.quoted.has, CHAINS_QUOTED_HAS_PORTS);
    check_eq_u64(icmp.quoted.version, 4);
    check_eq_u64(icmp.quoted.protocol, 6);
    check_eq_u64(icmp.quoted.sport, 49152);
    check_eq_u64(icmp.quoted.dport, 443);
    check_eq_u64(icmp.quoted.src.octets[0], 192);
    check_eq_u64(icmp.quoted.dst.octets[3], 7);
    uint8_t fragment[sizeof bytes_icmp4];
    memcpy(fragment, bytes_icmp4, sizeof fragment);
    fragment[15] = 0x10; /* a later fragment has no ports */
    got = RUN(icmp4, fragment, &icmp);
    check_eq_u64(icmp.quoted.has, 0);
    fragment[8] = 0x65;
    got = RUN(icmp4, fragment, &icmp);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_MTU);
}

static void redirect_names_a_gateway(void)
{
    static const uint8_t bytes[] = { 5, 1, 0, 0, 192, 0, 2, 254 };
    struct chains_icmp icmp;
    RUN(icmp4, bytes, &icmp);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_GATEWAY);
    check_eq_u64(icmp.gateway.family, 4);
    check_eq_u64(icmp.gateway.octets[3], 254);
}

static void too_big_quotes_ipv6(void)
{
    static const uint8_t bytes[] = {
        2,    0,    0,    0,    0,    0,    0x05, 0x00, /* MTU 1280 */
        0x60, 0,    0,    0,    0x05, 0x00, 0x3c, 0x40, /* destination options */
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0,
        0,    1,    0x20, 0x01, 0x0d, 0xb8, 0,    0,    0, 0, 0, 0, 0, 0,
        0,    0,    0,    2,    0x11, 0x00, 0x01, 0x04, 0, 0, 0, 0, /* then UDP */
        0x00, 0x35, 0x30, 0x39, 0x00, 0x08, 0x00, 0x00,
    };
    struct chains_icmp icmp;
    RUN(icmp6, bytes, &icmp);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_MTU | CHAINS_ICMP_HAS_QUOTED);
    check_eq_u64(icmp.mtu, 1280);
    check_eq_u64(icmp.quoted.version, 6);
    check_eq_u64(icmp.quoted.protocol, 17);
    check_eq_u64(icmp.quoted.sport, 53);
    check_eq_u64(icmp.quoted.dport, 12345);
    check_eq_u64(icmp.quoted.dst.octets[15], 2);
}

static void router_advertisement(void)
{
    struct chains_icmp icmp;
    struct outcome got = RUN(icmp6, bytes_icmp6, &icmp);
    static const uint8_t mac[] = { 2, 0, 0, 0, 0, 1 };
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_LIFETIME | CHAINS_ICMP_HAS_MAC |
                               CHAINS_ICMP_HAS_MTU | CHAINS_ICMP_HAS_PREFIX);
    check_eq_u64(icmp.lifetime, 1800);
    check_eq_bytes(icmp.mac, 6, mac, 6);
    check_eq_u64(icmp.mtu, 1500);
    check_eq_u64(icmp.prefix_len, 64);
    check_eq_u64(icmp.prefix.octets[7], 2);
    check_eq_u64(icmp.prefix.family, 6);
}

static void neighbour_discovery(void)
{
    static const uint8_t bytes[] = {
        136,  0,    0, 0, 0x60, 0, 0, 0, /* advertisement */
        0xfe, 0x80, 0, 0, 0,    0, 0, 0, 0, 0, 0, 0,
        0,    0,    0, 9, 2,    1, 2, 0, 0, 0, 0, 9, /* target's MAC address */
    };
    uint8_t endless[sizeof bytes];
    struct chains_icmp icmp;
    struct outcome got = RUN(icmp6, bytes, &icmp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_TARGET | CHAINS_ICMP_HAS_MAC);
    check_eq_u64(icmp.target.octets[15], 9);
    check_eq_u64(icmp.mac[5], 9);
    memcpy(endless, bytes, sizeof endless);
    endless[25] = 0; /* an option of no length */
    got = RUN(icmp6, endless, &icmp);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
    check_eq_u64(icmp.has, CHAINS_ICMP_HAS_TARGET);
    endless[0] = 133; /* solicitation: options follow at once, and these are not whole */
    got = RUN(icmp6, endless, &icmp);
    check_eq_u64(got.verdict, CHAINS_PARTIAL);
}

int main(void)
{
    echo_has_id_and_sequence();
    errors_quote_a_packet();
    redirect_names_a_gateway();
    too_big_quotes_ipv6();
    router_advertisement();
    neighbour_discovery();
    return check_done();
}
