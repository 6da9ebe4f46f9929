/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_STREAMER_OPTIONS_H
#define SOURCES_STREAMER_OPTIONS_H

#include <chains/component.h>

enum { STREAMER_RING_MOST = 1024 * 1024 }; /* KiB of the kernel's buffer */

/* The options of packet_streamer. */
extern const struct chains_field streamer_options[];

/* When a packet_streamer is made: what its options may not say. */
int streamer_options_check(chains_component *self);

#endif
