/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_MPLS_H
#define CHAINS_LAYER_MPLS_H

#include <chains/record.h>

enum { CHAINS_MPLS_LABELS = 16 };

/* Slot "mpls": the label stack (RFC 3032), top first. */
struct chains_mpls {
    uint8_t label_count;
    uint8_t ttl; /* of the top entry */
    uint32_t label[CHAINS_MPLS_LABELS];
};

#endif
