/* SPDX-License-Identifier: MIT */
/*
 * TLS of any port, and DTLS. In: packets with the layer "stream", events behind a hole, flow records.
 * Out: the same, with the layer "tls" on those that end something of a handshake. What is TLS is taken
 * out of `rest`: there is plaintext instead where the user has the keys, else nothing. A flow whose
 * first bytes are neither TLS nor may lead to it costs one look.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/flow.h>
#include <chains/layer/stream.h>
#include <chains/layer/tls.h>
#include <chains/layer/udp.h>

#include <string.h>

#include "../record/batch.h"
#include "../record/row.h"
#include "flow_end.h"
#include "flow_slots.h"
#include "tls_dtls.h"
#include "tls_flow.h"
#include "tls_look.h"
#include "tls_sizes.h"

enum {
    MESSAGE_KIB = 64,
    MESSAGE_KIB_MOST = 1024,
    CERTIFICATES_MOST = 65536,
    SECRETS_MOST = 1 << 24,
    WHY_ROOM = 512,
};

struct tls_meta {
    struct crypto *crypto;
    struct tls_certificates *certificates;
    struct tls_keys *keys; /* NULL: nobody has any */
    uint32_t message_most;
    size_t memory;      /* when it was closed */
    uint64_t untold[2]; /* keys that could not be read or kept, by then */
};

/* ---- options ----------------------------------------------------------------------------- */

static int above(chains_component *self, const char *option, unsigned most)
{
    return chains_fail(chains_about(self, option, 0), CHAINS_EUSAGE, "%s is at most %u", option,
                       most);
}

static int tls_meta_create(chains_component *self)
{
    const struct chains_tls_meta_options *options = chains_options(self);
    if (options->message_kib > MESSAGE_KIB_MOST)
        return above(self, "message_kib", MESSAGE_KIB_MOST);
    if (options->certificates > CERTIFICATES_MOST)
        return above(self, "certificates", CERTIFICATES_MOST);
    if (options->secrets > SECRETS_MOST)
        return above(self, "secrets", SECRETS_MOST);
    if (options->keylog && strcmp(options->keylog, "-") == 0)
        return chains_fail(chains_about(self, "keylog", 0), CHAINS_EUSAGE,
                           "a key log is a file that is followed while it grows: "
                           "it cannot be standard input");
    return CHAINS_OK;
}

static int tls_meta_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_stream)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "no layer \"stream\" here: put flows before it, with its packets");
}

static int no_memory(chains_component *self)
{
    return chains_fail(self, CHAINS_EMEM, "no memory for a TLS handshake");
}

static void tls_meta_free(struct tls_meta *meta)
{
    tls_certificates_free(meta->certificates);
    tls_keys_free(meta->keys);
    crypto_free(meta->crypto);
    meta->certificates = NULL;
    meta->keys = NULL;
    meta->crypto = NULL;
}

/*
 * What is read from a file has its keys already, so that a name without a file is a mistake; where
 * packets come as they happen, or through a pipe, the log may come later.
 */
static int load_keylog(chains_component *self, const struct chains_source_info *source)
{
    struct tls_meta *meta = chains_state(self);
    char why[WHY_ROOM];
    if (source->live || source->input_count == 0 || tls_keys_load(meta->keys, why, sizeof why))
        return CHAINS_OK;
    return chains_fail(chains_about(self, "keylog", 0), CHAINS_EIO, "%s", why);
}

/* Keys that are to be used, where there may be any. */
static int open_keys(chains_component *self)
{
    struct tls_meta *meta = chains_state(self);
    const struct chains_tls_meta_options *options = chains_options(self);
    struct chains_source_info source = chains_source_of(self);
    if (!options->keylog && (options->no_secrets || source.secrets_count == 0))
        return CHAINS_OK;
    meta->keys = tls_keys_new(tls_sizes_of(options, chains_share(self)).secrets);
    if (!meta->keys || (options->keylog && !tls_keys_follow(meta->keys, options->keylog)))
        return no_memory(self);
    return options->keylog ? load_keylog(self, &source) : CHAINS_OK;
}

static void tls_meta_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct chains_tls_meta_options *options = chains_options(self);
    if (options->keylog)
        tell(user, CHAINS_ACCESS_READ, options->keylog);
}

static void tls_meta_memory(const chains_component *self, struct chains_memory *memory)
{
    tls_sizes_memory(chains_options(self), memory);
}

static int tls_meta_open(chains_component *self)
{
    struct tls_meta *meta = chains_state(self);
    const struct chains_tls_meta_options *options = chains_options(self);
    uint32_t kib = options->message_kib ? options->message_kib : MESSAGE_KIB;
    struct tls_sizes sizes = tls_sizes_of(options, chains_share(self));
    meta->message_most = kib * 1024;
    meta->crypto = crypto_new();
    if (meta->crypto)
        meta->certificates = tls_certificates_new(meta->crypto, sizes.certificates);
    if (meta->certificates)
        tls_certificates_limit(meta->certificates, sizes.certificate_bytes);
    int status = meta->certificates ? open_keys(self) : no_memory(self);
    if (status != CHAINS_OK)
        tls_meta_free(meta);
    return status;
}

static size_t tls_meta_bytes(const struct tls_meta *meta)
{
    return tls_certificates_bytes(meta->certificates) + crypto_kept(meta->crypto) +
           (meta->keys ? tls_keys_bytes(meta->keys) : 0);
}

/* Last words on a key log that was of no use. */
static int tls_meta_finish(chains_component *self)
{
    struct tls_meta *meta = chains_state(self);
    char why[WHY_ROOM];
    if (meta->keys && !tls_keys_end(meta->keys, why, sizeof why))
        chains_warn(self, "%s", why);
    return CHAINS_OK;
}

static void tls_meta_close(chains_component *self)
{
    struct tls_meta *meta = chains_state(self);
    meta->memory = tls_meta_bytes(meta);
    meta->untold[0] = meta->keys ? tls_keys_bad(meta->keys) : 0;
    meta->untold[1] = meta->keys ? tls_keys_lost(meta->keys) : 0;
    tls_meta_free(meta);
}

/* ---- records ----------------------------------------------------------------------------- */

/* What is TLS is not the next reader's; what was inside is. */
static void hide(struct chains_record *rec, const struct tls_flow_found *found)
{
    static const uint8_t nothing = 0;
    struct chains_stream *stream = row_place(rec, CHAINS_SLOT_stream);
    stream->marks |= CHAINS_STREAM_INNER;
    if (found->hole)
        stream->marks |= CHAINS_STREAM_GAP; /* how much is missing is not known */
    rec->rest = found->plain.len ? found->plain : (struct chains_bytes){ &nothing, 0 };
    rec->next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
}

/* A datagram, or the end of a flow of them. */
static void tls_datagram(chains_component *self, struct chains_record *rec,
                         struct tls_context *context)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    enum tls_dtls_look look = tls_dtls_look_at(rec->rest);
    if (look == TLS_DTLS_NONE)
        return;
    struct tls_dtls *dtls = chains_flow_find(self, rec);
    if (!dtls && look == TLS_DTLS_HELLO)
        dtls = chains_flow_slot(self, rec, sizeof *dtls, tls_dtls_release);
    if (dtls) {
        enum chains_side side = stream->side == CHAINS_RESP ? CHAINS_RESP : CHAINS_ORIG;
        tls_dtls_take(dtls, context, side, rec->rest);
        if (tls_dtls_memory(dtls) != dtls->charged) {
            dtls->charged = tls_dtls_memory(dtls);
            flow_slots_charge(self, rec, dtls->charged, 0);
        }
    }
    bool ours = look != TLS_DTLS_SHORT || (dtls && dtls->known);
    if (!ours)
        return;
    chains_flow_service(rec, "dtls");
    hide(rec, &(const struct tls_flow_found){ .mine = true });
}

/* The state of a record's flow; NULL: it has none, and needs none, or may have none. */
static struct tls_flow *flow_of(chains_component *self, struct chains_record *rec,
                                const struct chains_stream *stream)
{
    struct tls_flow *flow = chains_flow_find(self, rec);
    if (rec->rest.len == 0)
        return flow;
    bool joined = stream->gap || stream->marks & CHAINS_STREAM_MIDSTREAM;
    if (!flow && !tls_look_wants(rec->rest, joined)) {
        chains_flow_done(self, rec);
        return NULL;
    }
    return chains_flow_slot(self, rec, sizeof *flow, tls_flow_release);
}

static void tls_stream(chains_component *self, struct chains_record *rec,
                       struct tls_context *context)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    struct tls_flow *flow = flow_of(self, rec, stream);
    if (!flow)
        return;
    struct tls_flow_found found;
    enum tls_flow_status status = tls_flow_take(flow, context, stream, rec->rest, &found);
    if (status == TLS_FLOW_NO_MEMORY)
        return;
    if (status == TLS_FLOW_DONE) {
        chains_flow_done(self, rec);
        return;
    }
    if (found.mine)
        hide(rec, &found);
    if (tls_flow_is_tls(flow))
        chains_flow_service(rec, "tls");
    if (tls_flow_is_over(flow) && flow_slots_settle(self, rec))
        return;
    if (tls_flow_memory(flow) != flow->charged) {
        flow->charged = tls_flow_memory(flow);
        flow_slots_charge(self, rec, flow->charged, tls_flow_outside(flow));
    }
}

/* A flow has ended: what it was carrying is told. */
static void tls_ended(chains_component *self, struct chains_record *rec,
                      struct tls_context *context)
{
    const struct chains_flow *end = chains_get(rec, flow);
    enum { UDP = 17 };
    chains_flow_service(rec, NULL);
    void *slot = end->interim ? NULL : chains_flow_find(self, rec);
    if (slot && end->protocol == UDP)
        tls_dtls_end(slot, context);
    else if (slot)
        tls_flow_end(slot, context);
}

/* Whether a record has something to look at, which was not seen to further up. */
static bool tls_has_news(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    enum { ENDS = CHAINS_STREAM_CLOSES | CHAINS_STREAM_RESETS };
    if (!stream)
        return rec->present & CHAINS_PRESENT_flow;
    if (stream->marks & CHAINS_STREAM_INNER)
        return false;
    return rec->rest.len > 0 || stream->gap || stream->marks & ENDS;
}

/* How the flow of a record stands; ends of flows and datagrams are looked at, each of them. */
static enum flow_slots_standing tls_standing(const chains_component *self,
                                             const struct chains_record *rec)
{
    bool each = !chains_get(rec, stream) || rec->present & CHAINS_PRESENT_udp;
    return each ? FLOW_SLOTS_OPEN : flow_slots_standing(self, rec);
}

static int tls_record(chains_component *self, struct chains_record *rec,
                      struct chains_arena *arena)
{
    struct tls_meta *meta = chains_state(self);
    const struct chains_tls_meta_options *options = chains_options(self);
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *end = chains_get(rec, flow);
    struct tls_message_list out = { .arena = arena,
                                    .crypto = meta->crypto,
                                    .ja3 = options->ja3 };
    struct tls_context context = {
        .out = &out,
        .certificates = meta->certificates,
        .keys = meta->keys,
        .crypto = meta->crypto,
        .arena = arena,
        .pool = flow_slots_pool(rec),
        .message_most = meta->message_most,
        .time_ns = rec->time_ns,
        .goes_on = !stream && flow_end_is_ours(end),
    };
    if (!stream)
        tls_ended(self, rec, &context);
    else if (rec->present & CHAINS_PRESENT_udp)
        tls_datagram(self, rec, &context);
    else
        tls_stream(self, rec, &context);
    if (context.limited)
        chains_count_limited(self);
    int told = tls_message_attach(self, rec, &out);
    return told == CHAINS_OK && context.no_memory ? no_memory(self) : told;
}

/* What is new of the keys. */
static int refresh(chains_component *self)
{
    struct tls_meta *meta = chains_state(self);
    const struct chains_tls_meta_options *options = chains_options(self);
    struct chains_source_info source = chains_source_of(self);
    char why[WHY_ROOM];
    if (!meta->keys)
        return CHAINS_OK;
    if (options->no_secrets)
        source.secrets_count = 0;
    if (tls_keys_refresh(meta->keys, &source, why, sizeof why))
        return CHAINS_OK;
    if (!*why)
        return chains_fail(self, CHAINS_EMEM, "no memory for the keys of the capture files");
    chains_warn(self, "%s", why);
    return CHAINS_OK;
}

static int tls_meta_many(chains_component *self, struct chains_batch *batch)
{
    int told = refresh(self);
    if (told < 0) {
        batch->count = 0;
        return told;
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct chains_record *rec = batch->live[i];
        if (!tls_has_news(rec))
            continue;
        enum flow_slots_standing standing = tls_standing(self, rec);
        if (standing == FLOW_SLOTS_SETTLED)
            hide(rec, &(const struct tls_flow_found){ .mine = true });
        if (standing != FLOW_SLOTS_OPEN)
            continue;
        int status = tls_record(self, rec, &batch->arena);
        if (status < 0) {
            batch->count = i;
            return status;
        }
    }
    return CHAINS_OK;
}

static void tls_meta_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct tls_meta *meta = chains_state(self);
    stats->memory = meta->crypto ? tls_meta_bytes(meta) : meta->memory;
    stats->limited += meta->keys ? tls_keys_bad(meta->keys) + tls_keys_lost(meta->keys)
                                 : meta->untold[0] + meta->untold[1];
}

static const struct chains_field tls_meta_options[] = {
    CHAINS_FIELD(chains_tls_meta_options, ja3, BOOL, "JA3 and JA3S, besides JA4"),
    CHAINS_FIELD(chains_tls_meta_options, keylog, TEXT,
                 "file with keys in the SSLKEYLOGFILE format, followed while it grows"),
    CHAINS_FIELD(chains_tls_meta_options, no_secrets, BOOL,
                 "do not use the keys that capture files carry"),
    CHAINS_FIELD(chains_tls_meta_options, message_kib, UINT,
                 "longest handshake message, in KiB", .preset = "64"),
    CHAINS_FIELD(chains_tls_meta_options, certificates, UINT,
                 "parsed certificates kept for when they come again", .preset = "1024"),
    CHAINS_FIELD(chains_tls_meta_options, secrets, UINT, "keys kept; the oldest goes",
                 .preset = "65536"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const tls_layers[] = { &chains_tls_type, NULL };

const struct chains_class tls_meta_class = {
    .name = "tls_meta",
    .brief = "TLS and DTLS handshakes, and with keys what is inside",
    .role = CHAINS_LINK,
    .takes = CHAINS_STREAMS,
    .state_size = sizeof(struct tls_meta),
    .options_size = sizeof(struct chains_tls_meta_options),
    .options = tls_meta_options,
    .attaches = tls_layers,
    .create = tls_meta_create,
    .check = tls_meta_check,
    .memory = tls_meta_memory,
    .open = tls_meta_open,
    .access = tls_meta_access,
    .many = tls_meta_many,
    .finish = tls_meta_finish,
    .close = tls_meta_close,
    .stats = tls_meta_stats,
};

chains_component *chains_tls_meta_new(const struct chains_tls_meta_options *options)
{
    return chains_new(&tls_meta_class, options);
}
