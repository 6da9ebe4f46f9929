/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_MESSAGE_H
#define LINKS_TLS_MESSAGE_H

#include <chains/component.h>
#include <chains/layer/tls.h>

#include "../dissect/tls_hello.h"
#include "crypto.h"

extern const struct chains_layer_type chains_tls_type;

/* The messages that one record ends with, on their way into its layer "tls". */
struct tls_message_list {
    struct chains_arena *arena;
    struct crypto *crypto; /* for JA3, JA3S and JA4; NULL: none of them */
    bool ja3;
    bool no_ja4;
    struct chains_tls_message *items;
    uint32_t count, room;
    bool limited;   /* the arena had no room for all */
    bool no_memory; /* libcrypto had none for a fingerprint */
};

/*
 * A message with nothing but its kind and what carries it; NULL: the arena has no room. Those before
 * it move: what this gives, and the hellos below, is good until the next one is added.
 */
struct chains_tls_message *tls_message_add(struct tls_message_list *list,
                                           enum chains_tls_kind kind,
                                           enum chains_tls_over over);

/*
 * Reads the body of a handshake message, without its header of 4 bytes (12 in DTLS): a message, or
 * NULL when there is no room. What contradicts itself is marked in `weird`, and what was read before
 * is there. All that the message refers to is copied into the arena: `body` may go.
 */
struct chains_tls_message *tls_message_client_hello(struct tls_message_list *list,
                                                    enum chains_tls_over over,
                                                    struct chains_bytes body);
struct chains_tls_message *tls_message_server_hello(struct tls_message_list *list,
                                                    enum chains_tls_over over,
                                                    struct chains_bytes body);

/* The same of a hello that was read already; `hello` may go too. */
struct chains_tls_message *tls_message_of_client(struct tls_message_list *list,
                                                 enum chains_tls_over over,
                                                 const struct tls_hello *hello);
struct chains_tls_message *tls_message_of_server(struct tls_message_list *list,
                                                 enum chains_tls_over over,
                                                 const struct tls_hello *hello);

/* A ClientHello in the form of SSL 2.0, from its version on: behind the message type. */
struct chains_tls_message *tls_message_old_hello(struct tls_message_list *list,
                                                 struct chains_bytes body);

/* A copy of bytes or text that lives as long as the record; empty, or NULL, where there is no room. */
struct chains_bytes tls_message_bytes(struct tls_message_list *list, struct chains_bytes bytes);
const char *tls_message_text(struct tls_message_list *list, const char *text);

/*
 * Attaches the layer, if there are any messages, and counts where room was lacking. CHAINS_OK, or a
 * failure: there was no memory for a fingerprint.
 */
int tls_message_attach(chains_component *self, struct chains_record *rec,
                       const struct tls_message_list *list);

#endif
