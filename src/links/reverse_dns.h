/* SPDX-License-Identifier: MIT */
#ifndef LINKS_REVERSE_DNS_H
#define LINKS_REVERSE_DNS_H

#include <chains/record.h>

extern const struct chains_layer_type chains_domains_type;

#endif
