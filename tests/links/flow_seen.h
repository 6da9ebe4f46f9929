/* SPDX-License-Identifier: MIT */
#ifndef FLOW_SEEN_H
#define FLOW_SEEN_H

/* What comes out of a chain of flows, kept for looking at it. */
#include "../check.h"
#include "flow_packets.h"

struct seen {
    unsigned kind;
    uint64_t number;
    int64_t time;
    struct chains_stream stream; /* entry NULL: none */
    struct chains_flow flow;
    struct chains_bytes rest; /* the length alone holds */
    bool has_stream, has_endpoints;
    struct chains_endpoints ends;
    char community[CHAINS_COMMUNITY_ID], history[CHAINS_FLOW_HISTORY], state[8];
};

enum { SEEN_MOST = 20000 };

static struct seen seen[SEEN_MOST];
static size_t seen_count;

static inline void seen_note(const struct chains_record *rec)
{
    if (seen_count == SEEN_MOST)
        return;
    struct seen *one = &seen[seen_count++];
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    *one = (struct seen){ .kind = rec->kind,
                          .number = rec->number,
                          .time = rec->time_ns,
                          .rest = rec->rest,
                          .has_stream = stream != NULL,
                          .has_endpoints = chains_get(rec, endpoints) != NULL };
    chains_record_endpoints(rec, &one->ends);
    if (stream)
        one->stream = *stream;
    if (!flow)
        return;
    one->flow = *flow;
    snprintf(one->community, sizeof one->community, "%s",
             flow->community_id ? flow->community_id : "");
    snprintf(one->history, sizeof one->history, "%s", flow->history ? flow->history : "");
    snprintf(one->state, sizeof one->state, "%s", flow->state ? flow->state : "");
}

/* Runs a chain to its end, frees it, and returns its failure or CHAINS_OK. */
static inline int seen_run(chains_component *last)
{
    const struct chains_record *rec;
    seen_count = 0;
    while ((rec = chains_next(last)))
        seen_note(rec);
    int code = chains_error_code(last);
    if (code)
        printf("# %s\n", chains_error(last));
    chains_free(last);
    return code;
}

/* The i-th record of a kind, from 0; an empty one when there is none. */
static inline const struct seen *seen_of(unsigned kind, size_t i)
{
    static const struct seen none;
    for (size_t at = 0; at < seen_count; at++)
        if (seen[at].kind == kind && i-- == 0)
            return &seen[at];
    return &none;
}

static inline size_t seen_kind(unsigned kind)
{
    size_t count = 0;
    for (size_t at = 0; at < seen_count; at++)
        count += seen[at].kind == kind;
    return count;
}

/* The last record of the flow of a number. */
static inline const struct chains_flow *seen_flow(uint64_t number)
{
    static const struct chains_flow none = { .end = 255 };
    for (size_t at = seen_count; at-- > 0;)
        if (seen[at].kind == CHAINS_FLOWS && seen[at].flow.flow == number)
            return &seen[at].flow;
    return &none;
}

#endif
