/* SPDX-License-Identifier: MIT */
/*
 * Dividing a budget. In: what each takes at least and usually, and how much there is. Out: what
 * each may take. No size overflows; what rounding down leaves over is nobody's.
 */
#include "shares.h"

#define WHOLE_MOST (UINT64_C(1) << 62)

/* What it takes beyond the least, if it has a part in what is left. */
static uint64_t shares_more(const struct share *share, bool all)
{
    return all || !share->capped ? share->usual - share->least : 0;
}

/* left * part / whole, a bit of `left` at a time; part <= whole < WHOLE_MOST. */
static uint64_t shares_part(uint64_t left, uint64_t part, uint64_t whole)
{
    uint64_t quotient = 0, rest = 0;
    for (unsigned bit = 64; bit-- > 0;) {
        rest = 2 * rest + (left >> bit & 1) * part;
        quotient = 2 * quotient + rest / whole;
        rest %= whole;
    }
    return quotient;
}

/* Adds to what is given: `left`, in proportion, to all, or to those that are not capped. */
static void shares_add(struct share *share, size_t count, uint64_t left, bool all)
{
    uint64_t sum = WHOLE_MOST;
    unsigned shift = 0;
    for (; sum >= WHOLE_MOST;
         shift++) { /* proportions of sizes beyond all memory may be rough */
        sum = 0;
        for (size_t i = 0; i < count && sum < WHOLE_MOST; i++) {
            uint64_t more = shares_more(&share[i], all) >> shift;
            sum = more < WHOLE_MOST ? sum + more : WHOLE_MOST;
        }
    }
    for (size_t i = 0; i < count && sum > 0; i++)
        share[i].given += shares_part(left, shares_more(&share[i], all) >> (shift - 1), sum);
}

/* Adds; false: the sum is beyond any number, and is the largest one there is. */
static bool shares_sum(uint64_t *sum, uint64_t more)
{
    bool fits = more <= UINT64_MAX - *sum;
    *sum = fits ? *sum + more : UINT64_MAX;
    return fits;
}

bool shares_divide(struct share *share, size_t count, uint64_t room, uint64_t *least)
{
    uint64_t needed = 0, usual = 0;
    bool enough = true, ample = true;
    for (size_t i = 0; i < count; i++) {
        enough = shares_sum(&needed, share[i].least) && enough;
        ample = shares_sum(&usual, share[i].usual) && ample;
    }
    *least = needed;
    if (!enough || needed > room)
        return false;
    ample = ample && room >= usual;
    for (size_t i = 0; i < count; i++)
        share[i].given = ample ? share[i].usual : share[i].least;
    shares_add(share, count, room - (ample ? usual : needed), !ample);
    return true;
}

uint64_t shares_fit(uint64_t least, uint64_t most, uint64_t room, shares_bytes *bytes,
                    const void *about)
{
    while (least < most) {
        uint64_t middle = least + (most - least + 1) / 2;
        if (bytes(about, middle) <= room)
            least = middle;
        else
            most = middle - 1;
    }
    return least;
}
