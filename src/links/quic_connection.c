/* SPDX-License-Identifier: MIT */
/*
 * The handshake of a QUIC connection. In: CRYPTO bytes of Initial packets, and notice of what cannot
 * be opened. Out: messages of TLS. A hello that lies whole in one frame is read there; otherwise its
 * pieces are kept, up to a ceiling, until it is whole. Everything but the IDs goes when the connection
 * is established.
 */
#include "quic_connection.h"

#include <string.h>

#include "tls_handshake.h"

enum {
    CRYPTO_ERROR = 0x100, /* and an alert (RFC 9001, 4.8) */
    ALERT_FATAL = 2,
    HISTORY = 2 * QUIC_MESSAGES + 2,
    JA4_MOST = 40,
    SNI_MOST = 255,
};

struct quic_known {
    uint32_t has; /* of the next ones, as in a message */
    uint16_t protocol, cipher, group;
    uint8_t resumed;
    char ja4[JA4_MOST];
    char history[HISTORY];
    size_t sni_len;
    uint8_t sni[];
};

struct quic_connection *quic_connection_new(struct pool *pool, enum chains_side client)
{
    struct quic_connection *connection = pool_take_zeros(pool, sizeof *connection);
    if (connection)
        connection->client = (uint8_t)client;
    return connection;
}

static void side_forget(struct quic_side *side)
{
    if (!side->crypto)
        return;
    tls_buffer_free(&side->crypto->bytes);
    pool_give(side->crypto);
    side->crypto = NULL;
}

static void connection_forget(struct quic_connection *connection)
{
    for (int side = 0; side < 2; side++) {
        side_forget(&connection->side[side]);
        connection->side[side].closed = true;
    }
    pool_give(connection->known);
    connection->known = NULL;
}

void quic_connection_free(struct quic_connection *connection)
{
    if (!connection)
        return;
    connection_forget(connection);
    pool_give(connection);
}

size_t quic_connection_bytes(const struct quic_connection *connection)
{
    size_t bytes = sizeof *connection;
    for (int side = 0; side < 2; side++) {
        const struct quic_crypto *crypto = connection->side[side].crypto;
        bytes += crypto ? sizeof *crypto + crypto->bytes.capacity : 0;
    }
    const struct quic_known *known = connection->known;
    return bytes + (known ? sizeof *known + known->sni_len : 0);
}

struct quic_id quic_id_of(struct chains_bytes bytes)
{
    struct quic_id id = { .len =
                              (uint8_t)(bytes.len < QUIC_ID_MOST ? bytes.len : QUIC_ID_MOST) };
    if (id.len > 0)
        memcpy(id.bytes, bytes.at, id.len);
    return id;
}

bool quic_id_is(const struct quic_id *id, struct chains_bytes bytes)
{
    return id->len == bytes.len && (id->len == 0 || memcmp(id->bytes, bytes.at, id->len) == 0);
}

/* ---- messages ------------------------------------------------------------------------------- */

static void history_add(struct quic_known *known, char letter)
{
    size_t len = strlen(known->history);
    if (len + 1 < sizeof known->history) {
        known->history[len] = letter;
        known->history[len + 1] = '\0';
    }
}

/* What later messages say of the ClientHello. */
static bool connection_learn(struct quic_connection *connection, struct pool *pool,
                             const struct chains_tls_message *hello)
{
    struct quic_known *known = connection->known;
    if (!known) {
        const size_t len = hello->sni.len < SNI_MOST ? hello->sni.len : SNI_MOST;
        known = pool_take_zeros(pool, sizeof *known + len);
        if (!known)
            return false;
        known->sni_len = len;
        if (len > 0)
            memcpy(known->sni, hello->sni.at, len);
        known->protocol = hello->protocol;
        known->has = hello->has & CHAINS_TLS_HAS_PROTOCOL;
        connection->known = known;
    }
    size_t ja4 = hello->ja4 ? strlen(hello->ja4) + 1 : 0;
    if (ja4 > 0 && ja4 <= sizeof known->ja4)
        memcpy(known->ja4, hello->ja4, ja4); /* the last one is who is answered */
    history_add(known, 'C');
    return true;
}

/* ESTABLISHED and FAILED say it again. */
static struct chains_tls_message *connection_sum(const struct quic_connection *connection,
                                                 struct quic_flow_run *run,
                                                 enum chains_tls_kind kind)
{
    const struct quic_known *known = connection->known;
    struct chains_tls_message *message = tls_message_add(run->out, kind, CHAINS_TLS_OVER_QUIC);
    if (message)
        message->client = (uint8_t)(connection->client + 1);
    if (!message || !known)
        return message;
    const struct chains_bytes sni = { known->sni, known->sni_len };
    message->has |= known->has;
    message->server_name = tls_message_bytes(run->out, sni);
    message->ja4 = known->ja4[0] ? tls_message_text(run->out, known->ja4) : NULL;
    message->protocol = known->protocol;
    message->cipher = known->cipher;
    message->group = known->group;
    message->resumed = known->resumed;
    message->history = tls_message_text(run->out, known->history);
    return message;
}

static void connection_took(const struct quic_connection *connection,
                            const struct quic_flow_run *run, struct chains_tls_message *message)
{
    if (!connection->known)
        return;
    message->took = run->time_ns - connection->hello_ns;
    message->has |= CHAINS_TLS_HAS_TOOK;
}

/* `cut`: the flow ended before all of it was there. */
static void connection_client_hello(struct quic_connection *connection,
                                    struct quic_flow_run *run, struct chains_bytes body,
                                    bool cut)
{
    struct tls_hello read;
    tls_client_hello_read(body, false, &read);
    if (cut)
        tls_hello_cut(&read);
    struct chains_tls_message *hello =
        tls_message_of_client(run->out, CHAINS_TLS_OVER_QUIC, &read);
    if (!hello)
        return;
    hello->client = (uint8_t)(connection->client + 1);
    hello->retry = connection->side[QUIC_CLIENT].messages > (cut ? 0 : 1);
    if (cut)
        hello->weird |= CHAINS_TLS_UNFINISHED;
    if (!connection->known)
        connection->hello_ns = run->time_ns;
    if (!connection_learn(connection, run->pool, hello))
        run->no_memory = true;
}

static void connection_server_hello(struct quic_connection *connection,
                                    struct quic_flow_run *run, struct chains_bytes body)
{
    struct quic_known *known = connection->known;
    struct chains_tls_message *hello =
        tls_message_server_hello(run->out, CHAINS_TLS_OVER_QUIC, body);
    if (!hello)
        return;
    hello->from = CHAINS_TLS_FROM_SERVER;
    connection_took(connection, run, hello);
    if (known) {
        const uint32_t agreed = CHAINS_TLS_HAS_PROTOCOL | CHAINS_TLS_HAS_CIPHER |
                                CHAINS_TLS_HAS_GROUP | CHAINS_TLS_HAS_RESUMED;
        known->has = hello->has & agreed;
        known->protocol = hello->protocol;
        known->cipher = hello->cipher;
        known->group = hello->group;
        known->resumed = hello->resumed;
        history_add(known, hello->retry ? 'j' : 's');
    }
    if (hello->retry)
        return;
    connection->side[QUIC_SERVER].closed = true; /* what follows is in Handshake packets */
    if (!known)
        return; /* the client's may come again */
    connection->side[QUIC_CLIENT].closed = true;
    side_forget(&connection->side[QUIC_CLIENT]);
}

/* The whole message that `bytes` begin with: its length, or 0. */
static size_t connection_message(struct quic_connection *connection, struct quic_flow_run *run,
                                 int which, struct chains_bytes bytes)
{
    struct quic_side *side = &connection->side[which];
    struct chains_reader in = chains_reader_over(bytes);
    const uint8_t type = chains_read_u8(&in);
    const size_t len = TLS_HANDSHAKE_HEADER + chains_read_be24(&in);
    if (in.failed)
        return 0;
    const uint8_t wanted = which == QUIC_CLIENT ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO;
    const bool foreign = type != wanted || side->messages == QUIC_MESSAGES;
    if (foreign || len > run->crypto_most) {
        run->quic.weird |= foreign ? CHAINS_QUIC_BAD_FRAME : CHAINS_QUIC_LIMITED;
        run->limited |= !foreign;
        side->closed = true;
        return 0;
    }
    if (bytes.len < len)
        return 0;
    const struct chains_bytes body =
        chains_behind(chains_front(bytes, len), TLS_HANDSHAKE_HEADER);
    side->messages++;
    side->taken += len;
    if (which == QUIC_CLIENT)
        connection_client_hello(connection, run, body, false);
    else
        connection_server_hello(connection, run, body);
    return len;
}

/* Messages that are whole in what is kept. */
static void connection_kept(struct quic_connection *connection, struct quic_flow_run *run,
                            int which)
{
    struct quic_side *side = &connection->side[which];
    while (side->crypto && !side->closed) {
        const struct chains_bytes front = quic_crypto_front(side->crypto);
        const size_t len = connection_message(connection, run, which, front);
        if (len == 0 || !side->crypto)
            break;
        quic_crypto_taken(side->crypto, (uint32_t)len);
        if (side->crypto->runs == 0)
            side_forget(side);
    }
    if (side->closed)
        side_forget(side);
}

static void connection_keep(struct quic_flow_run *run, struct quic_side *side, uint64_t offset,
                            struct chains_bytes bytes)
{
    if (!side->crypto)
        side->crypto = pool_take_zeros(run->pool, sizeof *side->crypto);
    if (!side->crypto) {
        run->no_memory = true;
        return;
    }
    side->crypto->bytes.pool = run->pool;
    switch (quic_crypto_put(side->crypto, offset - side->taken, bytes, run->crypto_most)) {
    case QUIC_CRYPTO_PUT:
        break;
    case QUIC_CRYPTO_DIFFERS:
        run->quic.weird |= CHAINS_QUIC_OVERLAP;
        break;
    case QUIC_CRYPTO_LIMITED:
        run->quic.weird |= CHAINS_QUIC_LIMITED;
        run->limited = true;
        break;
    case QUIC_CRYPTO_NO_MEMORY:
        run->no_memory = true;
        break;
    }
}

void quic_connection_crypto(struct quic_connection *connection, struct quic_flow_run *run,
                            int which, uint64_t offset, struct chains_bytes bytes)
{
    struct quic_side *side = &connection->side[which];
    connection->begun |= which == QUIC_CLIENT;
    if (side->closed || bytes.len == 0)
        return;
    if (offset < side->taken) { /* sent again */
        const uint64_t again = side->taken - offset;
        if (again >= bytes.len)
            return;
        offset += again;
        bytes = chains_behind(bytes, again);
    }
    while (!side->crypto && !side->closed && offset == side->taken && bytes.len > 0) {
        const size_t len = connection_message(connection, run, which, bytes);
        if (len == 0)
            break;
        offset += len;
        bytes = chains_behind(bytes, len);
    }
    if (side->closed || bytes.len == 0)
        return;
    connection_keep(run, side, offset, bytes);
    connection_kept(connection, run, which);
}

void quic_connection_close(struct quic_connection *connection, struct quic_flow_run *run,
                           int side, uint64_t error)
{
    run->quic.close = error;
    run->quic.has |= CHAINS_QUIC_HAS_CLOSE;
    const bool again = connection->has_closed;
    connection->has_closed = true;
    if (again || error < CRYPTO_ERROR || error > CRYPTO_ERROR + UINT8_MAX)
        return;
    struct chains_tls_message *alert =
        tls_message_add(run->out, CHAINS_TLS_ALERT, CHAINS_TLS_OVER_QUIC);
    if (!alert)
        return;
    alert->from = side == QUIC_CLIENT ? CHAINS_TLS_FROM_CLIENT : CHAINS_TLS_FROM_SERVER;
    alert->alert_level = ALERT_FATAL;
    alert->alert = (uint8_t)(error - CRYPTO_ERROR);
    alert->has |= CHAINS_TLS_HAS_ALERT;
    if (connection->known)
        alert->server_name =
            tls_message_bytes(run->out, (struct chains_bytes){ connection->known->sni,
                                                               connection->known->sni_len });
    if (connection->known)
        history_add(connection->known, side == QUIC_CLIENT ? 'L' : 'l');
}

void quic_connection_short(struct quic_connection *connection, struct quic_flow_run *run)
{
    if (connection->established || !connection->side[QUIC_CLIENT].handshake ||
        !connection->side[QUIC_SERVER].handshake)
        return;
    connection->established = true;
    struct chains_tls_message *message =
        connection_sum(connection, run, CHAINS_TLS_ESTABLISHED);
    if (message)
        connection_took(connection, run, message);
    connection_forget(connection);
}

/* What has come of a hello that the flow's end cut. */
static void connection_cut(struct quic_connection *connection, struct quic_flow_run *run)
{
    struct quic_side *client = &connection->side[QUIC_CLIENT];
    if (!client->crypto)
        return;
    const struct chains_bytes front = quic_crypto_front(client->crypto);
    if (front.len > TLS_HANDSHAKE_HEADER) {
        const struct chains_bytes body = chains_behind(front, TLS_HANDSHAKE_HEADER);
        connection_client_hello(connection, run, body, true);
    }
}

void quic_connection_end(struct quic_connection *connection, struct quic_flow_run *run)
{
    const struct quic_side *client = &connection->side[QUIC_CLIENT];
    const struct quic_side *server = &connection->side[QUIC_SERVER];
    /* The client goes on, and nobody has seen what the server says. */
    const bool half = client->handshake && !server->handshake && !server->has_id;
    if (connection->established || !connection->begun || half)
        return;
    connection_cut(connection, run);
    connection->established = true; /* told once */
    if (run->goes_on)
        return;
    struct chains_tls_message *message = connection_sum(connection, run, CHAINS_TLS_FAILED);
    if (message && !connection->known)
        message->weird |= CHAINS_TLS_UNFINISHED;
}
