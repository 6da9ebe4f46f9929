/* SPDX-License-Identifier: MIT */
#ifndef SINKS_PCAPNG_SECRETS_H
#define SINKS_PCAPNG_SECRETS_H

#include "../render/output.h"

/* The keys that the capture files upstream carry, on their way into a pcapng file. */
struct pcapng_secrets {
    struct chains_source_info source;
    size_t *written; /* into the file at hand, bytes of each source's text */
    uint64_t bytes;  /* that they take in it */
};

/* In open. False for want of memory. */
bool pcapng_secrets_open(struct pcapng_secrets *secrets, const chains_component *sink);

/* A section begins: it has none yet. */
void pcapng_secrets_forget(struct pcapng_secrets *secrets);

/* Puts blocks with those that are new. */
void pcapng_secrets_put(struct pcapng_secrets *secrets, struct output *output);

void pcapng_secrets_close(struct pcapng_secrets *secrets);

#endif
