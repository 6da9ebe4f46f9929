/* SPDX-License-Identifier: MIT */
/*
 * TLS on one TCP connection. In: new bytes of either direction, holes, ends. Out: what is told of the
 * handshake, and the plaintext where there are keys. Kept: of each direction a record or a message
 * that is not whole; nothing as soon as there is nothing more to be had.
 */
#include "tls_flow.h"

#include <string.h>

#include "tls_flow_keys.h"
#include "tls_look.h"
#include "tls_ssl2.h"
#include "tls_start.h"

enum {
    ALERTS = 64, /* bytes of alerts in one record that are read */
    HEARTBEAT = 3,
    HEARTBEAT_REQUEST = 1,
    UNOPENED = 256, /* records without any that could be opened, before nobody tries any more */
};

/* One call of tls_flow_take() or tls_flow_end(). */
struct step {
    struct tls_flow *flow;
    struct tls_flow_open *open;
    struct tls_context *context;
    struct tls_flow_found *found;
    struct tls_flow_side *side;
    enum chains_side which;
    bool not_tls;
};

bool tls_flow_is_tls(const struct tls_flow *flow)
{
    return flow->phase == TLS_FLOW_HIDING ||
           (flow->phase == TLS_FLOW_READING && flow->open->sure);
}

bool tls_flow_is_over(const struct tls_flow *flow)
{
    return flow->phase == TLS_FLOW_HIDING && !flow->hole[0] && !flow->hole[1];
}

size_t tls_flow_memory(const struct tls_flow *flow)
{
    const struct tls_flow_open *open = flow->open;
    if (!open)
        return 0;
    size_t bytes = sizeof *open + (open->decrypt ? tls_decrypt_bytes(open->decrypt) : 0);
    for (size_t i = 0; i < 2; i++)
        bytes += open->side[i].records.piece.capacity + open->side[i].handshake.piece.capacity;
    return bytes;
}

size_t tls_flow_outside(const struct tls_flow *flow)
{
    const struct tls_flow_open *open = flow->open;
    return open && open->decrypt ? tls_decrypt_outside(open->decrypt) : 0;
}

static void close_open(struct tls_flow *flow)
{
    struct tls_flow_open *open = flow->open;
    flow->open = NULL;
    if (!open)
        return;
    tls_decrypt_free(open->decrypt);
    for (size_t i = 0; i < 2; i++) {
        flow->hole[i] = open->opened && open->side[i].hole;
        tls_buffer_free(&open->side[i].records.piece);
        tls_buffer_free(&open->side[i].handshake.piece);
    }
    pool_give(open);
}

void tls_flow_release(void *slot)
{
    close_open(slot);
}

/* ---- messages ---------------------------------------------------------------------------- */

enum fate { WHOLE, CUT, TOO_LONG };

static void give_message(struct step *step, const struct tls_handshake_message *message,
                         uint32_t weird, enum fate fate)
{
    tls_connection_message(&step->open->connection, step->context,
                           &(const struct tls_connection_message){
                               .type = message->type,
                               .side = step->which,
                               .body = message->body,
                               .weird = weird | step->side->weird,
                               .cut = fate == CUT,
                               .too_long = fate == TOO_LONG,
                           });
    step->side->weird = 0;
    tls_flow_keys_ask(step->open, step->context);
}

/* The message under way will not be whole. */
static void cut_message(struct step *step, uint32_t weird)
{
    struct tls_handshake_message message;
    if (step->open->sure && tls_handshake_cut(&step->side->handshake, &message))
        give_message(step, &message, weird, CUT);
}

/* The client being CHAINS_ORIG, as those who decrypt want it. */
static enum chains_side role_of(const struct step *step)
{
    return step->open->connection.client == step->which ? CHAINS_ORIG : CHAINS_RESP;
}

/* TLS 1.3: what a message says about the keys of the records behind it. */
static void turn_keys(struct step *step, uint8_t type)
{
    struct tls_decrypt *decrypt = step->open->decrypt;
    if (!decrypt || !tls_connection_is_13(&step->open->connection))
        return;
    if (type == TLS_FINISHED)
        tls_decrypt_finished(decrypt, role_of(step));
    if (type == TLS_KEY_UPDATE)
        tls_decrypt_key_update(decrypt, role_of(step));
    if (type == TLS_END_OF_EARLY_DATA && role_of(step) == CHAINS_ORIG)
        tls_decrypt_end_of_early_data(decrypt);
}

/* The first message says whether this is TLS at all. */
static bool is_hello(const struct tls_handshake *handshake)
{
    return handshake->head[0] == TLS_CLIENT_HELLO || handshake->head[0] == TLS_SERVER_HELLO;
}

static void take_handshake(struct step *step, struct chains_bytes bytes, bool was_encrypted)
{
    struct tls_flow_side *side = step->side;
    uint32_t most = step->context->message_most;
    enum tls_handshake_found found = TLS_HANDSHAKE_WHOLE;
    while (found != TLS_HANDSHAKE_MORE && !step->context->no_memory) {
        struct tls_handshake_message message;
        found = tls_handshake_next(&side->handshake, &bytes, most, &message);
        bool header = found != TLS_HANDSHAKE_MORE || side->handshake.inside;
        if (!step->open->sure && header) {
            step->not_tls = !is_hello(&side->handshake);
            step->open->sure = !step->not_tls;
            if (step->not_tls)
                return;
        }
        if (found == TLS_HANDSHAKE_NO_MEMORY)
            step->context->no_memory = true;
        if (found != TLS_HANDSHAKE_WHOLE && found != TLS_HANDSHAKE_TOO_LONG)
            continue;
        give_message(step, &message, 0, found == TLS_HANDSHAKE_WHOLE ? WHOLE : TOO_LONG);
        if (was_encrypted)
            turn_keys(step, message.type);
    }
}

static void take_alerts(struct step *step, struct chains_bytes bytes)
{
    step->side->weird |= bytes.len % 2 ? CHAINS_TLS_BAD_LENGTH : 0u;
    for (size_t i = 0; i + 2 <= bytes.len; i += 2) {
        tls_connection_alert(&step->open->connection, step->context, step->which,
                             chains_behind(bytes, i).at, step->side->weird);
        step->side->weird = 0;
    }
}

/* RFC 6520, 4: a request says how long its payload is. */
static void take_heartbeat(struct step *step, const struct tls_part *part,
                           struct chains_bytes head)
{
    tls_connection_letter(&step->open->connection, step->which, 'B');
    struct chains_reader in = chains_reader_over(head);
    uint8_t type = chains_read_u8(&in);
    uint32_t len = chains_read_be16(&in);
    if (!in.failed && type == HEARTBEAT_REQUEST && len + HEARTBEAT > part->len)
        step->open->connection.weird |= CHAINS_TLS_HEARTBLEED;
}

/* ---- records ----------------------------------------------------------------------------- */

/* Plaintext of the run at hand, in one piece; behind a hole in it nothing more is told of it. */
static void add_plain(struct step *step, struct chains_bytes bytes)
{
    struct tls_flow_found *found = step->found;
    if (bytes.len == 0 || (step->side->hole && found->plain.len > 0))
        return;
    if (step->side->hole)
        found->hole = true;
    step->side->hole = false;
    if (found->plain.len == 0) {
        found->plain = bytes;
        return;
    }
    size_t len = found->plain.len + bytes.len;
    if (len > found->room) {
        uint8_t *at = chains_arena_take(step->context->arena, 2 * len);
        if (!at) {
            step->context->limited = step->side->hole = true;
            return;
        }
        memcpy(at, found->plain.at, found->plain.len);
        found->plain.at = at;
        found->room = 2 * len;
    }
    /* The arena's own memory, behind what is told so far. */
    memcpy((uint8_t *)(uintptr_t)found->plain.at + found->plain.len, bytes.at, bytes.len);
    found->plain.len = len;
}

/* An encrypted record is whole: what is inside goes on as if it had not been. */
static void open_record(struct step *step, const struct tls_part *part,
                        struct chains_bytes payload)
{
    uint8_t type = part->type;
    struct tls_flow_open *open = step->open;
    struct chains_bytes inside = { NULL, 0 };
    if (payload.len != part->len) { /* some of it was lost */
        tls_decrypt_pass(open->decrypt, role_of(step));
        open->unopened += open->opened ? 0 : 1;
        return;
    }
    enum tls_decrypt_status status =
        tls_decrypt_record(open->decrypt, role_of(step), &type, part->version, payload,
                           step->context->arena, &inside);
    if (status == TLS_DECRYPT_NO_MEMORY)
        step->context->no_memory = true;
    if (status == TLS_DECRYPT_LIMITED)
        step->context->limited = step->side->hole = true;
    if (status != TLS_DECRYPT_OPEN) {
        open->unopened += open->opened ? 0 : 1;
        return;
    }
    open->opened = true;
    open->early_opened = open->early_opened || open->early;
    uint64_t lost = tls_decrypt_lost(open->decrypt, role_of(step));
    if (lost > step->side->lost_records)
        step->side->hole = true;
    step->side->lost_records = lost;
    if (type == TLS_HANDSHAKE)
        take_handshake(step, inside, true);
    else if (type == TLS_ALERT)
        take_alerts(step, inside);
    else if (type == TLS_APPLICATION_DATA && !tls_flow_keys_refused(open, step->which))
        add_plain(step, inside);
}

/* The end of an encrypted record. */
static void end_encrypted(struct step *step, const struct tls_part *part,
                          struct chains_bytes payload)
{
    if (step->side->collects)
        open_record(step, part, payload);
    if (part->type == TLS_CHANGE_CIPHER_SPEC && step->open->decrypt)
        tls_flow_keys_give_up(
            step->open); /* TLS 1.2 negotiates anew: those keys are not followed */
    tls_connection_encrypted(&step->open->connection, step->context, step->which, part->type,
                             part->len);
}

static void take_encrypted(struct step *step, const struct tls_part *part)
{
    struct chains_bytes payload = { NULL, 0 };
    if (step->side->collects &&
        !tls_records_collect(&step->side->records, part, TLS_RECORD_MOST, &payload)) {
        step->context->no_memory = true;
        return;
    }
    if (part->last)
        end_encrypted(step, part, payload);
}

/* The second ClientHello of a client that has sent its ChangeCipherSpec for middleboxes before it. */
static bool holds_hello(const struct tls_part *part)
{
    struct chains_reader in = chains_reader_over(part->bytes);
    uint8_t type = chains_read_u8(&in);
    uint32_t len = chains_read_be24(&in);
    return !in.failed && type == TLS_CLIENT_HELLO && len + TLS_HANDSHAKE_HEADER == part->len;
}

static bool is_encrypted(const struct step *step, const struct tls_part *part)
{
    const struct tls_connection *connection = &step->open->connection;
    bool ccs = connection->ccs[step->which];
    if (part->type == TLS_CHANGE_CIPHER_SPEC)
        return connection->has_protocol && !tls_connection_is_13(connection) && ccs &&
               part->len > 1;
    if (tls_connection_is_13(connection))
        return part->type == TLS_APPLICATION_DATA;
    if (connection->has_protocol)
        return ccs;
    if (part->type == TLS_APPLICATION_DATA)
        return true;
    if (part->type == TLS_HANDSHAKE)
        return ccs && !holds_hello(part);
    return ccs && part->len != 2;
}

/* A record begins. False: its length cannot be. */
static bool begin_record(struct step *step, const struct tls_part *part)
{
    struct tls_flow_side *side = step->side;
    side->begun = true;
    side->passing = false;
    side->encrypted = is_encrypted(step, part);
    if (side->encrypted)
        tls_flow_keys_ask(step->open, step->context);
    side->collects = side->encrypted && tls_flow_keys_open(step->open, step->which, part->type);
    if (side->encrypted && !side->collects) {
        side->passed++; /* there may be keys for what follows */
        side->hole = side->hole || part->type == TLS_APPLICATION_DATA;
    }
    bool plain = !side->encrypted && part->type == TLS_HANDSHAKE;
    if (part->len <= TLS_RECORD_MOST)
        return true;
    side->weird |= CHAINS_TLS_BAD_LENGTH;
    return plain; /* messages know their own length */
}

static void take_part(struct step *step, const struct tls_part *part)
{
    struct tls_flow_side *side = step->side;
    struct chains_bytes whole;
    uint32_t most = part->type == TLS_HEARTBEAT ? HEARTBEAT : ALERTS;
    if (part->first && !begin_record(step, part)) {
        side->lost = true;
        return;
    }
    if (side->encrypted) {
        take_encrypted(step, part);
        return;
    }
    if (part->type == TLS_HANDSHAKE) {
        if (!side->passing)
            take_handshake(step, part->bytes, false);
        return;
    }
    if (!tls_records_collect(&side->records, part, most, &whole)) {
        step->context->no_memory = true;
        return;
    }
    if (!part->last)
        return;
    if (part->type == TLS_ALERT)
        take_alerts(step, whole);
    else if (part->type == TLS_HEARTBEAT)
        take_heartbeat(step, part, whole);
    else if (part->type == TLS_CHANGE_CIPHER_SPEC)
        tls_connection_ccs(&step->open->connection, step->context, step->which);
    else
        tls_connection_letter(&step->open->connection, step->which, 'D');
}

/* A header that is none. */
static void bad_record(struct step *step)
{
    struct tls_flow_side *side = step->side;
    if (!step->open->sure) {
        step->not_tls = true;
    } else if (!side->begun) {
        side->foreign = true;
    } else {
        cut_message(step, CHAINS_TLS_UNEXPECTED);
        side->weird |= CHAINS_TLS_UNEXPECTED;
        side->lost = true;
    }
}

/* Bytes of a message in the form of SSL 2.0. */
static void take_ssl2(struct step *step, struct chains_bytes *bytes)
{
    struct tls_flow_side *side = step->side;
    struct chains_reader in = chains_reader_over(*bytes);
    size_t count = chains_left(&in) < side->ssl2 ? chains_left(&in) : side->ssl2;
    uint32_t all = side->records.piece.held + side->ssl2;
    if (!tls_buffer_add(&side->records.piece, chains_read_bytes(&in, count), all)) {
        step->context->no_memory = true;
        return;
    }
    side->ssl2 = (uint16_t)(side->ssl2 - count);
    *bytes = chains_rest(&in);
    if (side->ssl2 > 0)
        return;
    tls_ssl2_take(&step->open->connection, step->context, step->which,
                  tls_buffer_bytes(&side->records.piece));
    tls_buffer_free(&side->records.piece);
    side->begun = true;
}

/* Whether a server answers in the form of SSL 2.0; the header is taken then. */
static void begin_ssl2(struct step *step, struct chains_bytes *bytes)
{
    uint32_t len = tls_ssl2_len(*bytes);
    if (len == 0)
        return;
    *bytes = chains_behind(*bytes, 2);
    step->side->ssl2 = (uint16_t)len;
}

static void read_records(struct step *step, struct chains_bytes bytes)
{
    struct tls_flow_side *side = step->side;
    if (step->open->ssl2 && !side->begun && side->ssl2 == 0)
        begin_ssl2(step, &bytes);
    if (side->ssl2 > 0)
        take_ssl2(step, &bytes);
    while (!side->lost && !side->foreign && !step->not_tls && !step->context->no_memory) {
        struct tls_part part;
        enum tls_records_found found = tls_records_next(&side->records, &bytes, &part);
        if (found == TLS_RECORDS_MORE)
            break;
        if (found == TLS_RECORDS_BAD)
            bad_record(step);
        else
            take_part(step, &part);
        if (step->open->unopened >= UNOPENED)
            tls_flow_keys_give_up(step->open);
        tls_flow_keys_check(step->open, step->context);
    }
}

/* ---- holes and ends ---------------------------------------------------------------------- */

static void lose(struct step *step)
{
    cut_message(step, CHAINS_TLS_GAP);
    step->side->lost = true;
    step->open->connection.doubt = true;
}

/* Bytes are missing. */
static void skip(struct step *step, uint64_t gap)
{
    struct tls_flow_side *side = step->side;
    struct tls_records *records = &side->records;
    side->weird |= CHAINS_TLS_GAP;
    if (side->lost || side->foreign)
        return;
    if (side->ssl2 > 0 || !tls_records_skip(records, gap)) {
        lose(step);
        return;
    }
    if (!side->encrypted && records->type == TLS_HANDSHAKE) {
        cut_message(step, CHAINS_TLS_GAP);
        side->passing = !tls_handshake_skip(&side->handshake, gap) && records->inside;
        step->open->connection.doubt = true;
    }
    if (side->encrypted && !records->inside) {
        struct tls_part part = { .type = records->type,
                                 .version = records->version,
                                 .len = records->len };
        end_encrypted(step, &part, tls_buffer_bytes(&records->piece));
    }
}

static void end_side(struct step *step, enum chains_side which)
{
    step->which = which;
    step->side = &step->open->side[which];
    step->side->closed = true;
    cut_message(step, CHAINS_TLS_UNFINISHED);
}

static void end_both(struct step *step)
{
    bool client_first = step->open->connection.client == CHAINS_ORIG;
    end_side(step, client_first ? CHAINS_ORIG : CHAINS_RESP);
    end_side(step, client_first ? CHAINS_RESP : CHAINS_ORIG);
    uint32_t weird = step->open->side[0].weird | step->open->side[1].weird;
    tls_connection_end(&step->open->connection, step->context, weird);
}

/* Whether there is nothing more to be had. */
static bool is_over(const struct tls_flow_open *open)
{
    bool blind = (open->side[0].lost || open->side[0].closed) &&
                 (open->side[1].lost || open->side[1].closed);
    bool told = open->connection.established || open->connection.doubt;
    return (open->connection.established && !open->decrypt) || (blind && told);
}

static enum tls_flow_status finish(struct step *step, enum tls_flow_status status)
{
    struct tls_flow *flow = step->flow;
    if (step->context->no_memory)
        return TLS_FLOW_NO_MEMORY;
    if (step->not_tls) {
        close_open(flow);
        return TLS_FLOW_DONE;
    }
    if (flow->phase == TLS_FLOW_READING && flow->open->sure && is_over(flow->open)) {
        close_open(flow);
        flow->phase = TLS_FLOW_HIDING;
    }
    return status;
}

static enum tls_flow_status read_run(struct step *step, const struct chains_stream *stream,
                                     struct chains_bytes bytes)
{
    bool foreign = step->side->foreign;
    if (stream->gap)
        skip(step, stream->gap);
    if (bytes.len)
        read_records(step, bytes);
    foreign = foreign || step->side->foreign;
    if (stream->marks & CHAINS_STREAM_RESETS && !step->not_tls) {
        end_both(step);
    } else if (stream->marks & CHAINS_STREAM_CLOSES && !step->not_tls) {
        end_side(step, step->which);
        if (step->open->side[0].closed && step->open->side[1].closed)
            end_both(step);
    }
    step->found->mine = !foreign && !step->not_tls;
    return finish(step, TLS_FLOW_ON);
}

/* ---- all of it --------------------------------------------------------------------------- */

enum tls_flow_status tls_flow_take(struct tls_flow *flow, struct tls_context *context,
                                   const struct chains_stream *stream,
                                   struct chains_bytes bytes, struct tls_flow_found *found)
{
    enum chains_side which = stream->side == CHAINS_RESP ? CHAINS_RESP : CHAINS_ORIG;
    *found = (struct tls_flow_found){ .mine = flow->phase == TLS_FLOW_HIDING,
                                      .hole = flow->hole[which] };
    flow->hole[which] = false;
    bool fresh = flow->phase != TLS_FLOW_READING;
    if (flow->phase != TLS_FLOW_READING && flow->phase != TLS_FLOW_HIDING) {
        enum tls_flow_status status = tls_look(flow, context->pool, stream, bytes);
        found->mine = flow->phase == TLS_FLOW_HIDING;
        context->no_memory |= status == TLS_FLOW_NO_MEMORY;
        if (status != TLS_FLOW_ON)
            return status;
    }
    if (flow->phase != TLS_FLOW_READING)
        return TLS_FLOW_ON;
    struct step step = {
        .flow = flow,
        .open = flow->open,
        .context = context,
        .found = found,
        .side = &flow->open->side[which],
        .which = which,
    };
    struct chains_stream without = *stream;
    without.gap = 0; /* what is missing in front of the first bytes is not of TLS */
    return read_run(&step, fresh ? &without : stream, bytes);
}

enum tls_flow_status tls_flow_end(struct tls_flow *flow, struct tls_context *context)
{
    struct tls_flow_found found = { .mine = false };
    if (!flow->open)
        return TLS_FLOW_DONE;
    struct step step = {
        .flow = flow, .open = flow->open, .context = context, .found = &found
    };
    end_both(&step);
    return context->no_memory ? TLS_FLOW_NO_MEMORY : TLS_FLOW_DONE;
}
