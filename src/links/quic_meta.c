/* SPDX-License-Identifier: MIT */
/*
 * QUIC of any port. In: datagrams with the layer "stream", flow records. Out: the same, with the layer
 * "quic" on datagrams with long headers, and "tls" on the record that completes a message of the
 * handshake, or ends it. A flow whose first datagram is not QUIC costs one look. Datagrams of QUIC are
 * eaten: what is left of them is encrypted.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/flow.h>
#include <chains/layer/quic.h>
#include <chains/layer/udp.h>

#include "../record/batch.h"
#include "flow_end.h"
#include "flow_slots.h"
#include "quic_flow.h"
#include "quic_meta.h"

enum {
    CRYPTO_KIB = 16,
    CRYPTO_KIB_MOST = 1024,
    UDP_HEADER = 8,
};

struct quic_meta {
    struct crypto *crypto;
    struct quic_opener *opener;
    uint32_t crypto_most;
    size_t memory; /* when it was open */
};

static const struct chains_name packet_names[] = {
    { CHAINS_QUIC_INITIAL, "initial" },
    { CHAINS_QUIC_ZERO_RTT, "0rtt" },
    { CHAINS_QUIC_HANDSHAKE, "handshake" },
    { CHAINS_QUIC_RETRY, "retry" },
    { CHAINS_QUIC_VERSION_NEGOTIATION, "version_negotiation" },
    { CHAINS_QUIC_SHORT, "short" },
    { CHAINS_QUIC_OTHER, "other" },
    { 0, NULL },
};

static const struct chains_name weird_names[] = {
    { CHAINS_QUIC_BAD_LENGTH, "bad_length" },
    { CHAINS_QUIC_BAD_FRAME, "bad_frame" },
    { CHAINS_QUIC_SHORT_INITIAL, "short_initial" },
    { CHAINS_QUIC_NOT_OPENED, "not_opened" },
    { CHAINS_QUIC_LIMITED, "limited" },
    { CHAINS_QUIC_OVERLAP, "overlap" },
    { CHAINS_QUIC_BAD_ID, "bad_id" },
    { 0, NULL },
};

/* RFC 9000, 20.1; from 0x100 on it is an alert of TLS. */
static const struct chains_name close_names[] = {
    { 0x00, "no_error" },
    { 0x01, "internal_error" },
    { 0x02, "connection_refused" },
    { 0x03, "flow_control_error" },
    { 0x04, "stream_limit_error" },
    { 0x05, "stream_state_error" },
    { 0x06, "final_size_error" },
    { 0x07, "frame_encoding_error" },
    { 0x08, "transport_parameter_error" },
    { 0x09, "connection_id_limit_error" },
    { 0x0a, "protocol_violation" },
    { 0x0b, "invalid_token" },
    { 0x0c, "application_error" },
    { 0x0d, "crypto_buffer_exceeded" },
    { 0x0e, "key_update_error" },
    { 0x0f, "aead_limit_reached" },
    { 0x10, "no_viable_path" },
    { 0x11, "version_negotiation_error" }, /* RFC 9368 */
    { 0, NULL },
};

static const struct chains_field quic_fields[] = {
    CHAINS_FIELD(chains_quic, version, UINT, "version; 0: version negotiation"),
    CHAINS_FIELD_AS(chains_quic, "version_name", version, NAMED, "its name", .omit_zero = 1,
                    .names = quic_version_names),
    CHAINS_FIELD(chains_quic, packets, FLAGS, "kinds of packets in the datagram",
                 .names = packet_names),
    CHAINS_FIELD(chains_quic, count, UINT, "how many packets"),
    CHAINS_FIELD(chains_quic, opened, UINT, "Initial packets that were opened", .omit_zero = 1),
    CHAINS_FIELD(chains_quic, dcid, HEX, "destination connection ID", .omit_zero = 1),
    CHAINS_FIELD(chains_quic, scid, HEX, "source connection ID", .omit_zero = 1),
    CHAINS_FIELD(chains_quic, original_dcid, HEX,
                 "the client's first destination, by which the connection goes",
                 .omit_zero = 1),
    CHAINS_FIELD_NUMBERS(chains_quic, versions, uint32_t, "what a version negotiation offers",
                         .names = quic_version_names),
    CHAINS_FIELD(chains_quic, token_len, UINT, "bytes of the token of an Initial or a Retry",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_quic, close, UINT,
                 "error code of a CONNECTION_CLOSE in an Initial; from 256 on a TLS alert",
                 .has = CHAINS_QUIC_HAS_CLOSE),
    CHAINS_FIELD_AS(chains_quic, "close_name", close, NAMED, "its name",
                    .has = CHAINS_QUIC_HAS_CLOSE, .names = close_names),
    CHAINS_FIELD(chains_quic, weird, FLAGS, "oddities", .names = weird_names, .omit_zero = 1),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_quic_type = {
    .slot = "quic",
    .name = "quic",
    .size = sizeof(struct chains_quic),
    .fields = quic_fields,
    .id = CHAINS_ID_quic,
    .slot_id = CHAINS_SLOT_quic,
};

static const struct chains_layer_type *const quic_layers[] = { &chains_quic_type,
                                                               &chains_tls_type, NULL };

static int quic_meta_create(chains_component *self)
{
    const struct chains_quic_meta_options *options = chains_options(self);
    if (options->crypto_kib > CRYPTO_KIB_MOST)
        return chains_fail(chains_about(self, "crypto_kib", 0), CHAINS_EUSAGE,
                           "crypto_kib is at most %d", CRYPTO_KIB_MOST);
    return CHAINS_OK;
}

static int quic_meta_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_stream)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "no layer \"stream\" here: put flows before it, with its packets");
}

static void quic_meta_close(chains_component *self)
{
    struct quic_meta *meta = chains_state(self);
    quic_opener_free(meta->opener);
    crypto_free(meta->crypto);
    meta->opener = NULL;
    meta->crypto = NULL;
}

static int quic_meta_open(chains_component *self)
{
    struct quic_meta *meta = chains_state(self);
    const struct chains_quic_meta_options *options = chains_options(self);
    meta->crypto_most = (options->crypto_kib ? options->crypto_kib : CRYPTO_KIB) * 1024;
    meta->crypto = crypto_new();
    meta->opener = meta->crypto ? quic_opener_new(meta->crypto) : NULL;
    meta->memory = quic_opener_bytes();
    if (meta->opener)
        return CHAINS_OK;
    quic_meta_close(self);
    return chains_fail(
        self, CHAINS_EMEM,
        "no memory for what opens packets, or libcrypto is without AES or SHA-256");
}

/* The state of a datagram's flow; NULL: it is not QUIC, or may have none. */
static struct quic_flow *quic_meta_flow(chains_component *self, struct chains_record *rec)
{
    struct quic_flow *flow = chains_flow_find(self, rec);
    if (flow)
        return flow;
    if (!quic_is_plausible(rec->rest)) {
        chains_flow_done(self, rec);
        return NULL;
    }
    return chains_flow_slot(self, rec, sizeof *flow, quic_flow_release);
}

/* What a datagram, or the end of its flow, has brought. */
static int quic_meta_told(chains_component *self, struct chains_record *rec,
                          struct quic_flow *flow, const struct quic_flow_run *run)
{
    if (run->limited)
        chains_count_limited(self);
    if (run->broken)
        chains_mark(self, rec, run->whole ? CHAINS_BROKEN : CHAINS_CUT);
    if (run->attached) {
        struct chains_quic *quic = chains_attach(self, rec, &chains_quic_type);
        *quic = run->quic;
        chains_flow_service(rec, "quic");
    }
    int told = CHAINS_OK;
    if (!(rec->present & CHAINS_PRESENT_tls)) /* some other component's */
        told = tls_message_attach(self, rec, run->out);
    if (quic_flow_memory(flow) != flow->charged) {
        flow->charged = quic_flow_memory(flow);
        flow_slots_charge(self, rec, flow->charged, 0);
    }
    if (told == CHAINS_OK && run->no_memory)
        told = chains_fail(self, CHAINS_EMEM, "no memory for a QUIC connection");
    return told;
}

static struct quic_flow_run quic_meta_run(const chains_component *self,
                                          const struct chains_record *rec,
                                          struct tls_message_list *out)
{
    const struct quic_meta *meta = chains_state(self);
    return (struct quic_flow_run){
        .pool = flow_slots_pool(rec),
        .opener = meta->opener,
        .out = out,
        .crypto_most = meta->crypto_most,
        .time_ns = rec->time_ns,
    };
}

static int quic_meta_datagram(chains_component *self, struct chains_record *rec,
                              struct tls_message_list *out)
{
    const struct chains_udp *udp = chains_get(rec, udp);
    const struct chains_stream *stream = chains_get(rec, stream);
    if (!udp || rec->rest.len == 0)
        return CHAINS_OK;
    struct quic_flow *flow = quic_meta_flow(self, rec);
    if (!flow)
        return CHAINS_OK;
    struct quic_flow_run run = quic_meta_run(self, rec, out);
    run.wire_len = udp->len > UDP_HEADER ? (uint32_t)udp->len - UDP_HEADER : 0;
    run.whole = rec->rest.len >= run.wire_len;
    if (run.whole)
        run.wire_len = (uint32_t)rec->rest.len;
    enum quic_flow_status status =
        quic_flow_take(flow, &run, (enum chains_side)stream->side, rec->rest);
    int told = quic_meta_told(self, rec, flow, &run);
    const bool eaten = run.attached || flow->connection[0];
    if (status == QUIC_FLOW_DONE)
        chains_flow_done(self, rec); /* there may be no `flow` behind this */
    if (eaten) {
        rec->rest = chains_behind(rec->rest, rec->rest.len);
        rec->next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
    }
    return told;
}

static int quic_meta_end(chains_component *self, struct chains_record *rec,
                         struct tls_message_list *out)
{
    const struct chains_flow *end = chains_get(rec, flow);
    struct quic_flow *flow = chains_flow_find(self, rec);
    chains_flow_service(rec, NULL);
    if (!flow || end->interim)
        return CHAINS_OK;
    struct quic_flow_run run = quic_meta_run(self, rec, out);
    run.goes_on = flow_end_is_ours(end);
    quic_flow_end(flow, &run);
    return quic_meta_told(self, rec, flow, &run);
}

static int quic_meta_record(chains_component *self, struct chains_record *rec,
                            struct chains_arena *arena)
{
    const struct quic_meta *meta = chains_state(self);
    const struct chains_quic_meta_options *options = chains_options(self);
    struct tls_message_list out = {
        .arena = arena,
        .crypto = meta->crypto,
        .ja3 = options->ja3,
    };
    if (rec->present & CHAINS_PRESENT_stream)
        return quic_meta_datagram(self, rec, &out);
    return rec->present & CHAINS_PRESENT_flow ? quic_meta_end(self, rec, &out) : CHAINS_OK;
}

static int quic_meta_many(chains_component *self, struct chains_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        int status = quic_meta_record(self, batch->live[i], &batch->arena);
        if (status < 0) {
            batch->count = i;
            return status;
        }
    }
    return CHAINS_OK;
}

static void quic_meta_memory(const chains_component *self, struct chains_memory *memory)
{
    (void)self;
    memory->least = memory->usual = quic_opener_bytes();
}

static void quic_meta_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct quic_meta *meta = chains_state(self);
    stats->memory = meta->memory;
}

static const struct chains_field quic_meta_options[] = {
    CHAINS_FIELD(chains_quic_meta_options, ja3, BOOL, "JA3 and JA3S beside JA4"),
    CHAINS_FIELD(chains_quic_meta_options, crypto_kib, UINT,
                 "bytes of a handshake kept of one direction of a connection, in KiB",
                 .preset = "16"),
    CHAINS_FIELDS_END,
};

const struct chains_class quic_meta_class = {
    .name = "quic_meta",
    .brief = "QUIC connections and the TLS hellos inside them",
    .role = CHAINS_LINK,
    .takes = CHAINS_STREAMS,
    .state_size = sizeof(struct quic_meta),
    .options_size = sizeof(struct chains_quic_meta_options),
    .options = quic_meta_options,
    .attaches = quic_layers,
    .create = quic_meta_create,
    .check = quic_meta_check,
    .memory = quic_meta_memory,
    .open = quic_meta_open,
    .many = quic_meta_many,
    .close = quic_meta_close,
    .stats = quic_meta_stats,
};

chains_component *chains_quic_meta_new(const struct chains_quic_meta_options *options)
{
    return chains_new(&quic_meta_class, options);
}
