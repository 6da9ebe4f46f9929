/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_START_H
#define LINKS_TLS_START_H

#include <chains/layer/stream.h>
#include <chains/layer/tls.h>

/* What new bytes of a stream begin with. */
enum tls_start {
    TLS_START_NONE,
    TLS_START_CLIENT, /* a record with a ClientHello, as far as the bytes go */
    TLS_START_SERVER, /* one with a ServerHello: its ClientHello was not seen */
    TLS_START_SSL2,   /* a ClientHello of SSL 2.0's form */
    TLS_START_RECORDS, /* other records of TLS, each with the next one behind it: in the middle */
};

enum tls_start tls_start_of(struct chains_bytes bytes);

/*
 * What the first bytes of a connection say that may come to TLS later: the greeting of a server, or the
 * first words of a client.
 */
enum chains_tls_starttls tls_starttls_of(struct chains_bytes bytes);

/* Whether a client asks for TLS as FTP's do (RFC 4217), and not SMTP's. */
bool tls_starttls_is_ftp(struct chains_bytes bytes);

/* Behind the header of 2 bytes: how long an SSL 2.0 message is; 0: that is none. */
uint32_t tls_ssl2_len(struct chains_bytes bytes);

#endif
