/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_HEAD_H
#define LINKS_HTTP_HEAD_H

#include <chains/layer/http.h>

/* What the parts of a head are worth (RFC 9110, RFC 9112): judgements, no parse. */

enum http_length {
    HTTP_LENGTH_NONE,
    HTTP_LENGTH_GOOD,
    HTTP_LENGTH_SEVERAL, /* `number` is the first one */
    HTTP_LENGTH_BAD,     /* no number */
};

/* The value of Content-Length; `repeated`: there were several headers of that name. */
enum http_length http_length_of(struct chains_bytes value, bool repeated, uint64_t *number);

enum http_coding {
    HTTP_CODING_NONE, /* an empty value too */
    HTTP_CODING_IDENTITY,
    HTTP_CODING_CHUNKED, /* the last one is */
    HTTP_CODING_OTHER,   /* the body goes on to the end of the stream */
};

/* The value of Transfer-Encoding. */
enum http_coding http_coding_of(struct chains_bytes value);

/* What is odd about a Transfer-Encoding that is there: anything but "chunked" is. */
uint32_t http_weird_of_coding(struct chains_bytes value);

/* What is odd about how the length of a body is given; `coded`: by Transfer-Encoding too. */
uint32_t http_weird_of_length(enum http_length length, bool coded);

/* "1.1" of "HTTP/1.1"; all of it where it does not begin so. */
struct chains_bytes http_version_of(struct chains_bytes protocol);

/* CHAINS_HTTP_BAD_VERSION, unless a version is one of HTTP/1 that exist. */
uint32_t http_weird_of_version(struct chains_bytes version);

/* The parts of a request's first line, as they were found in it. */
struct http_request_line {
    struct chains_bytes line, method, uri, protocol;
};

/* CHAINS_HTTP_BAD_REQUEST_LINE, unless its parts are what they must be, one space between two. */
uint32_t http_weird_of_line(const struct http_request_line *parts);

#endif
