/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_CERTIFICATE_KEY_H
#define LINKS_TLS_CERTIFICATE_KEY_H

#include <openssl/x509.h>
#include <stdint.h>

/* Bits of a public key, 0 where it does not say; *type is its kind, a number of libcrypto's. */
uint32_t tls_certificate_key_bits(const X509_PUBKEY *of, int *type);

#endif
