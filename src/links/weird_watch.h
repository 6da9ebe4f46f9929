/* SPDX-License-Identifier: MIT */
#ifndef LINKS_WEIRD_WATCH_H
#define LINKS_WEIRD_WATCH_H

#include "weird_table.h"

/*
 * How many different things each of many others has had within a window of time: names under a
 * domain, names that a client asked for in vain. A window begins with the first of them and is
 * followed by the next one that begins in the same way.
 */

enum {
    WEIRD_WATCH_MOST = 10000, /* counted so far within one in ten; 1000 within one in twenty */
    WEIRD_WATCH_PAYLOAD = 288,
};

struct weird_watch {
    struct weird_table *table; /* with a payload of WEIRD_WATCH_PAYLOAD */
    int64_t window_ns;
    uint64_t lost; /* windows ended early because the table was full */
};

struct weird_seen {
    uint32_t things;  /* different ones, estimated */
    uint64_t bytes;   /* of all of them */
    int64_t since_ns; /* the window's begin */
};

/* One more `thing` of `owner`, both hashed. */
struct weird_seen weird_watch_add(struct weird_watch *watch, uint64_t owner, uint64_t thing,
                                  uint32_t bytes, int64_t now_ns);

#endif
