/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_KEPT_H
#define LINKS_HTTP_KEPT_H

#include <chains/layer/http.h>

#include "../record/pool.h"
#include "http_names.h"

/* What the head of a message says; weird are enum chains_http_weird. */
struct http_parser_head {
    struct chains_bytes method, uri;
    struct chains_bytes version; /* "1.1" */
    struct chains_bytes reason;
    uint16_t status;         /* 0: none */
    uint32_t has;            /* CHAINS_HTTP_HAS_LENGTH */
    uint32_t weird;          /* enum chains_http_weird */
    uint64_t content_length; /* where it is a number */
    uint64_t body_len, body_gap;
};

/* A head that was read: all that is asked of a message while its body comes. */
struct http_kept {
    size_t size; /* of the block, when it is one */
    struct http_parser_head head;
    struct chains_bytes named[HTTP_NAMES]; /* values: of the first header of each name */
    const struct chains_http_header *headers;
    size_t count; /* of headers: all of them, where they are shown, or none */
};

/*
 * A copy in one block of memory, with all text. NULL for want of memory; pool_give() gives it back.
 */
struct http_kept *http_kept_copy(struct pool *pool, const struct http_kept *said);

#endif
