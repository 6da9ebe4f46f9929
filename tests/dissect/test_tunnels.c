/* SPDX-License-Identifier: MIT */
/* Packets inside packets; and that a port alone makes no tunnel. */
#include <chains/layer/tunnel.h>

#include "../check.h"
#include "fixtures.h"

extern const struct chains_dissector dissect_gre, dissect_erspan, dissect_vxlan, dissect_geneve,
    dissect_gtp, dissect_l2tp, dissect_teredo, dissect_nsh, dissect_mplsudp;

#define RUN(name, bytes_, layer)                                                               \
    fixture_run(&dissect_##name, 0, (struct chains_bytes){ bytes_, sizeof bytes_ }, layer)

/* Copies a fixture and changes one byte. */
#define CHANGED(copy, bytes_, at, value)                                                       \
    uint8_t copy[sizeof bytes_];                                                               \
    memcpy(copy, bytes_, sizeof copy);                                                         \
    copy[at] = value

static void gre_options(void)
{
    struct chains_tunnel tunnel;
    static const uint8_t routed[] = {
        0x40, 0x00, 0x08, 0x00, 0,   0, 0, 0, /* routing */
        0x08, 0x00, 0x03, 0x04, 192, 0, 2, 1, /* one entry of four bytes */
        0x00, 0x00, 0x00, 0x00,               /* the end */
        0x45,
    };
    struct outcome got = RUN(gre, bytes_gre, &tunnel);
    check_eq_u64(got.next.number, 0x6558);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_GRE);
    check_eq_u64(tunnel.has, CHAINS_TUNNEL_HAS_ID);
    check_eq_u64(tunnel.id, 42);
    check_eq_u64(chains_left(&got.in), 4);
    got = RUN(gre, routed, &tunnel);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(tunnel.has, 0);
    check_eq_u64(chains_left(&got.in), 1);
    CHANGED(endless, routed, 9, 0xff); /* the entry's family; then its length eats the rest */
    endless[11] = 0xff;
    check_eq_u64(RUN(gre, endless, &tunnel).verdict, CHAINS_PARTIAL);
    CHANGED(version, bytes_gre, 1, 2);
    check_eq_u64(RUN(gre, version, &tunnel).verdict, CHAINS_MALFORMED);
}

static void gre_of_pptp(void)
{
    static const uint8_t data[] = {
        0x30, 0x81, 0x88, 0x0b, 0x00, 0x05, 0x00, 0x64, /* five bytes of call 100 */
        0,    0,    0,    1,    0,    0,    0,    2,    /* sequence, acknowledgement */
        0xff, 0x03, 0x00, 0x21, 0x45, 0x00,
    };
    static const uint8_t ack[] = { 0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 0x64, 0, 0, 0, 2 };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(gre, data, &tunnel);
    check_eq_u64(got.next.space, CHAINS_BY_PPP);
    check_eq_u64(got.next.number, 0x0021);
    check_eq_u64(tunnel.id, 100);
    check_eq_u64(chains_left(&got.in), 1);
    got = RUN(gre, ack, &tunnel);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
}

static void gre_of_other_vendors(void)
{
    static const uint8_t wccp[] = { 0, 0, 0x88, 0x3e, 0x00, 0x01, 0x02, 0x03, 0x45 };
    static const uint8_t old_wccp[] = { 0, 0, 0x88, 0x3e, 0x45 };
    static const uint8_t erspan_1[] = { 0, 0, 0x88, 0xbe, 0x02 };
    static const uint8_t erspan_2[] = { 0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10 };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(gre, wccp, &tunnel);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(chains_left(&got.in), 1);
    check_eq_u64(RUN(gre, old_wccp, &tunnel).next.number, 0x0800);
    check_eq_u64(RUN(gre, erspan_1, &tunnel).next.space, CHAINS_BY_LINKTYPE);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_ERSPAN);
    check_eq_u64(RUN(gre, erspan_2, &tunnel).next.number, 0x88be);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_GRE);
}

static void erspan_types(void)
{
    static const uint8_t type_3[] = {
        0x20, 0x05, 0x00, 0x07, 0, 0, 0, 1, /* session 7, time */
        0x00, 0x00, 0x00, 0x01,             /* Ethernet, and a subheader of eight bytes */
        0,    0,    0,    0,    0, 0, 0, 0, 0x02,
    };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(erspan, bytes_erspan, &tunnel);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_ERSPAN);
    check_eq_u64(tunnel.id, 100);
    got = RUN(erspan, type_3, &tunnel);
    check_eq_u64(got.next.space, CHAINS_BY_LINKTYPE);
    check_eq_u64(tunnel.id, 7);
    check_eq_u64(chains_left(&got.in), 1);
    CHANGED(ip, type_3, 10, 0x08); /* frame type 2 */
    ip[11] = 0;
    ip[12] = 0x45;
    check_eq_u64(RUN(erspan, ip, &tunnel).next.number, 0x0800);
    CHANGED(version, bytes_erspan, 0, 0x30);
    check_eq_u64(RUN(erspan, version, &tunnel).verdict, CHAINS_MALFORMED);
}

static void vxlan_variants(void)
{
    static const uint8_t gpe[] = { 0x0c, 0, 0, 4, 0, 0, 9, 0, 0x0f };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(vxlan, bytes_vxlan, &tunnel);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_VXLAN);
    check_eq_u64(tunnel.id, 123);
    got = RUN(vxlan, gpe, &tunnel);
    check_eq_u64(got.next.number, 0x894f);
    CHANGED(policy, bytes_vxlan, 0, 0x88);
    policy[3] = 5;
    check_eq_u64(RUN(vxlan, policy, &tunnel).verdict, CHAINS_PARSED);
    CHANGED(no_id, bytes_vxlan, 0, 0x00);
    check_eq_u64(RUN(vxlan, no_id, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(reserved, bytes_vxlan, 2, 1);
    check_eq_u64(RUN(vxlan, reserved, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(last, bytes_vxlan, 7, 1);
    check_eq_u64(RUN(vxlan, last, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(unknown, gpe, 3, 9);
    check_eq_u64(RUN(vxlan, unknown, &tunnel).verdict, CHAINS_NOT_MINE);
}

static void geneve_is_strict(void)
{
    struct chains_tunnel tunnel;
    struct outcome got = RUN(geneve, bytes_geneve, &tunnel);
    check_eq_u64(tunnel.id, 10);
    check_eq_u64(chains_left(&got.in), 1);
    CHANGED(version, bytes_geneve, 0, 0x41);
    check_eq_u64(RUN(geneve, version, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(options, bytes_geneve, 0, 0x3f);
    check_eq_u64(RUN(geneve, options, &tunnel).verdict, CHAINS_NOT_MINE);
}

static void gtp_messages(void)
{
    static const uint8_t plain[] = { 0x30, 0xff, 0, 4, 0, 0, 0, 7, 0x60, 0, 0, 0, 0xee };
    static const uint8_t echo[] = { 0x32, 0x01, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0 };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(gtp, bytes_gtp, &tunnel);
    check_eq_u64(got.next.number, 0x0800);
    check_eq_u64(tunnel.id, 7);
    check_eq_u64(chains_left(&got.in), 4);
    got = RUN(gtp, plain, &tunnel);
    check_eq_u64(got.next.number, 0x86dd);
    check_eq_u64(chains_left(&got.in), 4);
    got = RUN(gtp, echo, &tunnel);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    CHANGED(length, echo, 3, 9);
    check_eq_u64(RUN(gtp, length, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(zero, bytes_gtp, 12, 0); /* an extension of no length */
    check_eq_u64(RUN(gtp, zero, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(version, bytes_gtp, 0, 0x48);
    check_eq_u64(RUN(gtp, version, &tunnel).verdict, CHAINS_NOT_MINE);
}

static void l2tp_messages(void)
{
    static const uint8_t control[] = { 0xc8, 0x02, 0, 12, 0, 5, 0, 0, 0, 1, 0, 1 };
    static const uint8_t bare[] = { 0x00, 0x02, 0, 5, 0, 6, 0x21, 0x45 };
    struct chains_tunnel tunnel;
    struct outcome got = RUN(l2tp, bytes_l2tp, &tunnel);
    check_eq_u64(got.next.space, CHAINS_BY_PPP);
    check_eq_u64(tunnel.id, 17);
    check_eq_u64(chains_left(&got.in), 2);
    got = RUN(l2tp, control, &tunnel);
    check_eq_u64(got.verdict, CHAINS_PARSED);
    check_eq_u64(got.next.space, CHAINS_BY_NOTHING);
    check_eq_u64(tunnel.id, 5);
    check_eq_u64(RUN(l2tp, bare, &tunnel).next.number, 0x0021);
    CHANGED(version, bytes_l2tp, 1, 3);
    check_eq_u64(RUN(l2tp, version, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(protocol, bytes_l2tp, 10, 0x77);
    check_eq_u64(RUN(l2tp, protocol, &tunnel).verdict, CHAINS_NOT_MINE);
    CHANGED(length, control, 3, 13);
    check_eq_u64(RUN(l2tp, length, &tunnel).verdict, CHAINS_NOT_MINE);
}

static void other_tunnels(void)
{
    struct chains_tunnel tunnel;
    struct outcome got = RUN(teredo, bytes_teredo, &tunnel);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_TEREDO);
    check_eq_u64(tunnel.has, 0);
    check_eq_u64(chains_left(&got.in), 40);
    CHANGED(transport, bytes_teredo, 27, 200); /* next header */
    check_eq_u64(RUN(teredo, transport, &tunnel).verdict, CHAINS_NOT_MINE);
    got = RUN(nsh, bytes_nsh, &tunnel);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_NSH);
    check_eq_u64(tunnel.id, 100);
    check_eq_u64(chains_left(&got.in), 1);
    got = RUN(mplsudp, bytes_mplsudp, &tunnel);
    check_eq_u64(tunnel.type, CHAINS_TUNNEL_MPLS);
    check_eq_u64(chains_left(&got.in), sizeof bytes_mplsudp); /* the stack is not read */
    CHANGED(open, bytes_mplsudp, 2, 0x40);
    check_eq_u64(RUN(mplsudp, open, &tunnel).verdict, CHAINS_NOT_MINE);
}

int main(void)
{
    gre_options();
    gre_of_pptp();
    gre_of_other_vendors();
    erspan_types();
    vxlan_variants();
    geneve_is_strict();
    gtp_messages();
    l2tp_messages();
    other_tunnels();
    return check_done();
}
