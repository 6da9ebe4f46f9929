/* SPDX-License-Identifier: MIT */
/*
 * Frames of HTTP/2. In: bytes that are, or could be, a header of nine bytes and a payload. Out: what
 * the header says, whether it may say so, whether bytes from anywhere are frames. Nothing is kept.
 */
#include "http2_frame.h"

#include <string.h>

const uint8_t http2_preface[HTTP2_PREFACE] = { 'P',  'R',  'I', ' ', '*',  ' ',  'H',  'T',
                                               'T',  'P',  '/', '2', '.',  '0',  '\r', '\n',
                                               '\r', '\n', 'S', 'M', '\r', '\n', '\r', '\n' };

struct http2_frame http2_frame_of(const uint8_t header[HTTP2_FRAME_HEADER])
{
    return (struct http2_frame){
        .length = chains_load_be24(header),
        .type = header[3],
        .flags = header[4],
        .stream = chains_load_be32(header + 5) & HTTP2_STREAM_MOST,
    };
}

uint32_t http2_frame_prefix(const struct http2_frame *frame)
{
    bool carries = frame->type == HTTP2_DATA || frame->type == HTTP2_HEADERS ||
                   frame->type == HTTP2_PUSH_PROMISE;
    uint32_t prefix = carries && frame->flags & HTTP2_PADDED ? 1 : 0;
    if (frame->type == HTTP2_HEADERS && frame->flags & HTTP2_HAS_PRIORITY)
        prefix += 5;
    if (frame->type == HTTP2_PUSH_PROMISE)
        prefix += 4;
    return prefix;
}

bool http2_frame_good(const struct http2_frame *frame, uint32_t most)
{
    uint32_t n = frame->length;
    bool stream = frame->stream != 0;
    if (n > most)
        return false;
    switch (frame->type) {
    case HTTP2_DATA:
    case HTTP2_HEADERS:
    case HTTP2_PUSH_PROMISE:
        return stream && n >= http2_frame_prefix(frame);
    case HTTP2_CONTINUATION:
        return stream;
    case HTTP2_PRIORITY:
        return stream && n == 5;
    case HTTP2_RST_STREAM:
        return stream && n == 4;
    case HTTP2_SETTINGS:
        return !stream && n % 6 == 0 && (n == 0 || !(frame->flags & HTTP2_ACK));
    case HTTP2_PING:
        return !stream && n == 8;
    case HTTP2_GOAWAY:
        return !stream && n >= 8;
    case HTTP2_WINDOW_UPDATE:
        return n == 4;
    default:
        return true;
    }
}

enum http2_look http2_look(struct chains_bytes bytes)
{
    size_t n = bytes.len < HTTP2_PREFACE ? bytes.len : HTTP2_PREFACE;
    if (n == 0)
        return HTTP2_LOOK_OPEN;
    if (memcmp(bytes.at, http2_preface, n) == 0)
        return n == HTTP2_PREFACE ? HTTP2_LOOK_FRAMES : HTTP2_LOOK_OPEN;
    uint8_t header[HTTP2_FRAME_HEADER] = { 0, 0, 0, HTTP2_SETTINGS };
    n = bytes.len < sizeof header ? bytes.len : sizeof header;
    for (size_t i = 0; i < n; i++) {
        if (i != 2 && chains_byte(bytes, i) != header[i])
            return HTTP2_LOOK_NONE;
    }
    if (n > 2 && chains_byte(bytes, 2) % 6 != 0)
        return HTTP2_LOOK_NONE;
    return n == sizeof header ? HTTP2_LOOK_FRAMES : HTTP2_LOOK_OPEN;
}

/* Flags that a type has; in the middle of anything, others mean that it is no frame. */
static uint8_t flags_of(uint8_t type)
{
    static const uint8_t flags[HTTP2_TYPES] = {
        [HTTP2_DATA] = HTTP2_END_STREAM | HTTP2_PADDED,
        [HTTP2_HEADERS] =
            HTTP2_END_STREAM | HTTP2_END_HEADERS | HTTP2_PADDED | HTTP2_HAS_PRIORITY,
        [HTTP2_SETTINGS] = HTTP2_ACK,
        [HTTP2_PUSH_PROMISE] = HTTP2_END_HEADERS | HTTP2_PADDED,
        [HTTP2_PING] = HTTP2_ACK,
        [HTTP2_CONTINUATION] = HTTP2_END_HEADERS,
    };
    return flags[type];
}

/* Whether a block can begin with this byte: the size of the table, or a header that has a name. */
static bool begins_block(uint8_t byte)
{
    enum { PSEUDO = 14, STATIC = 61 }; /* the first 14 names of the static table are pseudo */
    if ((byte & 0xe0) == 0x20)
        return true;
    uint8_t index = byte & 0x80 ? byte & 0x7f : byte & 0x40 ? byte & 0x3f : byte & 0x0f;
    bool more = !(byte & 0xc0) && index == 0x0f;
    return (index && index <= PSEUDO) || index > STATIC || more;
}

/* Whether bytes can begin with a frame in the middle of a connection. */
static bool is_likely(struct chains_bytes bytes, const struct http2_frame *frame,
                      uint32_t highest)
{
    bool good = chains_byte(bytes, 5) < 0x80 && frame->type < HTTP2_TYPES &&
                frame->type != HTTP2_CONTINUATION && !(frame->flags & ~flags_of(frame->type)) &&
                frame->stream <= highest && http2_frame_good(frame, HTTP2_FRAME_MOST);
    size_t block = HTTP2_FRAME_HEADER + http2_frame_prefix(frame);
    if (frame->type == HTTP2_HEADERS && bytes.len > block)
        good = good && begins_block(chains_byte(bytes, block));
    return good;
}

bool http2_look_inside(struct chains_bytes bytes, uint32_t highest, bool known)
{
    size_t at = 0, frames = 0, telling = 0; /* DATA alone could be anything */
    while (bytes.len - at >= HTTP2_FRAME_HEADER) {
        struct chains_bytes rest = chains_behind(bytes, at);
        struct http2_frame frame = http2_frame_of(rest.at);
        if (!is_likely(rest, &frame, highest))
            return false;
        size_t length = HTTP2_FRAME_HEADER + frame.length;
        bool headers = frame.type == HTTP2_HEADERS && frame.flags & HTTP2_END_HEADERS;
        if (length > rest.len)
            return known && (frames || (headers && rest.len > HTTP2_FRAME_HEADER));
        frames++;
        telling += frame.type != HTTP2_DATA;
        at += length;
    }
    return known ? frames > 0 && (frames > 1 || at == bytes.len)
                 : telling > 0 && at == bytes.len;
}
