/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_FLOW_H
#define LINKS_HTTP_FLOW_H

#include <chains/dissect.h>
#include <chains/layer/stream.h>

#include "http_message.h"
#include "http_parser.h"
#include "http_start.h"

/*
 * HTTP on one connection: HTTP/1, and HTTP/2 where it begins so or becomes it, which http2_flow
 * reads. Each direction is read by itself, so that a hole in one does not stop the other; which one
 * asks and which one answers is seen by what they send.
 *
 * A response is joined with the oldest request that waits, as long as nothing was lost, skipped or
 * unexplained. A loss where requests come from leaves those in front of it as they are; one where
 * responses come from makes all of them doubtful. From then on responses stand alone, until a client
 * that waits for its answers was seen to do so: one request, with nothing under way, and its whole
 * response. One that was ever seen not to wait is not trusted again.
 */
struct http_flow_side {
    struct http_parser *parser;     /* of the message under way, or NULL */
    uint8_t kind;                   /* enum chains_http_kind: of the last message */
    uint8_t held;                   /* bytes in `hold` */
    uint8_t hold[HTTP_START_BYTES]; /* the first ones, too few to tell what they are */
    bool hunting; /* not at the beginning of a message: one may begin with new bytes */
    bool closed, noted;
    bool asks;                /* its last message was a request */
    bool blind;               /* a message that begins now begins behind a hole */
    bool sure;                /* `asked` is what this response answers */
    bool probe;               /* it would be, if nothing had been lost before */
    bool answered;            /* the final response of the request under way began */
    uint16_t interim;         /* last 1xx */
    uint32_t depth;           /* of the message under way, once its head was whole */
    int64_t latency;          /* of the response under way, where it has one; else -1 */
    struct http_asked *asked; /* the request of the response under way; NULL: not known */
};

struct http2_flow;

/* What lies in the slot of a flow, all 0 at first. */
struct http_flow {
    struct http_flow_side side[2];      /* by enum chains_side */
    struct http_asked *oldest, *newest; /* requests that wait for a response */
    uint32_t waiting;                   /* how many */
    uint32_t requests;                  /* seen so far */
    uint16_t tries;           /* records without HTTP in a flow that was joined in the middle */
    bool known;               /* a message began: it is HTTP */
    bool joined;              /* in the middle, or its first bytes are missing */
    bool lost;                /* which response answers which request is not sure */
    bool barred;              /* it will not be, once the requests that wait are answered */
    bool pipelined;           /* the client does not wait for its answers */
    bool upgraded;            /* what follows is another protocol's */
    bool late;                /* the bytes at hand came behind a hole: when, is not known */
    size_t waiting_bytes;     /* of memory of the requests that wait */
    size_t charged;           /* what the caller has charged */
    struct http2_flow *http2; /* it is HTTP/2, or has become it; else NULL */
    bool has_table;           /* the last request offered HTTP/2, with this setting */
    uint32_t table;
};

/* What holds for all connections, and where messages of the record at hand go. */
struct http_flow_run {
    struct http_library *library;
    uint32_t waiting_most;
    struct http_message_list *out;
    int64_t time_ns;    /* of the record */
    bool limited;       /* set where something was left out for want of room */
    size_t header_most; /* bytes of all headers of a message of HTTP/2 */
    struct pool *pool;  /* of what connections keep; NULL: malloc() */
};

enum http_flow_status {
    HTTP_FLOW_ON,
    HTTP_FLOW_DONE,   /* not HTTP, or not any more */
    HTTP_FLOW_MEMORY, /* there is no memory */
};

/* New bytes of one side, with the marks and the gap of their layer "stream". */
enum http_flow_status http_flow_take(struct http_flow *flow, struct http_flow_run *run,
                                     const struct chains_stream *stream,
                                     struct chains_bytes bytes);

/* The flow has ended, in order (`closed`) or not: what is under way is given out. */
enum http_flow_status http_flow_end(struct http_flow *flow, struct http_flow_run *run,
                                    bool closed);

/* Bytes of memory behind the slot, as far as they can be reckoned. */
size_t http_flow_memory(const struct http_flow *flow);
/* Of these, libhtp's own, which are not in the pool. */
size_t http_flow_outside(const struct http_flow *flow);

/* Frees what a slot refers to; for chains_flow_slot(). */
void http_flow_release(void *slot);

#endif
