/* SPDX-License-Identifier: MIT */
#ifndef SINKS_APPEND_H
#define SINKS_APPEND_H

#include "pcap_file.h"

/* What is at the ends of a file, before something is put behind it. */
struct append {
    uint8_t head[PCAP_FILE_HEADER];
    size_t
        head_len; /* fewer bytes in a shorter file; 0: no file, an empty one, no regular one */
    bool pcapng;  /* it begins as a pcapng file */
    bool whole;   /* and ends as one: with a block whose lengths agree */
};

/* CHAINS_OK, or a failure of `self` when the file at `path` is there and cannot be read. */
int append_look(struct append *append, chains_component *self, const char *path);

#endif
