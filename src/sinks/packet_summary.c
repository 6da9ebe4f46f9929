/* SPDX-License-Identifier: MIT */
/*
 * One line for each packet, in the words of the "Taggers" example:
 *
 *     2015-05-30 00:34:45 - TCP IP 192.168.1.9(LOCAL) --> 12.226.156.82(NXDOMAIN) TAGS:
 * ['nxdomain']
 *
 * A name that is not known leaves no parentheses; a packet without IP or ARP shows its frame. What
 * is no packet (flows, events) passes without a line.
 */
#include "../render/output.h"
#include "../render/words.h"

#include <chains/layer/domains.h>
#include <chains/layer/tags.h>

#include "../bytes/text.h"
#include "../record/batch.h"
#include "../record/row.h"

enum {
    SUMMARY_SEEN = 8,       /* a power of two */
    SUMMARY_SEEN_TEXT = 52, /* longer ones are written anew each time */
};

/* Tags that a line has had, as text. */
struct summary_seen {
    uint64_t tags;
    uint32_t len; /* 0: none yet */
    char text[SUMMARY_SEEN_TEXT];
};

struct packet_summary {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    bool color;
    struct summary_seen seen[SUMMARY_SEEN];
};

static const struct chains_field packet_summary_options[] = {
    OUTPUT_OPTIONS(chains_packet_summary_options),
    CHAINS_FIELD(chains_packet_summary_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int packet_summary_open(chains_component *self)
{
    struct packet_summary *summary = chains_state(self);
    const struct chains_packet_summary_options *options = chains_options(self);
    summary->color = options->color;
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    return output_open(&summary->output, self, &target);
}

static char *summary_addresses(const struct packet_summary *summary, char *out,
                               const struct chains_record *rec, const struct chains_addr *src,
                               const struct chains_addr *dst)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    out = words_end(out, src, domains ? domains->src : NULL, summary->color);
    out = text_literal(out, " --> ");
    return words_end(out, dst, domains ? domains->dst : NULL, summary->color);
}

/* "['outgoing']": the same few sets of tags come again and again. */
static char *summary_tags(struct packet_summary *summary, char *out,
                          const struct chains_record *rec, uint64_t tags)
{
    struct summary_seen *seen =
        &summary->seen[tags * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (SUMMARY_SEEN - 1)];
    if (__builtin_expect(seen->len == 0 || seen->tags != tags, 0)) {
        char *end = words_tags(out, rec, tags);
        if (end - out > SUMMARY_SEEN_TEXT)
            return end;
        seen->tags = tags;
        seen->len = (uint32_t)(end - out);
        memcpy(seen->text, out, SUMMARY_SEEN_TEXT);
    }
    memcpy(out, seen->text, SUMMARY_SEEN_TEXT);
    return out + seen->len;
}

static char *summary_line(struct packet_summary *summary, char *out,
                          const struct chains_record *rec)
{
    const struct chains_addr *src, *dst;
    out = text_time(out, &summary->clock, rec->time_ns, 0, ' ');
    out = text_literal(out, " - ");
    out = words_transport(out, rec);
    out = words_packet(out, rec);
    if (row_addresses(rec, &src, &dst))
        out = summary_addresses(summary, out, rec, src, dst);
    else
        out = words_frame(out, rec);
    const struct chains_tags *tags = chains_get(rec, tags);
    if (!tags)
        return out;
    out = summary->color ? text_literal(out, WORDS_TAG_COLOR) : out;
    out = text_literal(out, " TAGS: ");
    out = summary_tags(summary, out, rec, tags->tags);
    return summary->color ? text_literal(out, WORDS_NO_COLOR) : out;
}

static int packet_summary_many(chains_component *self, struct chains_batch *batch)
{
    struct packet_summary *summary = chains_state(self);
    struct output *output = &summary->output;
    for (size_t i = 0; i < batch->count; i++) {
        if (!words_is_packet(batch->live[i]))
            continue;
        char *out = output_room(output, OUTPUT_ROOM);
        out = summary_line(summary, out, batch->live[i]);
        *out++ = '\n';
        output_put(output, out);
        output_commit(output);
    }
    return output_end(output);
}

const struct chains_class packet_summary_class = {
    .name = "packet_summary",
    .brief = "print one line for each packet",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct packet_summary),
    .options_size = sizeof(struct chains_packet_summary_options),
    .options = packet_summary_options,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = packet_summary_open,
    .access = output_slot_access,
    .many = packet_summary_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = output_slot_close,
};

chains_component *chains_packet_summary_new(const struct chains_packet_summary_options *options)
{
    return chains_new(&packet_summary_class, options);
}
