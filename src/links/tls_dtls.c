/* SPDX-License-Identifier: MIT */
/*
 * DTLS. In: datagrams. Out: what is told of the handshake. Kept: up to a few messages of each direction
 * that are not whole; nothing once the connection is established. A message that comes again is left
 * out; a ClientHello of another random begins anew.
 */
#include "tls_dtls.h"

#include <string.h>

#include "tls_handshake.h"
#include "tls_records.h"

enum {
    RECORD_HEADER = 13,
    TYPE_ACK = 26, /* the last type of DTLS 1.3 (RFC 9147, 4.1) */
    FRAGMENT_HEADER = 12,
    VERSION_HIGH = 0xfe,
    VERSION_LOW_LEAST = 0xfc, /* DTLS 1.3; 1.2 is 0xfd, 1.0 is 0xff */
    ALERT_LEN = 2,
    SHORT_MASK = 0xe0, /* of the unified header of DTLS 1.3 */
    SHORT_BITS = 0x20,
    SHORT_HEADER = 5, /* the longest without a connection ID */
    AHEAD = 8192,     /* bytes of a message that a fragment may be in front of what has come */
    NUMBERED = 64,    /* messages of a direction */
};

struct record {
    uint8_t type;
    uint16_t epoch;
    struct chains_bytes payload;
};

struct fragment {
    uint8_t type;
    uint32_t len, offset;
    uint16_t sequence;
    struct chains_bytes bytes;
};

static bool read_record(struct chains_reader *in, struct record *record)
{
    const uint8_t *p = chains_take(in, RECORD_HEADER);
    if (!p || p[0] < TLS_CHANGE_CIPHER_SPEC || p[0] > TYPE_ACK || p[1] != VERSION_HIGH ||
        p[2] < VERSION_LOW_LEAST)
        return false;
    record->type = p[0];
    record->epoch = chains_load_be16(p + 3);
    record->payload = chains_read_bytes(in, chains_load_be16(p + 11));
    return !in->failed;
}

static bool read_fragment(struct chains_reader *in, struct fragment *fragment)
{
    const uint8_t *p = chains_take(in, FRAGMENT_HEADER);
    if (!p)
        return false;
    fragment->type = p[0];
    fragment->len = chains_load_be24(p + 1);
    fragment->sequence = chains_load_be16(p + 4);
    fragment->offset = chains_load_be24(p + 6);
    fragment->bytes = chains_read_bytes(in, chains_load_be24(p + 9));
    return !in->failed && fragment->bytes.len <= fragment->len &&
           fragment->offset <= fragment->len - fragment->bytes.len;
}

static bool is_hello(const struct record *record)
{
    struct chains_reader in = chains_reader_over(record->payload);
    struct fragment fragment;
    return record->type == TLS_HANDSHAKE && record->epoch == 0 &&
           read_fragment(&in, &fragment) && fragment.type >= TLS_CLIENT_HELLO &&
           fragment.type <= TLS_HELLO_VERIFY_REQUEST;
}

enum tls_dtls_look tls_dtls_look_at(struct chains_bytes datagram)
{
    struct chains_reader in = chains_reader_over(datagram);
    struct record record;
    if (datagram.len > SHORT_HEADER && (chains_byte(datagram, 0) & SHORT_MASK) == SHORT_BITS)
        return TLS_DTLS_SHORT;
    if (datagram.len < RECORD_HEADER || chains_byte(datagram, 1) != VERSION_HIGH ||
        !read_record(&in, &record))
        return TLS_DTLS_NONE;
    bool hello = is_hello(&record);
    while (chains_left(&in) > 0)
        if (!read_record(&in, &record))
            return hello ? TLS_DTLS_HELLO : TLS_DTLS_NONE;
    return hello ? TLS_DTLS_HELLO : TLS_DTLS_RECORDS;
}

/* ---- memory ------------------------------------------------------------------------------ */

static void close_open(struct tls_dtls *dtls)
{
    struct tls_dtls_open *open = dtls->open;
    dtls->open = NULL;
    for (size_t i = 0; open && i < 2; i++)
        for (size_t j = 0; j < TLS_DTLS_MESSAGES; j++)
            tls_buffer_free(&open->side[i].message[j].body);
    pool_give(open);
}

void tls_dtls_release(void *slot)
{
    close_open(slot);
}

size_t tls_dtls_memory(const struct tls_dtls *dtls)
{
    const struct tls_dtls_open *open = dtls->open;
    size_t bytes = open ? sizeof *open : 0;
    for (size_t i = 0; open && i < 2; i++)
        for (size_t j = 0; j < TLS_DTLS_MESSAGES; j++)
            bytes += open->side[i].message[j].body.capacity;
    return bytes;
}

static void free_message(struct tls_dtls_message *message)
{
    tls_buffer_free(&message->body);
    *message = (struct tls_dtls_message){ 0 };
}

/* ---- messages out of fragments ----------------------------------------------------------- */

/* What has come of a message, with `from` to `to` more. False: too many holes. */
static bool add_range(struct tls_dtls_message *message, uint32_t from, uint32_t to)
{
    unsigned first = 0, last;
    while (first < message->ranges && message->range[first].to < from)
        first++;
    for (last = first; last < message->ranges && message->range[last].from <= to; last++) {
        from = message->range[last].from < from ? message->range[last].from : from;
        to = message->range[last].to > to ? message->range[last].to : to;
    }
    if (last == first && message->ranges == TLS_DTLS_RANGES)
        return false;
    memmove(&message->range[first + 1], &message->range[last],
            (message->ranges - last) * sizeof message->range[0]);
    message->ranges = (uint8_t)(message->ranges + 1 - (last - first));
    message->range[first].from = from;
    message->range[first].to = to;
    return true;
}

static bool is_whole(const struct tls_dtls_message *message)
{
    return message->ranges == 1 && message->range[0].from == 0 &&
           message->range[0].to == message->len;
}

/* The message that a fragment is of, or a free one; NULL: there is none, or it contradicts. */
static struct tls_dtls_message *message_of(struct tls_dtls_message *messages,
                                           const struct fragment *fragment)
{
    struct tls_dtls_message *free_one = NULL;
    for (size_t i = 0; i < TLS_DTLS_MESSAGES; i++) {
        struct tls_dtls_message *message = &messages[i];
        if (message->ranges == 0) {
            free_one = message;
            continue;
        }
        if (message->sequence != fragment->sequence)
            continue;
        bool same = message->type == fragment->type && message->len == fragment->len;
        return same ? message : NULL;
    }
    if (!free_one)
        return NULL;
    free_one->type = fragment->type;
    free_one->len = fragment->len;
    free_one->sequence = fragment->sequence;
    return free_one;
}

static void give(struct tls_dtls_open *open, struct tls_context *context, enum chains_side side,
                 const struct fragment *fragment, struct chains_bytes body, bool too_long)
{
    tls_connection_message(
        &open->connection, context,
        &(const struct tls_connection_message){
            .type = fragment->type, .side = side, .body = body, .too_long = too_long });
    open->side[side].seen |= UINT64_C(1) << fragment->sequence;
}

static void collect(struct tls_dtls_open *open, struct tls_context *context,
                    enum chains_side side, const struct fragment *fragment)
{
    struct tls_dtls_message *message = message_of(open->side[side].message, fragment);
    if (!message) {
        context->limited = true;
        return;
    }
    uint32_t end = fragment->offset + (uint32_t)fragment->bytes.len;
    uint32_t reached = message->ranges ? message->range[message->ranges - 1].to : 0;
    if (fragment->offset > reached + AHEAD || !add_range(message, fragment->offset, end)) {
        context->limited = true;
        return;
    }
    message->body.pool = context->pool;
    if (!tls_buffer_reach(&message->body, end, message->len)) {
        context->no_memory = true;
        return;
    }
    if (fragment->bytes.len)
        memcpy(message->body.at + fragment->offset, fragment->bytes.at, fragment->bytes.len);
    if (!is_whole(message))
        return;
    give(open, context, side, fragment, (struct chains_bytes){ message->body.at, message->len },
         false);
    free_message(message);
}

static void take_fragment(struct tls_dtls_open *open, struct tls_context *context,
                          enum chains_side side, const struct fragment *fragment)
{
    if (fragment->sequence >= NUMBERED || open->side[side].seen & UINT64_C(1)
                                                                      << fragment->sequence)
        return;
    if (fragment->len > context->message_most)
        give(open, context, side, fragment, (struct chains_bytes){ NULL, 0 }, true);
    else if (fragment->bytes.len == fragment->len)
        give(open, context, side, fragment, fragment->bytes, false);
    else
        collect(open, context, side, fragment);
}

/* ---- records ----------------------------------------------------------------------------- */

/* Whether a client begins anew on these ports: its first hello again, with another random. */
static bool is_new(const struct tls_dtls_open *open, enum chains_side side,
                   const struct fragment *fragment)
{
    struct chains_reader in = chains_reader_over(fragment->bytes);
    chains_skip(&in, 2);
    const uint8_t *random = chains_take(&in, TLS_RANDOM);
    return fragment->type == TLS_CLIENT_HELLO && fragment->sequence == 0 &&
           fragment->offset == 0 && random && open->side[side].seen & 1 &&
           memcmp(random, open->connection.client_random, TLS_RANDOM) != 0;
}

/* A connection begins, in the place of the one before. */
static void open_new(struct tls_dtls *dtls, struct tls_context *context)
{
    close_open(dtls);
    dtls->open = pool_take_zeros(context->pool, sizeof *dtls->open);
    if (!dtls->open) {
        context->no_memory = true;
        return;
    }
    dtls->open->connection.over = CHAINS_TLS_OVER_DTLS;
    dtls->known = dtls->begun = true;
}

static void take_handshake(struct tls_dtls *dtls, struct tls_context *context,
                           enum chains_side side, struct chains_bytes payload)
{
    struct chains_reader in = chains_reader_over(payload);
    struct fragment fragment;
    while (chains_left(&in) > 0 && read_fragment(&in, &fragment) && !context->no_memory) {
        bool client = fragment.type == TLS_CLIENT_HELLO;
        bool anew = dtls->open ? is_new(dtls->open, side, &fragment) : client || !dtls->known;
        if (anew && dtls->begun) { /* hellos without end in one datagram are nobody's */
            context->limited = true;
            return;
        }
        if (anew && dtls->open)
            tls_connection_end(&dtls->open->connection, context, 0);
        if (anew)
            open_new(dtls, context);
        if (dtls->open)
            take_fragment(dtls->open, context, side, &fragment);
    }
}

static void take_plain(struct tls_dtls *dtls, struct tls_context *context,
                       enum chains_side side, const struct record *record)
{
    struct tls_dtls_open *open = dtls->open;
    if (record->type == TLS_HANDSHAKE)
        take_handshake(dtls, context, side, record->payload);
    else if (open && record->type == TLS_CHANGE_CIPHER_SPEC)
        tls_connection_ccs(&open->connection, context, side);
    else if (open && record->type == TLS_ALERT && record->payload.len == ALERT_LEN)
        tls_connection_alert(&open->connection, context, side, record->payload.at, 0);
}

/* A record of a later epoch: ChangeCipherSpec came before it, or was lost on the way. */
static void take_encrypted(struct tls_dtls_open *open, struct tls_context *context,
                           enum chains_side side, uint8_t type, size_t len)
{
    open->connection.ccs[side] = true;
    tls_connection_encrypted(&open->connection, context, side, type, (uint32_t)len);
}

void tls_dtls_take(struct tls_dtls *dtls, struct tls_context *context, enum chains_side side,
                   struct chains_bytes datagram)
{
    struct chains_reader in = chains_reader_over(datagram);
    struct record record;
    dtls->begun = false;
    if (tls_dtls_look_at(datagram) == TLS_DTLS_SHORT) {
        if (dtls->open && tls_connection_is_13(&dtls->open->connection))
            take_encrypted(dtls->open, context, side, TLS_APPLICATION_DATA,
                           datagram.len - SHORT_HEADER);
    } else {
        while (chains_left(&in) > 0 && read_record(&in, &record) && !context->no_memory) {
            if (record.epoch == 0)
                take_plain(dtls, context, side, &record);
            else if (dtls->open)
                take_encrypted(dtls->open, context, side, record.type, record.payload.len);
        }
    }
    if (dtls->open && dtls->open->connection.established)
        close_open(dtls);
}

void tls_dtls_end(struct tls_dtls *dtls, struct tls_context *context)
{
    if (dtls->open)
        tls_connection_end(&dtls->open->connection, context, 0);
}
