/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_HANDSHAKE_H
#define LINKS_TLS_HANDSHAKE_H

#include "tls_buffer.h"

/*
 * Handshake messages of one direction (RFC 8446, 4), put together over records and segments: a type, a
 * length of 3 bytes, a body. At most one is kept, in memory that grows with what has come. One beyond
 * the limit is told when its header is there, and passed over.
 */
enum tls_handshake_type {
    TLS_HELLO_REQUEST,
    TLS_CLIENT_HELLO,
    TLS_SERVER_HELLO,
    TLS_HELLO_VERIFY_REQUEST,
    TLS_NEW_SESSION_TICKET,
    TLS_END_OF_EARLY_DATA,
    TLS_HELLO_RETRY_REQUEST,
    TLS_ENCRYPTED_EXTENSIONS = 8,
    TLS_CERTIFICATE = 11,
    TLS_SERVER_KEY_EXCHANGE,
    TLS_CERTIFICATE_REQUEST,
    TLS_SERVER_HELLO_DONE,
    TLS_CERTIFICATE_VERIFY,
    TLS_CLIENT_KEY_EXCHANGE,
    TLS_FINISHED = 20,
    TLS_CERTIFICATE_URL,
    TLS_CERTIFICATE_STATUS,
    TLS_SUPPLEMENTAL_DATA,
    TLS_KEY_UPDATE,
    TLS_MESSAGE_HASH = 254,
};

enum { TLS_HANDSHAKE_HEADER = 4 };

struct tls_handshake {
    struct tls_buffer piece; /* of the body */
    uint8_t head[TLS_HANDSHAKE_HEADER];
    uint8_t head_len;
    bool inside;   /* a header was whole, its body is not */
    bool skipping; /* and is not kept */
    uint32_t left; /* bytes of the body to come */
};

struct tls_handshake_message {
    uint8_t type; /* enum tls_handshake_type */
    struct chains_bytes body;
};

enum tls_handshake_found {
    TLS_HANDSHAKE_MORE, /* all bytes are taken */
    TLS_HANDSHAKE_WHOLE,
    TLS_HANDSHAKE_TOO_LONG,
    TLS_HANDSHAKE_NO_MEMORY,
};

/* The next message in `bytes`, which then begins behind it. It is borrowed until the next call. */
enum tls_handshake_found tls_handshake_next(struct tls_handshake *handshake,
                                            struct chains_bytes *bytes, uint32_t most,
                                            struct tls_handshake_message *message);

/* The message under way as far as it has come; the rest of it is passed over. False: none. */
bool tls_handshake_cut(struct tls_handshake *handshake, struct tls_handshake_message *message);

/* `gap` bytes are missing. False: nobody can say where the next message begins; it begins anew. */
bool tls_handshake_skip(struct tls_handshake *handshake, uint64_t gap);

#endif
