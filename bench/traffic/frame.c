/* SPDX-License-Identifier: MIT */
/*
 * Headers. In: who speaks, and what. Out: a whole Ethernet frame with lengths and checksums that
 * are right. Clients are private hosts, servers public ones; an address belongs to a number, so
 * that there are as many hosts as were asked for.
 */
#include "traffic.h"

#include <string.h>

enum { TTL = 64, UDP_HEADER = 8, TCP_HEADER = 20, TCP_SYN_HEADER = 40, TCP_STAMP_HEADER = 32 };

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

/* A client of a few and a server of many, of which some are asked much more often. */
static void ends_real(const struct traffic *traffic, struct talk *talk, uint64_t draw)
{
    static const uint8_t nets[8] = { 23, 34, 52, 104, 142, 151, 185, 203 };
    struct ends *ends = &talk->ends;
    uint32_t servers = (uint32_t)(traffic->hosts - traffic->clients);
    uint64_t part = (draw & 0xffff) * (draw & 0xffff) >> 16; /* the square: small ones first */
    uint32_t client = (uint32_t)(dice_mix(draw) % traffic->clients);
    /* Half of the flows go round all servers, so that each is there. */
    talk->server = (uint32_t)(talk->flow & 1 ? talk->flow / 2 % servers
                                             : (part * part >> 16) * servers >> 16);
    uint32_t place = talk->server * UINT32_C(0x9e3779b1) & 0xffffff; /* no two at one place */
    ends_host(traffic, ends, 1, 0);
    ends->port[0] = (uint16_t)(32768 + (draw >> 32) % 28232); /* as systems choose them */
    put32(ends->mac[0], 0x02000000);
    put32(ends->mac[0] + 2, client);
    if (ends->v6) {
        memcpy(ends->addr[0], "\xfd\0\0\x50", 4);
        put32(ends->addr[0] + 12, client);
        put32(ends->addr[1] + 12, place);
        return;
    }
    put32(ends->addr[0], UINT32_C(0x0a000001) + client);
    put32(ends->addr[1], (uint32_t)nets[place & 7] << 24 | place);
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
    talk->stamp[0] = (uint32_t)dice_mix(draw ^ 1);
    talk->stamp[1] = (uint32_t)dice_mix(more ^ 1);
    talk->ident[0] = (uint16_t)more;
    talk->ident[1] = (uint16_t)draw;
    talk->ends.port[0] = (uint16_t)(1024 + (draw >> 20) % 64000);
    talk->ends.port[1] = (uint16_t)(1024 + (more >> 20) % 64000);
    if (traffic->clients)
        ends_real(traffic, talk, more ^ draw >> 7);
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

/* Number and hop limit of an IPv4 packet; its sum is mended. */
static void frame_mark(struct frame *out, uint16_t ident, unsigned hops)
{
    uint8_t *ip = out->bytes + FRAME_ETHERNET;
    put16(ip + 4, ident);
    ip[8] = (uint8_t)hops;
    put16(ip + 10, 0);
    uint16_t sum = sum_fold(sum_bytes(ip, 20, 0));
    memcpy(ip + 10, &sum, sizeof sum);
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

/* No operation twice, then what the clock of each side says. */
static void put_stamps(uint8_t *at, const struct talk *talk, unsigned side)
{
    put32(at, 0x0101080a);
    put32(at + 4, talk->stamp[side] + talk->now_ms);
    put32(at + 8, talk->stamp[!side] + talk->now_ms);
}

uint32_t frame_segment_most(const struct talk *talk)
{
    uint32_t tcp = talk->real ? TCP_STAMP_HEADER : TCP_HEADER;
    return 1500 - (talk->ends.v6 ? 40u : 20u) - tcp;
}

uint8_t *frame_segment(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
                       uint32_t seq, uint32_t ack, size_t len)
{
    bool stamps = talk->real && !(flags & TCP_SYN);
    size_t header = flags & TCP_SYN ? TCP_SYN_HEADER : stamps ? TCP_STAMP_HEADER : TCP_HEADER;
    uint8_t *tcp = frame_ip(out, &talk->ends, side, 6, header + len);
    if (talk->real && !talk->ends.v6)
        frame_mark(out, ++talk->ident[side], side ? 48 + talk->server % 12 : TTL);
    put16(tcp, talk->ends.port[side]);
    put16(tcp + 2, talk->ends.port[!side]);
    put32(tcp + 4, seq);
    put32(tcp + 8, ack);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = (uint8_t)flags;
    put16(tcp + 14, stamps ? 501 : 64240); /* of 128 bytes, behind a SYN with a scale */
    put32(tcp + 16, 0);
    if (flags & TCP_SYN)
        memcpy(tcp + TCP_HEADER, syn_options, sizeof syn_options);
    if (flags & TCP_SYN && talk->real) {
        put16(tcp + TCP_HEADER + 2, talk->ends.v6 ? 1440 : 1460);
        put32(tcp + TCP_HEADER + 8, talk->stamp[side] + talk->now_ms);
        put32(tcp + TCP_HEADER + 12, side ? talk->stamp[0] + talk->now_ms : 0);
    }
    if (stamps)
        put_stamps(tcp + TCP_HEADER, talk, side);
    return tcp + header;
}

void frame_segment_done(struct frame *out, const struct talk *talk, unsigned side)
{
    frame_checksum(out, &talk->ends, side, 6, 16);
}

void frame_hole(struct frame *out, struct talk *talk, unsigned side, uint32_t ack,
                uint32_t from, uint32_t to)
{
    enum { SACK = 12 }; /* no operation twice, and one block */
    size_t header = talk->real ? TCP_STAMP_HEADER : TCP_HEADER;
    uint8_t *option = frame_segment(out, talk, side, TCP_ACK, talk->seq[side], ack, SACK);
    (option - header)[12] = (uint8_t)((header + SACK) / 4 << 4);
    put32(option, 0x0101050a);
    put32(option + 4, from);
    put32(option + 8, to);
    frame_segment_done(out, talk, side);
}

void frame_tcp_at(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
                  uint32_t seq, const void *payload, size_t len)
{
    uint8_t *data =
        frame_segment(out, talk, side, flags, seq, flags & TCP_ACK ? talk->seq[!side] : 0, len);
    if (len > 0)
        memcpy(data, payload, len);
    frame_segment_done(out, talk, side);
}

void frame_tcp(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
               const void *payload, size_t len)
{
    frame_tcp_at(out, talk, side, flags, talk->seq[side], payload, len);
    talk->seq[side] += (uint32_t)len + ((flags & (TCP_SYN | TCP_FIN)) != 0);
}
