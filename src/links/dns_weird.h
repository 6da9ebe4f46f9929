/* SPDX-License-Identifier: MIT */
#ifndef LINKS_DNS_WEIRD_H
#define LINKS_DNS_WEIRD_H

#include <chains/record.h>

extern const struct chains_layer_type chains_weird_type;

#endif
