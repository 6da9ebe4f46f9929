/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_DECRYPT_H
#define LINKS_TLS_DECRYPT_H

#include <chains/dissect.h>
#include <chains/layer/stream.h>
#include <chains/layer/tls.h>

#include "../record/pool.h"
#include "tls_keys.h"

/*
 * The records of one connection, opened with the user's keys: TLS 1.2 and 1.3 over TCP with AES-GCM
 * and ChaCha20-Poly1305. It knows nothing of streams: records come whole, each direction in order.
 */
struct tls_decrypt;

enum tls_decrypt_status {
    TLS_DECRYPT_OPEN,    /* *out and *type say what was inside */
    TLS_DECRYPT_NO_KEYS, /* not known (yet): the record is counted, and the next one is tried */
    TLS_DECRYPT_WRONG,   /* the tag is wrong: many records of this direction were lost, or the
                            keys are not its. It is counted, and the next one is tried */
    TLS_DECRYPT_NO_MEMORY, /* for what opens records; the record is counted */
    TLS_DECRYPT_LIMITED,   /* the arena has no room: the record is counted */
};

/* What ServerHello has settled; with extended_master_secret nothing differs for us. */
struct tls_decrypt_about {
    uint16_t protocol, cipher; /* 0x0303, 0x0304; of the registry */
    uint8_t client_random[TLS_RANDOM], server_random[TLS_RANDOM];
    bool early_data;    /* the client has offered it: its first records may be early, those in
                        front of ServerHello too, which nobody need have seen */
    uint64_t passed[2]; /* encrypted records that have gone by on each side */
    struct pool *pool;  /* of what is kept; NULL: malloc() */
};

/*
 * NULL: a version or cipher that is not opened, or no memory (`*memory` is then true). Keys are asked
 * for when a record needs them.
 */
struct tls_decrypt *tls_decrypt_new(const struct tls_decrypt_about *about,
                                    struct tls_keys *keys, struct crypto *crypto, bool *memory);

/*
 * The same in front of ServerHello, for the client's early data alone: of `about` only its random and
 * what has passed count, and the suite is one that fits the key and opens the data. NULL: no memory.
 */
struct tls_decrypt *tls_decrypt_early(const struct tls_decrypt_about *about,
                                      struct tls_keys *keys, struct crypto *crypto);

/*
 * ServerHello is here: it goes on with all other records. `passed` counts for the server alone. False:
 * as where tls_decrypt_new() is NULL.
 */
bool tls_decrypt_settle(struct tls_decrypt *decrypt, const struct tls_decrypt_about *about);

/* Whether the client's latest record that was opened was early data. */
bool tls_decrypt_is_early(const struct tls_decrypt *decrypt);

void tls_decrypt_free(struct tls_decrypt *decrypt);
size_t tls_decrypt_bytes(const struct tls_decrypt *decrypt);
/* Of these, libcrypto's own, which are not in the pool. */
size_t tls_decrypt_outside(const struct tls_decrypt *decrypt);

/*
 * One record that is encrypted: its type, its old version, its payload. `side` says who sent it, the
 * client being CHAINS_ORIG. The plaintext lies in the arena; `*type` is the inner one in TLS 1.3, or
 * 0 where there is nothing but padding. In TLS 1.3 a record of any type but 23 is not encrypted (a
 * ChangeCipherSpec for middleboxes, an early alert): *out is its payload, and it does not count.
 *
 * Keys that come late are found to fit by trying: where the handshake went by unopened, the place of
 * the first record of the traffic keys is looked for among the latest 64, and where records were
 * lost, among the next 64; a side has so many tries, so that nobody can make us try for ever.
 */
enum tls_decrypt_status tls_decrypt_record(struct tls_decrypt *decrypt, enum chains_side side,
                                           uint8_t *type, uint16_t version,
                                           struct chains_bytes payload,
                                           struct chains_arena *arena,
                                           struct chains_bytes *out);

/* A record that is known not to be whole: it is counted. */
void tls_decrypt_pass(struct tls_decrypt *decrypt, enum chains_side side);

/*
 * Records that went by unopened in front of the one that this side was opened last, those of its
 * handshake left out: where it has grown, plaintext may be missing there.
 */
uint64_t tls_decrypt_lost(const struct tls_decrypt *decrypt, enum chains_side side);

/*
 * TLS 1.3: what the plaintext of this side has said: Finished (its traffic keys hold from the next
 * record on), KeyUpdate (the next ones), the client's EndOfEarlyData (its handshake keys).
 */
void tls_decrypt_finished(struct tls_decrypt *decrypt, enum chains_side side);
void tls_decrypt_key_update(struct tls_decrypt *decrypt, enum chains_side side);
void tls_decrypt_end_of_early_data(struct tls_decrypt *decrypt);

#endif
