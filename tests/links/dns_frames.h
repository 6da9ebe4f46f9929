/* SPDX-License-Identifier: MIT */
#ifndef DNS_FRAMES_H
#define DNS_FRAMES_H

/*
 * A source of IPv4 packets with DNS over UDP and TCP, made one after the other: clients are 10.0.0.x,
 * the server is 10.0.0.53.
 */
#include <chains/component.h>

#include <time.h>

#include "../check.h"
#include "dns_messages.h"

enum {
    FRAMES_MOST = 400,
    FRAME_BYTES = 4 * 1024 * 1024,
    RAW = 101, /* LINKTYPE_RAW */
    SYN = 2,
    ACK = 16,
    FIN = 1,
};

static const int64_t ms = 1000000;
static const int64_t start_ns = 1000000000000000000;

struct frame {
    int64_t time_ns;
    const uint8_t *at;
    uint32_t len;
    bool idle; /* nothing comes, for 30 ms */
};

static struct frames {
    struct frame frame[FRAMES_MOST];
    size_t count, used, batch;
    bool live;
    uint8_t bytes[FRAME_BYTES];
} frames;

static struct dns_made made;

static inline void frames_begin(void)
{
    frames.count = frames.used = 0;
    frames.batch = 32;
    frames.live = false;
}

static inline void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* An IPv4 packet between 10.0.0.src and 10.0.0.dst; `dst` above 255: a group, 224.0.0.x. */
static inline uint8_t *frame_new(int64_t after_ns, unsigned protocol, unsigned src,
                                 unsigned dst, size_t payload)
{
    struct frame *frame = &frames.frame[frames.count++];
    uint8_t *at = frames.bytes + frames.used;
    size_t len = payload + 20;
    check(frames.count < FRAMES_MOST && frames.used + len < FRAME_BYTES && len < 65536);
    frames.used += len;
    *frame = (struct frame){ start_ns + after_ns, at, (uint32_t)len, false };
    memset(at, 0, 20);
    at[0] = 0x45;
    put16(at + 2, (unsigned)len);
    at[8] = 64;
    at[9] = (uint8_t)protocol;
    put32(at + 12, 0x0a000000 | src);
    put32(at + 16, dst > 255 ? 0xe0000000 | (dst & 255) : 0x0a000000 | dst);
    return at + 20;
}

static inline void udp_bytes(int64_t after_ns, unsigned src, unsigned sport, unsigned dst,
                             unsigned dport, const void *bytes, size_t len)
{
    uint8_t *at = frame_new(after_ns, 17, src, dst, len + 8);
    put16(at, sport);
    put16(at + 2, dport);
    put16(at + 4, (unsigned)len + 8);
    put16(at + 6, 0);
    memcpy(at + 8, bytes, len);
}

static inline void udp(int64_t after_ns, unsigned src, unsigned sport, unsigned dst,
                       unsigned dport)
{
    udp_bytes(after_ns, src, sport, dst, dport, made.at, made.len);
}

static inline void query(int64_t after_ns, unsigned id, const char *name)
{
    dns_made_begin(&made, id, DNS_RD, name, 1);
    udp(after_ns, 1, 40000, 53, 53);
}

static inline void response(int64_t after_ns, unsigned id, const char *name)
{
    dns_made_begin(&made, id, DNS_QR | DNS_RD, name, 1);
    dns_made_answer(&made, 0x01020304);
    udp(after_ns, 53, 53, 1, 40000);
}

/* A TCP connection between 10.0.0.1:port and 10.0.0.53:53. */
static struct {
    uint32_t sequence[2];
    unsigned port, server_port;
} tcp;

static inline void segment(int64_t after_ns, unsigned side, unsigned flags, const void *bytes,
                           size_t len)
{
    uint8_t *at = frame_new(after_ns, 6, side ? 53 : 1, side ? 1 : 53, len + 20);
    memset(at, 0, 20);
    put16(at, side ? tcp.server_port : tcp.port);
    put16(at + 2, side ? tcp.port : tcp.server_port);
    put32(at + 4, tcp.sequence[side]);
    put32(at + 8, flags == SYN ? 0 : tcp.sequence[!side]);
    at[12] = 0x50;
    at[13] = (uint8_t)flags;
    put16(at + 14, 65000);
    if (len > 0)
        memcpy(at + 20, bytes, len);
    tcp.sequence[side] += (uint32_t)len + ((flags & (SYN | FIN)) != 0);
}

static inline void tcp_begin(unsigned port, unsigned server_port)
{
    tcp.port = port;
    tcp.server_port = server_port;
    tcp.sequence[0] = 1000;
    tcp.sequence[1] = 5000;
    segment(0, 0, SYN, NULL, 0);
    segment(ms, 1, SYN | ACK, NULL, 0);
    segment(2 * ms, 0, ACK, NULL, 0);
}

/* What one side is about to send: messages with their lengths. */
static struct {
    size_t len;
    uint8_t at[70000];
} sent;

static inline void send_message(void)
{
    put16(sent.at + sent.len, (unsigned)made.len);
    memcpy(sent.at + sent.len + 2, made.at, made.len);
    sent.len += made.len + 2;
}

static inline void send_query(unsigned id, const char *name)
{
    dns_made_begin(&made, id, DNS_RD, name, 1);
    send_message();
}

static inline void send_response(unsigned id, const char *name)
{
    dns_made_begin(&made, id, DNS_QR, name, 1);
    dns_made_answer(&made, 0x01020304);
    send_message();
}

static inline int frames_open(chains_component *self)
{
    chains_announce(self, &(struct chains_source_info){ .live = frames.live });
    return CHAINS_OK;
}

static inline int frames_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == frames.count)
        return CHAINS_END;
    if (frames.frame[*at].idle) {
        ++*at;
        nanosleep(&(struct timespec){ 0, 30 * ms }, NULL);
        return CHAINS_IDLE;
    }
    for (size_t i = 0; i < frames.batch && *at < frames.count && !frames.frame[*at].idle; i++) {
        const struct frame *frame = &frames.frame[(*at)++];
        struct chains_record *rec = chains_batch_add(out);
        rec->number = *at;
        rec->time_ns = frame->time_ns;
        rec->linktype = RAW;
        rec->next = (struct chains_key){ CHAINS_BY_LINKTYPE, RAW };
        rec->bytes = rec->rest = (struct chains_bytes){ frame->at, frame->len };
        rec->wire_len = frame->len;
        rec->flags = CHAINS_NANOSECONDS;
    }
    return CHAINS_OK;
}

static const struct chains_class frames_class = {
    .name = "frames",
    .brief = "packets of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(size_t),
    .open = frames_open,
    .next = frames_next,
};

#endif
