/* SPDX-License-Identifier: MIT */
#ifndef LINKS_TLS_FLOW_KEYS_H
#define LINKS_TLS_FLOW_KEYS_H

#include "tls_flow.h"

/* What opens the records of a connection over TCP: when there is one, and until when. */

/*
 * Behind a message, and in front of an encrypted record: as soon as it is known what was agreed on, or
 * that the client sends early data, and there may be keys for it.
 */
void tls_flow_keys_ask(struct tls_flow_open *open, struct tls_context *context);

/* Whether an encrypted record of that side and type is to be opened. */
bool tls_flow_keys_open(const struct tls_flow_open *open, enum chains_side side, uint8_t type);

/*
 * Whether the record that this side was opened last is early data that the server does not take: the
 * client sends it again.
 */
bool tls_flow_keys_refused(const struct tls_flow_open *open, enum chains_side side);

/* Nothing is opened any more: of what was, both sides lack what follows. */
void tls_flow_keys_give_up(struct tls_flow_open *open);

/* Behind a record: whether it is worth while to go on. */
void tls_flow_keys_check(struct tls_flow_open *open, const struct tls_context *context);

#endif
