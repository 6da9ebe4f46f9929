/* SPDX-License-Identifier: MIT */
/*
 * quic_meta without a chain: the packets that RFC 9001 and RFC 9369 print, whole, cut and changed;
 * hellos in pieces of any order; how a handshake ends; bounds.
 */
#include "links/quic_meta.h"
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

/* ---- what the RFCs print -------------------------------------------------------------------- */

struct vector {
    const char *client, *server, *retry;
    uint32_t version;
    const char *wants[3];
};

static const struct vector vectors[] = {
    { quic_client_1,
      quic_server_1,
      quic_retry_1,
      1,
      { "v1 initial 1/1 > client_hello example.com", "v1 initial 1/1 > server_hello",
        "v1 retry 0/1" } },
    { quic_client_2,
      quic_server_2,
      quic_retry_2,
      QUIC_VERSION_2,
      { "v2 initial 1/1 > client_hello example.com", "v2 initial 1/1 > server_hello",
        "v2 retry 0/1" } },
};

static void check_vector(const struct vector *vector)
{
    uint8_t client[1200], server[200], retry[100];
    size_t client_len = from_hex(vector->client, client);
    size_t server_len = from_hex(vector->server, server);
    size_t retry_len = from_hex(vector->retry, retry);
    talk_again(&talk);
    check_eq_u64(client_len, 1200);
    check_eq_text(talk_give(&talk, CLIENT, client, client_len), vector->wants[0]);
    const struct chains_tls_message *message = talk.list.items;
    check_eq_u64(talk.run.quic.version, vector->version);
    check_eq_u64(message->alpn.count, 1);
    check(message->ja4 && message->ja4[0] == 'q');
    check_eq_bytes(talk.run.quic.original_dcid.at, talk.run.quic.original_dcid.len,
                   "\x83\x94\xc8\xf0\x3e\x51\x57\x08", 8);
    check_eq_text(talk_give(&talk, SERVER, server, server_len), vector->wants[1]);
    check_eq_u64(talk.list.items[0].cipher, 0x1301);
    check_eq_u64(talk.list.items[0].took, 1000);
    talk_again(&talk);
    talk_give(&talk, CLIENT, client, client_len);
    check_eq_text(talk_give(&talk, SERVER, retry, retry_len), vector->wants[2]);
    check_eq_u64(talk.run.quic.token_len, 5);
    check_eq_bytes(talk.run.quic.original_dcid.at, talk.run.quic.original_dcid.len,
                   "\x83\x94\xc8\xf0\x3e\x51\x57\x08", 8);
    /* Every beginning, as all that was sent, and as all that was captured. */
    for (size_t len = 0; len < client_len; len++) {
        for (int cut = 0; cut < 2; cut++) {
            talk_again(&talk);
            talk_give_cut(&talk, CLIENT, client, len, cut ? client_len : len);
            bool header = len >= 18; /* up to the length */
            uint32_t bad = cut ? 0 : CHAINS_QUIC_BAD_LENGTH;
            if (talk.list.count > 0 || talk.run.quic.opened > 0 ||
                talk.run.attached != header ||
                (header && (talk.run.quic.weird & CHAINS_QUIC_BAD_LENGTH) != bad))
                check_eq_text(talk.out, "nothing");
        }
    }
    /* Every byte changed: nothing that was protected opens. */
    for (size_t i = 0; i < client_len; i++) {
        talk_again(&talk);
        client[i] ^= 1;
        talk_give(&talk, CLIENT, client, client_len);
        client[i] ^= 1;
        if (talk.list.count > 0 || talk.run.quic.opened > 0)
            check_eq_u64(i, client_len);
    }
    for (size_t len = 0; len < server_len; len++) {
        talk_again(&talk);
        talk_give(&talk, CLIENT, client, client_len);
        talk_give(&talk, SERVER, server, len);
        if (talk.list.count > 0 || talk.run.quic.opened > 0)
            check_eq_u64(len, server_len);
    }
}

/* Of a client's packet that was captured in part, the IDs open what the server says. */
static void check_cut(void)
{
    uint8_t client[1200], server[200];
    size_t client_len = from_hex(quic_client_1, client);
    size_t server_len = from_hex(quic_server_1, server);
    talk_again(&talk);
    check_eq_text(talk_give_cut(&talk, CLIENT, client, 60, client_len), "v1 initial 0/1");
    check_eq_text(talk_give(&talk, SERVER, server, server_len),
                  "v1 initial 1/1 > server_hello");
    check_eq_text(talk_give(&talk, CLIENT, client, client_len),
                  "v1 initial 1/1 > client_hello example.com"); /* it was sent again */
    check_eq_text(talk_end(&talk), "- > failed example.com");
    talk_again(&talk);
    check_eq_text(talk_give(&talk, CLIENT, client, 60), "v1 initial 0/1 bad_length");
    check_eq_text(talk_give(&talk, SERVER, server, server_len), "v1 initial 0/1 not_opened");
}

/* ---- CRYPTO bytes --------------------------------------------------------------------------- */

struct piece {
    uint32_t from, to;
};

/* All pieces of a hello of 1800 bytes, each in a packet, in this order: when it is whole. */
static void check_pieces(const struct piece *pieces, size_t count)
{
    size_t len = long_hello("pieces.test", 1800, hello), whole = 0;
    bool got[1800] = { false };
    check_eq_u64(len, 1800);
    talk_again(&talk);
    for (size_t i = 0; i < count; i++) {
        bool before = true, after = true;
        for (size_t at = 0; at < len; at++)
            before = before && got[at];
        for (size_t at = pieces[i].from; at < pieces[i].to; at++)
            got[at] = true;
        for (size_t at = 0; at < len; at++)
            after = after && got[at];
        const char *told = give_crypto(&from_client, i, pieces[i].from, hello + pieces[i].from,
                                       pieces[i].to - pieces[i].from);
        bool now = after && !before;
        whole += now;
        if (strcmp(told, now ? "v1 initial 1/1 > client_hello pieces.test" : "v1 initial 1/1"))
            check_eq_text(told, now ? "whole" : "not yet");
        bool kept = talk.flow.connection[0]->side[QUIC_CLIENT].crypto != NULL;
        if (kept != !after)
            check_eq_u64(kept, !after);
    }
    check_eq_u64(whole, 1);
}

static const struct piece piece_orders[][6] = {
    { { 0, 1000 }, { 1000, 1800 } },
    { { 1000, 1800 }, { 0, 1000 } },
    { { 0, 1 }, { 1, 3 }, { 3, 4 }, { 4, 5 }, { 5, 1800 } },
    { { 1799, 1800 }, { 5, 1799 }, { 0, 5 } },
    { { 500, 900 }, { 100, 300 }, { 200, 600 }, { 900, 1800 }, { 0, 1800 }, { 0, 1800 } },
    { { 900, 1800 }, { 0, 300 }, { 600, 900 }, { 300, 600 }, { 0, 1800 }, { 300, 301 } },
    { { 0, 1000 }, { 0, 1000 }, { 1000, 1800 }, { 1000, 1800 } },
    { { 0, 1800 }, { 0, 1000 }, { 1700, 1800 } },
};

/* A number that looks random, the same each time. */
static uint32_t shuffled(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void check_random_pieces(uint32_t seed)
{
    struct piece pieces[40];
    size_t count = 2 + shuffled(&seed) % 38;
    for (size_t i = 0; i < count; i++)
        pieces[i] =
            (struct piece){ (uint32_t)(1800 * i / count), (uint32_t)(1800 * (i + 1) / count) };
    for (size_t i = count - 1; i > 0; i--) {
        size_t j = shuffled(&seed) % (i + 1);
        struct piece swapped = pieces[i];
        pieces[i] = pieces[j];
        pieces[j] = swapped;
    }
    check_pieces(pieces, count);
}

/* Many frames in one packet, backwards, with pings between: as Chrome does to keep others honest. */
static void check_many_frames(void)
{
    size_t len = long_hello("chaos.test", 1100, hello);
    struct initial initial = from_client;
    talk_again(&talk);
    frames.len = 0;
    for (size_t at = len; at > 0; at -= at < 37 ? at : 37) {
        size_t part = at < 37 ? at : 37;
        frames_crypto(&frames, at - part, hello + at - part, part);
        frames.at[frames.len++] = 1;
        frames.at[frames.len++] = 0;
    }
    size_t sealed = initial_seal(&talk, &initial, &frames, 1200, out);
    check_eq_text(talk_give(&talk, CLIENT, out, sealed),
                  "v1 initial 1/1 > client_hello chaos.test");
}

static void check_crypto_bounds(void)
{
    uint8_t other[64];
    size_t len = long_hello("bounds.test", 1800, hello);
    memset(other, 'x', sizeof other);
    /* The first copy counts. */
    talk_again(&talk);
    give_crypto(&from_client, 0, 1740, hello + 1740, 60);
    check_eq_text(give_crypto(&from_client, 1, 1740, other, 60), "v1 initial 1/1 overlap");
    check_eq_text(give_crypto(&from_client, 2, 0, hello, 1740),
                  "v1 initial 1/1 > client_hello bounds.test");
    /* More than is kept, by its length, its offset, and both. */
    talk_again(&talk);
    talk.crypto_most = 1024;
    check_eq_text(give_crypto(&from_client, 0, 0, hello, 1000), "v1 initial 1/1 limited");
    check(talk.run.limited);
    check_eq_text(give_crypto(&from_client, 1, 1000, hello + 1000, 800), "v1 initial 1/1");
    talk_again(&talk);
    talk.crypto_most = 1800;
    check_eq_text(give_crypto(&from_client, 0, 1740, hello + 1740, 60), "v1 initial 1/1");
    check_eq_text(give_crypto(&from_client, 1, 1741, hello + 1740, 60),
                  "v1 initial 1/1 limited");
    check_eq_text(give_crypto(&from_client, 2, (UINT64_C(1) << 62) - 1, hello, 60),
                  "v1 initial 1/1 limited");
    check_eq_text(give_crypto(&from_client, 3, 0, hello, 1740),
                  "v1 initial 1/1 > client_hello bounds.test");
    /* More holes than are kept. */
    talk_again(&talk);
    frames.len = 0;
    for (size_t i = 0; i < QUIC_CRYPTO_RUNS; i++)
        frames_crypto(&frames, 1 + 2 * i, hello + 1 + 2 * i, 1);
    size_t sealed = initial_seal(&talk, &from_client, &frames, 1200, out);
    check_eq_text(talk_give(&talk, CLIENT, out, sealed), "v1 initial 1/1");
    check_eq_text(give_crypto(&from_client, 1, 300, hello + 300, 1), "v1 initial 1/1 limited");
    check_eq_text(give_crypto(&from_client, 2, 0, hello, len / 2), "v1 initial 1/1");
    check_eq_text(give_crypto(&from_client, 3, len / 2, hello + len / 2, len - len / 2),
                  "v1 initial 1/1 > client_hello bounds.test");
    check_eq_u64(quic_flow_memory(&talk.flow) < 2048, 1);
    /* What is no hello. */
    talk_again(&talk);
    check_eq_text(give_crypto(&from_client, 0, 0, other, 60), "v1 initial 1/1 bad_frame");
    check_eq_text(give_crypto(&from_client, 1, 0, hello, 1000), "v1 initial 1/1");
}

/* ---- a handshake ---------------------------------------------------------------------------- */

static void check_established(void)
{
    uint8_t answer[200];
    size_t len = long_hello("whole.test", 300, hello), at;
    talk_again(&talk);
    check_eq_text(give_crypto(&from_client, 0, 0, hello, len),
                  "v1 initial 1/1 > client_hello whole.test");
    at = long_packet(1, 1, "first-id", "cl", out);
    check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 0rtt 0/1");
    check_eq_u64(talk.run.quic.original_dcid.len, 8);
    frames.len = 0;
    frames_crypto(&frames, 0, answer, server_hello(false, answer));
    at = initial_seal(&talk, &from_server, &frames, 0, out);
    at += long_packet(1, 2, "cl", "server", out + at);
    at += short_packet("cl", out + at);
    check_eq_text(talk_give(&talk, SERVER, out, at),
                  "v1 initial+handshake+short 1/3 > server_hello");
    at = short_packet("server", out); /* it cannot be: its handshake is not over */
    check_eq_text(talk_give(&talk, CLIENT, out, at), "-");
    frames.len = 0;
    frames.at[frames.len++] = 2; /* an ACK, */
    for (int i = 0; i < 4; i++)
        frames_number(&frames, 0);
    struct initial acks = from_client;
    acks.to = "server";
    acks.number = 1;
    at = initial_seal(&talk, &acks, &frames, 0, out);
    at += long_packet(1, 2, "server", "cl", out + at);
    memset(out + at, 0, 40); /* and nothing behind */
    check_eq_text(talk_give(&talk, CLIENT, out, at + 40),
                  "v1 initial+handshake 1/2 short_initial");
    at = short_packet("cl", out);
    check_eq_text(talk_give(&talk, SERVER, out, at), "-");
    at = short_packet("server", out);
    check_eq_text(talk_give(&talk, CLIENT, out, at), "- > established whole.test");
    check_eq_text(talk.list.items[0].history, "Cs");
    check_eq_u64(talk.list.items[0].cipher, 0x1301);
    check(talk.list.items[0].ja4 && talk.list.items[0].ja4[0] == 'q');
    check_eq_u64(talk.list.items[0].took, 6000);
    check_eq_u64(quic_flow_memory(&talk.flow), sizeof(struct quic_connection));
    check_eq_text(talk_give(&talk, CLIENT, out, at), "-");
    check_eq_text(give_crypto(&from_client, 0, 0, hello, len), "v1 initial 1/1");
    check_eq_text(talk_end(&talk), "-");
}

static void check_failed(void)
{
    size_t len = long_hello("failed.test", 1800, hello), at;
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    check_eq_text(talk_end(&talk), "- > failed failed.test");
    check_eq_text(talk_end(&talk), "-"); /* told once */
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, 1799);
    check_eq_text(talk_end(&talk), "- > client_hello unfinished > failed");
    for (uint32_t i = 0; i < talk.list.count; i++)
        check_eq_u64(talk.list.items[i].client, CLIENT + 1);
    for (size_t n = 5; n < 70; n++) { /* what is cut says no version but its own */
        talk_again(&talk);
        give_crypto(&from_client, 0, 0, hello, n);
        talk_end(&talk);
        const struct chains_tls_message *told = talk.list.items;
        check(talk.list.count == 2 && told->kind == CHAINS_TLS_CLIENT_HELLO);
        uint32_t has = told->versions.count ? CHAINS_TLS_HAS_PROTOCOL : 0;
        check((told[0].has & CHAINS_TLS_HAS_PROTOCOL) == has && !told->ja4);
        check((told[1].has & CHAINS_TLS_HAS_PROTOCOL) == has);
        check_eq_u64(told->weird & CHAINS_TLS_BAD_LENGTH, 0);
    }
    talk_again(&talk);
    give_crypto(&from_client, 0, 1, hello + 1, 1799);
    check_eq_text(talk_end(&talk), "- > failed unfinished");
    talk_again(&talk); /* whose other half nobody saw */
    give_crypto(&from_client, 0, 0, hello, len);
    at = long_packet(1, 2, "server", "cl", out);
    talk_give(&talk, CLIENT, out, at);
    check_eq_text(talk_end(&talk), "- > failed failed.test"); /* an ID that nobody gave */
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    frames.len = 0;
    frames_number(&frames, 0x1c);
    frames_number(&frames, 0x100 + 40);
    frames_number(&frames, 6);
    frames_number(&frames, 3);
    memcpy(frames.at + frames.len, "no!", 3);
    frames.len += 3;
    at = initial_seal(&talk, &from_server, &frames, 0, out);
    check_eq_text(talk_give(&talk, SERVER, out, at),
                  "v1 initial 1/1 > alert 40 from 2 failed.test");
    check_eq_u64(talk.run.quic.close, 0x128);
    check(talk.run.quic.has & CHAINS_QUIC_HAS_CLOSE);
    /* Said again, it is not told again. */
    check_eq_text(talk_give(&talk, SERVER, out, at), "v1 initial 1/1");
    check_eq_u64(talk.run.quic.close, 0x128);
    check_eq_text(talk_end(&talk), "- > failed failed.test");
    check_eq_text(talk_give(&talk, SERVER, out, 0), "-");
}

static void check_hello_retry(void)
{
    uint8_t answer[200];
    size_t len = long_hello("again.test", 300, hello);
    size_t answer_len = server_hello(true, answer);
    talk_again(&talk);
    give_crypto(&from_client, 0, 0, hello, len);
    check_eq_text(give_crypto(&from_server, 0, 0, answer, answer_len),
                  "v1 initial 1/1 > server_hello retry");
    check_eq_text(give_crypto(&from_client, 1, 0, hello, len), "v1 initial 1/1");
    check_eq_text(give_crypto(&from_client, 2, len, hello, len),
                  "v1 initial 1/1 > client_hello retry again.test");
    server_hello(false, answer);
    check_eq_text(give_crypto(&from_server, 1, answer_len, answer, answer_len),
                  "v1 initial 1/1 > server_hello");
    check_eq_text(give_crypto(&from_client, 3, 2 * len, hello, len), "v1 initial 1/1");
    /* Both hellos of a side in one frame, and no end of hellos. */
    talk_again(&talk);
    for (size_t i = 1; i < 6; i++)
        memcpy(hello + i * len, hello, len);
    check_eq_text(give_crypto(&from_client, 0, 0, hello, 6 * len),
                  "v1 initial 1/1 bad_frame > client_hello again.test > client_hello retry "
                  "again.test > client_hello retry again.test > client_hello retry again.test");
}

/* ---- what is not in order ------------------------------------------------------------------- */

static void check_late(void)
{
    uint8_t answer[200];
    size_t answer_len = server_hello(false, answer);
    talk_again(&talk);
    for (unsigned i = 0; i < 16; i++) {
        check_eq_u64(talk.status, QUIC_FLOW_ON);
        check_eq_text(give_crypto(&from_server, i, 0, answer, answer_len),
                      "v1 initial 0/1 not_opened");
    }
    check_eq_u64(talk.status, QUIC_FLOW_DONE);
    check_eq_u64(quic_flow_memory(&talk.flow), 0);
}

static void check_frames(void)
{
    static const struct {
        const char *hex, *want;
    } rows[] = {
        { "00000000", "v1 initial 1/1" },
        { "01010101", "v1 initial 1/1" },
        { "0205004003"
          "0000000000",
          "v1 initial 1/1 bad_frame" },
        { "020500010300000000", "v1 initial 1/1" },
        { "03050000030101010000", "v1 initial 1/1" },
        { "020500ffffffffffffffff03", "v1 initial 1/1 bad_frame" },
        { "1c00000000", "v1 initial 1/1" },
        { "1c000040ff", "v1 initial 1/1 bad_frame" },
        { "1d000000", "v1 initial 1/1 bad_frame" },
        { "0800000000", "v1 initial 1/1 bad_frame" },
        { "ffffffffffffffff", "v1 initial 1/1 bad_frame" },
        { "0600ffffffffffffffff", "v1 initial 1/1 bad_frame" },
        { "06c000000000000000", "v1 initial 1/1 bad_frame" },
        { "060000", "v1 initial 1/1" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        talk_again(&talk);
        frames.len = from_hex(rows[i].hex, frames.at);
        size_t at = initial_seal(&talk, &from_client, &frames, 0, out);
        talk_give_cut(&talk, CLIENT, out, at, 1200); /* as if it were long enough */
        check_eq_text(talk.out, rows[i].want);
    }
}

/* A datagram of nothing but tiny Initials: its work has an end, and so have its packets. */
static void check_work(void)
{
    size_t at = 0;
    frames.len = 4;
    memset(frames.at, 1, 4);
    talk_again(&talk);
    while (at < 60000) {
        struct initial tiny = from_client;
        tiny.first = "wrong-id";
        at += initial_seal(&talk, &tiny, &frames, 0, out + at);
    }
    check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 initial 0/16 not_opened");
    check(talk.run.keys == 0);
    talk_again(&talk);
    at = 0;
    for (unsigned i = 0; i < 40; i++) {
        struct initial tiny = from_client;
        tiny.number = i;
        if (i > 0 && i < 7) /* tried twice, while there are keys */
            tiny.first = "wrong-id";
        at += initial_seal(&talk, &tiny, &frames, 0, out + at);
    }
    check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 initial 5/16 not_opened");
    check(talk.run.opens == 0);
    /* What goes to somebody else is not read. */
    talk_again(&talk);
    at = initial_seal(&talk, &from_client, &frames, 1200, out);
    struct initial foreign = from_client;
    foreign.first = foreign.to = "other-id";
    at += initial_seal(&talk, &foreign, &frames, 0, out + at);
    check_eq_text(talk_give(&talk, CLIENT, out, at), "v1 initial 1/1");
}

/* Closes without end: the first one ends it. */
static void check_closes(void)
{
    talk_again(&talk);
    size_t len = long_hello("closed.test", 300, hello);
    give_crypto(&from_client, 0, 0, hello, len);
    frames.len = 0;
    for (unsigned i = 0; i < 200; i++)
        frames.len += from_hex(i ? "1c41010000" : "1c41280000", frames.at + frames.len);
    size_t at = initial_seal(&talk, &from_server, &frames, 1200, out);
    check_eq_text(talk_give(&talk, SERVER, out, at),
                  "v1 initial 1/1 > alert 40 from 2 closed.test");
    check_eq_u64(talk.run.quic.close, 0x128);
    check_eq_u64(talk.list.count, 1);
    const struct chains_field *name = chains_field_find(chains_quic_type.fields, "close_name");
    check_eq_text(chains_name_of(name ? name->names : NULL, 0x0a), "protocol_violation");
}

/* Packets with an ID that is too long are dropped by all, and so are not read. */
static void check_long_ids(void)
{
    static const char *const id = "an-id-of-21-bytes-len";
    size_t len = long_hello("long.test", 300, hello);
    for (int i = 0; i < 2; i++) {
        struct initial initial = from_client;
        if (i)
            initial.from = id;
        else
            initial.first = initial.to = id;
        talk_again(&talk);
        check_eq_text(give_crypto(&initial, 0, 0, hello, len), "v1 initial 0/1 bad_id");
        check(!talk.flow.connection[0] && talk.run.opens == 16);
        for (unsigned n = 1; n < 16; n++)
            give_crypto(&initial, n, 0, hello, len);
        check_eq_u64(talk.status, QUIC_FLOW_DONE);
    }
}

/* Packet numbers that begin anywhere, and go on. */
static void check_numbers(void)
{
    static const uint64_t numbers[] = { 0, 1, 255, 65535, 1u << 24, UINT32_MAX - 1 };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        talk_again(&talk);
        size_t len = long_hello("number.test", 300, hello);
        check_eq_text(give_crypto(&from_client, numbers[i], 0, hello, 100), "v1 initial 1/1");
        check_eq_text(give_crypto(&from_client, numbers[i] + 1, 100, hello + 100, len - 100),
                      "v1 initial 1/1 > client_hello number.test");
    }
}

static void check_plausible(void)
{
    static const struct {
        const char *hex;
        bool is;
    } rows[] = {
        { "", false },
        { "c0", false },
        { "c0000000010000004000", true },
        { "80000000010000004000", false },           /* without the fixed bit */
        { "c00000000200000000", false },             /* no version of anybody */
        { "c0ff00001d0000004000", true },            /* a draft */
        { "c0ff0000ff0000000000", false },           /* not one */
        { "c0513034360000", true },                  /* Q046 */
        { "c0513034360015", false },                 /* an ID that is not there */
        { "c01a2a3a4a0000", false },                 /* reserved, and too short for it */
        { "0d0001020304050607513034330000", true },  /* Q043 */
        { "0d0001020304050607523034330000", false }, /* no Q */
        { "010001020304050607513034330000", false }, /* no ID */
        { "80000000000000"
          "00000001",
          true }, /* version negotiation */
        { "80000000000000"
          "00000002",
          false },
        { "80000000000000", false },
        { "4000000001000000", false },         /* a short header */
        { "16fefd0000000000000000", false },   /* DTLS */
        { "c0000100000100000000", false },     /* DNS */
        { "800000010000000100000001", false }, /* RTP */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = from_hex(rows[i].hex, out);
        if (quic_is_plausible((struct chains_bytes){ out, len }) != rows[i].is)
            check_eq_text(rows[i].hex, rows[i].is ? "QUIC" : "not QUIC");
    }
    memset(out, 0, 1200);
    memcpy(out, "\xc0\x1a\x2a\x3a\x4a", 5);
    check(quic_is_plausible((struct chains_bytes){ out, 1200 }));
    talk_again(&talk);
    check_eq_text(talk_give(&talk, CLIENT, out, 1200), "1a2a3a4a other 0/1");
    check_eq_u64(talk.status, QUIC_FLOW_ON);
    size_t len = from_hex("0d0001020304050607513034330000", out);
    check_eq_text(talk_give(&talk, CLIENT, out, len), "Q043 other 0/1");
    check_eq_u64(talk.run.quic.dcid.len, 8);
    check_eq_text(talk_give(&talk, CLIENT, (const uint8_t *)"\x41zzz", 4), "-");
    out[5] = 21; /* an ID that is too long, of a version that is read */
    memcpy(out, "\xd0\0\0\0\1", 5);
    memset(out + 6, 7, 40);
    out[27] = 0;
    out[28] = 4;
    check_eq_text(talk_give(&talk, CLIENT, out, 33), "v1 0rtt 0/1 bad_id");
}

int main(void)
{
    if (!talk_begin(&talk))
        return check_done();
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        check_vector(&vectors[i]);
    check_cut();
    for (size_t i = 0; i < sizeof piece_orders / sizeof piece_orders[0]; i++) {
        size_t count = 0;
        while (count < 6 && piece_orders[i][count].to > 0)
            count++;
        check_pieces(piece_orders[i], count);
    }
    for (uint32_t seed = 1; seed <= 30; seed++)
        check_random_pieces(seed);
    check_many_frames();
    check_crypto_bounds();
    check_established();
    check_failed();
    check_hello_retry();
    check_late();
    check_frames();
    check_work();
    check_closes();
    check_long_ids();
    check_numbers();
    check_plausible();
    talk_free(&talk);
    return check_done();
}
