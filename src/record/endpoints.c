/* SPDX-License-Identifier: MIT */
/*
 * Who speaks to whom. In: a record with any layers. Out: addresses, ports and protocol from the
 * ones that know, and the table of the layer that says it for records without a packet.
 */
#include "endpoints.h"

#include <chains/layer/flow.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/transport.h>
#include <chains/layer/udp.h>

const struct chains_name endpoints_protocols[] = {
    { 1, "icmp" },   { 2, "igmp" },   { 6, "tcp" },    { 17, "udp" },  { 47, "gre" },
    { 50, "esp" },   { 51, "ah" },    { 58, "icmp6" }, { 89, "ospf" }, { 103, "pim" },
    { 112, "vrrp" }, { 132, "sctp" }, { 0, NULL },
};

static const struct chains_field endpoints_fields[] = {
    CHAINS_FIELD(chains_endpoints, src, ADDR, "source address"),
    CHAINS_FIELD(chains_endpoints, dst, ADDR, "destination address"),
    CHAINS_FIELD(chains_endpoints, sport, UINT, "source port", .omit_zero = 1),
    CHAINS_FIELD(chains_endpoints, dport, UINT, "destination port", .omit_zero = 1),
    CHAINS_FIELD(chains_endpoints, protocol, NAMED, "what it is carried over",
                 .names = endpoints_protocols),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_endpoints_type = {
    .slot = "endpoints",
    .name = "endpoints",
    .size = sizeof(struct chains_endpoints),
    .fields = endpoints_fields,
    .id = CHAINS_ID_endpoints,
    .slot_id = CHAINS_SLOT_endpoints,
};

static void endpoints_ports(const struct chains_record *rec, struct chains_endpoints *ends)
{
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    const struct chains_udp *udp = chains_get(rec, udp);
    const struct chains_sctp *sctp = chains_get(rec, sctp);
    if (!tcp && !udp && !sctp)
        return;
    ends->sport = tcp ? tcp->sport : udp ? udp->sport : sctp->sport;
    ends->dport = tcp ? tcp->dport : udp ? udp->dport : sctp->dport;
}

bool chains_record_endpoints(const struct chains_record *rec, struct chains_endpoints *ends)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (ip) {
        *ends = (struct chains_endpoints){ ip->src, ip->dst, 0, 0, ip->protocol };
        endpoints_ports(rec, ends);
        return true;
    }
    const struct chains_endpoints *own = chains_get(rec, endpoints);
    const struct chains_flow *flow = chains_get(rec, flow);
    if (own)
        *ends = *own;
    else if (flow)
        *ends = (struct chains_endpoints){ flow->src, flow->dst, 0, 0, flow->protocol };
    if (!own && flow && endpoints_has_ports(flow->protocol)) {
        ends->sport = flow->sport;
        ends->dport = flow->dport;
    }
    return own || flow;
}
