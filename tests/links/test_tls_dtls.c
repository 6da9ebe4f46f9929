/* SPDX-License-Identifier: MIT */
/* DTLS in datagrams: fragments in any order, what comes again, what only looks like it. */
#include "links/tls_dtls.h"

#include "tls_script.h"

#define CLIENT CHAINS_ORIG
#define SERVER CHAINS_RESP

static struct script script;
static struct tls_dtls dtls;
static struct wire wire, body;

static const struct hello first = { .name = "a.test", .seed = 1 };
static const struct hello other = { .name = "b.test", .seed = 77 };

/* ---- making datagrams -------------------------------------------------------------------- */

static void put_record(uint8_t type, uint16_t epoch, const void *bytes, size_t len)
{
    put_number(&wire, type, 1);
    put_number(&wire, 0xfefd, 2);
    put_number(&wire, epoch, 2);
    put_number(&wire, 0, 6);
    put_number(&wire, (uint32_t)len, 2);
    put(&wire, bytes, len);
}

/* A fragment of what lies in `body`, in a record of its own. */
static void put_fragment(uint8_t type, uint16_t sequence, size_t from, size_t len)
{
    static struct wire one;
    one.len = 0;
    put_number(&one, type, 1);
    put_number(&one, (uint32_t)body.len, 3);
    put_number(&one, sequence, 2);
    put_number(&one, (uint32_t)from, 3);
    put_number(&one, (uint32_t)len, 3);
    put(&one, body.at + from, len);
    put_record(TLS_HANDSHAKE, 0, one.at, one.len);
}

static void client(const struct hello *hello)
{
    body.len = 0;
    put_client_body(&body, hello, true);
}

static void server(const struct hello *hello)
{
    body.len = 0;
    put_server_body(&body, hello, true);
}

static void send_one(enum chains_side side)
{
    uint8_t *copy = malloc(wire.len);
    memcpy(copy, wire.at, wire.len);
    script_begin(&script);
    tls_dtls_take(&dtls, &script.context, side, (struct chains_bytes){ copy, wire.len });
    free(copy);
    script_flush(&script);
    wire.len = 0;
}

static void end(void)
{
    script_begin(&script);
    tls_dtls_end(&dtls, &script.context);
    script_flush(&script);
    tls_dtls_release(&dtls);
    memset(&dtls, 0, sizeof dtls);
}

static void check_out(const char *want)
{
    check_eq_text(script.out, want);
    script_clear(&script);
}

/* ---- handshakes -------------------------------------------------------------------------- */

static void finish(enum chains_side side)
{
    put_record(TLS_CHANGE_CIPHER_SPEC, 0, "\1", 1);
    put_record(TLS_HANDSHAKE, 1, "0123456789abcdef0123456789abcdef", 32);
    send_one(side);
}

static void test_handshake(void)
{
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
    send_one(CLIENT);
    body.len = 0;
    put(&body, "\xfe\xff\2ab", 5);
    put_fragment(TLS_HELLO_VERIFY_REQUEST, 0, 0, body.len);
    send_one(SERVER);
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 1, 0, body.len);
    send_one(CLIENT);
    server(&first);
    put_fragment(TLS_SERVER_HELLO, 1, 0, body.len);
    body.len = 0;
    put_fragment(TLS_SERVER_HELLO_DONE, 2, 0, 0);
    send_one(SERVER);
    put(&body, "key", 3);
    put_fragment(TLS_CLIENT_KEY_EXCHANGE, 2, 0, 3);
    finish(CLIENT);
    check_out("hello a.test\nhello a.test retry\nserver fefd c02f\n");
    finish(SERVER);
    check_out("established CvCsnGIi a.test\n");
    check(!dtls.open && dtls.known && tls_dtls_memory(&dtls) == 0);
    put_record(TLS_APPLICATION_DATA, 1, "x", 1);
    send_one(CLIENT);
    end();
    check_out("");
}

/* A ClientHello in pieces of every size, forwards, backwards, doubled, overlapping. */
static void test_fragments(void)
{
    client(&first);
    size_t len = body.len;
    for (size_t most = 1; most <= len; most++) {
        for (size_t at = 0; at < len; at += most) {
            put_fragment(TLS_CLIENT_HELLO, 0, at, len - at < most ? len - at : most);
            put_fragment(TLS_CLIENT_HELLO, 0, at, 1);
            send_one(CLIENT);
        }
        put_fragment(TLS_CLIENT_HELLO, 0, 0, len); /* again */
        send_one(CLIENT);
        check_out("hello a.test\n");
        check_eq_u64(tls_dtls_memory(&dtls), sizeof *dtls.open);
        end();
        check_out("failed C a.test\n");
    }
    for (size_t most = 4; most <= len; most++) {
        for (size_t at = (len - 1) / most * most + most; at >= most; at -= most) {
            size_t from = at - most, more = len - from < most + 2 ? len - from : most + 2;
            put_fragment(TLS_CLIENT_HELLO, 0, from, more);
            send_one(CLIENT);
        }
        check_out("hello a.test\n");
        end();
        script_clear(&script);
    }
}

/* Two messages at once; more holes than are kept; more messages than are kept. */
static void test_bounds(void)
{
    struct hello big = first;
    big.padding = 1000;
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 0, 0, 20);
    client(&big);
    put_fragment(TLS_CLIENT_HELLO, 1, 500, body.len - 500);
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 0, 20, body.len - 20);
    client(&big);
    put_fragment(TLS_CLIENT_HELLO, 1, 0, 500);
    send_one(CLIENT);
    check_out("hello a.test\nhello a.test unexpected\n");
    end();
    script_clear(&script);
    client(&big);
    script.context.limited = false;
    for (size_t at = 0; at < 10; at++)
        put_fragment(TLS_CLIENT_HELLO, 0, 100 * at, 50);
    send_one(CLIENT);
    check(script.context.limited);
    check(tls_dtls_memory(&dtls) < sizeof *dtls.open + 4096);
    end();
    for (uint16_t sequence = 0; sequence < 100; sequence++)
        put_fragment(TLS_CLIENT_HELLO, sequence, 0, 100);
    send_one(CLIENT);
    check(tls_dtls_memory(&dtls) < sizeof *dtls.open + 4 * 512);
    end();
    /* Far ahead of all that has come: no memory for what may never come. */
    big.padding = 60000;
    client(&big);
    put_fragment(TLS_CLIENT_HELLO, 0, 50000, 10);
    send_one(CLIENT);
    check_eq_u64(tls_dtls_memory(&dtls), sizeof *dtls.open);
    end();
    script.context.message_most = 1000;
    script.context.limited = false;
    put_fragment(TLS_CLIENT_HELLO, 0, 0, 100);
    send_one(CLIENT);
    check(script.context.limited);
    check_out("hello too_long\n");
    script.context.message_most = 65536;
    end();
    script_clear(&script);
}

static void test_again(void)
{
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
    send_one(CLIENT);
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len); /* nobody answered */
    send_one(CLIENT);
    check_out("hello a.test\n");
    client(&other); /* another connection, of the same ports */
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
    send_one(CLIENT);
    put_record(TLS_ALERT, 0, "\2\x28", 2);
    send_one(SERVER);
    end();
    check_out("failed C a.test\nhello b.test\nalert 2 40\nfailed Cl b.test\n");
}

/* Hellos of ever new randoms in one datagram: the first one begins something. */
static void test_anew(void)
{
    client(&first);
    for (unsigned i = 0; i < 100; i++) {
        struct hello next = { .name = "b.test", .seed = 2 + i };
        put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
        client(&next);
    }
    script.context.limited = false;
    send_one(CLIENT);
    check(script.context.limited);
    check_out("hello a.test\n");
    client(&other); /* in a datagram of its own it does */
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
    send_one(CLIENT);
    end();
    check_out("failed C a.test\nhello b.test\nfailed C b.test\n");
}

static enum tls_dtls_look look(void)
{
    enum tls_dtls_look found = tls_dtls_look_at((struct chains_bytes){ wire.at, wire.len });
    for (size_t n = 0; n < wire.len; n++) { /* no prefix is more than the whole */
        uint8_t *copy = malloc(n ? n : 1);
        memcpy(copy, wire.at, n);
        enum tls_dtls_look part = tls_dtls_look_at((struct chains_bytes){ copy, n });
        check(part == TLS_DTLS_NONE || part == found || part == TLS_DTLS_RECORDS);
        free(copy);
    }
    wire.len = 0;
    return found;
}

static void test_look(void)
{
    client(&first);
    put_fragment(TLS_CLIENT_HELLO, 0, 0, body.len);
    check(look() == TLS_DTLS_HELLO);
    put_fragment(TLS_CLIENT_HELLO, 0, 10, 10);
    check(look() == TLS_DTLS_HELLO);
    put_fragment(TLS_CERTIFICATE, 0, 0, 10);
    check(look() == TLS_DTLS_RECORDS);
    put_record(TLS_APPLICATION_DATA, 1, "data", 4);
    put_record(TLS_APPLICATION_DATA, 1, "data", 4);
    check(look() == TLS_DTLS_RECORDS);
    put_record(TLS_APPLICATION_DATA, 1, "data", 4);
    put(&wire, "x", 1);
    check(look() == TLS_DTLS_NONE);
    put(&wire, "\x16\xfe\xfd", 3);
    check(look() == TLS_DTLS_NONE);
    put(&wire, "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\1", 24);
    check(look() == TLS_DTLS_NONE);
    put(&wire, "\x2f\x00\x01\x00\x05hello", 10);
    check(look() == TLS_DTLS_SHORT);
    check(tls_dtls_look_at((struct chains_bytes){ NULL, 0 }) == TLS_DTLS_NONE);
}

int main(void)
{
    struct crypto *crypto = crypto_new();
    struct tls_certificates *certificates = tls_certificates_new(crypto, 16);
    script_new(&script, crypto, certificates);
    test_handshake();
    test_fragments();
    test_bounds();
    test_again();
    test_anew();
    test_look();
    arena_free(&script.arena);
    tls_certificates_free(certificates);
    crypto_free(crypto);
    return check_done();
}
