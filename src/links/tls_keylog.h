/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_KEYLOG_H
#define LINKS_TLS_KEYLOG_H

#include "tls_keys.h"

/* One line of the SSLKEYLOGFILE format (RFC 9850): LABEL, client's random and secret in hex. */

enum tls_keylog_line {
    TLS_KEYLOG_SECRET,  /* *entry has it */
    TLS_KEYLOG_NOTHING, /* empty, a comment, or a label that is not wanted */
    TLS_KEYLOG_BAD,     /* no label and two words in hex, or not those that the label has */
};

struct tls_keylog_entry {
    uint8_t random[TLS_RANDOM];
    uint8_t label; /* enum tls_secret_label */
    struct tls_secret secret;
};

/* `line` without what ends it; a byte order mark of UTF-8 in front of it is no part of it. */
enum tls_keylog_line tls_keylog_read(struct chains_bytes line, struct tls_keylog_entry *entry);

#endif
