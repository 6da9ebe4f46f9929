/* SPDX-License-Identifier: MIT */
#ifndef CEILING_CEILING_H
#define CEILING_CEILING_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * What every ceiling needs. In: a pcap file of this machine's byte order with microseconds and
 * Ethernet. Out: its records, 32 at a time, their addresses and ports, and a buffer for text. It
 * checks lengths, since nobody can leave that out, and nothing else: nothing of libchains is here.
 */

enum {
    READ_SIZE = 512 * 1024,
    RECORD_MOST = 256 * 1024,
    BATCH = 32,
    OUT_SIZE = 256 * 1024,
    OUT_SLACK = 32 * 1024, /* what one record may write before out_room() is asked again */
};

struct packet {
    const uint8_t *data;
    uint32_t len, wire_len;
    uint32_t seconds, micro;
};

struct capture {
    int fd;
    uint8_t *buffer;
    size_t at, end;
    uint64_t packets, bytes;
};

static inline uint32_t host32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint16_t net16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t net32(const uint8_t *at)
{
    return __builtin_bswap32(host32(at));
}

static inline void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static inline void capture_more(struct capture *capture)
{
    size_t left = capture->end - capture->at;
    memmove(capture->buffer, capture->buffer + capture->at, left);
    capture->at = 0;
    capture->end = left;
    ssize_t got = read(capture->fd, capture->buffer + left, READ_SIZE);
    if (got > 0)
        capture->end += (size_t)got;
}

static inline struct capture capture_open(int argc, char **argv)
{
    struct capture capture = { 0 };
    capture.buffer = malloc(READ_SIZE + RECORD_MOST);
    capture.fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (!capture.buffer || capture.fd < 0)
        fail("usage: NAME FILE.pcap");
    capture_more(&capture);
    if (capture.end < 24 || host32(capture.buffer) != 0xa1b2c3d4)
        fail("no pcap file with microseconds");
    capture.at = 24;
    return capture;
}

/* A whole record in the buffer? */
static inline bool capture_next(struct capture *capture, struct packet *packet)
{
    const uint8_t *record = capture->buffer + capture->at;
    size_t left = capture->end - capture->at;
    if (left < 16)
        return false;
    packet->len = host32(record + 8);
    if (packet->len > left - 16)
        return false;
    packet->seconds = host32(record);
    packet->micro = host32(record + 4);
    packet->wire_len = host32(record + 12);
    packet->data = record + 16;
    capture->at += 16 + (size_t)packet->len;
    capture->packets++;
    capture->bytes += packet->len;
    return true;
}

/* The next ones, which lie in the buffer until the next call; 0: that was all. */
static inline unsigned capture_batch(struct capture *capture, struct packet *packets)
{
    unsigned count = 0;
    while (count < BATCH && capture_next(capture, &packets[count]))
        count++;
    if (count > 0)
        return count;
    size_t left = capture->end - capture->at;
    if (left > RECORD_MOST)
        fail("a record that is too long");
    capture_more(capture);
    if (capture->end == left)
        return 0;
    return capture_batch(capture, packets);
}

static inline int capture_close(struct capture *capture)
{
    fprintf(stderr, "%llu packets %llu bytes\n", (unsigned long long)capture->packets,
            (unsigned long long)capture->bytes);
    close(capture->fd);
    free(capture->buffer);
    return 0;
}

/* Addresses and ports; 0 where there are none. */
struct headers {
    const uint8_t *network, *src, *dst, *transport, *payload;
    uint32_t transport_len, payload_len;
    uint16_t type, sport, dport;
    uint8_t version, protocol; /* version: 4, 6 or 0 */
};

static inline void headers_transport(struct headers *out)
{
    const uint8_t *at = out->transport;
    uint32_t len = out->transport_len, header = 8;
    if ((out->protocol != 6 && out->protocol != 17) || len < 8)
        return;
    out->sport = net16(at);
    out->dport = net16(at + 2);
    if (out->protocol == 6)
        header = len < 20 ? len : (uint32_t)(at[12] >> 4) * 4;
    if (header <= len) {
        out->payload = at + header;
        out->payload_len = len - header;
    }
}

static inline void headers_ip4(struct headers *out, const uint8_t *ip, uint32_t len)
{
    uint32_t header = (uint32_t)(ip[0] & 15) * 4, total = net16(ip + 2);
    if (len < 20 || header < 20 || total < header || header > len)
        return;
    out->version = 4;
    out->protocol = ip[9];
    out->src = ip + 12;
    out->dst = ip + 16;
    out->transport = ip + header;
    out->transport_len = (total < len ? total : len) - header;
    if ((net16(ip + 6) & 0x1fff) == 0)
        headers_transport(out);
}

static inline void headers_ip6(struct headers *out, const uint8_t *ip, uint32_t len)
{
    if (len < 40)
        return;
    uint32_t total = net16(ip + 4);
    out->version = 6;
    out->protocol = ip[6];
    out->src = ip + 8;
    out->dst = ip + 24;
    out->transport = ip + 40;
    out->transport_len = total < len - 40 ? total : len - 40;
    headers_transport(out);
}

/* One VLAN tag is passed over; extension headers of IPv6 are not. */
static inline void headers_read(struct headers *out, const struct packet *packet)
{
    const uint8_t *at = packet->data + 14;
    memset(out, 0, sizeof *out);
    if (packet->len < 14 + 20)
        return;
    uint32_t len = packet->len - 14;
    out->type = net16(at - 2);
    if (out->type == 0x8100 && len >= 24) {
        out->type = net16(at + 2);
        at += 4;
        len -= 4;
    }
    out->network = at;
    if (out->type == 0x0800)
        headers_ip4(out, at, len);
    else if (out->type == 0x86dd)
        headers_ip6(out, at, len);
}

#endif
