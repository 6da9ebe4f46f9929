/* SPDX-License-Identifier: MIT */
#ifndef FLOW_PACKETS_H
#define FLOW_PACKETS_H

/*
 * Packets for tests of the link flows: a source that gives a list of them, or what a function
 * makes, with the layers that packet_meta would have read.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/flow.h>
#include <chains/layer/icmp.h>
#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include <stdlib.h>
#include <string.h>

enum {
    SYN = CHAINS_TCP_SYN,
    ACK = CHAINS_TCP_ACK,
    FIN = CHAINS_TCP_FIN,
    RST = CHAINS_TCP_RST,
    TCP = 6,
    UDP = 17,
    ICMP = 1,
};

#define MS INT64_C(1000000)
#define S  (1000 * MS)

/* A packet: IPv4 addresses as numbers, or text. */
struct packet {
    int64_t time;
    uint32_t src, dst;
    uint16_t sport, dport; /* ICMP: type and code */
    uint8_t protocol;      /* 0: no IP packet at all; 255: nothing comes at the moment */
    uint16_t tcp;          /* flags */
    uint32_t seq, ack;
    uint16_t len; /* of the payload */
    uint16_t flags;
    const char *src_text, *dst_text, *data;
    uint16_t beyond; /* bytes that the IP header says are behind these */
};

enum { NO_PACKET = 0, PAUSE = 255, PACKETS_BATCH = 4096 };

/* What the next chain's source gives; it is read in open. */
struct packet_plan {
    const struct packet *list;
    size_t count;
    void (*make)(struct packet *packet, uint64_t i); /* instead of the list */
    struct chains_source_info info;
    size_t batch; /* records at once; 0: as many as fit */
};

static struct packet_plan packet_plan;

struct packet_source {
    struct packet_plan plan;
    size_t given;
};

static const struct chains_field packet_no_fields[] = { CHAINS_FIELDS_END };
#define PACKET_TYPE(name_, slot_, id_)                                                         \
    static const struct chains_layer_type packet_##id_ = {                                     \
        .slot = #slot_,                                                                        \
        .name = #id_,                                                                          \
        .size = sizeof(struct chains_##name_),                                                 \
        .fields = packet_no_fields,                                                            \
        .id = CHAINS_ID_##id_,                                                                 \
        .slot_id = CHAINS_SLOT_##slot_,                                                        \
    }
PACKET_TYPE(ip, packet, ip4);
PACKET_TYPE(ip, packet, ip6);
PACKET_TYPE(tcp, transport, tcp);
PACKET_TYPE(udp, transport, udp);
PACKET_TYPE(icmp, transport, icmp4);
PACKET_TYPE(icmp, transport, icmp6);

static const struct chains_layer_type *const packet_attaches[] = {
    &packet_ip4, &packet_ip6, &packet_tcp, &packet_udp, &packet_icmp4, &packet_icmp6, NULL
};

static int packet_open(chains_component *self)
{
    struct packet_source *source = chains_state(self);
    source->plan = packet_plan;
    chains_announce(self, &source->plan.info);
    return CHAINS_OK;
}

static void packet_address(struct chains_addr *addr, uint32_t number, const char *text)
{
    memset(addr, 0, sizeof *addr);
    if (text) {
        chains_addr_parse(text, addr);
        return;
    }
    addr->family = 4;
    for (unsigned i = 0; i < 4; i++)
        addr->octets[i] = (uint8_t)(number >> (24 - 8 * i));
}

static struct chains_bytes packet_data(const struct packet *from)
{
    static const uint8_t zeros[65536];
    return (struct chains_bytes){ from->data ? (const uint8_t *)from->data : zeros, from->len };
}

static void packet_transport(chains_component *self, const struct packet *from,
                             struct chains_record *rec, unsigned *header)
{
    if (from->protocol == TCP) {
        struct chains_tcp *tcp = chains_attach(self, rec, &packet_tcp);
        *tcp = (struct chains_tcp){ .sport = from->sport,
                                    .dport = from->dport,
                                    .seq = from->seq,
                                    .ack = from->ack,
                                    .flags = from->tcp,
                                    .header_len = 20,
                                    .window = 65535,
                                    .data = rec->rest,
                                    .data_len = from->len };
        *header = 20;
    } else if (from->protocol == UDP) {
        struct chains_udp *udp = chains_attach(self, rec, &packet_udp);
        *udp = (struct chains_udp){ .sport = from->sport,
                                    .dport = from->dport,
                                    .len = (uint16_t)(8 + from->len),
                                    .data = rec->rest };
        *header = 8;
    } else if (from->protocol == ICMP || from->protocol == 58) {
        struct chains_icmp *icmp =
            chains_attach(self, rec, from->protocol == ICMP ? &packet_icmp4 : &packet_icmp6);
        *icmp = (struct chains_icmp){ .icmp_type = (uint8_t)from->sport,
                                      .icmp_code = (uint8_t)from->dport };
        *header = 8;
    }
}

static void packet_make(chains_component *self, const struct packet *from,
                        struct chains_record *rec)
{
    rec->time_ns = from->time;
    rec->flags = from->flags;
    if (from->protocol == NO_PACKET)
        return;
    unsigned header = 0;
    rec->rest = packet_data(from);
    packet_transport(self, from, rec, &header);
    struct chains_addr src, dst;
    packet_address(&src, from->src, from->src_text);
    packet_address(&dst, from->dst, from->dst_text);
    struct chains_ip *ip =
        chains_attach(self, rec, src.family == 6 ? &packet_ip6 : &packet_ip4);
    *ip = (struct chains_ip){ .version = src.family,
                              .protocol = from->protocol,
                              .header_len = src.family == 6 ? 40 : 20,
                              .src = src,
                              .dst = dst };
    ip->len = (src.family == 6 ? 0 : 20) + header + from->len;
    rec->wire_len = ip->len + 14;
    ip->len += from->beyond;
}

static int packet_next(chains_component *self, struct chains_batch *out)
{
    struct packet_source *source = chains_state(self);
    const struct packet_plan *plan = &source->plan;
    for (size_t i = 0; i < (plan->batch ? plan->batch : PACKETS_BATCH); i++) {
        if (source->given == plan->count)
            return CHAINS_END;
        struct packet packet = { 0 };
        if (plan->make)
            plan->make(&packet, source->given);
        else
            packet = plan->list[source->given];
        if (packet.protocol == PAUSE) {
            if (i > 0)
                return CHAINS_OK;
            source->given++;
            return CHAINS_IDLE;
        }
        struct chains_record *rec = chains_batch_add(out);
        if (!rec)
            return CHAINS_OK;
        rec->number = ++source->given;
        packet_make(self, &packet, rec);
    }
    return CHAINS_OK;
}

static const struct chains_class packet_class = {
    .name = "packets",
    .brief = "packets of a test",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct packet_source),
    .attaches = packet_attaches,
    .open = packet_open,
    .next = packet_next,
};

/* A chain of the source and flows; the plan is set before. */
static inline chains_component *packet_chain(const struct chains_flows_options *options)
{
    chains_component *flows = chains_flows_new(options);
    chains_link(flows, chains_new(&packet_class, NULL));
    return flows;
}

static inline void packet_list(const struct packet *list, size_t count)
{
    packet_plan = (struct packet_plan){ .list = list, .count = count };
}

#define PACKETS(list) packet_list(list, sizeof(list) / sizeof(list)[0])

#endif
