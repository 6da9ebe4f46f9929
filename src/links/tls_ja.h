/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_JA_H
#define LINKS_TLS_JA_H

#include "tls_message.h"

/*
 * Fingerprints of hellos. The text lives as long as the record; NULL where the list has no crypto, the
 * algorithm is absent, there is no room, or no memory, which the list then says.
 */

/* JA4 of a ClientHello: "t13d1516h2_8daaf6152771_e5627efa2ab1". */
const char *tls_ja4(struct tls_message_list *list, const struct chains_tls_message *hello);

/* JA3 of a ClientHello, JA3S of a ServerHello: MD5 as 32 hexadecimal digits. */
const char *tls_ja3(struct tls_message_list *list, const struct chains_tls_message *hello);
const char *tls_ja3s(struct tls_message_list *list, const struct chains_tls_message *hello);

#endif
