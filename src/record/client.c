/* SPDX-License-Identifier: MIT */
/*
 * Who the client of a message is. In: a record, and a message on it. Out: one of the record's two
 * ends. Kept: a reader that follows a flow knows the client's side of it, which is sure; without
 * one, a message that was seen to its end lies on a packet of its sender, as sure as its bytes are;
 * all else is a guess, and said to be one.
 */
#include "client.h"

#include <chains/layer/flow.h>
#include <chains/layer/stream.h>

/* By a side of the flow and one; a record of a flow goes from the side that opened it. */
static bool client_by_side(const struct chains_record *rec, uint8_t side, struct client *client)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    if (side == 0 || (!stream && !chains_get(rec, flow)))
        return false;
    bool responder = !chains_get(rec, flow) && stream->side == CHAINS_RESP;
    *client = (struct client){ side == (responder ? CHAINS_RESP : CHAINS_ORIG) + 1, true };
    return true;
}

struct client client_of_flow(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    struct chains_endpoints ends;
    if (chains_get(rec, flow))
        return (struct client){ true, false };
    if (stream)
        return (struct client){ stream->side == CHAINS_ORIG, false };
    bool known = chains_record_endpoints(rec, &ends);
    return (struct client){ known && ends.dport <= ends.sport, false };
}

struct client client_of_http(const struct chains_record *rec,
                             const struct chains_http_message *message)
{
    struct client client;
    bool asks = message->kind == CHAINS_HTTP_REQUEST && !message->pushed;
    if (client_by_side(rec, message->client, &client))
        return client;
    if (!chains_get(rec, flow) && (message->complete || !chains_get(rec, stream)))
        return (struct client){ asks, message->complete };
    return client_of_flow(rec);
}

struct client client_of_tls(const struct chains_record *rec,
                            const struct chains_tls_message *message)
{
    struct client client;
    if (client_by_side(rec, message->client, &client))
        return client;
    bool whole = !(message->weird & CHAINS_TLS_UNFINISHED);
    if (!chains_get(rec, flow) && message->from != 0)
        return (struct client){ message->from == CHAINS_TLS_FROM_CLIENT, whole };
    return client_of_flow(rec);
}
