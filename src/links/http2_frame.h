/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP2_FRAME_H
#define LINKS_HTTP2_FRAME_H

#include <chains/bytes.h>

enum {
    HTTP2_FRAME_HEADER = 9,
    HTTP2_FRAME_MOST = 16384, /* longest payload where no more was allowed */
    HTTP2_FRAME_ANY = 0xffffff,
    HTTP2_STREAM_MOST = 0x7fffffff,
    HTTP2_PREFACE = 24, /* what a client sends first */
};

extern const uint8_t http2_preface[HTTP2_PREFACE];

enum http2_type {
    HTTP2_DATA,
    HTTP2_HEADERS,
    HTTP2_PRIORITY,
    HTTP2_RST_STREAM,
    HTTP2_SETTINGS,
    HTTP2_PUSH_PROMISE,
    HTTP2_PING,
    HTTP2_GOAWAY,
    HTTP2_WINDOW_UPDATE,
    HTTP2_CONTINUATION,
    HTTP2_TYPES, /* any from here on is skipped */
};

enum http2_flag {
    HTTP2_END_STREAM = 0x1, /* of DATA and HEADERS */
    HTTP2_ACK = 0x1,        /* of SETTINGS and PING */
    HTTP2_END_HEADERS = 0x4,
    HTTP2_PADDED = 0x8,
    HTTP2_HAS_PRIORITY = 0x20,
};

/* The header in front of each payload (RFC 9113, 4.1). */
struct http2_frame {
    uint32_t length; /* of the payload */
    uint32_t stream; /* 0: the connection */
    uint8_t type;    /* enum http2_type, or beyond */
    uint8_t flags;
};

struct http2_frame http2_frame_of(const uint8_t header[HTTP2_FRAME_HEADER]);

/* Whether its length and stream are what its type demands; `most`: longest payload. */
bool http2_frame_good(const struct http2_frame *frame, uint32_t most);

/* How many bytes stand in front of data or a header block: pad length, priority, promised stream. */
uint32_t http2_frame_prefix(const struct http2_frame *frame);

enum http2_look {
    HTTP2_LOOK_NONE,
    HTTP2_LOOK_FRAMES,
    HTTP2_LOOK_OPEN, /* too few bytes to tell */
};

/* Whether the first bytes of a direction are the preface, or the SETTINGS that must come first. */
enum http2_look http2_look(struct chains_bytes bytes);

/*
 * Whether bytes from the middle of a direction are frames from their first one on: each as it must be,
 * for streams up to `highest`, and so many that it is no accident. Without `known` they must also end
 * where a frame ends.
 */
bool http2_look_inside(struct chains_bytes bytes, uint32_t highest, bool known);

#endif
