/* SPDX-License-Identifier: MIT */
/*
 * What stands in front of the extensions of a hello, and the versions. In: the body of a handshake
 * message. Out: struct tls_hello, whose slices point into it. A length that leads out of the message
 * ends with the message, and is marked; each list holds the whole items that are there.
 */
#include "tls_hello.h"

#include <chains/dissect.h>

#include "tls_extension.h"

/* The random of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3). */
static const uint8_t retry_random[TLS_HELLO_RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

struct chains_reader tls_part(struct tls_hello *hello, struct chains_reader *in, size_t len)
{
    if (len > chains_left(in)) {
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
        len = chains_left(in);
    }
    return chains_read_block(in, len);
}

struct tls_run tls_run_of(struct tls_hello *hello, struct chains_reader in, size_t item)
{
    if (chains_left(&in) % item)
        hello->weird |= CHAINS_TLS_BAD_LENGTH;
    uint32_t count = (uint32_t)(chains_left(&in) / item);
    return (struct tls_run){ chains_read_bytes(&in, count * item), count };
}

enum { RANK_DRAFT = 6 }; /* of TLS 1.3 */

unsigned tls_version_rank(uint16_t version)
{
    switch (version) {
    case 0x0002:
        return 1;
    case 0x0300:
    case 0x0100: /* DTLS of OpenSSL before 0.9.8f */
        return 2;
    case 0x0301:
        return 3;
    case 0x0302:
    case 0xfeff:
        return 4;
    case 0x0303:
    case 0xfefd:
        return 5;
    case 0x0304:
    case 0xfefc:
        return 7;
    default: /* the drafts of TLS 1.3 */
        return version >> 8 == 0x7f ? RANK_DRAFT : 0;
    }
}

bool tls_version_is_13(uint16_t version)
{
    return tls_version_rank(version) >= RANK_DRAFT;
}

/* Version, random and session ID: the same in all hellos. */
static void hello_begin(struct tls_hello *out, struct chains_reader *in)
{
    out->version = chains_read_be16(in);
    if (!in->failed)
        out->has |= CHAINS_TLS_HAS_VERSION;
    out->random = chains_read_bytes(in, TLS_HELLO_RANDOM);
    size_t len = chains_read_u8(in);
    if (len > 32)
        out->weird |= CHAINS_TLS_BAD_LENGTH;
    struct chains_reader id = tls_part(out, in, len);
    out->session_id = chains_rest(&id);
}

/* Behind all of it: what is offered, or agreed on, where no extension says it. */
static void hello_end(struct tls_hello *out)
{
    out->by_extension = out->has & CHAINS_TLS_HAS_PROTOCOL;
    if (!out->by_extension && out->whole) {
        out->has |= CHAINS_TLS_HAS_PROTOCOL;
        out->protocol = out->version;
    }
    unsigned rank = tls_version_rank(out->protocol);
    if (out->has & CHAINS_TLS_HAS_PROTOCOL && (rank == 1 || rank == 2))
        out->weird |= CHAINS_TLS_OLD;
}

static void hello_fixed_end(struct tls_hello *out, const struct chains_reader *in)
{
    out->whole = !in->failed && !(out->weird & CHAINS_TLS_BAD_LENGTH);
    if (in->failed)
        out->weird |= CHAINS_TLS_BAD_LENGTH;
}

/* What an offer to resume says depends on the version: since TLS 1.3 every client sends an ID. */
static void client_resumption(struct tls_hello *out)
{
    bool known = out->has & CHAINS_TLS_HAS_PROTOCOL;
    if (out->session_id.len && known && !tls_version_is_13(out->protocol))
        out->resumption |= CHAINS_TLS_BY_SESSION_ID;
}

void tls_client_hello_read(struct chains_bytes body, bool dtls, struct tls_hello *out)
{
    struct chains_reader in = chains_reader_over(body);
    *out = (struct tls_hello){ 0 };
    hello_begin(out, &in);
    if (dtls) {
        struct chains_reader cookie = tls_part(out, &in, chains_read_u8(&in));
        out->retry = chains_left(&cookie) > 0;
    }
    out->ciphers = tls_run_of(out, tls_part(out, &in, chains_read_be16(&in)), 2);
    tls_part(out, &in, chains_read_u8(&in)); /* compression methods */
    hello_fixed_end(out, &in);
    tls_client_extensions(out, &in);
    hello_end(out);
    client_resumption(out);
}

/* An extension says so; its absence says that it is not, where all of them are there. */
static void server_resumed(struct tls_hello *out)
{
    bool can = tls_version_is_13(out->protocol) && !out->retry;
    out->resumed = can && out->resumed;
    out->has &= ~(uint32_t)CHAINS_TLS_HAS_RESUMED;
    if (can && (out->whole || out->resumed))
        out->has |= CHAINS_TLS_HAS_RESUMED;
}

void tls_server_hello_read(struct chains_bytes body, struct tls_hello *out)
{
    struct chains_reader in = chains_reader_over(body);
    *out = (struct tls_hello){ 0 };
    hello_begin(out, &in);
    out->cipher = chains_read_be16(&in);
    if (!in.failed)
        out->has |= CHAINS_TLS_HAS_CIPHER;
    chains_skip(&in, 1); /* compression method */
    hello_fixed_end(out, &in);
    uint8_t differs = out->random.len != TLS_HELLO_RANDOM;
    for (size_t i = 0; i < out->random.len; i++)
        differs |= chains_byte(out->random, i) ^ retry_random[i];
    out->retry = !differs;
    tls_server_extensions(out, &in);
    hello_end(out);
    server_resumed(out);
}

void tls_hello_cut(struct tls_hello *hello)
{
    hello->whole = false;
    hello->weird &= ~(uint32_t)CHAINS_TLS_BAD_LENGTH;
    hello->resumption &= (uint8_t)~CHAINS_TLS_BY_SESSION_ID;
    if (!hello->by_extension) {
        hello->has &= ~(uint32_t)CHAINS_TLS_HAS_PROTOCOL;
        hello->protocol = 0;
        hello->weird &= ~(uint32_t)CHAINS_TLS_OLD;
    }
    server_resumed(hello);
}

void tls_old_hello_read(struct chains_bytes body, struct tls_hello *out)
{
    struct chains_reader in = chains_reader_over(body);
    *out = (struct tls_hello){ .old = true };
    out->version = chains_read_be16(&in);
    if (!in.failed)
        out->has |= CHAINS_TLS_HAS_VERSION;
    size_t ciphers = chains_read_be16(&in), id = chains_read_be16(&in),
           challenge = chains_read_be16(&in);
    out->ciphers = tls_run_of(out, tls_part(out, &in, ciphers), 3);
    struct chains_reader session = tls_part(out, &in, id);
    struct chains_reader random = tls_part(out, &in, challenge);
    out->session_id = chains_rest(&session);
    out->random = chains_rest(&random);
    hello_fixed_end(out, &in);
    if (chains_left(&in))
        out->weird |= CHAINS_TLS_BAD_LENGTH;
    hello_end(out);
    client_resumption(out);
    out->weird |= CHAINS_TLS_OLD;
}

bool tls_next_extension(struct chains_reader *in, struct tls_extension *out)
{
    const uint8_t *head = chains_take(in, 4);
    if (!head)
        return false;
    out->type = chains_load_be16(head);
    out->body = chains_read_bytes(in, chains_load_be16(head + 2));
    return !in->failed;
}

bool tls_next_protocol(struct chains_reader *in, struct chains_bytes *out)
{
    if (!chains_left(in))
        return false;
    *out = chains_read_bytes(in, chains_read_u8(in));
    return !in->failed;
}

bool tls_next_key_share(struct chains_reader *in, uint16_t *group)
{
    const uint8_t *head = chains_take(in, 4);
    if (!head)
        return false;
    *group = chains_load_be16(head);
    chains_skip(in, chains_load_be16(head + 2));
    return !in->failed;
}
