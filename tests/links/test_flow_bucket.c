/* SPDX-License-Identifier: MIT */
/*
 * Buckets of the flow table: against a plain list, at full load, and where all hashes are the same
 * as far as they can be.
 */
#include "links/flow_bucket.h"

#include <stdlib.h>

#include "../check.h"

enum { MOST = 6000 };

static uint32_t place_of[MOST];
static bool there[MOST];

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return *state >> 20;
}

/* How often a search finds `index`; `looked` counts all it gives. */
static unsigned found(const struct flow_buckets *buckets, uint32_t place, uint32_t index,
                      unsigned *looked)
{
    struct flow_bucket_search search = flow_bucket_search(buckets, place);
    unsigned count = 0;
    for (uint32_t at; flow_bucket_next(&search, &at); ++*looked)
        count += at == index;
    return count;
}

/* Puts and takes at random; all that is there is found once, and nothing else. */
static void test_against_list(void)
{
    struct flow_buckets buckets;
    check(flow_buckets_init(&buckets, MOST));
    uint64_t state = 7;
    for (uint32_t i = 0; i < MOST; i++)
        place_of[i] = flow_bucket_place(i);
    unsigned wrong = 0, looked = 0, full = 0, live = 0;
    for (unsigned step = 0; step < 200000; step++) {
        uint32_t index = (uint32_t)(next_random(&state) % MOST);
        if (there[index]) {
            flow_bucket_take(&buckets, place_of[index], index);
        } else {
            place_of[index] =
                flow_bucket_place(next_random(&state) << 24 | next_random(&state));
            if (!flow_bucket_put(&buckets, place_of[index], index)) {
                full++;
                continue;
            }
        }
        there[index] = !there[index];
        live += there[index] ? 1 : -1u;
        uint32_t probe = (uint32_t)(next_random(&state) % MOST);
        wrong += found(&buckets, place_of[probe], probe, &looked) != there[probe];
    }
    check_eq_u64(wrong, 0);
    check_eq_u64(full, 0);
    check(live > MOST / 3);
    for (uint32_t i = 0; i < MOST; i++)
        if (there[i])
            flow_bucket_take(&buckets, place_of[i], i);
    bool clean = true;
    for (uint32_t i = 0; i <= buckets.mask; i++) {
        clean = clean && buckets.at[i].passed == 0;
        for (unsigned lane = 0; lane < FLOW_BUCKET_LANES; lane++)
            clean = clean && buckets.at[i].tag[lane] == 0;
    }
    check(clean);
    flow_buckets_free(&buckets);
}

/* The same place for all: what fits is found, what does not is refused, and no search is long. */
static void test_crowd(void)
{
    enum { FIT = FLOW_BUCKET_LANES * FLOW_BUCKET_REACH };
    struct flow_buckets buckets;
    check(flow_buckets_init(&buckets, MOST));
    uint32_t place = flow_bucket_place(UINT64_C(0xab00000000ffffff)); /* wraps at the end */
    unsigned put = 0, looked = 0, wrong = 0;
    for (uint32_t i = 0; i < 200; i++)
        put += flow_bucket_put(&buckets, place, i);
    check_eq_u64(put, FIT);
    for (uint32_t i = 0; i < FIT; i++)
        wrong += found(&buckets, place, i, &looked) != 1;
    check_eq_u64(wrong, 0);
    check_eq_u64(looked, FIT * FIT);
    flow_bucket_take(&buckets, place, 40);
    check_eq_u64(found(&buckets, place, 40, &looked), 0);
    check(flow_bucket_put(&buckets, place, 1000));
    check_eq_u64(found(&buckets, place, 1000, &looked), 1);
    check(!flow_bucket_put(&buckets, place, 1001));
    flow_buckets_free(&buckets);
}

static void test_places(void)
{
    check_eq_u64(flow_bucket_place(0), 1u << 24); /* a tag is never 0 */
    check_eq_u64(flow_bucket_place(UINT64_C(0xff00000001234567)), 0xff234567);
    struct flow_bucket bucket = { .tag = { 0, 1, 0x80, 0xff, 0, 0, 0, 7, 7, 0, 0, 7 } };
    check_eq_u64(flow_bucket_lanes(&bucket, 7), 1 << 7 | 1 << 8 | 1 << 11);
    check_eq_u64(flow_bucket_lanes(&bucket, 0), 1 | 7 << 4 | 3 << 9);
    check_eq_u64(flow_bucket_lanes(&bucket, 0x80), 1 << 2);
    check_eq_u64(flow_bucket_lanes(&bucket, 0x7f), 0);
}

int main(void)
{
    test_places();
    test_against_list();
    test_crowd();
    return check_done();
}
