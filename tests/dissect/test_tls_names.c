/* SPDX-License-Identifier: MIT */
/* The tables of names: no number and no name is there twice, and some of each are the registry's. */
#include "../../src/dissect/tls_names.h"
#include "../check.h"

static unsigned repeated(const struct chains_name *names)
{
    unsigned count = 0;
    for (const struct chains_name *a = names; a->name; a++)
        for (const struct chains_name *b = a + 1; b->name; b++)
            count += a->value == b->value || strcmp(a->name, b->name) == 0;
    return count;
}

static const struct {
    const struct chains_name *names;
    uint32_t value;
    const char *name;
} cases[] = {
    { tls_version_names, 0x0304, "TLS 1.3" },
    { tls_version_names, 0x0002, "SSL 2.0" },
    { tls_version_names, 0xfefd, "DTLS 1.2" },
    { tls_version_names, 0x0a0a, NULL },
    { tls_cipher_names, 0x0000, "TLS_NULL_WITH_NULL_NULL" },
    { tls_cipher_names, 0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA" },
    { tls_cipher_names, 0x00ff, "TLS_EMPTY_RENEGOTIATION_INFO_SCSV" },
    { tls_cipher_names, 0x1301, "TLS_AES_128_GCM_SHA256" },
    { tls_cipher_names, 0x5600, "TLS_FALLBACK_SCSV" },
    { tls_cipher_names, 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
    { tls_cipher_names, 0xc0b5, "TLS_SHA384_SHA384" },
    { tls_cipher_names, 0xc103, "TLS_GOSTR341112_256_WITH_KUZNYECHIK_MGM_L" },
    { tls_cipher_names, 0xccaa, "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
    { tls_cipher_names, 0xd005, "TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256" },
    { tls_cipher_names, 0x0a0a, NULL },
    { tls_group_names, 0x001d, "x25519" },
    { tls_group_names, 0x11ec, "X25519MLKEM768" },
    { tls_group_names, 0x0100, "ffdhe2048" },
    { tls_signature_names, 0x0804, "rsa_pss_rsae_sha256" },
    { tls_signature_names, 0x0807, "ed25519" },
    { tls_alert_level_names, 2, "fatal" },
    { tls_alert_names, 0, "close_notify" },
    { tls_alert_names, 40, "handshake_failure" },
    { tls_alert_names, 48, "unknown_ca" },
    { tls_alert_names, 120, "no_application_protocol" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_eq_text(chains_name_of(cases[i].names, cases[i].value), cases[i].name);
    check_eq_u64(repeated(tls_version_names), 0);
    check_eq_u64(repeated(tls_cipher_names), 0);
    check_eq_u64(repeated(tls_group_names), 0);
    check_eq_u64(repeated(tls_signature_names), 0);
    check_eq_u64(repeated(tls_alert_level_names), 0);
    check_eq_u64(repeated(tls_alert_names), 0);
    return check_done();
}
