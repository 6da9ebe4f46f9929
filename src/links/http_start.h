/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_START_H
#define LINKS_HTTP_START_H

#include <chains/bytes.h>

/* What the first bytes of a direction, or of what follows a message, look like. */
enum http_start {
    HTTP_START_NONE,     /* not HTTP/1 */
    HTTP_START_REQUEST,  /* "GET /" */
    HTTP_START_RESPONSE, /* "HTTP/1" */
    HTTP_START_HTTP2,    /* its preface, or a server's SETTINGS */
    HTTP_START_OPEN,     /* too few bytes to tell */
};

enum { HTTP_START_BYTES = 32 /* so many are never too few */ };

/*
 * Empty lines in front do not count. A request needs "HTTP/" in its first line where that is whole;
 * else a method that is known, or one in capitals, in front of something like a target. The first
 * lines of SIP and RTSP are none.
 */
enum http_start http_start_of(struct chains_bytes bytes);

/* For a datagram, which holds the whole of its first line: that must be one. */
enum http_start http_start_of_datagram(struct chains_bytes bytes);

extern const uint32_t http_tokens[8]; /* a bit for each byte */

/* Whether a byte may be in a method or in the name of a header (RFC 9110, tchar). */
static inline bool http_is_token(uint8_t byte)
{
    return http_tokens[byte / 32] >> byte % 32 & 1;
}

#endif
