/* SPDX-License-Identifier: MIT */
#ifndef LINKS_FLOW_BUCKET_H
#define LINKS_FLOW_BUCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../record/pages.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
    struct pages pages; /* which they lie in */
};

/* A search for a hash; begin with flow_bucket_search(). */
struct flow_bucket_search {
    const struct flow_buckets *buckets;
    uint32_t lanes; /* of the bucket at hand that are still to be looked at */
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

#ifdef __SSE2__
/* A bit for each lane of a bucket that holds `tag`. Behind the tags, in the same load, is `passed`. */
static inline uint32_t flow_bucket_lanes(const struct flow_bucket *bucket, uint8_t tag)
{
    __m128i tags = _mm_loadu_si128((const __m128i *)(const void *)bucket);
    __m128i equal = _mm_cmpeq_epi8(tags, _mm_set1_epi8((char)tag));
    return (uint32_t)_mm_movemask_epi8(equal) & ((1u << FLOW_BUCKET_LANES) - 1);
}
#else
/* A bit for each lane of a bucket that holds `tag`. */
static inline uint32_t flow_bucket_lanes(const struct flow_bucket *bucket, uint8_t tag)
{
    uint32_t lanes = 0;
    for (unsigned i = 0; i < FLOW_BUCKET_LANES; i++)
        lanes |= (uint32_t)(bucket->tag[i] == tag) << i;
    return lanes;
}
#endif

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
    *index = search->buckets->at[search->at].index[__builtin_ctz(search->lanes)];
    search->lanes &= search->lanes - 1;
    return true;
}

#endif
