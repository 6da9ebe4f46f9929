/* SPDX-License-Identifier: MIT */
#ifndef SOURCES_BPF_H
#define SOURCES_BPF_H

#include "capture_file.h"

/*
 * A filter expression (pcap-filter(7)) over packets of any link type: compiled by libpcap for
 * each link type when the first packet of it comes.
 */
struct bpf_filter;

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
