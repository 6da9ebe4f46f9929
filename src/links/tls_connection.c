/* SPDX-License-Identifier: MIT */
/*
 * One handshake. In: whole handshake messages and what happened to records, of both directions. Out:
 * what is told of them. Who is the client is seen by who sends ClientHello. It is established when
 * both have sent what the handshake ends with, as far as one can see from outside.
 */
#include "tls_connection.h"

#include <string.h>

#include "../bytes/time.h"
#include "../dissect/tls_hello.h"
#include "tls_handshake.h"
#include "tls_records.h"

enum {
    SUITE_AES_256_GCM_SHA384 = 0x1302,
    NAMED_CURVE = 3,
    /*
     * TLS 1.3: an encrypted Finished is a hash with its header, an inner type and a tag. An alert,
     * which is what else a client may send first, is far shorter.
     */
    FINISHED_LEAST = 32 + 4 + 1 + 8,
    FINISHED_SHA256 = 32 + 4 + 1 + 16,
    FINISHED_SHA384 = 48 + 4 + 1 + 16,
    EARLY_RECORDS =
        64, /* behind so many a client has sent its Finished, even behind early data */
};

bool tls_connection_is_13(const struct tls_connection *connection)
{
    return connection->has_protocol && tls_version_is_13(connection->protocol);
}

/* ---- history ----------------------------------------------------------------------------- */

static void put_letter(struct tls_connection *connection, char letter)
{
    if (connection->history_len < TLS_HISTORY - 1)
        connection->history[connection->history_len++] = letter;
}

void tls_connection_letter(struct tls_connection *connection, enum chains_side side,
                           char letter)
{
    bool client = !connection->known || connection->client == side;
    put_letter(connection, client ? letter : (char)(letter + 'a' - 'A'));
}

/* Who the client is; Zeek's history begins with '^' where that is not the one who opened the flow. */
void tls_connection_client(struct tls_connection *connection, enum chains_side side)
{
    if (connection->known)
        return;
    connection->known = true;
    connection->client = (uint8_t)side;
    if (side != CHAINS_ORIG)
        put_letter(connection, '^');
}

static enum chains_side other_side(enum chains_side side)
{
    return side == CHAINS_ORIG ? CHAINS_RESP : CHAINS_ORIG;
}

static char letter_of(uint8_t type)
{
    static const char letters[] = "HCSVTEJQOQQXKRNYGQQQFWUAP";
    if (type == TLS_MESSAGE_HASH)
        return 'M';
    return type < sizeof letters - 1 ? letters[type] : 'Q';
}

/* ---- telling ----------------------------------------------------------------------------- */

static uint8_t from_of(const struct tls_connection *connection, enum chains_side side)
{
    return connection->client == side ? CHAINS_TLS_FROM_CLIENT : CHAINS_TLS_FROM_SERVER;
}

/* What every message says. */
static void finish_message(struct tls_connection *connection, struct chains_tls_message *told,
                           uint8_t from, uint32_t weird)
{
    told->from = from;
    told->client = connection->known ? (uint8_t)(connection->client + 1) : 0;
    told->starttls = connection->starttls;
    told->weird |= weird | connection->weird;
    connection->weird = 0;
}

/* Any event. NULL: there is no room for it. */
static struct chains_tls_message *add(struct tls_connection *connection,
                                      struct tls_context *run, enum chains_tls_kind kind,
                                      uint8_t from, uint32_t weird)
{
    struct chains_tls_message *told =
        tls_message_add(run->out, kind, (enum chains_tls_over)connection->over);
    if (!told)
        return NULL;
    finish_message(connection, told, from, weird);
    told->server_name = tls_message_bytes(
        run->out, (struct chains_bytes){ connection->sni, connection->sni_len });
    return told;
}

/*
 * Whether one more event may be told: messages of four bytes each would make lines without end. The
 * first that may not is told as one too long.
 */
static bool may_tell(struct tls_connection *connection, struct tls_context *run,
                     enum chains_tls_kind kind, enum chains_side side)
{
    if (connection->events < TLS_EVENTS) {
        connection->events++;
        return true;
    }
    run->limited = true;
    if (connection->events == TLS_EVENTS) {
        connection->events++;
        add(connection, run, kind, connection->known ? from_of(connection, side) : 0,
            CHAINS_TLS_TOO_LONG);
    }
    return false;
}

static void set_took(const struct tls_connection *connection, const struct tls_context *run,
                     struct chains_tls_message *told)
{
    int64_t took = time_minus(run->time_ns, connection->hello_ns);
    if (!connection->hello || took < 0)
        return;
    told->took = took;
    told->has |= CHAINS_TLS_HAS_TOOK;
}

/* What the connection has come to: ESTABLISHED or FAILED. */
static void tell_outcome(struct tls_connection *connection, struct tls_context *run,
                         enum chains_tls_kind kind, uint32_t weird)
{
    struct chains_tls_message *told = add(connection, run, kind, 0, weird);
    if (!told)
        return;
    struct chains_bytes alpn = { connection->alpn, connection->alpn_len };
    struct chains_bytes *chosen =
        alpn.len ? chains_arena_take(run->arena, sizeof *chosen) : NULL;
    run->limited = run->limited || (alpn.len && !chosen);
    if (chosen) {
        *chosen = tls_message_bytes(run->out, alpn);
        told->alpn = (struct chains_list){ chosen, 1 };
    }
    told->protocol = connection->protocol;
    told->cipher = connection->cipher;
    told->group = connection->group;
    told->resumed = connection->has_resumed && connection->resumed;
    told->has |= connection->has_protocol ? CHAINS_TLS_HAS_PROTOCOL : 0u;
    told->has |= connection->has_cipher ? CHAINS_TLS_HAS_CIPHER : 0u;
    told->has |= connection->has_group ? CHAINS_TLS_HAS_GROUP : 0u;
    told->has |= connection->has_resumed ? CHAINS_TLS_HAS_RESUMED : 0u;
    told->ja4 = connection->ja4[0] ? tls_message_text(run->out, connection->ja4) : NULL;
    told->trouble = connection->trouble;
    told->history = tls_message_text(run->out, connection->history);
    set_took(connection, run, told);
}

/* ---- established or not ------------------------------------------------------------------ */

/* Up to TLS 1.2 a full handshake has a ClientKeyExchange; an earlier session needs none. */
static void settle_resumed(struct tls_connection *connection)
{
    if (tls_connection_is_13(connection) || !connection->has_protocol || connection->doubt ||
        !connection->hello)
        return;
    connection->resumed = !connection->key_exchange;
    connection->has_resumed = true;
}

static void check_established(struct tls_connection *connection, struct tls_context *run)
{
    if (connection->established || !(connection->hello || connection->server_hello))
        return;
    bool both = connection->encrypted[0] && connection->encrypted[1];
    if (tls_connection_is_13(connection) ? !connection->finished : !both)
        return;
    settle_resumed(connection);
    connection->established = true;
    tell_outcome(connection, run, CHAINS_TLS_ESTABLISHED, 0);
}

void tls_connection_ccs(struct tls_connection *connection, struct tls_context *run,
                        enum chains_side side)
{
    (void)run;
    if (!connection->ccs[side])
        tls_connection_letter(connection, side, 'I');
    connection->ccs[side] = connection->spoke[side] = true;
}

/*
 * Whether this is the client's Finished. Behind early data that may still be under way only its length
 * tells it apart, or that so much came.
 */
static bool is_finished(struct tls_connection *connection, uint32_t len)
{
    bool long_hash = connection->cipher == SUITE_AES_256_GCM_SHA384;
    if (len < FINISHED_LEAST)
        return false;
    if (!connection->early_data || ++connection->opened >= EARLY_RECORDS)
        return true;
    return len == (long_hash ? FINISHED_SHA384 : FINISHED_SHA256);
}

void tls_connection_encrypted(struct tls_connection *connection, struct tls_context *run,
                              enum chains_side side, uint8_t type, uint32_t len)
{
    connection->spoke[side] = connection->sealed[side] = true;
    if (connection->ccs[side] && type == TLS_HANDSHAKE)
        connection->encrypted[side] = true;
    bool client = connection->known && connection->client == side;
    if (client && connection->server_hello && tls_connection_is_13(connection) &&
        !connection->finished)
        connection->finished = is_finished(connection, len);
    check_established(connection, run);
}

void tls_connection_end(struct tls_connection *connection, struct tls_context *run,
                        uint32_t weird)
{
    bool client = connection->known && connection->client == CHAINS_RESP;
    enum chains_side server = client ? CHAINS_ORIG : CHAINS_RESP;
    /* The client goes on, and nobody has seen what the server says. */
    bool on = connection->ccs[!server] || connection->sealed[!server];
    bool half = !connection->spoke[server] && on;
    bool early = tls_connection_is_13(connection) && connection->opened > 0;
    if (!connection->hello || connection->established || connection->failed ||
        connection->doubt || half || early || run->goes_on)
        return;
    connection->failed = true;
    tell_outcome(connection, run, CHAINS_TLS_FAILED, weird);
}

/* ---- messages ---------------------------------------------------------------------------- */

static uint8_t keep_name(uint8_t *to, struct chains_bytes name)
{
    size_t len = name.len < TLS_NAME_MOST ? name.len : TLS_NAME_MOST;
    if (len)
        memcpy(to, name.at, len);
    return (uint8_t)len;
}

static void keep_random(uint8_t to[TLS_RANDOM], const struct tls_hello *hello)
{
    if (hello->random.len == TLS_RANDOM)
        memcpy(to, hello->random.at, TLS_RANDOM);
}

/* What a client asks for. */
static void offer(struct tls_connection *connection, const struct tls_context *run,
                  const struct tls_hello *hello)
{
    keep_random(connection->client_random, hello);
    size_t id = hello->session_id.len;
    connection->session_id_len = id <= TLS_SESSION_ID ? (uint8_t)id : 0;
    if (connection->session_id_len)
        memcpy(connection->session_id, hello->session_id.at, id);
    if (!connection->hello)
        connection->hello_ns = run->time_ns;
    connection->early_data = hello->resumption & CHAINS_TLS_EARLY_DATA;
    connection->sni_len = keep_name(connection->sni, hello->sni);
    connection->hello = true;
}

static void keep_ja4(struct tls_connection *connection, const char *ja4)
{
    size_t len = strlen(ja4);
    len = len < TLS_JA4_ROOM ? len : TLS_JA4_ROOM - 1;
    memcpy(connection->ja4, ja4, len);
}

static void client_hello(struct tls_connection *connection, struct tls_context *run,
                         const struct tls_connection_message *message)
{
    struct tls_hello hello;
    tls_client_hello_read(message->body, connection->over == CHAINS_TLS_OVER_DTLS, &hello);
    if (message->cut)
        tls_hello_cut(&hello);
    tls_connection_client(connection, message->side);
    bool again = connection->hello && (connection->server_hello || !connection->retry);
    bool out_of_place = connection->client != message->side || again;
    bool first = !connection->hello;
    tls_connection_letter(connection, message->side, 'C');
    if (connection->client == message->side && !(connection->hello && connection->server_hello))
        offer(connection, run, &hello);
    if (!may_tell(connection, run, CHAINS_TLS_CLIENT_HELLO, message->side))
        return;
    struct chains_tls_message *told =
        tls_message_of_client(run->out, (enum chains_tls_over)connection->over, &hello);
    if (!told)
        return;
    finish_message(connection, told, from_of(connection, message->side),
                   message->weird | (out_of_place ? CHAINS_TLS_UNEXPECTED : 0u));
    told->retry = connection->retry && !out_of_place;
    if (told->ja4 && first)
        keep_ja4(connection, told->ja4);
}

/* Up to TLS 1.2 a server says that it resumes by saying the client's session ID. */
static void read_echo(const struct tls_connection *connection, struct tls_hello *hello)
{
    bool known = hello->has & CHAINS_TLS_HAS_PROTOCOL;
    struct chains_bytes id = hello->session_id;
    if (!known || hello->retry || tls_version_is_13(hello->protocol) || id.len == 0 ||
        id.len != connection->session_id_len ||
        memcmp(id.at, connection->session_id, id.len) != 0)
        return;
    hello->resumed = 1;
    hello->has |= CHAINS_TLS_HAS_RESUMED;
}

/* What a server has agreed to. */
static void settle(struct tls_connection *connection, const struct tls_hello *hello)
{
    struct chains_reader alpn = chains_reader_over(hello->alpn.bytes);
    struct chains_bytes chosen;
    keep_random(connection->server_random, hello);
    connection->has_protocol = hello->has & CHAINS_TLS_HAS_PROTOCOL;
    connection->protocol = hello->protocol;
    connection->has_cipher = hello->has & CHAINS_TLS_HAS_CIPHER;
    connection->cipher = hello->cipher;
    connection->has_group = hello->has & CHAINS_TLS_HAS_GROUP;
    connection->group = hello->group;
    if (tls_next_protocol(&alpn, &chosen))
        connection->alpn_len = keep_name(connection->alpn, chosen);
    bool goes_on = hello->has & CHAINS_TLS_HAS_RESUMED && hello->resumed;
    connection->early_refused |= connection->early_data && (hello->retry || !goes_on);
    if (hello->retry) {
        connection->retry = true;
        return;
    }
    if (!connection->has_protocol) /* nobody knows how such a handshake ends */
        connection->doubt = true;
    connection->has_resumed = hello->has & CHAINS_TLS_HAS_RESUMED;
    connection->resumed = hello->resumed;
    connection->server_hello = true;
}

static void server_hello(struct tls_connection *connection, struct tls_context *run,
                         const struct tls_connection_message *message)
{
    struct tls_hello hello;
    tls_server_hello_read(message->body, &hello);
    if (message->cut)
        tls_hello_cut(&hello);
    tls_connection_client(connection, other_side(message->side));
    bool out_of_place = connection->client == message->side || connection->server_hello ||
                        (hello.retry && connection->retry);
    tls_connection_letter(connection, message->side, hello.retry ? 'J' : 'S');
    if (!out_of_place) {
        read_echo(connection, &hello);
        settle(connection, &hello);
    }
    if (!may_tell(connection, run, CHAINS_TLS_SERVER_HELLO, message->side))
        return;
    struct chains_tls_message *told =
        tls_message_of_server(run->out, (enum chains_tls_over)connection->over, &hello);
    if (!told)
        return;
    finish_message(connection, told, from_of(connection, message->side),
                   message->weird | (out_of_place ? CHAINS_TLS_UNEXPECTED : 0u));
    set_took(connection, run, told);
}

/* The certificates in the body of a message. False: what it says of its lengths is not so. */
static bool certificate_list(const struct tls_connection *connection, struct chains_bytes body,
                             struct chains_bytes *list, uint32_t *count, bool *limited)
{
    bool extensions = tls_connection_is_13(connection);
    struct chains_reader in = chains_reader_over(body);
    if (extensions)
        chains_skip(&in, chains_read_u8(&in));
    size_t all = chains_read_be24(&in);
    bool whole = chains_left(&in) == all;
    struct chains_reader entries =
        chains_read_block(&in, chains_left(&in) < all ? chains_left(&in) : all);
    *count = 0;
    while (chains_left(&entries) > 0) {
        struct chains_bytes der = chains_read_bytes(&entries, chains_read_be24(&entries));
        if (entries.failed || der.len == 0)
            return false;
        if (extensions)
            chains_skip(&entries, chains_read_be16(&entries));
        if (*count == TLS_CHAIN_MOST) {
            *limited = true;
            break;
        }
        list[(*count)++] = der;
    }
    return whole && !in.failed && !entries.failed;
}

/* Whose name, and which of a certificate's troubles are those of its chain. */
static struct tls_certificate_about about_of(const struct tls_connection *connection,
                                             const struct tls_context *run, bool server,
                                             uint32_t i)
{
    struct tls_certificate_about about = { .now_ns = run->time_ns };
    if (server && i == 0)
        about.name = (struct chains_bytes){ connection->sni, connection->sni_len };
    return about;
}

static void certificate(struct tls_connection *connection, struct tls_context *run,
                        const struct tls_connection_message *message)
{
    uint8_t from = from_of(connection, message->side);
    struct chains_bytes list[TLS_CHAIN_MOST];
    uint32_t count;
    if (!may_tell(connection, run, CHAINS_TLS_CERTIFICATE, message->side))
        return;
    bool many = false;
    bool good = certificate_list(connection, message->body, list, &count, &many);
    struct chains_tls_message *told =
        add(connection, run, CHAINS_TLS_CERTIFICATE, from,
            message->weird | (good || message->cut ? 0u : CHAINS_TLS_BAD_LENGTH));
    run->limited = run->limited || many;
    if (!told || count == 0)
        return;
    struct chains_tls_certificate *chain = chains_arena_take(run->arena, count * sizeof *chain);
    if (!chain) {
        told->weird |= CHAINS_TLS_LIMITED;
        run->limited = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct tls_certificate_about about =
            about_of(connection, run, from == CHAINS_TLS_FROM_SERVER, i);
        enum tls_certificate_status status =
            tls_certificate_read(run->certificates, list[i], &about, run->arena, &chain[i]);
        run->no_memory = run->no_memory || status == TLS_CERTIFICATE_MEMORY;
        many = many || status == TLS_CERTIFICATE_LIMITED;
        /* A root that is sent along signs itself, as it should. */
        uint32_t self = i ? CHAINS_CERTIFICATE_SELF_SIGNED : 0;
        told->trouble |= chain[i].trouble & ~self;
    }
    told->chain = (struct chains_list){ chain, count };
    told->weird |= many ? (uint32_t)CHAINS_TLS_LIMITED : 0u;
    run->limited = run->limited || many;
    if (from == CHAINS_TLS_FROM_SERVER)
        connection->trouble |= told->trouble;
}

/* The group of an ECDHE key exchange (RFC 8422, 5.4). */
static void server_key_exchange(struct tls_connection *connection, struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    uint8_t curve_type = chains_read_u8(&in);
    uint16_t group = chains_read_be16(&in);
    /* What the cipher is for is not looked up: DH has a length of 2 bytes there, far above 0x03.. */
    if (in.failed || curve_type != NAMED_CURVE || connection->has_group)
        return;
    connection->group = group;
    connection->has_group = true;
}

/* TLS 1.3, with keys: the protocol that was chosen, and whether early data is taken. */
static void encrypted_extensions(struct tls_connection *connection, struct chains_bytes body)
{
    struct chains_reader in = chains_reader_over(body);
    struct chains_reader all = chains_read_block(&in, chains_read_be16(&in));
    bool early = false;
    while (chains_left(&all) >= 4) {
        uint16_t type = chains_read_be16(&all);
        struct chains_reader data = chains_read_block(&all, chains_read_be16(&all));
        early = early || type == TLS_EXTENSION_EARLY_DATA;
        if (type != TLS_EXTENSION_ALPN)
            continue;
        chains_skip(&data, 2);
        struct chains_bytes name = chains_read_bytes(&data, chains_read_u8(&data));
        connection->alpn_len = keep_name(connection->alpn, name);
    }
    connection->early_refused |= connection->early_data && !early;
}

static void too_long(struct tls_connection *connection, struct tls_context *run,
                     const struct tls_connection_message *message)
{
    enum chains_tls_kind kind = message->type == TLS_CLIENT_HELLO   ? CHAINS_TLS_CLIENT_HELLO
                                : message->type == TLS_SERVER_HELLO ? CHAINS_TLS_SERVER_HELLO
                                                                    : CHAINS_TLS_CERTIFICATE;
    bool told = message->type == TLS_CLIENT_HELLO || message->type == TLS_SERVER_HELLO ||
                message->type == TLS_CERTIFICATE;
    run->limited = true;
    if (message->type == TLS_CLIENT_HELLO)
        tls_connection_client(connection, message->side);
    if (message->type == TLS_SERVER_HELLO)
        tls_connection_client(connection, other_side(message->side));
    tls_connection_letter(connection, message->side, letter_of(message->type));
    if (told && may_tell(connection, run, kind, message->side))
        add(connection, run, kind, from_of(connection, message->side),
            message->weird | CHAINS_TLS_TOO_LONG);
    if (message->type == TLS_CLIENT_HELLO && !connection->hello) {
        connection->hello = true;
        connection->hello_ns = run->time_ns;
    }
}

void tls_connection_message(struct tls_connection *connection, struct tls_context *run,
                            const struct tls_connection_message *message)
{
    connection->spoke[message->side] = true;
    if (message->too_long) {
        too_long(connection, run, message);
        return;
    }
    if (message->type == TLS_CLIENT_HELLO) {
        client_hello(connection, run, message);
        return;
    }
    if (message->type == TLS_SERVER_HELLO) {
        server_hello(connection, run, message);
        return;
    }
    tls_connection_letter(connection, message->side, letter_of(message->type));
    if (message->type == TLS_CERTIFICATE)
        certificate(connection, run, message);
    if (message->cut)
        return;
    if (message->type == TLS_SERVER_KEY_EXCHANGE)
        server_key_exchange(connection, message->body);
    if (message->type == TLS_CLIENT_KEY_EXCHANGE)
        connection->key_exchange = true;
    if (message->type == TLS_ENCRYPTED_EXTENSIONS && tls_connection_is_13(connection))
        encrypted_extensions(connection, message->body);
    if (message->type == TLS_HELLO_VERIFY_REQUEST)
        connection->retry = true;
}

void tls_connection_alert(struct tls_connection *connection, struct tls_context *run,
                          enum chains_side side, const uint8_t alert[2], uint32_t weird)
{
    connection->spoke[side] = true;
    tls_connection_letter(connection, side, 'L');
    uint8_t from = connection->known ? from_of(connection, side) : 0;
    if (!may_tell(connection, run, CHAINS_TLS_ALERT, side))
        return;
    struct chains_tls_message *told = add(connection, run, CHAINS_TLS_ALERT, from, weird);
    if (!told)
        return;
    told->alert_level = alert[0];
    told->alert = alert[1];
    told->has |= CHAINS_TLS_HAS_ALERT;
}
