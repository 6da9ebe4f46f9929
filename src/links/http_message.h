/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_MESSAGE_H
#define LINKS_HTTP_MESSAGE_H

#include <chains/dissect.h>

#include "http_parser.h"

/* A request that waits for its response; one block of memory with its text. */
struct http_asked {
    struct http_asked *next;
    uint32_t depth;
    uint8_t method; /* enum http_method */
    bool whole;     /* `end` is set */
    int64_t end;    /* time of its last byte */
    size_t size;    /* of the block */
    struct chains_http_asked text;
};

/* The messages of one record, growing in the arena of its batch. */
struct http_message_list {
    struct chains_arena *arena;
    struct chains_http_message *items;
    uint32_t count, room;
    bool headers, credentials; /* what is shown */
    bool limited;              /* the arena had no room for something */
};

/* What a message says, whoever has read it: HTTP/1 or HTTP/2. */
struct http_said {
    struct http_parser_head head;
    struct chains_bytes authority; /* who is asked, where that comes before Host */
    enum http_method asks;
    size_t headers; /* how many */
    const void *reader;
    struct chains_bytes (*header)(const void *reader, enum http_name name);
    struct chains_http_header (*header_at)(const void *reader, size_t i);
};

/* What a parser of HTTP/1 has read; lives as long as the parser, until its next bytes. */
struct http_said http_parser_said(const struct http_parser *parser);

/* What is known of a message besides what it says. */
struct http_message_about {
    uint32_t depth;
    uint32_t weird; /* enum chains_http_weird, besides what the parser says */
    bool complete, upgraded, pushed;
    uint8_t client;  /* enum chains_side of who asks, and one; 0: not known */
    uint32_t stream; /* of HTTP/2; else 0 */
    uint16_t interim;
    int64_t latency;                /* -1: none */
    const struct http_asked *asked; /* the request of a response, or NULL */
};

/* Appends a message with copies of all it says; nothing that its reader has is referred to. */
void http_message_add(struct http_message_list *list, const struct http_said *said,
                      enum chains_http_kind kind, const struct http_message_about *about);

/* A request, to wait for its response. NULL for want of memory. */
struct http_asked *http_asked_new(struct pool *pool, const struct http_said *said,
                                  bool credentials);

/* Whether a header's value is a secret: its name is one of a few, in any case. */
bool http_header_is_secret(struct chains_bytes name);

#endif
