/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_TLS_EXTENSION_H
#define DISSECT_TLS_EXTENSION_H

#include "tls_hello.h"

/* Reads the extensions, up to the end of the message, into the hello. */
void tls_client_extensions(struct tls_hello *hello, struct chains_reader *in);
void tls_server_extensions(struct tls_hello *hello, struct chains_reader *in);

/* The next `len` bytes, or fewer where there are no more: then it is marked. */
struct chains_reader tls_part(struct tls_hello *hello, struct chains_reader *in, size_t len);

/* Items of equal size; marked when they do not come out even. */
struct tls_run tls_run_of(struct tls_hello *hello, struct chains_reader in, size_t item);

#endif
