/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TAGGER_H
#define LINKS_TAGGER_H

#include <chains/record.h>

extern const struct chains_layer_type chains_tags_type;

#endif
