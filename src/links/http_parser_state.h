/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_PARSER_STATE_H
#define LINKS_HTTP_PARSER_STATE_H

#include "http_chunks.h"
#include "http_lines.h"
#include "http_parser.h"

/* What http_parser.c, which reads heads, and http_parser_body.c, which counts bodies, share. */

struct htp_cfg_t;
struct htp_connp_t;
struct htp_tx_t;
struct htp_header_t;

struct http_library {
    struct htp_cfg_t *config;
    size_t most;
    size_t users; /* parsers, and the component */
    struct siphash_key secret;
};

enum http_phase {
    PHASE_HEAD,
    PHASE_LENGTH, /* a body of known length: `left` */
    PHASE_CHUNKS,
    PHASE_CLOSE,   /* a body up to the end of the stream */
    PHASE_UNKNOWN, /* a body without a length that makes sense */
    PHASE_WHOLE,
};

struct http_parser {
    struct http_library *library;
    struct pool *pool;
    struct htp_connp_t *connection; /* NULL when the head was kept */
    struct htp_tx_t *tx;            /* the message; NULL before its first byte, and then */
    struct http_kept *kept;
    uint8_t kind;  /* enum chains_http_kind */
    uint8_t asked; /* enum http_method */
    uint8_t asks;  /* the same of a request that was kept */
    bool all;      /* headers are kept */
    uint8_t phase; /* enum http_phase */
    bool cut;
    uint16_t status;                              /* of a response, as sent */
    uint32_t weird;                               /* what libhtp does not say */
    uint64_t htp_flags;                           /* of the message, when it was cut */
    const struct htp_header_t *named[HTTP_NAMES]; /* the first header of each name, or NULL */
    size_t seen;                                  /* headers that were looked at for them */
    struct http_lines lines;
    size_t head_len;
    uint64_t left;
    uint64_t body_len, body_gap;
    struct http_chunks chunks;
};

/* The next bytes behind a head, as http_parser_take() has them. */
enum http_parser_status http_parser_body(struct http_parser *parser, struct chains_bytes bytes,
                                         size_t *taken);

#endif
