/* SPDX-License-Identifier: MIT */
#ifndef TRAFFIC_TRAFFIC_H
#define TRAFFIC_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Traffic that nobody has sent: a few thousand conversations at a time, of kinds that are drawn
 * by weight, their packets mixed. The same options give the same bytes. main.c has the options,
 * like.c sets of them with a name, mix.c the draw, talk_*.c one kind of conversation a function,
 * stream.c the segments of one that moves bytes, frame.c the headers, template.c conversations of
 * a capture with new addresses, ports, names and times, out.c where they go.
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

/* Bytes of one side on their way: a head, and a body in frames or without. */
enum stream_frames { STREAM_PLAIN, STREAM_CHUNKS, STREAM_RECORDS, STREAM_COOKIE };

struct stream {
    uint32_t len, at, head;            /* of the whole, sent, and of its head */
    uint32_t body;                     /* where its bytes begin among those of the body */
    uint32_t lost_at, lost_seq;        /* a segment that nobody saw */
    uint8_t phase, side, frames, text; /* text: words, not what looks random */
    uint8_t unseen;                    /* segments without an ACK */
    uint8_t lost;                      /* 0: none; else so many segments since, and 1 */
    bool owes_ack;
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
    uint32_t server; /* the number of the second end's host */
    bool real;       /* headers as a system of today writes them, with time stamps */
    uint32_t now_ms;
    uint32_t stamp[2];    /* the last one that each side sent */
    uint16_t ident[2];    /* the last one of IPv4 */
    struct stream stream; /* of stream.c */
};

struct templates;

/* What the conversations share. */
struct traffic {
    uint64_t hosts;
    uint64_t clients; /* of these; 0: half of them, and the headers are plain */
    uint64_t salt;    /* of the seed */
    unsigned v6_percent;
    const struct templates *templates;
    struct bodies *bodies; /* of stream.c */
};

/* Writes the next packet of a conversation; false: it was the last one. */
typedef bool (*talk_step)(const struct traffic *traffic, struct talk *talk, struct frame *out);

struct talk_kind {
    const char *name, *brief;
    talk_step step;
    unsigned weight; /* in the mix */
    bool is_short;   /* a packet or two, for more flows */
    bool one_family; /* IPv4 alone */
    bool real;       /* see struct talk */
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

/* How many bytes a full segment has. */
uint32_t frame_segment_most(const struct talk *talk);

/*
 * A segment of `len` bytes, which are returned to be written; frame_segment_done() ends it. The
 * conversation's numbers stay as they are.
 */
uint8_t *frame_segment(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
                       uint32_t seq, uint32_t ack, size_t len);
void frame_segment_done(struct frame *out, const struct talk *talk, unsigned side);

/* An ACK of one side that misses what is before `from`, and says that it has from there to `to`. */
void frame_hole(struct frame *out, struct talk *talk, unsigned side, uint32_t ack,
                uint32_t from, uint32_t to);

/* A segment of one side; the conversation's numbers go on by it. */
void frame_tcp(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
               const void *payload, size_t len);

/* The same at a number of its own, which changes nothing. */
void frame_tcp_at(struct frame *out, struct talk *talk, unsigned side, unsigned flags,
                  uint32_t seq, const void *payload, size_t len);

void frame_udp(struct frame *out, const struct ends *ends, unsigned side, const void *payload,
               size_t len);

/* Writes the checksum of a transport header that has 0 there, `at` bytes into it. */
void frame_checksum(struct frame *out, const struct ends *ends, unsigned side, uint8_t protocol,
                    size_t at);

/* ---- template.c ----------------------------------------------------------------------------- */

enum template_use { TEMPLATE_QUIC, TEMPLATE_TLS, TEMPLATE_HTTP, TEMPLATE_DNS, TEMPLATE_USES };

/* The conversations of one capture file, or of several with commas between. NULL: a sentence. */
struct templates *templates_read(const char *paths, const char **problem);
void templates_free(struct templates *templates);

bool template_tls(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool template_quic(const struct traffic *traffic, struct talk *talk, struct frame *out);

/* As recorded, also what was lost or came late. */
bool template_http(const struct traffic *traffic, struct talk *talk, struct frame *out);
bool template_dns(const struct traffic *traffic, struct talk *talk, struct frame *out);

/*
 * The next packet of a recorded handshake of TLS or QUIC, up to where the client's own data begin;
 * false: there is no more of it, and no packet.
 */
bool template_opens(const struct traffic *traffic, struct talk *talk, enum template_use use,
                    struct frame *out);

/* The header of a datagram of QUIC behind the handshake: its length; 0: the template has none. */
size_t template_short_header(const struct talk *talk, unsigned side, uint8_t *out);
bool templates_have(const struct templates *templates, enum template_use use);

/* ---- stream.c ------------------------------------------------------------------------------- */

/* What a body is made of. NULL: no memory. */
struct bodies *bodies_new(uint64_t salt);
void bodies_free(struct bodies *bodies);

/* Room for the head of the message that a script begins. */
uint8_t *bodies_head(const struct traffic *traffic);
enum { STREAM_HEAD_MOST = 1200 };

/* `len` bytes that look random. */
void bodies_copy(const struct traffic *traffic, struct talk *talk, uint8_t *out, size_t len);

/* What is said next: stream_begin() or stream_records(); false: all is said. */
typedef bool (*stream_script)(const struct traffic *traffic, struct talk *talk);

/*
 * A message: a head that was written to bodies_head(), and so many bytes of a body; for
 * STREAM_COOKIE of letters that go on with the head's last value, and the head's end behind them.
 */
void stream_begin(struct talk *talk, unsigned side, size_t head, uint32_t body,
                  enum stream_frames frames, bool text);

/* The next segment of a connection, from its first one on; false: it is the last one. */
bool stream_step(const struct traffic *traffic, struct talk *talk, stream_script script,
                 struct frame *out);

/* The same behind an opening that was somebody else's. */
bool stream_opened(const struct traffic *traffic, struct talk *talk, stream_script script,
                   struct frame *out);

/* The size of what one gets from the web, in bytes. */
uint32_t stream_size(struct talk *talk);

/* ---- like.c --------------------------------------------------------------------------------- */

/* Options that belong together, as a capture of a place has them. */
struct like {
    const char *name, *brief, *kinds;
    uint64_t packets, clients, servers, active, rate;
    unsigned v6_percent, train;
};

/* All, ended by one without a name. */
extern const struct like likes[];

/* NULL: there is none of that name. */
const struct like *like_of(const char *name);

/* ---- mix.c ---------------------------------------------------------------------------------- */

struct mix;

struct mix_options {
    uint64_t packets, flows;
    uint64_t seed;
    const char *kinds; /* names, or names and weights ("web:3"), with commas; NULL: all */
    unsigned active;   /* conversations at a time */
    unsigned train;    /* packets of one behind each other, about; 0: 1 */
    uint64_t rate;     /* packets a second */
};

struct mix *mix_new(const struct mix_options *options, const struct traffic *traffic,
                    const char **problem);

/* The next packet. */
void mix_next(struct mix *mix, struct frame *out);
uint64_t mix_flows(const struct mix *mix);
void mix_free(struct mix *mix);

#endif
