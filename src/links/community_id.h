/* SPDX-License-Identifier: MIT */
#ifndef LINKS_COMMUNITY_ID_H
#define LINKS_COMMUNITY_ID_H

#include "flow_key.h"

/* Community ID v1: one text for both directions of a flow, the same in every tool. */
struct community_id;

/* NULL for want of memory, or when the library knows no SHA-1. */
struct community_id *community_id_new(uint16_t seed);
void community_id_free(struct community_id *id);

/* Writes "1:..." and a NUL. False, and an empty text, when the library fails. */
bool community_id_text(struct community_id *id, const struct flow_key *key,
                       char out[CHAINS_COMMUNITY_ID]);

#endif
