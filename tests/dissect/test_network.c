/* SPDX-License-Identifier: MIT */
/* Ethernet, IPv4, IPv6, ARP, UDP and TCP, read member by member. */
#include <chains/layer/arp.h>
#include <chains/layer/eth.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include "../check.h"
#include "fixtures.h"

extern const struct chains_dissector dissect_ether, dissect_ipv4, dissect_ipv6, dissect_arp,
    dissect_udp, dissect_tcp, dissect_llc, dissect_vlan, dissect_cmd;

#define RUN(name, bytes_, layer)                                                               \
    fixture_run(&dissect_##name, 0, (struct chains_bytes){ bytes_, sizeof bytes_ }, layer)

static void ether_reads_tags(void)
{
    struct chains_eth eth;
    struct outcome got = RUN(ether, bytes_ether, &eth);
    static const uint8_t src[] = { 2, 0, 0, 0, 0, 1 }, dst[] = { 2, 0, 0, 0, 0, 2 };
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_ETHERTYPE);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_bytes(eth.src, 6, src, 6);
    check_eq_bytes(eth.dst, 6, dst, 6);
    check_eq_u64(eth.has, CHAINS_ETH_HAS_TYPE);
    check_eq_u64(eth.type, 0x0800);
    check_eq_u64(eth.vlan_count, 2);
    check_eq_u64(eth.vlan[0], 7);
    check_eq_u64(eth.vlan[1], 100);
    check_eq_u64(chains_left(&got.in), 4);
}

static void ether_reads_a_length(void)
{
    static const uint8_t bytes[] = { 1, 0x80, 0xc2, 0, 0,    0,    2,    0, 0, 0,
                                     0, 1,    0,    3, 0x42, 0x42, 0x03, 0, 0, 0 };
    struct chains_eth eth;
    struct outcome got = RUN(ether, bytes, &eth);
    check_eq_u64(got.next.space, CHAINS_BY_LLC);
    check_eq_u64(eth.has, CHAINS_ETH_HAS_LENGTH);
    check_eq_u64(eth.length, 3);
    check_eq_u64(chains_left(&got.in), 3);
    struct chains_bytes rest = chains_rest(&got.in);
    got = fixture_run(&dissect_llc, 0, rest, NULL); /* spanning tree: nothing follows */
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
}

static void llc_knows_two_ways_to_ip(void)
{
    static const uint8_t bare[] = { 0x06, 0x06, 0x03, 0x45 };
    static const uint8_t cisco[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00 };
    static const uint8_t bridge[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00, 0xf8, 0x08, 0x06 };
    static const uint8_t numbered[] = { 0xf0, 0xf0, 0x00, 0x00, 0x11 };
    struct outcome got = RUN(llc, bare, NULL);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(chains_left(&got.in), 1);
    got = RUN(llc, cisco, NULL);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    got = RUN(llc, bridge, NULL);
    check_eq_u64(got.next.number, 0x0806);
    got = RUN(llc, numbered, NULL);
    check_eq_u64(chains_left(&got.in), 1);
}

static void tags_are_skipped(void)
{
    static const uint8_t length[] = { 0x00, 0x05, 0x00, 0x03, 0x42, 0x42, 0x03, 0x00 };
    struct outcome got = RUN(vlan, bytes_vlan, NULL);
    check_eq_u64(got.next.number, 0x0806);
    got = RUN(vlan, length, NULL);
    check_eq_u64(got.next.space, CHAINS_BY_LLC);
    check_eq_u64(chains_left(&got.in), 3);
    got = RUN(cmd, bytes_cmd, NULL);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(chains_left(&got.in), 1);
}

static void ipv4_reads_a_header(void)
{
    struct chains_ip ip;
    struct outcome got = RUN(ipv4, bytes_ipv4, &ip);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_IPPROTO);
    check_eq_u64(ip.version, 4);
    check_eq_u64(ip.header_len, 24);
    check_eq_u64(ip.tos, 0x10);
    check_eq_u64(ip.len, 28);
    check_eq_u64(ip.id, 0xabcd);
    check_eq_u64(ip.df, 1);
    check_eq_u64(ip.mf, 0);
    check_eq_u64(ip.ttl, 64);
    check_eq_u64(ip.protocol, 17);
    check_eq_u64(ip.sum, 0x1234);
    check_eq_u64(ip.option_count, 1);
    check_eq_u64(ip.options[0], 148);
    check_eq_u64(chains_left(&got.in), 4); /* the padding is gone */
    static const uint8_t src[] = { 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 };
    check_eq_bytes(&ip.src, sizeof ip.src, src, sizeof src);
}

static void ipv4_says_what_is_odd(void)
{
    uint8_t bytes[sizeof bytes_ipv4];
    struct chains_ip ip;
    memcpy(bytes, bytes_ipv4, sizeof bytes);
    bytes[6] = 0x20; /* more fragments */
    struct outcome got = RUN(ipv4, bytes, &ip);
    check_eq_u64(got.next.space, CHAINS_BY_FRAGMENT);
    check_eq_u64(ip.mf, 1);
    bytes[21] = 9; /* an option longer than the header */
    got = RUN(ipv4, bytes, &ip);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
    check_eq_u64(got.next.space, CHAINS_BY_FRAGMENT);
    bytes[21] = 4;
    bytes[0] = 0x44; /* sixteen bytes of header */
    got = RUN(ipv4, bytes, &ip);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    bytes[0] = 0x56;
    got = RUN(ipv4, bytes, &ip);
    check_eq_u64(got.verdict, CHAINS_MALFORMED);
    bytes[0] = 0x46;
    bytes[3] = 0; /* segmentation offload: no length */
    bytes[6] = 0;
    got = RUN(ipv4, bytes, &ip);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(chains_left(&got.in), 6);
}

static void ipv6_walks_extensions(void)
{
    struct chains_ip ip;
    struct outcome got = RUN(ipv6, bytes_ipv6, &ip);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_IPPROTO);
    check_eq_u64(got.next.number, 17);
    check_eq_u64(ip.version, 6);
    check_eq_u64(ip.tos, 0xab);
    check_eq_u64(ip.flow_label, 0x12345);
    check_eq_u64(ip.len, 20);
    check_eq_u64(ip.ttl, 64);
    check_eq_u64(ip.protocol, 17);
    check_eq_u64(ip.has, CHAINS_IP_HAS_FRAGMENT);
    check_eq_u64(ip.id, 0x01020304);
    check_eq_u64(ip.header_len, 56);
    check_eq_u64(ip.option_count, 2);
    check_eq_u64(ip.options[0], 0);
    check_eq_u64(ip.options[1], 44);
    check_eq_u64(ip.src.octets[15], 1);
    check_eq_u64(ip.dst.octets[15], 2);
    check_eq_u64(chains_left(&got.in), 4);
}

static void arp_reads_both_sides(void)
{
    struct chains_arp arp;
    struct outcome got = RUN(arp, bytes_arp, &arp);
    static const uint8_t dst[] = { 192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 };
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(arp.has, CHAINS_ARP_HAS_MACS | CHAINS_ARP_HAS_ADDRS);
    check_eq_u64(arp.hardware, 1);
    check_eq_u64(arp.protocol, 0x0800);
    check_eq_u64(arp.op, 2);
    check_eq_u64(arp.src_mac[5], 1);
    check_eq_u64(arp.dst_mac[5], 2);
    check_eq_u64(arp.src.octets[3], 1);
    check_eq_bytes(&arp.dst, sizeof arp.dst, dst, sizeof dst);
    uint8_t odd[sizeof bytes_arp];
    memcpy(odd, bytes_arp, sizeof odd);
    odd[4] = 5; /* no MAC address has five bytes */
    got = RUN(arp, odd, &arp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(arp.has, CHAINS_ARP_HAS_ADDRS);
    odd[4] = 255;
    got = RUN(arp, odd, &arp);
    check_eq_u64(got.verdict, CHAINS_PARTIAL);
    check_eq_u64(arp.has, 0);
}

static void udp_cuts_padding(void)
{
    struct chains_udp udp;
    struct outcome got = RUN(udp, bytes_udp, &udp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_PORT);
    check_eq_u64(udp.sport, 12345);
    check_eq_u64(udp.dport, 53);
    check_eq_u64(udp.len, 10);
    check_eq_u64(udp.sum, 0xbeef);
    check_eq_bytes(udp.data.at, udp.data.len, "hi", 2);
    uint8_t bytes[sizeof bytes_udp];
    memcpy(bytes, bytes_udp, sizeof bytes);
    bytes[5] = 7;
    got = RUN(udp, bytes, &udp);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
}

static void tcp_reads_options(void)
{
    struct chains_tcp tcp;
    struct outcome got = RUN(tcp, bytes_tcp, &tcp);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(tcp.sport, 443);
    check_eq_u64(tcp.dport, 49152);
    check_eq_u64(tcp.seq, 1);
    check_eq_u64(tcp.ack, 2);
    check_eq_u64(tcp.flags, CHAINS_TCP_SYN | CHAINS_TCP_ACK);
    check_eq_u64(tcp.header_len, 44);
    check_eq_u64(tcp.window, 65535);
    check_eq_u64(tcp.sum, 0x1234);
    check_eq_u64(tcp.has,
                 CHAINS_TCP_HAS_MSS | CHAINS_TCP_HAS_WSCALE | CHAINS_TCP_HAS_TIMESTAMPS);
    check_eq_u64(tcp.mss, 1460);
    check_eq_u64(tcp.wscale, 7);
    check_eq_u64(tcp.sack_permitted, 1);
    check_eq_u64(tcp.ts_val, 10);
    check_eq_u64(tcp.ts_ecr, 11);
    check_eq_bytes(tcp.data.at, tcp.data.len, "AB", 2);
    check_eq_u64(tcp.data_len, 2);
    uint8_t bytes[sizeof bytes_tcp];
    memcpy(bytes, bytes_tcp, sizeof bytes);
    bytes[21] = 60; /* an option longer than the header */
    got = RUN(tcp, bytes, &tcp);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL); /* the payload is read all the same */
    check_eq_u64(got.next.space, CHAINS_BY_PORT);
    check_eq_u64(tcp.has, 0);
    check_eq_u64(tcp.data_len, 2);
    bytes[12] = 0x40; /* sixteen bytes of header */
    got = RUN(tcp, bytes, &tcp);
    check_eq_u64(got.verdict, CHAINS_BAD_TAIL);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
}

int main(void)
{
    ether_reads_tags();
    ether_reads_a_length();
    llc_knows_two_ways_to_ip();
    tags_are_skipped();
    ipv4_reads_a_header();
    ipv4_says_what_is_odd();
    ipv6_walks_extensions();
    arp_reads_both_sides();
    udp_cuts_padding();
    tcp_reads_options();
    return check_done();
}
