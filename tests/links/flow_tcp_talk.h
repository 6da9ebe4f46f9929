/* SPDX-License-Identifier: MIT */
#ifndef FLOW_TCP_TALK_H
#define FLOW_TCP_TALK_H

/*
 * A TCP connection as a list of segments, each with what it must bring, as text: the marks, one
 * letter each (o opens, c closes, r resets, m midstream, g gap, w waits, t retransmit, v overlap,
 * l limited, x refused), ":" and the new bytes, "+" and the gap in front of them. Runs given up
 * after the segment follow, each behind ";" and the side it is of.
 */
#include "links/flow_tcp_state.h"
#include "record/arena.h"

#include "../check.h"

#include <stdlib.h>

/* What a row of a table leaves out is 0. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

struct segment {
    char side; /* 'o', 'r', or 0: the end of the list */
    const char *flags;
    uint32_t seq, ack;
    const char *payload;
    const char *want;
    int window;   /* 0: 65535; CLOSED: 0 */
    uint32_t cut; /* bytes at the end that were not captured */
    int scale;    /* 0: no option; else 1 more */
};

enum { CLOSED = -1, STEP_NS = 1000 };

struct talk {
    const char *name;
    struct segment segments[24];
    const char *end; /* what is given up at the end, as above */
    const char *state, *history;
    const char *counts; /* of the sides: stream, lost, overlapping, gaps, retransmitted, ... */
    int64_t rtt;        /* in segments; 0: none */
    enum flow_tcp_phase phase;
    uint64_t direction, all; /* ceilings, in bytes; 0: plenty */
};

struct talk_state {
    struct flow_tcp tcp;
    struct reassembly *waiting;
    struct chains_arena arena;
    uint64_t offset[2]; /* expected next */
    uint64_t ceiling;
};

static inline unsigned talk_flags(const char *words)
{
    static const struct {
        char letter;
        unsigned flag;
    } letters[] = { { 'S', CHAINS_TCP_SYN }, { 'A', CHAINS_TCP_ACK }, { 'F', CHAINS_TCP_FIN },
                    { 'R', CHAINS_TCP_RST }, { 'P', CHAINS_TCP_PSH }, { 'U', CHAINS_TCP_URG } };
    unsigned flags = 0;
    for (; *words; words++)
        for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
            flags |= *words == letters[i].letter ? letters[i].flag : 0;
    return flags;
}

/* Adds a run to the text, and checks that its offset goes on where the last one ended. */
static inline void talk_run(struct talk_state *talk, enum chains_side side,
                            const struct flow_tcp_run *run, char *text, size_t room)
{
    static const char letters[] = "ocrmgwtvlx";
    size_t at = strlen(text);
    for (unsigned i = 0; letters[i]; i++)
        if (run->marks >> i & 1 && at + 1 < room)
            text[at++] = letters[i];
    text[at] = '\0';
    if (run->bytes.len)
        at += (size_t)snprintf(text + at, room - at, ":%.*s",
                               run->bytes.len < 100 ? (int)run->bytes.len : 100,
                               (const char *)run->bytes.at);
    if (run->gap && at < room)
        snprintf(text + at, room - at, "+%" PRIu64, run->gap);
    check(!run->gap == !(run->marks & CHAINS_STREAM_GAP));
    check_eq_u64(run->offset, talk->offset[side] + run->gap);
    talk->offset[side] = run->offset + run->bytes.len;
}

static inline void talk_give_up(struct talk_state *talk, bool all, char *text, size_t room)
{
    for (int side = 0; side < 2; side++) {
        struct flow_tcp_run run;
        while (flow_tcp_give_up(&talk->tcp, talk->waiting, (enum chains_side)side, all,
                                &talk->arena, &run) == FLOW_TCP_RUN) {
            size_t at = strlen(text);
            snprintf(text + at, room - at, ";%c", "or"[side]);
            talk_run(talk, (enum chains_side)side, &run, text, room);
        }
    }
    check(reassembly_bytes(talk->waiting) <= talk->ceiling);
}

/* A segment, and what it brought; `text` has room for `room` bytes. */
static inline void talk_say(struct talk_state *talk, const struct segment *segment,
                            int64_t time_ns, char *text, size_t room)
{
    size_t len = segment->payload ? strlen(segment->payload) : 0;
    uint8_t *payload =
        malloc(len ? len : 1); /* of its size, so that a sanitizer sees its end */
    struct chains_tcp tcp = { .seq = segment->seq,
                              .ack = segment->ack,
                              .header_len = 20,
                              .flags = (uint16_t)talk_flags(segment->flags) };
    tcp.window = (uint16_t)(segment->window == CLOSED ? 0
                            : segment->window         ? segment->window
                                                      : 65535);
    if (segment->scale) {
        tcp.has = CHAINS_TCP_HAS_WSCALE;
        tcp.wscale = (uint8_t)(segment->scale - 1);
    }
    for (size_t i = 0; payload && i < len; i++)
        payload[i] = (uint8_t)segment->payload[i];
    struct flow_tcp_segment in = {
        .time_ns = time_ns,
        .tcp = &tcp,
        .payload = { payload, len - segment->cut },
        .payload_len = (uint32_t)len,
        .side = segment->side == 'o' ? CHAINS_ORIG : CHAINS_RESP,
    };
    struct flow_tcp_run run;
    flow_tcp_take(&talk->tcp, talk->waiting, &in, &talk->arena, &run);
    text[0] = '\0';
    talk_run(talk, in.side, &run, text, room);
    talk_give_up(talk, false, text, room);
    free(payload);
    arena_reset(&talk->arena);
}

static inline bool talk_open(struct talk_state *talk, uint64_t direction, uint64_t all)
{
    memset(talk, 0, sizeof *talk);
    flow_tcp_begin(&talk->tcp);
    talk->ceiling = all;
    talk->waiting = reassembly_new(direction, all);
    arena_init(&talk->arena, 16 << 20);
    return talk->waiting != NULL;
}

static inline void talk_close(struct talk_state *talk)
{
    flow_tcp_end(&talk->tcp, talk->waiting);
    check_eq_u64(reassembly_bytes(talk->waiting), 0);
    reassembly_free(talk->waiting);
    arena_free(&talk->arena);
}

static inline void talk_counts(const struct chains_flow *flow, char *text, size_t room)
{
    const struct chains_flow_side *sides[2] = { &flow->orig, &flow->resp };
    size_t at = 0;
    for (int i = 0; i < 2; i++)
        at += (size_t)snprintf(text + at, room - at,
                               "%s%" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u %u %u",
                               i ? ", " : "", sides[i]->stream_bytes, sides[i]->lost,
                               sides[i]->overlapping, sides[i]->gaps, sides[i]->retransmitted,
                               sides[i]->out_of_order, sides[i]->zero_windows);
}

static inline void talk_check(const struct talk *talk)
{
    struct talk_state state;
    uint64_t plenty = 1 << 20;
    char text[1024];
    printf("# %s\n", talk->name);
    if (!check(talk_open(&state, talk->direction ? talk->direction : plenty,
                         talk->all ? talk->all : plenty)))
        return;
    int64_t time_ns = 1;
    for (const struct segment *segment = talk->segments; segment->side; segment++) {
        talk_say(&state, segment, time_ns, text, sizeof text);
        if (strcmp(text, segment->want ? segment->want : "") != 0)
            printf("# segment %d\n", (int)(segment - talk->segments));
        check_eq_text(text, segment->want ? segment->want : "");
        time_ns += STEP_NS;
    }
    check_eq_u64(flow_tcp_phase(&state.tcp), talk->phase);
    text[0] = '\0';
    talk_give_up(&state, true, text, sizeof text);
    check_eq_text(text, talk->end ? talk->end : "");
    struct chains_flow flow;
    memset(&flow, 0, sizeof flow);
    flow_tcp_report(&state.tcp, &flow);
    check_eq_text(flow.state, talk->state);
    check_eq_text(flow.history, talk->history);
    check_eq_u64(flow.rtt, talk->rtt * STEP_NS);
    check_eq_u64(flow.has & CHAINS_FLOW_HAS_RTT, talk->rtt ? CHAINS_FLOW_HAS_RTT : 0);
    talk_counts(&flow, text, sizeof text);
    check_eq_text(text, talk->counts);
    talk_close(&state);
}

/* The handshake of a table, and the counts of a side that had none. */
#define NOTHING "0 0 0 0 0 0 0"
#define HANDSHAKE                                                                              \
    { 'o', "S", 999, 0, NULL, "o" }, { 'r', "SA", 4999, 1000, NULL, "o" },                     \
    {                                                                                          \
        'o', "A", 1000, 5000                                                                   \
    }

#define EACH(table, test)                                                                      \
    for (size_t i = 0; i < sizeof(table) / sizeof(table)[0]; i++)                              \
    test(&(table)[i])

#endif
