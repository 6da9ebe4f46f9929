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
    bool whole;   /* ends as it should: in a block whose lengths agree, or in a whole packet */
    uint64_t size;
};

/*
 * CHAINS_OK, or a failure of `self` when the file at `path` is there and cannot be read, or is read
 * by the chain. The packets of a pcap file are walked through.
 */
int append_look(struct append *append, chains_component *self, const char *path);

#endif
