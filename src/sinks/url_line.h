/* SPDX-License-Identifier: MIT */
#ifndef SINKS_URL_LINE_H
#define SINKS_URL_LINE_H

#include "../render/output.h"
#include "../render/plain.h"

/*
 * What the lines of url_printer have in common: who asked whom, text from the network,
 * oddities. A line is written piece by piece and ends with url_end().
 */

enum { URL_PORT_HTTP = 80, URL_PORT_HTTPS = 443 };

struct url_lines {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    struct plain plain; /* for text of any length */
    bool color;
};

/* Who asked whom, with the names. */
struct url_ends {
    bool known;
    const struct chains_addr *client, *server;
    const char *client_name, *server_name;
    uint16_t port; /* the server's */
};

/* The ends of a record, which are kept in `of`. */
struct url_ends url_ends(const struct chains_record *rec, bool client_is_source,
                         struct chains_endpoints *of);

/* "2015-05-30 00:34:45 - 192.168.1.9(LOCAL) --> 12.226.156.82 " */
void url_begin(struct url_lines *lines, const struct chains_record *rec,
               const struct url_ends *ends, bool from_client);
void url_end(struct url_lines *lines);

/* A text that is ours; bytes of the network, escaped; a number. */
void url_put(struct url_lines *lines, const char *text);
void url_bytes(struct url_lines *lines, struct chains_bytes bytes);
void url_number(struct url_lines *lines, uint64_t number);

/* Where nothing names the server: "192.0.2.1", "[2001:db8::1]:8080" without that port. */
void url_address(struct url_lines *lines, const struct url_ends *ends, uint16_t without);

/* " (12.3ms)" */
void url_span(struct url_lines *lines, int64_t ns);

/* "expired, other_name": the names of bits that are set; false when there are none. */
bool url_flags(struct url_lines *lines, const struct chains_name *names, uint32_t bits);

/* " WEIRD: ['smuggling', 'two_lengths']"; nothing when no bit is set. */
void url_weird(struct url_lines *lines, const struct chains_name *names, uint32_t weird);

/* The names of the numbers of a field; NULL when there is no such field, or it has none. */
const struct chains_name *url_names(const struct chains_field *fields, const char *field);

#endif
