/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_BPF_H
#define SOURCES_BPF_H

#include "capture_file.h"

/*
 * A filter expression (pcap-filter(7)) over packets of any link type: compiled by libpcap for
 * each link type when the first packet of it comes.
 */
struct bpf_filter;

enum { BPF_ERROR = 640 }; /* room for any sentence of this file, its caret included */

/* The LINKTYPE_ number of files for a DLT_ number of this system, and back. */
uint32_t bpf_linktype(int dlt);
int bpf_dlt(uint32_t linktype);

/*
 * CHAINS_OK when an expression makes sense for one of the usual link types at least. Else
 * CHAINS_EUSAGE, and in `error` what is wrong with it on Ethernet. To be asked before the first
 * packet tells its link type.
 */
int bpf_check(const char *expression, char *error, size_t error_size);

/*
 * NULL with a sentence in `error` and a status when the expression makes no sense for
 * `linktype`: libpcap's text, the expression, and a caret under the word it stumbled over.
 */
struct bpf_filter *bpf_filter_new(const char *expression, uint32_t linktype, int *status,
                                  char *error, size_t error_size);

/* 1 when the packet passes, 0 when not, negative (with a sentence) as above. */
int bpf_filter_holds(struct bpf_filter *filter, const struct capture_packet *packet,
                     char *error, size_t error_size);

void bpf_filter_free(struct bpf_filter *filter);

/* "libpcap text\n    expression\n    ^~~" for a failed compilation. */
void bpf_explain(const char *expression, uint32_t linktype, const char *reason, char *error,
                 size_t error_size);

#endif
