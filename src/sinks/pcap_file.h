/* SPDX-License-Identifier: MIT */
#ifndef SINKS_PCAP_FILE_H
#define SINKS_PCAP_FILE_H

#include <chains/component.h>

/*
 * The classic capture file: one header, one link type, one resolution, seconds of 32 bits. The
 * first packet decides; one that does not fit is refused, never bent.
 */

enum {
    PCAP_FILE_HEADER = 24,
    PCAP_FILE_RECORD = 16,
    PCAP_FILE_SNAPLEN = 262144, /* the longest packet that readers take */
    PCAP_FILE_ETHERNET = 1,     /* the link type of a file without packets */
    PCAP_FILE_WHY = 160,
};

struct pcap_file {
    bool decided;     /* the header is written, or was there */
    bool nanoseconds; /* else microseconds */
    uint32_t linktype, snaplen;
};

/* Decides by the first packet; NULL: there is none. */
void pcap_file_decide(struct pcap_file *file, const struct chains_record *rec);

/*
 * Takes over the header of a file that is there: its first `len` bytes. False, with what it is
 * in `why`, when nothing can be put behind it.
 */
bool pcap_file_adopt(struct pcap_file *file, const uint8_t *header, size_t len,
                     char why[PCAP_FILE_WHY]);

/* False, with why not in `why`, when the file cannot hold a packet. */
bool pcap_file_fits(const struct pcap_file *file, const struct chains_record *rec,
                    char why[PCAP_FILE_WHY]);

/* PCAP_FILE_HEADER bytes. */
char *pcap_file_header(const struct pcap_file *file, char *out);

/* PCAP_FILE_RECORD bytes; the packet's own follow. */
char *pcap_file_record(const struct pcap_file *file, const struct chains_record *rec,
                       char *out);

/* Of `len` bytes that begin with a header or a record, those that are whole. */
size_t pcap_file_whole(const char *bytes, size_t len);

#endif
