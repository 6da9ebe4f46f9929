/* SPDX-License-Identifier: MIT */
/*
 * Conversations of a capture again. In: a pcap file with Ethernet. Out: its TCP conversations with
 * a TLS server, and its datagrams of QUIC, packet by packet, with the addresses, ports and sequence
 * numbers of a new one; the server's name in a hello and the last bytes of a certificate are
 * new, too.
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
};

struct template
{
    uint8_t protocol;
    uint8_t addr[2][4];
    uint16_t port[2];
    struct part part[TEMPLATE_PARTS];
    size_t count;
};

struct templates {
    uint8_t *file;
    struct template template[TEMPLATES_MOST];
    size_t count;
    const struct template *of[2][TEMPLATES_MOST]; /* QUIC, TLS */
    size_t of_count[2];
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
    part.flags = ip[9] == 6 ? next[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK) : 0;
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

static void templates_take(struct templates *all, size_t len)
{
    for (size_t at = 24; at + 16 < len;) {
        size_t size = read32le(all->file + at + 8);
        if (at + 16 + size > len)
            break;
        templates_frame(all, all->file + at + 16, size);
        at += 16 + size;
    }
    for (size_t i = 0; i < all->count; i++)
        for (unsigned tcp = 0; tcp < 2; tcp++)
            if (template_is(&all->template[i], tcp))
                all->of[tcp][all->of_count[tcp]++] = &all->template[i];
}

struct templates *templates_read(const char *path, const char **problem)
{
    FILE *file = fopen(path, "rbe");
    struct templates *all = calloc(1, sizeof *all);
    *problem = file ? "no memory" : "it cannot be opened";
    if (all)
        all->file = malloc(TEMPLATE_FILE);
    if (!file || !all || !all->file) {
        if (file)
            fclose(file);
        templates_free(all);
        return NULL;
    }
    size_t len = fread(all->file, 1, TEMPLATE_FILE, file);
    fclose(file);
    *problem = "it is no pcap file of this byte order";
    uint32_t magic = len < 24 ? 0 : read32le(all->file);
    if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d) { /* with microseconds or nanoseconds */
        templates_free(all);
        return NULL;
    }
    templates_take(all, len);
    *problem = NULL;
    return all;
}

void templates_free(struct templates *templates)
{
    if (templates)
        free(templates->file);
    free(templates);
}

bool templates_have(const struct templates *templates, bool tcp)
{
    return templates && templates->of_count[tcp] > 0;
}

static const struct template *template_draw(const struct traffic *traffic, struct talk *talk,
                                            bool tcp)
{
    if (!talk->from)
        talk->from =
            traffic->templates
                ->of[tcp][dice_below(&talk->dice, (uint32_t)traffic->templates->of_count[tcp])];
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
    const struct template *one = template_draw(traffic, talk, true);
    const struct part *part = &one->part[talk->step];
    uint8_t bytes[FRAME_PAYLOAD];
    part_write(part, talk, bytes);
    frame_tcp(out, talk, part->side, part->flags, bytes, part->len);
    return talk->step + 1 < one->count;
}

bool template_quic(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const struct template *one = template_draw(traffic, talk, false);
    const struct part *part = &one->part[talk->step];
    frame_udp(out, &talk->ends, part->side, part->data, part->len);
    return talk->step + 1 < one->count && talk->step < 8;
}
