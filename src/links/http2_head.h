/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP2_HEAD_H
#define LINKS_HTTP2_HEAD_H

#include <chains/layer/http.h>

#include "http_message.h"

/* A name and a value: where they lie in the text of their head. */
struct http2_field {
    uint32_t name, name_len, value, value_len;
};

/*
 * The headers of one message of HTTP/2, as they come out of a block, and what is odd about them (RFC
 * 9113, 8.2 and 8.3). All 0 at first, but for the pool.
 */
struct http2_head {
    struct pool *pool;          /* of what it holds; NULL: malloc() */
    struct http2_field *fields; /* all of them, pseudo headers too */
    uint8_t *text;
    uint32_t count, room; /* of fields */
    uint32_t text_len, text_room;
    size_t list_len; /* as RFC 9113, 6.5.2, reckons it */
    uint32_t weird;  /* enum chains_http_weird */
    uint32_t pseudo; /* which pseudo headers were there */
    uint32_t hidden; /* how many fields are pseudo headers: they come first */
    bool regular;    /* a header that is none was there */
    bool lost;       /* some are missing */
};

enum {
    HTTP2_HEAD_FIELDS = 128, /* headers of one message that are kept */
    HTTP2_CREDIT_MOST = 256 * 1024,
    HTTP2_CREDIT_PER_BYTE = 32,
};

/*
 * How much a direction may say. A byte of it can stand for 64 KiB of headers, so they are paid for:
 * names, and values that are shown, with their length, other values with an eighth of it. Each byte
 * that comes brings HTTP2_CREDIT_PER_BYTE, up to HTTP2_CREDIT_MOST, with which a direction begins.
 */
struct http2_room {
    size_t most; /* bytes of all headers of one message */
    size_t credit;
    bool headers, credentials; /* all of them are shown, and secrets too */
};

/* Bytes that have come. */
void http2_room_earn(struct http2_room *room, size_t bytes);

/* One more header, as far as there is room: behind the first one for which there is none, none is
 * kept or looked at. False: there is no memory. */
bool http2_head_add(struct http2_head *head, struct chains_bytes name,
                    struct chains_bytes value, struct http2_room *room);

/* All of them were there: what is missing. */
void http2_head_finish(struct http2_head *head, enum chains_http_kind kind);

/* Whether it has what only the first headers of a message have. */
bool http2_head_begins(const struct http2_head *head, enum chains_http_kind kind);

/* The trailer of a message, which may not have pseudo headers: what is odd about it. */
uint32_t http2_head_trailer(const struct http2_head *head);

/* Empty again; memory beyond a little is given back. */
void http2_head_reset(struct http2_head *head);
void http2_head_free(struct http2_head *head);

/* A copy, of the size that it needs, in one block: pool_give() gives it back. NULL for want of memory. */
struct http2_head *http2_head_copy(const struct http2_head *head);

/* Bytes of memory that it holds. */
size_t http2_head_memory(const struct http2_head *head);

/* 0: none, or no number of three digits. */
uint16_t http2_head_status(const struct http2_head *head);

/* The content-length, where it is a number. */
bool http2_head_length(const struct http2_head *head, uint64_t *length);

/* What it says, of a kind; lives as long as the head. */
struct http_said http2_head_said(const struct http2_head *head, enum chains_http_kind kind);

#endif
