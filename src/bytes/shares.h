/* SPDX-License-Identifier: MIT */
#ifndef BYTES_SHARES_H
#define BYTES_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A number of bytes divided among those who hold some: each gets what it needs at least, and of
 * what is left a part in proportion to what it would take beyond that.
 */
struct share {
    uint64_t least, usual; /* usual is at least `least`; equal: it gets exactly that */
    bool capped;           /* it has no use for more than `usual` */
    uint64_t given;
};

/*
 * Fills `given`; their sum is at most `room`. Where that is more than all of them usually take, each
 * that is not capped gets more than usual, in the same proportion. False, with nothing given: the
 * sum of `least`, which is in `*least` in any case, is more than `room`.
 */
bool shares_divide(struct share *share, size_t count, uint64_t room, uint64_t *least);

/*
 * The largest number from `least` to `most` for which `bytes` says at most `room`; `least` where
 * there is none. What `bytes` says never falls as the number grows.
 */
typedef uint64_t shares_bytes(const void *about, uint64_t number);
uint64_t shares_fit(uint64_t least, uint64_t most, uint64_t room, shares_bytes *bytes,
                    const void *about);

#endif
