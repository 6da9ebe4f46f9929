/* SPDX-License-Identifier: MIT */
/*
 * Buckets of the flow table. In: 32 bits of a keyed hash, and an index. Out: the indexes with the
 * same bits. Whatever is put, no search looks at more than eight buckets.
 */
#include "flow_bucket.h"

_Static_assert(sizeof(struct flow_bucket) == 64, "a bucket is a cache line");

/* A power of two. */
static uint32_t flow_buckets_count(uint32_t most)
{
    uint32_t count = 1;
    while (count < FLOW_BUCKET_REACH || (uint64_t)count * FLOW_BUCKET_LOAD < most)
        count *= 2;
    return count;
}

size_t flow_buckets_takes(uint32_t most)
{
    return (size_t)flow_buckets_count(most) * sizeof(struct flow_bucket);
}

bool flow_buckets_init(struct flow_buckets *buckets, uint32_t most)
{
    uint32_t count = flow_buckets_count(most);
    buckets->mask = count - 1;
    /* Of buckets in small pages a flow needs one of its own as well. */
    if (!pages_take(&buckets->pages, count * sizeof *buckets->at, 0))
        return false;
    buckets->at = buckets->pages.at;
    return true;
}

void flow_buckets_free(struct flow_buckets *buckets)
{
    pages_give(&buckets->pages);
    buckets->at = NULL;
}

size_t flow_buckets_memory(const struct flow_buckets *buckets)
{
    return ((size_t)buckets->mask + 1) * sizeof *buckets->at;
}

bool flow_bucket_put(struct flow_buckets *buckets, uint32_t place, uint32_t index)
{
    for (uint32_t step = 0; step < FLOW_BUCKET_REACH; step++) {
        struct flow_bucket *bucket = &buckets->at[(place + step) & buckets->mask];
        uint32_t empty = flow_bucket_lanes(bucket, 0);
        if (!empty)
            continue;
        unsigned lane = (unsigned)__builtin_ctz(empty);
        bucket->tag[lane] = (uint8_t)(place >> 24);
        bucket->index[lane] = index;
        for (uint32_t before = 0; before < step; before++)
            buckets->at[(place + before) & buckets->mask].passed++;
        return true;
    }
    return false;
}

/* The lane of a bucket that holds `index`, or none. */
static int flow_bucket_lane(const struct flow_bucket *bucket, uint32_t place, uint32_t index)
{
    uint32_t lanes = flow_bucket_lanes(bucket, (uint8_t)(place >> 24));
    for (; lanes; lanes &= lanes - 1)
        if (bucket->index[__builtin_ctz(lanes)] == index)
            return __builtin_ctz(lanes);
    return -1;
}

void flow_bucket_take(struct flow_buckets *buckets, uint32_t place, uint32_t index)
{
    for (uint32_t step = 0; step < FLOW_BUCKET_REACH; step++) {
        struct flow_bucket *bucket = &buckets->at[(place + step) & buckets->mask];
        int lane = flow_bucket_lane(bucket, place, index);
        if (lane < 0)
            continue;
        bucket->tag[lane] = 0;
        for (uint32_t before = 0; before < step; before++)
            buckets->at[(place + before) & buckets->mask].passed--;
        return;
    }
}
