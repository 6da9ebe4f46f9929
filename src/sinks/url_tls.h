/* SPDX-License-Identifier: MIT */
#ifndef SINKS_URL_TLS_H
#define SINKS_URL_TLS_H

#include "url_line.h"

/*
 * The names of numbers, from the tables of the layers "tls" and "quic"; NULL where there are
 * none.
 */
struct url_tls_names {
    const struct chains_name *protocol, *cipher, *alert, *starttls, *trouble, *weird;
    const struct chains_name *close, *quic_weird;
};

void url_tls_open(struct url_tls_names *names, const struct chains_layout *layout);

/* The lines for what TLS and QUIC say with a record that has one of these layers. */
void url_tls_lines(struct url_lines *lines, const struct url_tls_names *names,
                   const struct chains_record *rec);

#endif
