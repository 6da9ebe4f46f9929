/* SPDX-License-Identifier: MIT */
#ifndef HTTP2_TALK_H
#define HTTP2_TALK_H

/*
 * Conversations of HTTP/2, frame by frame, with headers that nghttp2 compresses, as its clients and
 * servers do; then given to http_flow whole, or cut anywhere.
 */
#include <nghttp2/nghttp2.h>

#include "http_script.h"

#define C    CHAINS_ORIG
#define S    CHAINS_RESP
#define ENDS 0x1u /* END_STREAM */
#define ALL  0x4u /* END_HEADERS */
#define PAD  0x8u
#define ACK  0x1u

#define PREFACE  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define GET(at)  ":method: GET\n:scheme: http\n:authority: h\n:path: " at "\n"
#define POST(at) ":method: POST\n:scheme: http\n:authority: h\n:path: " at "\n"
#define OK       ":status: 200\nserver: s\n"

enum { TALK_BYTES = 512 * 1024, TALK_PIECES = 4096 };

struct talk_piece {
    enum chains_side side;
    size_t at, len;
    uint64_t gap;
    unsigned marks;
};

struct talk2 {
    uint8_t bytes[TALK_BYTES];
    size_t len;
    struct talk_piece pieces[TALK_PIECES];
    size_t count;
    nghttp2_hd_deflater *deflater[2];
};

static inline void talk_begin(struct talk2 *talk)
{
    talk->len = talk->count = 0;
    nghttp2_hd_deflate_new(&talk->deflater[0], 65536);
    nghttp2_hd_deflate_new(&talk->deflater[1], 65536);
    nghttp2_hd_deflate_change_table_size(talk->deflater[0], 4096);
    nghttp2_hd_deflate_change_table_size(talk->deflater[1], 4096);
}

static inline void talk_end(struct talk2 *talk)
{
    nghttp2_hd_deflate_del(talk->deflater[0]);
    nghttp2_hd_deflate_del(talk->deflater[1]);
}

/* Bytes as they are. */
static inline void put_bytes(struct talk2 *talk, enum chains_side side, const void *bytes,
                             size_t len)
{
    if (len > TALK_BYTES - talk->len || talk->count == TALK_PIECES)
        abort();
    talk->pieces[talk->count++] =
        (struct talk_piece){ .side = side, .at = talk->len, .len = len };
    if (len)
        memcpy(talk->bytes + talk->len, bytes, len);
    talk->len += len;
}

static inline void put_frame(struct talk2 *talk, enum chains_side side, unsigned type,
                             unsigned flags, uint32_t stream, const void *payload, size_t len)
{
    const uint8_t header[9] = {
        (uint8_t)(len >> 16),    (uint8_t)(len >> 8),    (uint8_t)len,
        (uint8_t)type,           (uint8_t)flags,         (uint8_t)(stream >> 24),
        (uint8_t)(stream >> 16), (uint8_t)(stream >> 8), (uint8_t)stream
    };
    put_bytes(talk, side, header, sizeof header);
    if (len > TALK_BYTES - talk->len)
        abort();
    if (payload)
        memcpy(talk->bytes + talk->len, payload, len);
    talk->len += len;
    talk->pieces[talk->count - 1].len += len;
}

/* "name: value\n..." compressed; how long it is. */
static inline size_t compress(struct talk2 *talk, enum chains_side side, const char *text,
                              uint8_t *out, size_t room)
{
    static char copy[256 * 1024];
    static nghttp2_nv nv[4096];
    size_t count = 0, len = strlen(text);
    if (len >= sizeof copy)
        abort();
    memcpy(copy, text, len + 1);
    for (char *at = copy; *at && count < 4096;) {
        char *end = strchr(at, '\n'), *value = strstr(at + 1, ": ");
        nv[count++] = (nghttp2_nv){ (uint8_t *)at, (uint8_t *)value + 2, (size_t)(value - at),
                                    (size_t)(end - value - 2), NGHTTP2_NV_FLAG_NONE };
        at = end + 1;
    }
    ssize_t n = nghttp2_hd_deflate_hd(talk->deflater[side], out, room, nv, count);
    if (n < 0)
        abort();
    return (size_t)n;
}

static inline void put_headers(struct talk2 *talk, enum chains_side side, uint32_t stream,
                               unsigned flags, const char *text)
{
    static uint8_t block[65536];
    size_t n = compress(talk, side, text, block, sizeof block);
    put_frame(talk, side, 1, flags | ALL, stream, block, n);
}

static inline void put_data(struct talk2 *talk, enum chains_side side, uint32_t stream,
                            unsigned flags, size_t len)
{
    static uint8_t data[65536];
    memset(data, 'd', sizeof data);
    put_frame(talk, side, 0, flags, stream, data, len);
}

static inline void put_settings(struct talk2 *talk, enum chains_side side, unsigned number,
                                uint32_t value)
{
    const uint8_t setting[6] = { (uint8_t)(number >> 8), (uint8_t)number,
                                 (uint8_t)(value >> 24), (uint8_t)(value >> 16),
                                 (uint8_t)(value >> 8),  (uint8_t)value };
    put_frame(talk, side, 4, 0, 0, setting, number ? 6 : 0);
}

static inline void put_ack(struct talk2 *talk, enum chains_side side)
{
    put_frame(talk, side, 4, ACK, 0, NULL, 0);
}

/* What both sides begin with. */
static inline void put_start(struct talk2 *talk)
{
    put_bytes(talk, C, PREFACE, 24);
    put_settings(talk, C, 3, 100);
    put_settings(talk, S, 3, 100);
    put_ack(talk, C);
    put_ack(talk, S);
}

/* The last piece: bytes missing in front of it, and its marks. */
static inline void mark(struct talk2 *talk, uint64_t gap, unsigned marks)
{
    talk->pieces[talk->count - 1].gap = gap;
    talk->pieces[talk->count - 1].marks = marks;
}

/* The last piece without bytes from its beginning: they are missing. */
static inline void lose(struct talk2 *talk, size_t len)
{
    struct talk_piece *piece = &talk->pieces[talk->count - 1];
    piece->at += len;
    piece->len -= len;
    piece->gap = len;
}

/* Gives it to a script, cut into pieces of at most `most` bytes, the first of each of `first`. */
static inline void give_talk(struct script *script, const struct talk2 *talk, size_t first,
                             size_t most)
{
    for (size_t i = 0; i < talk->count; i++) {
        const struct talk_piece *piece = &talk->pieces[i];
        size_t at = 0;
        do {
            size_t room = at == 0 && first ? first : most;
            size_t n = piece->len - at < room ? piece->len - at : room;
            const struct chains_bytes bytes = { talk->bytes + piece->at + at, n };
            bool last = at + n == piece->len;
            script_give(script, piece->side, bytes,
                        last ? piece->marks
                             : piece->marks &
                                   ~(unsigned)(CHAINS_STREAM_CLOSES | CHAINS_STREAM_RESETS),
                        at ? 0 : piece->gap);
            at += n;
        } while (at < piece->len);
    }
}

/* All of it, to the end; what came out is in the script. */
static inline void run_talk(struct script *script, const struct talk2 *talk, size_t first,
                            size_t most)
{
    script_begin(script, 65536, 64);
    give_talk(script, talk, first, most);
    script_end(script, false);
    check_eq_u64(script->list.limited, false);
    script_free(script);
}

/* The same comes out wherever it is cut. */
static inline void check_talk2(const char *name, const struct talk2 *talk, const char *want)
{
    static struct script script;
    run_talk(&script, talk, 0, SIZE_MAX);
    if (strcmp(script.out, want) != 0)
        printf("# %s\n", name);
    check_eq_text(script.out, want);
    for (size_t most = 1; most < 12; most++) {
        run_talk(&script, talk, 0, most);
        if (strcmp(script.out, want) != 0)
            printf("# %s, %zu bytes each\n", name, most);
        check_eq_text(script.out, want);
    }
    for (size_t first = 1; first < 80; first++) {
        run_talk(&script, talk, first, SIZE_MAX);
        if (strcmp(script.out, want) != 0)
            printf("# %s, first %zu bytes\n", name, first);
        check_eq_text(script.out, want);
    }
}

#endif
