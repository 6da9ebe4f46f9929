/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_BUFFER_H
#define LINKS_TLS_BUFFER_H

#include <chains/bytes.h>

#include "../record/pool.h"

/*
 * Bytes that are collected until a record or a message is whole; all 0 at first, but for the pool
 * that they are from, where there is one.
 */
struct tls_buffer {
    uint8_t *at;
    uint32_t held, capacity;
    struct pool *pool;
};

/*
 * Adds bytes, where at most `most` will be held in all. It grows with what has come, not with what is
 * promised. False: there is no memory, and it is as before.
 */
bool tls_buffer_add(struct tls_buffer *buffer, struct chains_bytes bytes, uint32_t most);

/* Room up to `end`; what lies behind what is held is undefined. False: no memory. */
bool tls_buffer_reach(struct tls_buffer *buffer, uint32_t end, uint32_t most);

static inline struct chains_bytes tls_buffer_bytes(const struct tls_buffer *buffer)
{
    return (struct chains_bytes){ buffer->at, buffer->held };
}

void tls_buffer_free(struct tls_buffer *buffer);

#endif
