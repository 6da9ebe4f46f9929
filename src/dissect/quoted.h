/* SPDX-License-Identifier: MIT */
#ifndef DISSECT_QUOTED_H
#define DISSECT_QUOTED_H

#include <chains/dissect.h>
#include <chains/layer/icmp.h>

extern const struct chains_field quoted_fields[];

/*
 * Reads the head of the packet that an ICMP error quotes: one IP header, the ports behind it.
 * Returns whether there was a header of that version; `quoted` is written only then. Nothing
 * inside it is followed, so that quotes within quotes cost nothing.
 */
bool quoted_read(struct chains_reader in, unsigned version, struct chains_quoted *quoted);

#endif
