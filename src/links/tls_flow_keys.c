/* SPDX-License-Identifier: MIT */
/*
 * What opens the records of a TLS connection. In: what is known of its handshake, and the user's keys.
 * Out: what opens them, made when it can be of use. Early data goes by in front of ServerHello: what
 * opens that is made for it alone, and goes on with what the server has agreed to.
 */
#include "tls_flow_keys.h"

#include <string.h>

#include "tls_records.h"

static void ask_about(const struct tls_flow_open *open, struct tls_decrypt_about *about)
{
    const struct tls_connection *connection = &open->connection;
    *about = (struct tls_decrypt_about){
        .protocol = connection->protocol,
        .cipher = connection->cipher,
        .early_data = connection->early_data,
        .passed = { open->side[connection->client].passed,
                    open->side[!connection->client].passed },
    };
    memcpy(about->client_random, connection->client_random, TLS_RANDOM);
    memcpy(about->server_random, connection->server_random, TLS_RANDOM);
}

/* For early data whose key is known. */
static void ask_early(struct tls_flow_open *open, struct tls_context *context)
{
    const struct tls_connection *connection = &open->connection;
    struct tls_decrypt_about about;
    bool no_memory = false;
    if (open->early_tried || !connection->early_data ||
        !tls_keys_find(context->keys, TLS_SECRET_CLIENT_EARLY, connection->client_random))
        return;
    ask_about(open, &about);
    about.pool = context->pool;
    open->decrypt = tls_decrypt_early(&about, context->keys, context->crypto);
    no_memory = !open->decrypt;
    open->early = open->early_tried = true;
    context->no_memory = context->no_memory || no_memory;
}

/* The server has agreed to something. */
static void ask_settled(struct tls_flow_open *open, struct tls_context *context)
{
    struct tls_decrypt_about about;
    bool no_memory = false, early = open->early && open->decrypt;
    open->asked = true;
    open->early = false;
    ask_about(open, &about);
    about.pool = context->pool;
    if (early && !tls_decrypt_settle(open->decrypt, &about))
        tls_flow_keys_give_up(open);
    if (!early)
        open->decrypt = tls_decrypt_new(&about, context->keys, context->crypto, &no_memory);
    context->no_memory = context->no_memory || no_memory;
}

void tls_flow_keys_ask(struct tls_flow_open *open, struct tls_context *context)
{
    const struct tls_connection *connection = &open->connection;
    if (open->early_opened && connection->early_refused) {
        open->early_opened = false;
        open->side[connection->client].hole = true; /* what comes next begins anew */
    }
    if (open->asked || !connection->hello || !context->keys || !tls_keys_any(context->keys))
        return;
    if (connection->server_hello)
        ask_settled(open, context);
    else
        ask_early(open, context);
}

bool tls_flow_keys_open(const struct tls_flow_open *open, enum chains_side side, uint8_t type)
{
    bool early = type == TLS_APPLICATION_DATA && open->connection.client == side;
    return open->decrypt && (!open->early || early);
}

bool tls_flow_keys_refused(const struct tls_flow_open *open, enum chains_side side)
{
    return open->connection.client == side && open->connection.early_refused &&
           tls_decrypt_is_early(open->decrypt);
}

void tls_flow_keys_give_up(struct tls_flow_open *open)
{
    tls_decrypt_free(open->decrypt);
    open->decrypt = NULL;
    open->unopened = 0;
    for (size_t i = 0; i < 2; i++) {
        open->side[i].collects = false;
        open->side[i].hole = true;
    }
}

/* Behind the handshake keys of capture files do not come any more. */
void tls_flow_keys_check(struct tls_flow_open *open, const struct tls_context *context)
{
    if (!open->decrypt || open->keyed || !open->connection.established)
        return;
    open->keyed = tls_keys_follows(context->keys) ||
                  tls_keys_knows(context->keys, open->connection.client_random);
    if (!open->keyed)
        tls_flow_keys_give_up(open);
}
