/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_TLS_H
#define CHAINS_LAYER_TLS_H

#include <chains/record.h>

/*
 * TLS (RFC 8446, RFC 5246 and before, SSL 3.0), DTLS (RFC 9147, RFC 6347) and the TLS inside QUIC
 * (RFC 9001): what of a handshake is not encrypted, or what the user has the keys for.
 */

/* What happened. */
enum chains_tls_kind {
    CHAINS_TLS_CLIENT_HELLO = 1,
    CHAINS_TLS_SERVER_HELLO, /* HelloRetryRequest too: `retry` */
    CHAINS_TLS_CERTIFICATE,  /* up to TLS 1.2, or with keys */
    CHAINS_TLS_ALERT,        /* one that is not encrypted, or with keys */
    CHAINS_TLS_ESTABLISHED,  /* both sides have begun to send what the handshake is for */
    CHAINS_TLS_FAILED,       /* the flow ended, and it never was */
};

/* What carries it. */
enum chains_tls_over { CHAINS_TLS_OVER_TCP, CHAINS_TLS_OVER_DTLS, CHAINS_TLS_OVER_QUIC };

enum chains_tls_from { CHAINS_TLS_FROM_CLIENT = 1, CHAINS_TLS_FROM_SERVER };

/* What the connection spoke before. */
enum chains_tls_starttls {
    CHAINS_STARTTLS_NONE,
    CHAINS_STARTTLS_SMTP,
    CHAINS_STARTTLS_IMAP,
    CHAINS_STARTTLS_POP3,
    CHAINS_STARTTLS_XMPP,
    CHAINS_STARTTLS_FTP,
    CHAINS_STARTTLS_POSTGRESQL,
    CHAINS_STARTTLS_HTTP, /* a proxy's CONNECT, or an upgrade */
    CHAINS_STARTTLS_SOCKS,
};

/* How a client would go on with an earlier session. */
enum chains_tls_resumption {
    CHAINS_TLS_BY_SESSION_ID =
        1 << 0,                     /* up to TLS 1.2; with TLS 1.3 it says nothing: not set */
    CHAINS_TLS_BY_TICKET = 1 << 1,  /* RFC 5077, and it is not empty */
    CHAINS_TLS_BY_PSK = 1 << 2,     /* pre_shared_key of TLS 1.3 */
    CHAINS_TLS_EARLY_DATA = 1 << 3, /* and it sends data at once */
};

/* Encrypted Client Hello. */
enum chains_tls_ech {
    CHAINS_TLS_ECH_NONE,
    CHAINS_TLS_ECH_OFFERED, /* or its GREASE: nobody but the server can tell */
    CHAINS_TLS_ECH_OUTER,   /* the SNI is a known public name: the true one is inside */
    CHAINS_TLS_ECH_ESNI,    /* its predecessor, encrypted_server_name */
};

/* What is wrong with a certificate chain; nobody's trust is asked. */
enum chains_tls_trouble {
    CHAINS_CERTIFICATE_EXPIRED = 1 << 0, /* at packet time */
    CHAINS_CERTIFICATE_NOT_YET = 1 << 1,
    CHAINS_CERTIFICATE_SELF_SIGNED = 1 << 2,
    CHAINS_CERTIFICATE_OTHER_NAME = 1 << 3, /* the SNI is none of its names (RFC 6125) */
    CHAINS_CERTIFICATE_WEAK_KEY = 1 << 4,   /* RSA or DSA below 2048 bits, a curve below 224 */
    CHAINS_CERTIFICATE_WEAK_SIGNATURE = 1 << 5, /* MD5, SHA-1; not of a self-signed one */
    CHAINS_CERTIFICATE_UNREADABLE = 1 << 6,
    CHAINS_CERTIFICATE_ANY_NAME_NUL = 1 << 7, /* a NUL in a name: made to deceive */
    CHAINS_CERTIFICATE_ODD_KEY = 1 << 8, /* RSA or DSA without a modulus, or a curve without a
                                            known name: one spelled out can hide a weak one */
};

enum chains_tls_weird {
    CHAINS_TLS_TOO_LONG = 1 << 0,   /* a message beyond the limit, of its bytes or of how many
                                       are told of a connection (64): not read */
    CHAINS_TLS_BAD_LENGTH = 1 << 1, /* lengths that contradict each other */
    CHAINS_TLS_TWO_NAMES = 1 << 2,  /* several names, or name types, in one SNI */
    CHAINS_TLS_BAD_NAME =
        1 << 3, /* an SNI that is no host name: empty, control bytes, an address */
    CHAINS_TLS_REPEATED_EXTENSION = 1 << 4,
    CHAINS_TLS_MANY_EXTENSIONS = 1 << 5, /* more than are read: 512 */
    CHAINS_TLS_GAP = 1 << 6,             /* bytes in front of it are missing in the capture */
    CHAINS_TLS_UNFINISHED = 1 << 7,      /* the flow ended before it */
    CHAINS_TLS_OLD = 1 << 8,             /* SSL 2.0 or 3.0 agreed on or offered as the best; a
                                            hello in the form of SSL 2.0 */
    CHAINS_TLS_UNEXPECTED = 1 << 9,      /* a message that has no place there */
    CHAINS_TLS_HEARTBLEED = 1 << 10,     /* a heartbeat request longer than its record */
    CHAINS_TLS_LIMITED = 1 << 11,        /* more was sent than is told: certificates of a chain
                                            (16), names of one (256), or their text (24 KiB) */
};

enum {
    CHAINS_TLS_HAS_VERSION = 1 << 0,
    CHAINS_TLS_HAS_PROTOCOL = 1 << 1,
    CHAINS_TLS_HAS_CIPHER = 1 << 2,
    CHAINS_TLS_HAS_GROUP = 1 << 3,
    CHAINS_TLS_HAS_RESUMED = 1 << 4,
    CHAINS_TLS_HAS_ALERT = 1 << 5,
    CHAINS_TLS_HAS_TOOK = 1 << 6,

    CHAINS_CERTIFICATE_HAS_TIMES = 1 << 0,
    CHAINS_CERTIFICATE_HAS_KEY = 1 << 1,
};

struct chains_tls_certificate {
    uint32_t has;
    struct chains_bytes subject, issuer; /* RFC 4514, "CN=example.org,O=..." */
    struct chains_list names; /* struct chains_bytes: DNS names, then addresses as text */
    struct chains_bytes serial, sha256; /* the fingerprint is of the whole certificate */
    int64_t not_before, not_after;      /* nanoseconds since 1970 */
    const char *key_type;               /* "RSA", "EC", "Ed25519", ... */
    uint32_t key_bits;
    const char *signature; /* "sha256WithRSAEncryption" */
    uint32_t trouble;      /* enum chains_tls_trouble, of this certificate */
};

/*
 * One event of a handshake. Lists are in the order of the wire, GREASE included; numbers are IANA's
 * of the TLS registries. ESTABLISHED and FAILED repeat what is known of the connection.
 */
struct chains_tls_message {
    uint32_t has;
    uint8_t kind;      /* enum chains_tls_kind */
    uint8_t over;      /* enum chains_tls_over */
    uint8_t from;      /* enum chains_tls_from; 0: neither */
    uint8_t client;    /* enum chains_side of the client, and one; 0: not known. Not shown */
    uint8_t starttls;  /* enum chains_tls_starttls */
    uint16_t version;  /* as the hello says in its old place: 771 */
    uint16_t protocol; /* 0x0304: the best offered, or the one agreed on; not of a
                                        hello whose end is missing, unless it says so */
    struct chains_bytes sni;         /* of a ClientHello, as sent */
    struct chains_bytes server_name; /* of what comes behind it: that SNI again */
    uint8_t ech;                     /* enum chains_tls_ech */
    uint8_t resumption;              /* enum chains_tls_resumption: offered */
    uint8_t resumed;                 /* 1: the server took it */
    uint8_t retry;                   /* 1: HelloRetryRequest, or the hello that answers it */
    struct chains_list alpn;         /* struct chains_bytes: offered, or the one chosen */
    struct chains_list versions, ciphers, groups, key_shares, signature_algorithms,
        extensions;                   /* uint16_t */
    struct chains_list point_formats; /* uint8_t */
    uint16_t cipher, group;           /* chosen by the server */
    const char *ja4;                  /* of a ClientHello; of what comes later the same */
    const char *ja3, *ja3s;           /* where they are asked for */
    struct chains_list chain; /* struct chains_tls_certificate, the server's own first */
    uint32_t trouble;         /* of the chain: enum chains_tls_trouble */
    uint8_t alert_level, alert;
    int64_t took; /* nanoseconds from the ClientHello on: to a ServerHello, to ESTABLISHED */
    const char *history; /* letters of Zeek's ssl_history; ESTABLISHED and FAILED */
    uint32_t weird;      /* enum chains_tls_weird */
};

/* Slot "tls": what ended with this packet. */
struct chains_tls {
    struct chains_list tls; /* struct chains_tls_message */
};

#endif
