/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_SIZES_H
#define LINKS_TLS_SIZES_H

#include <chains/component.h>
#include <chains/components.h>

/* What tls_meta holds of its share: certificates that were parsed, and keys. */
struct tls_sizes {
    uint32_t certificates, secrets;
    size_t certificate_bytes; /* of all that are kept */
};

void tls_sizes_memory(const struct chains_tls_meta_options *options,
                      struct chains_memory *memory);

struct tls_sizes tls_sizes_of(const struct chains_tls_meta_options *options, uint64_t share);

#endif
