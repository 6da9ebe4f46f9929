/* SPDX-License-Identifier: MIT */
#ifndef RECORD_ENDPOINTS_H
#define RECORD_ENDPOINTS_H

#include <chains/record.h>

extern const struct chains_layer_type chains_endpoints_type;

/* Names of IANA protocol numbers as layers show them: "tcp"; others are shown as numbers. */
extern const struct chains_name endpoints_protocols[];

/* Whether the protocol of an IANA number has ports, of those that are read: TCP, UDP, SCTP. */
static inline bool endpoints_has_ports(uint8_t protocol)
{
    return protocol == 6 || protocol == 17 || protocol == 132;
}

#endif
