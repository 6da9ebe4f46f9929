/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_CERTIFICATE_H
#define LINKS_TLS_CERTIFICATE_H

#include <chains/dissect.h>
#include <chains/layer/tls.h>

#include "crypto.h"

/*
 * Certificates (X.509, DER), parsed once: a fixed number of them is kept by the SHA-256 of their
 * bytes, and the one longest not asked for goes. Nobody's trust is asked.
 */
struct tls_certificates;

enum {
    TLS_CERTIFICATE_NAMES = 256, /* names of one that are told */
    TLS_CERTIFICATE_TEXT = 4096, /* bytes of a subject or an issuer that are told */
};

/* NULL: no memory, or no random key. `crypto` outlives it. `most`: certificates that are kept. */
struct tls_certificates *tls_certificates_new(struct crypto *crypto, uint32_t most);

/*
 * A ceiling for the bytes of those that are kept, besides their number, before the first one; their
 * pool holds an eighth more at most.
 */
void tls_certificates_limit(struct tls_certificates *certificates, size_t bytes);

/* Bytes that it takes for so many, without them. */
size_t tls_certificates_takes(uint32_t most);
void tls_certificates_free(struct tls_certificates *certificates);
size_t tls_certificates_bytes(const struct tls_certificates *certificates);

enum tls_certificate_status {
    TLS_CERTIFICATE_READ, /* or it is unreadable, which is its trouble */
    TLS_CERTIFICATE_LIMITED, /* it has more names than are told, or the arena has no room for all */
    TLS_CERTIFICATE_MEMORY,
};

struct tls_certificate_about {
    int64_t now_ns;           /* when it was shown */
    struct chains_bytes name; /* asked for; empty: none */
};

/*
 * One certificate: all of `*out`, with its trouble as of then. What it refers to lies in the arena.
 * A name is one of its own by RFC 6125, 6.4: a wildcard is the whole leftmost label, and stands for
 * one. Of a certificate without names the common name counts.
 */
enum tls_certificate_status tls_certificate_read(struct tls_certificates *certificates,
                                                 struct chains_bytes der,
                                                 const struct tls_certificate_about *about,
                                                 struct chains_arena *arena,
                                                 struct chains_tls_certificate *out);

#endif
