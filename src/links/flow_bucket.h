/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_BUCKET_H
#define LINKS_FLOW_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * From a hash to an index: buckets of one cache line with twelve lanes. What does not fit goes into
 * one of the next seven, and each bucket counts what has gone past it, so that a search ends where
 * nothing has. Where all eight are full nothing can be put: the caller makes room.
 */
enum {
    FLOW_BUCKET_LANES = 12,
    FLOW_BUCKET_REACH = 8, /* buckets that a hash may lie in */
    FLOW_BUCKET_LOAD = 8,  /* lanes used of each, on average and at most */
};

struct flow_bucket {
    uint8_t tag[FLOW_BUCKET_LANES]; /* 0: empty */
    uint32_t passed;                /* of what belongs here, or before, and lies further on */
    uint32_t index[FLOW_BUCKET_LANES];
};

struct flow_buckets {
    struct flow_bucket *at;
    uint32_t mask;
    void *block; /* as allocated */
};

/* A search for a hash; begin with flow_bucket_search(). */
struct flow_bucket_search {
    const struct flow_buckets *buckets;
    uint64_t lanes; /* of the bucket at hand that are still to be looked at */
    uint32_t at;
    uint8_t tag, step;
};

/* Room for `most` indexes; false for want of memory. */
bool flow_buckets_init(struct flow_buckets *buckets, uint32_t most);
void flow_buckets_free(struct flow_buckets *buckets);
/* Bytes that buckets for `most` indexes take. */
size_t flow_buckets_takes(uint32_t most);
size_t flow_buckets_memory(const struct flow_buckets *buckets);

/* A hash in 32 bits: the bucket in 24, the tag above. */
static inline uint32_t flow_bucket_place(uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 56);
    return ((uint32_t)hash & 0xffffff) | (tag ? tag : 1) << 24;
}

/* False: no room. */
bool flow_bucket_put(struct flow_buckets *buckets, uint32_t place, uint32_t index);
void flow_bucket_take(struct flow_buckets *buckets, uint32_t place, uint32_t index);

/* Bits 7, 15, ... of the lanes that hold `tag`; lanes 0 to 7 and 8 to 11. */
static inline uint64_t flow_bucket_equal_(uint64_t tags, uint8_t tag)
{
    uint64_t x = tags ^ tag * UINT64_C(0x0101010101010101);
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ~(((x & low) + low) | x | low);
}

/* A bit for each lane of a bucket that holds `tag`. */
static inline uint64_t flow_bucket_lanes(const struct flow_bucket *bucket, uint8_t tag)
{
    uint64_t first = 0, last = 0, gather = UINT64_C(0x0102040810204080);
    for (unsigned i = 0; i < 8; i++)
        first |= (uint64_t)bucket->tag[i] << 8 * i;
    for (unsigned i = 8; i < FLOW_BUCKET_LANES; i++)
        last |= (uint64_t)bucket->tag[i] << 8 * (i - 8);
    first = flow_bucket_equal_(first, tag) >> 7;
    last = flow_bucket_equal_(last, tag) >> 7 & 0x01010101;
    return first * gather >> 56 | (last * gather >> 56 & 15) << 8;
}

static inline struct flow_bucket_search flow_bucket_search(const struct flow_buckets *buckets,
                                                           uint32_t place)
{
    uint32_t at = place & buckets->mask;
    uint8_t tag = (uint8_t)(place >> 24);
    return (struct flow_bucket_search){ buckets, flow_bucket_lanes(&buckets->at[at], tag), at,
                                        tag, 1 };
}

/* The next index with this tag; false: there is none. */
static inline bool flow_bucket_next(struct flow_bucket_search *search, uint32_t *index)
{
    while (!search->lanes) {
        const struct flow_buckets *buckets = search->buckets;
        if (!buckets->at[search->at].passed || search->step++ == FLOW_BUCKET_REACH)
            return false;
        search->at = (search->at + 1) & buckets->mask;
        search->lanes = flow_bucket_lanes(&buckets->at[search->at], search->tag);
    }
    *index = search->buckets->at[search->at].index[__builtin_ctzll(search->lanes)];
    search->lanes &= search->lanes - 1;
    return true;
}

#endif
