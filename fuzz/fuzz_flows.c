/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as packets with time, in both directions of a few flows of TCP and UDP, through flows with
 * reassembly and every parser. The first two bytes are the ceilings; the rest is a script of talk.h.
 * What must hold: bytes of a stream are handed on in order without a step back, what is lost is said,
 * no more comes out of a flow than was put in, every flow has one last record, counters balance, the
 * table stays below its ceiling, and JSON is valid, a line for each record. Build and run:
 *
 *     script/fuzz flows 60
 */
#include "fuzz.h"
#include "shown.h"
#include "sinks.h"
#include "talk.h"

#include <chains/components.h>
#include <chains/layer/flow.h>

#include <string.h>

enum { HEAD = 2, FLOWS_KNOWN = 4096, TCP = 6 };

struct known {
    uint64_t next[2]; /* offset behind what was handed on, by side */
    uint64_t bytes[2];
    bool ended;
};

static struct known known[FLOWS_KNOWN];
static uint64_t packets;

/* Reads all of it, so that a sanitizer sees what is not there. */
static void touch(struct chains_bytes bytes)
{
    volatile uint8_t sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum = (uint8_t)(sum + bytes.at[i]);
}

static void watch_stream(const struct chains_record *rec, const struct chains_stream *stream)
{
    struct known *flow = &known[stream->flow % FLOWS_KNOWN];
    must(stream->flow > 0 && stream->side <= CHAINS_RESP);
    must(!stream->gap == !(stream->marks & CHAINS_STREAM_GAP));
    touch(rec->rest);
    const struct chains_tcp *tcp = chains_get(rec, tcp);
    if (!tcp && rec->kind != CHAINS_EVENTS)
        return;
    if (!stream->len && !stream->gap)
        return;
    must(rec->rest.len == stream->len);
    must(stream->offset == flow->next[stream->side] + stream->gap);
    flow->next[stream->side] = stream->offset + stream->len;
    flow->bytes[stream->side] += stream->len;
}

static void watch_flow(const struct chains_flow *flow)
{
    must(flow->flow > 0 && flow->part > 0 && !known[flow->flow % FLOWS_KNOWN].ended);
    must((flow->end == CHAINS_END_ACTIVE) == (flow->interim == 1));
    for (int side = 0; side < 2 && flow->protocol == TCP; side++) {
        const struct chains_flow_side *count = side ? &flow->resp : &flow->orig;
        const struct known *told = &known[flow->flow % FLOWS_KNOWN];
        must(count->stream_bytes >= told->bytes[side]);
        must(count->stream_bytes + count->lost >=
             told->next[side]); /* the end may be lacking */
        must(flow->interim || count->stream_bytes == told->bytes[side]);
    }
    must(shown_ascii(flow->history_text, strlen(flow->history_text), ""));
    known[flow->flow % FLOWS_KNOWN].ended = !flow->interim;
}

static int watch_each(chains_component *self, struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    (void)self;
    if (rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS))
        packets++;
    if (stream)
        watch_stream(rec, stream);
    if (flow)
        watch_flow(flow);
    return CHAINS_KEEP;
}

static const struct chains_class watch_class = {
    .name = "watch",
    .brief = "checks what flows says",
    .role = CHAINS_LINK,
    .each = watch_each,
};

static chains_component *chain_of(const uint8_t *head, const uint8_t *script, size_t len,
                                  FILE *out, chains_component **source)
{
    const struct talk_options talk = { sizeof talk, script, len };
    chains_component *links[] = {
            *source = chains_new(&talk_class, &talk),
            chains_packet_meta(.max_datagrams = 4, .fragment_kib = 16),
            chains_flows(.flows = 64u << (head[0] & 3), .waiting = 2048u << (head[0] >> 2 & 3),
                         .waiting_all = 16384u << (head[0] >> 4 & 3),
                         .parsers = 4096u << (head[1] & 15), .no_interim = head[0] & 64,
                         .active = head[0] & 128 ? 1000000000 : 0),
            chains_new(&watch_class, NULL),
            chains_dns_meta(.ports = head[1] & 16 ? "all" : NULL, .pending = 16),
            chains_tls_meta(.ja3 = true, .secrets = 16, .certificates = 16),
            chains_quic_meta(.ja3 = true),
            chains_http_meta(.headers = head[1] & 32, .header_kib = head[1] & 64 ? 1 : 0,
                             .transactions = head[1] & 128 ? 2 : 0),
            chains_dns_weird(.entries = 8),
            chains_json_lines(.out = out),
    };
    for (size_t i = 1; i < sizeof links / sizeof *links; i++)
        must(links[i] && chains_link(links[i], links[i - 1]) == CHAINS_OK);
    return links[sizeof links / sizeof *links - 1];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct printed printed;
    if (size < HEAD)
        return 0;
    memset(known, 0, sizeof known);
    packets = 0;
    chains_component *source;
    chains_component *last =
        chain_of(data, data + HEAD, size - HEAD, printed_begin(&printed), &source);
    int status;
    while ((status = chains_step(last)) == CHAINS_OK || status == CHAINS_IDLE)
        balanced_chain(last);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(last));
    must(status == CHAINS_END);
    uint64_t lines = 0;
    const uint64_t given = balanced(source).out;
    must(packets == given);
    must(shown_json_lines(printed.text, printed.len, &lines));
    must(lines == balanced(last).in && balanced(last).out == balanced(last).in);
    balanced_chain(last);
    chains_free(last);
    printed_end(&printed);
    return 0;
}
