/* SPDX-License-Identifier: MIT */
/*
 * Distinct things in a window. In: hashes of an owner and of a thing. Out: how many different
 * things the owner has had. Kept: 2048 bits for each owner, whatever it has; each thing that
 * sets a bit counts for as many as would on average have been needed to do so (1 / the share of
 * bits still clear), which is exact for few and right on average for many.
 */
#include "weird_watch.h"

#include <stdbool.h>
#include <string.h>

#include "../bytes/time.h"

enum { BITS = 2048, ONE = 256 /* the estimate has eight binary places */ };

struct window {
    int64_t began_ns;
    uint64_t bytes;
    uint32_t estimate;
    uint32_t set;
    uint64_t bit[BITS / 64];
};

_Static_assert(sizeof(struct window) <= WEIRD_WATCH_PAYLOAD, "room for a window");

static bool watch_is_over(const struct window *window, int64_t now_ns, int64_t window_ns)
{
    int64_t age_ns = time_minus(now_ns, window->began_ns);
    return age_ns >= window_ns || age_ns <= -window_ns;
}

struct weird_seen weird_watch_add(struct weird_watch *watch, uint64_t owner, uint64_t thing,
                                  uint32_t bytes, int64_t now_ns)
{
    enum weird_table_entry was;
    struct window *window = weird_table_find(watch->table, owner, &was);
    bool over = was != WEIRD_TABLE_OLD || watch_is_over(window, now_ns, watch->window_ns);
    if (was == WEIRD_TABLE_TAKEN && !watch_is_over(window, now_ns, watch->window_ns))
        watch->lost++;
    if (over) {
        memset(window, 0, sizeof *window);
        window->began_ns = now_ns;
    }
    uint64_t *word = &window->bit[thing % BITS / 64], bit = UINT64_C(1) << thing % 64;
    if (!(*word & bit)) {
        window->estimate += BITS * ONE / (BITS - window->set);
        window->set++;
        *word |= bit;
    }
    window->bytes += bytes;
    return (struct weird_seen){ (window->estimate + ONE / 2) / ONE, window->bytes,
                                window->began_ns };
}
