/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_LOSS_H
#define SOURCES_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to say, and when, of packets that are lost before they can be read. Begins as 0. */
struct loss {
    uint64_t told;    /* lost by the latest sentence */
    int64_t told_ns;  /* when that was; 0: never */
    int64_t asked_ns; /* when the counters were asked last */
};

/* Whether it is time to ask the counters again: a second has gone by. */
bool loss_asks(struct loss *loss, int64_t now_ns);

/*
 * Whether there is something new to say of `lost` packets in all: the first time at once, then at
 * most every ten seconds. The sentence is in `text` then.
 */
bool loss_says(struct loss *loss, uint64_t lost, int64_t now_ns, char *text, size_t size);

#endif
