/* SPDX-License-Identifier: MIT */
#ifndef RECORD_CLIENT_H
#define RECORD_CLIENT_H

#include <chains/layer/http.h>
#include <chains/layer/tls.h>
#include <chains/record.h>

/*
 * Which end of a record is the client. A message lies on the record that ended it, and that need not
 * be its sender's: the other side resets a stream, or the flow ends.
 */
struct client {
    bool is_source; /* of the record; else its destination is */
    bool sure;      /* else it is the likelier of the two */
};

struct client client_of_http(const struct chains_record *rec,
                             const struct chains_http_message *message);
struct client client_of_tls(const struct chains_record *rec,
                            const struct chains_tls_message *message);

/* Where no message says it: who opened the flow, else the end with the higher port; never sure. */
struct client client_of_flow(const struct chains_record *rec);

#endif
