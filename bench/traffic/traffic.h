/* SPDX-License-Identifier: MIT */
#ifndef TRAFFIC_TRAFFIC_H
#define TRAFFIC_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Traffic that nobody has sent: a few thousand conversations at a time, of kinds that are drawn
 * by weight, their packets mixed. The same options give the same bytes. main.c has the options,
 * mix.c the draw, talk_*.c one kind of conversation a function, frame.c the headers, template.c
 * conversations of a capture with new addresses, ports, names and times, out.c where they go.
 */

enum {
    FRAME_ETHERNET = 14,
    FRAME_MOST = FRAME_ETHERNET + 1500,
    FRAME_PAYLOAD = 1400, /* of one packet, at most */
};

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

struct frame {
    uint8_t bytes[FRAME_MOST + 2];
    size_t len;
};

/* Numbers that look random, of a seed. */
struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *dice);

/* A number below `bound`, which is not 0. */
uint32_t dice_below(struct dice *dice, uint32_t bound);

/* The same number always gives the same one that looks random. */
uint64_t dice_mix(uint64_t number);

/* The two ends of a conversation, the client's first. */
struct ends {
    bool v6;
    uint8_t mac[2][6];
    uint8_t addr[2][16]; /* 4 bytes of it, or 16 */
    uint16_t port[2];
};

/* A conversation; 0 but for what begins it. */
struct talk {
    const struct talk_kind *kind;
    struct ends ends;
    uint64_t flow;   /* its number */
    uint32_t seq[2]; /* the next one of each side */
    uint32_t step;   /* packets so far */
    uint32_t turn;   /* for its kind */
    uint32_t left;   /* for its kind */
    struct dice dice;
    const struct template *from;
};

struct templates;

/* What the conversations share. */
struct traffic {
    uint64_t hosts;
    uint64_t salt; /* of the seed */
    unsigned v6_percent;
    const struct templates *templates;
};

/* Writes the next packet of a conversation; false: it was the last one. */
typedef bool (*talk_step)(const struct traffic *traffic, struct talk *talk, struct frame *out);

struct talk_kind {
    const char *name, *brief;
    talk_step step;
    unsigned weight; /* in the mix */
    bool is_short;   /* a packet or two, for more flows */
    bool one_family; /* IPv4 alone */
};

/* All kinds, ended by one without a name. */
extern const struct talk_kind talk_kinds[];

/* ---- frame.c -------------------------------------------------------------------------------- */

/* Addresses, ports and sequence numbers of flow `flow`. */
void ends_choose(const struct traffic *traffic, struct talk *talk);

/* A frame with an IP packet of `len` bytes behind its header, which are returned. */
uint8_t *frame_ip(struct frame *out, const struct ends *ends, unsigned side, uint8_t protocol,
                  size_t len);

/* The same as a piece of a packet, of IPv4 alone: `offset` bytes in, with more behind it or not. */
uint8_t *frame_piece(struct frame *out, const struct ends *ends, unsigned side,
                     uint8_t protocol, size_t len, uint16_t id, uint16_t offset, bool more);

/* A segment of one side; the conversation's numbers go on by it. */
void frame_tcp(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
               const void *payload, size_t len);

/* The same at a number of its own, which changes nothing. */
void frame_tcp_at(struct frame *out, const struct talk *talk, unsigned side, unsigned flags,
                  uint32_t seq, const void *payload, size_t len);

void frame_udp(struct frame *out, const struct ends *ends, unsigned side, const void *payload,
               size_t len);

/* Writes the checksum of a transport header that has 0 there, `at` bytes into it. */
void frame_checksum(struct frame *out, const struct ends *ends, unsigned side, uint8_t protocol,
                    size_t at);

/* ---- template.c ----------------------------------------------------------------------------- */

/* The TCP conversations, or the datagrams of UDP port 443, of a capture file. NULL: a sentence. */
struct templates *templates_read(const char *path, const char **problem);
void templates_free(struct templates *templates);

bool template_tls(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool template_quic(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool templates_have(const struct templates *templates, bool tcp);

/* ---- mix.c ---------------------------------------------------------------------------------- */

struct mix;

struct mix_options {
    uint64_t packets, flows;
    uint64_t seed;
    const char *kinds; /* names with commas between; NULL: all by weight */
    unsigned active;   /* conversations at a time */
};

struct mix *mix_new(const struct mix_options *options, const struct traffic *traffic,
                    const char **problem);

/* The next packet. */
void mix_next(struct mix *mix, struct frame *out);
uint64_t mix_flows(const struct mix *mix);
void mix_free(struct mix *mix);

#endif
