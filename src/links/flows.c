/* SPDX-License-Identifier: MIT */
/*
 * Packets into flows. In: packets with their headers read. Out: the same, with the layer "stream"
 * and what is new and in order as `rest`; events for bytes behind holes that are given up; a record
 * of each flow that ends, or goes on for long. What the batch has no row for waits for the next
 * one, which then brings nothing else.
 */
#include <chains/component.h>
#include <chains/components.h>

#include "../bytes/time.h"
#include "../record/batch.h"
#include "../record/endpoints.h"
#include "../record/row.h"
#include "flow_layers.h"
#include "flow_list.h"
#include "flow_record.h"
#include "flow_sizes.h"
#include "flow_tcp_judge.h"
#include "flows_options.h"
#include "flows_tell.h"

enum {
    FLOWS_AHEAD = 32, /* packets whose memory is fetched ahead */
    FLOWS_TURNS = 64, /* batches in a row of which nothing is left */
    FLOWS_EXPIRE = 2, /* idle flows that end at a packet */
};

struct flows {
    struct flow_table *table;
    struct reassembly *waiting;
    struct community_id *community; /* NULL: none */
    enum chains_flows_only only;
    int ended;                     /* what upstream has come to, or CHAINS_OK */
    bool live;                     /* the clock goes on by itself */
    uint16_t nano;                 /* flag of the last packet, for records that have none */
    int64_t last_clock, last_real; /* at the last packet */
    uint64_t memory, limited;      /* when it was closed */
    struct flows_told told;        /* of an emergency */
    struct flow_packet packet[FLOWS_AHEAD];
    struct chains_record *record[FLOWS_AHEAD]; /* NULL: of no flow */
    bool keep[BATCH_MOST + BATCH_SPARE];
};

#define FLOWS_LEAP_NS (5 * TIME_SECOND_NS)

/* A batch that is worked on. */
struct flows_turn {
    chains_component *self;
    struct flows *flows;
    struct flow_table *table;
    struct chains_batch *out;
    size_t at; /* the row at hand: records go in front of it */
};

/* ---- records of its own --------------------------------------------------------------------- */

static struct chains_record *flows_insert(struct flows_turn *turn, enum chains_kind kind,
                                          uint64_t number)
{
    struct chains_record *rec = chains_batch_insert(turn->out, turn->at);
    turn->at++;
    rec->kind = (uint16_t)kind;
    rec->time_ns = turn->table->clock;
    rec->number = number;
    rec->flags = turn->flows->nano;
    return rec;
}

static void flows_stream(const struct flow_table *table, uint32_t flow, enum chains_side side,
                         const struct flow_tcp_run *run, struct chains_record *rec)
{
    struct chains_stream *stream = row_attach(rec, CHAINS_ID_stream, CHAINS_SLOT_stream);
    *stream = (struct chains_stream){
        .entry = &table->flow[flow].entry,
        .flow = flow_table_number(table, flow),
        .offset = run->offset,
        .gap = run->gap,
        .len = (uint32_t)run->bytes.len,
        .marks = (uint16_t)run->marks,
        .side = (uint8_t)side,
    };
    rec->rest = run->bytes;
}

static bool flows_has_room(const struct flows_turn *turn)
{
    return turn->flows->only == CHAINS_FLOWS_RECORDS || chains_batch_spare(turn->out) > 0;
}

/*
 * Bytes of one side behind holes that are given up, as events. False: there are no rows, or there
 * is no room in the arena, for all of them; then the next batch goes on with them.
 */
static bool flows_events_all(struct flows_turn *turn, uint32_t flow, enum chains_side side,
                             uint64_t number, bool all)
{
    struct flow_table *table = turn->table;
    struct flow_tcp *tcp = flow_table_tcp(table, flow);
    struct flow_tcp_run run;
    for (;;) {
        if (!flows_has_room(turn))
            return false;
        enum flow_tcp_given given = flow_tcp_give_up(tcp, turn->flows->waiting, side, all,
                                                     chains_batch_arena(turn->out), &run);
        if (given != FLOW_TCP_RUN)
            return given == FLOW_TCP_NONE;
        if (turn->flows->only == CHAINS_FLOWS_RECORDS)
            continue;
        struct chains_record *rec = flows_insert(turn, CHAINS_EVENTS, number);
        flow_record_endpoints(table, flow, side,
                              row_attach(rec, CHAINS_ID_endpoints, CHAINS_SLOT_endpoints));
        flows_stream(table, flow, side, &run, rec);
    }
}

/* The same behind a packet, and mostly nothing. */
static inline void flows_events(struct flows_turn *turn, uint32_t flow, enum chains_side side,
                                uint64_t number)
{
    if (flow_tcp_may_give(flow_table_tcp(turn->table, flow), side))
        flows_events_all(turn, flow, side, number, false);
}

/* The same of both sides of a flow that has ended, and of most nothing. */
static bool flows_last_events(struct flows_turn *turn, uint32_t flow)
{
    const struct flow_tcp *tcp = flow_table_tcp(turn->table, flow);
    for (unsigned side = CHAINS_ORIG; tcp && side <= CHAINS_RESP; side++)
        if (flow_tcp_may_give_all(tcp, (enum chains_side)side) &&
            !flows_events_all(turn, flow, (enum chains_side)side, 0, true))
            return false;
    return true;
}

static void flows_record(struct flows_turn *turn, uint32_t flow, enum chains_flow_end end)
{
    struct chains_record *rec = flows_insert(turn, CHAINS_FLOWS, 0);
    struct chains_flow *out = row_attach(rec, CHAINS_ID_flow, CHAINS_SLOT_flow);
    flow_record_fill(turn->table, flow, turn->flows->community, out);
    if (turn->flows->community && !out->community_id)
        chains_fail(turn->self, CHAINS_EMEM, "no memory for a Community ID");
    out->end = (uint8_t)end;
    out->interim = end == CHAINS_END_ACTIVE;
    out->part = ++turn->table->flow[flow].entry.parts;
}

static void flows_give_all(struct flows_turn *turn)
{
    struct flow_table *table = turn->table;
    for (uint32_t flow; (flow = flow_table_ended(table)) != FLOW_NONE;) {
        if (!flows_last_events(turn, flow))
            return;
        if (turn->flows->only != CHAINS_FLOWS_PACKETS) {
            if (chains_batch_spare(turn->out) == 0)
                return;
            flows_record(turn, flow, table->flow[flow].entry.end);
        }
        flow_table_given(table);
    }
}

/* Gives what flows that have ended still have to say, as far as there are rows. */
static inline void flows_give(struct flows_turn *turn)
{
    if (flow_table_ended(turn->table) != FLOW_NONE)
        flows_give_all(turn);
}

/* ---- packets -------------------------------------------------------------------------------- */

/* The class of a flow that begins with this packet. */
static enum flow_class flows_class_of(const struct flow_packet *packet)
{
    if (packet->tcp)
        return FLOW_OPENING;
    return packet->key.protocol == 17 ? FLOW_UDP_ONE : FLOW_OTHER_ONE;
}

static bool flows_heard_both(const struct flow_table *table, uint32_t flow)
{
    enum { BOTH = FLOW_SEEN_ORIG | FLOW_SEEN_RESP };
    return (table->flow[flow].hot.flags & BOTH) == BOTH;
}

static enum flow_class flows_tcp_class(const struct flow_table *table, uint32_t flow,
                                       const struct flow_tcp *tcp)
{
    enum flow_tcp_phase phase = flow_tcp_phase(tcp);
    if (phase == FLOW_TCP_OPENING)
        return FLOW_OPENING;
    if (phase != FLOW_TCP_ESTABLISHED)
        return FLOW_CLOSED;
    return flows_heard_both(table, flow) ? FLOW_TCP : FLOW_TCP_ONE;
}

static enum chains_side flows_side(const struct flow_table *table, uint32_t flow,
                                   const struct flow_packet *packet)
{
    unsigned orig = table->flow[flow].hot.flags & FLOW_ORIG_IS_1 ? 1 : 0;
    return packet->from == orig ? CHAINS_ORIG : CHAINS_RESP;
}

static inline struct flow_tcp_segment flows_segment(const struct flow_packet *packet,
                                                    enum chains_side side, int64_t time_ns)
{
    return (struct flow_tcp_segment){
        .time_ns = time_ns,
        .tcp = packet->tcp,
        .payload = packet->tcp->data,
        .payload_len = packet->payload,
        .side = side,
    };
}

/* The flow of a packet, which ends where it is too old or its ports are used anew; or FLOW_NONE. */
static uint32_t flows_find(struct flow_table *table, const struct flow_packet *packet,
                           int64_t time_ns)
{
    uint32_t flow = flow_table_find(table, packet);
    if (flow == FLOW_NONE)
        return flow;
    if (flow_list_is_idle(table, flow)) {
        flow_table_end(table, flow, CHAINS_END_IDLE);
        return FLOW_NONE;
    }
    if (!packet->tcp || !(packet->tcp->flags & CHAINS_TCP_SYN))
        return flow;
    struct flow_tcp_segment segment =
        flows_segment(packet, flows_side(table, flow, packet), time_ns);
    if (!flow_tcp_is_reused(flow_table_tcp(table, flow), &segment))
        return flow;
    flow_table_end(table, flow, CHAINS_END_REUSED);
    return FLOW_NONE;
}

static void flows_take_tcp(struct flows_turn *turn, uint32_t flow, enum chains_side side,
                           const struct flow_packet *packet, struct chains_record *rec)
{
    struct flow_tcp *tcp = flow_table_tcp(turn->table, flow);
    struct flow_tcp_segment segment = flows_segment(packet, side, rec->time_ns);
    struct flow_tcp_run run;
    flow_tcp_take(tcp, turn->flows->waiting, &segment, chains_batch_arena(turn->out), &run);
    if (turn->flows->only != CHAINS_FLOWS_RECORDS)
        flows_stream(turn->table, flow, side, &run, rec);
    flow_list_change(turn->table, flow, flows_tcp_class(turn->table, flow, tcp));
}

/* A packet of its flow: all but what comes behind it. */
static void flows_take(struct flows_turn *turn, uint32_t flow, enum chains_side side,
                       const struct flow_packet *packet, struct chains_record *rec)
{
    struct flow_table *table = turn->table;
    bool opens = !(table->flow[flow].hot.flags & flow_table_seen(side));
    uint64_t offset = flow_record_count(table, flow, side, packet, rec->time_ns);
    rec->kind = CHAINS_STREAMS;
    if (packet->tcp) {
        flows_take_tcp(turn, flow, side, packet, rec);
        return;
    }
    if (opens && flows_heard_both(table, flow))
        flow_list_change(table, flow, packet->key.protocol == 17 ? FLOW_UDP : FLOW_OTHER);
    struct flow_tcp_run run = {
        .bytes = rec->rest,
        .offset = offset,
        .marks = opens ? CHAINS_STREAM_OPENS : 0,
    };
    if (turn->flows->only != CHAINS_FLOWS_RECORDS)
        flows_stream(table, flow, side, &run, rec);
}

/* What comes behind a packet: bytes that it has freed, and a record of a flow that goes on. */
static void flows_behind(struct flows_turn *turn, uint32_t flow, enum chains_side side,
                         const struct flow_packet *packet, uint64_t number, bool interim)
{
    if (packet->tcp)
        flows_events(turn, flow, side, number);
    if (interim && chains_batch_spare(turn->out) > 0) {
        flows_record(turn, flow, CHAINS_END_ACTIVE);
        flow_list_reported(turn->table, flow);
    }
}

static void flows_packet(struct flows_turn *turn, const struct flow_packet *packet,
                         struct chains_record *rec)
{
    struct flow_table *table = turn->table;
    uint32_t flow = flows_find(table, packet, rec->time_ns);
    if (flow == FLOW_NONE)
        flow = flow_table_add(table, packet, flows_class_of(packet));
    flows_give(turn);
    if (flow == FLOW_NONE) {
        turn->at++;
        return;
    }
    enum chains_side side = flows_side(table, flow, packet);
    bool interim = flow_list_touch(table, flow, side, rec->time_ns);
    flows_take(turn, flow, side, packet, rec);
    /* What it acknowledges was sent before it: a request comes before its response. */
    if (packet->tcp)
        flows_events(turn, flow, side == CHAINS_ORIG ? CHAINS_RESP : CHAINS_ORIG, rec->number);
    turn->at++;
    flows_behind(turn, flow, side, packet, rec->number, interim);
}

/*
 * On an interface packets have the time of the day, which somebody may set: a leap ahead that the
 * monotonic clock knows nothing of is no reason for flows to end.
 */
static void flows_leap(struct flows *flows, int64_t time_ns)
{
    struct flow_table *table = flows->table;
    if (!flows->last_real || time_minus(time_ns, table->clock) <= FLOWS_LEAP_NS)
        return;
    int64_t passed = time_minus(time_coarse_ns(), flows->last_real);
    int64_t expected = passed > 0 ? flows->last_clock + passed : flows->last_clock;
    if (time_minus(time_ns, expected) <= FLOWS_LEAP_NS)
        return;
    if (expected > table->clock)
        table->clock = expected;
    flow_list_set_on(table, time_ns);
}

static void flows_clock(struct flows_turn *turn, const struct chains_record *rec)
{
    struct flow_table *table = turn->table;
    if (turn->flows->live)
        flows_leap(turn->flows, rec->time_ns);
    flow_list_clock(table, rec->time_ns);
    turn->flows->nano = rec->flags & CHAINS_NANOSECONDS;
    if (flow_table_is_time(table))
        flow_table_expire(table, FLOWS_EXPIRE);
    if (table->slots.pressed)
        flow_table_relieve(table);
    flows_give(turn);
}

/* Reads the next packets and fetches what the table has of them, step by step. */
static size_t flows_ahead(struct flows_turn *turn, size_t left)
{
    struct flows *flows = turn->flows;
    size_t count = left < FLOWS_AHEAD ? left : FLOWS_AHEAD;
    bool parsers = flows->only != CHAINS_FLOWS_RECORDS;
    for (size_t i = 0; i < count; i++) {
        struct flow_packet *packet = &flows->packet[i];
        struct chains_record *rec = turn->out->live[turn->at + i];
        flows->record[i] = rec;
        packet->key.family = 0;
        if (!flow_packet_read(rec, packet, &turn->table->secret)) {
            packet->key.family = 0;
            continue;
        }
        flow_table_prefetch_bucket(turn->table, packet->hash);
    }
    for (size_t i = 0; i < count; i++)
        if (flows->packet[i].key.family)
            flow_table_prefetch_hot(turn->table, &flows->packet[i]);
    for (size_t i = 0; i < count; i++)
        if (flows->packet[i].key.family)
            flow_table_prefetch_entry(turn->table, &flows->packet[i], parsers);
    for (size_t i = 0; i < count; i++)
        if (flows->packet[i].key.family)
            flow_table_prefetch_near(turn->table, &flows->packet[i]);
    return count;
}

static void flows_batch(struct flows_turn *turn)
{
    struct flows *flows = turn->flows;
    for (size_t left = turn->out->count; left > 0;) {
        size_t count = flows_ahead(turn, left);
        left -= count;
        for (size_t i = 0; i < count; i++) {
            flows_clock(turn, flows->record[i]);
            if (flows->packet[i].key.family)
                flows_packet(turn, &flows->packet[i], flows->record[i]);
            else
                turn->at++;
        }
    }
    if (flows->live) {
        flows->last_clock = turn->table->clock;
        flows->last_real = time_coarse_ns();
    }
}

/* ---- between batches ------------------------------------------------------------------------ */

/* Nothing comes at the moment: on an interface time goes on. */
static void flows_idle(struct flows_turn *turn)
{
    const struct flows *flows = turn->flows;
    struct flow_table *table = turn->table;
    if (!flows->live || !flows->last_real)
        return;
    int64_t passed = time_minus(time_coarse_ns(), flows->last_real);
    if (passed > 0 && flows->last_clock <= INT64_MAX - passed &&
        flows->last_clock + passed > table->clock)
        table->clock = flows->last_clock + passed;
    flow_table_expire(table, FLOW_ENDING_MOST);
    flows_give(turn);
}

/* After the end of the input: ends as many flows as there are rows for. */
static void flows_sweep(struct flows_turn *turn)
{
    uint32_t flow;
    flows_give(turn);
    while (flow_table_ended(turn->table) == FLOW_NONE &&
           (flow = flow_table_oldest(turn->table)) != FLOW_NONE) {
        flow_table_end(turn->table, flow, CHAINS_END_INPUT);
        flows_give(turn);
    }
}

static void flows_keep_records(struct flows *flows, struct chains_batch *out)
{
    for (size_t i = 0; i < out->count; i++)
        flows->keep[i] = out->live[i]->kind == CHAINS_FLOWS;
    chains_batch_keep(out, flows->keep);
}

/* One batch from upstream; the status of it. */
static int flows_pull(chains_component *self, struct flows_turn *turn)
{
    struct flows *flows = turn->flows;
    int status = chains_pull_into(self, turn->out);
    if (status == CHAINS_OK)
        flows_batch(turn);
    else if (status == CHAINS_IDLE)
        flows_idle(turn);
    else
        flows->ended = status;
    if (!flows->ended)
        flows_tell(self, flows->table, &flows->told);
    if (reassembly_starved(flows->waiting))
        chains_fail(self, CHAINS_EMEM, "no memory for bytes that are out of order");
    if (flows->only == CHAINS_FLOWS_RECORDS)
        flows_keep_records(flows, turn->out);
    return status;
}

static int flows_next(chains_component *self, struct chains_batch *out)
{
    struct flows *flows = chains_state(self);
    for (unsigned i = 0; i < FLOWS_TURNS; i++) {
        struct flows_turn turn = { self, flows, flows->table, out, out->count };
        int status = CHAINS_OK;
        flow_table_reap(flows->table);
        if (flows->ended)
            flows_sweep(&turn);
        else if (flow_table_ended(flows->table) != FLOW_NONE)
            flows_give(&turn);
        else
            turn.at = 0, status = flows_pull(self, &turn);
        if (out->count > 0)
            return CHAINS_OK;
        if (status == CHAINS_IDLE)
            return status;
        if (flows->ended && flow_table_oldest(flows->table) == FLOW_NONE &&
            flow_table_ended(flows->table) == FLOW_NONE)
            return flows->ended;
    }
    return CHAINS_IDLE;
}

/* ---- life ----------------------------------------------------------------------------------- */

static int flows_create(chains_component *self)
{
    const struct chains_flows_options *options = chains_options(self);
    int status = flows_options_check(self);
    if (status == CHAINS_OK && options->only == CHAINS_FLOWS_PACKETS)
        status = chains_omits(self, &chains_flow_type);
    if (status == CHAINS_OK && options->only == CHAINS_FLOWS_RECORDS)
        status = chains_omits(self, &chains_stream_type);
    return status;
}

static int flows_check(chains_component *self)
{
    if (!(chains_upstream_types(self) & CHAINS_PRESENT_ip))
        return chains_fail(self, CHAINS_EUSAGE,
                           "packets come with no headers read: put packet_meta before it");
    return CHAINS_OK;
}

/* Whoever asks for numbers later finds none of it. */
static void flows_free(struct flows *flows)
{
    flow_table_free(flows->table);
    reassembly_free(flows->waiting);
    community_id_free(flows->community);
    flows->table = NULL;
    flows->waiting = NULL;
    flows->community = NULL;
}

static void flows_memory_of(const chains_component *self, struct chains_memory *memory)
{
    flow_sizes_memory(chains_options(self), memory);
}

static int flows_open(chains_component *self)
{
    struct flows *flows = chains_state(self);
    const struct chains_flows_options *options = chains_options(self);
    struct flows_settings settings = flows_options_settings(options, chains_share(self));
    flows->only = options->only;
    flows->live = chains_source_of(self).live;
    flows->waiting = reassembly_new(settings.waiting, settings.waiting_all);
    if (flows->waiting)
        flows->table = flow_table_new(&settings.limits, flows->waiting);
    if (!flows->table) {
        flows_free(flows);
        return chains_fail(self, CHAINS_EMEM, "no memory for a table of %u flows",
                           (unsigned)settings.limits.flows);
    }
    if (options->no_community_id)
        return CHAINS_OK;
    flows->community = community_id_new((uint16_t)options->community_seed);
    if (flows->community)
        return CHAINS_OK;
    flows_free(flows);
    return chains_fail(self, CHAINS_EMEM,
                       "libcrypto gives no SHA-1: leave Community IDs out with "
                       "no_community_id");
}

static uint64_t flows_memory(const struct flows *flows)
{
    return flow_table_memory(flows->table) + reassembly_memory(flows->waiting);
}

static uint64_t flows_limited(const struct flows *flows)
{
    return flows->table->limited + reassembly_limited(flows->waiting);
}

static void flows_close(chains_component *self)
{
    struct flows *flows = chains_state(self);
    flows->memory = flows_memory(flows);
    flows->limited = flows_limited(flows);
    flows_free(flows);
}

static void flows_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct flows *flows = chains_state(self);
    stats->memory = flows->table ? flows_memory(flows) : flows->memory;
    stats->limited += flows->table ? flows_limited(flows) : flows->limited;
}

static const struct chains_layer_type *const flows_attaches[] = {
    &chains_stream_type,
    &chains_flow_type,
    &chains_endpoints_type,
    NULL,
};

const struct chains_class flows_class = {
    .name = "flows",
    .brief = "connections, and the bytes of TCP in order",
    .role = CHAINS_LINK,
    .takes = CHAINS_PACKETS,
    .gives = CHAINS_PACKETS | CHAINS_STREAMS | CHAINS_FLOWS | CHAINS_EVENTS,
    .state_size = sizeof(struct flows),
    .options_size = sizeof(struct chains_flows_options),
    .options = flows_option_rows,
    .attaches = flows_attaches,
    .create = flows_create,
    .check = flows_check,
    .memory = flows_memory_of,
    .open = flows_open,
    .next = flows_next,
    .close = flows_close,
    .stats = flows_stats,
};

chains_component *chains_flows_new(const struct chains_flows_options *options)
{
    return chains_new(&flows_class, options);
}
