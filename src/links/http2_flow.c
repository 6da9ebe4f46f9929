/* SPDX-License-Identifier: MIT */
/*
 * The frames of an HTTP/2 connection. In: new bytes of either direction, holes, ends. Out: blocks of
 * headers, lengths of data and ends of streams, for the messages. Nothing of a frame is kept but its
 * header and what it says in a few bytes: blocks are decompressed as their bytes come. A frame that
 * cannot be makes a direction lose its place, as a hole does that is not within one frame.
 */
#include "http2_flow.h"

#include <string.h>

#include "hpack.h"
#include "http2_frame.h"
#include "http2_stream.h"

enum {
    CONTINUATIONS = 64,   /* frames of one block; 64 KiB of headers need 4 */
    STREAMS_AHEAD = 8192, /* how far a stream may be above all others where a place is sought */
    SETTING = 6,
    SETTING_TABLE = 1, /* SETTINGS_HEADER_TABLE_SIZE */
    SETTING_PUSH = 2,  /* SETTINGS_ENABLE_PUSH */
    SETTING_FRAME = 5, /* SETTINGS_MAX_FRAME_SIZE */
    NOBODY = 2,        /* no side */
};

enum step {
    STEP_PREFACE,
    STEP_HEADER,
    STEP_PREFIX, /* what stands in front of data, or of a block */
    STEP_SETTING,
    STEP_PAYLOAD,
};

struct http2_side {
    struct hpack *hpack;    /* NULL: nothing was compressed yet, or it was lost */
    struct http2_head head; /* of the block at hand */
    struct http2_room room; /* for what it says */
    struct http2_frame frame;
    uint32_t left, pad; /* of its payload: all that is to come, and what stuffs its end */
    uint8_t step;       /* enum step */
    uint8_t held;       /* bytes in `hold` */
    uint8_t hold[HTTP2_PREFACE];
    bool first;    /* its first frame is to come, which must be SETTINGS */
    bool hunting;  /* not at a frame's beginning */
    bool in_block; /* a block goes on in the next frame */
    bool deaf;     /* the block at hand is not read any more */
    bool no_push;  /* it has said that it wants no promises */
    struct http2_block block;
    uint32_t carrier;  /* stream whose frames carry the block */
    uint32_t promised; /* highest stream of those that it has promised */
    uint32_t continuations;
    uint32_t frame_most; /* longest payload */
    uint32_t told;       /* what `hpack` was told of the next one */
    uint32_t table;      /* largest size of the table of headers */
    uint32_t table_next; /* the same, once `unacked` settings of the peer hold */
    uint32_t unacked;
};

struct http2_flow {
    struct http2_side side[2]; /* by enum chains_side */
    struct http2_streams streams;
    uint8_t client; /* enum chains_side, or NOBODY: it is not known */
};

struct http2_flow *http2_flow_new(struct pool *pool, struct siphash_key secret,
                                  enum http2_begin begin, enum chains_side side, bool joined)
{
    struct http2_flow *flow = pool_take_zeros(pool, sizeof *flow);
    if (!flow)
        return NULL;
    flow->client = begin == HTTP2_BEGIN_CLIENT ? (uint8_t)side : !side;
    if (begin == HTTP2_BEGIN_INSIDE)
        flow->client = NOBODY;
    flow->streams.secret = secret;
    flow->streams.gaps = begin == HTTP2_BEGIN_INSIDE || (joined && flow->client != side);
    for (size_t i = 0; i < 2; i++) {
        struct http2_side *one = &flow->side[i];
        bool inside = begin == HTTP2_BEGIN_INSIDE || (joined && i != side);
        one->step = i == flow->client ? STEP_PREFACE : STEP_HEADER;
        one->first = !inside;
        one->hunting = inside;
        one->head.pool = pool;
        one->room.credit = HTTP2_CREDIT_MOST;
        one->frame_most = inside ? HTTP2_FRAME_ANY : HTTP2_FRAME_MOST;
        one->table = one->table_next = inside || joined ? HPACK_TABLE_MOST : HPACK_TABLE;
    }
    return flow;
}

struct http2_flow *http2_flow_upgrade(const struct http2_upgrade *upgrade)
{
    struct http2_flow *flow = http2_flow_new(upgrade->pool, upgrade->secret, HTTP2_BEGIN_CLIENT,
                                             upgrade->client, false);
    if (!flow)
        return NULL;
    struct http2_side *server = &flow->side[!upgrade->client];
    flow->streams.requests = upgrade->requests;
    if (upgrade->has_table)
        server->table = server->table_next = upgrade->table;
    if (http2_streams_first(&flow->streams, upgrade->pool, upgrade->asked))
        return flow;
    pool_give(flow);
    return NULL;
}

void http2_flow_free(struct http2_flow *flow)
{
    if (!flow)
        return;
    for (size_t i = 0; i < 2; i++) {
        hpack_free(flow->side[i].hpack);
        http2_head_free(&flow->side[i].head);
    }
    http2_streams_free(&flow->streams);
    pool_give(flow);
}

size_t http2_flow_memory(const struct http2_flow *flow)
{
    size_t bytes = sizeof *flow + flow->streams.bytes;
    for (size_t i = 0; i < 2; i++) {
        bytes += hpack_memory(flow->side[i].hpack);
        bytes += http2_head_memory(&flow->side[i].head);
    }
    return bytes;
}

/* Whether a side's messages are known to be of one kind, and which. */
static bool kind_of(const struct http2_flow *flow, const struct http2_side *side,
                    enum chains_http_kind *kind)
{
    bool client = flow->client != NOBODY && side == &flow->side[flow->client];
    *kind = client ? CHAINS_HTTP_REQUEST : CHAINS_HTTP_RESPONSE;
    return flow->client != NOBODY;
}

/* In the middle: who asks is seen by what a head says. */
static void find_client(struct http2_flow *flow, const struct http2_side *side)
{
    bool second = side == &flow->side[1];
    if (flow->client != NOBODY)
        return;
    if (side->block.pushed || http2_head_begins(&side->head, CHAINS_HTTP_RESPONSE))
        flow->client = !second;
    else if (http2_head_begins(&side->head, CHAINS_HTTP_REQUEST))
        flow->client = second;
}

/* The block at hand is over. False: there is no memory. */
static bool end_block(struct http2_flow *flow, struct http_flow_run *run,
                      struct http2_side *side)
{
    enum chains_http_kind kind;
    bool good = true;
    find_client(flow, side);
    flow->streams.client = flow->client == NOBODY ? 0 : (uint8_t)(flow->client + 1);
    if (kind_of(flow, side, &kind) && side->block.stream) {
        side->block.kind = side->block.pushed ? CHAINS_HTTP_REQUEST : kind;
        good = http2_streams_head(&flow->streams, run, &side->block, &side->head);
    }
    http2_head_reset(&side->head);
    side->in_block = false;
    return good;
}

/* A block that is not read to its end: of its message nothing more will come. */
static bool cut_block(struct http2_flow *flow, struct http_flow_run *run,
                      struct http2_side *side, uint32_t weird)
{
    if (!side->in_block)
        return true;
    side->block.cut = side->head.lost = true;
    side->block.weird |= weird;
    return end_block(flow, run, side);
}

/* What the table of headers holds is not known any more; from the next block on there is a new one. */
static void lose_table(struct http2_side *side)
{
    hpack_free(side->hpack);
    side->hpack = NULL;
    side->table = side->table_next = HPACK_TABLE_MOST;
}

/* The headers behind this byte of the block at hand are not known. */
static void lose_block(struct http2_side *side, uint32_t weird)
{
    lose_table(side);
    side->deaf = side->head.lost = true;
    side->head.weird |= CHAINS_HTTP_HPACK_LOST | weird;
}

/* A direction has lost its place: what it has under way ends here. False: there is no memory. */
static bool lose_place(struct http2_flow *flow, struct http_flow_run *run,
                       struct http2_side *side, uint32_t weird)
{
    struct http2_side *peer = &flow->side[side == &flow->side[0]];
    enum chains_http_kind kind;
    bool good = cut_block(flow, run, side, weird);
    side->hunting = true;
    side->first = side->in_block = side->no_push = false;
    side->held = 0;
    side->left = side->pad = 0;
    side->unacked = 0;
    side->step = STEP_HEADER;
    peer->table = peer->table_next =
        HPACK_TABLE_MOST; /* it may have been allowed that unseen */
    side->frame_most = HTTP2_FRAME_ANY;
    lose_table(side);
    http2_streams_doubt(&flow->streams);
    flow->streams.gaps = true;
    if (!kind_of(flow, side, &kind))
        return good;
    if (weird == CHAINS_HTTP_BAD_FRAME) /* nobody else would say it */
        flow->streams.weird[kind] |= weird;
    http2_streams_cut(&flow->streams, run, kind, weird);
    return good;
}

/* Bytes of a block of headers; `last`: it ends with them. False: there is no memory. */
static bool take_block(struct http2_side *side, const struct http_flow_run *run,
                       struct chains_bytes bytes, bool last)
{
    enum hpack_status status = HPACK_FIELD;
    side->room.most = run->header_most;
    side->room.headers = run->out->headers;
    side->room.credentials = run->out->credentials;
    while (status == HPACK_FIELD && !side->deaf) {
        struct hpack_field field;
        status = hpack_take(side->hpack, &bytes, last, &field);
        if (status == HPACK_FIELD &&
            !http2_head_add(&side->head, field.name, field.value, &side->room))
            status = HPACK_MEMORY;
    }
    if (status == HPACK_LOST)
        lose_block(side, 0);
    return status != HPACK_MEMORY;
}

/* In front of a block: a table to read it with, as large as it may be by now. */
static bool ready_table(struct http2_side *side)
{
    if (!side->hpack) {
        side->hpack = hpack_new(side->head.pool);
        side->told = HPACK_TABLE;
    }
    if (!side->hpack)
        return false;
    if (side->told == side->table)
        return true;
    side->told = side->table;
    return hpack_limit(side->hpack, side->table) == HPACK_MORE;
}

/* A frame with a block begins, or with more of it. */
static bool begin_block(struct http2_flow *flow, struct http_flow_run *run,
                        struct http2_side *side)
{
    const struct http2_frame *frame = &side->frame;
    bool more = frame->type == HTTP2_CONTINUATION;
    if (more && ++side->continuations < CONTINUATIONS)
        return true;
    if (more && (side->block.cut || side->deaf))
        return true;
    if (more) { /* it is said now, and the block is read on for what it does to the table */
        side->head.weird |= CHAINS_HTTP_CONTINUATIONS | CHAINS_HTTP_TOO_LONG;
        bool good = cut_block(flow, run, side, 0);
        side->block = (struct http2_block){ .cut = true }; /* of no stream any more */
        side->in_block = side->head.lost = true;
        return good;
    }
    side->in_block = true;
    side->deaf = false;
    side->continuations = 0;
    side->carrier = frame->stream;
    side->block = (struct http2_block){
        .stream = frame->type == HTTP2_HEADERS ? frame->stream : 0, /* a promise says it */
        .ends = frame->type == HTTP2_HEADERS && frame->flags & HTTP2_END_STREAM,
    };
    return ready_table(side);
}

static void set(struct http2_flow *flow, struct http2_side *side)
{
    struct http2_side *peer = &flow->side[side == &flow->side[0]];
    uint32_t number = chains_load_be16(side->hold);
    uint32_t value = chains_load_be32(side->hold + 2);
    if (number == SETTING_PUSH)
        side->no_push = value == 0;
    if (number == SETTING_FRAME && value > peer->frame_most && value <= HTTP2_FRAME_ANY)
        peer->frame_most = value;
    if (number != SETTING_TABLE)
        return;
    peer->table_next = value < HPACK_TABLE_MOST ? value : HPACK_TABLE_MOST;
    if (peer->table_next > peer->table) /* a smaller one holds when the peer has said so */
        peer->table = peer->table_next;
}

/* What a peer wanted of this side holds from here on. */
static void acknowledge(struct http2_side *side)
{
    if (side->unacked && --side->unacked == 0)
        side->table = side->table_next;
}

/* All of a frame was there. False: there is no memory. */
static bool end_frame(struct http2_flow *flow, struct http_flow_run *run,
                      struct http2_side *side)
{
    const struct http2_frame *frame = &side->frame;
    struct http2_side *peer = &flow->side[side == &flow->side[0]];
    enum chains_http_kind kind;
    side->step = STEP_HEADER;
    switch (frame->type) {
    case HTTP2_DATA:
        if (frame->flags & HTTP2_END_STREAM && kind_of(flow, side, &kind))
            http2_streams_finish(&flow->streams, run, kind, frame->stream);
        return true;
    case HTTP2_HEADERS:
    case HTTP2_PUSH_PROMISE:
    case HTTP2_CONTINUATION:
        if (!(frame->flags & HTTP2_END_HEADERS))
            return true;
        return take_block(side, run, (struct chains_bytes){ NULL, 0 }, true) &&
               end_block(flow, run, side);
    case HTTP2_RST_STREAM:
        http2_streams_reset(&flow->streams, run, frame->stream);
        return true;
    case HTTP2_SETTINGS:
        if (frame->flags & HTTP2_ACK)
            acknowledge(side);
        else if (peer->unacked < UINT32_MAX)
            peer->unacked++;
        return true;
    default:
        return true;
    }
}

/* Whether a frame may come here, by those in front of it. */
static bool is_due(const struct http2_flow *flow, const struct http2_side *side)
{
    const struct http2_frame *frame = &side->frame;
    bool more = frame->type == HTTP2_CONTINUATION;
    bool client = flow->client != NOBODY && side == &flow->side[flow->client];
    if (side->in_block)
        return more && frame->stream == side->carrier;
    if (side->first)
        return frame->type == HTTP2_SETTINGS && !(frame->flags & HTTP2_ACK);
    return !more && !(client && frame->type == HTTP2_PUSH_PROMISE);
}

static bool take_header(struct http2_flow *flow, struct http_flow_run *run,
                        struct http2_side *side)
{
    side->frame = http2_frame_of(side->hold);
    const struct http2_frame *frame = &side->frame;
    if (!http2_frame_good(frame, side->frame_most) || !is_due(flow, side))
        return lose_place(flow, run, side, CHAINS_HTTP_BAD_FRAME);
    side->first = false;
    side->left = frame->length;
    side->pad = 0;
    side->step = http2_frame_prefix(frame) ? STEP_PREFIX : STEP_PAYLOAD;
    if (frame->type == HTTP2_SETTINGS && !(frame->flags & HTTP2_ACK))
        side->step = STEP_SETTING;
    bool block = frame->type == HTTP2_HEADERS || frame->type == HTTP2_PUSH_PROMISE ||
                 frame->type == HTTP2_CONTINUATION;
    bool good = !block || begin_block(flow, run, side);
    return good && (side->left || end_frame(flow, run, side));
}

/*
 * A promise of a stream. One that a server may not promise is nobody's, and its block is read for what
 * it does to the table: it could stand in front of what a client asks.
 */
static void take_promise(struct http2_flow *flow, struct http2_side *side, uint32_t promised)
{
    const struct http2_side *peer = &flow->side[side == &flow->side[0]];
    bool above = promised > side->promised || (flow->streams.gaps && promised);
    enum chains_http_kind kind;
    if (promised % 2 == 0 && above && !peer->no_push) {
        side->promised = promised > side->promised ? promised : side->promised;
        side->block.pushed = side->block.ends = true;
        side->block.stream = promised;
    } else if (kind_of(flow, side, &kind)) {
        flow->streams.weird[kind] |= CHAINS_HTTP_BAD_FRAME;
    }
}

static bool take_prefix(struct http2_flow *flow, struct http_flow_run *run,
                        struct http2_side *side)
{
    const struct http2_frame *frame = &side->frame;
    const uint8_t *at = side->hold;
    bool padded = frame->flags & HTTP2_PADDED;
    side->step = STEP_PAYLOAD;
    side->left -= http2_frame_prefix(frame);
    side->pad = padded ? at[0] : 0;
    if (side->pad > side->left)
        return lose_place(flow, run, side, CHAINS_HTTP_BAD_FRAME);
    at += padded;
    if (frame->type == HTTP2_PUSH_PROMISE)
        take_promise(flow, side, chains_load_be32(at) & HTTP2_STREAM_MOST);
    return side->left || end_frame(flow, run, side);
}

/* How many bytes a step needs at once; 0: any number. */
static size_t need(const struct http2_side *side)
{
    switch ((enum step)side->step) {
    case STEP_PREFACE:
        return HTTP2_PREFACE;
    case STEP_HEADER:
        return HTTP2_FRAME_HEADER;
    case STEP_PREFIX:
        return http2_frame_prefix(&side->frame);
    case STEP_SETTING:
        return SETTING;
    case STEP_PAYLOAD:
        break;
    }
    return 0;
}

/* The bytes that a step needs are in `hold`. */
static bool take_held(struct http2_flow *flow, struct http_flow_run *run,
                      struct http2_side *side)
{
    side->held = 0;
    if (side->step == STEP_HEADER)
        return take_header(flow, run, side);
    if (side->step == STEP_PREFIX)
        return take_prefix(flow, run, side);
    if (side->step == STEP_SETTING) {
        set(flow, side);
        side->left -= SETTING;
        return side->left || end_frame(flow, run, side);
    }
    side->step = STEP_HEADER;
    return memcmp(side->hold, http2_preface, HTTP2_PREFACE) == 0 ||
           lose_place(flow, run, side, CHAINS_HTTP_BAD_FRAME);
}

/* Bytes of a payload. False: there is no memory. */
static bool take_payload(struct http2_flow *flow, struct http_flow_run *run,
                         struct http2_side *side, struct chains_bytes bytes)
{
    const struct http2_frame *frame = &side->frame;
    size_t own = side->left - side->pad;
    enum chains_http_kind kind;
    bool good = true;
    side->left -= (uint32_t)bytes.len;
    bytes.len = bytes.len < own ? bytes.len : own;
    side->pad = side->pad < side->left ? side->pad : side->left;
    if (frame->type == HTTP2_DATA && kind_of(flow, side, &kind))
        http2_streams_body(&flow->streams, kind, frame->stream, bytes.len, 0);
    else if (side->in_block && bytes.len)
        good = take_block(side, run, bytes, false);
    return good && (side->left || end_frame(flow, run, side));
}

/* Whether new bytes of a side that has no place are where one begins. */
static bool find_place(const struct http2_flow *flow, struct http2_side *side,
                       struct chains_bytes bytes)
{
    uint32_t known = flow->streams.highest;
    uint32_t highest =
        known && known < INT32_MAX - STREAMS_AHEAD ? known + STREAMS_AHEAD : INT32_MAX;
    bool preface = bytes.len >= HTTP2_PREFACE && chains_byte(bytes, 0) == http2_preface[0] &&
                   http2_look(bytes) == HTTP2_LOOK_FRAMES;
    if (!preface && !http2_look_inside(bytes, highest, true))
        return false;
    side->step = preface ? STEP_PREFACE : STEP_HEADER;
    side->hunting = false;
    return true;
}

/* As many bytes as the next step takes. */
static bool take_step(struct http2_flow *flow, struct http_flow_run *run,
                      struct http2_side *side, struct chains_bytes *bytes)
{
    size_t wanted = need(side);
    struct chains_bytes now =
        chains_front(*bytes, wanted ? wanted - side->held : (size_t)side->left);
    *bytes = chains_behind(*bytes, now.len);
    if (wanted == 0)
        return take_payload(flow, run, side, now);
    memcpy(side->hold + side->held, now.at, now.len);
    side->held = (uint8_t)(side->held + now.len);
    return side->held < wanted || take_held(flow, run, side);
}

enum http_flow_status http2_flow_take(struct http2_flow *flow, struct http_flow_run *run,
                                      enum chains_side which, struct chains_bytes bytes,
                                      bool late)
{
    struct http2_side *side = &flow->side[which];
    bool good = true;
    flow->streams.late = late;
    http2_room_earn(&side->room, bytes.len);
    if (side->hunting && bytes.len && !find_place(flow, side, bytes))
        return HTTP_FLOW_ON;
    while (good && bytes.len && !side->hunting)
        good = take_step(flow, run, side, &bytes);
    return good ? HTTP_FLOW_ON : HTTP_FLOW_MEMORY;
}

/* Bytes of a payload that are missing. False: there is no memory. */
static bool skip_payload(struct http2_flow *flow, struct http_flow_run *run,
                         struct http2_side *side, uint32_t gap)
{
    uint32_t own = side->left - side->pad;
    enum chains_http_kind kind;
    side->left -= gap;
    side->pad = side->pad < side->left ? side->pad : side->left;
    if (side->step == STEP_SETTING) { /* the others of this frame do not count then */
        struct http2_side *peer = &flow->side[side == &flow->side[0]];
        peer->table = peer->table_next = HPACK_TABLE_MOST;
        peer->frame_most = HTTP2_FRAME_ANY;
        side->no_push = false;
        side->step = STEP_PAYLOAD;
    } else if (side->frame.type == HTTP2_DATA && kind_of(flow, side, &kind)) {
        http2_streams_body(&flow->streams, kind, side->frame.stream, 0, gap < own ? gap : own);
    } else if (side->in_block && own && !side->deaf) {
        lose_block(side, CHAINS_HTTP_GAP);
    }
    return side->left || end_frame(flow, run, side);
}

enum http_flow_status http2_flow_skip(struct http2_flow *flow, struct http_flow_run *run,
                                      enum chains_side which, uint64_t gap, bool counted)
{
    struct http2_side *side = &flow->side[which];
    bool within = counted && !side->hunting && side->held == 0 && gap <= side->left &&
                  (side->step == STEP_PAYLOAD || side->step == STEP_SETTING);
    bool good = true;
    flow->streams.late = true;
    if (within)
        good = skip_payload(flow, run, side, (uint32_t)gap);
    else
        good = lose_place(flow, run, side, CHAINS_HTTP_GAP);
    return good ? HTTP_FLOW_ON : HTTP_FLOW_MEMORY;
}

enum http_flow_status http2_flow_end(struct http2_flow *flow, struct http_flow_run *run,
                                     enum chains_side which)
{
    struct http2_side *side = &flow->side[which];
    enum chains_http_kind kind;
    if (!cut_block(flow, run, side, CHAINS_HTTP_UNFINISHED))
        return HTTP_FLOW_MEMORY;
    if (kind_of(flow, side, &kind))
        http2_streams_cut(&flow->streams, run, kind, CHAINS_HTTP_UNFINISHED);
    side->hunting = true;
    return HTTP_FLOW_ON;
}

/* The bits of a digit of base64, of URIs; above 63: it is none. */
static unsigned sextet(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - (unsigned)'A';
    if (c >= 'a' && c <= 'z')
        return c - (unsigned)'a' + 26;
    if (c >= '0' && c <= '9')
        return c - (unsigned)'0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : 64;
}

bool http2_settings_table(struct chains_bytes header, uint32_t *table)
{
    uint64_t bits = 0; /* the last bytes; a setting has six */
    unsigned have = 0, bytes = 0;
    bool found = false;
    for (size_t i = 0; i < header.len && sextet(chains_byte(header, i)) < 64; i++) {
        bits = bits << 6 | sextet(chains_byte(header, i));
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        if (++bytes % SETTING)
            continue;
        uint64_t setting = bits >> have & UINT64_C(0xffffffffffff);
        if (setting >> 32 != SETTING_TABLE)
            continue;
        *table = (uint32_t)setting < HPACK_TABLE_MOST ? (uint32_t)setting : HPACK_TABLE_MOST;
        found = true;
    }
    return found;
}
