/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_KEY_H
#define LINKS_FLOW_KEY_H

#include <chains/layer/flow.h>
#include <chains/layer/tcp.h>

#include "../bytes/siphash.h"

/*
 * What makes a flow: both addresses and ports, in an order that is the same for both directions,
 * and the protocol. ICMP has its type and the counterpart's for ports; where a type has no
 * counterpart there is one direction, [0] is the sender, and the ports are type and code. It is the
 * order and the numbers of Community ID v1. Without ports: 0.
 */
struct flow_key {
    uint8_t addr[2][16]; /* IPv4: the first four octets, the others 0 */
    uint16_t port[2];
    uint8_t protocol;
    uint8_t family;  /* 4 or 6 */
    uint8_t one_way; /* 1: the other direction is another flow */
    uint8_t has_ports;
};

/* Both addresses of a key of IPv4 as a number. */
static inline uint64_t flow_key_ip4(const struct flow_key *key)
{
    return (uint64_t)chains_load_be32(key->addr[0]) << 32 | chains_load_be32(key->addr[1]);
}

/* What kind of key it is, in a byte. */
static inline uint8_t flow_key_kind(const struct flow_key *key)
{
    return (uint8_t)(key->family | key->one_way << 3 | key->has_ports << 4);
}

/* What the table wants to know of a packet. */
struct flow_packet {
    struct flow_key key;
    uint64_t hash;
    uint64_t addr;  /* IPv4: both addresses; IPv6: the hash, too */
    uint32_t guess; /* a flow that may be its, by the hash, or FLOW_NONE; family 0: not set */
    const struct chains_tcp *tcp; /* NULL: another protocol */
    uint32_t ip_bytes, payload;   /* as sent, by the headers */
    uint8_t kind;                 /* flow_key_kind() */
    uint8_t from;                 /* which of the key's two ends has sent it */
    bool request, reply;          /* of an ICMP pair */
    bool may_move;                /* that flow may change its place in the lists */
    bool to_many;                 /* the destination is multicast or broadcast */
};

/*
 * Reads a packet, and hashes its key. False when it belongs to no flow: no IP, a piece of an IP packet, or a transport
 * header that is not there.
 */
bool flow_packet_read(const struct chains_record *rec, struct flow_packet *packet,
                      const struct siphash_key *secret);

/* The hash of a key; who does not know the secret cannot tell which keys fall together. */
uint64_t flow_key_hash(const struct flow_key *key, const struct siphash_key *secret);

/* Who opened a flow that begins with this packet: an end of the key, and how that is known. */
uint8_t flow_packet_opener(const struct flow_packet *packet, enum chains_flow_opener *how);

#endif
