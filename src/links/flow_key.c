/* SPDX-License-Identifier: MIT */
/*
 * Which flow a packet belongs to. In: a record with its layers. Out: the key, the same for both
 * directions, the sizes that its headers say, and who opens a flow that begins with it.
 */
#include "flow_key.h"

#include <chains/layer/icmp.h>
#include <chains/layer/ip.h>
#include <chains/layer/transport.h>
#include <chains/layer/udp.h>

#include <string.h>

enum {
    FLOW_KEY_SERVICE = 1024, /* ports below are services */
    FLOW_KEY_UDP = 17,
    FLOW_KEY_ICMP4 = 1,
    FLOW_KEY_ICMP6 = 58,
};

/* Types that answer each other; the first asks. */
struct flow_key_pair {
    uint8_t request, reply;
};

static const struct flow_key_pair flow_key_icmp4[] = {
    { 8, 0 }, { 13, 14 }, { 15, 16 }, { 10, 9 }, { 17, 18 }, { 0, 0 },
};

static const struct flow_key_pair flow_key_icmp6[] = {
    { 128, 129 }, { 133, 134 }, { 135, 136 }, { 130, 131 },
    { 139, 140 }, { 144, 145 }, { 0, 0 },
};

/* Ports of the sender, [0], and of the receiver. */
struct flow_key_ports {
    uint16_t port[2];
    uint8_t header; /* bytes of the transport's */
};

static bool flow_key_icmp(const struct chains_icmp *icmp, struct flow_packet *packet,
                          struct flow_key_ports *ports)
{
    const struct flow_key_pair *pair =
        packet->key.protocol == FLOW_KEY_ICMP4 ? flow_key_icmp4 : flow_key_icmp6;
    ports->header = 8;
    ports->port[0] = icmp->icmp_type;
    ports->port[1] = icmp->icmp_code;
    packet->key.one_way = 1;
    for (; pair->request; pair++) {
        packet->request = icmp->icmp_type == pair->request;
        packet->reply = icmp->icmp_type == pair->reply;
        if (!packet->request && !packet->reply)
            continue;
        ports->port[1] = packet->request ? pair->reply : pair->request;
        packet->key.one_way = 0;
        break;
    }
    return true;
}

static bool flow_key_tcp(const struct chains_tcp *tcp, struct flow_packet *packet,
                         struct flow_key_ports *ports)
{
    if (!tcp)
        return false;
    *ports = (struct flow_key_ports){ { tcp->sport, tcp->dport }, tcp->header_len };
    packet->tcp = tcp;
    return true;
}

static bool flow_key_sctp(const struct chains_sctp *sctp, struct flow_key_ports *ports)
{
    if (sctp)
        *ports = (struct flow_key_ports){ { sctp->sport, sctp->dport }, 12 };
    return sctp;
}

/* False when the packet's protocol has ports, and they are not there. */
static bool flow_key_ports(const struct chains_record *rec, struct flow_packet *packet,
                           struct flow_key_ports *ports)
{
    const struct chains_udp *udp;
    const struct chains_icmp *icmp;
    switch (packet->key.protocol) {
    case 6:
        return flow_key_tcp(chains_get(rec, tcp), packet, ports);
    case FLOW_KEY_UDP:
        udp = chains_get(rec, udp);
        if (udp)
            *ports = (struct flow_key_ports){ { udp->sport, udp->dport }, 8 };
        return udp;
    case 132:
        return flow_key_sctp(chains_get(rec, sctp), ports);
    case FLOW_KEY_ICMP4:
    case FLOW_KEY_ICMP6:
        icmp = chains_get(rec, icmp);
        return icmp && flow_key_icmp(icmp, packet, ports);
    default:
        packet->key.has_ports = 0;
        return true;
    }
}

/* A UDP header may say less than IP does: what is behind it is no payload. */
static uint32_t flow_key_udp(const struct chains_record *rec, uint32_t payload)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    if (!udp || udp->len < 8)
        return payload;
    return udp->len - 8u < payload ? udp->len - 8u : payload;
}

/*
 * Sizes as sent. A total length of 0 is what segmentation offload leaves, and of an IP packet in
 * pieces the header is that of one of them: then it is what is there. So it is where the length
 * goes beyond a packet that was captured whole: that length lies.
 */
static void flow_key_sizes(const struct chains_record *rec, const struct chains_ip *ip,
                           unsigned header, struct flow_packet *packet)
{
    const struct chains_udp *udp = packet->tcp ? NULL : chains_get(rec, udp);
    size_t there = packet->tcp ? packet->tcp->data.len : udp ? udp->data.len : rec->rest.len;
    uint32_t captured = there < UINT32_MAX / 2 ? (uint32_t)there : UINT32_MAX / 2;
    uint32_t total = ip->version == 4 ? ip->len : ip->len + 40;
    if (ip->has & CHAINS_IP_HAS_JUMBO)
        total = ip->jumbo_len < UINT32_MAX - 40 ? ip->jumbo_len + 40 : UINT32_MAX;
    uint32_t headers = ip->header_len + header;
    uint32_t payload = total > headers ? total - headers : 0;
    bool beyond = (rec->flags & (CHAINS_SNAPPED | CHAINS_CUT)) == CHAINS_CUT;
    bool lies = beyond && payload > captured;
    if (packet->key.protocol == FLOW_KEY_UDP)
        payload = flow_key_udp(rec, payload);
    packet->payload = payload > captured && !lies ? payload : captured;
    bool none = ip->version == 4 && !ip->len;
    packet->ip_bytes = none || lies ? headers + captured : total;
}

static bool flow_key_is_many(const struct chains_addr *addr)
{
    if (addr->family == 6)
        return addr->octets[0] == 0xff;
    return addr->octets[0] >= 224;
}

/* Which end of the key the sender is. */
static unsigned flow_key_order(const struct chains_ip *ip, const struct flow_key_ports *ports)
{
    if (ip->version == 4) {
        uint32_t src = chains_load_be32(ip->src.octets), dst = chains_load_be32(ip->dst.octets);
        return src != dst ? src > dst : ports->port[0] > ports->port[1];
    }
    int order = memcmp(ip->src.octets, ip->dst.octets, sizeof ip->src.octets);
    return order ? order > 0 : ports->port[0] > ports->port[1];
}

static inline uint64_t flow_key_sum(const struct flow_key *key,
                                    const struct siphash_key *secret)
{
    uint64_t rest = key->port[0] | (uint64_t)key->port[1] << 16 |
                    (uint64_t)key->protocol << 32 | (uint64_t)key->family << 40 |
                    (uint64_t)key->one_way << 48;
    if (key->family == 4) {
        const uint64_t both[] = { chains_load_le32(key->addr[0]),
                                  chains_load_le32(key->addr[1]) };
        const uint64_t words[] = { both[0] | both[1] << 32, rest };
        return siphash13_words(secret, words, 2);
    }
    uint64_t words[sizeof key->addr / sizeof(uint64_t) + 1] = { 0 };
    memcpy(words, key->addr, sizeof key->addr);
    words[4] = rest;
    return siphash13_words(secret, words, 5);
}

uint64_t flow_key_hash(const struct flow_key *key, const struct siphash_key *secret)
{
    return flow_key_sum(key, secret);
}

bool flow_packet_read(const struct chains_record *rec, struct flow_packet *packet,
                      const struct siphash_key *secret)
{
    const struct chains_ip *ip = chains_get(rec, ip);
    if (!ip || ((rec->flags & CHAINS_FRAGMENT) && !(rec->flags & CHAINS_REASSEMBLED)))
        return false;
    struct flow_key *key = &packet->key;
    struct flow_key_ports ports = { { 0, 0 }, 0 };
    packet->tcp = NULL;
    packet->request = packet->reply = false;
    key->protocol = ip->protocol;
    key->one_way = 0;
    key->has_ports = 1;
    if (!flow_key_ports(rec, packet, &ports))
        return false;
    unsigned from = key->one_way ? 0 : flow_key_order(ip, &ports);
    packet->from = (uint8_t)from;
    memcpy(key->addr[from], ip->src.octets, 16);
    memcpy(key->addr[!from], ip->dst.octets, 16);
    key->port[from] = ports.port[0];
    key->port[!from] = ports.port[1];
    key->family = ip->version;
    packet->to_many = flow_key_is_many(&ip->dst);
    packet->kind = flow_key_kind(key);
    packet->hash = flow_key_sum(key, secret);
    packet->addr = key->family == 4 ? flow_key_ip4(key) : packet->hash;
    flow_key_sizes(rec, ip, ports.header, packet);
    return true;
}

/* Whether the sender's port is a service and the receiver's is not. */
static bool flow_key_from_service(const struct flow_packet *packet, unsigned from)
{
    return packet->key.port[from] < FLOW_KEY_SERVICE &&
           packet->key.port[!from] >= FLOW_KEY_SERVICE;
}

static uint8_t flow_key_tcp_opener(const struct flow_packet *packet,
                                   enum chains_flow_opener *how)
{
    uint8_t from = packet->from;
    if (packet->tcp->flags & CHAINS_TCP_SYN) {
        *how = CHAINS_OPENER_SYN;
        return packet->tcp->flags & CHAINS_TCP_ACK ? !from : from;
    }
    if (flow_key_from_service(packet, from) || flow_key_from_service(packet, !from)) {
        *how = CHAINS_OPENER_PORT;
        return flow_key_from_service(packet, from) ? !from : from;
    }
    return from;
}

uint8_t flow_packet_opener(const struct flow_packet *packet, enum chains_flow_opener *how)
{
    uint8_t from = packet->from;
    *how = CHAINS_OPENER_FIRST;
    if (packet->tcp)
        return flow_key_tcp_opener(packet, how);
    if (packet->to_many)
        return from; /* a group opens nothing */
    if (packet->request || packet->reply) {
        *how = CHAINS_OPENER_SYN;
        return packet->reply ? !from : from;
    }
    if (packet->key.protocol == FLOW_KEY_UDP && flow_key_from_service(packet, from)) {
        *how = CHAINS_OPENER_PORT;
        return !from;
    }
    return from;
}
