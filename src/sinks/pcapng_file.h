/* SPDX-License-Identifier: MIT */
#ifndef SINKS_PCAPNG_FILE_H
#define SINKS_PCAPNG_FILE_H

#include "../render/output.h"
#include "known_names.h"
#include "packet_comment.h"
#include "pcapng_blocks.h"
#include "pcapng_secrets.h"

/*
 * A pcapng file as it is written: which interfaces the section has, which names it has been
 * told, what is to be said at its end. A packet is planned, which says how many bytes it will
 * take, and then put.
 */

enum {
    PCAPNG_FILE_INTERFACES = 64, /* of a section; one more begins another section */
    PCAPNG_FILE_WHY = 160,
};

struct pcapng_file_interface {
    uint32_t key;
    struct pcapng_interface about;
    struct pcapng_statistics statistics;
};

struct pcapng_file {
    bool comments; /* with tags, names and statistics */
    unsigned count, last;
    struct pcapng_file_interface interfaces[PCAPNG_FILE_INTERFACES];
    struct {
        uint32_t key;
        unsigned interface; /* `count`: a new one */
        uint64_t name[2];   /* hashes of the names to be told; 0: none */
        struct pcapng_packet packet;
    } plan;
    struct known_names names;
    struct pcapng_secrets secrets;
    char comment[PACKET_COMMENT_MOST];
};

/* False, with why not in `why`, when no capture file can hold a packet. */
bool pcapng_file_fits(const struct chains_record *rec, char why[PCAPNG_FILE_WHY]);

/* The section has ended: what it was told counts no longer. */
void pcapng_file_forget(struct pcapng_file *file);

/* Begins a section. */
void pcapng_file_begin(struct pcapng_file *file, struct output *output);

/* How many bytes the file will grow by, with what its end takes then. */
size_t pcapng_file_plan(struct pcapng_file *file, const struct chains_record *rec);

/* Puts the packet that was planned last. */
void pcapng_file_put(struct pcapng_file *file, struct output *output,
                     const struct chains_record *rec);

/* Bytes that the end of the section takes. */
size_t pcapng_file_end_size(const struct pcapng_file *file);

/* The end of a section. `source`: of which `received` and `dropped` count. */
void pcapng_file_end(struct pcapng_file *file, struct output *output,
                     const struct pcapng_statistics *source);

#endif
