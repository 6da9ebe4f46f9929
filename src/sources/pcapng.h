/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_PCAPNG_H
#define SOURCES_PCAPNG_H

#include "capture_file.h"
#include "capture_stream.h"

/* The blocks of a pcapng file: several sections, each in its own byte order. */

enum { PCAPNG_INTERFACES_MAX = 4096 /* of one section; more is damage */ };

/* What pcapng_block() gives, besides enum chains_status, for a block that holds no packet. */
enum { PCAPNG_PASSED = 100 };

struct pcapng;

/* NULL for want of memory. */
struct pcapng *pcapng_new(void);

/*
 * Reads one block from `in`, whose buffer has CAPTURE_BUFFER bytes. CHAINS_OK: a packet, lent
 * from that buffer. PCAPNG_PASSED: something else, now behind. CHAINS_IDLE: more bytes are
 * needed and capture_stream_want() has been told what for. Negative: damage, the phrase is set.
 */
int pcapng_block(struct pcapng *self, struct capture_stream *in, struct capture_packet *packet);

/* Frees; NULL is ignored. */
void pcapng_free(struct pcapng *self);

#endif
