/* SPDX-License-Identifier: MIT */
/*
 * The messages of an HTTP/2 connection. In: heads, lengths of bodies, ends, each of a stream. Out:
 * requests, and responses with the request of their stream. A stream is held until both have ended; of
 * those beyond the limit nothing is said. What a server promises has room of its own, where a new one
 * ends the oldest: it takes none from what a client asks. A message is given out once, whole or as far
 * as it goes.
 */
#include "http2_stream.h"

enum {
    BYTES_MOST = 1 << 20, /* of heads of one connection */
    PUSHED_PART = 4,      /* of the limit of streams, for promises besides them */
};

static struct http2_stream **bucket_of(struct http2_streams *streams, uint32_t id)
{
    return &streams->bucket[siphash13(&streams->secret, &id, sizeof id) % HTTP2_BUCKETS];
}

static struct http2_stream *find(struct http2_streams *streams, uint32_t id)
{
    struct http2_stream *stream = *bucket_of(streams, id);
    while (stream && stream->id != id)
        stream = stream->same;
    return stream;
}

static void drop_head(struct http2_streams *streams, struct http2_half *half)
{
    if (half->head)
        streams->bytes -= sizeof *half->head + http2_head_memory(half->head);
    pool_give(half->head);
    half->head = NULL;
}

static void drop(struct http2_streams *streams, struct http2_stream *stream)
{
    struct http2_stream **at = bucket_of(streams, stream->id);
    while (*at != stream)
        at = &(*at)->same;
    *at = stream->same;
    *(stream->older ? &stream->older->newer : &streams->oldest) = stream->newer;
    *(stream->newer ? &stream->newer->older : &streams->newest) = stream->older;
    drop_head(streams, &stream->half[0]);
    drop_head(streams, &stream->half[1]);
    streams->bytes -= sizeof *stream + (stream->asked ? stream->asked->size : 0);
    streams->count--;
    streams->pushed -= stream->pushed;
    pool_give(stream->asked);
    pool_give(stream);
}

void http2_streams_free(struct http2_streams *streams)
{
    while (streams->oldest)
        drop(streams, streams->oldest);
}

/* Where there is no room: one that waits, and may do so in vain. */
static bool make_room(struct http2_streams *streams, uint32_t most)
{
    struct http2_stream *stream = streams->oldest;
    if (streams->count - streams->pushed < most)
        return true;
    while (stream && (!stream->doubtful || stream->pushed || stream->half[0].head ||
                      stream->half[1].head))
        stream = stream->newer;
    if (!stream)
        return false;
    drop(streams, stream);
    streams->gaps = true;
    return true;
}

static struct http2_stream *add(struct http2_streams *streams, struct pool *pool, uint32_t id)
{
    struct http2_stream *stream = pool_take_zeros(pool, sizeof *stream);
    struct http2_stream **bucket = bucket_of(streams, id);
    if (!stream)
        return NULL;
    stream->id = id;
    stream->latency = -1;
    stream->same = *bucket;
    stream->older = streams->newest;
    *bucket = stream;
    *(streams->newest ? &streams->newest->newer : &streams->oldest) = stream;
    streams->newest = stream;
    streams->count++;
    streams->bytes += sizeof *stream;
    return stream;
}

/* Whether the body is as long as the head says. */
static bool fits(const struct http2_stream *stream, enum chains_http_kind kind,
                 const struct http2_head *head)
{
    const struct http2_half *half = &stream->half[kind];
    uint64_t length, body = half->body_len + half->body_gap;
    if (!http2_head_length(head, &length) || length == body)
        return true;
    bool may = kind == CHAINS_HTTP_RESPONSE && body == 0; /* the length of what is not sent */
    bool unsent = !stream->asked || stream->asked->method == HTTP_METHOD_HEAD ||
                  http2_head_status(head) == 304;
    return may && unsent;
}

/* A message ends: it is given out. What it was kept for can be forgotten then. */
static void give_out(struct http2_streams *streams, struct http_flow_run *run,
                     struct http2_stream *stream, const struct http2_block *block,
                     const struct http2_head *head)
{
    struct http2_half *half = &stream->half[block->kind];
    bool response = block->kind == CHAINS_HTTP_RESPONSE;
    struct http_said said = http2_head_said(head, block->kind);
    uint32_t weird = block->weird | half->weird | streams->weird[block->kind];
    bool upgraded = response && stream->tunnel && said.head.status / 100 == 2;
    said.head.body_len = half->body_len;
    said.head.body_gap = half->body_gap;
    if (!block->cut && !stream->tunnel && !fits(stream, block->kind, head))
        weird |= CHAINS_HTTP_LENGTH_DIFFERS;
    if (response && !stream->asked)
        weird |= CHAINS_HTTP_NO_REQUEST;
    http_message_add(run->out, &said, block->kind,
                     &(const struct http_message_about){
                         .depth = stream->depth,
                         .stream = stream->id,
                         .weird = weird,
                         .complete = !block->cut,
                         .upgraded = upgraded,
                         .pushed = !response && stream->pushed,
                         .client = streams->client,
                         .interim = response ? stream->interim : 0,
                         .latency = response ? stream->latency : -1,
                         .asked = response ? stream->asked : NULL,
                     });
    streams->weird[block->kind] = 0;
    half->ended = true;
    if (!response && !block->cut && stream->asked && !streams->late) {
        stream->asked->whole = true;
        stream->asked->end = run->time_ns;
    }
    drop_head(streams, half);
}

/* The message of a stream that is under way, if any, is over. */
static void end_half(struct http2_streams *streams, struct http_flow_run *run,
                     struct http2_stream *stream, const struct http2_block *block)
{
    if (stream->half[block->kind].head)
        give_out(streams, run, stream, block, stream->half[block->kind].head);
}

static void drop_ended(struct http2_streams *streams, struct http2_stream *stream)
{
    if (stream->half[0].ended && stream->half[1].ended)
        drop(streams, stream);
}

/* The request of a stream waits for its response. */
static bool push_asked(struct http2_streams *streams, struct http_flow_run *run,
                       struct http2_stream *stream, const struct http2_head *head)
{
    struct http_said said = http2_head_said(head, CHAINS_HTTP_REQUEST);
    stream->depth = ++streams->requests;
    stream->tunnel = said.asks == HTTP_METHOD_CONNECT;
    if (head->weird & CHAINS_HTTP_HPACK_LOST)
        return true; /* what is known of it is not what was asked */
    struct http_asked *asked = http_asked_new(run->pool, &said, run->out->credentials);
    if (!asked)
        return false;
    if (streams->bytes + asked->size > BYTES_MOST) {
        pool_give(asked);
        run->limited = true;
        return true;
    }
    stream->asked = asked;
    streams->bytes += asked->size;
    return true;
}

static void note_latency(const struct http2_streams *streams, const struct http_flow_run *run,
                         struct http2_stream *stream)
{
    const struct http_asked *asked = stream->asked;
    if (asked && asked->whole && !streams->late && run->time_ns >= asked->end)
        stream->latency = run->time_ns - asked->end;
}

/* The first block of a message. */
static bool begin_half(struct http2_streams *streams, struct http_flow_run *run,
                       struct http2_stream *stream, const struct http2_block *block,
                       struct http2_head *head)
{
    struct http2_half *half = &stream->half[block->kind];
    bool response = block->kind == CHAINS_HTTP_RESPONSE;
    uint16_t status = response ? http2_head_status(head) : 0;
    if (status / 100 == 1 && !block->ends && !block->cut) {
        stream->interim = status;
        return true;
    }
    http2_head_finish(head, block->kind);
    if (response)
        note_latency(streams, run, stream);
    else if (!push_asked(streams, run, stream, head))
        return false;
    bool full = streams->bytes + http2_head_memory(head) > BYTES_MOST;
    bool tunnel = stream->tunnel && (!response || status / 100 == 2);
    if (block->ends || block->cut || tunnel || full) {
        struct http2_block now = *block;
        bool cut = full && !block->ends && !tunnel;
        run->limited = run->limited || cut;
        now.cut = now.cut || cut;
        give_out(streams, run, stream, &now, head);
        return true;
    }
    half->head = http2_head_copy(head);
    if (half->head)
        streams->bytes += sizeof *half->head + http2_head_memory(half->head);
    return half->head != NULL;
}

/*
 * Whether a block begins a stream: one above all others, or, where some may have gone by unseen, any
 * that says what a message of its kind says first.
 */
static bool begins(const struct http2_streams *streams, const struct http2_block *block,
                   const struct http2_head *head)
{
    bool request = block->kind == CHAINS_HTTP_REQUEST;
    bool above = request && (block->pushed || block->stream > streams->highest);
    if (!streams->gaps)
        return above;
    return http2_head_begins(head, block->kind) || (above && head->lost);
}

/* Both messages of a stream end here, as far as they are under way. */
static void cut_both(struct http2_streams *streams, struct http_flow_run *run,
                     struct http2_stream *stream, uint32_t weird)
{
    struct http2_block block = { .kind = CHAINS_HTTP_REQUEST, .cut = true, .weird = weird };
    end_half(streams, run, stream, &block);
    block.kind = CHAINS_HTTP_RESPONSE;
    end_half(streams, run, stream, &block);
}

/* Where there is no room for one more promise: the oldest one ends, as far as it was kept. */
static void make_room_for_promise(struct http2_streams *streams, struct http_flow_run *run)
{
    struct http2_stream *stream = streams->oldest;
    uint32_t most = run->waiting_most / PUSHED_PART;
    if (streams->pushed == 0 || streams->pushed < most)
        return;
    while (!stream->pushed)
        stream = stream->newer;
    cut_both(streams, run, stream, 0);
    drop(streams, stream);
    run->limited = true;
}

/* The stream of a block, as far as there is one: a client's request never hides behind a promise. */
static struct http2_stream *stream_of(struct http2_streams *streams, struct http_flow_run *run,
                                      const struct http2_block *block)
{
    struct http2_stream *stream = find(streams, block->stream);
    bool own = block->kind == CHAINS_HTTP_REQUEST && !block->pushed;
    if (!stream || !stream->pushed || !own)
        return stream;
    cut_both(streams, run, stream, CHAINS_HTTP_BAD_FRAME);
    drop(streams, stream);
    return NULL;
}

bool http2_streams_head(struct http2_streams *streams, struct http_flow_run *run,
                        const struct http2_block *block, struct http2_head *head)
{
    struct http2_stream *stream = stream_of(streams, run, block);
    bool request = block->kind == CHAINS_HTTP_REQUEST;
    bool fresh = !stream && begins(streams, block, head);
    if (fresh && request && !block->pushed && block->stream > streams->highest)
        streams->highest = block->stream;
    if (fresh && block->pushed)
        make_room_for_promise(streams, run);
    else if (fresh && !make_room(streams, run->waiting_most)) {
        run->limited = true;
        return true;
    }
    if (fresh && !(stream = add(streams, run->pool, block->stream)))
        return false;
    struct http2_half *half = stream ? &stream->half[block->kind] : NULL;
    if (!half || half->ended)
        return true;
    if (fresh && block->pushed) {
        stream->pushed = true;
        streams->pushed++;
    }
    if (fresh && !request)
        stream->half[CHAINS_HTTP_REQUEST].ended = true;
    bool good = true;
    if (!half->head) {
        good = begin_half(streams, run, stream, block, head);
    } else {
        half->weird |= http2_head_trailer(head);
        if (block->ends || block->cut)
            end_half(streams, run, stream, block);
    }
    drop_ended(streams, stream);
    return good;
}

void http2_streams_body(struct http2_streams *streams, enum chains_http_kind kind, uint32_t id,
                        uint64_t len, uint64_t gap)
{
    struct http2_stream *stream = find(streams, id);
    if (!stream || stream->half[kind].ended)
        return;
    if (!stream->half[kind].head && !stream->doubtful)
        streams->weird[kind] |= CHAINS_HTTP_BAD_FRAME;
    if (!stream->half[kind].head)
        return;
    stream->half[kind].body_len += len;
    stream->half[kind].body_gap += gap;
}

void http2_streams_finish(struct http2_streams *streams, struct http_flow_run *run,
                          enum chains_http_kind kind, uint32_t id)
{
    struct http2_stream *stream = find(streams, id);
    if (!stream)
        return;
    end_half(streams, run, stream, &(const struct http2_block){ .kind = kind });
    drop_ended(streams, stream);
}

void http2_streams_reset(struct http2_streams *streams, struct http_flow_run *run, uint32_t id)
{
    struct http2_stream *stream = find(streams, id);
    if (!stream)
        return;
    cut_both(streams, run, stream, CHAINS_HTTP_RESET);
    drop(streams, stream);
}

void http2_streams_cut(struct http2_streams *streams, struct http_flow_run *run,
                       enum chains_http_kind kind, uint32_t weird)
{
    const struct http2_block block = { .kind = kind, .cut = true, .weird = weird };
    struct http2_stream *stream = streams->oldest;
    while (stream) {
        struct http2_stream *newer = stream->newer;
        end_half(streams, run, stream, &block);
        drop_ended(streams, stream);
        stream = newer;
    }
}

void http2_streams_doubt(struct http2_streams *streams)
{
    for (struct http2_stream *stream = streams->oldest; stream; stream = stream->newer)
        stream->doubtful = true;
}

bool http2_streams_first(struct http2_streams *streams, struct pool *pool,
                         struct http_asked *asked)
{
    struct http2_stream *stream = add(streams, pool, 1);
    if (!stream)
        return false;
    streams->highest = 1;
    stream->half[CHAINS_HTTP_REQUEST].ended = true;
    stream->asked = asked;
    stream->depth = asked ? asked->depth : 0;
    streams->bytes += asked ? asked->size : 0;
    return true;
}
