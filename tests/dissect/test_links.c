/* SPDX-License-Identifier: MIT */
/* What stands in the place of Ethernet. */
#include <chains/layer/link.h>
#include <chains/layer/mpls.h>

#include "../check.h"
#include "fixtures.h"

extern const struct chains_dissector dissect_sll, dissect_sll2, dissect_null, dissect_raw,
    dissect_hdlc, dissect_ppp, dissect_pppoe, dissect_nflog, dissect_ppi, dissect_radiotap,
    dissect_prism, dissect_wlan, dissect_ipnet, dissect_mpls;

#define RUN(name, bytes_, layer)                                                               \
    fixture_run(&dissect_##name, 0, (struct chains_bytes){ bytes_, sizeof bytes_ }, layer)

static void cooked_captures(void)
{
    static const uint8_t mac[] = { 2, 0, 0, 0, 0, 1 };
    static const uint8_t llc[16] = { 0, 2, 0, 1, [15] = 4 };
    static const uint8_t odd[16] = { 0, 0, 0, 1, [15] = 0x60 };
    struct chains_linklayer link;
    struct outcome got = RUN(sll, bytes_sll, &link);
    check_eq_u64(link.type, CHAINS_LINK_SLL);
    check_eq_u64(link.direction, 4);
    check_eq_u64(link.protocol, 0x0800);
    check_eq_u64(link.has,
                 CHAINS_LINK_HAS_PROTOCOL | CHAINS_LINK_HAS_DIRECTION | CHAINS_LINK_HAS_SRC);
    check_eq_bytes(link.src, 6, mac, 6);
    got = RUN(sll, llc, &link);
    check_eq_u64(got.next.space, CHAINS_BY_LLC);
    check_eq_u64(link.has, CHAINS_LINK_HAS_PROTOCOL | CHAINS_LINK_HAS_DIRECTION);
    check_eq_u64(link.direction, 2);
    got = RUN(sll, odd, &link); /* a number of Linux's own */
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    got = RUN(sll2, bytes_sll2, &link);
    check_eq_u64(link.type, CHAINS_LINK_SLL2);
    check_eq_u64(link.interface, 3);
    check_eq_u64(link.direction, 0);
    check_eq_u64(got.next.number, 0x86dd);
}

static void loopback_in_any_byte_order(void)
{
    static const uint8_t big[] = { 0, 0, 0, 2 }, little[] = { 2, 0, 0, 0 };
    static const uint8_t linux6[] = { 10, 0, 0, 0 }, type[] = { 0x0f, 0x00, 0x08, 0x00 };
    static const uint8_t apple[] = { 7, 0, 0, 0 };
    struct chains_linklayer link;
    check_eq_u64(RUN(null, big, &link).next.number, 0x0800);
    check_eq_u64(link.family, 2);
    check_eq_u64(RUN(null, little, &link).next.number, 0x0800);
    check_eq_u64(link.family, 2);
    check_eq_u64(RUN(null, bytes_null, &link).next.number, 0x86dd);
    check_eq_u64(link.family, 30);
    check_eq_u64(RUN(null, linux6, &link).next.number, 0x86dd);
    check_eq_u64(RUN(null, type, &link).next.number, 0x0800);
    check_eq_u64(RUN(null, apple, &link).next.space, CHAINS_BY_NOTHING);
    check_eq_u64(link.family, 7);
}

static void bare_ip(void)
{
    static const uint8_t six[] = { 0x60 }, five[] = { 0x50 };
    struct chains_linklayer link;
    check_eq_u64(RUN(raw, bytes_raw, &link).next.number, 0x0800);
    check_eq_u64(link.type, CHAINS_LINK_RAW);
    check_eq_u64(link.has, 0);
    check_eq_u64(RUN(raw, six, &link).next.number, 0x86dd);
    check_eq_u64(RUN(raw, five, &link).verdict, CHAINS_BAD_TAIL);
}

static void ppp_in_its_forms(void)
{
    static const uint8_t compressed[] = { 0x21, 0x45 };
    static const uint8_t plain[] = { 0xc0, 0x21, 0x01 };
    static const uint8_t with_direction[] = { 0x01, 0xff, 0x03, 0x00, 0x21, 0x45 };
    static const uint8_t pppd[] = { 0x00, 0x03, 0x00, 0x21, 0x45 };
    struct chains_linklayer link;
    struct outcome got = RUN(ppp, compressed, &link);
    check_eq_u64(got.next.space, CHAINS_BY_PPP);
    check_eq_u64(got.next.number, 0x0021);
    check_eq_u64(chains_left(&got.in), 1);
    check_eq_u64(RUN(ppp, plain, &link).next.number, 0xc021);
    check_eq_u64(link.protocol, 0xc021);
    check_eq_u64(RUN(ppp, with_direction, &link).next.number, 0x0021);
    got = RUN(ppp, pppd, &link);
    check_eq_u64(got.next.number, 0x0021);
    check_eq_u64(chains_left(&got.in), 1);
}

static void hdlc_tells_cisco_from_ppp(void)
{
    static const uint8_t slarp[] = { 0x8f, 0x00, 0x80, 0x35, 0x00 };
    struct chains_linklayer link;
    struct outcome got = RUN(hdlc, bytes_hdlc, &link);
    check_eq_u64(link.type, CHAINS_LINK_HDLC);
    check_eq_u64(got.next.space, CHAINS_BY_ETHERTYPE);
    got = RUN(hdlc, bytes_ppp, &link);
    check_eq_u64(link.type, CHAINS_LINK_PPP);
    check_eq_u64(got.next.space, CHAINS_BY_PPP);
    check_eq_u64(got.next.number, 0x0057);
    got = RUN(hdlc, slarp, &link);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    check_eq_u64(link.protocol, 0x8035);
}

static void pppoe_sessions(void)
{
    static const uint8_t discovery[] = { 0x11, 0x09, 0, 0, 0, 4, 1, 1, 0, 0, 0, 0 };
    static const uint8_t version[] = { 0x21, 0x00, 0, 0, 0, 4, 0, 0x21, 0, 0 };
    static const uint8_t empty[] = { 0x11, 0x00, 0, 1, 0, 0, 0, 0x21 };
    struct chains_linklayer link;
    struct outcome got = RUN(pppoe, bytes_pppoe, &link);
    check_eq_u64(link.type, CHAINS_LINK_PPPOE);
    check_eq_u64(link.session, 0x1234);
    check_eq_u64(link.protocol, 0x0021);
    check_eq_u64(chains_left(&got.in), 2); /* without the padding */
    got = RUN(pppoe, discovery, &link);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    check_eq_u64(chains_left(&got.in), 4);
    check_eq_u64(RUN(pppoe, version, &link).verdict, CHAINS_MALFORMED);
    check_eq_u64(RUN(pppoe, empty, &link).verdict, CHAINS_BAD_TAIL);
}

static void nflog_finds_the_packet(void)
{
    static const uint8_t big[] = { 0x0a, 0, 0, 1, 0, 6, 0, 9, 0x60, 0x00, 0xff };
    static const uint8_t zero[] = { 0x02, 0, 0, 1, 0, 0, 1, 0, 0, 0 };
    struct chains_linklayer link;
    struct outcome got = RUN(nflog, bytes_nflog, &link);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(link.family, 2);
    check_eq_u64(link.interface, 2);
    check_eq_u64(chains_left(&got.in), 4);
    got = RUN(nflog, big, &link);
    check_eq_u64(got.next.number, 0x86dd);
    check_eq_u64(chains_left(&got.in), 2);
    check_eq_u64(RUN(nflog, zero, &link).verdict, CHAINS_BAD_TAIL);
}

static void headers_before_radio_frames(void)
{
    static const uint8_t fcs[] = { 0, 0, 9, 0, 2, 0, 0, 0, 0x10, 0xd4, 0, 1, 2, 3, 4 };
    static const uint8_t prism[] = { 0x44, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0,   0,
                                     0,    0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0xd4 };
    static const uint8_t lying[] = { 0, 0, 7, 0, 0, 0, 0, 0, 0xd4 };
    struct outcome got = RUN(radiotap, bytes_radiotap, NULL);
    check_eq_u64(chains_left(&got.in), 4); /* flags 0: no check sequence */
    got = RUN(radiotap, fcs, NULL);
    check_eq_u64(got.next.number, 105);
    check_eq_u64(chains_left(&got.in), 2);
    check_eq_u64(RUN(radiotap, lying, NULL).verdict, CHAINS_MALFORMED);
    check_eq_u64(RUN(ppi, lying, NULL).verdict, CHAINS_MALFORMED);
    check_eq_u64(RUN(ppi, bytes_ppi, NULL).next.number, 105);
    got = RUN(prism, prism, NULL);
    check_eq_u64(got.next.number, 105);
    check_eq_u64(chains_left(&got.in), 1);
    got = RUN(prism, bytes_prism, NULL);
    check_eq_u64(chains_left(&got.in), 2);
}

static void wlan_addresses(void)
{
    static const uint8_t ack[] = { 0xd4, 0, 0, 0, 2, 0, 0, 0, 0, 9 };
    uint8_t bytes[sizeof bytes_wlan];
    struct chains_linklayer link;
    struct outcome got = RUN(wlan, bytes_wlan, &link);
    check_eq_u64(got.next.space, CHAINS_BY_LLC);
    check_eq_u64(link.type, CHAINS_LINK_WLAN);
    check_eq_u64(link.frame, 0x28);
    check_eq_u64(link.has, CHAINS_LINK_HAS_FRAME | CHAINS_LINK_HAS_SRC | CHAINS_LINK_HAS_DST);
    check_eq_u64(link.src[5], 1);
    check_eq_u64(link.dst[5], 2);
    memcpy(bytes, bytes_wlan, sizeof bytes);
    bytes[1] = 0x02; /* from the distribution system */
    got = RUN(wlan, bytes, &link);
    check_eq_u64(link.src[5], 2);
    check_eq_u64(link.dst[5], 0x0b);
    bytes[1] = 0x41; /* encrypted */
    got = RUN(wlan, bytes, &link);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    bytes[1] = 0x01;
    bytes[24] = 0x80; /* an aggregate */
    check_eq_u64(RUN(wlan, bytes, &link).next.space, CHAINS_BY_NOTHING);
    bytes[0] = 0x80; /* a beacon */
    got = RUN(wlan, bytes, &link);
    check_eq_u64(link.frame, 0x08);
    check_eq_u64(link.src[5], 1);
    check_eq_u64(link.dst[5], 0x0b);
    got = RUN(wlan, ack, &link);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(link.frame, 0x1d);
    check_eq_u64(link.has, CHAINS_LINK_HAS_FRAME | CHAINS_LINK_HAS_DST);
    check_eq_u64(link.dst[5], 9);
}

static void wlan_long_headers(void)
{
    static const uint8_t four[] = {
        0x88, 0x83, 0, 0,       /* QoS data, four addresses, HT control */
        2,    0,    0, 0, 0, 1, /* receiver */
        2,    0,    0, 0, 0, 2, /* transmitter */
        2,    0,    0, 0, 0, 3, /* destination */
        0,    0,                /* sequence */
        2,    0,    0, 0, 0, 4, /* source */
        0,    0,    0, 0, 0, 0, /* QoS, HT control */
        0,    0,                /* aligned by hardware */
        0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00,
    };
    struct chains_linklayer link;
    struct outcome got = RUN(wlan, four, &link);
    check_eq_u64(got.next.space, CHAINS_BY_LLC);
    check_eq_u64(link.src[5], 4);
    check_eq_u64(link.dst[5], 3);
    check_eq_u64(chains_left(&got.in), 8);
}

static void solaris(void)
{
    struct chains_linklayer link;
    struct outcome got = RUN(ipnet, bytes_ipnet, &link);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(link.family, 2);
    check_eq_u64(link.interface, 5);
}

static void mpls_payloads(void)
{
    static const uint8_t ip[] = { 0x00, 0x06, 0x41, 0x40, 0x45, 0x00 };
    static const uint8_t plain[] = { 0, 6, 0x41, 0x40, 0, 1, 2, 3,    4,
                                     5, 0, 1,    2,    3, 4, 5, 0x08, 0x06 };
    static const uint8_t odd[] = { 0x00, 0x06, 0x41, 0x40, 0x10, 0x00, 0x00, 0x07 };
    static uint8_t deep[20 * 4];
    struct chains_mpls mpls;
    struct outcome got = RUN(mpls, bytes_mpls, &mpls);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(mpls.label_count, 2);
    check_eq_u64(mpls.label[0], 100);
    check_eq_u64(mpls.label[1], 1);
    check_eq_u64(mpls.ttl, 255);
    check_eq_u64(chains_left(&got.in), 14); /* behind the control word */
    check_eq_u64(RUN(mpls, ip, &mpls).next.number, 0x0800);
    got = RUN(mpls, plain, &mpls);
    check_eq_u64(got.next.space, CHAINS_BY_LINKTYPE);
    check_eq_u64(chains_left(&got.in), 14);
    check_eq_u64(RUN(mpls, odd, &mpls).next.space, CHAINS_BY_NOTHING);
    got = RUN(mpls, deep, &mpls);
    check_eq_u64(got.verdict, CHAINS_LIMIT);
    check_eq_u64(mpls.label_count, CHAINS_MPLS_LABELS);
}

int main(void)
{
    cooked_captures();
    loopback_in_any_byte_order();
    bare_ip();
    ppp_in_its_forms();
    hdlc_tells_cisco_from_ppp();
    pppoe_sessions();
    nflog_finds_the_packet();
    headers_before_radio_frames();
    wlan_addresses();
    wlan_long_headers();
    solaris();
    mpls_payloads();
    return check_done();
}
