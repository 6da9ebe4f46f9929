/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_TLS_HELLO_H
#define DISSECT_TLS_HELLO_H

#include <chains/layer/tls.h>

/*
 * ClientHello and ServerHello of SSL 3.0, TLS and DTLS (RFC 8446, 4.1; RFC 9147, 5.3), and the
 * ClientHello of SSL 2.0 (RFC 5246, E.2), as slices of the message. Nothing is copied.
 */

enum {
    TLS_MOST_EXTENSIONS = 512, /* of one hello; those behind them are not read */
    TLS_HELLO_RANDOM = 32,
};

/* Extensions that are read (IANA's TLS ExtensionType Values). */
enum tls_extension_type {
    TLS_EXTENSION_SERVER_NAME = 0,
    TLS_EXTENSION_GROUPS = 10,
    TLS_EXTENSION_POINT_FORMATS = 11,
    TLS_EXTENSION_SIGNATURE_ALGORITHMS = 13,
    TLS_EXTENSION_ALPN = 16,
    TLS_EXTENSION_SESSION_TICKET = 35,
    TLS_EXTENSION_PRE_SHARED_KEY = 41,
    TLS_EXTENSION_EARLY_DATA = 42,
    TLS_EXTENSION_VERSIONS = 43,
    TLS_EXTENSION_COOKIE = 44,
    TLS_EXTENSION_KEY_SHARE = 51,
    TLS_EXTENSION_ECH = 0xfe0d,
    TLS_EXTENSION_ESNI = 0xffce,
};

/* `count` whole items behind each other, as on the wire. */
struct tls_run {
    struct chains_bytes bytes;
    uint32_t count;
};

struct tls_hello {
    uint32_t has;   /* CHAINS_TLS_HAS_VERSION, _PROTOCOL, _CIPHER, _GROUP, _RESUMED */
    uint32_t weird; /* enum chains_tls_weird */
    uint16_t version, protocol, cipher, group;
    uint8_t ech, resumption, resumed, retry; /* as in struct chains_tls_message */
    bool whole; /* its fixed part and its list of extensions were there, and read to the end */
    bool by_extension; /* `protocol` is from supported_versions */
    bool old;          /* the form of SSL 2.0: three bytes for each of the ciphers */
    struct chains_bytes random, session_id;
    struct chains_bytes sni;   /* the first name that is a host's */
    struct tls_run extensions; /* tls_next_extension() */
    struct tls_run alpn;       /* tls_next_protocol() */
    struct tls_run key_shares; /* tls_next_key_share() */
    struct tls_run ciphers, versions, groups, signature_algorithms; /* two bytes each */
    struct tls_run point_formats;                                   /* one byte each */
};

struct tls_extension {
    uint16_t type;
    struct chains_bytes body;
};

/*
 * The body of a message, without its header; the first extension of a type counts. What contradicts
 * itself is marked, and what could be read is there. What follows from an extension's absence, such as
 * the protocol where none says it, is said of a whole hello alone.
 */
void tls_client_hello_read(struct chains_bytes body, bool dtls, struct tls_hello *out);
void tls_server_hello_read(struct chains_bytes body, struct tls_hello *out);

/*
 * The body was but the beginning of the message: it contradicts nothing by its end, and nothing is known
 * of what would have stood behind it.
 */
void tls_hello_cut(struct tls_hello *hello);

/* A ClientHello in SSL 2.0's form, from its version on. */
void tls_old_hello_read(struct chains_bytes body, struct tls_hello *out);

/* The next item; false at the end, or where it is cut. */
bool tls_next_extension(struct chains_reader *in, struct tls_extension *out);
bool tls_next_protocol(struct chains_reader *in, struct chains_bytes *out);
bool tls_next_key_share(struct chains_reader *in, uint16_t *group);

/* Values that clients throw in so that servers go on to ignore what they do not know (RFC 8701). */
static inline bool tls_is_grease(uint16_t number)
{
    return (number & 0x0f0f) == 0x0a0a && number >> 8 == (number & 0xff);
}

/* Which of two versions is newer: a number that grows, also for DTLS; 0 for an unknown one. */
unsigned tls_version_rank(uint16_t version);

/* TLS 1.3, one of its drafts, or DTLS 1.3. */
bool tls_version_is_13(uint16_t version);

#endif
