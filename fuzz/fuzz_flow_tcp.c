/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as segments of one TCP connection: offsets go on without a step back, every byte of a
 * run can be read, counts add up, nothing is held above the ceilings or after the end. Build and
 * run:
 *
 *     script/fuzz flow_tcp 60
 *
 * The first three bytes are the ceilings and the arena's size. Then a segment is eight bytes:
 * flags, side and how to read the rest, two for the sequence number and two for the
 * acknowledgement (both from the ones expected), length, window.
 */
#include "links/flow_tcp.h"
#include "record/arena.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENT = 8, RUNS_MOST = 100000 };

struct fuzz {
    struct flow_tcp tcp;
    struct reassembly *waiting;
    struct chains_arena arena;
    uint64_t all, next[2], sum;
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
        must(run->offset == fuzz->next[side] + run->gap);
        fuzz->next[side] = run->offset + run->bytes.len;
    }
    for (size_t i = 0; i < run->bytes.len; i++)
        fuzz->sum += run->bytes.at[i];
}

static void fuzz_give_up(struct fuzz *fuzz, bool all)
{
    struct flow_tcp_run run;
    for (int side = 0; side < 2; side++) {
        int runs = 0;
        while (flow_tcp_give_up(&fuzz->tcp, fuzz->waiting, (enum chains_side)side, all,
                                &fuzz->arena, &run)) {
            fuzz_run(fuzz, side, &run);
            must(++runs < RUNS_MOST);
        }
    }
    must(reassembly_bytes(fuzz->waiting) <= fuzz->all);
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
    const struct flow_tcp_side *self = &fuzz->tcp.sides[side], *peer = &fuzz->tcp.sides[!side];
    size_t sent = at[1] & 0x20 ? at[6] * 250u : at[6];
    size_t captured = at[1] & 0x40 ? sent / 2 : sent;
    uint8_t *payload = malloc(captured ? captured : 1);
    must(payload != NULL);
    struct chains_tcp tcp = { .seq = fuzz_number(self->next, at + 2, at[1] >> 1),
                              .ack = fuzz_number(peer->next, at + 4, at[1] >> 3),
                              .flags = at[0],
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
    if (flow_tcp_is_reused(&fuzz->tcp, &segment)) {
        fuzz_give_up(fuzz, true);
        flow_tcp_end(&fuzz->tcp, fuzz->waiting);
        must(reassembly_bytes(fuzz->waiting) == 0);
        flow_tcp_begin(&fuzz->tcp, CHAINS_OPENER_SYN);
        fuzz->next[0] = fuzz->next[1] = 0;
    }
    flow_tcp_take(&fuzz->tcp, fuzz->waiting, &segment, &fuzz->arena, &run);
    fuzz_run(fuzz, (int)side, &run);
    if (!(at[0] & 0x40)) /* else later, as where records are short of rows */
        fuzz_give_up(fuzz, false);
    must(reassembly_bytes(fuzz->waiting) <= fuzz->all);
    free(payload);
    arena_reset(&fuzz->arena);
}

static void fuzz_report(struct fuzz *fuzz)
{
    struct chains_flow flow = { .has = 0 };
    flow_tcp_report(&fuzz->tcp, &flow);
    must(flow.orig.stream_bytes + flow.orig.lost >= fuzz->next[0]);
    must(flow.resp.stream_bytes + flow.resp.lost >= fuzz->next[1]);
    must(flow.state && flow.rtt >= 0);
    for (const char *letter = flow.history; *letter; letter++)
        must((*letter >= 'A' && *letter <= 'Z') || (*letter >= 'a' && *letter <= 'z') ||
             (*letter == '^' && letter == flow.history));
    must(flow_tcp_phase(&fuzz->tcp) <= FLOW_TCP_RESET);
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
    flow_tcp_begin(&fuzz.tcp, CHAINS_OPENER_FIRST);
    for (size_t at = 3; at + SEGMENT <= size; at += SEGMENT)
        fuzz_segment(&fuzz, data + at, (int64_t)at);
    fuzz_report(&fuzz);
    fuzz_give_up(&fuzz, true);
    fuzz_report(&fuzz);
    flow_tcp_end(&fuzz.tcp, fuzz.waiting);
    must(reassembly_bytes(fuzz.waiting) == 0);
    reassembly_free(fuzz.waiting);
    arena_free(&fuzz.arena);
    return 0;
}
