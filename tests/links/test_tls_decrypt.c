/* SPDX-License-Identifier: MIT */

/* Records of real connections opened with their keys: in time, late, with losses, and with others. */

#include "../check.h"
#include "tls_vectors.h"

#include "../../src/links/tls_decrypt.h"
#include "../../src/links/tls_schedule.h"
#include "../../src/record/arena.h"

#include <stdlib.h>

enum { NEVER = 1000, ROOM = 4096, RECORD_MOST = 4096 };

static struct crypto *crypto;
static struct chains_arena arena;

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t len = strlen(hex) / 2;
    for (size_t i = 0; i < len; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return len;
}

/* How a connection is played. */
struct play {
    const char *keys;      /* NULL: the vector's */
    unsigned keys_at;      /* they come in front of this record */
    unsigned lose, broken; /* this record is not seen; has a bit turned */
    bool early;            /* the client has offered early data */
};

static const struct play plain_play = { .lose = NEVER, .broken = NEVER };

struct played {
    char said[2][ROOM];
    size_t said_len[2];
    unsigned status[TLS_DECRYPT_LIMITED + 1];
    unsigned padding; /* records with type 0 */
    uint64_t lost[2];
};

static struct tls_decrypt *begin(const struct vector *vector, struct tls_keys *keys, bool early)
{
    struct tls_decrypt_about about = { .protocol = (uint16_t)vector->protocol,
                                       .cipher = (uint16_t)vector->cipher,
                                       .early_data = early };
    bool memory = true;
    from_hex(vector->client_random, about.client_random);
    from_hex(vector->server_random, about.server_random);
    struct tls_decrypt *decrypt = tls_decrypt_new(&about, keys, crypto, &memory);
    check(decrypt != NULL);
    check(!memory);
    return decrypt;
}

/* What the caller tells of TLS 1.3's handshake messages. */
static void follow(struct tls_decrypt *decrypt, enum chains_side side, struct chains_bytes in)
{
    while (in.len >= 4) {
        size_t len = 4 + ((size_t)in.at[1] << 16 | (size_t)in.at[2] << 8 | in.at[3]);
        if (in.at[0] == 20)
            tls_decrypt_finished(decrypt, side);
        if (in.at[0] == 24)
            tls_decrypt_key_update(decrypt, side);
        if (in.at[0] == 5)
            tls_decrypt_end_of_early_data(decrypt);
        if (len > in.len)
            break;
        in.at += len;
        in.len -= len;
    }
}

static void play_record(struct tls_decrypt *decrypt, const struct vector_record *record,
                        bool broken, struct played *out)
{
    uint8_t bytes[RECORD_MOST], type = (uint8_t)record->type;
    struct chains_bytes payload = { bytes, from_hex(record->hex, bytes) }, plain;
    enum chains_side side = record->side ? CHAINS_RESP : CHAINS_ORIG;
    if (broken)
        bytes[payload.len / 2] ^= 1;
    enum tls_decrypt_status status = tls_decrypt_record(
        decrypt, side, &type, (uint16_t)record->version, payload, &arena, &plain);
    out->status[status]++;
    if (status != TLS_DECRYPT_OPEN)
        return;
    out->padding += type == 0;
    if (type == 22)
        follow(decrypt, side, plain);
    if (type == 23 && plain.len && out->said_len[side] + plain.len < ROOM) {
        memcpy(out->said[side] + out->said_len[side], plain.at, plain.len);
        out->said_len[side] += plain.len;
    }
}

static struct played play(const struct vector *vector, const struct play *how)
{
    struct played out = { .padding = 0 };
    const char *text = how->keys ? how->keys : vector->keys;
    struct chains_secrets secrets = { .text = text, .len = how->keys_at ? 0 : strlen(text) };
    const struct chains_secrets *list[] = { &secrets };
    const struct chains_source_info source = { .secrets = list, .secrets_count = 1 };
    char why[400];
    struct tls_keys *keys = tls_keys_new(64);
    tls_keys_refresh(keys, &source, why, sizeof why);
    struct tls_decrypt *decrypt = begin(vector, keys, how->early);
    for (unsigned i = 0; i < 20 && vector->records[i].hex; i++) {
        if (i == how->keys_at)
            secrets.len = strlen(text);
        tls_keys_refresh(keys, &source, why, sizeof why);
        if (i != how->lose)
            play_record(decrypt, &vector->records[i], i == how->broken, &out);
        arena_reset(&arena);
    }
    out.lost[0] = tls_decrypt_lost(decrypt, CHAINS_ORIG);
    out.lost[1] = tls_decrypt_lost(decrypt, CHAINS_RESP);
    check(tls_decrypt_bytes(decrypt) < 16384);
    tls_decrypt_free(decrypt);
    tls_keys_free(keys);
    return out;
}

static const struct vector *named(const char *name)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        if (strcmp(vectors[i].name, name) == 0)
            return &vectors[i];
    printf("Bail out! no vector %s\n", name);
    exit(1);
}

static unsigned record_count(const struct vector *vector)
{
    unsigned count = 0;
    while (count < 20 && vector->records[count].hex)
        count++;
    return count;
}

static void test_all_that_was_said(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        struct play how = plain_play;
        how.early = strcmp(vector->name, "tls13_early") == 0;
        struct played out = play(vector, &how);
        printf("# %s\n", vector->name);
        check_eq_text(out.said[0], vector->said[0]);
        check_eq_text(out.said[1], vector->said[1]);
        check_eq_u64(out.status[TLS_DECRYPT_OPEN], record_count(vector));
        check_eq_u64(out.lost[0] + out.lost[1], 0);
        check_eq_u64(out.padding, 0);
    }
}

/* Other keys of the right length, and none: nothing gets out. */
static void test_wrong_and_no_keys(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char text[4096];
        snprintf(text, sizeof text, "%s", vectors[i].keys);
        for (char *p = text; *p; p++)
            if (p[1] == '\n')
                *p = *p == '0' ? '1' : '0'; /* the last digit of every secret */
        struct play how = plain_play;
        how.keys = text;
        struct played out = play(&vectors[i], &how);
        check_eq_u64(out.said_len[0] + out.said_len[1], 0);
        check(out.status[TLS_DECRYPT_WRONG] > 0);
        check_eq_u64(out.status[TLS_DECRYPT_NO_KEYS], 0);
        how.keys = "";
        out = play(&vectors[i], &how);
        check_eq_u64(out.said_len[0] + out.said_len[1], 0);
        check_eq_u64(out.status[TLS_DECRYPT_WRONG], 0);
        check(out.status[TLS_DECRYPT_NO_KEYS] > 0);
    }
}

/* What was said behind the records that went by is a tail of what was said in all. */
static bool is_tail(const char *tail, const char *all)
{
    size_t len = strlen(tail), whole = strlen(all);
    return len <= whole && strcmp(all + whole - len, tail) == 0;
}

/*
 * The keys come in front of the n-th record, for every n up to the first KeyUpdate: all that follows
 * is opened; and what went by under the same keys is known to be lacking.
 */
static void test_late_keys(void)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct vector *vector = &vectors[i];
        unsigned most = vector->protocol == 0x0304 ? 10 : record_count(vector) - 1;
        for (unsigned n = 1; n <= most && n < record_count(vector); n++) {
            struct play how = plain_play;
            how.keys_at = n;
            how.early = strcmp(vector->name, "tls13_early") == 0;
            struct played out = play(vector, &how);
            printf("# %s, keys in front of record %u\n", vector->name, n);
            check(is_tail(out.said[0], vector->said[0]));
            check(is_tail(out.said[1], vector->said[1]));
            unsigned plain = 0;
            for (unsigned j = 0; j < n; j++)
                plain += vector->protocol == 0x0304 && vector->records[j].type == 20;
            check_eq_u64(out.status[TLS_DECRYPT_OPEN], record_count(vector) - n + plain);
            check_eq_u64(out.status[TLS_DECRYPT_NO_KEYS], n - plain);
            check_eq_u64(out.status[TLS_DECRYPT_WRONG], 0);
        }
    }
}

static void test_lost_records(void)
{
    static const char *const names[] = { "ecdhe_ecdsa_aes128", "ecdhe_ecdsa_chacha",
                                         "tls13_aes128", "tls13_chacha" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct vector *vector = named(names[i]);
        unsigned first = 0; /* of the client's records, the first that says something */
        struct play how = plain_play;
        for (; first < 20; first++)
            if (vector->records[first].side == 0 && vector->records[first].type == 23 &&
                (vector->protocol == 0x0303 || first > 6))
                break;
        how.lose = first;
        struct played out = play(vector, &how);
        check_eq_text(out.said[1], vector->said[1]);
        check(is_tail(out.said[0], vector->said[0]));
        check_eq_u64(out.status[TLS_DECRYPT_WRONG], 0);
        check(strstr(out.said[0], "two\n") != NULL);
        how.lose = NEVER;
        how.broken = first;
        out = play(vector, &how);
        check_eq_u64(out.status[TLS_DECRYPT_WRONG], 1);
        check(strstr(out.said[0], "one from") == NULL);
        check(strstr(out.said[0], "two\n") != NULL);
    }
}

/* What went by is counted over all the keys of a side: never less, whatever they change to. */
static void test_lost_is_kept(void)
{
    const struct vector *vector = named("tls13_aes128");
    struct vector less = *vector;
    struct play how = plain_play;
    how.lose = 9; /* "one", a KeyUpdate behind it */
    check_eq_u64(play(vector, &how).lost[0], 1);
    less.records[12].type = 20; /* and "two", another KeyUpdate behind it: it does not count */
    check_eq_u64(play(&less, &how).lost[0], 2);
    how = plain_play;
    how.lose = 6; /* the handshake's own: nothing that anybody reads */
    check_eq_u64(play(vector, &how).lost[0], 0);
    /* Early data without its key: something may be missing. */
    vector = named("tls13_early");
    how = plain_play;
    how.early = true;
    how.keys = strchr(vector->keys, '\n') + 1;
    check(play(vector, &how).lost[0] > 0);
}

/* RFC 8448, section 3, whose server sends a ticket, one message and its close_notify. */
static const struct vector rfc8448 = {
    .name = "rfc8448",
    .protocol = 0x0304,
    .cipher = 0x1301,
    .client_random = "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7",
    .server_random = "a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e26928",
    .keys = "CLIENT_HANDSHAKE_TRAFFIC_SECRET "
            "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
            "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21\n"
            "CLIENT_TRAFFIC_SECRET_0 "
            "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
            "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5\n"
            "SERVER_TRAFFIC_SECRET_0 "
            "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7 "
            "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643\n",
    .records = {
        { 0, 23, 0x0303,
          "75ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd"
          "1caeacab6867d726c40546" },
        { 0, 23, 0x0303,
          "a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e"
          "2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4" },
        { 1, 23, 0x0303,
          "2e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59"
          "a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d" },
        { 0, 23, 0x0303, "c9872760655666b74d7ff1153efd6db6d0b0e3" },
        { 1, 23, 0x0303, "b58fd67166ebf599d24720cfbe7efa7a8864a9" },
    },
};

/* The server's ticket is left out here, so that its message is the second under its keys. */
static void test_rfc8448(void)
{
    uint8_t want[50];
    for (unsigned i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)i;
    struct played out = play(&rfc8448, &plain_play);
    check_eq_bytes(out.said[0], out.said_len[0], want, sizeof want);
    check_eq_u64(out.lost[0], 0);
    check_eq_u64(out.status[TLS_DECRYPT_WRONG], 0);
    /* Without the keys of the server's handshake nobody knows where its traffic begins. */
    check_eq_u64(out.status[TLS_DECRYPT_OPEN], 3);
    check_eq_u64(out.status[TLS_DECRYPT_NO_KEYS], 2);
}

static void test_rfc8448_server(void)
{
    static const char early[] = "SERVER_HANDSHAKE_TRAFFIC_SECRET "
                                "cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dec"
                                "e7 b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d39"
                                "1ad38\n";
    char keys[2048];
    uint8_t want[50];
    for (unsigned i = 0; i < sizeof want; i++)
        want[i] = (uint8_t)i;
    snprintf(keys, sizeof keys, "%s%s", early, rfc8448.keys);
    /* A record that cannot be opened stands for the flight and the ticket. */
    struct vector vector = rfc8448;
    memmove(&vector.records[1], &vector.records[0], 6 * sizeof vector.records[0]);
    vector.records[0] = (struct vector_record){ 1, 23, 0x0303, rfc8448.records[4].hex };
    struct play how = plain_play;
    how.keys = keys;
    struct played out = play(&vector, &how);
    check_eq_bytes(out.said[0], out.said_len[0], want, sizeof want);
    check_eq_bytes(out.said[1], out.said_len[1], want, sizeof want);
    check_eq_u64(out.lost[1], 1);
    check_eq_u64(out.status[TLS_DECRYPT_OPEN], 5);
}

static void test_not_encrypted(void)
{
    struct tls_keys *keys = tls_keys_new(8);
    struct tls_decrypt *decrypt = begin(named("tls13_aes128"), keys, false);
    static const uint8_t one = 1, alert[2] = { 2, 40 };
    struct chains_bytes out;
    uint8_t type = 20;
    check_eq_u64(tls_decrypt_record(decrypt, CHAINS_ORIG, &type, 0x0303,
                                    (struct chains_bytes){ &one, 1 }, &arena, &out),
                 TLS_DECRYPT_OPEN);
    check_eq_u64(type, 20);
    check_eq_bytes(out.at, out.len, &one, 1);
    type = 21;
    check_eq_u64(tls_decrypt_record(decrypt, CHAINS_RESP, &type, 0x0303,
                                    (struct chains_bytes){ alert, 2 }, &arena, &out),
                 TLS_DECRYPT_OPEN);
    check_eq_bytes(out.at, out.len, alert, 2);
    tls_decrypt_free(decrypt);
    tls_keys_free(keys);
}

/* Every length that is too short for a tag, in both versions; and no bytes at all. */
static void test_short_records(void)
{
    static const char *const names[] = { "ecdhe_ecdsa_aes128", "ecdhe_ecdsa_chacha",
                                         "tls13_aes128" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct vector *vector = named(names[i]);
        struct chains_secrets secrets = { vector->keys, strlen(vector->keys) };
        const struct chains_secrets *list[] = { &secrets };
        char why[400];
        struct tls_keys *keys = tls_keys_new(8);
        tls_keys_refresh(keys,
                         &(struct chains_source_info){ .secrets = list, .secrets_count = 1 },
                         why, sizeof why);
        struct tls_decrypt *decrypt = begin(vector, keys, false);
        for (size_t len = 0; len < 40; len++) {
            uint8_t *exact = calloc(1, len ? len : 1), type = 23;
            struct chains_bytes out;
            check_eq_u64(tls_decrypt_record(decrypt, CHAINS_ORIG, &type, 0x0303,
                                            (struct chains_bytes){ exact, len }, &arena, &out),
                         TLS_DECRYPT_WRONG);
            free(exact);
        }
        arena_reset(&arena);
        tls_decrypt_free(decrypt);
        tls_keys_free(keys);
    }
}

/* No room in the arena: the record counts, so that the next one is opened. */
static void test_no_room(void)
{
    const struct vector *vector = named("ecdhe_ecdsa_chacha");
    struct chains_secrets secrets = { vector->keys, strlen(vector->keys) };
    const struct chains_secrets *list[] = { &secrets };
    struct chains_source_info source = { .secrets = list, .secrets_count = 1 };
    char why[400];
    struct tls_keys *keys = tls_keys_new(8);
    tls_keys_refresh(keys, &source, why, sizeof why);
    struct tls_decrypt *decrypt = begin(vector, keys, false);
    struct chains_arena none, kept = arena;
    struct played out = { .padding = 0 };
    arena_init(&none, 8);
    arena = none;
    play_record(decrypt, &vector->records[0], false, &out);
    arena_free(&arena);
    arena = kept;
    check_eq_u64(out.status[TLS_DECRYPT_LIMITED], 1);
    for (unsigned i = 1; i < record_count(vector); i++)
        play_record(decrypt, &vector->records[i], false, &out);
    check_eq_u64(out.status[TLS_DECRYPT_OPEN], record_count(vector) - 1);
    check_eq_text(out.said[0], vector->said[0]);
    arena_reset(&arena);
    tls_decrypt_free(decrypt);
    tls_keys_free(keys);
}

/* Secrets as long as another suite's hash are not this connection's. */
static void test_other_hash(void)
{
    char keys[4096];
    size_t used = 0;
    for (const char *p = named("tls13_aes128")->keys; *p; p++) {
        if (*p == '\n')
            used += (size_t)snprintf(keys + used, 40, "00112233445566778899aabbccddeeff");
        keys[used++] = *p;
    }
    keys[used] = '\0';
    struct play how = plain_play;
    how.keys = keys;
    struct played out = play(named("tls13_aes128"), &how);
    check_eq_u64(out.status[TLS_DECRYPT_WRONG], 0);
    check(out.status[TLS_DECRYPT_NO_KEYS] > 10);
}

static void test_suites(void)
{
    static const struct {
        unsigned protocol, cipher;
        bool opened;
    } cases[] = {
        { 0x0304, 0x1301, true },  { 0x0304, 0x1302, true },  { 0x0304, 0x1303, true },
        { 0x0304, 0x1304, false }, { 0x0304, 0xc02f, false }, { 0x0303, 0x1301, false },
        { 0x0303, 0x002f, false }, { 0x0303, 0xc09c, false }, { 0x0303, 0x009b, false },
        { 0x0303, 0x009c, true },  { 0x0303, 0x00ad, true },  { 0x0303, 0x00ae, false },
        { 0x0303, 0xc02a, false }, { 0x0303, 0xc02b, true },  { 0x0303, 0xc032, true },
        { 0x0303, 0xc033, false }, { 0x0303, 0xcca7, false }, { 0x0303, 0xcca8, true },
        { 0x0303, 0xccae, true },  { 0x0303, 0xccaf, false }, { 0x0303, 0xd001, true },
        { 0x0303, 0xd002, true },  { 0x0303, 0xd003, false }, { 0x0302, 0xc02f, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tls_decrypt_about about = { .protocol = (uint16_t)cases[i].protocol,
                                           .cipher = (uint16_t)cases[i].cipher };
        bool memory = true;
        struct tls_decrypt *decrypt = tls_decrypt_new(&about, NULL, crypto, &memory);
        printf("# %04x %04x\n", cases[i].protocol, cases[i].cipher);
        check_eq_u64(decrypt != NULL, cases[i].opened);
        check(!memory);
        tls_decrypt_free(decrypt);
    }
    tls_decrypt_free(NULL);
}

int main(void)
{
    crypto = crypto_new();
    if (!crypto) {
        printf("Bail out! no crypto\n");
        return 1;
    }
    arena_init(&arena, 1 << 20);
    test_all_that_was_said();
    test_wrong_and_no_keys();
    test_late_keys();
    test_lost_records();
    test_lost_is_kept();
    test_rfc8448();
    test_rfc8448_server();
    test_not_encrypted();
    test_short_records();
    test_no_room();
    test_other_hash();
    test_suites();
    arena_free(&arena);
    crypto_free(crypto);
    return check_done();
}
