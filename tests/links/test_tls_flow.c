/* SPDX-License-Identifier: MIT */
/*
 * TLS on one connection: handshakes of every version cut at every place, holes, ends, limits, what
 * comes before and what only looks like it.
 */
#include "tls_script.h"

#define CLIENT CHAINS_ORIG
#define SERVER CHAINS_RESP

static struct script script;
static struct wire wire, body;
static struct crypto *crypto;
static struct tls_certificates *certificates;

static const struct hello hello12 = { .name = "a.test", .seed = 1 };
static const struct hello hello13 = { .name = "a.test", .seed = 1, .tls13 = true };

/* ---- what each side sends ---------------------------------------------------------------- */

static struct wire *fresh(struct wire *one)
{
    one->len = 0;
    return one;
}

static struct wire *client_hello(const struct hello *hello, size_t most)
{
    put_client(fresh(&body), hello);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, most);
    return &wire;
}

static void put_certificate(struct wire *to)
{
    size_t from = open_message(to, TLS_CERTIFICATE), list = open_length(to, 3);
    size_t one = open_length(to, 3);
    put(to, "no DER", 6);
    close_length(to, one, 3);
    close_length(to, list, 3);
    close_length(to, from, 3);
}

/* ServerHello, Certificate, ServerKeyExchange, ServerHelloDone. */
static struct wire *server_flight(const struct hello *hello, size_t most)
{
    put_server(fresh(&body), hello);
    put_certificate(&body);
    put_message(&body, TLS_SERVER_KEY_EXCHANGE, "\3\0\x1d\1x", 5);
    put_message(&body, TLS_SERVER_HELLO_DONE, "", 0);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, most);
    return &wire;
}

static struct wire *client_end(size_t most)
{
    put_message(fresh(&body), TLS_CLIENT_KEY_EXCHANGE, "key", 3);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, most);
    put_ccs(&wire);
    put_sealed(&wire, TLS_HANDSHAKE, 40);
    return &wire;
}

static struct wire *server_end(void)
{
    put_ccs(fresh(&wire));
    put_sealed(&wire, TLS_HANDSHAKE, 40);
    return &wire;
}

static struct wire *server13(const struct hello *hello)
{
    put_server(fresh(&body), hello);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, 65535);
    put_ccs(&wire);
    put_sealed(&wire, TLS_APPLICATION_DATA, 900);
    return &wire;
}

static struct wire *client13_end(size_t finished)
{
    put_ccs(fresh(&wire));
    put_sealed(&wire, TLS_APPLICATION_DATA, finished);
    return &wire;
}

static struct wire *sealed(size_t len)
{
    put_sealed(fresh(&wire), TLS_APPLICATION_DATA, len);
    return &wire;
}

static void check_out(const char *want)
{
    check_eq_text(script.out, want);
    script_clear(&script);
}

/* ---- handshakes -------------------------------------------------------------------------- */

#define FULL_12                                                                                \
    "hello a.test\nserver 0303 c02f\nchain 1 unreadable\n"                                     \
    "established CsxknGIi a.test unreadable\n"

static void full12(size_t segment, size_t record, size_t first)
{
    script_split(&script, CLIENT, client_hello(&hello12, record), first, segment);
    script_split(&script, SERVER, server_flight(&hello12, record), first, segment);
    script_split(&script, CLIENT, client_end(record), first, segment);
    script_split(&script, SERVER, server_end(), first, segment);
}

static void test_full12(void)
{
    size_t len = client_hello(&hello12, 65535)->len + 40;
    for (size_t first = 1; first < len; first++) {
        full12(65535, 65535, first);
        check(script.found.mine && script.flow.phase == TLS_FLOW_HIDING && !script.flow.open);
        script_end(&script);
        check_out(FULL_12);
    }
    for (size_t segment = 1; segment < 20; segment++)
        for (size_t record = 1; record < 20; record++) {
            full12(segment, record, 0);
            script_end(&script);
            check_out(FULL_12);
        }
}

static void test_full13(void)
{
    for (size_t segment = 1; segment < 80; segment++) {
        script_split(&script, CLIENT, client_hello(&hello13, 65535), 0, segment);
        script_split(&script, SERVER, server13(&hello13), 0, segment);
        check_out("hello a.test\nserver 0304 1301\n");
        script_split(&script, CLIENT, client13_end(53), 0, segment);
        check_out("established CsiI a.test\n");
        check(tls_flow_is_tls(&script.flow));
        check_eq_u64(tls_flow_memory(&script.flow), 0);
        script_give(&script, SERVER, sealed(100));
        check(script.found.mine && script.found.plain.len == 0);
        script_end(&script);
        check_out("");
    }
    /* The client has sent nothing but an alert: it did not like what it saw. */
    script_give(&script, CLIENT, client_hello(&hello13, 65535));
    script_give(&script, SERVER, server13(&hello13));
    script_give(&script, CLIENT, client13_end(19));
    script_end(&script);
    check_out("hello a.test\nserver 0304 1301\nfailed CsiI a.test\n");
}

static void test_retry(void)
{
    struct hello retry = { .tls13 = true, .retry = true };
    script_give(&script, CLIENT, client_hello(&hello13, 65535));
    put_server(fresh(&body), &retry);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, 65535);
    put_ccs(&wire);
    script_give(&script, SERVER, &wire);
    put_ccs(fresh(&wire)); /* for middleboxes: what follows is not encrypted */
    put_client(fresh(&body), &hello13);
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    script_split(&script, CLIENT, &wire, 0, 7);
    script_give(&script, SERVER, server13(&hello13));
    put_sealed(fresh(&wire), TLS_APPLICATION_DATA, 69);
    script_give(&script, CLIENT, &wire);
    script_end(&script);
    check_out("hello a.test\nserver 0304 1301 retry\nhello a.test retry\nserver 0304 1301\n"
              "established CjiICs a.test\n");
}

static void test_early_data(void)
{
    struct hello early = hello13;
    early.early_data = true;
    client_hello(&early, 65535);
    put_ccs(&wire);
    put_sealed(&wire, TLS_APPLICATION_DATA, 300);
    script_give(&script, CLIENT, &wire);
    script_give(&script, SERVER, server13(&hello13));
    script_give(&script, CLIENT, sealed(300)); /* still early, as far as one can see */
    check_out("hello a.test\nserver 0304 1301\n");
    script_give(&script, CLIENT, sealed(53));
    check_out("established CIsi a.test\n");
    script_end(&script);
    check_out("");
}

static void test_resumed12(void)
{
    struct hello session = hello12;
    session.session = 32;
    script_give(&script, CLIENT, client_hello(&session, 65535));
    put_server(fresh(&body), &session);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, 65535);
    put_ccs(&wire);
    put_sealed(&wire, TLS_HANDSHAKE, 40);
    script_give(&script, SERVER, &wire);
    script_give(&script, CLIENT, server_end()); /* the same from the client */
    script_end(&script);
    check_out("hello a.test\nserver 0303 c02f resumed\nestablished CsiI resumed a.test\n");
}

/* Who sends ClientHello is the client, whoever opened the flow. */
static void test_flipped(void)
{
    script_give(&script, SERVER, client_hello(&hello13, 65535));
    script_client(&script, SERVER);
    script_give(&script, CLIENT, server13(&hello13));
    script_client(&script, SERVER);
    script_give(&script, SERVER, client13_end(53));
    script_end(&script);
    check_out("hello a.test\nserver 0304 1301\nestablished ^CsiI a.test\n");
}

/* ---- ends -------------------------------------------------------------------------------- */

static void test_failed(void)
{
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    put_records(fresh(&wire), TLS_ALERT, "\2\x28", 2, 1); /* in two records: no alert at all */
    script_give(&script, SERVER, &wire);
    put_records(fresh(&wire), TLS_ALERT, "\2\x28", 2, 2);
    script_split(&script, SERVER, &wire, 0, 1);
    check_out("hello a.test\nalert 2 40 bad_length\n");
    script_run(&script, SERVER, "", 0, CHAINS_STREAM_RESETS, 0);
    check_out("failed Cl a.test\n");
    script_end(&script); /* it is told once */
    check_out("");
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    script_run(&script, CLIENT, "", 0, CHAINS_STREAM_CLOSES, 0);
    check_out("hello a.test\n");
    script_run(&script, SERVER, "", 0, CHAINS_STREAM_CLOSES, 0);
    check_out("failed C a.test\n");
    script_end(&script);
    check_out("");
}

static void test_unfinished(void)
{
    size_t len = client_hello(&hello12, 65535)->len;
    for (size_t n = 1; n < len; n++) {
        client_hello(&hello12, 65535);
        script_run(&script, CLIENT, wire.at, n, 0, 0);
        check(script.found.mine);
        check_out("");
        script_end(&script);
        bool told = n >= TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER;
        bool failed = strstr(script.out, "failed C") != NULL;
        check(told == (strncmp(script.out, "hello", 5) == 0) && told == failed);
        check(!told || strstr(script.out, "unfinished\n"));
        check(!strstr(script.out, "bad_length"));
        script_client(&script, CLIENT);
        script_clear(&script);
    }
}

/* ---- holes ------------------------------------------------------------------------------- */

/* Bytes `from` to `to` of the wire are missing. */
static void with_hole(enum chains_side side, size_t from, size_t to)
{
    script_run(&script, side, wire.at, from, 0, 0);
    script_run(&script, side, wire.at + to, wire.len - to, 0, to - from);
}

static void test_holes(void)
{
    struct hello long_hello = hello12;
    long_hello.padding = 1000;
    /* Within a message: that one is told as far as it goes, and the next record is found. */
    client_hello(&long_hello, 65535);
    with_hole(CLIENT, 200, 700);
    check_out("hello a.test gap\n");
    script_give(&script, SERVER, server_flight(&hello12, 65535));
    script_give(&script, CLIENT, client_end(65535));
    script_give(&script, SERVER, server_end());
    script_end(&script);
    check_out("server 0303 c02f\nchain 1 unreadable\n"
              "established CsxknGIi a.test unreadable\n");
}

static void test_hole_over_record(void)
{
    /* Over the beginning of a record: the direction is given up, and nothing is said to fail. */
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    server_flight(&hello12, 50);
    with_hole(SERVER, 20, 70);
    script_give(&script, CLIENT, client_end(65535));
    script_end(&script);
    check(strncmp(script.out, "hello a.test\nserver ", 20) == 0);
    check(strstr(script.out, "gap\n") && !strstr(script.out, "failed"));
    check(!strstr(script.out, "chain") && !strstr(script.out, "established"));
    script_clear(&script);
    /* Every hole of every length: no harm, and a hello that was whole is told as it is. */
    size_t len = server_flight(&hello12, 50)->len;
    for (size_t from = 0; from < len; from += 3)
        for (size_t to = from + 1; to <= len; to += 5) {
            script_give(&script, CLIENT, client_hello(&hello12, 65535));
            server_flight(&hello12, 50);
            with_hole(SERVER, from, to);
            script_give(&script, CLIENT, client_end(20));
            script_give(&script, SERVER, server_end());
            script_end(&script);
            check(strncmp(script.out, "hello a.test\n", 13) == 0);
            check(!strstr(script.out, "failed"));
            script_clear(&script);
        }
}

static void test_hole_in_data(void)
{
    /* In what is encrypted, up to a record's last byte, and not beyond. */
    script_give(&script, CLIENT, client_hello(&hello13, 65535));
    server13(&hello13);
    size_t len = wire.len;
    with_hole(SERVER, len - 500, len - 100);
    script_give(&script, CLIENT, client13_end(53));
    script_end(&script);
    check_out("hello a.test\nserver 0304 1301\nestablished CsiI a.test\n");
}

/* ---- limits ------------------------------------------------------------------------------ */

static void test_limits(void)
{
    /* A length is not a reason to take memory. */
    put_number(fresh(&body), 1 << 24 | 0xffffff, 4);
    put_number(&body, 0x0303, 2);
    put_records(fresh(&wire), TLS_HANDSHAKE, body.at, body.len, 65535);
    script_give(&script, CLIENT, &wire);
    check_out("hello too_long\n");
    check(script.context.limited && tls_flow_memory(&script.flow) < 4096);
    for (unsigned i = 0; i < 8; i++) {
        static uint8_t zeros[16384];
        put_records(fresh(&wire), TLS_HANDSHAKE, zeros, sizeof zeros, sizeof zeros);
        script_give(&script, CLIENT, &wire);
    }
    check(tls_flow_memory(&script.flow) < 4096);
    script_end(&script);
    check_out("failed C\n");
    script.context.limited = false;
    struct hello big = hello12;
    big.padding = 60000;
    client_hello(&big, 16384);
    for (size_t at = 0; at + 1000 < wire.len; at += 1000) {
        script_run(&script, CLIENT, wire.at + at, 1000, 0, 0);
        check(tls_flow_memory(&script.flow) <= 4096 + 2 * (at + 1000));
        check(tls_flow_memory(&script.flow) >= at);
    }
    check(!script.context.limited);
    script_end(&script);
    check_out("hello a.test unfinished\nfailed C a.test\n");
    script_split(&script, CLIENT, client_hello(&big, 16384), 0, 1448);
    check_out("hello a.test\n");
    script_end(&script);
    script_clear(&script);
}

static void test_records(void)
{
    /* Empty ones, and one whose length cannot be. */
    put_client(fresh(&body), &hello12);
    fresh(&wire);
    for (unsigned i = 0; i < 200; i++)
        put_records(&wire, TLS_HANDSHAKE, "", 0, 1);
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    script_split(&script, CLIENT, &wire, 0, 11);
    check_out("hello a.test\n");
    put_sealed(fresh(&wire), TLS_APPLICATION_DATA, 20000);
    script_give(&script, CLIENT, &wire);
    script_end(&script);
    check_out("failed C a.test bad_length\n");
    /* Something that is not TLS, from a side that has begun, and from one that has not. */
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    script_run(&script, SERVER, "HTTP/1.1 400 Bad Request\r\n", 26, 0, 0);
    check(!script.found.mine);
    script_run(&script, CLIENT, "nonsense", 8, 0, 0);
    check(script.found.mine);
    script_end(&script);
    check_out("hello a.test\nfailed C a.test unexpected\n");
}

static void test_heartbleed(void)
{
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    put_records(fresh(&wire), TLS_HEARTBEAT,
                "\1\0\2xx"
                "0123456789abcdef",
                21, 65535);
    script_give(&script, CLIENT, &wire);
    script_run(&script, SERVER, "", 0, CHAINS_STREAM_RESETS, 0);
    check_out("hello a.test\nfailed CB a.test\n");
    script_end(&script);
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    put_records(fresh(&wire), TLS_HEARTBEAT, "\1\x40\0", 3, 65535);
    script_split(&script, CLIENT, &wire, 0, 1);
    script_run(&script, SERVER, "", 0, CHAINS_STREAM_RESETS, 0);
    check_out("hello a.test\nfailed CB a.test heartbleed\n");
    script_end(&script);
}

/* ---- where it begins --------------------------------------------------------------------- */

static void test_starttls(void)
{
    static const struct {
        const char *first[4]; /* of the server, the client, the server, the client */
        const char *want;
    } cases[] = {
        { { "220 mx.test ESMTP\r\n", "EHLO x\r\n", "250 STARTTLS\r\n", "STARTTLS\r\n" },
          "hello a.test smtp\n" },
        { { "220 ready\r\n", "AUTH TLS\r\n", "234 ok\r\n", NULL }, "hello a.test ftp\n" },
        { { "220 FTP server\r\n", "AUTH TLS\r\n", NULL, NULL }, "hello a.test ftp\n" },
        { { "* OK ready\r\n", "a STARTTLS\r\n", "a OK\r\n", NULL }, "hello a.test imap\n" },
        { { "+OK ready\r\n", "STLS\r\n", "+OK\r\n", NULL }, "hello a.test pop3\n" },
        { { NULL, "<?xml version='1.0'?><stream:stream>", "<proceed/>", NULL },
          "hello a.test xmpp\n" },
        { { NULL, "CONNECT a.test:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", NULL },
          "hello a.test http\n" },
        { { NULL, "GET / HTTP/1.1\r\n\r\n", NULL, NULL }, "" },
        { { "SSH-2.0-x\r\n", NULL, NULL, NULL }, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (unsigned j = 0; j < 4; j++)
            if (cases[i].first[j]) {
                script_run(&script, j % 2 ? CLIENT : SERVER, cases[i].first[j],
                           strlen(cases[i].first[j]), 0, 0);
                check(!script.found.mine);
            }
        script_give(&script, CLIENT, client_hello(&hello12, 65535));
        check_out(cases[i].want);
        script_end(&script);
        script_clear(&script);
    }
    script_run(&script, CLIENT, "\0\0\0\x08\x04\xd2\x16\x2f", 8, 0, 0);
    script_run(&script, SERVER, "S", 1, 0, 0);
    script_split(&script, CLIENT, client_hello(&hello12, 65535), 0, 1);
    check_out("hello a.test postgresql\n");
    script_end(&script);
    script_run(&script, CLIENT, "\5\1\0", 3, 0, 0);
    script_run(&script, SERVER, "\5\0", 2, 0, 0);
    script_give(&script, CLIENT, client_hello(&hello12, 65535));
    script_end(&script);
    check_out("failed C a.test postgresql\nhello a.test socks\nfailed C a.test socks\n");
}

static void test_waiting_ends(void)
{
    script_run(&script, SERVER, "220 mx.test ESMTP\r\n", 19, 0, 0);
    unsigned runs = 1;
    for (; script.status == TLS_FLOW_ON && runs < 1000; runs++)
        script_run(&script, CLIENT, "NOOP\r\n", 6, 0, 0);
    check_eq_u64(runs, 64);
    script_end(&script);
    static char page[70000];
    script_run(&script, SERVER, "+OK ready\r\n", 11, 0, 0);
    script_run(&script, SERVER, page, sizeof page, 0, 0);
    check(script.status == TLS_FLOW_DONE);
    script_end(&script);
    check_out("");
}

static void test_middle(void)
{
    unsigned middle = CHAINS_STREAM_MIDSTREAM;
    sealed(300);
    script_run(&script, SERVER, wire.at, wire.len, middle, 0);
    check(script.found.mine && tls_flow_is_tls(&script.flow));
    script_end(&script);
    check_out("");
    /* It begins with a ServerHello: the server is known, and so is the client. */
    server13(&hello13);
    script_run(&script, CLIENT, wire.at, wire.len, middle, 0);
    script_give(&script, SERVER, client13_end(53));
    script_end(&script);
    check_out("server 0304 1301\nestablished ^siI\n");
    /* Random bytes are looked at a few times. */
    unsigned runs = 0;
    for (; script.status == TLS_FLOW_ON && runs < 100; runs++)
        script_run(&script, CLIENT, "\x93\x12\x40\x77", 4, middle, 0);
    check_eq_u64(runs, 8);
    script_end(&script);
    check_out("");
}

static void test_not_tls(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        { "GET / HTTP/1.1\r\n", 16 },          { "\x16\x02\x01\0\x05\x01\0\0\1x", 10 },
        { "\x16\3\x07\0\x05\x01\0\0\1x", 10 }, { "\x16\3\1\0\x05\x0b\0\0\1x", 10 },
        { "\x17\3\3\0\x05hello", 10 },         { "\x80\x2e\x01\0\2", 5 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        script_run(&script, CLIENT, cases[i].bytes, cases[i].len, 0, 0);
        check(script.status == TLS_FLOW_DONE && !script.found.mine && !script.flow.open);
        script_end(&script);
    }
    /* The same, where it is seen only byte by byte. */
    script_run(&script, CLIENT, "\x16", 1, 0, 0);
    check(script.found.mine && !tls_flow_is_tls(&script.flow));
    script_run(&script, CLIENT, "\3\1\0\5\x0b\0\0\1x", 9, 0, 0);
    check(script.status == TLS_FLOW_DONE && !script.found.mine && !script.flow.open);
    script_end(&script);
    check_out("");
}

static void test_ssl2(void)
{
    put_number(fresh(&body), 0x01, 1);
    put_number(&body, 0x0301, 2);
    put_number(&body, 6 << 16, 4);
    put_number(&body, 16, 2);
    put(&body,
        "\0\xc0\x2f\7\0\xc0"
        "0123456789abcdef",
        22);
    put_number(fresh(&wire), 0x8000 | (uint32_t)body.len, 2);
    put(&wire, body.at, body.len);
    for (size_t first = 11; first <= wire.len; first++) {
        put_number(fresh(&wire), 0x8000 | (uint32_t)body.len, 2);
        put(&wire, body.at, body.len);
        script_run(&script, CLIENT, wire.at, first, 0, 0);
        script_run(&script, CLIENT, wire.at + first, wire.len - first, 0, 0);
        script_end(&script);
        check_out("hello old\nfailed C\n");
    }
    put_number(fresh(&wire), 0x8000 | (uint32_t)body.len, 2);
    put(&wire, body.at, body.len);
    script_give(&script, CLIENT, &wire);
    script_run(&script, SERVER, "\x80\x0b\4\0\1\0\2\0\0\0\0\0\0", 13, 0, 0);
    script_end(&script);
    check_out("hello old\nserver 0002 0000 old\n");
}

int main(void)
{
    crypto = crypto_new();
    certificates = tls_certificates_new(crypto, 16);
    script_new(&script, crypto, certificates);
    test_full12();
    test_full13();
    test_retry();
    test_early_data();
    test_resumed12();
    test_flipped();
    test_failed();
    test_unfinished();
    test_holes();
    test_hole_over_record();
    test_hole_in_data();
    test_limits();
    test_records();
    test_heartbleed();
    test_starttls();
    test_waiting_ends();
    test_middle();
    test_not_tls();
    test_ssl2();
    tls_flow_release(&script.flow);
    arena_free(&script.arena);
    tls_certificates_free(certificates);
    crypto_free(crypto);
    return check_done();
}
