/* SPDX-License-Identifier: MIT */
/*
 * Segments out of order at the beginning of a connection. In: SYNs, and payloads of connections whose
 * first byte has not come. Out: what was kept, when a hello begins and is not whole. The oldest
 * segment makes room; what is lost so is only the swap of two segments, of which a hello sent again
 * makes up.
 */
#include "hello_early.h"

#include <string.h>

void hello_early_open(struct hello_ports *ports, uint16_t sport, uint16_t dport, uint32_t next)
{
    ports->early = HELLO_EARLY_OF_ONE;
    ports->sport = sport;
    ports->dport = dport;
    ports->next = next;
}

void hello_early_see(struct hello_early *early, struct hello_ports *ports,
                     const struct chains_record *rec, uint32_t seq)
{
    const uint32_t ahead = seq - ports->next;
    if (ahead == 0) /* from here on everything is in its place, or sent again */
        ports->early = 0;
    if (ahead == 0 || ahead >= HELLO_MOST || rec->rest.len > HELLO_EARLY_BYTES)
        return;
    struct hello_early_segment *segment = &early->segment[early->next];
    segment->len = 0;
    if (!hello_key_of(rec, &segment->key))
        return;
    ports->early--;
    early->next = (early->next + 1) % HELLO_EARLY;
    segment->time_ns = rec->time_ns;
    segment->seq = seq;
    segment->len = (uint32_t)rec->rest.len;
    memcpy(segment->bytes, rec->rest.at, rec->rest.len);
}

enum hello_found hello_early_give(struct hello_early *early, const struct hello_key *key,
                                  int64_t time_ns, struct hello_stream *stream,
                                  struct chains_bytes *body)
{
    enum hello_found found = HELLO_MORE;
    for (size_t i = 0; i < HELLO_EARLY && found == HELLO_MORE; i++) {
        struct hello_early_segment *segment = &early->segment[i];
        if (segment->len == 0 || memcmp(&segment->key, key, sizeof *key) != 0)
            continue;
        const struct chains_bytes bytes = { segment->bytes, segment->len };
        segment->len = 0;
        if (hello_is_recent(segment->time_ns, time_ns) &&
            hello_stream_near(stream, segment->seq))
            found = hello_stream_take(stream, segment->seq, bytes, body);
    }
    return found;
}
