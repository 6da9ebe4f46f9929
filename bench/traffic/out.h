/* SPDX-License-Identifier: MIT */
#ifndef TRAFFIC_OUT_H
#define TRAFFIC_OUT_H

#include "traffic.h"

/* A capture on standard output, with room for some packets. Both are false when it is gone. */
bool out_capture_begin(void);
bool out_capture(const struct frame *frame, int64_t time_ns);
bool out_capture_flush(void);

/* Packets on an interface, so many in one call of the kernel. */
enum { OUT_LINK_FRAMES = 64 };

struct out_link;

struct out_link *out_link_open(const char *name, const char **problem);

/* The room for the next packet. */
struct frame *out_link_frame(struct out_link *link);

/* Sends it with others, sooner or later; false: the interface takes no packets any more. */
bool out_link_send(struct out_link *link);
bool out_link_flush(struct out_link *link);
uint64_t out_link_sent(const struct out_link *link);

/* Times that the kernel had no room, and the packet was sent again. */
uint64_t out_link_refused(const struct out_link *link);
void out_link_close(struct out_link *link);

#endif
