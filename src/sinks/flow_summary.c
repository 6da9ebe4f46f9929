/* SPDX-License-Identifier: MIT */
/*
 * One line for each flow record, who opened it first, the counts of its direction before those of
 * the answer:
 *
 *     2015-05-30 00:34:45 - TCP 192.168.1.9(LOCAL):51234 --> 12.226.156.82(NXDOMAIN):80 SF 1.2s
 * 10/12 pkts 1234/56789 bytes http ShADadfF rtt 12.3ms fin
 *
 * The time is that of its first packet; bytes are payload. What is not known, or nothing, is left
 * out; the last word says why the record was made. Other records pass without a line.
 */
#include "../render/output.h"
#include "../render/words.h"

#include <chains/layer/domains.h>
#include <chains/layer/flow.h>

#include "../bytes/text.h"
#include "../record/batch.h"
#include "../record/endpoints.h"

enum { PROTOCOL_ICMP = 1, PROTOCOL_ICMP6 = 58 };

struct flow_summary {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    const struct chains_name *ends; /* why a record was made */
    bool color;
};

static const struct chains_field flow_summary_options[] = {
    OUTPUT_OPTIONS(chains_flow_summary_options),
    CHAINS_FIELD(chains_flow_summary_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int flow_summary_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_flow)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE, "no layer \"flow\" here: put flows before it");
}

static int flow_summary_open(chains_component *self)
{
    struct flow_summary *summary = chains_state(self);
    const struct chains_flow_summary_options *options = chains_options(self);
    const struct chains_layer_type *type = chains_layout_of(self)->type[CHAINS_ID_flow];
    const struct chains_field *end = chains_field_find(type->fields, "end");
    summary->color = options->color;
    summary->ends = end ? end->names : NULL;
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    return output_open(&summary->output, self, &target);
}

/* "TCP ", "PROTOCOL-99 " */
static char *flow_protocol(char *out, uint8_t protocol)
{
    const char *name = chains_name_of(endpoints_protocols, protocol);
    if (!name)
        out = text_u64(text_literal(out, "PROTOCOL-"), protocol);
    for (; name && *name; name++)
        *out++ = *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name;
    *out++ = ' ';
    return out;
}

static char *flow_ends(const struct flow_summary *summary, char *out,
                       const struct chains_record *rec, const struct chains_flow *flow)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    const char *src = domains ? domains->src : NULL, *dst = domains ? domains->dst : NULL;
    bool icmp = flow->protocol == PROTOCOL_ICMP || flow->protocol == PROTOCOL_ICMP6;
    if (flow->has & CHAINS_FLOW_HAS_PORTS && !icmp) {
        out = words_end_port(out, &flow->src, src, summary->color, flow->sport);
        out = text_literal(out, " --> ");
        return words_end_port(out, &flow->dst, dst, summary->color, flow->dport);
    }
    out = words_end(out, &flow->src, src, summary->color);
    out = words_end(text_literal(out, " --> "), &flow->dst, dst, summary->color);
    return icmp ? text_u64(text_literal(out, " type "), flow->sport) : out;
}

/* " SF" */
static char *flow_word(char *out, const char *word)
{
    if (!word || !*word)
        return out;
    *out++ = ' ';
    return words_name(out, word);
}

/* " 10/12" */
static char *flow_pair(char *out, uint64_t orig, uint64_t resp)
{
    *out++ = ' ';
    out = text_u64(out, orig);
    *out++ = '/';
    return text_u64(out, resp);
}

/* What TCP had trouble with, where it had. */
static char *flow_trouble(char *out, const struct chains_flow_side *orig,
                          const struct chains_flow_side *resp)
{
    if (orig->retransmitted || resp->retransmitted)
        out = flow_pair(text_literal(out, " retransmitted"), orig->retransmitted,
                        resp->retransmitted);
    if (orig->lost || resp->lost)
        out = flow_pair(text_literal(out, " lost"), orig->lost, resp->lost);
    return out;
}

/* A line: less than 1 KiB beside two names of at most WORDS_NAME bytes, escaped. */
static char *flow_line(struct flow_summary *summary, char *out, const struct chains_record *rec,
                       const struct chains_flow *flow)
{
    bool known = flow->has & CHAINS_FLOW_HAS_STATE;
    out = text_time(out, &summary->clock, flow->start, 0, ' ');
    out = flow_protocol(text_literal(out, " - "), flow->protocol);
    out = flow_ends(summary, out, rec, flow);
    out = flow_word(out, known ? flow->state : NULL);
    *out++ = ' ';
    out = words_span(out, flow->duration);
    out = text_literal(flow_pair(out, flow->orig.packets, flow->resp.packets), " pkts");
    out = text_literal(flow_pair(out, flow->orig.bytes, flow->resp.bytes), " bytes");
    out = flow_word(out, flow->service);
    out = flow_word(out, known ? flow->history : NULL);
    if (flow->has & CHAINS_FLOW_HAS_RTT)
        out = words_span(text_literal(out, " rtt "), flow->rtt);
    out = flow_trouble(out, &flow->orig, &flow->resp);
    return flow_word(out, chains_name_of(summary->ends, flow->end));
}

static int flow_summary_many(chains_component *self, struct chains_batch *batch)
{
    struct flow_summary *summary = chains_state(self);
    struct output *output = &summary->output;
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_flow *flow = chains_get(batch->live[i], flow);
        if (!flow)
            continue;
        char *out = flow_line(summary, output_room(output, OUTPUT_ROOM), batch->live[i], flow);
        *out++ = '\n';
        output_put(output, out);
        output_commit(output);
    }
    return output_end(output);
}

const struct chains_class flow_summary_class = {
    .name = "flow_summary",
    .brief = "print one line for each flow",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct flow_summary),
    .options_size = sizeof(struct chains_flow_summary_options),
    .options = flow_summary_options,
    .check = flow_summary_check,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = flow_summary_open,
    .access = output_slot_access,
    .many = flow_summary_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = output_slot_close,
};

chains_component *chains_flow_summary_new(const struct chains_flow_summary_options *options)
{
    return chains_new(&flow_summary_class, options);
}
