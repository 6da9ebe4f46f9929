/* SPDX-License-Identifier: MIT */
/*
 * Bodies of HTTP/1 messages. In: the bytes behind a head that says how long its body is, and holes in
 * them. Out: where the message ends. Bytes are counted, and nothing of them is kept.
 */
#include "http_parser_state.h"

/*
 * Bytes that are not chunks where chunks were promised. A response then goes on to the end of the
 * stream, as those that read it would have it; of a request nobody can say where it ends.
 */
static enum http_parser_status lose_chunks(struct http_parser *parser, size_t line)
{
    if (parser->kind == CHAINS_HTTP_REQUEST || parser->weird & CHAINS_HTTP_TOO_LONG)
        return HTTP_PARSER_LOST;
    parser->body_len += line;
    parser->phase = PHASE_CLOSE;
    return HTTP_PARSER_MORE;
}

static enum http_parser_status take_chunks(struct http_parser *parser,
                                           struct chains_bytes bytes, size_t *taken)
{
    struct http_chunks *chunks = &parser->chunks;
    size_t room = parser->library->most;
    enum http_chunks_status status =
        http_chunks_take(chunks, bytes, room - parser->head_len, taken);
    parser->body_len = chunks->body_len;
    parser->weird |= chunks->weird;
    if (status == HTTP_CHUNKS_WHOLE)
        parser->phase = PHASE_WHOLE;
    return status == HTTP_CHUNKS_LOST ? lose_chunks(parser, chunks->line_len)
                                      : HTTP_PARSER_MORE;
}

enum http_parser_status http_parser_body(struct http_parser *parser, struct chains_bytes bytes,
                                         size_t *taken)
{
    enum http_parser_status status = HTTP_PARSER_MORE;
    if (parser->phase == PHASE_CHUNKS)
        status = take_chunks(parser, bytes, taken);
    size_t more = bytes.len - *taken;
    if (parser->phase == PHASE_LENGTH) {
        more = parser->left < more ? (size_t)parser->left : more;
        parser->left -= more;
    }
    if (status != HTTP_PARSER_LOST &&
        (parser->phase == PHASE_LENGTH || parser->phase == PHASE_CLOSE)) {
        parser->body_len += more;
        *taken += more;
    }
    if (parser->phase == PHASE_LENGTH && parser->left == 0)
        parser->phase = PHASE_WHOLE;
    return parser->phase == PHASE_WHOLE ? HTTP_PARSER_WHOLE : status;
}

enum http_parser_status http_parser_skip(struct http_parser *parser, uint64_t gap,
                                         uint64_t *taken)
{
    *taken = 0;
    if (gap == 0)
        return HTTP_PARSER_MORE;
    if (parser->phase == PHASE_CHUNKS && !http_chunks_skip(&parser->chunks, gap))
        return HTTP_PARSER_LOST;
    if (parser->phase == PHASE_LENGTH) {
        gap = parser->left < gap ? parser->left : gap;
        parser->left -= gap;
        parser->phase = parser->left ? PHASE_LENGTH : PHASE_WHOLE;
    } else if (parser->phase != PHASE_CHUNKS && parser->phase != PHASE_CLOSE) {
        return HTTP_PARSER_LOST;
    }
    *taken = gap;
    parser->body_gap += gap;
    return parser->phase == PHASE_WHOLE ? HTTP_PARSER_WHOLE : HTTP_PARSER_MORE;
}

bool http_parser_ends_with_stream(const struct http_parser *parser)
{
    return parser->phase == PHASE_CLOSE;
}
