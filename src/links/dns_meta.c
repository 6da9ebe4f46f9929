/* SPDX-License-Identifier: MIT */
/*
 * DNS, mDNS and LLMNR. In: packets, and the streams of TCP connections. Out: the same, with a layer
 * "dns" on what completes a message; an event for each further message of the same packet, and for
 * each query that nobody has answered. Kept: queries that wait, in a table of fixed size; of each
 * direction of a TCP connection at most one message, in its flow; what had no row in this batch,
 * which goes before anything new. Time is that of packets, and goes on by itself on a quiet
 * interface.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/tcp.h>
#include <chains/layer/udp.h>

#include <string.h>

#include "../bytes/time.h"
#include "../dissect/dns.h"
#include "../dissect/walk.h"
#include "../record/arena.h"
#include "../record/batch.h"
#include "../record/endpoints.h"
#include "../record/row.h"
#include "dns_later.h"
#include "dns_sizes.h"
#include "dns_pending.h"
#include "dns_stream.h"
#include "flow_slots.h"

enum {
    PORTS = 65536,
    PORT_MULTICAST = 5353,
    PORT_LLMNR = 5355,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    OPCODE_STATEFUL = 6, /* RFC 8490: number 0 asks for no answer */
};

static const int64_t default_timeout_ns = 10 * TIME_SECOND_NS;

struct dns_meta {
    uint8_t port[PORTS / 8]; /* bits: the ports of DNS */
    bool all;                /* and any other where it looks like DNS */
    bool tells;              /* of queries without an answer */
    bool live, ended;
    bool no_memory; /* for bytes of a message: the chain fails */
    struct dns_pending *pending;
    struct dns_later later;
    int64_t now_ns;     /* of the last packet */
    int64_t seen_ns;    /* when that was, on the monotonic clock */
    uint16_t precision; /* its CHAINS_NANOSECONDS */
    size_t memory;      /* of the table when it was closed */
    uint64_t untold;
};

/* What a message came with. */
struct dns_carrier {
    struct chains_record *rec;
    struct chains_endpoints ends;
    enum chains_dns_flavour flavour;
};

/* ---- options -------------------------------------------------------------------------------- */

static int dns_meta_bad_ports(chains_component *self, const char *ports)
{
    return chains_fail(chains_about(self, "ports", 0), CHAINS_EUSAGE,
                       "ports=%s: ports are numbers from 1 to 65535 with commas between, or "
                       "\"all\"",
                       ports);
}

static int dns_meta_ports(chains_component *self, const char *ports)
{
    struct dns_meta *meta = chains_state(self);
    meta->all = strcmp(ports, "all") == 0;
    const char *at = meta->all ? "53,5353,5355" : ports;
    for (;;) {
        unsigned number = 0;
        const char *first = at;
        for (; *at >= '0' && *at <= '9' && number < PORTS; at++)
            number = 10 * number + (unsigned)(*at - '0');
        if (at == first || number == 0 || number >= PORTS || (*at && *at != ','))
            return dns_meta_bad_ports(self, ports);
        meta->port[number / 8] |= (uint8_t)(1U << number % 8);
        if (!*at++)
            return CHAINS_OK;
    }
}

static int dns_meta_create(chains_component *self)
{
    const struct chains_dns_meta_options *options = chains_options(self);
    if (options->pending > DNS_PENDING_MOST)
        return chains_fail(chains_about(self, "pending", 0), CHAINS_EUSAGE,
                           "pending=%u is too many: at most %d queries can wait",
                           (unsigned)options->pending, DNS_PENDING_MOST);
    if (options->timeout > INT64_MAX)
        return chains_fail(chains_about(self, "timeout", 0), CHAINS_EUSAGE,
                           "timeout= is longer than any capture");
    return dns_meta_ports(self, options->ports ? options->ports : "53,5353,5355");
}

static int dns_meta_check(chains_component *self)
{
    if (chains_upstream_types(self) &
        (CHAINS_PRESENT_udp | CHAINS_PRESENT_tcp | CHAINS_PRESENT_stream))
        return CHAINS_OK;
    return chains_fail(
        self, CHAINS_EUSAGE,
        "needs headers that were read: put packet_meta in front of it, and flows "
        "for DNS over TCP");
}

static void dns_meta_memory(const chains_component *self, struct chains_memory *memory)
{
    dns_sizes_memory(chains_options(self), memory);
}

static int dns_meta_open(chains_component *self)
{
    struct dns_meta *meta = chains_state(self);
    const struct chains_dns_meta_options *options = chains_options(self);
    meta->live = chains_source_of(self).live;
    meta->tells = !options->no_unanswered;
    struct dns_sizes sizes = dns_sizes_of(options, chains_share(self));
    meta->pending = dns_pending_new(sizes.queries, options->timeout ? (int64_t)options->timeout
                                                                    : default_timeout_ns);
    if (meta->pending && dns_later_begin(&meta->later, sizes.later))
        return CHAINS_OK;
    dns_pending_free(meta->pending);
    meta->pending = NULL;
    return chains_fail(self, CHAINS_EMEM, "no memory for waiting queries");
}

/* ---- one message ---------------------------------------------------------------------------- */

static bool dns_meta_is_multicast(const struct chains_addr *addr)
{
    return addr->family == 4 ? addr->octets[0] >> 4 == 14 : addr->octets[0] == 0xff;
}

/* Whether one answer, and no more, is to be expected of whoever was asked. */
static bool dns_meta_has_pairs(const struct dns_carrier *carrier, const struct chains_dns *dns)
{
    if (dns->opcode == OPCODE_STATEFUL && dns->id == 0)
        return false;
    return carrier->flavour == CHAINS_DNS_UNICAST ||
           (carrier->flavour == CHAINS_DNS_LLMNR && !dns_meta_is_multicast(&carrier->ends.dst));
}

/* Queries begin to wait, responses end it. */
static void dns_meta_join(chains_component *self, const struct dns_carrier *carrier,
                          struct chains_bytes message, struct chains_dns *dns)
{
    struct dns_meta *meta = chains_state(self);
    const struct dns_pending_message joined = { carrier->ends, carrier->rec->time_ns,
                                                carrier->rec->number, message };
    if (!dns_meta_has_pairs(carrier, dns))
        return;
    if (dns->qr) {
        int64_t rtt_ns = -1;
        dns->asked = dns_pending_response(meta->pending, &joined, &rtt_ns);
        if (dns->asked && rtt_ns >= 0) {
            dns->rtt = rtt_ns;
            dns->has |= CHAINS_DNS_HAS_RTT;
        }
        return;
    }
    bool put_out = false;
    dns->retried = dns_pending_query(meta->pending, &joined, &put_out);
    if (put_out)
        chains_count_limited(self);
}

/* Reads a message into `dns` and joins it. False: there is no layer. */
static bool dns_meta_read(chains_component *self, const struct dns_carrier *carrier,
                          struct chains_bytes message, struct chains_arena *arena,
                          struct chains_dns *dns, unsigned *flags)
{
    struct chains_reader in = chains_reader_over(message);
    enum chains_verdict verdict = dns_read(&in, carrier->flavour, dns, arena);
    *flags |= dissect_flag((int)verdict);
    if (!dissect_keeps_layer((int)verdict))
        return false;
    dns->over_tcp = carrier->ends.protocol == PROTOCOL_TCP;
    dns_meta_join(self, carrier, message, dns);
    return true;
}

/* An event in front of the i-th record, whose two layers are to be written; or NULL. */
static struct chains_record *dns_meta_event(struct chains_batch *batch, size_t i)
{
    struct chains_record *event = chains_batch_insert(batch, i);
    if (event) {
        row_attach(event, CHAINS_ID_endpoints, CHAINS_SLOT_endpoints);
        row_attach(event, CHAINS_ID_dns, CHAINS_SLOT_dns);
    }
    return event;
}

static void dns_meta_ends(struct chains_record *event, const struct chains_endpoints *ends)
{
    struct chains_endpoints *layer = row_place(event, CHAINS_SLOT_endpoints);
    *layer = *ends;
}

/* The message is the packet's. */
static void dns_meta_on_packet(chains_component *self, const struct dns_carrier *carrier,
                               struct chains_bytes message, struct chains_arena *arena,
                               unsigned *flags)
{
    struct chains_record *rec = carrier->rec;
    if (!dns_meta_read(self, carrier, message, arena, row_place(rec, CHAINS_SLOT_dns), flags))
        return;
    row_attach(rec, CHAINS_ID_dns, CHAINS_SLOT_dns);
    if (rec->present & CHAINS_PRESENT_stream)
        chains_flow_service(rec, "dns");
}

/* No row for a message: a copy of it waits. */
static void dns_meta_keep(chains_component *self, const struct dns_carrier *carrier,
                          struct chains_bytes message, const struct chains_dns *dns)
{
    struct dns_meta *meta = chains_state(self);
    const struct dns_later_message copy = {
        .ends = carrier->ends,
        .time_ns = carrier->rec->time_ns,
        .rtt_ns = dns->rtt,
        .number = carrier->rec->number,
        .flags = carrier->rec->flags & CHAINS_NANOSECONDS,
        .flavour = (uint8_t)carrier->flavour,
        .has_rtt = (dns->has & CHAINS_DNS_HAS_RTT) != 0,
        .retried = dns->retried != 0,
        .asked = dns->asked != 0,
        .message = message,
    };
    enum dns_later_put kept = dns_later_put(&meta->later, &copy);
    if (kept == DNS_LATER_FULL)
        chains_count_limited(self);
    meta->no_memory |= kept == DNS_LATER_NO_MEMORY;
}

/* One more of the same packet; `*last` is the last record that belongs to it. */
static void dns_meta_behind(chains_component *self, const struct dns_carrier *carrier,
                            struct chains_bytes message, struct chains_batch *batch,
                            size_t *last)
{
    struct dns_meta *meta = chains_state(self);
    const struct chains_record *rec = carrier->rec;
    struct chains_record *event = NULL;
    struct chains_dns dns;
    unsigned flags = 0;
    if (!dns_meta_read(self, carrier, message, &batch->arena, &dns, &flags)) {
        chains_mark(self, carrier->rec, flags);
        return;
    }
    if (dns_later_is_empty(&meta->later))
        event = dns_meta_event(batch, *last + 1);
    if (!event) {
        dns_meta_keep(self, carrier, message, &dns);
        return;
    }
    ++*last;
    dns_meta_ends(event, &carrier->ends);
    struct chains_dns *layer = row_place(event, CHAINS_SLOT_dns);
    *layer = dns;
    event->number = rec->number;
    event->time_ns = rec->time_ns;
    event->flags = rec->flags & CHAINS_NANOSECONDS;
    if (flags)
        chains_mark(self, event, flags);
}

/* It was read before, so that it gives the same layer again. */
static bool dns_meta_give(chains_component *self, struct chains_batch *batch,
                          const struct dns_later_message *kept)
{
    uint8_t *copy = chains_arena_take(&batch->arena, kept->message.len);
    struct chains_record *event = copy ? dns_meta_event(batch, batch->count) : NULL;
    if (!event)
        return false;
    memcpy(copy, kept->message.at, kept->message.len);
    struct chains_reader in =
        chains_reader_over((struct chains_bytes){ copy, kept->message.len });
    struct chains_dns *dns = row_place(event, CHAINS_SLOT_dns);
    unsigned flags = dissect_flag((int)dns_read(&in, kept->flavour, dns, &batch->arena));
    dns->over_tcp = kept->ends.protocol == PROTOCOL_TCP;
    dns->retried = kept->retried;
    dns->asked = kept->asked;
    dns->rtt = kept->rtt_ns;
    dns->has |= kept->has_rtt ? CHAINS_DNS_HAS_RTT : 0;
    dns_meta_ends(event, &kept->ends);
    event->number = kept->number;
    event->time_ns = kept->time_ns;
    event->flags = kept->flags;
    if (flags)
        chains_mark(self, event, flags);
    return true;
}

/* Messages that had no row, as many as there are rows. */
static void dns_meta_give_later(chains_component *self, struct chains_batch *batch)
{
    struct dns_meta *meta = chains_state(self);
    struct dns_later_message kept;
    while (chains_batch_spare(batch) > 0 && dns_later_take(&meta->later, &kept))
        if (!dns_meta_give(self, batch, &kept))
            chains_count_limited(self);
}

/* ---- queries without an answer -------------------------------------------------------------- */

/*
 * What is sent to a group, or from 5353 to 5353, is mDNS (RFC 6762 5.2, 5.4). The answer to an asker
 * with another port is an ordinary one by its rules too (6.7), and looks like that of a resolver that
 * listens on 5353.
 */
static enum chains_dns_flavour dns_meta_flavour(const struct chains_endpoints *ends)
{
    bool from = ends->sport == PORT_MULTICAST, to = ends->dport == PORT_MULTICAST;
    if (to && (from || dns_meta_is_multicast(&ends->dst)))
        return CHAINS_DNS_MULTICAST;
    return ends->sport == PORT_LLMNR || ends->dport == PORT_LLMNR ? CHAINS_DNS_LLMNR
                                                                  : CHAINS_DNS_UNICAST;
}

/* The layer of a query that is due, from what was kept of it. False: no room. */
static bool dns_meta_unanswered(const struct dns_pending_query *query, struct chains_dns *dns,
                                struct chains_arena *arena)
{
    struct chains_reader in = chains_reader_over(query->message);
    if (!dissect_keeps_layer((int)dns_read(&in, dns_meta_flavour(&query->ends), dns, arena)))
        return false;
    dns->over_tcp = query->ends.protocol == PROTOCOL_TCP;
    dns->unanswered = 1;
    dns->size = query->size;
    dns->question_count = query->questions;
    dns->answer_count = query->records[0];
    dns->authority_count = query->records[1];
    dns->additional_count = query->records[2];
    return true;
}

/* Events for queries that are due, in front of the i-th record; how many. */
static size_t dns_meta_tell(chains_component *self, struct chains_batch *batch, size_t i)
{
    struct dns_meta *meta = chains_state(self);
    struct dns_pending_query query;
    uint8_t unused[DNS_PENDING_KEPT];
    size_t told = 0;
    while (!meta->tells && dns_pending_next_due(meta->pending, &query, unused))
        continue;
    while (dns_pending_is_due(meta->pending) && chains_batch_spare(batch) > 0) {
        uint8_t *room = chains_arena_take(&batch->arena, DNS_PENDING_KEPT);
        struct chains_record *event = room ? dns_meta_event(batch, i + told) : NULL;
        if (!event)
            break; /* with the next batch */
        told++;
        dns_pending_next_due(meta->pending, &query, room);
        dns_meta_ends(event, &query.ends);
        event->number = query.number;
        event->time_ns = meta->now_ns;
        event->flags = meta->precision;
        if (!dns_meta_unanswered(&query, row_place(event, CHAINS_SLOT_dns), &batch->arena)) {
            event->present &= ~CHAINS_PRESENT_dns;
            chains_count_limited(self);
        }
    }
    return told;
}

/* ---- records -------------------------------------------------------------------------------- */

static bool dns_meta_is_port(const struct dns_meta *meta, uint16_t sport, uint16_t dport)
{
    return (meta->port[sport / 8] >> sport % 8 & 1) || (meta->port[dport / 8] >> dport % 8 & 1);
}

static void dns_meta_eaten(struct chains_record *rec)
{
    rec->rest = chains_behind(rec->rest, rec->rest.len);
    rec->next = (struct chains_key){ CHAINS_BY_NOTHING, 0 };
}

static void dns_meta_datagram(chains_component *self, struct chains_record *rec,
                              const struct chains_udp *udp, struct chains_arena *arena)
{
    const struct dns_meta *meta = chains_state(self);
    struct dns_carrier carrier = { .rec = rec };
    unsigned flags = 0;
    if (rec->rest.len == 0 || rec->present & CHAINS_PRESENT_dns)
        return;
    if (!dns_meta_is_port(meta, udp->sport, udp->dport) &&
        !(meta->all && dns_is_plausible(rec->rest)))
        return;
    if (!chains_record_endpoints(rec, &carrier.ends))
        return;
    carrier.ends.protocol = PROTOCOL_UDP;
    carrier.flavour = dns_meta_flavour(&carrier.ends);
    dns_meta_on_packet(self, &carrier, rec->rest, arena, &flags);
    if (rec->present & CHAINS_PRESENT_dns)
        dns_meta_eaten(rec);
    if (flags)
        chains_mark(self, rec, flags);
}

/* The new bytes of a stream in which the component takes part; the last record of the packet. */
static size_t dns_meta_run(chains_component *self, struct dns_stream *stream,
                           const struct dns_carrier *carrier, struct chains_batch *batch,
                           size_t i)
{
    struct dns_meta *meta = chains_state(self);
    struct chains_record *rec = carrier->rec;
    const enum chains_side side = (enum chains_side)chains_get(rec, stream)->side;
    struct chains_bytes bytes = rec->rest, message;
    unsigned flags = 0;
    for (;;) {
        enum dns_stream_found found =
            dns_stream_next(stream, side, &bytes, &batch->arena, &message);
        if (found == DNS_STREAM_MORE || found == DNS_STREAM_NOT_DNS)
            break;
        if (found == DNS_STREAM_LIMITED)
            chains_count_limited(self);
        else if (found == DNS_STREAM_NO_MEMORY)
            meta->no_memory = true;
        else if (rec->present & CHAINS_PRESENT_dns)
            dns_meta_behind(self, carrier, message, batch, &i);
        else
            dns_meta_on_packet(self, carrier, message, &batch->arena, &flags);
    }
    if (flags)
        chains_mark(self, rec, flags);
    return i;
}

static size_t dns_meta_stream(chains_component *self, struct chains_batch *batch, size_t i)
{
    struct dns_meta *meta = chains_state(self);
    struct chains_record *rec = batch->live[i];
    const struct chains_stream *layer = chains_get(rec, stream);
    struct dns_carrier carrier = { .rec = rec };
    if ((rec->rest.len == 0 && layer->gap == 0) || !chains_record_endpoints(rec, &carrier.ends))
        return i;
    bool listed = dns_meta_is_port(meta, carrier.ends.sport, carrier.ends.dport);
    if (!listed && !meta->all)
        return i;
    carrier.ends.protocol = PROTOCOL_TCP;
    carrier.flavour = dns_meta_flavour(&carrier.ends);
    struct dns_stream *stream = chains_flow_slot(self, rec, sizeof *stream, dns_stream_release);
    if (!stream)
        return i;
    stream->pool = flow_slots_pool(rec);
    if (dns_stream_begin(stream, layer, !listed))
        i = dns_meta_run(self, stream, &carrier, batch, i);
    bool ours = stream->known && !stream->side[layer->side].lost;
    const struct dns_stream_side *side = &stream->side[layer->side];
    bool foreign = (!listed || side->odd) && !stream->known && side->lost;
    if (foreign || dns_stream_is_lost(stream)) {
        chains_flow_done(self, rec);
    } else if (dns_stream_memory(stream) != stream->charged) {
        stream->charged = dns_stream_memory(stream);
        flow_slots_charge(self, rec, stream->charged, 0);
    }
    if (ours || rec->present & CHAINS_PRESENT_dns)
        dns_meta_eaten(rec);
    return i;
}

/* One record; the last one that belongs to it. */
static size_t dns_meta_record(chains_component *self, struct chains_batch *batch, size_t i)
{
    struct chains_record *rec = batch->live[i];
    const struct chains_udp *udp = chains_get(rec, udp);
    if (udp)
        dns_meta_datagram(self, rec, udp, &batch->arena);
    else if (rec->present & CHAINS_PRESENT_stream &&
             (rec->present & CHAINS_PRESENT_tcp || rec->kind == CHAINS_EVENTS))
        return dns_meta_stream(self, batch, i);
    else if (rec->present & CHAINS_PRESENT_flow)
        chains_flow_service(rec, NULL);
    return i;
}

static void dns_meta_batch(chains_component *self, struct chains_batch *batch)
{
    struct dns_meta *meta = chains_state(self);
    const struct dns_pending_quiet *quiet = dns_pending_quiet(meta->pending);
    meta->seen_ns = meta->live ? time_coarse_ns() : 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_record *rec = batch->live[i];
        if (rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS)) {
            meta->now_ns = rec->time_ns;
            meta->precision = rec->flags & CHAINS_NANOSECONDS;
            if (!dns_pending_is_quiet(quiet, meta->now_ns))
                dns_pending_expire(meta->pending, meta->now_ns);
        }
        if (quiet->due)
            i += dns_meta_tell(self, batch, i);
        i = dns_meta_record(self, batch, i);
    }
}

/* Nothing came: the clock goes on where packets come as they happen. */
static void dns_meta_idle(chains_component *self, struct chains_batch *batch)
{
    struct dns_meta *meta = chains_state(self);
    if (!meta->live || dns_pending_waiting(meta->pending) == 0)
        return;
    int64_t now_ns = time_coarse_ns();
    meta->now_ns += now_ns - meta->seen_ns;
    meta->seen_ns = now_ns;
    dns_pending_expire(meta->pending, meta->now_ns);
    dns_meta_tell(self, batch, batch->count);
}

static int dns_meta_next(chains_component *self, struct chains_batch *out)
{
    struct dns_meta *meta = chains_state(self);
    dns_meta_give_later(self, out);
    dns_meta_tell(self, out, out->count);
    if (out->count > 0)
        return CHAINS_OK;
    int status = meta->ended ? CHAINS_END : chains_pull_into(self, out);
    if (status == CHAINS_OK)
        dns_meta_batch(self, out);
    if (status == CHAINS_IDLE)
        dns_meta_idle(self, out);
    if (status == CHAINS_END) {
        meta->ended = true;
        dns_pending_expire_all(meta->pending);
        dns_meta_tell(self, out, out->count);
    }
    if (status >= 0 && (out->arena.starved || meta->no_memory))
        return chains_fail(self, CHAINS_EMEM, "no memory for DNS messages");
    return status >= 0 && out->count > 0 ? CHAINS_OK : status;
}

static void dns_meta_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct dns_meta *meta = chains_state(self);
    stats->memory = meta->memory;
    stats->limited += meta->untold;
    if (meta->pending) {
        stats->memory = dns_pending_bytes(meta->pending) + meta->later.capacity;
        stats->limited += dns_pending_untold(meta->pending);
    }
}

static void dns_meta_close(chains_component *self)
{
    struct dns_meta *meta = chains_state(self);
    meta->memory = dns_pending_bytes(meta->pending) + meta->later.capacity;
    meta->untold = dns_pending_untold(meta->pending);
    dns_pending_free(meta->pending);
    meta->pending = NULL;
    dns_later_free(&meta->later);
}

static const struct chains_field dns_meta_options[] = {
    CHAINS_FIELD(chains_dns_meta_options, ports, TEXT,
                 "where to look for DNS: ports with commas between, or all",
                 .preset = "53,5353,5355"),
    CHAINS_FIELD(chains_dns_meta_options, timeout, DURATION,
                 "how long a query waits for its response", .preset = "10s"),
    CHAINS_FIELD(chains_dns_meta_options, pending, UINT, "most queries that wait at once",
                 .preset = "16384"),
    CHAINS_FIELD(chains_dns_meta_options, no_unanswered, BOOL,
                 "no events for queries without a response"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const dns_meta_attaches[] = {
    &dns_type,
    &chains_endpoints_type,
    NULL,
};

const struct chains_class dns_meta_class = {
    .name = "dns_meta",
    .brief = "read DNS, mDNS and LLMNR messages, and join responses with their queries",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct dns_meta),
    .options_size = sizeof(struct chains_dns_meta_options),
    .options = dns_meta_options,
    .attaches = dns_meta_attaches,
    .create = dns_meta_create,
    .check = dns_meta_check,
    .memory = dns_meta_memory,
    .open = dns_meta_open,
    .next = dns_meta_next,
    .close = dns_meta_close,
    .stats = dns_meta_stats,
};

chains_component *chains_dns_meta_new(const struct chains_dns_meta_options *options)
{
    return chains_new(&dns_meta_class, options);
}
