/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_BPF_H
#define SOURCES_BPF_H

#include "capture_file.h"

/*
 * A filter expression (pcap-filter(7)) over packets of any link type: compiled by libpcap for
 * the usual link types at once, since names in it ("port domain") are looked up then, and for any
 * other when the first packet of it comes: not where a word of it may be a name, for nothing is
 * looked up while packets come.
 */
struct bpf_filter;

enum { BPF_ERROR = 640 }; /* room for any sentence of this file, its caret included */

/* The LINKTYPE_ number of files for a DLT_ number of this system, and back. */
uint32_t bpf_linktype(int dlt);
int bpf_dlt(uint32_t linktype);

/*
 * NULL with a sentence in `error` and a status when the expression makes no sense for any of the
 * usual link types: libpcap's text for Ethernet, the expression, and a caret under the word it
 * stumbled over.
 */
struct bpf_filter *bpf_filter_new(const char *expression, int *status, char *error,
                                  size_t error_size);

/*
 * 1 when the packet passes, 0 when not, negative (with a sentence, as above) when the expression
 * makes no sense for its link type, or has names and was not compiled for it at the beginning.
 */
int bpf_filter_holds(struct bpf_filter *filter, const struct capture_packet *packet,
                     char *error, size_t error_size);

void bpf_filter_free(struct bpf_filter *filter);

/* "libpcap text\n    expression\n    ^~~" for a failed compilation. */
void bpf_explain(const char *expression, uint32_t linktype, const char *reason, char *error,
                 size_t error_size);

#endif
