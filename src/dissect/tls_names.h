/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_TLS_NAMES_H
#define DISSECT_TLS_NAMES_H

#include <chains/field.h>

/* The names that IANA, or custom, has given to numbers of TLS; what is met most stands first. */
extern const struct chains_name tls_version_names[];
extern const struct chains_name tls_cipher_names[];
extern const struct chains_name tls_group_names[];
extern const struct chains_name tls_signature_names[];
extern const struct chains_name tls_alert_level_names[];
extern const struct chains_name tls_alert_names[];

#endif
