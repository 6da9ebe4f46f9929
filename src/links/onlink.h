/* SPDX-License-Identifier: MIT */
#ifndef LINKS_ONLINK_H
#define LINKS_ONLINK_H

#include <chains/record.h>

/* The network cards that a packet went from and to on this link; NULL where that is not known. */
struct onlink {
    const uint8_t *src, *dst;
};

/* Whether the packet that is seen was inside of another one: it may come from anywhere. */
bool onlink_is_inside(const struct chains_record *rec);

/*
 * In a tunnel nothing is known, for the cards are those of its ends, and neither is the card of a
 * group. A router's card stands for all that is behind it: who asks must know what is not.
 */
struct onlink onlink_of(const struct chains_record *rec);

#endif
