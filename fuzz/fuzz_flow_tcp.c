/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as segments of two TCP connections that share what waits: offsets go on without a step
 * back, every byte of a run can be read, counts add up, nothing is held above the ceilings, what a
 * connection is forgotten of for the other one leaves it consistent, and all that waits has been
 * given before the end. Build and run:
 *
 *     script/fuzz flow_tcp 60
 *
 * The first three bytes are the ceilings and the arena's size. Then a segment is eight bytes:
 * flags (0x80: of the other connection), side and how to read the rest, two for the sequence number
 * and two for the acknowledgement (both from the ones expected), length, window.
 */
#include "links/flow_tcp_state.h"
#include "record/arena.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENT = 8, RUNS_MOST = 100000 };

struct fuzz_flow {
    struct flow_tcp tcp;
    uint64_t next[2];
};

struct fuzz {
    struct fuzz_flow flows[2], *flow; /* the one at hand */
    struct reassembly *waiting;
    struct chains_arena arena;
    uint64_t all, sum;
};

static void must(bool good)
{
    if (!good)
        abort();
}

static void fuzz_run(struct fuzz *fuzz, int side, const struct flow_tcp_run *run)
{
    must(!run->gap == !(run->marks & CHAINS_STREAM_GAP));
    must(run->marks < 1 << 10);
    if (run->bytes.len || run->gap) {
        must(run->offset == fuzz->flow->next[side] + run->gap);
        fuzz->flow->next[side] = run->offset + run->bytes.len;
    }
    for (size_t i = 0; i < run->bytes.len; i++)
        fuzz->sum += run->bytes.at[i];
}

/* What waits of a direction lies in front of it, and not behind its end. */
static void fuzz_waiting(const struct fuzz *fuzz)
{
    for (int i = 0; i < 4; i++) {
        const struct flow_tcp_side *side = &fuzz->flows[i / 2].tcp.sides[i % 2];
        if (!side->waiting)
            continue;
        must(side->known & TCP_HELD && !(side->known & TCP_DONE));
        must(reassembly_first(fuzz->waiting, side->waiting) >= side->offset);
        must(reassembly_end(fuzz->waiting, side->waiting) >
             reassembly_first(fuzz->waiting, side->waiting));
    }
    must(reassembly_bytes(fuzz->waiting) <= fuzz->all);
}

static void fuzz_give_up(struct fuzz *fuzz, bool all)
{
    struct flow_tcp *tcp = &fuzz->flow->tcp;
    struct flow_tcp_run run;
    for (int side = 0; side < 2; side++) {
        enum flow_tcp_given given;
        int runs = 0;
        do {
            given = flow_tcp_give_up(tcp, fuzz->waiting, (enum chains_side)side, all,
                                     &fuzz->arena, &run);
            if (given == FLOW_TCP_RUN)
                fuzz_run(fuzz, side, &run);
            if (given == FLOW_TCP_NO_ROOM && all)
                arena_reset(&fuzz->arena); /* in the next batch */
            must(++runs < RUNS_MOST);
        } while (given == FLOW_TCP_RUN || (given == FLOW_TCP_NO_ROOM && all));
        must(!all || !tcp->sides[side].waiting);
    }
    fuzz_waiting(fuzz);
}

/* The connection at hand ends. */
static void fuzz_end(struct fuzz *fuzz)
{
    uint64_t before = reassembly_bytes(fuzz->waiting);
    fuzz_give_up(fuzz, true);
    must(reassembly_bytes(fuzz->waiting) <= before);
    before = reassembly_bytes(fuzz->waiting);
    flow_tcp_end(&fuzz->flow->tcp, fuzz->waiting);
    must(reassembly_bytes(fuzz->waiting) == before);
}

/* From a byte or two: near what is expected, or anywhere. */
static uint32_t fuzz_number(uint32_t expected, const uint8_t *at, unsigned how)
{
    uint32_t value = (uint32_t)at[0] << 8 | at[1];
    switch (how & 3) {
    case 0:
        return expected + at[0] - (at[0] & 0x80 ? 0x100u : 0u);
    case 1:
        return expected + value - 0x8000;
    case 2:
        return expected + (value << 14);
    default:
        return value << 16 | value;
    }
}

static void fuzz_segment(struct fuzz *fuzz, const uint8_t *at, int64_t time_ns)
{
    enum chains_side side = at[1] & 1 ? CHAINS_RESP : CHAINS_ORIG;
    fuzz->flow = &fuzz->flows[at[0] >> 7];
    struct flow_tcp *flow = &fuzz->flow->tcp;
    const struct flow_tcp_side *self = &flow->sides[side], *peer = &flow->sides[!side];
    size_t sent = at[1] & 0x20 ? at[6] * 250u : at[6];
    size_t captured = at[1] & 0x40 ? sent / 2 : sent;
    uint8_t *payload = malloc(captured ? captured : 1);
    must(payload != NULL);
    struct chains_tcp tcp = { .seq = fuzz_number(self->next, at + 2, at[1] >> 1),
                              .ack = fuzz_number(peer->next, at + 4, at[1] >> 3),
                              .flags = at[0] & 0x7f,
                              .header_len = 20,
                              .window = (uint16_t)(at[7] * 257u) };
    if (at[7] & 1) {
        tcp.has = CHAINS_TCP_HAS_WSCALE;
        tcp.wscale = at[7] >> 3;
    }
    for (size_t i = 0; i < captured; i++)
        payload[i] = (uint8_t)(at[1] & 0x80 ? tcp.seq + i : at[2] + i);
    struct flow_tcp_segment segment = { .time_ns = time_ns,
                                        .tcp = &tcp,
                                        .payload = { payload, captured },
                                        .payload_len = (uint32_t)sent,
                                        .side = side };
    struct flow_tcp_run run;
    if (flow_tcp_is_reused(flow, &segment)) {
        fuzz_end(fuzz);
        flow_tcp_begin(flow);
        fuzz->flow->next[0] = fuzz->flow->next[1] = 0;
    }
    flow_tcp_take(flow, fuzz->waiting, &segment, &fuzz->arena, &run);
    fuzz_run(fuzz, (int)side, &run);
    fuzz_waiting(fuzz);
    if (!(at[0] & 0x40)) /* else later, as where records are short of rows */
        fuzz_give_up(fuzz, false);
    must(reassembly_bytes(fuzz->waiting) <= fuzz->all);
    free(payload);
    arena_reset(&fuzz->arena);
}

static void fuzz_report(struct fuzz *fuzz)
{
    struct chains_flow flow = { .has = 0 };
    flow_tcp_report(&fuzz->flow->tcp, &flow);
    must(flow.orig.stream_bytes + flow.orig.lost >= fuzz->flow->next[0]);
    must(flow.resp.stream_bytes + flow.resp.lost >= fuzz->flow->next[1]);
    must(flow.state && flow.rtt >= 0);
    for (const char *letter = flow.history; *letter; letter++)
        must((*letter >= 'A' && *letter <= 'Z') || (*letter >= 'a' && *letter <= 'z') ||
             (*letter == '^' && letter == flow.history));
    must(flow_tcp_phase(&fuzz->flow->tcp) <= FLOW_TCP_RESET);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz fuzz = { .all = 0 };
    if (size < 3)
        return 0;
    fuzz.all = data[1] * 1024u;
    fuzz.waiting = reassembly_new(data[0] * 1024u, fuzz.all);
    if (!fuzz.waiting)
        return 0;
    arena_init(&fuzz.arena, data[2] * 512u);
    flow_tcp_begin(&fuzz.flows[0].tcp);
    flow_tcp_begin(&fuzz.flows[1].tcp);
    for (size_t at = 3; at + SEGMENT <= size; at += SEGMENT)
        fuzz_segment(&fuzz, data + at, (int64_t)at);
    for (int i = 0; i < 2; i++) {
        fuzz.flow = &fuzz.flows[i];
        fuzz_report(&fuzz);
        fuzz_end(&fuzz);
        fuzz_report(&fuzz);
    }
    must(reassembly_bytes(fuzz.waiting) == 0);
    reassembly_free(fuzz.waiting);
    arena_free(&fuzz.arena);
    return 0;
}
