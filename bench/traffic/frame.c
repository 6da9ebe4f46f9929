/* SPDX-License-Identifier: MIT */
/*
 * Headers. In: who speaks, and what. Out: a whole Ethernet frame with lengths and checksums that
 * are right. Clients are private hosts, servers public ones; an address belongs to a number, so
 * that there are as many hosts as were asked for.
 */
#include "traffic.h"

#include <string.h>

enum { TTL = 64, UDP_HEADER = 8, TCP_HEADER = 20, TCP_SYN_HEADER = 40 };

uint64_t dice_mix(uint64_t number)
{
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

uint64_t dice_next(struct dice *dice)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    return dice_mix(dice->state);
}

uint32_t dice_below(struct dice *dice, uint32_t bound)
{
    return (uint32_t)((dice_next(dice) >> 32) * bound >> 32);
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* Half of the hosts are ours, half are theirs. */
static void ends_host(const struct traffic *traffic, struct ends *ends, unsigned side,
                      uint64_t draw)
{
    static const uint8_t prefix[2][6] = { { 0xfd, 0, 0, 0x50, 0, 0 },
                                          { 0x2a, 0, 0, 0x50, 0, 0 } };
    uint64_t half = traffic->hosts / 2 ? traffic->hosts / 2 : 1;
    uint32_t host = (uint32_t)(draw % half);
    uint8_t *addr = ends->addr[side];
    put32(ends->mac[side], 0x02000000);
    put16(ends->mac[side] + 4, side);
    if (side == 0)
        put32(ends->mac[side] + 2, host);
    if (ends->v6) {
        memcpy(addr, prefix[side], sizeof prefix[side]);
        put32(addr + 12, host);
        return;
    }
    put32(addr, (side ? UINT32_C(0x0b000000) : UINT32_C(0x0a000000)) + (host & 0xffffff));
}

void ends_choose(const struct traffic *traffic, struct talk *talk)
{
    uint64_t draw = dice_mix(talk->flow * 2 + 1 + traffic->salt);
    uint64_t more = dice_mix(draw);
    memset(&talk->ends, 0, sizeof talk->ends);
    talk->ends.v6 = !talk->kind->one_family && more % 100 < traffic->v6_percent;
    /* The first half of the flows names each of our hosts at least once, in order. */
    ends_host(traffic, &talk->ends, 0, talk->flow);
    ends_host(traffic, &talk->ends, 1, talk->flow * 7 + draw % 3);
    talk->ends.port[0] = (uint16_t)(1024 + (draw >> 20) % 64000);
    talk->ends.port[1] = (uint16_t)(1024 + (more >> 20) % 64000);
    talk->seq[0] = (uint32_t)(draw >> 32);
    talk->seq[1] = (uint32_t)(more >> 32);
    talk->dice.state = dice_mix(more);
}

static uint64_t sum_bytes(const uint8_t *at, size_t len, uint64_t sum)
{
    for (; len >= 4; at += 4, len -= 4) {
        uint32_t word;
        memcpy(&word, at, sizeof word);
        sum += word;
    }
    uint8_t last[4] = { 0 };
    memcpy(last, at, len);
    uint32_t word;
    memcpy(&word, last, sizeof word);
    return sum + word;
}

/* In the byte order in which it was summed. */
static uint16_t sum_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint8_t *frame_ip4(struct frame *out, const struct ends *ends, unsigned side,
                          uint8_t protocol, size_t len)
{
    uint8_t *ip = out->bytes + FRAME_ETHERNET;
    put16(out->bytes + 12, 0x0800);
    memset(ip, 0, 20);
    ip[0] = 0x45;
    put16(ip + 2, (unsigned)(20 + len));
    ip[6] = 0x40;
    ip[8] = TTL;
    ip[9] = protocol;
    memcpy(ip + 12, ends->addr[side], 4);
    memcpy(ip + 16, ends->addr[!side], 4);
    uint16_t sum = sum_fold(sum_bytes(ip, 20, 0));
    memcpy(ip + 10, &sum, sizeof sum);
    out->len = FRAME_ETHERNET + 20 + len;
    return ip + 20;
}

static uint8_t *frame_ip6(struct frame *out, const struct ends *ends, unsigned side,
                          uint8_t protocol, size_t len)
{
    uint8_t *ip = out->bytes + FRAME_ETHERNET;
    put16(out->bytes + 12, 0x86dd);
    memset(ip, 0, 40);
    ip[0] = 0x60;
    put16(ip + 4, (unsigned)len);
    ip[6] = protocol;
    ip[7] = TTL;
    memcpy(ip + 8, ends->addr[side], 16);
    memcpy(ip + 24, ends->addr[!side], 16);
    out->len = FRAME_ETHERNET + 40 + len;
    return ip + 40;
}

uint8_t *frame_ip(struct frame *out, const struct ends *ends, unsigned side, uint8_t protocol,
                  size_t len)
{
    memcpy(out->bytes, ends->mac[!side], 6);
    memcpy(out->bytes + 6, ends->mac[side], 6);
    return ends->v6 ? frame_ip6(out, ends, side, protocol, len)
                    : frame_ip4(out, ends, side, protocol, len);
}

uint8_t *frame_piece(struct frame *out, const struct ends *ends, unsigned side,
                     uint8_t protocol, size_t len, uint16_t id, uint16_t offset, bool more)
{
    uint8_t *data = frame_ip(out, ends, side, protocol, len);
    uint8_t *ip = data - 20;
    put16(ip + 4, id);
    put16(ip + 6, (unsigned)(offset / 8) | (more ? 0x2000u : 0));
    put16(ip + 10, 0);
    uint16_t sum = sum_fold(sum_bytes(ip, 20, 0));
    memcpy(ip + 10, &sum, sizeof sum);
    return data;
}

void frame_checksum(struct frame *out, const struct ends *ends, unsigned side, uint8_t protocol,
                    size_t at)
{
    uint8_t *data = out->bytes + FRAME_ETHERNET + (ends->v6 ? 40 : 20);
    size_t len = (size_t)(out->bytes + out->len - data), size = ends->v6 ? 16 : 4;
    uint8_t pseudo[4] = { 0, protocol };
    put16(pseudo + 2, (unsigned)len);
    uint64_t sum = sum_bytes(pseudo, sizeof pseudo, 0);
    sum = sum_bytes(ends->addr[side], size, sum);
    sum = sum_bytes(ends->addr[!side], size, sum);
    uint16_t folded = sum_fold(sum_bytes(data, len, sum));
    if (folded == 0 && protocol == 17)
        folded = 0xffff;
    memcpy(data + at, &folded, sizeof folded);
}

void frame_udp(struct frame *out, const struct ends *ends, unsigned side, const void *payload,
               size_t len)
{
    uint8_t *udp = frame_ip(out, ends, side, 17, UDP_HEADER + len);
    put16(udp, ends->port[side]);
    put16(udp + 2, ends->port[!side]);
    put16(udp + 4, (unsigned)(UDP_HEADER + len));
    put16(udp + 6, 0);
    memcpy(udp + UDP_HEADER, payload, len);
    frame_checksum(out, ends, side, 17, 6);
}

/* MSS, SACK permitted, time stamps, window scale: 20 bytes. */
static const uint8_t syn_options[20] = { 2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0,
                                         1, 1, 0, 0,    0, 0, 1, 3,  3, 7 };

void frame_tcp_at(struct frame *out, const struct talk *talk, unsigned side, unsigned flags,
                  uint32_t seq, const void *payload, size_t len)
{
    size_t header = flags & TCP_SYN ? TCP_SYN_HEADER : TCP_HEADER;
    uint8_t *tcp = frame_ip(out, &talk->ends, side, 6, header + len);
    put16(tcp, talk->ends.port[side]);
    put16(tcp + 2, talk->ends.port[!side]);
    put32(tcp + 4, seq);
    put32(tcp + 8, flags & TCP_ACK ? talk->seq[!side] : 0);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, 64240);
    put32(tcp + 16, 0);
    if (flags & TCP_SYN)
        memcpy(tcp + TCP_HEADER, syn_options, sizeof syn_options);
    if (len > 0)
        memcpy(tcp + header, payload, len);
    frame_checksum(out, &talk->ends, side, 6, 16);
}

void frame_tcp(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
               const void *payload, size_t len)
{
    frame_tcp_at(out, talk, side, flags, talk->seq[side], payload, len);
    talk->seq[side] += (uint32_t)len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}
