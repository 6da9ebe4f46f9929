/* SPDX-License-Identifier: MIT */
/*
 * What one handshake comes to where it is not seen whole, is told without end, or finds no room: what
 * is not known is not said, and what is known does not hang on what was told.
 */
#include "dissect/tls_hello.h"
#include "links/tls_ssl2.h"
#include "tls_script.h"

#define CLIENT CHAINS_ORIG
#define SERVER CHAINS_RESP

static struct script script;
static struct wire wire, body;
static struct crypto *crypto;
static struct tls_certificates *certificates;

static const struct hello hello13 = { .name = "a.test", .seed = 1, .tls13 = true };

static void check_out(const char *want)
{
    check_eq_text(script.out, want);
    script_clear(&script);
}

/* One message in a record of its own. */
static void give(enum chains_side side, const struct wire *message)
{
    wire.len = 0;
    put_records(&wire, TLS_HANDSHAKE, message->at, message->len, 65535);
    script_give(&script, side, &wire);
}

static void give_client(const struct hello *hello)
{
    body.len = 0;
    put_client(&body, hello);
    give(CLIENT, &body);
}

static void give_server(const struct hello *hello)
{
    body.len = 0;
    put_server(&body, hello);
    give(SERVER, &body);
}

static void give_sealed(enum chains_side side, size_t len)
{
    wire.len = 0;
    put_sealed(&wire, TLS_APPLICATION_DATA, len);
    script_give(&script, side, &wire);
}

/* ---- cut --------------------------------------------------------------------------------- */

/* A hello that is cut at every byte says TLS 1.3 where that was seen, else nothing of its version. */
static void test_cut_client(void)
{
    static struct hello hello;
    hello = hello13;
    hello.session = 32;
    hello.padding = 64;
    body.len = 0;
    put_client(&body, &hello);
    wire.len = 0;
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    unsigned known = 0;
    for (size_t n = TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER; n < wire.len; n++) {
        script_run(&script, CLIENT, wire.at, n, 0, 0);
        script_run(&script, CLIENT, "", 0, 0, wire.len - n);
        if (!check(script.list.count == 1))
            return;
        const struct chains_tls_message *told = &script.list.items[0];
        bool has = told->has & CHAINS_TLS_HAS_PROTOCOL;
        known += has;
        check(has == (told->versions.count > 0) && told->protocol == (has ? 0x0304 : 0));
        check(told->resumption == 0 && told->ja4 == NULL);
        check_eq_u64(told->weird, CHAINS_TLS_GAP);
        script_end(&script);
    }
    check_eq_u64(known, 68); /* the padding behind it, and the list's last byte */
    script_clear(&script);
}

/* The end of a ServerHello is missing: it is no TLS 1.2, and nothing is said to be resumed. */
static void test_cut_server(void)
{
    struct hello session = hello13;
    session.session = 32;
    body.len = 0;
    put_server(&body, &session);
    size_t len = body.len;
    for (size_t left = 1; left < 9; left++) { /* of supported_versions, and of the list */
        give_client(&session);
        body.len = 0;
        put_server(&body, &session);
        wire.len = 0;
        put_records(&wire, TLS_HANDSHAKE, body.at, len, 65535);
        script_run(&script, SERVER, wire.at, wire.len - left, 0, 0);
        script_run(&script, SERVER, "", 0, 0, left);
        const struct chains_tls_message *told = script.list.items;
        if (!check(script.list.count == 1))
            return;
        check_eq_u64(told->has & (CHAINS_TLS_HAS_PROTOCOL | CHAINS_TLS_HAS_RESUMED), 0);
        check(told->resumed == 0 && told->has & CHAINS_TLS_HAS_CIPHER);
        give_sealed(CLIENT, 100);
        script_end(&script);
        check_out("hello a.test\nserver 0000 1301 gap\n");
    }
    /* It says so little of itself, and nobody has lost anything. */
    give_client(&session);
    body.len = 0;
    put_server(&body, &session);
    body.at[4 + 2 + 32 + 1 + 32 + 3 + 1] = 60; /* the list is said to be longer */
    give(SERVER, &body);
    script_end(&script);
    check_out("hello a.test\nserver 0304 1301 bad_length\nfailed Cs a.test\n");
    static struct hello twelve = { .name = "a.test", .seed = 1 };
    give_client(&twelve);
    body.len = 0;
    put_server(&body, &twelve);
    put_number(&body, 0x000a0017, 4);
    put_number(&body, 0, 2);
    body.at[3] = (uint8_t)(body.len - 4);
    give(SERVER, &body);
    script_end(&script);
    check_out("hello a.test\nserver 0000 c02f bad_length\n"); /* nobody knows what it was */
}

/* ---- how it ends ------------------------------------------------------------------------- */

/* A draft of TLS 1.3 ends as TLS 1.3 does. */
/* Early data is not taken where the session, or the server's extensions, say nothing of it. */
static void test_early_refused(void)
{
    static const uint8_t none[] = { 0, 0 }, taken[] = { 0, 4, 0, 42, 0, 0 },
                         cut[] = { 0, 4, 0, 42 };
    static const struct {
        bool early, resumed, retry;
        struct chains_bytes extensions;
        bool refused;
    } rows[] = {
        { true, true, false, { taken, sizeof taken }, false },
        { true, true, false, { none, sizeof none }, true },
        { true, true, false, { NULL, 0 }, false },
        { true, false, false, { taken, sizeof taken }, true },
        { true, false, true, { NULL, 0 }, true },
        { false, true, false, { none, sizeof none }, false },
        { false, false, false, { NULL, 0 }, false },
        { true, true, false, { cut, sizeof cut }, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct hello hello = hello13;
        hello.early_data = rows[i].early;
        hello.resumed = rows[i].resumed;
        give_client(&hello);
        hello.retry = rows[i].retry;
        give_server(&hello);
        body.len = 0;
        put_message(&body, TLS_ENCRYPTED_EXTENSIONS, rows[i].extensions.at,
                    rows[i].extensions.len);
        if (rows[i].extensions.len)
            give(SERVER, &body);
        printf("# row %zu\n", i);
        check_eq_u64(script.flow.open->connection.early_refused, rows[i].refused);
        script_end(&script);
        script_clear(&script);
    }
}

static void test_draft(void)
{
    give_client(&hello13);
    body.len = 0;
    put_server(&body, &hello13);
    body.at[body.len - 2] = 0x7f;
    body.at[body.len - 1] = 0x1c;
    give(SERVER, &body);
    give_sealed(SERVER, 900);
    give_sealed(CLIENT, 53);
    script_end(&script);
    check_out("hello a.test\nserver 7f1c 1301\nestablished Cs a.test\n");
}

/* A capture of the client alone, which goes on without a ChangeCipherSpec. */
static void test_half(void)
{
    give_client(&hello13);
    give_sealed(CLIENT, 53);
    give_sealed(CLIENT, 500);
    script_end(&script);
    check_out("hello a.test\n");
    give_client(&hello13); /* nobody went on */
    script_end(&script);
    check_out("hello a.test\nfailed C a.test\n");
    give_client(&hello13); /* there is a server, and it said no */
    wire.len = 0;
    put_records(&wire, TLS_ALERT, "\2\x28", 2, 2);
    script_give(&script, SERVER, &wire);
    give_sealed(CLIENT, 53);
    script_end(&script);
    check_out("hello a.test\nalert 2 40\nfailed Cl a.test\n");
}

/* Who sends a hello of SSL 2.0 is the client, whoever opened the flow. */
static void test_ssl2_flipped(void)
{
    static const char hello[] = "\x80\x1f\1\3\1\0\6\0\0\0\x10\0\xc0\x2f\7\0\xc0"
                                "0123456789abcdef";
    script_run(&script, SERVER, hello, sizeof hello - 1, 0, 0);
    script_end(&script);
    check_out("hello old\nfailed ^C\n");
}

/* ---- certificates ------------------------------------------------------------------------ */

/* Lengths that are not so are no certificates; those in front of them are told. */
static void test_certificates(void)
{
    static const struct {
        const char *body;
        size_t len;
        const char *want;
    } cases[] = {
        { "\0\0\4\0\0\1x", 7, "chain 1 unreadable\n" },
        { "\0\0\0", 3, "chain 0\n" },
        { "\0\0\5\0\0\1x\0", 8, "chain 1 unreadable bad_length\n" },
        { "\0\0\6\0\0\1x\0\0", 9, "chain 1 unreadable bad_length\n" },
        { "\0\0\7\0\0\1x\0\0\0", 10, "chain 1 unreadable bad_length\n" },
        { "\0\0\3\0\0\0", 6, "chain 0 bad_length\n" },
        { "\0\0\1\0", 4, "chain 0 bad_length\n" },
        { "\0\0\2\0\0", 5, "chain 0 bad_length\n" },
        { "\0\0\4\0\0\2x", 7, "chain 0 bad_length\n" },
        { "", 0, "chain 0 bad_length\n" },
    };
    static const struct hello hello12 = { .name = "a.test", .seed = 1 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        give_client(&hello12);
        give_server(&hello12);
        script_clear(&script);
        body.len = 0;
        put_message(&body, TLS_CERTIFICATE, cases[i].body, cases[i].len);
        give(SERVER, &body);
        check_out(cases[i].want);
        script_end(&script);
        script_clear(&script);
    }
}

/* ---- without end ------------------------------------------------------------------------- */

static unsigned lines(void)
{
    unsigned count = 0;
    for (const char *at = script.out; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

/* A record full of something that is four bytes long, or two: so much is told, and how it ended. */
static void test_floods(void)
{
    static const struct {
        uint8_t type, message;
        const char *more;
    } cases[] = {
        { TLS_HANDSHAKE, TLS_CERTIFICATE, "chain 0 too_long\n" },
        { TLS_HANDSHAKE, TLS_SERVER_HELLO, "server 0000 0000 too_long\n" },
        { TLS_HANDSHAKE, TLS_CLIENT_HELLO, "hello too_long\n" },
        { TLS_ALERT, 0, "alert 0 0 too_long\n" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        give_client(&hello13);
        script.context.limited = false;
        for (unsigned round = 0; round < 3; round++) {
            body.len = 0;
            wire.len = 0;
            for (unsigned n = 0; n < 1000 && cases[i].type == TLS_HANDSHAKE; n++)
                put_message(&body, cases[i].message, "", 0);
            for (unsigned n = 0; n < 1000 && cases[i].type == TLS_ALERT; n++)
                put_records(&wire, TLS_ALERT, "\2\x28", 2, 2);
            if (body.len)
                put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
            script_give(&script, SERVER, &wire);
        }
        check(script.context.limited);
        check_eq_u64(lines(), TLS_EVENTS + 1);
        const char *more = strstr(script.out, cases[i].more);
        check(more && more[strlen(cases[i].more)] == '\0');
        script_clear(&script);
        script_end(&script);
        check(lines() <= 1);
        script_clear(&script);
    }
    /* What is not told any more still counts. */
    give_client(&hello13);
    body.len = 0;
    for (unsigned n = 0; n < 100; n++)
        put_message(&body, TLS_CERTIFICATE, "", 0);
    give(SERVER, &body);
    script_clear(&script);
    give_server(&hello13);
    give_sealed(CLIENT, 53);
    check(strncmp(script.out, "established Cxxx", 16) == 0 && lines() == 1);
    script_end(&script);
    script_clear(&script);
}

/* ---- without room ------------------------------------------------------------------------ */

static struct chains_bytes body_of(bool server, const struct hello *hello)
{
    body.len = 0;
    if (server)
        put_server_body(&body, hello, false);
    else
        put_client_body(&body, hello, false);
    return (struct chains_bytes){ body.at, body.len };
}

static void test_no_room(void)
{
    struct chains_arena none;
    arena_init(&none, 1);
    struct tls_message_list list = { .arena = &none, .crypto = crypto };
    struct tls_context run = {
        .out = &list, .certificates = certificates, .crypto = crypto, .arena = &none
    };
    struct tls_connection connection = { .over = CHAINS_TLS_OVER_TCP };
    struct tls_connection_message message = { .type = TLS_CLIENT_HELLO, .side = CLIENT };
    struct hello retry = { .tls13 = true, .retry = true };
    message.body = body_of(false, &hello13);
    tls_connection_message(&connection, &run, &message);
    check(connection.hello && connection.sni_len == 6 && list.limited);
    message = (struct tls_connection_message){ .type = TLS_SERVER_HELLO, .side = SERVER };
    message.body = body_of(true, &retry);
    tls_connection_message(&connection, &run, &message);
    check(connection.retry && !connection.server_hello);
    message.body = body_of(true, &hello13);
    tls_connection_message(&connection, &run, &message);
    check(connection.server_hello && tls_connection_is_13(&connection));
    check(connection.has_cipher && connection.cipher == 0x1301);
    check_eq_text(connection.history, "Cjs");
    arena_free(&none);
}

/* How it came out, with any amount of room: what is lacking is counted. */
static void test_room(void)
{
    unsigned silent = 0, limited = 0;
    for (size_t ceiling = 0; ceiling < 1024; ceiling += 8) {
        struct chains_arena small;
        arena_init(&small, ceiling);
        struct tls_message_list list = { .arena = &small };
        struct tls_context run = { .out = &list, .arena = &small };
        struct tls_connection connection = { .hello = true, .known = true, .alpn_len = 2 };
        memcpy(connection.alpn, "h2", 2);
        memcpy(connection.history, "C", 2);
        tls_connection_end(&connection, &run, 0);
        bool lacks = run.limited || list.limited;
        bool whole = list.count == 1 && list.items[0].history &&
                     list.items[0].alpn.count == 1 &&
                     ((const struct chains_bytes *)list.items[0].alpn.items)->len == 2;
        silent += whole == lacks;
        limited += lacks;
        arena_free(&small);
    }
    check_eq_u64(silent, 0);
    check(limited > 8 && limited < 128);
}

int main(void)
{
    crypto = crypto_new();
    certificates = tls_certificates_new(crypto, 16);
    script_new(&script, crypto, certificates);
    test_cut_client();
    test_cut_server();
    test_early_refused();
    test_draft();
    test_half();
    test_ssl2_flipped();
    test_certificates();
    test_floods();
    test_no_room();
    test_room();
    tls_flow_release(&script.flow);
    arena_free(&script.arena);
    tls_certificates_free(certificates);
    crypto_free(crypto);
    return check_done();
}
