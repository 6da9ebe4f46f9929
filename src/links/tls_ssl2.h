/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_SSL2_H
#define LINKS_TLS_SSL2_H

#include "tls_connection.h"

/* An SSL 2.0 ClientHello or ServerHello of one side, whole, without its length. */
void tls_ssl2_take(struct tls_connection *connection, struct tls_context *run,
                   enum chains_side side, struct chains_bytes body);

#endif
