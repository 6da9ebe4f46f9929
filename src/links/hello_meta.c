/* SPDX-License-Identifier: MIT */
/*
 * ClientHellos of TLS and QUIC out of packets, where nobody needs flows. In: packets with transport
 * headers. Out: the same, with the layer "tls" on the one that completes a hello. Any other packet
 * costs a few comparisons and no memory; what is kept of hellos in parts has a ceiling. A hello that
 * is sent again is told again.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include "../bytes/shares.h"
#include "../record/batch.h"
#include "hello_early.h"
#include "tls_start.h"

#include <stdlib.h>

enum {
    ENTRIES = 256,
    ENTRIES_MOST = 32768,
    MEMORY_KIB = 1024,
    MEMORY_KIB_MOST = 1024 * 1024,
    MEMORY_KIB_LEAST = 128,
    ENTRIES_LEAST = 16,
    LONG_HEADER = 0xc0, /* the first two bits of a long header of QUIC */
    QUIC_LEAST = 44,    /* bytes of an Initial that can be opened */
    VAIN_MOST = 4096,   /* tries to open an Initial, in a second: each costs 10 us or so */
    QUIC_CLIENT_ID_LEAST = 8, /* bytes of the ID that a client makes up (RFC 9000, 7.2) */
};

/* Of packet time. */
static const uint64_t hello_second_ns = UINT64_C(1000) * 1000 * 1000;

struct hello_meta {
    struct crypto *crypto;
    int64_t second_ns; /* when a second began, */
    uint32_t vain;     /* and tries to open an Initial in it that were in vain */
    struct quic_opener *opener;
    struct hello_table *table;
    struct hello_early *early;
    size_t memory; /* when it was closed */
};

static int hello_meta_create(chains_component *self)
{
    const struct chains_hello_meta_options *options = chains_options(self);
    if (options->entries > ENTRIES_MOST)
        return chains_fail(chains_about(self, "entries", 0), CHAINS_EUSAGE,
                           "entries is at most %d", ENTRIES_MOST);
    if (options->memory_kib > MEMORY_KIB_MOST)
        return chains_fail(chains_about(self, "memory_kib", 0), CHAINS_EUSAGE,
                           "memory_kib is at most %d", MEMORY_KIB_MOST);
    return CHAINS_OK;
}

static int hello_meta_check(chains_component *self)
{
    const uint64_t types = chains_upstream_types(self);
    if (types & CHAINS_PRESENT_stream)
        return chains_fail(self, CHAINS_EUSAGE,
                           "is for packets without flows: behind flows put tls_meta and "
                           "quic_meta instead of it");
    if (types & (CHAINS_PRESENT_tcp | CHAINS_PRESENT_udp))
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "needs headers that were read: put packet_meta in front of it");
}

static int hello_no_memory(chains_component *self)
{
    return chains_fail(self, CHAINS_EMEM, "no memory for a TLS hello");
}

static size_t hello_meta_bytes(const struct hello_meta *meta)
{
    return hello_table_bytes(meta->table) + sizeof *meta->early + quic_opener_bytes();
}

static void hello_meta_free(struct hello_meta *meta)
{
    hello_table_free(meta->table);
    quic_opener_free(meta->opener);
    crypto_free(meta->crypto);
    free(meta->early);
    meta->table = NULL;
    meta->early = NULL;
    meta->opener = NULL;
    meta->crypto = NULL;
}

/* So many as belong to so much room for what they keep, unless the user says it. */
static uint32_t hello_meta_entries(const struct chains_hello_meta_options *options,
                                   uint64_t kib)
{
    const uint64_t entries = kib / (MEMORY_KIB / ENTRIES);
    if (options->entries)
        return options->entries;
    return entries < ENTRIES_LEAST  ? ENTRIES_LEAST
           : entries > ENTRIES_MOST ? ENTRIES_MOST
                                    : (uint32_t)entries;
}

static uint64_t hello_meta_takes(const void *options, uint64_t kib)
{
    return hello_table_takes(hello_meta_entries(options, kib), kib * 1024) +
           sizeof(struct hello_early) + quic_opener_bytes();
}

static void hello_meta_memory(const chains_component *self, struct chains_memory *memory)
{
    const struct chains_hello_meta_options *options = chains_options(self);
    const uint32_t kib = options->memory_kib;
    memory->least = hello_meta_takes(options, kib ? kib : MEMORY_KIB_LEAST);
    memory->usual = hello_meta_takes(options, kib ? kib : MEMORY_KIB);
}

static int hello_meta_open(chains_component *self)
{
    struct hello_meta *meta = chains_state(self);
    const struct chains_hello_meta_options *options = chains_options(self);
    const uint64_t kib = options->memory_kib
                             ? options->memory_kib
                             : shares_fit(MEMORY_KIB_LEAST, MEMORY_KIB_MOST, chains_share(self),
                                          hello_meta_takes, options);
    meta->table = hello_table_new(hello_meta_entries(options, kib), kib * 1024);
    meta->early = meta->table ? calloc(1, sizeof *meta->early) : NULL;
    meta->crypto = meta->early ? crypto_new() : NULL;
    meta->opener = meta->crypto ? quic_opener_new(meta->crypto) : NULL;
    if (meta->opener)
        return CHAINS_OK;
    hello_meta_free(meta);
    return chains_fail(self, CHAINS_EMEM,
                       "no memory for what opens packets, or libcrypto is without AES or "
                       "SHA-256, or the system has no random numbers");
}

static void hello_meta_close(chains_component *self)
{
    struct hello_meta *meta = chains_state(self);
    meta->memory = hello_meta_bytes(meta);
    hello_meta_free(meta);
}

static struct tls_message_list hello_list(const chains_component *self,
                                          struct chains_arena *arena)
{
    const struct hello_meta *meta = chains_state(self);
    const struct chains_hello_meta_options *options = chains_options(self);
    return (struct tls_message_list){
        .arena = arena,
        .crypto = meta->crypto,
        .ja3 = options->ja3,
        .no_ja4 = options->no_ja4,
    };
}

/* Entries that went are counted. */
static void hello_count_lost(chains_component *self)
{
    struct hello_meta *meta = chains_state(self);
    for (uint64_t lost = hello_table_lost(meta->table); lost > 0; lost--)
        chains_count_limited(self);
}

/* ---- TCP ------------------------------------------------------------------------------------ */

static int hello_tell(chains_component *self, struct chains_record *rec,
                      struct chains_arena *arena, struct chains_bytes body, bool cut)
{
    struct tls_message_list list = hello_list(self, arena);
    struct tls_hello read;
    tls_client_hello_read(body, false, &read);
    if (cut)
        tls_hello_cut(&read);
    struct chains_tls_message *hello = tls_message_of_client(&list, CHAINS_TLS_OVER_TCP, &read);
    if (hello && cut)
        hello->weird |= CHAINS_TLS_GAP;
    return tls_message_attach(self, rec, &list);
}

/* A hello that has begun and is not whole: kept, unless what came ahead of it completes it. */
static enum hello_found hello_begin(chains_component *self, const struct chains_record *rec,
                                    struct hello_stream *first, struct chains_bytes *body)
{
    struct hello_meta *meta = chains_state(self);
    struct hello_key key;
    if (!hello_key_of(rec, &key))
        return HELLO_NONE;
    enum hello_found found = hello_early_give(meta->early, &key, rec->time_ns, first, body);
    if (found != HELLO_MORE)
        return found;
    struct hello_entry *entry = hello_table_add(meta->table, &key, rec->time_ns);
    if (!entry)
        return HELLO_NO_MEMORY;
    entry->stream = *first;
    hello_table_charge(meta->table, entry);
    return HELLO_MORE;
}

/* `entry` NULL: a hello may begin here. */
static int hello_segment(chains_component *self, struct chains_record *rec, uint32_t seq,
                         struct hello_entry *entry, struct chains_arena *arena)
{
    struct hello_meta *meta = chains_state(self);
    struct hello_stream first = {
        .next = seq,
        .handshake.piece.pool = hello_table_pool(meta->table),
    };
    struct hello_stream *stream = entry ? &entry->stream : &first;
    struct chains_bytes body;
    int status = CHAINS_OK;
    enum hello_found found = hello_stream_take(stream, seq, rec->rest, &body);
    const bool cut = found == HELLO_MORE && rec->flags & CHAINS_SNAPPED;
    if (cut)
        found = hello_stream_cut(stream, &body) ? HELLO_WHOLE : HELLO_NONE;
    if (found == HELLO_MORE && !entry)
        found = hello_begin(self, rec, &first, &body);
    switch (found) {
    case HELLO_MORE:
    case HELLO_LIMITED:
        if (found == HELLO_LIMITED)
            chains_count_limited(self);
        if (entry)
            hello_table_charge(meta->table, entry);
        return CHAINS_OK;
    case HELLO_WHOLE:
        status = hello_tell(self, rec, arena, body, cut);
        break;
    case HELLO_NONE:
        break;
    case HELLO_NO_MEMORY:
        status = hello_no_memory(self);
        break;
    }
    if (entry)
        hello_table_remove(meta->table, entry);
    else
        hello_stream_free(&first);
    return status;
}

/* What waits for this segment; `starts`: unless that begins a hello on ports that are used again. */
static struct hello_entry *hello_waiting(struct hello_meta *meta,
                                         const struct chains_record *rec, uint32_t seq,
                                         bool starts)
{
    struct hello_key key;
    hello_table_expire(meta->table, rec->time_ns);
    if (!hello_key_of(rec, &key))
        return NULL;
    struct hello_entry *entry = hello_table_find(meta->table, &key);
    if (!entry || hello_stream_near(&entry->stream, seq))
        return entry;
    if (starts)
        hello_table_remove(meta->table, entry);
    return NULL;
}

static int hello_tcp(chains_component *self, struct chains_record *rec,
                     const struct chains_tcp *tcp, struct chains_arena *arena)
{
    const bool syn = tcp->flags & CHAINS_TCP_SYN;
    if (rec->rest.len == 0 && !syn)
        return CHAINS_OK;
    struct hello_meta *meta = chains_state(self);
    const uint32_t seq = tcp->seq + (syn ? 1 : 0);
    struct hello_ports *ports = hello_table_ports(meta->table, tcp->sport, tcp->dport);
    if (syn && !(tcp->flags & CHAINS_TCP_ACK))
        hello_early_open(ports, tcp->sport, tcp->dport, seq);
    if (rec->rest.len == 0)
        return CHAINS_OK;
    if (ports->early > 0 && ports->sport == tcp->sport && ports->dport == tcp->dport)
        hello_early_see(meta->early, ports, rec, seq);
    const bool starts = chains_byte(rec->rest, 0) == TLS_HANDSHAKE &&
                        tls_start_of(rec->rest) == TLS_START_CLIENT;
    struct hello_entry *entry = ports->waiting ? hello_waiting(meta, rec, seq, starts) : NULL;
    return entry || starts ? hello_segment(self, rec, seq, entry, arena) : CHAINS_OK;
}

/* ---- QUIC ----------------------------------------------------------------------------------- */

/* Whether it begins with an Initial whose destination a client may have made up. */
static bool hello_is_initial(struct chains_bytes datagram)
{
    struct chains_reader in = chains_reader_over(datagram);
    struct chains_reader version = in;
    struct quic_header header;
    chains_skip(&version, 1);
    return quic_version_of(chains_read_be32(&version)) == QUIC_VERSION_READ &&
           quic_header_read(&in, &header) == CHAINS_PARSED &&
           header.kind == CHAINS_QUIC_INITIAL && !header.cut &&
           header.dcid.len >= QUIC_CLIENT_ID_LEAST;
}

static bool hello_is_there(const struct tls_message_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->items[i].kind == CHAINS_TLS_CLIENT_HELLO)
            return true;
    return false;
}

static int hello_quic_wait(chains_component *self, struct hello_entry *entry,
                           const struct hello_key *key, struct quic_flow *first,
                           int64_t time_ns)
{
    struct hello_meta *meta = chains_state(self);
    if (!entry) {
        entry = hello_table_add(meta->table, key, time_ns);
        if (!entry) {
            quic_flow_release(first);
            return hello_no_memory(self);
        }
        entry->quic = *first;
    }
    hello_table_charge(meta->table, entry);
    return CHAINS_OK;
}

/* Forged Initials may not take more than a part of our time. */
static bool hello_may_try(struct hello_meta *meta, int64_t now_ns)
{
    if ((uint64_t)now_ns - (uint64_t)meta->second_ns >= hello_second_ns) {
        meta->second_ns = now_ns;
        meta->vain = 0;
    }
    return meta->vain < VAIN_MOST;
}

static int hello_quic_take(chains_component *self, struct chains_record *rec,
                           const struct hello_key *key, struct chains_arena *arena)
{
    struct hello_meta *meta = chains_state(self);
    hello_table_expire(meta->table, rec->time_ns);
    struct hello_entry *entry = hello_table_find(meta->table, key);
    struct tls_message_list list = hello_list(self, arena);
    if (!entry && !hello_may_try(meta, rec->time_ns)) {
        chains_count_limited(self);
        return CHAINS_OK;
    }
    struct quic_flow first = { 0 };
    struct quic_flow *flow = entry ? &entry->quic : &first;
    struct quic_flow_run run = {
        .opener = meta->opener,
        .out = &list,
        .pool = hello_table_pool(meta->table),
        .crypto_most = HELLO_MOST,
        .time_ns = rec->time_ns,
        .wire_len = (uint32_t)rec->rest.len,
        .whole = true,
    };
    const enum quic_flow_status status = quic_flow_take(flow, &run, CHAINS_ORIG, rec->rest);
    const bool there = hello_is_there(&list);
    meta->vain += run.quic.opened == 0;
    if (run.limited)
        chains_count_limited(self);
    /* One whose bytes are of no interest any more has sent something else. */
    const bool waits = !there && !run.no_memory && status == QUIC_FLOW_ON &&
                       flow->connection[0] && !flow->connection[0]->side[QUIC_CLIENT].closed;
    if (waits)
        return hello_quic_wait(self, entry, key, &first, rec->time_ns);
    if (entry)
        hello_table_remove(meta->table, entry);
    else
        quic_flow_release(&first);
    if (run.no_memory)
        return hello_no_memory(self);
    return there ? tls_message_attach(self, rec, &list) : CHAINS_OK;
}

static int hello_udp(chains_component *self, struct chains_record *rec,
                     struct chains_arena *arena)
{
    struct hello_key key;
    if (rec->rest.len < QUIC_LEAST ||
        (chains_byte(rec->rest, 0) & LONG_HEADER) != LONG_HEADER ||
        !hello_is_initial(rec->rest) || !hello_key_of(rec, &key))
        return CHAINS_OK;
    return hello_quic_take(self, rec, &key, arena);
}

/* ---- records -------------------------------------------------------------------------------- */

static int hello_meta_record(chains_component *self, struct chains_record *rec,
                             struct chains_arena *arena)
{
    if (rec->present & CHAINS_PRESENT_tls)
        return CHAINS_OK;
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    if (tcp)
        return hello_tcp(self, rec, tcp, arena);
    return rec->present & CHAINS_PRESENT_udp ? hello_udp(self, rec, arena) : CHAINS_OK;
}

static int hello_meta_many(chains_component *self, struct chains_batch *batch)
{
    struct hello_meta *meta = chains_state(self);
    if (batch->count > 0)
        hello_table_expire(meta->table, batch->live[0]->time_ns);
    for (size_t i = 0; i < batch->count; i++) {
        int status = hello_meta_record(self, batch->live[i], &batch->arena);
        if (status < 0) {
            batch->count = i;
            return status;
        }
    }
    hello_count_lost(self);
    return CHAINS_OK;
}

static void hello_meta_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct hello_meta *meta = chains_state(self);
    stats->memory = meta->table ? hello_meta_bytes(meta) : meta->memory;
}

static const struct chains_field hello_meta_options[] = {
    CHAINS_FIELD(chains_hello_meta_options, ja3, BOOL, "JA3 besides JA4"),
    CHAINS_FIELD(chains_hello_meta_options, no_ja4, BOOL, "no JA4, which takes two SHA-256"),
    CHAINS_FIELD(chains_hello_meta_options, entries, UINT,
                 "hellos of which a part has come, kept until the rest comes; the oldest goes",
                 .preset = "256"),
    CHAINS_FIELD(chains_hello_meta_options, memory_kib, UINT,
                 "bytes kept of all of them together, in KiB", .preset = "1024"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const hello_layers[] = { &chains_tls_type, NULL };

const struct chains_class hello_meta_class = {
    .name = "hello_meta",
    .brief = "ClientHellos of TLS and QUIC, where there is no flows",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct hello_meta),
    .options_size = sizeof(struct chains_hello_meta_options),
    .options = hello_meta_options,
    .attaches = hello_layers,
    .create = hello_meta_create,
    .check = hello_meta_check,
    .memory = hello_meta_memory,
    .open = hello_meta_open,
    .many = hello_meta_many,
    .close = hello_meta_close,
    .stats = hello_meta_stats,
};

chains_component *chains_hello_meta_new(const struct chains_hello_meta_options *options)
{
    return chains_new(&hello_meta_class, options);
}
