/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_CAPTURE_LIVE_H
#define SOURCES_CAPTURE_LIVE_H

#include "capture_file.h"

/* Packets of an interface, through libpcap. */
struct capture_live;

struct capture_live_options {
    const char *name, *bpf; /* bpf may be NULL */
    uint32_t snaplen, buffer_kib, timeout_ms;
    bool promiscuous;
};

/*
 * Opens and activates. NULL with a status and a sentence in `error`. What the user should know
 * about a capture that goes on all the same is left in `warning`, else it is "".
 */
struct capture_live *capture_live_open(const struct capture_live_options *options, int *status,
                                       char *error, size_t error_size, char *warning,
                                       size_t warning_size);

/*
 * Waits at most the timeout, then hands over at most `most` packets, each lent for the call of
 * `each`. Returns how many, 0 when nothing came, or a failure with a sentence in `error`.
 */
int capture_live_read(struct capture_live *live, int most,
                      void (*each)(void *user, const struct capture_packet *packet), void *user,
                      char *error, size_t error_size);

/*
 * Packets so far: passed by the filter, of these dropped for want of room, and dropped by the
 * interface before that.
 */
void capture_live_counts(struct capture_live *live, uint64_t *received, uint64_t *dropped,
                         uint64_t *interface_dropped);

/* Whether there is something to say, in `text`, of packets dropped since; for every read. */
bool capture_live_lost(struct capture_live *live, char *text, size_t size);

void capture_live_free(struct capture_live *live);

/* "libpcap version 1.10.3 (with TPACKET_V3)" */
const char *capture_live_library(void);

#endif
