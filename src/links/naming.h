/* SPDX-License-Identifier: MIT */
#ifndef LINKS_NAMING_H
#define LINKS_NAMING_H

#include <chains/component.h>

#include "claims.h"
#include "hosts.h"
#include "learned.h"
#include "local.h"
#include "names.h"
#include "shown_memo.h"
#include "vendors.h"

/* Where names come from; its tables are made and freed by who has it. */
struct naming {
    struct names *names;     /* NULL: nothing is asked */
    struct hosts *hosts;     /* NULL: none */
    struct learned *learned; /* NULL: nothing upstream reads messages with names */
    struct claims *claims;   /* NULL: none are heard */
    struct vendors *vendors; /* NULL: none were asked for */
    struct local local;
    struct shown_memo *memo;
    uint64_t lost; /* names learned or claimed and given up, as counted so far */
    bool limited;  /* a name of this batch could not be asked for */
};

/*
 * Layers "domains" for a batch, in order: an answer names what comes with it and behind it. Returns
 * how many names waiting may change.
 */
unsigned naming_batch(chains_component *self, struct naming *naming,
                      struct chains_batch *batch);

/* Once more for the records that lack a name; how many may still come. */
unsigned naming_missing(struct naming *naming, struct chains_batch *batch);

#endif
