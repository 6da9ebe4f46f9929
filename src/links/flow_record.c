/* SPDX-License-Identifier: MIT */
/*
 * What a flow is and has had so far. In: packets to count, in numbers of 16 and 32 bits that every
 * packet touches, with their high parts apart. Out: the layer "flow".
 */
#include "flow_record.h"

#include <string.h>

#include "../bytes/time.h"
#include "../record/endpoints.h"
#include "flow_tcp_state.h"

void flow_record_key(const struct flow_table *table, uint32_t flow, struct flow_key *key)
{
    const struct flow_hot *hot = &table->flow[flow].hot;
    key->port[0] = hot->port[0];
    key->port[1] = hot->port[1];
    key->protocol = hot->protocol;
    key->family = hot->kind & 7;
    key->one_way = hot->kind >> 3 & 1;
    key->has_ports = hot->kind >> 4 & 1;
    if (key->family == 6) {
        memcpy(key->addr, table->flow[flow].entry.addr6, sizeof key->addr);
        return;
    }
    memset(key->addr, 0, sizeof key->addr);
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t addr = (uint32_t)(hot->addr >> (32 - 32 * i));
        const uint8_t octets[] = { (uint8_t)(addr >> 24), (uint8_t)(addr >> 16),
                                   (uint8_t)(addr >> 8), (uint8_t)addr };
        memcpy(key->addr[i], octets, sizeof octets);
    }
}

static struct chains_addr flow_record_addr(const struct flow_key *key, unsigned end)
{
    struct chains_addr addr = { .family = key->family };
    memcpy(addr.octets, key->addr[end], sizeof addr.octets);
    return addr;
}

static unsigned flow_record_orig(const struct flow_table *table, uint32_t flow)
{
    return table->flow[flow].hot.flags & FLOW_ORIG_IS_1 ? 1 : 0;
}

void flow_record_endpoints(const struct flow_table *table, uint32_t flow, enum chains_side side,
                           struct chains_endpoints *ends)
{
    struct flow_key key;
    flow_record_key(table, flow, &key);
    unsigned from = flow_record_orig(table, flow) ^ (side == CHAINS_RESP);
    ends->src = flow_record_addr(&key, from);
    ends->dst = flow_record_addr(&key, !from);
    bool ports = endpoints_has_ports(key.protocol);
    ends->sport = ports ? key.port[from] : 0;
    ends->dport = ports ? key.port[!from] : 0;
    ends->protocol = key.protocol;
}

static void flow_record_add(uint32_t *low, uint32_t *high, uint8_t *flags, uint32_t more)
{
    *low += more;
    if (*low >= more)
        return;
    ++*high;
    *flags |= FLOW_HIGH;
}

uint64_t flow_record_count(struct flow_table *table, uint32_t flow, enum chains_side side,
                           const struct flow_packet *packet, int64_t time_ns)
{
    struct flow_hot *hot = &table->flow[flow].hot;
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    uint64_t before = hot->payload[side];
    uint8_t seen = flow_table_seen(side);
    if (hot->flags & FLOW_HIGH)
        before |= (uint64_t)entry->payload[side] << 32;
    if (!(hot->flags & seen)) {
        entry->first[side] = time_ns;
        if (!(hot->flags & (FLOW_SEEN_ORIG | FLOW_SEEN_RESP)) && side == CHAINS_RESP)
            hot->flags |= FLOW_RESP_FIRST;
    }
    hot->flags |= seen;
    if (++hot->packets[side] == 0) {
        entry->packets[side]++;
        hot->flags |= FLOW_HIGH;
    }
    flow_record_add(&hot->ip_bytes[side], &entry->ip_bytes[side], &hot->flags,
                    packet->ip_bytes);
    flow_record_add(&hot->payload[side], &entry->payload[side], &hot->flags, packet->payload);
    return before;
}

static void flow_record_side(const struct flow_table *table, uint32_t flow,
                             enum chains_side side, struct chains_flow_side *out)
{
    const struct flow_hot *hot = &table->flow[flow].hot;
    const struct chains_flow_entry *entry = &table->flow[flow].entry;
    bool seen = hot->flags & flow_table_seen(side);
    *out = (struct chains_flow_side){
        .has = seen ? CHAINS_FLOW_SIDE_HAS_PACKETS : 0,
        .packets = (uint64_t)entry->packets[side] << 16 | hot->packets[side],
        .ip_bytes = (uint64_t)entry->ip_bytes[side] << 32 | hot->ip_bytes[side],
        .bytes = (uint64_t)entry->payload[side] << 32 | hot->payload[side],
        .first = seen ? entry->first[side] : 0,
        .last = seen ? hot->last[side] : 0,
    };
}

/* The span of both sides; one of them has had a packet. */
static void flow_record_times(struct chains_flow *out)
{
    const struct chains_flow_side *a = out->orig.has ? &out->orig : &out->resp;
    const struct chains_flow_side *b = out->resp.has ? &out->resp : &out->orig;
    out->start = a->first < b->first ? a->first : b->first;
    out->last = a->last > b->last ? a->last : b->last;
    out->duration = time_minus(out->last, out->start);
    if (out->duration < 0)
        out->duration = 0;
}

/* UDP, in Zeek's words: who has sent something, and who was first. */
static void flow_record_udp(uint8_t flags, struct chains_flow *out)
{
    bool orig = flags & FLOW_SEEN_ORIG, resp = flags & FLOW_SEEN_RESP;
    out->has |= CHAINS_FLOW_HAS_STATE;
    out->state = orig && resp ? "SF" : orig ? "S0" : "SHR";
    char first = orig && !(resp && flags & FLOW_RESP_FIRST) ? 'D' : 'd';
    out->history_text[0] = first;
    out->history_text[1] = orig && resp ? (char)(first ^ ('D' ^ 'd')) : '\0';
    out->history_text[2] = '\0';
    out->history = out->history_text;
}

void flow_record_fill(const struct flow_table *table, uint32_t flow, struct community_id *id,
                      struct chains_flow *out)
{
    struct chains_flow_entry *entry = &table->flow[flow].entry;
    const struct flow_tcp *tcp = flow_table_tcp(table, flow);
    struct flow_key key;
    flow_record_key(table, flow, &key);
    unsigned orig = flow_record_orig(table, flow);
    *out = (struct chains_flow){
        .has = key.has_ports ? CHAINS_FLOW_HAS_PORTS : 0,
        .entry = entry,
        .flow = flow_table_number(table, flow),
        .src = flow_record_addr(&key, orig),
        .dst = flow_record_addr(&key, !orig),
        .sport = key.port[orig],
        .dport = key.port[!orig],
        .protocol = key.protocol,
        .opener = entry->opener,
        .service = entry->service,
    };
    flow_record_side(table, flow, CHAINS_ORIG, &out->orig);
    flow_record_side(table, flow, CHAINS_RESP, &out->resp);
    flow_record_times(out);
    if (tcp) {
        flow_tcp_report(tcp, out);
        out->history = out->history_text;
    } else if (key.protocol == 17) {
        flow_record_udp(table->flow[flow].hot.flags, out);
    }
    if (id && community_id_text(id, &key, out->community_text))
        out->community_id = out->community_text;
}
