/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_PARSER_H
#define LINKS_HTTP_PARSER_H

#include <chains/layer/http.h>

#include "../bytes/siphash.h"
#include "../record/pool.h"
#include "http_kept.h"

/*
 * One HTTP/1 message, read by libhtp as its bytes come. A parser lives from the first byte of a
 * message to its last one: between messages a connection holds none, and what went wrong in one
 * message does not reach the next. It takes exactly the bytes of its message.
 */
struct http_parser;

/* What all parsers of a component share. */
struct http_library;

/* What a response answers, as far as it decides where it ends. */
enum http_method {
    HTTP_METHOD_OTHER,
    HTTP_METHOD_HEAD,
    HTTP_METHOD_CONNECT,
};

enum http_parser_status {
    HTTP_PARSER_MORE,   /* all bytes are taken; the message goes on */
    HTTP_PARSER_HEAD,   /* its head is whole, and was not before: call again with the rest */
    HTTP_PARSER_WHOLE,  /* it ends in front of what was not taken */
    HTTP_PARSER_LOST,   /* where it ends cannot be said any more */
    HTTP_PARSER_MEMORY, /* there is no memory */
};

/* `most` bytes of a head: line and headers. NULL for want of memory. */
struct http_library *http_library_new(size_t most);

/* Parsers may outlive it: the last of them frees it. */
void http_library_free(struct http_library *library);

/* A key for tables in which senders choose the keys. */
struct siphash_key http_library_secret(const struct http_library *library);

/* "0.5.42" */
const char *http_parser_library(void);

/*
 * NULL for want of memory. `asked` is of the request that a response answers; `headers`: all of them
 * will be asked for.
 */
struct http_parser *http_parser_new(struct http_library *library, struct pool *pool,
                                    enum chains_http_kind kind, enum http_method asked,
                                    bool headers);
void http_parser_free(struct http_parser *parser);

/* The next bytes; `taken` says how many were the message's. */
enum http_parser_status http_parser_take(struct http_parser *parser, struct chains_bytes bytes,
                                         size_t *taken);

/*
 * `gap` bytes are missing. MORE or WHOLE: `taken` of them were the body's. LOST: they were not, or
 * not surely; then `taken` is 0.
 */
enum http_parser_status http_parser_skip(struct http_parser *parser, uint64_t gap,
                                         uint64_t *taken);

/* Whether the end of the stream is the end of the message. */
bool http_parser_ends_with_stream(const struct http_parser *parser);

/*
 * No more bytes come, and the message is not whole: what there is of its head is made readable. Not
 * to be fed after that. False: there is no memory.
 */
bool http_parser_cut(struct http_parser *parser);

/* Whether the head is whole. */
bool http_parser_has_head(const struct http_parser *parser);

/* Whether it is a request that waits for leave to send its body, none of which has come. */
bool http_parser_expects(const struct http_parser *parser);

/*
 * Bytes of memory that it holds; of these, while there is no head, libhtp's, which are not in the pool
 * and reckoned from the bytes of the head and the number of headers.
 */
size_t http_parser_memory(const struct http_parser *parser);
size_t http_parser_outside(const struct http_parser *parser);

/* What a message says; the bytes live as long as the parser. */
void http_parser_head(const struct http_parser *parser, struct http_parser_head *head);

/* The status code of a response, as far as it is known; 0: none. */
uint16_t http_parser_code(const struct http_parser *parser);

enum http_method http_parser_method(const struct http_parser *parser);

/* The value of the first header of a name; empty where there is none. */
struct chains_bytes http_parser_header(const struct http_parser *parser, enum http_name name);

/* All headers, struct chains_http_header; none where they were not wanted. */
struct chains_list http_parser_headers(const struct http_parser *parser);

#endif
