/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP2_STREAM_H
#define LINKS_HTTP2_STREAM_H

#include "../bytes/siphash.h"
#include "http2_head.h"
#include "http_flow.h"

/* A message of a stream: the request, or the response. */
struct http2_half {
    struct http2_head *head; /* while it is under way */
    uint32_t weird;          /* of its trailer */
    bool ended;              /* it was given out: what comes of it is nobody's */
    uint64_t body_len, body_gap;
};

/* A request and its response. */
struct http2_stream {
    struct http2_stream *older, *newer; /* in the order in which they began */
    struct http2_stream *same;          /* the next one in its bucket */
    uint32_t id, depth;
    struct http2_half half[2]; /* by enum chains_http_kind */
    struct http_asked *asked;  /* the request, for its response; NULL: it is not known */
    int64_t latency;
    uint16_t interim;
    bool tunnel;   /* CONNECT */
    bool pushed;   /* begun by a server */
    bool doubtful; /* bytes were lost since it began: it may have ended unseen */
};

enum { HTTP2_BUCKETS = 128 };

/* The streams of a connection that are held, all 0 at first but for the secret. */
struct http2_streams {
    struct siphash_key secret; /* of the buckets: senders choose the numbers of streams */
    struct http2_stream *bucket[HTTP2_BUCKETS];
    struct http2_stream *oldest, *newest;
    uint32_t count, pushed; /* all of them, and those that a server began */
    uint32_t requests;      /* seen so far */
    uint32_t highest;       /* stream of them */
    uint8_t client;         /* enum chains_side of who asks, and one; 0: not known */
    bool gaps;              /* requests may have gone by unseen */
    bool late;              /* the bytes at hand came behind a hole: when, is not known */
    uint32_t weird[2];      /* what the next message of this kind has to say besides its own */
    size_t bytes;           /* of memory of all streams */
};

/* What a block of headers is, and what ends with it. */
struct http2_block {
    enum chains_http_kind kind;
    uint32_t stream;
    bool ends;      /* the message has no body, or no more of it */
    bool cut;       /* nothing more of it will come */
    bool pushed;    /* the request is a server's promise */
    uint32_t weird; /* of what cut it */
};

/* False everywhere: there is no memory. */

/* The headers of a block; `head` is the caller's. */
bool http2_streams_head(struct http2_streams *streams, struct http_flow_run *run,
                        const struct http2_block *block, struct http2_head *head);

/* Bytes of a body, `gap` of which are missing. */
void http2_streams_body(struct http2_streams *streams, enum chains_http_kind kind, uint32_t id,
                        uint64_t len, uint64_t gap);

/* A message is whole. */
void http2_streams_finish(struct http2_streams *streams, struct http_flow_run *run,
                          enum chains_http_kind kind, uint32_t id);

/* A stream is ended by one of the two sides: what is under way is not whole. */
void http2_streams_reset(struct http2_streams *streams, struct http_flow_run *run, uint32_t id);

/* All messages of a kind that are under way end here, not whole. */
void http2_streams_cut(struct http2_streams *streams, struct http_flow_run *run,
                       enum chains_http_kind kind, uint32_t weird);

/* Bytes were lost: any stream may have ended in them. */
void http2_streams_doubt(struct http2_streams *streams);

/* The request of another version of HTTP, whose response is the first stream's; takes `asked`. */
bool http2_streams_first(struct http2_streams *streams, struct pool *pool,
                         struct http_asked *asked);

void http2_streams_free(struct http2_streams *streams);

#endif
