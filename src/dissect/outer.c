/* SPDX-License-Identifier: MIT */
/*
 * Packets that carry other packets. The innermost packet owns the slots packet and transport,
 * as it is the one that users ask about; each packet around it becomes a row of the list
 * "outer".
 */
#include "outer.h"
#include "tunnel.h"

#include <chains/layer/ip.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tunnel.h>
#include <chains/layer/udp.h>

#include <string.h>

#include "../record/row.h"

static const struct chains_name outer_versions[] = {
    { 4, "IP" },
    { 6, "IP6" },
    { 0, NULL },
};

static const struct chains_field outer_packet_fields[] = {
    CHAINS_FIELD_AS(chains_outer_packet, "type", version, NAMED, "IP or IP6",
                    .names = outer_versions),
    CHAINS_FIELD(chains_outer_packet, src, ADDR, "source address"),
    CHAINS_FIELD(chains_outer_packet, dst, ADDR, "destination address"),
    CHAINS_FIELD(chains_outer_packet, len, UINT, "length as its header gives it"),
    CHAINS_FIELD(chains_outer_packet, ttl, UINT, "time to live, hop limit"),
    CHAINS_FIELD(chains_outer_packet, protocol, UINT, "IANA number of what it carries"),
    CHAINS_FIELD(chains_outer_packet, sport, UINT,
                 "source port of the transport around the tunnel",
                 .has = CHAINS_OUTER_HAS_PORTS),
    CHAINS_FIELD(chains_outer_packet, dport, UINT,
                 "destination port of the transport around the tunnel",
                 .has = CHAINS_OUTER_HAS_PORTS),
    CHAINS_FIELD(chains_outer_packet, tunnel, NAMED, "kind of the tunnel header, if any",
                 .names = tunnel_names, .has = CHAINS_OUTER_HAS_TUNNEL),
    CHAINS_FIELD(chains_outer_packet, id, UINT, "VNI, GRE key, TEID or tunnel number",
                 .has = CHAINS_OUTER_HAS_ID),
    CHAINS_FIELD(chains_outer_packet, frame_src, MAC, "source of the Ethernet frame inside",
                 .has = CHAINS_OUTER_HAS_FRAME),
    CHAINS_FIELD(chains_outer_packet, frame_dst, MAC,
                 "destination of the Ethernet frame inside", .has = CHAINS_OUTER_HAS_FRAME),
    CHAINS_FIELDS_END,
};

static const struct chains_field outer_fields[] = {
    CHAINS_FIELD_LIST(chains_outer, outer, chains_outer_packet, outer_packet_fields,
                      "the packets around this one, outermost first"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type outer_type = {
    .slot = "outer",
    .name = "outer",
    .size = sizeof(struct chains_outer),
    .fields = outer_fields,
    .id = CHAINS_ID_outer,
    .slot_id = CHAINS_SLOT_outer,
};

unsigned outer_depth(const struct chains_record *rec)
{
    const struct chains_outer *outer = chains_get(rec, outer);
    return outer ? outer->outer.count : 0;
}

static void outer_fill(struct chains_outer_packet *packet, const struct chains_record *rec,
                       const struct chains_ip *ip)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    const struct chains_tunnel *tunnel = chains_get(rec, tunnel);
    memset(packet, 0, sizeof *packet);
    packet->version = ip->version;
    packet->ttl = ip->ttl;
    packet->protocol = ip->protocol;
    packet->len = ip->len;
    packet->src = ip->src;
    packet->dst = ip->dst;
    if (udp || tcp) {
        packet->has |= CHAINS_OUTER_HAS_PORTS;
        packet->sport = udp ? udp->sport : tcp->sport;
        packet->dport = udp ? udp->dport : tcp->dport;
    }
    if (!tunnel)
        return;
    packet->has |= CHAINS_OUTER_HAS_TUNNEL;
    packet->tunnel = tunnel->type;
    if (tunnel->has & CHAINS_TUNNEL_HAS_ID) {
        packet->has |= CHAINS_OUTER_HAS_ID;
        packet->id = tunnel->id;
    }
    if (tunnel->has & CHAINS_TUNNEL_HAS_FRAME) {
        packet->has |= CHAINS_OUTER_HAS_FRAME;
        memcpy(packet->frame_src, tunnel->frame_src, 6);
        memcpy(packet->frame_dst, tunnel->frame_dst, 6);
    }
}

/* Room for one more: the list doubles whenever its length is a power of two. */
static struct chains_outer_packet *outer_grow(struct chains_list *list,
                                              struct chains_arena *arena)
{
    struct chains_outer_packet *packets = (struct chains_outer_packet *)(uintptr_t)list->items;
    if (list->count & (list->count - 1))
        return packets;
    size_t room = list->count ? 2 * (size_t)list->count : 1;
    struct chains_outer_packet *larger = chains_arena_take(arena, room * sizeof *larger);
    for (uint32_t i = 0; larger && i < list->count; i++)
        larger[i] = packets[i];
    return larger;
}

bool outer_enclose(struct chains_record *rec, struct chains_arena *arena)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (ip) {
        struct chains_outer *outer = row_place(rec, CHAINS_SLOT_outer);
        if (!chains_get(rec, outer))
            outer->outer = (struct chains_list){ NULL, 0 };
        struct chains_outer_packet *packets = outer_grow(&outer->outer, arena);
        if (!packets)
            return false;
        outer_fill(&packets[outer->outer.count], rec, ip);
        outer->outer = (struct chains_list){ packets, outer->outer.count + 1 };
        rec->present |= CHAINS_PRESENT_outer;
    }
    const uint64_t *slot_bits = rec->layout->slot_bits;
    rec->present &= ~(slot_bits[CHAINS_SLOT_packet] | slot_bits[CHAINS_SLOT_transport] |
                      slot_bits[CHAINS_SLOT_tunnel]);
    return true;
}
