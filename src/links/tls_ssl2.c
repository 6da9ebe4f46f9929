/* SPDX-License-Identifier: MIT */
/*
 * Hellos of SSL 2.0's form (RFC 6101, appendix E; RFC 5246, E.2): what old clients send first, also
 * where they would speak TLS. In: one whole message without its length. Out: the same event as for a
 * hello of today, with what there is of it.
 */
#include "tls_ssl2.h"

#include <string.h>

enum {
    SSL2_CLIENT_HELLO = 1,
    SSL2_SERVER_HELLO = 4,
    SSL_20 = 0x0002,
};

/* Of a challenge of up to 32 bytes the random is made, with zeros in front. */
static void set_random(struct tls_connection *connection, struct chains_bytes challenge)
{
    size_t len = challenge.len < TLS_RANDOM ? challenge.len : TLS_RANDOM;
    memset(connection->client_random, 0, TLS_RANDOM);
    if (len)
        memcpy(connection->client_random + TLS_RANDOM - len, challenge.at, len);
}

static void client_hello(struct tls_connection *connection, struct tls_context *run,
                         struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    chains_skip(&in, 2);
    size_t ciphers = chains_read_be16(&in);
    size_t session_id = chains_read_be16(&in);
    size_t challenge = chains_read_be16(&in);
    chains_skip(&in, ciphers + session_id);
    set_random(connection, chains_read_bytes(&in, challenge));
    connection->hello_ns = run->time_ns;
    connection->hello = true;
    struct chains_tls_message *told = tls_message_old_hello(run->out, body);
    if (told)
        told->starttls = connection->starttls;
}

static void server_hello(struct tls_connection *connection, struct tls_context *run,
                         struct chains_reader *in)
{
    chains_skip(in, 2);
    uint16_t version = chains_read_be16(in);
    struct chains_tls_message *told =
        tls_message_add(run->out, CHAINS_TLS_SERVER_HELLO, CHAINS_TLS_OVER_TCP);
    connection->doubt = true;
    if (!told)
        return;
    told->from = CHAINS_TLS_FROM_SERVER;
    told->starttls = connection->starttls;
    told->version = version;
    told->protocol = SSL_20;
    told->has |= CHAINS_TLS_HAS_VERSION | CHAINS_TLS_HAS_PROTOCOL;
    told->weird |= CHAINS_TLS_OLD;
}

void tls_ssl2_take(struct tls_connection *connection, struct tls_context *run,
                   enum chains_side side, struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    uint8_t type = chains_read_u8(&in);
    connection->spoke[side] = true;
    if (type == SSL2_CLIENT_HELLO && !connection->hello) {
        tls_connection_client(connection, side);
        tls_connection_letter(connection, side, 'C');
        client_hello(connection, run, chains_rest(&in));
    } else if (type == SSL2_SERVER_HELLO && connection->hello) {
        tls_connection_letter(connection, side, 'S');
        server_hello(connection, run, &in);
    }
}
