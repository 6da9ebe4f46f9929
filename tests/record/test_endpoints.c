/* SPDX-License-Identifier: MIT */
/* Who speaks to whom, from packets and from records that are none. */
#include "../../src/record/endpoints.h"
#include "../../src/record/layout.h"
#include "../check.h"

#include <chains/layer/flow.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/transport.h>
#include <chains/layer/udp.h>

#include <string.h>

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };

#define TYPE(name, slot)                                                                       \
    {                                                                                          \
#slot, #name, 512, no_fields, CHAINS_ID_##name, CHAINS_SLOT_##slot                     \
    }
static const struct chains_layer_type types[] = {
    TYPE(ip4, packet),     TYPE(tcp, transport), TYPE(udp, transport),
    TYPE(sctp, transport), TYPE(flow, flow),
};

static _Alignas(64) char row[4096];
static struct chains_layout layout;
static struct chains_record *const rec = (struct chains_record *)(void *)row;

static void *place(unsigned slot)
{
    return row + layout.offset[slot];
}

static struct chains_addr addr(uint8_t last)
{
    return (struct chains_addr){ { 10, 0, 0, last }, 4 };
}

static void check_ends(uint8_t src, uint8_t dst, uint16_t sport, uint16_t dport,
                       uint8_t protocol)
{
    struct chains_endpoints ends;
    const struct chains_addr *from, *to;
    memset(&ends, 0xaa, sizeof ends);
    check(chains_record_endpoints(rec, &ends));
    check_eq_u64(ends.src.octets[3], src);
    check_eq_u64(ends.dst.octets[3], dst);
    check_eq_u64(ends.sport, sport);
    check_eq_u64(ends.dport, dport);
    check_eq_u64(ends.protocol, protocol);
    check(chains_record_addresses(rec, &from, &to));
    check_eq_u64(from->octets[3], src);
    check_eq_u64(to->octets[3], dst);
}

static void test_packets(void)
{
    struct chains_ip *ip = place(CHAINS_SLOT_packet);
    ip->src = addr(1);
    ip->dst = addr(2);
    ip->protocol = 89;
    rec->present = CHAINS_BIT_(ip4);
    check_ends(1, 2, 0, 0, 89);
    struct chains_tcp *tcp = place(CHAINS_SLOT_transport);
    tcp->sport = 1000;
    tcp->dport = 80;
    ip->protocol = 6;
    rec->present = CHAINS_BIT_(ip4) | CHAINS_BIT_(tcp);
    check_ends(1, 2, 1000, 80, 6);
    struct chains_udp *udp = place(CHAINS_SLOT_transport);
    udp->sport = 2000;
    udp->dport = 53;
    ip->protocol = 17;
    rec->present = CHAINS_BIT_(ip4) | CHAINS_BIT_(udp);
    check_ends(1, 2, 2000, 53, 17);
    struct chains_sctp *sctp = place(CHAINS_SLOT_transport);
    sctp->sport = 3000;
    sctp->dport = 38412;
    ip->protocol = 132;
    rec->present = CHAINS_BIT_(ip4) | CHAINS_BIT_(sctp);
    check_ends(1, 2, 3000, 38412, 132);
}

static void test_others(void)
{
    struct chains_endpoints ends, *own = place(CHAINS_SLOT_endpoints);
    struct chains_flow *flow = place(CHAINS_SLOT_flow);
    rec->present = 0;
    check(!chains_record_endpoints(rec, &ends));
    *flow = (struct chains_flow){
        .src = addr(3), .dst = addr(4), .sport = 5, .dport = 6, .protocol = 17
    };
    rec->present = CHAINS_BIT_(flow);
    check_ends(3, 4, 5, 6, 17);
    static const struct {
        uint8_t protocol;
        bool ports;
    } protocols[] = { { 6, true },   { 17, true },  { 132, true }, { 1, false },
                      { 58, false }, { 47, false }, { 0, false } };
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        flow->protocol = protocols[i].protocol; /* ICMP has its type there */
        check_ends(3, 4, protocols[i].ports ? 5 : 0, protocols[i].ports ? 6 : 0,
                   protocols[i].protocol);
    }
    *own = (struct chains_endpoints){ addr(7), addr(8), 9, 10, 6 };
    rec->present = CHAINS_BIT_(endpoints) | CHAINS_BIT_(flow);
    check_ends(7, 8, 9, 10, 6);
}

int main(void)
{
    layout_init(&layout);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        check(layout_add(&layout, &types[i]));
    check(layout_add(&layout, &chains_endpoints_type) && layout_finish(&layout));
    check(layout.row_size <= sizeof row);
    rec->layout = &layout;
    test_packets();
    test_others();
    return check_done();
}
