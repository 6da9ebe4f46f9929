/* SPDX-License-Identifier: MIT */
#ifndef LINKS_QUIC_META_H
#define LINKS_QUIC_META_H

#include <chains/field.h>

extern const struct chains_layer_type chains_quic_type;

#endif
