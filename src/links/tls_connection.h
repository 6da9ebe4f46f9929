/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_CONNECTION_H
#define LINKS_TLS_CONNECTION_H

#include <chains/dissect.h>
#include <chains/layer/stream.h>

#include "../record/pool.h"
#include "tls_certificate.h"
#include "tls_keys.h"
#include "tls_message.h"

enum {
    TLS_NAME_MOST = 255, /* of an SNI or an ALPN that is told once more at the end */
    TLS_CHAIN_MOST = 16, /* certificates of one message that are read */
    TLS_HISTORY = 32,    /* letters, with the NUL */
    TLS_JA4_ROOM = 48,   /* of JA4, with the NUL */
    TLS_SESSION_ID = 32,
    TLS_EVENTS = 64, /* of one connection that are told, besides how it came out */
};

/* What holds for all connections, and the record at hand. */
struct tls_context {
    struct tls_message_list *out;
    struct tls_certificates *certificates;
    struct tls_keys *keys; /* NULL: nothing is decrypted */
    struct crypto *crypto;
    struct chains_arena *arena;
    struct pool *pool;     /* of what connections keep; NULL: malloc() */
    uint32_t message_most; /* bytes of a handshake message */
    int64_t time_ns;
    bool goes_on; /* no more is seen of the connection, which has not ended for that */
    bool limited, no_memory; /* set where something was left out, or failed, for want of it */
};

/*
 * One handshake, over TCP or UDP: who is the client, what was agreed on, how far it has come. It is
 * given whole messages and what happened to records, and tells what happened; how they came here it
 * does not know. All 0 at first, but for `over` and `starttls`.
 */
struct tls_connection {
    uint8_t over, starttls; /* enum chains_tls_over, chains_tls_starttls */
    uint8_t client;         /* enum chains_side of the client, where `known` */
    bool known;
    bool hello, server_hello, retry; /* seen; retry: asked for another ClientHello */
    bool established, failed;        /* told */
    bool doubt;                      /* what was not seen may have established it */
    bool has_protocol, has_cipher, has_group, has_resumed;
    bool resumed, early_data, key_exchange, finished;
    bool early_refused; /* the server does not take the early data that was offered */
    /* By side; encrypted: Finished, as far as one can see; sealed: any encrypted record. */
    bool ccs[2], encrypted[2], sealed[2], spoke[2];
    uint16_t protocol, cipher, group;
    uint8_t events;  /* told so far; above TLS_EVENTS: that there are more, too */
    uint16_t opened; /* encrypted records of the client behind ServerHello */
    uint8_t sni_len, alpn_len, session_id_len, history_len;
    uint32_t trouble, weird; /* weird: for what is told next */
    int64_t hello_ns;
    uint8_t client_random[TLS_RANDOM], server_random[TLS_RANDOM];
    uint8_t session_id[TLS_SESSION_ID];
    uint8_t sni[TLS_NAME_MOST], alpn[TLS_NAME_MOST];
    char ja4[TLS_JA4_ROOM];
    char history[TLS_HISTORY];
};

/* A handshake message. */
struct tls_connection_message {
    uint8_t type; /* enum tls_handshake_type */
    enum chains_side side;
    struct chains_bytes body;
    uint32_t weird; /* enum chains_tls_weird */
    bool cut;       /* the body is but the beginning of it, */
    bool too_long;  /* or is not here */
};

void tls_connection_message(struct tls_connection *connection, struct tls_context *run,
                            const struct tls_connection_message *message);

/* ChangeCipherSpec. */
void tls_connection_ccs(struct tls_connection *connection, struct tls_context *run,
                        enum chains_side side);

/* A record that is encrypted: its type on the wire, and the length of its payload. */
void tls_connection_encrypted(struct tls_connection *connection, struct tls_context *run,
                              enum chains_side side, uint8_t type, uint32_t len);

void tls_connection_alert(struct tls_connection *connection, struct tls_context *run,
                          enum chains_side side, const uint8_t alert[2], uint32_t weird);

/* A letter of the history that is not a handshake message's: 'B', 'D'. */
void tls_connection_letter(struct tls_connection *connection, enum chains_side side,
                           char letter);

/* This side is the client, unless it is known already who is. */
void tls_connection_client(struct tls_connection *connection, enum chains_side side);

/* The flow has ended: tells if a ClientHello came to nothing; not where that may yet go on. */
void tls_connection_end(struct tls_connection *connection, struct tls_context *run,
                        uint32_t weird);

/* Whether TLS 1.3, one of its drafts, or DTLS 1.3, was agreed on. */
bool tls_connection_is_13(const struct tls_connection *connection);

#endif
