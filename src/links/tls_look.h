/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_LOOK_H
#define LINKS_TLS_LOOK_H

#include "tls_flow.h"

/* Whether the first bytes of a flow ask for a slot; with `joined` it began before them. */
bool tls_look_wants(struct chains_bytes bytes, bool joined);

/* New bytes of a flow that is not read yet: does it begin here? */
enum tls_flow_status tls_look(struct tls_flow *flow, struct pool *pool,
                              const struct chains_stream *stream, struct chains_bytes bytes);

#endif
