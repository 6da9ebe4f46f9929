/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1 on one connection. In: new bytes of either direction, holes, ends. Out: the messages that
 * end with them. A direction is at the beginning of a message, within one, or hunting: then it has
 * lost its place, and a message can begin only where new bytes begin with a first line. A message
 * that cannot be read to its end is given out as far as it goes, once.
 */
#include "http_flow.h"

#include <string.h>

#include "http2_flow.h"
#include "http2_frame.h"

enum {
    TRIES = 16, /* records without HTTP before a flow joined in the middle is left */
    WAITING_BYTES = 256 << 10, /* of requests that wait for a response */
};

static struct http_asked *pop_asked(struct http_flow *flow)
{
    struct http_asked *asked = flow->oldest;
    if (!asked)
        return NULL;
    flow->oldest = asked->next;
    if (!flow->oldest)
        flow->newest = NULL;
    flow->waiting--;
    flow->waiting_bytes -= asked->size;
    return asked;
}

/* Which response answers which request is not known: those that wait do so in vain. */
static void lose_pairs(struct http_flow *flow)
{
    while (flow->oldest)
        pool_give(pop_asked(flow));
    flow->lost = true;
    flow->barred = false;
    flow->side[0].probe = flow->side[1].probe = false;
}

/* Some requests are not among those that wait. Those in front of them are as sure as they were. */
static void bar_requests(struct http_flow *flow)
{
    flow->barred = true;
    if (flow->lost || !flow->oldest)
        lose_pairs(flow);
}

/* A request whose head is whole waits for its response. False: there is no memory. */
static bool push_asked(struct http_flow *flow, struct http_flow_run *run,
                       const struct http_flow_side *side)
{
    const struct http_flow_side *other = &flow->side[side == &flow->side[0]];
    flow->pipelined = flow->pipelined || flow->oldest || flow->barred;
    if (flow->barred || (flow->lost && (side->blind || other->parser)))
        return true;
    if (!http_parser_has_head(side->parser)) {
        bar_requests(flow);
        return true;
    }
    struct http_said said = http_parser_said(side->parser);
    struct http_asked *asked = http_asked_new(run->pool, &said, run->out->credentials);
    if (!asked)
        return false;
    flow->has_table =
        http2_settings_table(said.header(said.reader, HTTP_NAME_HTTP2_SETTINGS), &flow->table);
    bool many = flow->waiting >= run->waiting_most;
    if (many || flow->waiting_bytes + asked->size > WAITING_BYTES) {
        pool_give(asked);
        run->limited = flow->pipelined = true;
        bar_requests(flow);
        return true;
    }
    asked->depth = side->depth;
    if (flow->newest)
        flow->newest->next = asked;
    else
        flow->oldest = asked;
    flow->newest = asked;
    flow->waiting++;
    flow->waiting_bytes += asked->size;
    return true;
}

/* The request under way is whole: from here on its response takes its time. */
static void mark_end(struct http_flow *flow, uint32_t depth, int64_t time_ns)
{
    struct http_asked *asked = flow->newest;
    if (!asked || asked->depth != depth || flow->late)
        return;
    asked->whole = true;
    asked->end = time_ns;
}

/* A response in front of the one that counts; behind 101 there is none. */
static bool is_interim(uint16_t code)
{
    return code / 100 == 1 && code != 101;
}

/* A final response begins: it takes the request that it answers, as far as that is known. */
static void take_asked(struct http_flow *flow, struct http_flow_run *run,
                       struct http_flow_side *side)
{
    struct http_flow_side *other = &flow->side[side == &flow->side[0]];
    bool explained = flow->requests == 0 && flow->joined; /* asked before the capture began */
    if (!flow->oldest && !explained)
        lose_pairs(flow);
    side->asked = pop_asked(flow);
    if (!side->asked)
        return;
    other->answered = other->parser && other->depth == side->asked->depth;
    side->sure = !flow->lost;
    side->probe = flow->lost;
    if (flow->barred && !flow->oldest)
        lose_pairs(flow);
    if (!side->sure)
        return;
    side->depth = side->asked->depth;
    bool timed = side->asked->whole && http_parser_has_head(side->parser) && !flow->late;
    if (timed && run->time_ns >= side->asked->end)
        side->latency = run->time_ns - side->asked->end;
}

/*
 * The head of a message is whole: requests are counted and wait, responses get theirs. False: there
 * is no memory.
 */
static bool note_head(struct http_flow *flow, struct http_flow_run *run,
                      struct http_flow_side *side)
{
    if (side->noted)
        return true;
    side->latency = -1;
    if (side->kind == CHAINS_HTTP_REQUEST) {
        side->noted = true;
        side->depth = ++flow->requests;
        return push_asked(flow, run, side);
    }
    if (is_interim(http_parser_code(side->parser)))
        return true;
    side->noted = true;
    take_asked(flow, run, side);
    return true;
}

/*
 * A response has been seen to its end. Where pairs were lost and it was the only one since the only
 * request, and nothing newer was asked, the next request's response is the next one.
 */
static void find_pairs(struct http_flow *flow, const struct http_flow_side *side)
{
    if (side->probe && !flow->oldest && !flow->pipelined)
        flow->lost = false;
}

static void drop_message(struct http_flow_side *side)
{
    http_parser_free(side->parser);
    pool_give(side->asked);
    side->parser = NULL;
    side->asked = NULL;
    side->noted = side->sure = side->probe = side->answered = false;
    side->depth = 0;
}

static bool is_http2(struct chains_bytes protocol)
{
    return protocol.len == 3 && (chains_byte(protocol, 0) | 0x20) == 'h' &&
           chains_byte(protocol, 1) == '2' && (chains_byte(protocol, 2) | 0x20) == 'c';
}

/* The response at hand ends HTTP/1 here; that to its request comes in HTTP/2. */
static bool become_http2(struct http_flow *flow, const struct http_flow_run *run,
                         struct http_flow_side *side)
{
    const struct http2_upgrade upgrade = {
        .pool = run->pool,
        .secret = http_library_secret(run->library),
        .client = side == &flow->side[0] ? CHAINS_RESP : CHAINS_ORIG,
        .requests = flow->requests,
        .asked = side->sure ? side->asked : NULL,
        .has_table = flow->has_table,
        .table = flow->table,
    };
    flow->http2 = http2_flow_upgrade(&upgrade);
    if (flow->http2 && side->sure)
        side->asked = NULL;
    return flow->http2 != NULL;
}

/* The message under way is over: whole, or not. False: there is no memory. */
static bool give_out(struct http_flow *flow, struct http_flow_run *run,
                     struct http_flow_side *side, bool complete, uint32_t weird)
{
    if (!complete && !http_parser_cut(side->parser))
        return false;
    if (!note_head(flow, run, side))
        return false;
    bool response = side->kind == CHAINS_HTTP_RESPONSE;
    uint16_t code = http_parser_code(side->parser);
    if (complete && response && is_interim(code)) {
        side->interim = code;
        drop_message(side);
        return true;
    }
    if (!response && complete)
        mark_end(flow, side->depth, run->time_ns);
    bool tunnel = side->asked && side->asked->method == HTTP_METHOD_CONNECT;
    bool upgraded = response && (code == 101 || (tunnel && code / 100 == 2));
    if (response && !side->sure && !is_interim(code))
        weird |= CHAINS_HTTP_NO_REQUEST;
    bool second = side == &flow->side[CHAINS_RESP];
    struct http_said said = http_parser_said(side->parser);
    http_message_add(run->out, &said, (enum chains_http_kind)side->kind,
                     &(const struct http_message_about){
                         .depth = side->depth,
                         .weird = weird,
                         .complete = complete,
                         .upgraded = upgraded,
                         .client = second != response ? CHAINS_RESP + 1 : CHAINS_ORIG + 1,
                         .interim = response ? side->interim : 0,
                         .latency = side->latency,
                         .asked = side->sure ? side->asked : NULL,
                     });
    if (response && complete)
        find_pairs(flow, side);
    side->interim = response ? 0 : side->interim;
    bool good = true;
    if (code == 101 && response && is_http2(said.header(said.reader, HTTP_NAME_UPGRADE)))
        good = become_http2(flow, run, side);
    else
        flow->upgraded = flow->upgraded || upgraded;
    drop_message(side);
    return good;
}

/*
 * A direction has lost its place: messages may have gone by unseen. Behind a hole where requests come
 * from, what answers them may have gone by already.
 */
static void lose_place(struct http_flow *flow, struct http_flow_side *side)
{
    side->hunting = side->blind = true;
    side->held = 0;
    if (side->asks)
        bar_requests(flow);
    else
        lose_pairs(flow);
}

static enum chains_side side_of(const struct http_flow *flow, const struct http_flow_side *side)
{
    return side == &flow->side[CHAINS_RESP] ? CHAINS_RESP : CHAINS_ORIG;
}

/* The same, where what was given out last can have been HTTP/1's last message. */
static enum http_flow_status lose_bytes(struct http_flow *flow, struct http_flow_run *run,
                                        struct http_flow_side *side)
{
    if (flow->http2)
        return http2_flow_skip(flow->http2, run, side_of(flow, side), 0, false);
    lose_place(flow, side);
    return HTTP_FLOW_ON;
}

static enum http_flow_status begin(struct http_flow *flow, struct http_flow_run *run,
                                   struct http_flow_side *side, enum http_start start)
{
    bool request = start == HTTP_START_REQUEST;
    enum http_method asked = HTTP_METHOD_OTHER;
    if (!request && flow->oldest)
        asked = (enum http_method)flow->oldest->method;
    side->kind = request ? CHAINS_HTTP_REQUEST : CHAINS_HTTP_RESPONSE;
    side->parser = http_parser_new(run->library, run->pool, (enum chains_http_kind)side->kind,
                                   asked, run->out->headers);
    if (!side->parser)
        return HTTP_FLOW_MEMORY;
    flow->known = true;
    side->hunting = false;
    side->asks = request;
    return HTTP_FLOW_ON;
}

/*
 * Whether the body of a request will not come: the client asked whether to send it, and had its
 * final answer instead of 100; what comes is its next request.
 */
static bool never_sent(const struct http_flow_side *side, struct chains_bytes bytes)
{
    return side->asks && side->answered && http_parser_expects(side->parser) &&
           http_start_of(bytes) == HTTP_START_REQUEST;
}

/* Gives bytes to the message under way, and says how many were not its own. */
static enum http_flow_status feed(struct http_flow *flow, struct http_flow_run *run,
                                  struct http_flow_side *side, struct chains_bytes *bytes)
{
    if (side->parser && never_sent(side, *bytes) && !give_out(flow, run, side, true, 0))
        return HTTP_FLOW_MEMORY;
    while (side->parser) {
        size_t taken;
        enum http_parser_status status = http_parser_take(side->parser, *bytes, &taken);
        *bytes = chains_behind(*bytes, taken);
        bool good = true;
        if (status == HTTP_PARSER_MEMORY)
            return HTTP_FLOW_MEMORY;
        if (status == HTTP_PARSER_HEAD)
            good = note_head(flow, run, side);
        else if (status == HTTP_PARSER_WHOLE)
            good = give_out(flow, run, side, true, 0);
        else if (status == HTTP_PARSER_LOST)
            good = give_out(flow, run, side, false, 0);
        if (!good)
            return HTTP_FLOW_MEMORY;
        if (status == HTTP_PARSER_LOST) {
            bytes->len = 0;
            return lose_bytes(flow, run, side);
        }
        if (status == HTTP_PARSER_MORE)
            break;
    }
    return HTTP_FLOW_ON;
}

/* A direction begins as those of HTTP/2 do. */
static enum http_flow_status begin_http2(struct http_flow *flow,
                                         const struct http_flow_run *run,
                                         const struct http_flow_side *side,
                                         enum http2_begin begins)
{
    flow->http2 = http2_flow_new(run->pool, http_library_secret(run->library), begins,
                                 side_of(flow, side), flow->joined);
    flow->known = true;
    return flow->http2 ? HTTP_FLOW_ON : HTTP_FLOW_MEMORY;
}

static enum http2_begin begin_of(uint8_t first)
{
    return first == http2_preface[0] ? HTTP2_BEGIN_CLIENT : HTTP2_BEGIN_SERVER;
}

/* Bytes of HTTP/2, behind those that were kept when it was not known. */
static enum http_flow_status take_http2(struct http_flow *flow, struct http_flow_run *run,
                                        struct http_flow_side *side, struct chains_bytes bytes)
{
    struct chains_bytes held = { side->hold, side->held };
    enum http_flow_status status = HTTP_FLOW_ON;
    side->held = 0;
    if (held.len)
        status = http2_flow_take(flow->http2, run, side_of(flow, side), held, flow->late);
    if (status == HTTP_FLOW_ON)
        status = http2_flow_take(flow->http2, run, side_of(flow, side), bytes, flow->late);
    return status;
}

/* Too few bytes to tell what they are: they are kept. */
static void hold(struct http_flow_side *side, struct chains_bytes bytes)
{
    memcpy(side->hold + side->held, bytes.at, bytes.len);
    side->held = (uint8_t)(side->held + bytes.len);
}

/* A message begins with the bytes that were kept, which then are taken, and goes on in `bytes`. */
static enum http_flow_status begin_held(struct http_flow *flow, struct http_flow_run *run,
                                        struct http_flow_side *side, struct chains_bytes *bytes)
{
    uint8_t both[2 * HTTP_START_BYTES];
    size_t more = bytes->len < HTTP_START_BYTES ? bytes->len : HTTP_START_BYTES;
    memcpy(both, side->hold, side->held);
    memcpy(both + side->held, bytes->at, more);
    enum http_start start = http_start_of((struct chains_bytes){ both, side->held + more });
    if (start == HTTP_START_OPEN && side->held + bytes->len < HTTP_START_BYTES) {
        hold(side, *bytes);
        bytes->len = 0;
        return HTTP_FLOW_ON;
    }
    if (start == HTTP_START_HTTP2 && !flow->known)
        return begin_http2(flow, run, side, begin_of(both[0]));
    if (start != HTTP_START_REQUEST && start != HTTP_START_RESPONSE) {
        lose_place(flow, side);
        bytes->len = 0;
        return HTTP_FLOW_ON;
    }
    struct chains_bytes held = { both, side->held };
    enum http_flow_status status = begin(flow, run, side, start);
    side->held = 0;
    return status == HTTP_FLOW_ON ? feed(flow, run, side, &held) : status;
}

/* Between messages: does one begin here? */
static enum http_flow_status begin_here(struct http_flow *flow, struct http_flow_run *run,
                                        struct http_flow_side *side, struct chains_bytes *bytes)
{
    enum http_start start = http_start_of(*bytes);
    if (start == HTTP_START_REQUEST || start == HTTP_START_RESPONSE)
        return begin(flow, run, side, start);
    if (start == HTTP_START_HTTP2 && !flow->known)
        return begin_http2(flow, run, side, begin_of(chains_byte(*bytes, 0)));
    if (flow->joined && !flow->known && http2_look_inside(*bytes, INT32_MAX, false))
        return begin_http2(flow, run, side, HTTP2_BEGIN_INSIDE);
    if (start == HTTP_START_OPEN && !side->hunting)
        hold(side, *bytes);
    else
        lose_place(flow, side);
    bytes->len = 0;
    return HTTP_FLOW_ON;
}

/* Missing bytes: the body's, or more than that; `counted` where their number is known. */
static enum http_flow_status skip(struct http_flow *flow, struct http_flow_run *run,
                                  struct http_flow_side *side, uint64_t gap, bool counted)
{
    if (flow->http2)
        return http2_flow_skip(flow->http2, run, side_of(flow, side), gap, counted);
    if (side->parser) {
        uint64_t taken = 0;
        enum http_parser_status status = HTTP_PARSER_LOST;
        if (counted)
            status = http_parser_skip(side->parser, gap, &taken);
        bool good = status != HTTP_PARSER_MEMORY;
        gap -= taken;
        if (status == HTTP_PARSER_WHOLE)
            good = give_out(flow, run, side, true, 0);
        else if (status == HTTP_PARSER_LOST)
            good = give_out(flow, run, side, false, CHAINS_HTTP_GAP);
        if (!good)
            return HTTP_FLOW_MEMORY;
    }
    return gap ? lose_bytes(flow, run, side) : HTTP_FLOW_ON;
}

static enum http_flow_status end_side(struct http_flow *flow, struct http_flow_run *run,
                                      struct http_flow_side *side, bool closed)
{
    side->closed = true;
    side->held = 0;
    if (flow->http2)
        return http2_flow_end(flow->http2, run, side_of(flow, side));
    if (!side->parser)
        return HTTP_FLOW_ON;
    bool complete = closed && http_parser_ends_with_stream(side->parser);
    bool good = give_out(flow, run, side, complete, complete ? 0 : CHAINS_HTTP_UNFINISHED);
    return good ? HTTP_FLOW_ON : HTTP_FLOW_MEMORY;
}

enum http_flow_status http_flow_end(struct http_flow *flow, struct http_flow_run *run,
                                    bool closed)
{
    bool asks = !flow->http2 && flow->side[CHAINS_RESP].kind == CHAINS_HTTP_REQUEST;
    enum chains_side first = asks ? CHAINS_RESP : CHAINS_ORIG;
    enum http_flow_status status = end_side(flow, run, &flow->side[first], closed);
    if (status == HTTP_FLOW_ON)
        status = end_side(flow, run, &flow->side[!first], closed);
    return status == HTTP_FLOW_ON ? HTTP_FLOW_DONE : status;
}

static enum http_flow_status take_bytes(struct http_flow *flow, struct http_flow_run *run,
                                        struct http_flow_side *side, struct chains_bytes bytes)
{
    enum http_flow_status status = HTTP_FLOW_ON;
    bool fresh = true; /* at the beginning of new bytes */
    while (bytes.len && status == HTTP_FLOW_ON && !flow->upgraded && !flow->http2) {
        if (side->hunting && !fresh)
            break;
        fresh = false;
        if (!side->parser && side->held)
            status = begin_held(flow, run, side, &bytes);
        else if (!side->parser)
            status = begin_here(flow, run, side, &bytes);
        if (side->parser && status == HTTP_FLOW_ON)
            status = feed(flow, run, side, &bytes);
    }
    if (flow->http2 && status == HTTP_FLOW_ON)
        return take_http2(flow, run, side, bytes);
    return status;
}

enum http_flow_status http_flow_take(struct http_flow *flow, struct http_flow_run *run,
                                     const struct chains_stream *stream,
                                     struct chains_bytes bytes)
{
    struct http_flow_side *side = &flow->side[stream->side == CHAINS_RESP];
    enum http_flow_status status = HTTP_FLOW_ON;
    if (side->closed)
        return HTTP_FLOW_ON;
    bool inner = stream->marks & CHAINS_STREAM_INNER; /* nobody knows how much is missing */
    if (stream->marks & (CHAINS_STREAM_GAP | CHAINS_STREAM_MIDSTREAM))
        flow->joined = true;
    flow->late = stream->marks & CHAINS_STREAM_GAP;
    if (flow->late)
        status = skip(flow, run, side, inner ? UINT64_MAX : stream->gap, !inner);
    if (status == HTTP_FLOW_ON)
        status = take_bytes(flow, run, side, bytes);
    side->blind = false;
    if (status == HTTP_FLOW_ON && !flow->known && side->hunting && bytes.len &&
        (!flow->joined || ++flow->tries >= TRIES))
        return HTTP_FLOW_DONE;
    if (status == HTTP_FLOW_ON && stream->marks & CHAINS_STREAM_RESETS)
        return http_flow_end(flow, run, false);
    if (status == HTTP_FLOW_ON && stream->marks & CHAINS_STREAM_CLOSES)
        status = end_side(flow, run, side, true);
    if (status != HTTP_FLOW_ON)
        return status;
    bool over = flow->upgraded || (flow->side[0].closed && flow->side[1].closed);
    return over ? HTTP_FLOW_DONE : HTTP_FLOW_ON;
}

size_t http_flow_memory(const struct http_flow *flow)
{
    size_t bytes = flow->waiting_bytes;
    if (flow->http2)
        bytes += http2_flow_memory(flow->http2);
    for (size_t i = 0; i < 2; i++) {
        const struct http_flow_side *side = &flow->side[i];
        bytes += side->parser ? http_parser_memory(side->parser) : 0;
        bytes += side->asked ? side->asked->size : 0;
    }
    return bytes;
}

size_t http_flow_outside(const struct http_flow *flow)
{
    size_t bytes = 0;
    for (size_t i = 0; i < 2; i++)
        if (flow->side[i].parser)
            bytes += http_parser_outside(flow->side[i].parser);
    return bytes;
}

void http_flow_release(void *slot)
{
    struct http_flow *flow = slot;
    drop_message(&flow->side[0]);
    drop_message(&flow->side[1]);
    lose_pairs(flow);
    http2_flow_free(flow->http2);
    flow->http2 = NULL;
}
