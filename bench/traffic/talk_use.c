/* SPDX-License-Identifier: MIT */
/*
 * What else is in use: lookups in DNS, QUIC, calls, games, one side of downloads, and connections
 * that only stay alive. In: how far one has come. Out: its next packet.
 */
#include "talk.h"

#include <stdio.h>
#include <string.h>

/* ---- DNS ------------------------------------------------------------------------------------ */

struct message {
    uint8_t bytes[FRAME_PAYLOAD];
    size_t len;
};

enum { DNS_A = 1, DNS_CNAME = 5, DNS_AAAA = 28, DNS_OPT = 41, DNS_HTTPS = 65 };

static void put16(struct message *out, unsigned value)
{
    out->bytes[out->len++] = (uint8_t)(value >> 8);
    out->bytes[out->len++] = (uint8_t)value;
}

/* Labels, and no end. */
static void put_labels(struct message *out, const char *name)
{
    while (*name) {
        size_t len = strcspn(name, ".");
        out->bytes[out->len++] = (uint8_t)len;
        memcpy(out->bytes + out->len, name, len);
        out->len += len;
        name += len + (name[len] == '.');
    }
}

/* An answer's name, which is a pointer, type, class and lifetime. */
static void put_answer(struct message *out, size_t name, unsigned type, unsigned seconds)
{
    put16(out, 0xc000 | (unsigned)name);
    put16(out, type);
    put16(out, 1);
    put16(out, 0);
    put16(out, seconds);
}

/* Addresses, the first of which is the server's own. */
static void put_addresses(struct message *out, const struct talk *talk, size_t name,
                          unsigned type, unsigned count, uint64_t draw)
{
    static const uint8_t nets[8] = { 23, 34, 52, 104, 142, 151, 185, 203 };
    for (unsigned i = 0; i < count; i++) {
        uint32_t place = (talk->server + i) * UINT32_C(0x9e3779b1) & 0xffffff;
        put_answer(out, name, type, 30 + (unsigned)(draw & 0xfff));
        put16(out, type == DNS_A ? 4 : 16);
        if (type == DNS_AAAA) {
            memcpy(out->bytes + out->len, "\x2a\0\0\x50\0\0\0\0\0\0\0\0", 12);
            out->len += 12;
        }
        put16(out, (type == DNS_A ? (unsigned)nets[place & 7] << 8 : 0) | place >> 16);
        put16(out, place & 0xffff);
    }
}

/* A second name, which the answer stands for: "e1234.edge.example". */
static size_t put_alias(struct message *out, const struct talk *talk, size_t name)
{
    char alias[TALK_NAME];
    snprintf(alias, sizeof alias, "e%x.edge.example", talk->server % 4096);
    put_answer(out, name, DNS_CNAME, 300);
    put16(out, (unsigned)strlen(alias) + 2);
    size_t at = out->len;
    put_labels(out, alias);
    out->bytes[out->len++] = 0;
    return at;
}

/*
 * What most resolvers see: A and AAAA, some HTTPS, two in five answers behind an alias, one in
 * twelve names that there are not.
 */
static void lookup_message(const struct talk *talk, bool response, struct message *out)
{
    uint64_t draw = dice_mix(talk->flow ^ UINT64_C(0x5851f42d4c957f2d));
    unsigned kind = (unsigned)(draw & 0xff);
    unsigned type = kind < 130 ? DNS_A : kind < 220 ? DNS_AAAA : DNS_HTTPS;
    bool missing = (draw >> 8) % 12 == 0, alias = (draw >> 16) % 5 < 2, opt = draw >> 24 & 1;
    unsigned count = missing || type == DNS_HTTPS ? 0 : 1 + (unsigned)(draw >> 25 & 3);
    char name[TALK_NAME];
    out->len = 0;
    put16(out, (unsigned)(draw >> 48));
    put16(out, !response ? 0x0100 : missing ? 0x8183 : 0x8180);
    put16(out, 1);
    put16(out, response ? count + (alias && !missing) : 0);
    put16(out, 0);
    put16(out, opt);
    talk_server_name(talk->server, name);
    put_labels(out, name);
    if (missing) /* one that nobody serves */
        put_labels(out, "lan");
    out->bytes[out->len++] = 0;
    put16(out, type);
    put16(out, 1);
    if (response && !missing) {
        size_t at = alias ? put_alias(out, talk, 12) : 12;
        put_addresses(out, talk, at, type, count, draw >> 30);
    }
    if (opt) {
        static const uint8_t root[] = { 0, 0, DNS_OPT, 4, 0xd0, 0, 0, 0, 0, 0, 0 };
        memcpy(out->bytes + out->len, root, sizeof root);
        out->len += sizeof root;
    }
}

/* There are few resolvers: the router, and two of the provider. */
static void lookup_resolver(struct talk *talk)
{
    unsigned which = talk->flow % 8 < 6 ? 0 : 1 + (talk->flow & 1);
    talk->ends.port[1] = 53;
    memcpy(talk->ends.addr[1], talk->ends.addr[0], 4);
    if (talk->ends.v6)
        memcpy(talk->ends.addr[1] + 4, "\0\0\0\0\0\0\0\0\0\0\xff", 11);
    else
        talk->ends.addr[1][2] = 0xff;
    talk->ends.addr[1][talk->ends.v6 ? 15 : 3] = (uint8_t)(1 + which);
}

bool talk_lookup(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    struct message message;
    (void)traffic;
    lookup_resolver(talk);
    /* One query in fifty is asked again, and one is never answered. */
    unsigned fate = (unsigned)(dice_mix(talk->flow) % 50);
    lookup_message(talk, talk->step == (fate == 0 ? 2 : 1), &message);
    frame_udp(out, &talk->ends, talk->step == (fate == 0 ? 2 : 1), message.bytes, message.len);
    return fate == 1 ? false : talk->step < (fate == 0 ? 2 : 1);
}

static bool script_lookup(const struct traffic *traffic, struct talk *talk)
{
    struct message message;
    uint8_t *head = bodies_head(traffic);
    bool response = talk->turn == 1;
    if (talk->turn++ > 1)
        return false;
    lookup_message(talk, response, &message);
    head[0] = (uint8_t)(message.len >> 8);
    head[1] = (uint8_t)message.len;
    memcpy(head + 2, message.bytes, message.len);
    stream_begin(talk, response, message.len + 2, 0, STREAM_PLAIN, false);
    return true;
}

bool talk_lookup_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    lookup_resolver(talk);
    return stream_step(traffic, talk, script_lookup, out);
}

/* ---- datagrams ------------------------------------------------------------------------------ */

static bool datagram(const struct traffic *traffic, struct talk *talk, unsigned side,
                     const uint8_t *head, size_t head_len, size_t len, struct frame *out)
{
    uint8_t data[FRAME_PAYLOAD];
    memcpy(data, head, head_len);
    bodies_copy(traffic, talk, data + head_len, len - head_len);
    frame_udp(out, &talk->ends, side, data, len);
    return true;
}

/*
 * A recorded beginning, then packets with short headers: small requests, answers in full datagrams
 * with an ACK for every fourth one.
 */
bool talk_quic_web(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    enum { FULL = 1232 };
    uint8_t head[32];
    if (!talk->turn && template_opens(traffic, talk, TEMPLATE_QUIC, out))
        return true;
    if (talk->left == 0) { /* a request */
        talk->turn = talk->turn ? talk->turn : 2 + dice_below(&talk->dice, 12);
        talk->left = 1 + (100 + stream_size(talk)) / FULL;
        talk->stream.unseen = 0;
        return datagram(traffic, talk, 0, head, template_short_header(talk, 0, head),
                        90 + dice_below(&talk->dice, 300), out);
    }
    if (talk->stream.unseen == 4) {
        talk->stream.unseen = 0;
        return datagram(traffic, talk, 0, head, template_short_header(talk, 0, head),
                        32 + dice_below(&talk->dice, 8), out);
    }
    talk->stream.unseen++;
    talk->left--;
    datagram(traffic, talk, 1, head, template_short_header(talk, 1, head),
             talk->left ? FULL : 60 + dice_below(&talk->dice, FULL - 60), out);
    if (talk->left == 0)
        talk->turn--;
    return talk->turn > 1;
}

/* RTP with 20 ms of speech in a packet, both ways. */
bool talk_call(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    enum { SPEECH = 160 };
    unsigned side = talk->step & 1;
    uint32_t number = talk->step / 2 + (talk->seq[side] & 0xffff);
    uint32_t clock = talk->step / 2 * SPEECH + talk->seq[side], source = talk->seq[!side];
    const uint8_t head[12] = { 0x80,
                               8,
                               (uint8_t)(number >> 8),
                               (uint8_t)number,
                               (uint8_t)(clock >> 24),
                               (uint8_t)(clock >> 16),
                               (uint8_t)(clock >> 8),
                               (uint8_t)clock,
                               (uint8_t)(source >> 24),
                               (uint8_t)(source >> 16),
                               (uint8_t)(source >> 8),
                               (uint8_t)source };
    if (talk->step == 0) {
        talk->ends.port[0] = (uint16_t)(16384 + talk->flow % 8000 * 2);
        talk->ends.port[1] = (uint16_t)(30000 + talk->flow % 7000 * 2);
        talk->left = 100 + dice_below(&talk->dice, 900);
    }
    datagram(traffic, talk, side, head, sizeof head, sizeof head + SPEECH, out);
    return talk->step < talk->left;
}

/* What a player does, and what became of it. */
bool talk_game(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    unsigned side = dice_below(&talk->dice, 2);
    const uint8_t head[4] = { (uint8_t)(0x20 | side), (uint8_t)(talk->step >> 8),
                              (uint8_t)talk->step, 0 };
    if (talk->step == 0) {
        talk->ends.port[1] = 27015;
        talk->left = 60 + dice_below(&talk->dice, 500);
    }
    datagram(traffic, talk, side, head, sizeof head,
             (side ? 30 : 18) + dice_below(&talk->dice, side ? 40 : 24), out);
    return talk->step < talk->left;
}

/* ---- segments ------------------------------------------------------------------------------- */

/* A download of which only the client's side comes by here. */
bool talk_acks(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    (void)traffic;
    talk->ends.port[1] = 443;
    if (talk->step == 0) {
        talk->left = 10 + stream_size(talk) / (2 * frame_segment_most(talk));
        frame_tcp(out, talk, 0, TCP_SYN, NULL, 0);
        talk->seq[1]++;
        return true;
    }
    frame_tcp(out, talk, 0, TCP_ACK, NULL, 0);
    talk->seq[1] += 2 * frame_segment_most(talk);
    return talk->step < talk->left;
}

/* Small messages for as long as anybody listens: it never ends. */
static bool script_alive(const struct traffic *traffic, struct talk *talk)
{
    size_t len = 20 + dice_below(&talk->dice, 140);
    bodies_copy(traffic, talk, bodies_head(traffic), len);
    stream_begin(talk, talk->turn++ & 1, len, 0, STREAM_PLAIN, false);
    return true;
}

bool talk_alive_tcp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    talk->ends.port[1] = talk->flow % 5 == 0 ? 5223 : 8883;
    return stream_step(traffic, talk, script_alive, out);
}

bool talk_alive_udp(const struct traffic *traffic, struct talk *talk, struct frame *out)
{
    const uint8_t none = 0;
    return datagram(traffic, talk, talk->step & 1, &none, 0, 40 + dice_below(&talk->dice, 160),
                    out);
}
