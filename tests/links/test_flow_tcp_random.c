/* SPDX-License-Identifier: MIT */
/*
 * Random streams in random segments, against a map of bytes: reordered, doubled, overlapping with
 * the same and with other bytes, lost, through ceilings and an arena that is full. The seed of a
 * case that fails is printed.
 */
#include "links/flow_tcp_state.h"
#include "record/arena.h"

#include "../check.h"

#include <stdlib.h>

enum { MOST = 60000, MOST_SEGMENTS = 4000 };

static uint64_t seed;

static uint32_t random_below(uint32_t most)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % most;
}

struct piece {
    uint32_t offset, len;
    uint32_t place; /* in the order of arrival */
    bool other;     /* with bytes that differ */
};

struct model {
    uint32_t len, isn;
    uint8_t stream[MOST];
    uint8_t first[MOST], got[MOST]; /* the first copy to arrive, and what was delivered */
    bool arrived[MOST];
    uint64_t next, lost, overlapping;
    struct piece pieces[MOST_SEGMENTS];
    uint32_t count;
    struct flow_tcp tcp;
    struct reassembly *waiting;
    struct chains_arena arena;
    uint64_t all;
    bool wrong;
};

static struct model model;

static int by_place(const void *a, const void *b)
{
    const struct piece *one = a, *other = b;
    return one->place < other->place ? -1 : one->place > other->place;
}

/* Pieces that cover the stream, with some doubled, and moved by up to `far` places. */
static void model_cut(uint32_t longest, uint32_t far, bool other)
{
    model.count = 0;
    for (uint32_t at = 0; at < model.len;) {
        uint32_t len = 1 + random_below(longest);
        len = len < model.len - at ? len : model.len - at;
        if (model.count + 6 >= MOST_SEGMENTS)
            len = model.len - at;
        model.pieces[model.count] = (struct piece){ .offset = at, .len = len };
        model.pieces[model.count].other = other && random_below(3) == 0;
        model.count++;
        at += len;
        if (random_below(4) == 0) {
            uint32_t again = at - random_below(at < 3000 ? at : 3000);
            uint32_t more = 1 + random_below(longest);
            more = more < model.len - again ? more : model.len - again;
            if (more)
                model.pieces[model.count++] =
                    (struct piece){ .offset = again, .len = more, .other = other };
        }
    }
    for (uint32_t i = 0; i < model.count; i++)
        model.pieces[i].place = 8 * i + random_below(8 * far + 1);
    qsort(model.pieces, model.count, sizeof model.pieces[0], by_place);
}

static void model_run(const struct flow_tcp_run *run)
{
    if (run->bytes.len || run->gap) {
        model.wrong |= run->offset != model.next + run->gap;
        model.next = run->offset;
        model.lost += run->gap;
    }
    if (run->offset + run->bytes.len > model.len) {
        model.wrong = true;
        return;
    }
    if (run->bytes.len)
        memcpy(model.got + run->offset, run->bytes.at, run->bytes.len);
    for (size_t i = 0; i < run->bytes.len; i++)
        model.wrong |= model.got[run->offset + i] != model.first[run->offset + i];
    model.next += run->bytes.len;
}

static void model_give_up(bool all)
{
    struct flow_tcp_run run;
    while (flow_tcp_give_up(&model.tcp, model.waiting, CHAINS_ORIG, all, &model.arena, &run) ==
           FLOW_TCP_RUN)
        model_run(&run);
    model.wrong |= reassembly_bytes(model.waiting) > model.all;
}

static void model_take(enum chains_side side, unsigned flags, uint32_t seq, uint32_t ack,
                       struct chains_bytes bytes)
{
    struct chains_tcp tcp = { .has = CHAINS_TCP_HAS_WSCALE,
                              .seq = seq,
                              .ack = ack,
                              .header_len = 20,
                              .flags = (uint16_t)flags,
                              .window = 65535,
                              .wscale = 4 };
    struct flow_tcp_segment segment = {
        .tcp = &tcp, .payload = bytes, .payload_len = (uint32_t)bytes.len, .side = side
    };
    struct flow_tcp_run run;
    flow_tcp_take(&model.tcp, model.waiting, &segment, &model.arena, &run);
    if (side == CHAINS_ORIG)
        model_run(&run);
    model_give_up(false);
    arena_reset(&model.arena);
}

static bool model_open(uint64_t direction, uint64_t all, uint64_t arena)
{
    model.len = 1 + random_below(MOST);
    model.isn = random_below(2) ? 0u - random_below(MOST) : (uint32_t)seed;
    for (uint32_t i = 0; i < model.len; i++)
        model.stream[i] = (uint8_t)random_below(256);
    memset(model.arrived, 0, sizeof model.arrived);
    model.next = model.lost = model.overlapping = 0;
    model.wrong = false;
    model.all = all;
    model.waiting = reassembly_new(direction, all);
    arena_init(&model.arena, arena);
    flow_tcp_begin(&model.tcp);
    if (!model.waiting)
        return false;
    struct chains_bytes none = { NULL, 0 };
    model_take(CHAINS_ORIG, CHAINS_TCP_SYN, model.isn, 0, none);
    model_take(CHAINS_RESP, CHAINS_TCP_SYN | CHAINS_TCP_ACK, 77, model.isn + 1, none);
    model_take(CHAINS_RESP, CHAINS_TCP_ACK, 78, model.isn + 1, none); /* a large window */
    return true;
}

static void model_send(const struct piece *piece)
{
    uint8_t *bytes = malloc(piece->len);
    if (!bytes)
        return;
    uint32_t again = 0;
    bool differs = false;
    for (uint32_t i = 0; i < piece->len; i++) {
        uint32_t at = piece->offset + i;
        again += model.arrived[at];
        bytes[i] = model.stream[at];
        if (piece->other && random_below(3) == 0)
            bytes[i] ^= (uint8_t)(1 + random_below(255));
        if (!model.arrived[at])
            model.first[at] = bytes[i];
        else if (at >= model.next)
            differs |= model.first[at] != bytes[i];
        model.arrived[at] = true;
    }
    if (differs || (again && again < piece->len))
        model.overlapping += again;
    model_take(CHAINS_ORIG, CHAINS_TCP_ACK | CHAINS_TCP_PSH, model.isn + 1 + piece->offset, 78,
               (struct chains_bytes){ bytes, piece->len });
    free(bytes);
}

static void model_close(const char *what, uint64_t begin)
{
    struct chains_flow flow;
    arena_free(&model.arena);
    arena_init(&model.arena, 16 << 20);
    model_give_up(true);
    memset(&flow, 0, sizeof flow);
    flow_tcp_report(&model.tcp, &flow);
    model.wrong |= flow.orig.lost != model.lost;
    model.wrong |= flow.orig.stream_bytes + flow.orig.lost != model.next;
    flow_tcp_end(&model.tcp, model.waiting);
    model.wrong |= reassembly_bytes(model.waiting) != 0;
    if (!check(!model.wrong))
        printf("# %s, seed 0x%" PRIx64 "\n", what, begin);
    reassembly_free(model.waiting);
    arena_free(&model.arena);
}

/* Everything arrives: everything is delivered, each byte as it came first. */
static void test_whole(bool other, uint64_t arena)
{
    uint64_t begin = seed;
    if (!check(model_open(1 << 20, 1 << 20, arena)))
        return;
    model_cut(1 + random_below(1500), random_below(30), other);
    for (uint32_t i = 0; i < model.count; i++)
        model_send(&model.pieces[i]);
    struct chains_flow so_far = { .has = 0 };
    flow_tcp_report(&model.tcp, &so_far);
    model_give_up(false);
    arena_free(&model.arena);
    arena_init(&model.arena, 16 << 20);
    model_give_up(false); /* what the arena had no room for */
    model.wrong |= model.next != model.len || model.lost;
    if (arena)
        model.wrong |= so_far.orig.overlapping != model.overlapping;
    model_close(other ? "other bytes" : "the same bytes", begin);
}

/* Some is lost, acknowledged or not, and there is little room. */
static void test_parts(void)
{
    uint64_t begin = seed;
    uint64_t direction = random_below(40000), all = random_below(60000);
    if (!check(model_open(direction, all, random_below(3) ? 16 << 20 : random_below(2000))))
        return;
    model_cut(1 + random_below(1500), random_below(60), false);
    uint32_t sent = 0;
    for (uint32_t i = 0; i < model.count; i++) {
        const struct piece *piece = &model.pieces[i];
        if (random_below(10) > 0)
            model_send(piece);
        if (piece->offset + piece->len > sent)
            sent = piece->offset + piece->len;
        if (random_below(10) == 0)
            model_take(CHAINS_RESP, CHAINS_TCP_ACK, 78, model.isn + 1 + sent,
                       (struct chains_bytes){ NULL, 0 });
    }
    model_close("losses and ceilings", begin);
}

int main(void)
{
    seed = 0x9e3779b97f4a7c15;
    for (int i = 0; i < 150; i++) {
        test_whole(false, 16 << 20);
        test_whole(true, 16 << 20);
        test_whole(false, 4096 + random_below(4000));
        test_parts();
        test_parts();
    }
    return check_done();
}
