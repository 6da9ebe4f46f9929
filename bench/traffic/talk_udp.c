/* SPDX-License-Identifier: MIT */
/*
 * Conversations without TCP: datagrams, DNS, ICMP, pieces of packets, what local devices say of
 * themselves. In: how far one has come. Out: its next packet.
 */
#include "talk.h"

#include <stdio.h>
#include <string.h>

enum { PIECE = 64 };

/* One datagram. */
bool talk_udp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t data[64] = "data";
    (void)traffic;
    frame_udp(out, &talk->ends, 0, data, 8 + talk->flow % 50);
    return false;
}

/* Some there and back, as a call has them. */
bool talk_udp_both(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t data[200] = { 0x80 };
    (void)traffic;
    if (talk->step == 0)
        talk->left = 2 + dice_below(&talk->dice, 8);
    frame_udp(out, &talk->ends, talk->step & 1, data, sizeof data);
    return talk->step + 1 < talk->left;
}

/* Of ICMP over IPv4, which has no other header in its sum. */
static void icmp_checksum(uint8_t *icmp, size_t len)
{
    uint32_t sum = 0;
    icmp[2] = icmp[3] = 0;
    for (size_t i = 0; i < len; i++)
        sum += i & 1 ? icmp[i] : (uint32_t)icmp[i] << 8;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    icmp[2] = (uint8_t)(sum >> 8);
    icmp[3] = (uint8_t)sum;
}

/* An echo and its reply. */
bool talk_ping(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    enum { LENGTH = 56 };
    unsigned side = talk->step & 1;
    uint8_t protocol = talk->ends.v6 ? 58 : 1;
    (void)traffic;
    uint8_t *icmp = frame_ip(out, &talk->ends, side, protocol, LENGTH);
    memset(icmp, 0x30, LENGTH);
    icmp[0] = talk->ends.v6 ? (side ? 129 : 128) : (side ? 0 : 8);
    icmp[1] = icmp[2] = icmp[3] = icmp[6] = icmp[7] = 0;
    memcpy(icmp + 4, talk->ends.port, 2);
    if (talk->ends.v6)
        frame_checksum(out, &talk->ends, side, protocol, 2);
    else
        icmp_checksum(icmp, LENGTH);
    return side == 0;
}

/* A datagram, and the error that quotes it. */
bool talk_unreachable(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    struct frame quoted;
    (void)traffic;
    frame_udp(&quoted, &talk->ends, 0, "nobody listens", 14);
    if (talk->step == 0) {
        *out = quoted;
        return true;
    }
    size_t len = quoted.len - FRAME_ETHERNET;
    uint8_t *icmp = frame_ip(out, &talk->ends, 1, 1, 8 + len);
    memset(icmp, 0, 8);
    icmp[0] = 3;
    icmp[1] = 3;
    memcpy(icmp + 8, quoted.bytes + FRAME_ETHERNET, len);
    icmp_checksum(icmp, 8 + len);
    return false;
}

/* A query for a name that was never asked for, and its response. */
bool talk_dns(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t message[FRAME_PAYLOAD];
    (void)traffic;
    talk->ends.port[1] = 53;
    frame_udp(out, &talk->ends, talk->step, message,
              talk_dns_message(talk, talk->step == 1, message));
    return talk->step == 0;
}

bool talk_dns_unanswered(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    talk_dns(traffic, talk, out);
    return false;
}

/* One client's long names under one domain after the other, as a tunnel has them. */
bool talk_dns_weird(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    static const char hex[] = "0123456789abcdefghijklmnopqrstuv";
    uint8_t message[256] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 60 };
    size_t len = 13;
    char zone[32];
    (void)traffic;
    talk->ends.port[1] = 53;
    message[0] = (uint8_t)talk->flow;
    message[1] = (uint8_t)(talk->flow >> 8);
    for (size_t i = 0; i < 60; i++)
        message[len++] = (uint8_t)hex[dice_below(&talk->dice, 32)];
    int size = snprintf(zone, sizeof zone, "t%llu", (unsigned long long)(talk->flow / 40));
    message[len++] = (uint8_t)size;
    memcpy(message + len, zone, (size_t)size);
    len += (size_t)size;
    memcpy(message + len,
           "\x07"
           "example\0\0\x10\0\1",
           13);
    frame_udp(out, &talk->ends, 0, message, len + 13);
    return false;
}

/* The first piece of a datagram of which no other comes. */
bool talk_fragment(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    (void)traffic;
    memset(frame_piece(out, &talk->ends, 0, 17, PIECE, (uint16_t)talk->flow, 0, true), 'f',
           PIECE);
    return false;
}

/* A datagram in three pieces, the last one first. */
bool talk_fragmented(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    static const uint8_t order[3] = { 2, 0, 1 };
    unsigned piece = order[talk->step < 3 ? talk->step : 2];
    uint8_t *data = NULL;
    (void)traffic;
    data = frame_piece(out, &talk->ends, 0, 17, PIECE, (uint16_t)talk->flow,
                       (uint16_t)(piece * PIECE), piece < 2);
    memset(data, 'p', PIECE);
    if (piece == 0) {
        memcpy(data, "\x27\x0f\x27\x0f\x00\xc0\x00\x00", 8); /* 192 bytes, no checksum */
    }
    return talk->step < 2;
}

/* A device asks for an address and says what it is called. */
bool talk_dhcp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t message[300] = { 1, 1, 6, 0 };
    char name[32];
    int size =
        snprintf(name, sizeof name, "device-%llu", (unsigned long long)(talk->flow % 100003));
    (void)traffic;
    memcpy(message + 4, &talk->flow, 4);
    memcpy(message + 12, talk->ends.addr[0], 4);
    memcpy(message + 28, talk->ends.mac[0], 6);
    memcpy(message + 236, "\x63\x82\x53\x63\x35\x01\x03\x0c", 8);
    message[244] = (uint8_t)size;
    memcpy(message + 245, name, (size_t)size);
    message[245 + size] = 0xff;
    talk->ends.port[0] = 68;
    talk->ends.port[1] = 67;
    memset(talk->ends.mac[1], 0xff, 6);
    memset(talk->ends.addr[1], 0xff, 4);
    frame_udp(out, &talk->ends, 0, message, sizeof message);
    return false;
}

/* A device announces its name and address to all. */
bool talk_mdns(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    uint8_t message[128] = { 0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0 };
    char name[32];
    int size =
        snprintf(name, sizeof name, "thing-%llu", (unsigned long long)(talk->flow % 100003));
    size_t len = 12;
    (void)traffic;
    message[len++] = (uint8_t)size;
    memcpy(message + len, name, (size_t)size);
    len += (size_t)size;
    memcpy(message + len, "\x05local\0\0\1\x80\1\0\0\0\x78\0\4", 17);
    len += 17;
    memcpy(message + len, talk->ends.addr[0], 4);
    memcpy(talk->ends.mac[1], "\x01\x00\x5e\x00\x00\xfb", 6);
    memcpy(talk->ends.addr[1], "\xe0\x00\x00\xfb", 4);
    talk->ends.port[0] = talk->ends.port[1] = 5353;
    frame_udp(out, &talk->ends, 0, message, len + 4);
    return false;
}

/* Who has this address, and the answer. */
bool talk_arp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    unsigned side = talk->step & 1;
    uint8_t *arp = out->bytes + FRAME_ETHERNET;
    (void)traffic;
    memcpy(out->bytes, talk->ends.mac[!side], 6);
    memcpy(out->bytes + 6, talk->ends.mac[side], 6);
    memcpy(out->bytes + 12, "\x08\x06", 2);
    memcpy(arp, "\0\1\x08\0\6\4\0", 7);
    arp[7] = side ? 2 : 1;
    memcpy(arp + 8, talk->ends.mac[side], 6);
    memcpy(arp + 14, talk->ends.addr[side], 4);
    memset(arp + 18, 0, 6);
    memcpy(arp + 24, talk->ends.addr[!side], 4);
    out->len = FRAME_ETHERNET + 28;
    return side == 0;
}
