/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP2_FLOW_H
#define LINKS_HTTP2_FLOW_H

#include "http_flow.h"

/*
 * HTTP/2 on one connection (RFC 9113): frames of both directions, streams and their messages. Each
 * direction is read by itself. One that lost its place, or was joined in the middle, is read again from
 * where new bytes are frames for sure; of headers that refer to what was not seen only those in front
 * of the first such reference are known, and the message says so.
 */
struct http2_flow;

enum http2_begin {
    HTTP2_BEGIN_CLIENT, /* with the preface */
    HTTP2_BEGIN_SERVER, /* with a server's SETTINGS */
    HTTP2_BEGIN_INSIDE, /* in the middle */
};

/* For a connection whose side `side` begins so; `joined`: the other one may have begun unseen. NULL
 * for want of memory. */
struct http2_flow *http2_flow_new(struct pool *pool, struct siphash_key secret,
                                  enum http2_begin begin, enum chains_side side, bool joined);

/* A connection of HTTP/1 that is one of HTTP/2 from here on: what was agreed in its request. */
struct http2_upgrade {
    struct pool *pool;         /* of what is kept; NULL: malloc() */
    struct siphash_key secret; /* of tables */
    enum chains_side client;
    uint32_t requests;        /* so far */
    struct http_asked *asked; /* whose response is to come; taken, unless it fails; or NULL */
    bool has_table;
    uint32_t table; /* SETTINGS_HEADER_TABLE_SIZE of the client */
};
struct http2_flow *http2_flow_upgrade(const struct http2_upgrade *upgrade);

/* What the header HTTP2-Settings says of the size of the table of headers; false: nothing. */
bool http2_settings_table(struct chains_bytes header, uint32_t *table);

void http2_flow_free(struct http2_flow *flow);

/* New bytes of one side; `late`: they came behind a hole. ON or MEMORY, as all of these. */
enum http_flow_status http2_flow_take(struct http2_flow *flow, struct http_flow_run *run,
                                      enum chains_side side, struct chains_bytes bytes,
                                      bool late);

/* Bytes of one side are missing: `gap`, where that is `counted`. */
enum http_flow_status http2_flow_skip(struct http2_flow *flow, struct http_flow_run *run,
                                      enum chains_side side, uint64_t gap, bool counted);

/* One side sends no more: what it has under way is given out. */
enum http_flow_status http2_flow_end(struct http2_flow *flow, struct http_flow_run *run,
                                     enum chains_side side);

/* Bytes of memory that it holds. */
size_t http2_flow_memory(const struct http2_flow *flow);

#endif
