/* SPDX-License-Identifier: MIT */
/*
 * CRYPTO bytes in order. In: pieces with their offsets. Out: what has come from the first byte on.
 * At most so many bytes, and so many runs of them, are kept; a byte that is there is never written
 * again.
 */
#include "quic_crypto.h"

#include <string.h>

/* The runs that touch [from, to) become one with it; false: there are too many. */
static bool crypto_join(struct quic_crypto *crypto, uint32_t from, uint32_t to)
{
    struct quic_crypto_run *run = crypto->run;
    uint32_t first = 0;
    while (first < crypto->runs && run[first].to < from)
        first++;
    uint32_t behind = first;
    for (; behind < crypto->runs && run[behind].from <= to; behind++) {
        from = run[behind].from < from ? run[behind].from : from;
        to = run[behind].to > to ? run[behind].to : to;
    }
    if (behind == first && crypto->runs == QUIC_CRYPTO_RUNS)
        return false;
    memmove(&run[first + 1], &run[behind], (crypto->runs - behind) * sizeof *run);
    crypto->runs = crypto->runs + 1 - (behind - first);
    run[first] = (struct quic_crypto_run){ from, to };
    return true;
}

/* Copies what is not there, and says whether what is there is the same. */
static bool crypto_fill(struct quic_crypto *crypto, uint32_t from, struct chains_bytes bytes)
{
    const uint32_t to = from + (uint32_t)bytes.len;
    uint8_t *kept = crypto->bytes.at;
    bool same = true;
    uint32_t at = from;
    for (uint32_t i = 0; i < crypto->runs && crypto->run[i].from < to; i++) {
        const struct quic_crypto_run *run = &crypto->run[i];
        if (run->to <= at)
            continue;
        if (run->from > at) {
            memcpy(kept + at, chains_behind(bytes, at - from).at, run->from - at);
            at = run->from;
        }
        uint32_t end = run->to < to ? run->to : to;
        same = same && memcmp(kept + at, chains_behind(bytes, at - from).at, end - at) == 0;
        at = end;
    }
    if (at < to)
        memcpy(kept + at, chains_behind(bytes, at - from).at, to - at);
    return same;
}

enum quic_crypto_put quic_crypto_put(struct quic_crypto *crypto, uint64_t offset,
                                     struct chains_bytes bytes, uint32_t most)
{
    if (bytes.len == 0)
        return QUIC_CRYPTO_PUT;
    if (offset > most || bytes.len > most - offset)
        return QUIC_CRYPTO_LIMITED;
    const uint32_t from = (uint32_t)offset, to = from + (uint32_t)bytes.len;
    if (!tls_buffer_reach(&crypto->bytes, to, most))
        return QUIC_CRYPTO_NO_MEMORY;
    const bool same = crypto_fill(crypto, from, bytes); /* only into holes */
    if (!crypto_join(crypto, from, to))
        return QUIC_CRYPTO_LIMITED;
    return same ? QUIC_CRYPTO_PUT : QUIC_CRYPTO_DIFFERS;
}

struct chains_bytes quic_crypto_front(const struct quic_crypto *crypto)
{
    const bool there = crypto->runs > 0 && crypto->run[0].from == 0;
    return (struct chains_bytes){ crypto->bytes.at, there ? crypto->run[0].to : 0 };
}

void quic_crypto_taken(struct quic_crypto *crypto, uint32_t len)
{
    const uint32_t end = crypto->run[crypto->runs - 1].to;
    memmove(crypto->bytes.at, crypto->bytes.at + len, end - len);
    uint32_t gone = crypto->run[0].to == len ? 1 : 0;
    crypto->run[0].from = 0;
    crypto->runs -= gone;
    memmove(crypto->run, crypto->run + gone, crypto->runs * sizeof crypto->run[0]);
    for (uint32_t i = gone ? 0 : 1; i < crypto->runs; i++)
        crypto->run[i].from -= len;
    for (uint32_t i = 0; i < crypto->runs; i++)
        crypto->run[i].to -= len;
}
