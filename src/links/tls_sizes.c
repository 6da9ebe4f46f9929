/* SPDX-License-Identifier: MIT */
/*
 * What tls_meta may hold. In: its options, its share. Out: how many certificates and keys, and how
 * many bytes of certificates: 4 KiB of each, where many are smaller and a hostile one has seven times
 * as much.
 */
#include "tls_sizes.h"

#include "../bytes/shares.h"
#include "tls_certificate.h"
#include "tls_keys.h"

enum {
    CERTIFICATES = 1024,
    CERTIFICATES_LEAST = 64,
    CERTIFICATES_MOST = 65536,
    CERTIFICATE = 4096, /* bytes */
    SECRETS = 65536,
    SECRETS_LEAST = 1024,
    SECRETS_MOST = 1 << 24,
    PARTS = 2,
};

static uint64_t tls_sizes_certificates(const void *about, uint64_t number)
{
    (void)about;
    uint64_t bytes = number * CERTIFICATE; /* and an eighth: what the pool has beyond them */
    return tls_certificates_takes((uint32_t)number) + bytes + bytes / 8;
}

static uint64_t tls_sizes_secrets(const void *about, uint64_t number)
{
    (void)about;
    return tls_keys_takes((uint32_t)number) + CRYPTO_KEPT_MOST;
}

static void tls_sizes_parts(const struct chains_tls_meta_options *options,
                            struct share part[PARTS])
{
    uint32_t certificates = options->certificates, secrets = options->secrets;
    bool keys = options->keylog || !options->no_secrets;
    part[0] = (struct share){
        tls_sizes_certificates(NULL, certificates ? certificates : CERTIFICATES_LEAST),
        tls_sizes_certificates(NULL, certificates ? certificates : CERTIFICATES),
        .capped = false,
    };
    part[1] = (struct share){ .least = 0 };
    if (keys)
        part[1] = (struct share){
            tls_sizes_secrets(NULL, secrets ? secrets : SECRETS_LEAST),
            tls_sizes_secrets(NULL, secrets ? secrets : SECRETS),
            .capped = false,
        };
}

void tls_sizes_memory(const struct chains_tls_meta_options *options,
                      struct chains_memory *memory)
{
    struct share part[PARTS];
    tls_sizes_parts(options, part);
    *memory =
        (struct chains_memory){ part[0].least + part[1].least, part[0].usual + part[1].usual };
}

struct tls_sizes tls_sizes_of(const struct chains_tls_meta_options *options, uint64_t share)
{
    struct share part[PARTS];
    uint64_t least;
    tls_sizes_parts(options, part);
    shares_divide(part, PARTS, share, &least);
    struct tls_sizes sizes = { options->certificates, options->secrets, 0 };
    if (!sizes.certificates)
        sizes.certificates = (uint32_t)shares_fit(CERTIFICATES_LEAST, CERTIFICATES_MOST,
                                                  part[0].given, tls_sizes_certificates, NULL);
    if (!sizes.secrets)
        sizes.secrets = (uint32_t)shares_fit(SECRETS_LEAST, SECRETS_MOST, part[1].given,
                                             tls_sizes_secrets, NULL);
    sizes.certificate_bytes = (size_t)sizes.certificates * CERTIFICATE;
    return sizes;
}
