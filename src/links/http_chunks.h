/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_CHUNKS_H
#define LINKS_HTTP_CHUNKS_H

#include <chains/layer/http.h>

enum {
    HTTP_CHUNKS_LINE = 1024 /* longest line with the size of a chunk, or behind its data */
};

enum http_chunks_state {
    HTTP_CHUNKS_SIZE,  /* in the digits of a size, or in front of them */
    HTTP_CHUNKS_SPACE, /* behind them, on the same line */
    HTTP_CHUNKS_EXTENSION,
    HTTP_CHUNKS_DATA,
    HTTP_CHUNKS_END, /* behind the data, to the end of the line */
    HTTP_CHUNKS_TRAILER,
};

/* A chunked body (RFC 9112, 7.1) as its bytes come, all 0 at first. Nothing of it is kept. */
struct http_chunks {
    uint8_t state; /* enum http_chunks_state */
    uint8_t last;  /* byte of the line at hand */
    bool digits;   /* the size has some */
    bool colon;    /* in the trailer's line at hand */
    size_t line_len;
    size_t trailer_len;
    uint64_t left; /* of the chunk at hand */
    uint64_t body_len;
    uint32_t weird; /* enum chains_http_weird */
};

enum http_chunks_status {
    HTTP_CHUNKS_MORE,
    HTTP_CHUNKS_WHOLE,
    HTTP_CHUNKS_LOST, /* no chunk begins here; `line_len` bytes of the line are not the body's */
};

/* The next bytes; `taken` says how many are the body's. `room` is for all lines of the trailer. */
enum http_chunks_status http_chunks_take(struct http_chunks *chunks, struct chains_bytes bytes,
                                         size_t room, size_t *taken);

/* `gap` bytes are missing. False: not all of them are the data of one chunk. */
bool http_chunks_skip(struct http_chunks *chunks, uint64_t gap);

#endif
