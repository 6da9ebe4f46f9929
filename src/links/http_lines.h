/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_LINES_H
#define LINKS_HTTP_LINES_H

#include <chains/layer/http.h>

/* The lines of a head as its bytes come, all 0 at first. Nothing of them is kept. */
struct http_lines {
    uint8_t kind;    /* enum chains_http_kind */
    uint8_t last;    /* byte of the line at hand */
    bool begun;      /* a line that is not empty was seen */
    bool ended;      /* the empty line that ends the head was among the bytes given last */
    size_t line_len; /* of the line at hand, without its end */
    uint32_t weird;  /* enum chains_http_weird: what parsers let pass without a word */
};

/* How many of the next bytes belong to the head: up to its end, or all. */
size_t http_lines_span(struct http_lines *lines, struct chains_bytes bytes);

/*
 * Copies of a whole head, in which http_lines_span() found nothing weird, what a parser has to judge:
 * its first line, headers that are asked for by name, and what is not plainly a header. `out` has
 * room for all of it. How long the copy is; 0: it is to be judged as it is.
 */
size_t http_lines_wanted(enum chains_http_kind kind, struct chains_bytes head, uint8_t *out);

#endif
