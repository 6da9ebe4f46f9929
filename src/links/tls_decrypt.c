/* SPDX-License-Identifier: MIT */
/*
 * In: encrypted records of one connection, each direction in order. Out: what is inside. Each side
 * goes through phases (early data, handshake, traffic), each with its own keys and numbers from 0
 * on. Kept: every record is counted, opened or not, so that keys which come late, from a client that
 * writes them while its packets pass, still fit what follows.
 */
#include "tls_decrypt.h"

#include <string.h>

#include "tls_schedule.h"

enum decrypt_phase { PHASE_EARLY, PHASE_HANDSHAKE, PHASE_TRAFFIC, PHASES };

enum {
    TLS_1_3 = 0x0304,
    TYPE_APPLICATION = 23,
    DECRYPT_EXPLICIT = 8, /* bytes of the nonce that a record of TLS 1.2 with AES-GCM brings */
    DECRYPT_NEAR = 64,    /* places that are looked at for where the keys fit, */
    DECRYPT_TRIES = 512,  /* and how often on one side of a connection */
    DECRYPT_MORE_MOST = 13,
};

struct decrypt_side {
    struct tls_opener opener[PHASES];
    uint8_t secret[CRYPTO_HASH_MOST]; /* of the traffic keys, for those that follow */
    bool has_secret;
    uint8_t phase;     /* enum decrypt_phase: of the latest record that was opened */
    uint16_t tries;    /* done in vain or not */
    uint64_t sequence; /* of the next record, if it belongs to the phase */
    uint64_t unopened; /* records since the one that was opened last */
    uint64_t opened;   /* behind the one that was opened last in this phase */
    uint64_t lost;     /* never less */
};

struct tls_decrypt {
    struct tls_keys *keys;
    struct crypto *crypto;
    const struct tls_suite *suite; /* NULL: not known yet */
    bool settled;                  /* the server has agreed to it */
    bool is_13;
    uint8_t client_random[TLS_RANDOM], server_random[TLS_RANDOM];
    struct decrypt_side side[2];
};

/* A record on its way. */
struct decrypt_record {
    struct tls_decrypt *decrypt;
    struct decrypt_side *side;
    uint8_t type;
    uint16_t version;
    struct chains_bytes payload;
    uint8_t *room;
    bool no_memory;
};

/* Where both sides begin, once it is known what was agreed on. */
static void decrypt_agreed(struct tls_decrypt *decrypt, const struct tls_decrypt_about *about,
                           const struct tls_suite *suite)
{
    decrypt->suite = suite;
    decrypt->settled = true;
    decrypt->is_13 = about->protocol == TLS_1_3;
    memcpy(decrypt->server_random, about->server_random, TLS_RANDOM);
    uint8_t first = decrypt->is_13 ? PHASE_HANDSHAKE : PHASE_TRAFFIC;
    decrypt->side[CHAINS_ORIG].phase =
        decrypt->is_13 && about->early_data ? PHASE_EARLY : first;
    decrypt->side[CHAINS_RESP].phase = first;
}

struct tls_decrypt *tls_decrypt_new(const struct tls_decrypt_about *about,
                                    struct tls_keys *keys, struct crypto *crypto, bool *memory)
{
    const struct tls_suite *suite = tls_suite_find(about->protocol, about->cipher);
    *memory = false;
    if (!suite)
        return NULL;
    struct tls_decrypt *decrypt = pool_take_zeros(about->pool, sizeof *decrypt);
    *memory = !decrypt;
    if (!decrypt)
        return NULL;
    decrypt->keys = keys;
    decrypt->crypto = crypto;
    memcpy(decrypt->client_random, about->client_random, TLS_RANDOM);
    decrypt_agreed(decrypt, about, suite);
    for (int side = 0; side < 2; side++)
        decrypt->side[side].sequence = decrypt->side[side].unopened = about->passed[side];
    return decrypt;
}

struct tls_decrypt *tls_decrypt_early(const struct tls_decrypt_about *about,
                                      struct tls_keys *keys, struct crypto *crypto)
{
    struct tls_decrypt *decrypt = pool_take_zeros(about->pool, sizeof *decrypt);
    if (!decrypt)
        return NULL;
    decrypt->keys = keys;
    decrypt->crypto = crypto;
    decrypt->is_13 = true;
    memcpy(decrypt->client_random, about->client_random, TLS_RANDOM);
    struct decrypt_side *client = &decrypt->side[CHAINS_ORIG];
    client->phase = PHASE_EARLY;
    client->sequence = client->unopened = about->passed[CHAINS_ORIG];
    return decrypt;
}

/* Early data of a client that was asked for another ClientHello counts for nothing more. */
bool tls_decrypt_settle(struct tls_decrypt *decrypt, const struct tls_decrypt_about *about)
{
    const struct tls_suite *suite = tls_suite_find(about->protocol, about->cipher);
    struct decrypt_side *client = &decrypt->side[CHAINS_ORIG];
    struct decrypt_side *server = &decrypt->side[CHAINS_RESP];
    if (!suite)
        return false;
    if (!about->early_data) {
        tls_opener_free(&client->opener[PHASE_EARLY]);
        client->sequence = client->unopened = client->opened = 0;
    }
    decrypt_agreed(decrypt, about, suite);
    server->sequence = server->unopened = about->passed[CHAINS_RESP];
    return true;
}

bool tls_decrypt_is_early(const struct tls_decrypt *decrypt)
{
    return decrypt->side[CHAINS_ORIG].phase == PHASE_EARLY;
}

void tls_decrypt_free(struct tls_decrypt *decrypt)
{
    if (!decrypt)
        return;
    for (int side = 0; side < 2; side++)
        for (int phase = 0; phase < PHASES; phase++)
            tls_opener_free(&decrypt->side[side].opener[phase]);
    explicit_bzero(decrypt, sizeof *decrypt);
    pool_give(decrypt);
}

size_t tls_decrypt_bytes(const struct tls_decrypt *decrypt)
{
    return sizeof *decrypt + tls_decrypt_outside(decrypt);
}

size_t tls_decrypt_outside(const struct tls_decrypt *decrypt)
{
    size_t bytes = 0;
    for (int side = 0; side < 2; side++)
        for (int phase = 0; phase < PHASES; phase++)
            bytes += decrypt->side[side].opener[phase].aead ? (size_t)TLS_OPENER_BYTES : 0;
    return bytes;
}

uint64_t tls_decrypt_lost(const struct tls_decrypt *decrypt, enum chains_side side)
{
    return decrypt->side[side].lost;
}

/* The secret of a side's phase in TLS 1.3, or NULL. */
static const uint8_t *decrypt_secret(struct decrypt_record *record, int phase)
{
    static const enum tls_secret_label labels[2][PHASES] = {
        { TLS_SECRET_CLIENT_EARLY, TLS_SECRET_CLIENT_HANDSHAKE, TLS_SECRET_CLIENT_TRAFFIC },
        { TLS_SECRETS, TLS_SECRET_SERVER_HANDSHAKE, TLS_SECRET_SERVER_TRAFFIC },
    };
    struct tls_decrypt *decrypt = record->decrypt;
    struct decrypt_side *side = record->side;
    if (phase == PHASE_TRAFFIC && side->has_secret)
        return side->secret;
    const struct tls_secret *found = tls_keys_find(
        decrypt->keys, labels[side - decrypt->side][phase], decrypt->client_random);
    if (!found || found->len != crypto_hash_len(decrypt->suite->hash))
        return NULL;
    if (phase == PHASE_TRAFFIC) {
        memcpy(side->secret, found->bytes, found->len);
        side->has_secret = true;
    }
    return found->bytes;
}

/* No opener came of keys that are there: the suite's algorithms are absent, or there is no memory. */
static bool decrypt_no_opener(struct decrypt_record *record)
{
    const struct crypto *crypto = record->decrypt->crypto;
    const struct tls_suite *suite = record->decrypt->suite;
    record->no_memory = crypto_has_hash(crypto, (enum crypto_hash)suite->hash) &&
                        crypto_has_cipher(crypto, (enum crypto_cipher)suite->cipher);
    return false;
}

/* Whether the side's keys of a phase are there, if they can be had. */
static bool decrypt_has_keys(struct decrypt_record *record, int phase)
{
    struct tls_decrypt *decrypt = record->decrypt;
    struct tls_opener *opener = &record->side->opener[phase];
    if (opener->aead)
        return true;
    if (decrypt->is_13) {
        const uint8_t *secret = decrypt_secret(record, phase);
        if (!secret)
            return false;
        return tls_opener_from(decrypt->crypto, decrypt->suite, secret, opener) ||
               decrypt_no_opener(record);
    }
    const struct tls_secret *master =
        tls_keys_find(decrypt->keys, TLS_SECRET_MASTER, decrypt->client_random);
    struct tls_opener both[2];
    if (!master)
        return false;
    if (!tls_openers_from_master(decrypt->crypto, decrypt->suite, master->bytes,
                                 decrypt->client_random, decrypt->server_random, both))
        return decrypt_no_opener(record);
    for (int i = 0; i < 2; i++) {
        tls_opener_free(&decrypt->side[i].opener[PHASE_TRAFFIC]);
        decrypt->side[i].opener[PHASE_TRAFFIC] = both[i];
    }
    return true;
}

/* Bytes in front of the encrypted ones. */
static size_t decrypt_explicit(const struct tls_decrypt *decrypt)
{
    if (decrypt->is_13) /* whose suite may not be known yet */
        return 0;
    return decrypt->suite->cipher == CRYPTO_CHACHA20_POLY1305 ? 0 : DECRYPT_EXPLICIT;
}

/* What the tag covers besides (RFC 8446, 5.2; RFC 5246, 6.2.3.3); its length. */
static size_t decrypt_more(const struct decrypt_record *record, uint64_t sequence, size_t plain,
                           uint8_t more[DECRYPT_MORE_MOST])
{
    size_t at = 0, len = plain;
    if (record->decrypt->is_13)
        len = record->payload.len;
    else
        for (int i = 0; i < 8; i++)
            more[at++] = (uint8_t)(sequence >> (56 - 8 * i));
    more[at++] = record->type;
    more[at++] = (uint8_t)(record->version >> 8);
    more[at++] = (uint8_t)record->version;
    more[at++] = (uint8_t)(len >> 8);
    more[at++] = (uint8_t)len;
    return at;
}

static bool decrypt_try(struct decrypt_record *record, int phase, uint64_t sequence)
{
    const struct tls_opener *opener = &record->side->opener[phase];
    size_t explicit_len = decrypt_explicit(record->decrypt);
    const struct chains_bytes in = chains_behind(record->payload, explicit_len);
    uint8_t nonce[CRYPTO_NONCE], more[DECRYPT_MORE_MOST];
    if (explicit_len) {
        memcpy(nonce, opener->iv, CRYPTO_NONCE - DECRYPT_EXPLICIT);
        memcpy(nonce + CRYPTO_NONCE - DECRYPT_EXPLICIT, record->payload.at, DECRYPT_EXPLICIT);
    } else {
        tls_opener_nonce(opener, sequence, nonce);
    }
    size_t more_len = decrypt_more(record, sequence, in.len - CRYPTO_TAG, more);
    return crypto_aead_open(opener->aead, nonce, (struct chains_bytes){ more, more_len }, in,
                            record->room);
}

/* A record has been opened with this number in this phase: so the next ones follow it. */
static bool decrypt_settle(struct decrypt_side *side, int phase, uint64_t sequence)
{
    if (phase != side->phase) {
        /* Of those that went by some may have been early data, which nobody sends again. */
        if (side->phase == PHASE_EARLY && side->unopened > sequence)
            side->lost += side->unopened - sequence;
        side->opened = 0;
    }
    for (; side->phase < phase; side->phase++)
        tls_opener_free(&side->opener[side->phase]);
    if (phase != PHASE_HANDSHAKE)
        side->lost += sequence - side->opened;
    side->sequence = side->opened = sequence + 1;
    side->unopened = 0;
    return true;
}

/* One more number than the one that is certain, while there are tries left. */
static bool decrypt_guess(struct decrypt_record *record, int phase, uint64_t sequence)
{
    if (record->side->tries >= DECRYPT_TRIES)
        return false;
    record->side->tries++;
    return decrypt_try(record, phase, sequence) &&
           decrypt_settle(record->side, phase, sequence);
}

/* A later phase may have begun: with this record, or with one that went by unopened. */
static bool decrypt_later(struct decrypt_record *record, int phase)
{
    struct decrypt_side *side = record->side;
    if (decrypt_try(record, phase, 0))
        return decrypt_settle(side, phase, 0);
    uint64_t most = side->unopened, least = most > DECRYPT_NEAR ? most - DECRYPT_NEAR : 0;
    for (uint64_t sequence = most; sequence > least; sequence--)
        if (decrypt_guess(record, phase, sequence))
            return true;
    return false;
}

/* Records in front of this one may not have been seen. */
static bool decrypt_ahead(struct decrypt_record *record)
{
    uint64_t sequence = record->side->sequence;
    for (uint64_t i = 1; i <= DECRYPT_NEAR; i++)
        if (decrypt_guess(record, record->side->phase, sequence + i))
            return true;
    return false;
}

/*
 * In front of ServerHello: which suite the early data of a client has. One that takes early data agrees
 * to the same one; all that fit the key's length are tried.
 */
static enum tls_decrypt_status decrypt_first(struct decrypt_record *record,
                                             struct chains_arena *arena)
{
    static const uint16_t suites[] = { 0x1301, 0x1302, 0x1303 };
    struct tls_decrypt *decrypt = record->decrypt;
    struct tls_opener *opener = &record->side->opener[PHASE_EARLY];
    record->room = chains_arena_take(arena, record->payload.len);
    if (!record->room)
        return TLS_DECRYPT_LIMITED;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        decrypt->suite = tls_suite_find(TLS_1_3, suites[i]);
        if (!decrypt->suite)
            continue;
        if (decrypt_has_keys(record, PHASE_EARLY) &&
            decrypt_try(record, PHASE_EARLY, record->side->sequence)) {
            decrypt_settle(record->side, PHASE_EARLY, record->side->sequence);
            return TLS_DECRYPT_OPEN;
        }
        tls_opener_free(opener);
    }
    decrypt->suite = NULL;
    return record->no_memory ? TLS_DECRYPT_NO_MEMORY : TLS_DECRYPT_WRONG;
}

static enum tls_decrypt_status decrypt_open(struct decrypt_record *record,
                                            struct chains_arena *arena)
{
    struct decrypt_side *side = record->side;
    bool lacking = false;
    if (!record->decrypt->suite)
        return decrypt_first(record, arena);
    int phases = record->decrypt->settled ? PHASES : PHASE_EARLY + 1;
    for (int phase = side->phase; phase < phases; phase++) {
        if (!decrypt_has_keys(record, phase)) {
            if (record->no_memory)
                return TLS_DECRYPT_NO_MEMORY;
            lacking = true;
            continue;
        }
        if (!record->room)
            record->room = chains_arena_take(arena, record->payload.len);
        if (!record->room)
            return TLS_DECRYPT_LIMITED;
        bool certain = phase == side->phase;
        if (certain ? decrypt_try(record, phase, side->sequence) &&
                          decrypt_settle(side, phase, side->sequence)
                    : decrypt_later(record, phase))
            return TLS_DECRYPT_OPEN;
    }
    if (lacking)
        return TLS_DECRYPT_NO_KEYS;
    return decrypt_ahead(record) ? TLS_DECRYPT_OPEN : TLS_DECRYPT_WRONG;
}

/* TLS 1.3: the type stands behind the content, and zeros behind that. */
static void decrypt_inner(struct chains_bytes *out, uint8_t *type)
{
    while (out->len > 0 && chains_byte(*out, out->len - 1) == 0)
        out->len--;
    *type = 0;
    if (out->len > 0) {
        *type = chains_byte(*out, out->len - 1);
        out->len--;
    }
}

enum tls_decrypt_status tls_decrypt_record(struct tls_decrypt *decrypt, enum chains_side side,
                                           uint8_t *type, uint16_t version,
                                           struct chains_bytes payload,
                                           struct chains_arena *arena, struct chains_bytes *out)
{
    if (decrypt->is_13 && *type != TYPE_APPLICATION) {
        *out = payload;
        return TLS_DECRYPT_OPEN;
    }
    struct decrypt_record record = { .decrypt = decrypt,
                                     .side = &decrypt->side[side],
                                     .type = *type,
                                     .version = version,
                                     .payload = payload };
    size_t around = decrypt_explicit(decrypt) + CRYPTO_TAG;
    enum tls_decrypt_status status = TLS_DECRYPT_WRONG;
    if (payload.len >= around && payload.len <= UINT16_MAX)
        status = decrypt_open(&record, arena);
    if (status != TLS_DECRYPT_OPEN) {
        tls_decrypt_pass(decrypt, side);
        return status;
    }
    *out = (struct chains_bytes){ record.room, payload.len - around };
    if (decrypt->is_13)
        decrypt_inner(out, type);
    return TLS_DECRYPT_OPEN;
}

void tls_decrypt_pass(struct tls_decrypt *decrypt, enum chains_side side)
{
    decrypt->side[side].sequence++;
    decrypt->side[side].unopened++;
}

/* The side's records have other keys from the next one on. */
static void decrypt_begin(struct decrypt_side *side, uint8_t phase)
{
    for (; side->phase < phase; side->phase++)
        tls_opener_free(&side->opener[side->phase]);
    side->sequence = side->unopened = side->opened = 0;
}

void tls_decrypt_finished(struct tls_decrypt *decrypt, enum chains_side side)
{
    if (decrypt->side[side].phase < PHASE_TRAFFIC)
        decrypt_begin(&decrypt->side[side], PHASE_TRAFFIC);
}

void tls_decrypt_key_update(struct tls_decrypt *decrypt, enum chains_side side)
{
    struct decrypt_side *one = &decrypt->side[side];
    if (!decrypt->is_13 || one->phase != PHASE_TRAFFIC || !one->has_secret)
        return;
    tls_opener_free(&one->opener[PHASE_TRAFFIC]);
    /* It fails only where the record with the KeyUpdate could not have been opened either. */
    tls_secret_update(decrypt->crypto, decrypt->suite, one->secret);
    decrypt_begin(one, PHASE_TRAFFIC);
}

void tls_decrypt_end_of_early_data(struct tls_decrypt *decrypt)
{
    if (decrypt->side[CHAINS_ORIG].phase < PHASE_HANDSHAKE)
        decrypt_begin(&decrypt->side[CHAINS_ORIG], PHASE_HANDSHAKE);
}
