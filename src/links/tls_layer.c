/* SPDX-License-Identifier: MIT */
/*
 * The layer "tls" as text: what its members are called and mean. In: nothing. Out: the layer type, of
 * TLS over TCP, of DTLS and of QUIC alike. What a message has nothing to say about is left out.
 */
#include "tls_message.h"

#include "../dissect/tls_names.h"

static const struct chains_name kind_names[] = {
    { CHAINS_TLS_CLIENT_HELLO, "client_hello" },
    { CHAINS_TLS_SERVER_HELLO, "server_hello" },
    { CHAINS_TLS_CERTIFICATE, "certificate" },
    { CHAINS_TLS_ALERT, "alert" },
    { CHAINS_TLS_ESTABLISHED, "established" },
    { CHAINS_TLS_FAILED, "failed" },
    { 0, NULL },
};

static const struct chains_name over_names[] = {
    { CHAINS_TLS_OVER_TCP, "tcp" },
    { CHAINS_TLS_OVER_DTLS, "dtls" },
    { CHAINS_TLS_OVER_QUIC, "quic" },
    { 0, NULL },
};

static const struct chains_name from_names[] = {
    { CHAINS_TLS_FROM_CLIENT, "client" },
    { CHAINS_TLS_FROM_SERVER, "server" },
    { 0, NULL },
};

static const struct chains_name starttls_names[] = {
    { CHAINS_STARTTLS_SMTP, "smtp" },
    { CHAINS_STARTTLS_IMAP, "imap" },
    { CHAINS_STARTTLS_POP3, "pop3" },
    { CHAINS_STARTTLS_XMPP, "xmpp" },
    { CHAINS_STARTTLS_FTP, "ftp" },
    { CHAINS_STARTTLS_POSTGRESQL, "postgresql" },
    { CHAINS_STARTTLS_HTTP, "http" },
    { CHAINS_STARTTLS_SOCKS, "socks" },
    { 0, NULL },
};

static const struct chains_name resumption_names[] = {
    { CHAINS_TLS_BY_SESSION_ID, "session_id" },
    { CHAINS_TLS_BY_TICKET, "ticket" },
    { CHAINS_TLS_BY_PSK, "psk" },
    { CHAINS_TLS_EARLY_DATA, "early_data" },
    { 0, NULL },
};

static const struct chains_name ech_names[] = {
    { CHAINS_TLS_ECH_OFFERED, "offered" },
    { CHAINS_TLS_ECH_OUTER, "outer" },
    { CHAINS_TLS_ECH_ESNI, "esni" },
    { 0, NULL },
};

static const struct chains_name trouble_names[] = {
    { CHAINS_CERTIFICATE_EXPIRED, "expired" },
    { CHAINS_CERTIFICATE_NOT_YET, "not_yet_valid" },
    { CHAINS_CERTIFICATE_SELF_SIGNED, "self_signed" },
    { CHAINS_CERTIFICATE_OTHER_NAME, "other_name" },
    { CHAINS_CERTIFICATE_WEAK_KEY, "weak_key" },
    { CHAINS_CERTIFICATE_WEAK_SIGNATURE, "weak_signature" },
    { CHAINS_CERTIFICATE_UNREADABLE, "unreadable" },
    { CHAINS_CERTIFICATE_ANY_NAME_NUL, "nul_in_name" },
    { CHAINS_CERTIFICATE_ODD_KEY, "odd_key" },
    { 0, NULL },
};

static const struct chains_name weird_names[] = {
    { CHAINS_TLS_TOO_LONG, "too_long" },
    { CHAINS_TLS_BAD_LENGTH, "bad_length" },
    { CHAINS_TLS_TWO_NAMES, "two_names" },
    { CHAINS_TLS_BAD_NAME, "bad_name" },
    { CHAINS_TLS_REPEATED_EXTENSION, "repeated_extension" },
    { CHAINS_TLS_MANY_EXTENSIONS, "many_extensions" },
    { CHAINS_TLS_GAP, "gap" },
    { CHAINS_TLS_UNFINISHED, "unfinished" },
    { CHAINS_TLS_OLD, "old_version" },
    { CHAINS_TLS_UNEXPECTED, "unexpected" },
    { CHAINS_TLS_HEARTBLEED, "heartbleed" },
    { CHAINS_TLS_LIMITED, "limited" },
    { 0, NULL },
};

static const struct chains_field certificate_fields[] = {
    CHAINS_FIELD(chains_tls_certificate, subject, RAW, "whose it is (RFC 4514)", .omit_zero = 1,
                 .escaped = 1),
    CHAINS_FIELD(chains_tls_certificate, issuer, RAW, "who signed it", .omit_zero = 1,
                 .escaped = 1),
    CHAINS_FIELD_RAWS(chains_tls_certificate, names, "DNS names, then addresses, it is for"),
    CHAINS_FIELD(chains_tls_certificate, serial, HEX, "serial number", .omit_zero = 1),
    CHAINS_FIELD(chains_tls_certificate, sha256, HEX, "SHA-256 of the whole certificate",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_tls_certificate, not_before, TIME, "valid from",
                 .has = CHAINS_CERTIFICATE_HAS_TIMES),
    CHAINS_FIELD(chains_tls_certificate, not_after, TIME, "valid until",
                 .has = CHAINS_CERTIFICATE_HAS_TIMES),
    CHAINS_FIELD(chains_tls_certificate, key_type, TEXT, "kind of its key: \"RSA\", \"EC\"",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_tls_certificate, key_bits, UINT, "size of its key",
                 .has = CHAINS_CERTIFICATE_HAS_KEY),
    CHAINS_FIELD(chains_tls_certificate, signature, TEXT, "how it is signed", .omit_zero = 1),
    CHAINS_FIELD(chains_tls_certificate, trouble, FLAGS, "what is wrong with this one",
                 .names = trouble_names, .omit_zero = 1),
    CHAINS_FIELDS_END,
};

#define MESSAGE(member, ...) CHAINS_FIELD(chains_tls_message, member, __VA_ARGS__)
#define MESSAGE_NUMBERS(member, ...)                                                           \
    CHAINS_FIELD_NUMBERS(chains_tls_message, member, __VA_ARGS__)

static const struct chains_field message_fields[] = {
    CHAINS_FIELD_AS(chains_tls_message, "handshake", kind, NAMED,
                    "what happened: a hello, a certificate, an alert; established or failed",
                    .names = kind_names),
    MESSAGE(over, NAMED, "what carries it", .names = over_names),
    MESSAGE(from, NAMED, "who sent it", .names = from_names, .omit_zero = 1),
    MESSAGE(starttls, NAMED, "what the connection spoke before", .names = starttls_names,
            .omit_zero = 1),
    MESSAGE(version, UINT, "version in its old place in the hello: 771 since TLS 1.2",
            .has = CHAINS_TLS_HAS_VERSION),
    MESSAGE(protocol, NAMED, "the best version offered, or the one agreed on",
            .names = tls_version_names, .has = CHAINS_TLS_HAS_PROTOCOL),
    MESSAGE(sni, RAW, "name of the server that a ClientHello asks for, as sent",
            .omit_zero = 1),
    MESSAGE(server_name, RAW, "the same on what comes behind the ClientHello", .omit_zero = 1),
    CHAINS_FIELD_RAWS(chains_tls_message, alpn, "protocols offered inside, or the one chosen"),
    MESSAGE_NUMBERS(versions, uint16_t, "versions offered", .names = tls_version_names),
    MESSAGE_NUMBERS(ciphers, uint16_t, "cipher suites offered", .names = tls_cipher_names),
    MESSAGE_NUMBERS(groups, uint16_t, "groups (curves) offered", .names = tls_group_names),
    MESSAGE_NUMBERS(key_shares, uint16_t, "groups that the client has sent a key of",
                    .names = tls_group_names),
    MESSAGE_NUMBERS(signature_algorithms, uint16_t, "signature algorithms offered",
                    .names = tls_signature_names),
    MESSAGE_NUMBERS(extensions, uint16_t, "types of all extensions"),
    MESSAGE_NUMBERS(point_formats, uint8_t, "formats of points on curves"),
    MESSAGE(cipher, NAMED, "cipher suite chosen", .names = tls_cipher_names,
            .has = CHAINS_TLS_HAS_CIPHER),
    MESSAGE(group, NAMED, "group chosen, or asked for", .names = tls_group_names,
            .has = CHAINS_TLS_HAS_GROUP),
    MESSAGE(resumption, FLAGS, "how the client would go on with an earlier session",
            .names = resumption_names, .omit_zero = 1),
    MESSAGE(resumed, BOOL, "whether the server goes on with it", .has = CHAINS_TLS_HAS_RESUMED),
    MESSAGE(retry, BOOL, "whether it is a HelloRetryRequest, or the hello that answers one",
            .omit_zero = 1),
    MESSAGE(ech, NAMED, "Encrypted Client Hello: offered, or certain by its outer name",
            .names = ech_names, .omit_zero = 1),
    MESSAGE(ja4, TEXT, "JA4 fingerprint of the client", .omit_zero = 1),
    MESSAGE(ja3, TEXT, "JA3 fingerprint of the client, where it is asked for", .omit_zero = 1),
    MESSAGE(ja3s, TEXT, "JA3S fingerprint of the server, where it is asked for",
            .omit_zero = 1),
    CHAINS_FIELD_LIST(chains_tls_message, chain, chains_tls_certificate, certificate_fields,
                      "certificates, the sender's own first"),
    MESSAGE(trouble, FLAGS, "what is wrong with the certificates", .names = trouble_names,
            .omit_zero = 1),
    MESSAGE(alert_level, NAMED, "how bad the alert is", .names = tls_alert_level_names,
            .has = CHAINS_TLS_HAS_ALERT),
    MESSAGE(alert, NAMED, "what the alert says", .names = tls_alert_names,
            .has = CHAINS_TLS_HAS_ALERT),
    MESSAGE(took, DURATION, "from the client's first hello on", .has = CHAINS_TLS_HAS_TOOK),
    MESSAGE(history, TEXT,
            "messages as letters, of the client in capitals: C ClientHello, S ServerHello, "
            "X certificate, D data, L alert",
            .omit_zero = 1),
    MESSAGE(weird, FLAGS, "oddities", .names = weird_names, .omit_zero = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_field tls_fields[] = {
    CHAINS_FIELD_LIST(chains_tls, tls, chains_tls_message, message_fields,
                      "what ended with this record of TLS handshakes"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_tls_type = {
    .slot = "tls",
    .name = "tls",
    .size = sizeof(struct chains_tls),
    .fields = tls_fields,
    .id = CHAINS_ID_tls,
    .slot_id = CHAINS_SLOT_tls,
};
