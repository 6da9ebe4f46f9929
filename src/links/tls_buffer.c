/* SPDX-License-Identifier: MIT */
/*
 * Bytes in pieces. In: one piece after the other. Out: all of them in one place. It doubles, so that
 * each byte is copied a few times at most, and never holds more than twice what has come.
 */
#include "tls_buffer.h"

#include <string.h>

enum { LEAST = 256 };

bool tls_buffer_reach(struct tls_buffer *buffer, uint32_t end, uint32_t most)
{
    if (end <= buffer->capacity)
        return true;
    uint32_t capacity = buffer->capacity ? 2 * buffer->capacity : LEAST;
    if (capacity > most)
        capacity = most;
    if (capacity < end)
        capacity = end;
    uint8_t *at = pool_resize(buffer->pool, buffer->at, capacity);
    if (!at)
        return false;
    buffer->at = at;
    buffer->capacity = capacity;
    return true;
}

bool tls_buffer_add(struct tls_buffer *buffer, struct chains_bytes bytes, uint32_t most)
{
    uint32_t len = (uint32_t)bytes.len;
    if (len == 0)
        return true;
    if (!tls_buffer_reach(buffer, buffer->held + len, most))
        return false;
    memcpy(buffer->at + buffer->held, bytes.at, len);
    buffer->held += len;
    return true;
}

void tls_buffer_free(struct tls_buffer *buffer)
{
    pool_give(buffer->at);
    *buffer = (struct tls_buffer){ .pool = buffer->pool };
}
