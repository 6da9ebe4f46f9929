/* SPDX-License-Identifier: MIT */
/*
 * Messages that wait for a row. In: messages with what is known of their packets. Out: the same, in
 * order. Kept: one block of memory that grows, a few times at most, and is used again, each message behind its own head.
 */
#include "dns_later.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_LEAST = 64 * 1024 };

bool dns_later_begin(struct dns_later *later, size_t most)
{
    *later = (struct dns_later){ .most = most };
    later->bytes = malloc(CAPACITY_LEAST < most ? CAPACITY_LEAST : most);
    later->capacity = !later->bytes ? 0 : CAPACITY_LEAST < most ? CAPACITY_LEAST : most;
    return later->bytes != NULL;
}

/* Aligned as the head is. */
static size_t dns_later_room(size_t len)
{
    size_t unit = _Alignof(struct dns_later_message);
    return sizeof(struct dns_later_message) + (len + unit - 1) / unit * unit;
}

static enum dns_later_put dns_later_grow(struct dns_later *later, size_t more)
{
    size_t needed = later->used + more;
    if (needed <= later->capacity)
        return DNS_LATER_KEPT;
    if (needed > later->most)
        return DNS_LATER_FULL;
    size_t capacity = 2 * later->capacity;
    capacity = capacity < needed ? needed : capacity;
    capacity = capacity > later->most ? later->most : capacity;
    uint8_t *bytes = realloc(later->bytes, capacity);
    if (!bytes)
        return DNS_LATER_NO_MEMORY;
    later->bytes = bytes;
    later->capacity = capacity;
    return DNS_LATER_KEPT;
}

enum dns_later_put dns_later_put(struct dns_later *later,
                                 const struct dns_later_message *message)
{
    enum dns_later_put grown = dns_later_grow(later, dns_later_room(message->message.len));
    if (grown != DNS_LATER_KEPT)
        return grown;
    uint8_t *at = later->bytes + later->used;
    memcpy(at, message, sizeof *message);
    if (message->message.len > 0)
        memcpy(at + sizeof *message, message->message.at, message->message.len);
    later->used += dns_later_room(message->message.len);
    return DNS_LATER_KEPT;
}

bool dns_later_take(struct dns_later *later, struct dns_later_message *message)
{
    if (dns_later_is_empty(later))
        return false;
    const uint8_t *at = later->bytes + later->taken;
    memcpy(message, at, sizeof *message);
    message->message.at = at + sizeof *message;
    later->taken += dns_later_room(message->message.len);
    if (later->taken == later->used)
        later->taken = later->used = 0;
    return true;
}

bool dns_later_is_empty(const struct dns_later *later)
{
    return later->taken == later->used;
}

void dns_later_free(struct dns_later *later)
{
    free(later->bytes);
    *later = (struct dns_later){ .most = later->most };
}
