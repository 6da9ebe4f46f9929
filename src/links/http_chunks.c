/* SPDX-License-Identifier: MIT */
/*
 * Chunked bodies. In: bytes as they come. Out: how long the body is, where it ends, and what in it
 * two readers could take in two ways. It reads on over what many readers let pass, and says so; no
 * line is kept, and each has a bound.
 */
#include "http_chunks.h"

#include <string.h>

enum { ODD = CHAINS_HTTP_BAD_CHUNK | CHAINS_HTTP_SMUGGLING };

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void next_line(struct http_chunks *chunks, enum http_chunks_state state)
{
    chunks->state = (uint8_t)state;
    chunks->line_len = 0;
    chunks->last = 0;
    chunks->digits = chunks->colon = false;
}

/* The line with the size has ended. */
static enum http_chunks_status end_size(struct http_chunks *chunks)
{
    bool bare = chunks->last != '\r';
    if (bare)
        chunks->weird |= CHAINS_HTTP_BARE_LF;
    if (bare && chunks->state == HTTP_CHUNKS_EXTENSION)
        chunks->weird |= CHAINS_HTTP_SMUGGLING;
    if (chunks->digits)
        next_line(chunks, chunks->left ? HTTP_CHUNKS_DATA : HTTP_CHUNKS_TRAILER);
    else
        chunks->weird |= CHAINS_HTTP_BAD_CHUNK;
    return chunks->state == HTTP_CHUNKS_SIZE || chunks->state == HTTP_CHUNKS_SPACE
               ? HTTP_CHUNKS_LOST
               : HTTP_CHUNKS_MORE;
}

static enum http_chunks_status size_digit(struct http_chunks *chunks, int value)
{
    chunks->digits = true;
    if (chunks->left > (INT64_MAX >> 4))
        return HTTP_CHUNKS_LOST;
    chunks->left = chunks->left << 4 | (unsigned)value;
    return HTTP_CHUNKS_MORE;
}

/* Junk behind a size: "3xyz" is three for some; "0x3" is the end for some and three for others. */
static enum http_chunks_status size_junk(struct http_chunks *chunks)
{
    chunks->weird |= chunks->digits ? (uint32_t)ODD : (uint32_t)CHAINS_HTTP_BAD_CHUNK;
    chunks->state = HTTP_CHUNKS_SPACE;
    return chunks->digits && chunks->left ? HTTP_CHUNKS_MORE : HTTP_CHUNKS_LOST;
}

/* A byte of the line with the size, not its '\n'. */
static enum http_chunks_status size_byte(struct http_chunks *chunks, uint8_t c)
{
    int value = digit(c);
    if (chunks->last == '\r')
        chunks->weird |= ODD;
    if (chunks->state == HTTP_CHUNKS_EXTENSION || c == '\r')
        return HTTP_CHUNKS_MORE;
    if (chunks->state == HTTP_CHUNKS_SIZE && value >= 0)
        return size_digit(chunks, value);
    if (c == ';' && chunks->digits) {
        chunks->state = HTTP_CHUNKS_EXTENSION;
        return HTTP_CHUNKS_MORE;
    }
    if (c != ' ' && c != '\t')
        return size_junk(chunks);
    chunks->weird |= chunks->digits ? (uint32_t)CHAINS_HTTP_BAD_CHUNK : (uint32_t)ODD;
    if (chunks->digits)
        chunks->state = HTTP_CHUNKS_SPACE;
    return HTTP_CHUNKS_MORE;
}

/* What stands between the data of a chunk and the next line. */
static void end_byte(struct http_chunks *chunks, uint8_t c)
{
    if (c != '\n') {
        if (c != '\r' || chunks->last)
            chunks->weird |= ODD;
        return;
    }
    if (chunks->last != '\r')
        chunks->weird |= CHAINS_HTTP_BARE_LF;
    next_line(chunks, HTTP_CHUNKS_SIZE);
    chunks->left = 0;
}

static enum http_chunks_status trailer_byte(struct http_chunks *chunks, uint8_t c)
{
    chunks->trailer_len++;
    chunks->colon = chunks->colon || c == ':';
    if (chunks->last == '\r' && c != '\n')
        chunks->weird |= CHAINS_HTTP_BAD_HEADER;
    if (c == 0)
        chunks->weird |= CHAINS_HTTP_NUL;
    if (c != '\n')
        return HTTP_CHUNKS_MORE;
    bool bare = chunks->last != '\r';
    bool ends = chunks->line_len == (bare ? 0 : 1);
    if (bare)
        chunks->weird |= CHAINS_HTTP_BARE_LF;
    if (!ends && !chunks->colon)
        chunks->weird |= CHAINS_HTTP_BAD_HEADER;
    next_line(chunks, HTTP_CHUNKS_TRAILER);
    return ends ? HTTP_CHUNKS_WHOLE : HTTP_CHUNKS_MORE;
}

static enum http_chunks_status line_byte(struct http_chunks *chunks, uint8_t c, size_t room)
{
    enum http_chunks_status status = HTTP_CHUNKS_MORE;
    bool trailer = chunks->state == HTTP_CHUNKS_TRAILER;
    if (trailer ? chunks->trailer_len >= room : chunks->line_len >= HTTP_CHUNKS_LINE) {
        chunks->weird |=
            CHAINS_HTTP_TOO_LONG | (trailer ? 0u : (uint32_t)CHAINS_HTTP_BAD_CHUNK);
        return HTTP_CHUNKS_LOST;
    }
    if (trailer)
        status = trailer_byte(chunks, c);
    else if (chunks->state == HTTP_CHUNKS_END)
        end_byte(chunks, c);
    else
        status = c == '\n' ? end_size(chunks) : size_byte(chunks, c);
    if (c == '\n' && status != HTTP_CHUNKS_LOST)
        return status;
    chunks->line_len++;
    chunks->last = c;
    if (status == HTTP_CHUNKS_LOST)
        chunks->weird |= CHAINS_HTTP_BAD_CHUNK;
    return status;
}

enum http_chunks_status http_chunks_take(struct http_chunks *chunks, struct chains_bytes bytes,
                                         size_t room, size_t *taken)
{
    enum http_chunks_status status = HTTP_CHUNKS_MORE;
    size_t at = 0;
    while (at < bytes.len && status == HTTP_CHUNKS_MORE) {
        if (chunks->state != HTTP_CHUNKS_DATA) {
            status = line_byte(chunks, chains_byte(bytes, at++), room);
            continue;
        }
        size_t n = bytes.len - at < chunks->left ? bytes.len - at : (size_t)chunks->left;
        chunks->left -= n;
        chunks->body_len += n;
        at += n;
        if (chunks->left == 0)
            next_line(chunks, HTTP_CHUNKS_END);
    }
    *taken = at;
    return status;
}

bool http_chunks_skip(struct http_chunks *chunks, uint64_t gap)
{
    if (chunks->state != HTTP_CHUNKS_DATA || gap > chunks->left)
        return false;
    chunks->left -= gap;
    if (chunks->left == 0)
        next_line(chunks, HTTP_CHUNKS_END);
    return true;
}
