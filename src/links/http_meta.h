/* SPDX-License-Identifier: MIT */
#ifndef LINKS_HTTP_META_H
#define LINKS_HTTP_META_H

#include <chains/record.h>

extern const struct chains_layer_type chains_http_type;

#endif
