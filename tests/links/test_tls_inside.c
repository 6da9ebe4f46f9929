/* SPDX-License-Identifier: MIT */
/*
 * What is inside of a TLS connection, given piece by piece with its keys: where plaintext is missing it
 * is said so, and what cannot be opened costs nothing. The records are those of real connections.
 */
#include "tls_script.h"
#include "tls_vectors.h"

#define CLIENT CHAINS_ORIG
#define SERVER CHAINS_RESP

enum {
    NEVER = 1000,
    RECORDS = 20,
    HELLO_RANDOM = TLS_RECORD_HEADER + TLS_HANDSHAKE_HEADER + 2
};

static struct script script;
static struct wire wire, body;
static char said[2][4096]; /* '|' in front of plaintext: some is missing there */

/* ---- how a connection is played ---------------------------------------------------------- */

static const struct vector *named(const char *name)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return &vectors[i];
    printf("Bail out! no vector %s\n", name);
    exit(1);
}

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

static void heard(enum chains_side side)
{
    size_t n = strlen(said[side]), len = script.found.plain.len;
    if (len == 0 || n + len + 2 > sizeof said[side])
        return;
    if (script.found.hole)
        said[side][n++] = '|';
    memcpy(said[side] + n, script.found.plain.at, len);
    said[side][n + len] = '\0';
}

static void give_gap(enum chains_side side, const void *bytes, size_t len, uint64_t gap)
{
    script_run(&script, side, bytes, len, 0, gap);
    heard(side);
}

static void give(enum chains_side side)
{
    give_gap(side, wire.at, wire.len, 0);
    wire.len = 0;
}

static void put_record(const struct vector_record *record, bool broken)
{
    uint8_t bytes[2048];
    size_t len = from_hex(record->hex, bytes);
    bytes[len / 2] ^= broken;
    put_number(&wire, record->type, 1);
    put_number(&wire, record->version, 2);
    put_number(&wire, len, 2);
    put(&wire, bytes, len);
}

static void give_record(const struct vector *vector, unsigned i)
{
    put_record(&vector->records[i], false);
    give(vector->records[i].side ? SERVER : CLIENT);
}

static struct hello hello_of(const struct vector *vector, bool early)
{
    return (struct hello){ .name = "a.test",
                           .tls13 = vector->protocol == 0x0304,
                           .early_data = early,
                           .cipher = (uint16_t)vector->cipher };
}

static void put_client_hello(const struct vector *vector, const struct hello *hello)
{
    body.len = wire.len = 0;
    put_client(&body, hello);
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    from_hex(vector->client_random, wire.at + HELLO_RANDOM);
}

static void give_server_hello(const struct vector *vector, const struct hello *hello)
{
    body.len = wire.len = 0;
    put_server(&body, hello);
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    from_hex(vector->server_random, wire.at + HELLO_RANDOM);
    if (!hello->tls13)
        put_ccs(&wire);
    give(SERVER);
    if (!hello->tls13) {
        put_ccs(&wire);
        give(CLIENT);
    }
}

static void set_keys(const char *text)
{
    struct chains_secrets secrets = { text, strlen(text) };
    const struct chains_secrets *list[] = { &secrets };
    struct chains_source_info source = { .secrets = list, .secrets_count = 1 };
    char why[400];
    tls_keys_free(script.context.keys);
    script.context.keys = tls_keys_new(64);
    check(tls_keys_refresh(script.context.keys, &source, why, sizeof why));
    said[0][0] = said[1][0] = '\0';
}

/* With the hellos behind it. */
static void begin(const struct vector *vector)
{
    struct hello hello = hello_of(vector, false);
    set_keys(vector->keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_server_hello(vector, &hello);
}

static void end(void)
{
    script_end(&script);
    script_clear(&script);
}

static void check_said(const char *client, const char *server)
{
    check_eq_text(said[CLIENT], client);
    check_eq_text(said[SERVER], server);
}

/* ---- tests ------------------------------------------------------------------------------- */

static void test_all_that_was_said(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        if (strcmp(vector->name, "tls13_early") == 0)
            continue;
        printf("# %s\n", vector->name);
        begin(vector);
        for (unsigned n = 0; n < RECORDS && vector->records[n].hex; n++)
            give_record(vector, n);
        check_said(vector->said[0], vector->said[1]);
        end();
    }
}

/* Early data, whose key is the first line of the keys, and what the server says to it. */
static void play_early(const struct vector *vector, const char *keys, bool taken,
                       const char *client)
{
    struct hello hello = hello_of(vector, true);
    hello.resumed = taken;
    set_keys(keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_record(vector, 0);
    give_record(vector, 1);
    check_eq_text(said[CLIENT], strstr(client, "early words\n") ? "early words\n" : "");
    give_server_hello(vector, &hello);
    for (unsigned n = 2; n < RECORDS && vector->records[n].hex; n++)
        give_record(vector, n);
    check_said(client, vector->said[1]);
    end();
}

/* Early data that does not open is missing. */
static void play_early_lost(const struct vector *vector)
{
    struct hello hello = hello_of(vector, true);
    hello.resumed = true;
    set_keys(vector->keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    put_record(&vector->records[1], true); /* it is not what was sent */
    give(CLIENT);
    check_said("", "");
    give_server_hello(vector, &hello);
    for (unsigned n = 2; n < RECORDS && vector->records[n].hex; n++)
        give_record(vector, n);
    check_said("|one from the client\n", vector->said[1]);
    end();
}

/* A client that was asked for another hello sends it without early data. */
static void play_early_retry(const struct vector *vector)
{
    struct hello hello = hello_of(vector, true), retry = hello;
    retry.retry = true;
    set_keys(vector->keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_record(vector, 1);
    check_said("early words\n", "");
    body.len = wire.len = 0;
    put_server(&body, &retry);
    put_records(&wire, TLS_HANDSHAKE, body.at, body.len, 65535);
    give(SERVER);
    hello.early_data = false;
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_server_hello(vector, &hello);
    for (unsigned n = 6; n < RECORDS && vector->records[n].hex; n++)
        if (vector->records[n].side == 0)
            give_record(vector, n);
    check_said("early words\n|one from the client\n", "");
    end();
}

/* What comes in front of ServerHello is there at once, or known to be missing. */
static void test_early_data(void)
{
    const struct vector *vector = named("tls13_early");
    play_early(vector, vector->keys, true, vector->said[0]);
    play_early(vector, strchr(vector->keys, '\n') + 1, true, "|one from the client\n");
    /* The server does not take it: the client begins anew. */
    play_early(vector, vector->keys, false, "early words\n|one from the client\n");
    play_early_lost(vector);
    play_early_retry(vector);
    /* Where no early data was, nothing is. */
    struct hello hello = hello_of(vector, true);
    set_keys(vector->keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_server_hello(vector, &hello);
    for (unsigned n = 6; n < RECORDS && vector->records[n].hex; n++)
        if (vector->records[n].side == 0)
            give_record(vector, n);
    check_said("one from the client\n", "");
    end();
}

/* What is behind a hole is not joined to what is in front of it, in one run of bytes or in several. */
static void test_hole_in_a_run(void)
{
    static const unsigned order[] = { 9, 11, 12, 15,
                                      16 }; /* one, KeyUpdate, two, KeyUpdate, three */
    const struct vector *vector = named("tls13_aes128");
    for (unsigned split = 0; split < 2; split++) {
        begin(vector);
        for (unsigned n = 0; n < 9; n++)
            give_record(vector, n);
        for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
            put_record(&vector->records[order[i]], order[i] == 12);
            if (split)
                give(CLIENT);
        }
        give(CLIENT);
        check_said(split ? "one from the client\n|three\n" : "one from the client\n", "");
        check(!script.found.hole);
        check_eq_u64(script.flow.open->side[CLIENT].hole, !split);
        end();
    }
}

/* Bytes of the ClientHello are missing, and nobody knows until ServerHello is here, or more. */
static void test_hole_in_hello(void)
{
    const struct vector *vector = named("tls13_aes128");
    for (unsigned passed = 0; passed < 10;
         passed++) { /* up to the tickets, of the traffic keys */
        struct hello hello = hello_of(vector, false);
        static struct wire client;
        hello.padding = 1000;
        set_keys(vector->keys);
        put_client_hello(vector, &hello);
        client = wire;
        give_gap(CLIENT, client.at, 200, 0);
        hello.padding = 0;
        give_server_hello(vector, &hello);
        for (unsigned n = 0; n < passed; n++)
            if (vector->records[n].side)
                give_record(vector, n);
        give_gap(CLIENT, client.at + 900, client.len - 900, 700);
        for (unsigned n = 0; n < RECORDS && vector->records[n].hex; n++)
            if (n >= passed || !vector->records[n].side)
                give_record(vector, n);
        printf("# %u records passed\n", passed);
        check_eq_text(said[CLIENT], vector->said[0]);
        /* Records of the handshake may have been data, for those who could not open them. */
        check_eq_text(said[SERVER] + (said[SERVER][0] == '|'), vector->said[1]);
        check_eq_u64(said[SERVER][0] == '|', passed > 1);
        end();
    }
}

/* TLS 1.2 that negotiates anew: its keys are not followed, and nothing is taken for them. */
static void test_negotiated_anew(void)
{
    const struct vector *vector = named("ecdhe_ecdsa_aes128");
    for (unsigned side = 0; side < 2; side++) {
        begin(vector);
        for (unsigned n = 0; n < 4; n++)
            give_record(vector, n);
        check(script.flow.open != NULL);
        put_sealed(&wire, TLS_CHANGE_CIPHER_SPEC, 25);
        give(side ? SERVER : CLIENT);
        check(!script.flow.open && script.flow.phase == TLS_FLOW_HIDING);
        check_eq_u64(tls_flow_memory(&script.flow), 0);
        for (unsigned n = 4; n < 6; n++)
            for (unsigned again = 0; again < 2; again++) {
                give_record(vector, n);
                check(script.found.mine && script.found.plain.len == 0);
                check_eq_u64(script.found.hole, !again); /* once for each side */
            }
        check_said("one from the client\n", "one from the server\n");
        end();
    }
}

/* Records of which a part is lost are counted, and no time is lost with them. */
static void test_cut_records(void)
{
    const struct vector *vector = named("tls13_aes128");
    struct hello hello = hello_of(vector, true);
    set_keys(vector->keys);
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_server_hello(vector, &hello);
    for (unsigned i = 0; i < 40; i++) {
        wire.len = 0;
        put_sealed(&wire, TLS_APPLICATION_DATA, 400);
        give_gap(CLIENT, wire.at, 100, 0);
        give_gap(CLIENT, wire.at + 200, wire.len - 200, 100);
    }
    wire.len = 0;
    for (unsigned n = 0; n < RECORDS && vector->records[n].hex; n++)
        if (n != 9) /* its place is to be looked for, with the tries that are left */
            give_record(vector, n);
    check_said("|two\nthree\n", vector->said[1]);
    end();
}

/* ---- what it costs ----------------------------------------------------------------------- */

static size_t memory_with(bool finished, const char *keys, const char *follow)
{
    const struct vector *vector = named("tls13_aes128");
    struct hello hello = hello_of(vector, false);
    set_keys(keys);
    if (follow)
        check(tls_keys_follow(script.context.keys, follow));
    put_client_hello(vector, &hello);
    give(CLIENT);
    give_server_hello(vector, &hello);
    put_sealed(&wire, TLS_APPLICATION_DATA, 16000);
    give_gap(SERVER, wire.at, 15000, 0);
    if (finished) {
        wire.len = 0;
        put_sealed(&wire, TLS_APPLICATION_DATA, 53);
        give(CLIENT);
        check(strstr(script.out, "established") != NULL);
    }
    size_t bytes = tls_flow_memory(&script.flow);
    wire.len = 0;
    end();
    return bytes;
}

/* Records are collected where there may be keys for them, and no longer. */
static void test_memory(void)
{
    static const char others[] =
        "CLIENT_RANDOM 00000000000000000000000000000000000000000000000000000000000000aa "
        "dfe15df93b6963bce057b23eac54e00f7c9e0face792b1933e56bae55f974e2a7d2c4ca91515e76d4"
        "bd5467924bf9d3d\n";
    const char *own = named("tls13_aes128")->keys, *absent = "/nonexistent/keys";
    check(memory_with(false, "", NULL) < 4096);
    check_eq_u64(memory_with(true, "", NULL), 0);
    check(memory_with(false, others, NULL) > 15000);
    check_eq_u64(memory_with(true, others, NULL), 0);
    check(memory_with(true, own, NULL) > 15000);
    check(memory_with(true, "", absent) > 15000);
}

int main(void)
{
    struct crypto *crypto = crypto_new();
    struct tls_certificates *certificates = tls_certificates_new(crypto, 16);
    script_new(&script, crypto, certificates);
    test_all_that_was_said();
    test_early_data();
    test_hole_in_a_run();
    test_hole_in_hello();
    test_negotiated_anew();
    test_cut_records();
    test_memory();
    tls_flow_release(&script.flow);
    tls_keys_free(script.context.keys);
    arena_free(&script.arena);
    tls_certificates_free(certificates);
    crypto_free(crypto);
    return check_done();
}
