/* SPDX-License-Identifier: MIT */
/*
 * Conversations of captures again. In: pcap files with Ethernet. Out: their TCP conversations with
 * a TLS or an HTTP server, and their datagrams of QUIC and DNS, packet by packet, with the
 * addresses, ports and sequence numbers of a new one; the server's name in a hello, the last bytes
 * of a certificate and the letters of a name in DNS are new, too.
 */
#include "traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEMPLATES_MOST = 32,
    TEMPLATE_PARTS = 64,
    TEMPLATE_FILE = 4 << 20,
    TEMPLATE_NAME = 8, /* bytes of a name or a certificate that are new */
};

/* What one packet carries. */
struct part {
    const uint8_t *data;
    uint16_t len;
    uint8_t side, flags;
    uint16_t name, end; /* where bytes are new; 0: nowhere */
    uint32_t seq, ack;  /* as recorded */
};

struct template
{
    uint8_t protocol;
    uint8_t addr[2][4];
    uint16_t port[2];
    struct part part[TEMPLATE_PARTS];
    size_t count;
    size_t opens; /* parts before the client's own data */
};

struct templates {
    uint8_t *file; /* one or several behind each other */
    size_t len;
    struct template template[TEMPLATES_MOST];
    size_t count;
    const struct template *of[TEMPLATE_USES][TEMPLATES_MOST];
    size_t of_count[TEMPLATE_USES];
};

static unsigned read16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t read32le(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

/* The template of these ends, a new one where there is none; NULL: there are too many. */
static struct template *template_of(struct templates *all, uint8_t protocol,
                                    const uint8_t *addrs, const uint8_t *ports, uint8_t *side)
{
    uint16_t port[2] = { (uint16_t)read16(ports), (uint16_t)read16(ports + 2) };
    for (size_t i = 0; i < all->count; i++) {
        struct template *one = &all->template[i];
        for (*side = 0; *side < 2; (*side)++)
            if (one->protocol == protocol && one->port[*side] == port[0] &&
                one->port[!*side] == port[1] && memcmp(one->addr[*side], addrs, 4) == 0 &&
                memcmp(one->addr[!*side], addrs + 4, 4) == 0)
                return one;
    }
    if (all->count == TEMPLATES_MOST)
        return NULL;
    struct template *one = &all->template[all->count++];
    *side = 0;
    one->protocol = protocol;
    memcpy(one->addr, addrs, 8);
    one->port[0] = port[0];
    one->port[1] = port[1];
    return one;
}

/* Where the first server name of a client's hello stands, and the last bytes of a certificate. */
static void part_places(struct part *part)
{
    const uint8_t *d = part->data;
    if (part->len < 60 || d[0] != 22)
        return;
    for (size_t i = 5; d[5] == 1 && i + 9 + TEMPLATE_NAME < part->len; i++) {
        unsigned len = read16(d + i + 2);
        if (read16(d + i) == 0 && len > TEMPLATE_NAME + 5 && i + 4 + len <= part->len &&
            read16(d + i + 4) == len - 2 && d[i + 6] == 0 && read16(d + i + 7) == len - 5) {
            part->name = (uint16_t)(i + 9);
            return;
        }
    }
    /* A certificate is a sequence with two bytes of length. */
    for (size_t i = 5; i + 4 < part->len; i++) {
        size_t end = i + 4 + read16(d + i + 2);
        if (d[i] == 0x30 && d[i + 1] == 0x82 && end <= part->len && end > i + 300) {
            part->end = (uint16_t)(end - TEMPLATE_NAME);
            return;
        }
    }
}

/* One frame; what is no segment or datagram over IPv4 is passed over. */
static void templates_frame(struct templates *all, const uint8_t *frame, size_t len)
{
    const uint8_t *ip = frame + FRAME_ETHERNET, *next = ip + 20;
    if (len < FRAME_ETHERNET + 28 || read16(frame + 12) != 0x0800 || ip[0] != 0x45 ||
        read16(ip + 2) + (size_t)FRAME_ETHERNET > len || (ip[9] != 6 && ip[9] != 17))
        return;
    size_t left = read16(ip + 2) - 20u, header = 8;
    if (ip[9] == 6)
        header = left < 20 ? left + 1 : (size_t)(next[12] >> 4) * 4;
    if (header > left)
        return;
    struct part part = { .data = next + header, .len = (uint16_t)(left - header) };
    if (ip[9] == 6) {
        part.flags = next[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK);
        part.seq = (uint32_t)read16(next + 4) << 16 | read16(next + 6);
        part.ack = (uint32_t)read16(next + 8) << 16 | read16(next + 10);
    }
    struct template *one = template_of(all, ip[9], ip + 12, next, &part.side);
    if (!one || one->count == TEMPLATE_PARTS || part.len > FRAME_PAYLOAD)
        return;
    part_places(&part);
    one->part[one->count++] = part;
}

/* Whether it is a whole conversation of TLS, or one of QUIC. */
static bool template_is(const struct template *one, bool tcp)
{
    if (one->protocol != (tcp ? 6 : 17) || one->count == 0)
        return false;
    if (!tcp)
        return one->port[1] == 443 || one->port[1] == 4433 ||
               (one->part[0].len >= 1200 && (one->part[0].data[0] & 0xc0) == 0xc0);
    for (size_t i = 0; i < one->count; i++)
        if (one->part[i].name)
            return one->part[0].flags == TCP_SYN && one->count >= 6;
    return false;
}

/* Whether it is a connection to an HTTP server from its beginning, or questions of DNS. */
static bool template_talks(const struct template *one, bool tcp)
{
    if (one->protocol != (tcp ? 6 : 17) || one->count == 0)
        return false;
    if (!tcp)
        return one->port[1] == 53 && one->part[0].len > 12;
    for (size_t i = 0; i < one->count; i++)
        if (one->part[i].len > 16 && memcmp(one->part[i].data, "GET /", 5) == 0)
            return one->part[0].flags == TCP_SYN;
    return false;
}

/* Parts before the client's first record of data, or before QUIC's first short header. */
static size_t template_opening(const struct template *one)
{
    size_t i = 0;
    while (i < one->count &&
           (one->protocol == 6
                ? one->part[i].len == 0 || one->part[i].data[0] != 23 || one->part[i].side == 1
                : (one->part[i].data[0] & 0x80) != 0))
        i++;
    return i;
}

static void templates_take(struct templates *all, size_t from)
{
    for (size_t at = from + 24; at + 16 < all->len;) {
        size_t size = read32le(all->file + at + 8);
        if (at + 16 + size > all->len)
            break;
        templates_frame(all, all->file + at + 16, size);
        at += 16 + size;
    }
}

static void templates_sort(struct templates *all)
{
    for (size_t i = 0; i < all->count; i++) {
        struct template *one = &all->template[i];
        bool uses[TEMPLATE_USES] = { template_is(one, false), template_is(one, true),
                                     template_talks(one, true), template_talks(one, false) };
        one->opens = template_opening(one);
        for (unsigned use = 0; use < TEMPLATE_USES; use++)
            if (uses[use])
                all->of[use][all->of_count[use]++] = one;
    }
}

/* One file behind those that are there. */
static const char *templates_file(struct templates *all, const char *path)
{
    FILE *file = fopen(path, "rbe");
    size_t from = all->len;
    if (!file)
        return "it cannot be opened";
    size_t len = fread(all->file + from, 1, TEMPLATE_FILE - from, file);
    fclose(file);
    uint32_t magic = len < 24 ? 0 : read32le(all->file + from);
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) /* with microseconds or nanoseconds */
        return "it is no pcap file of this byte order";
    all->len += len;
    templates_take(all, from);
    return NULL;
}

struct templates *templates_read(const char *paths, const char **problem)
{
    struct templates *all = calloc(1, sizeof *all);
    char path[4096];
    *problem = "no memory";
    if (all)
        all->file = malloc(TEMPLATE_FILE);
    if (all && all->file)
        *problem = NULL;
    for (const char *at = paths; !*problem && *at; at += *at == ',') {
        size_t len = strcspn(at, ",");
        *problem = len < sizeof path ? NULL : "its name is too long";
        if (!*problem) {
            memcpy(path, at, len);
            path[len] = '\0';
            *problem = templates_file(all, path);
        }
        at += len;
    }
    if (*problem) {
        templates_free(all);
        return NULL;
    }
    templates_sort(all);
    return all;
}

void templates_free(struct templates *templates)
{
    if (templates)
        free(templates->file);
    free(templates);
}

bool templates_have(const struct templates *templates, enum template_use use)
{
    return templates && templates->of_count[use] > 0;
}

static const struct template *template_draw(const struct traffic *traffic, struct talk *talk,
                                            enum template_use use)
{
    if (!talk->from) {
        uint32_t count = (uint32_t)traffic->templates->of_count[use];
        talk->from = traffic->templates->of[use][dice_below(&talk->dice, count)];
    }
    talk->ends.port[1] = talk->from->port[1];
    return talk->from;
}

/* The bytes of a packet, with what is new in them. */
static void part_write(const struct part *part, const struct talk *talk, uint8_t *out)
{
    uint64_t draw = dice_mix(talk->flow);
    memcpy(out, part->data, part->len);
    for (size_t i = 0; part->name && i < TEMPLATE_NAME; i++)
        out[part->name + i] = (uint8_t)('a' + (draw >> (i * 8) & 0xff) % 26);
    if (part->end)
        memcpy(out + part->end, &draw, TEMPLATE_NAME);
}

bool template_tls(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const struct template *one = template_draw(traffic, talk, TEMPLATE_TLS);
    const struct part *part = &one->part[talk->step];
    uint8_t bytes[FRAME_PAYLOAD];
    part_write(part, talk, bytes);
    frame_tcp(out, talk, part->side, part->flags, bytes, part->len);
    return talk->step + 1 < one->count;
}

bool template_quic(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const struct template *one = template_draw(traffic, talk, TEMPLATE_QUIC);
    const struct part *part = &one->part[talk->step];
    frame_udp(out, &talk->ends, part->side, part->data, part->len);
    return talk->step + 1 < one->count && talk->step < 8;
}

/* As recorded, from a first number of the conversation's own on. */
bool template_http(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const struct template *one = template_draw(traffic, talk, TEMPLATE_HTTP);
    const struct part *part = &one->part[talk->step];
    const uint32_t *first = talk->seq;
    uint32_t begin[2] = { one->part[0].seq, one->count > 1 ? one->part[1].seq : 0 };
    uint32_t seq = first[part->side] + part->seq - begin[part->side];
    uint32_t ack = first[!part->side] + part->ack - begin[!part->side];
    uint8_t *data = frame_segment(out, talk, part->side, part->flags, seq,
                                  part->flags & TCP_ACK ? ack : 0, part->len);
    memcpy(data, part->data, part->len);
    frame_segment_done(out, talk, part->side);
    return talk->step + 1 < one->count;
}

/* The letters of the first name are others; its labels stay as long, and the last one as it is. */
static void part_new_name(uint8_t *message, size_t len, uint64_t draw)
{
    size_t at = 12;
    while (at < len && message[at] < 64 && at + message[at] + 1 < len &&
           message[at + message[at] + 1] != 0) {
        for (size_t i = at + 1; i <= at + message[at]; i++)
            if (message[i] >= 'a' && message[i] <= 'z')
                message[i] = (uint8_t)('a' + (message[i] + (draw >> i % 48)) % 26);
        at += message[at] + 1u;
    }
}

bool template_dns(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const struct template *one = template_draw(traffic, talk, TEMPLATE_DNS);
    const struct part *part = &one->part[talk->step];
    uint8_t message[FRAME_PAYLOAD];
    uint64_t draw = dice_mix(talk->flow);
    memcpy(message, part->data, part->len);
    memcpy(message, &draw, 2);
    part_new_name(message, part->len, draw >> 16);
    frame_udp(out, &talk->ends, part->side, message, part->len);
    return talk->step + 1 < one->count;
}

/* Of the first three of TLS 1.2, 1.3 and 1.3 with a second hello, by how often they are met. */
static void template_draw_opening(const struct traffic *traffic, struct talk *talk,
                                  enum template_use use)
{
    static const uint8_t often[16] = { 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2 };
    if (!talk->from && use == TEMPLATE_TLS)
        talk->from = traffic->templates->of[use][often[dice_below(&talk->dice, 16)] %
                                                 traffic->templates->of_count[use]];
    template_draw(traffic, talk, use);
}

bool template_opens(const struct traffic *traffic, struct talk *talk, enum template_use use,
                    struct frame *out)
{
    template_draw_opening(traffic, talk, use);
    const struct template *one = talk->from;
    const struct part *part = &one->part[talk->step];
    uint8_t bytes[FRAME_PAYLOAD];
    if (use == TEMPLATE_TLS)
        talk->ends.port[1] = 443;
    if (talk->step >= one->opens)
        return false;
    if (use == TEMPLATE_QUIC) {
        frame_udp(out, &talk->ends, part->side, part->data, part->len);
        return true;
    }
    part_write(part, talk, bytes);
    frame_tcp(out, talk, part->side, part->flags, bytes, part->len);
    return true;
}

size_t template_short_header(const struct talk *talk, unsigned side, uint8_t *out)
{
    enum { SHORT_HEADER = 19 }; /* a byte, and an identifier as long as those of the capture */
    const struct template *one = talk->from;
    for (size_t i = one->opens; i < one->count; i++)
        if (one->part[i].side == side && one->part[i].len > SHORT_HEADER &&
            !(one->part[i].data[0] & 0x80)) {
            memcpy(out, one->part[i].data, SHORT_HEADER);
            return SHORT_HEADER;
        }
    return 0;
}
