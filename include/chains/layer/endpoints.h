/* SPDX-License-Identifier: MIT */
#ifndef CHAINS_LAYER_ENDPOINTS_H
#define CHAINS_LAYER_ENDPOINTS_H

#include <chains/record.h>

/*
 * Slot "endpoints", of struct chains_endpoints (record.h): who an event is about. Records of the
 * kind CHAINS_EVENTS have it, for they have no packet to tell.
 */

#endif
