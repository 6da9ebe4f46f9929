/* SPDX-License-Identifier: MIT */
/* The QUIC connections of one flow: retries, versions, two of them and more. */
#include "quic_talk.h"

static struct talk talk;
static uint8_t out[TALK_DATAGRAM];
static struct frames frames;
static uint8_t hello[TALK_DATAGRAM];

static const struct initial from_client = {
    .version = 1, .first = "first-id", .to = "first-id", .from = "cl"
};
static const struct initial from_server = {
    .version = 1, .server = true, .first = "first-id", .to = "cl", .from = "server"
};

/* An Initial with one CRYPTO frame, alone in its datagram. */
static const char *give_crypto(const struct initial *what, uint64_t number, uint64_t offset,
                               const uint8_t *bytes, size_t len)
{
    struct initial initial = *what;
    initial.number = number;
    frames.len = 0;
    frames_crypto(&frames, offset, bytes, len);
    size_t sealed = initial_seal(&talk, &initial, &frames, 1200, out);
    return talk_give(&talk, what->server ? SERVER : CLIENT, out, sealed);
}

/* ---- retries, versions, connections --------------------------------------------------------- */

static void check_retry(void)
{
    uint8_t retry[100];
    size_t len = long_hello("retry.test", 300, hello), at = 0;
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    retry[at++] = 0xf0;
    memcpy(retry + at, "\0\0\0\1", 4);
    at += 4;
    at += initial_id("cl", retry + at);
    at += initial_id("retry-id", retry + at);
    memset(retry + at, 't', 7 + 16);
    check_eq_text(talk_give(&talk, SERVER, retry, at + 7 + 16), "v1 retry 0/1");
    check_eq_u64(talk.run.quic.token_len, 7);
    struct initial again = {
        .version = 1, .first = "retry-id", .to = "retry-id", .from = "cl", .token = "ttttttt"
    };
    check_eq_text(give_crypto(&again, 1, 0, hello, len), "v1 initial 1/1"); /* told before */
    check_eq_u64(talk.run.quic.token_len, 7);
    check_eq_bytes(talk.run.quic.original_dcid.at, talk.run.quic.original_dcid.len, "first-id",
                   8);
    check(!talk.flow.connection[1]);
    uint8_t answer[200];
    struct initial answers = from_server;
    answers.first = "retry-id";
    size_t answer_len = server_hello(false, answer);
    check_eq_text(give_crypto(&answers, 0, 0, answer, answer_len),
                  "v1 initial 1/1 > server_hello");
    /* One from the client, or after an answer, is none. */
    check_eq_text(talk_give(&talk, SERVER, retry, at + 7 + 16), "v1 retry 0/1");
    check(!talk.flow.connection[0]->has_retry);
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    talk_give(&talk, CLIENT, retry, at + 7 + 16);
    check(!talk.flow.connection[0]->has_retry);
    /* Where the Retry was not seen, the same ID of the client and the token tell. */
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    check_eq_text(give_crypto(&again, 1, 0, hello, len), "v1 initial 1/1");
    /* Where nothing before it was seen, it is a client's first. */
    talk_again(&talk);
    check_eq_text(give_crypto(&again, 1, 0, hello, len),
                  "v1 initial 1/1 > client_hello retry.test");
}

static void check_versions(void)
{
    uint8_t answer[200];
    size_t len = long_hello("versions.test", 300, hello), answer_len, at = 0;
    /* A server goes on in version 2 with the keys of the same ID, and then the client. */
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    struct initial two = from_server;
    two.version = QUIC_VERSION_2;
    answer_len = server_hello(false, answer);
    check_eq_text(give_crypto(&from_server, 0, 4000, answer, 1), "v1 initial 1/1");
    check_eq_text(give_crypto(&two, 1, 0, answer, answer_len), "v2 initial 1/1 > server_hello");
    struct initial acks = from_client;
    acks.version = QUIC_VERSION_2;
    acks.to = "server";
    check_eq_text(give_crypto(&acks, 1, 0, hello, 1), "v2 initial 1/1");
    /* Drafts. */
    for (uint32_t draft = 0xff000017; draft <= 0xff000022; draft++) {
        struct initial first = from_client;
        first.version = draft;
        talk_again(&talk);
        const char *told = give_crypto(&first, 0, 0, hello, len);
        check(strstr(told, "draft-") == told && strstr(told, "> client_hello versions.test"));
    }
    /* A version negotiation is no failure. */
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    out[at++] = 0x80;
    memset(out + at, 0, 4);
    at += 4;
    at += initial_id("cl", out + at);
    at += initial_id("first-id", out + at);
    memcpy(out + at, "\0\0\0\1\x6b\x33\x43\xcf\x1a\x2a\x3a\x4a?", 13);
    check(quic_is_plausible((struct chains_bytes){ out, at + 13 }));
    check_eq_text(talk_give(&talk, SERVER, out, at + 13), "0 vn 0/1");
    const uint32_t *versions = talk.run.quic.versions.items;
    check_eq_u64(talk.run.quic.versions.count, 3);
    check(versions[0] == 1 && versions[1] == QUIC_VERSION_2 && versions[2] == 0x1a2a3a4a);
    check_eq_text(talk_end(&talk), "-");
    check_eq_text(talk_give(&talk, SERVER, out, at + 3), "broken");
    for (size_t n = at + 4; n < TALK_DATAGRAM - 4; n += 4)
        memcpy(out + n, "\0\0\0\1", 4);
    talk_give(&talk, SERVER, out, TALK_DATAGRAM - 4);
    check_eq_u64(talk.run.quic.versions.count, 64);
}

static void check_connections(void)
{
    size_t len = long_hello("one.test", 300, hello), at;
    struct initial second = from_client, third = from_client;
    second.first = second.to = "other-id";
    second.from = "c2";
    third.first = third.to = "third-id";
    third.from = "c3";
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    long_hello("two.test", 300, hello);
    check_eq_text(give_crypto(&second, 0, 0, hello, len),
                  "v1 initial 1/1 > client_hello two.test");
    uint8_t answer[200];
    size_t answer_len = server_hello(false, answer);
    struct initial answers = from_server;
    answers.first = "other-id";
    answers.to = "c2";
    answers.from = "server2";
    check_eq_text(give_crypto(&from_server, 0, 0, answer, answer_len),
                  "v1 initial 1/1 > server_hello");
    check_eq_text(give_crypto(&answers, 0, 0, answer, answer_len),
                  "v1 initial 1/1 > server_hello");
    for (int i = 0; i < 2; i++) {
        at = long_packet(1, 2, i ? "c2" : "cl", i ? "server2" : "server", out);
        check_eq_text(talk_give(&talk, SERVER, out, at), "v1 handshake 0/1");
        at = long_packet(1, 2, i ? "server2" : "server", i ? "c2" : "cl", out);
        check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 handshake 0/1");
    }
    at = short_packet("server", out);
    check_eq_text(talk_give(&talk, CLIENT, out, at), "- > established one.test");
    check_eq_text(give_crypto(&third, 0, 0, hello, len),
                  "v1 initial 1/1 > client_hello two.test");
    check_eq_text(talk_end(&talk), "- > failed two.test > failed two.test");
}

/* One of many connections, with IDs of its own but for the client's, which has no bytes. */
static struct initial numbered(unsigned i, bool server, char ids[2][16])
{
    snprintf(ids[0], sizeof ids[0], "first-%02u", i);
    snprintf(ids[1], sizeof ids[1], "server%02u", i);
    return (struct initial){ .version = 1,
                             .server = server,
                             .first = ids[0],
                             .to = server ? "" : ids[0],
                             .from = server ? ids[1] : "" };
}

/* Begins `count` connections, each with a hello in two datagrams, all first halves first. */
static void begin_many(unsigned count)
{
    char ids[2][16], name[32], want[64];
    for (unsigned half = 0; half < 2; half++) {
        for (unsigned i = 0; i < count; i++) {
            snprintf(name, sizeof name, "n%02u.test", i);
            snprintf(want, sizeof want, "v1 initial 1/1%s%s", half ? " > client_hello " : "",
                     half ? name : "");
            size_t len = long_hello(name, 1800, hello), at = half ? 900 : 0;
            struct initial initial = numbered(i, false, ids);
            check_eq_text(give_crypto(&initial, half, at, hello + at, len / 2), want);
            check(!talk.run.limited);
        }
    }
}

/* As many as are held, whose clients have no IDs: answers, in either order, find theirs. */
static void check_many(bool backwards)
{
    uint8_t answer[200];
    char ids[2][16], want[64];
    size_t len = server_hello(false, answer), at;
    talk_again(&talk);
    begin_many(QUIC_CONNECTIONS);
    const size_t memory = quic_flow_memory(&talk.flow);
    check(memory > QUIC_CONNECTIONS * sizeof(struct quic_connection));
    for (unsigned i = 0; i < 3 * QUIC_CONNECTIONS; i++) { /* each is sent three times */
        unsigned one = i % QUIC_CONNECTIONS;
        struct initial initial =
            numbered(backwards ? QUIC_CONNECTIONS - 1 - one : one, true, ids);
        give_crypto(&initial, i / QUIC_CONNECTIONS, 0, answer, len);
    }
    for (unsigned i = 0; i < QUIC_CONNECTIONS; i++) {
        numbered(i, false, ids);
        at = long_packet(1, 2, "", ids[1], out);
        check_eq_text(talk_give(&talk, SERVER, out, at), "v1 handshake 0/1");
        at = long_packet(1, 2, ids[1], "", out);
        check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 handshake 0/1");
        at = short_packet(ids[1], out);
        snprintf(want, sizeof want, "- > established n%02u.test", i);
        check_eq_text(talk_give(&talk, CLIENT, out, at), want);
    }
    check(quic_flow_memory(&talk.flow) < memory);
    check_eq_text(talk_end(&talk), "-");
}

/* One more than are held: the oldest goes, with what is known of it where its hello is not whole. */
static void check_evicted(void)
{
    char ids[2][16];
    talk_again(&talk);
    long_hello("oldest.test", 1800, hello);
    for (unsigned i = 0; i <= QUIC_CONNECTIONS; i++) {
        struct initial initial = numbered(i, false, ids);
        const char *told = give_crypto(&initial, 0, 0, hello, 900);
        check_eq_text(told, i < QUIC_CONNECTIONS ? "v1 initial 1/1"
                                                 : "v1 initial 1/1 > client_hello unfinished");
        check_eq_u64(talk.run.limited, i == QUIC_CONNECTIONS);
    }
    talk_prepare(&talk);
    talk.run.goes_on = true; /* the input ends: nobody has failed */
    quic_flow_end(&talk.flow, &talk.run);
    check_eq_u64(talk.list.count, QUIC_CONNECTIONS);
    for (unsigned i = 0; i < talk.list.count; i++)
        check_eq_u64(talk.list.items[i].kind, CHAINS_TLS_CLIENT_HELLO);
    check_eq_text(talk_end(&talk), "-");
}

int main(void)
{
    if (!talk_begin(&talk))
        return check_done();
    check_retry();
    check_versions();
    check_connections();
    check_many(false);
    check_many(true);
    check_evicted();
    talk_free(&talk);
    return check_done();
}
