/* SPDX-License-Identifier: MIT */
/*
 * Which packet comes next. In: how many packets and flows there are to be. Out: the next packet of
 * one of some thousand conversations, drawn. One that has ended makes room for a new one: a short
 * one where the flows lag behind the packets, else a long one, so that both come out as asked.
 */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

#define KIND(kind, weight_, short_, four, brief_)                                              \
    {                                                                                          \
        .name = #kind, .brief = (brief_), .step = talk_##kind, .weight = (weight_),            \
        .is_short = (short_), .one_family = (four)                                             \
    }

const struct talk_kind talk_kinds[] = {
    KIND(http, 30, false, false, "requests and responses, closed"),
    KIND(idle, 4, false, false, "half a request, and then nothing for ever"),
    KIND(tls, 25, false, false, "hellos with new server names, closed"),
    { "tls_whole", "a handshake of the templates, with certificates", template_tls, 15, false,
      false },
    KIND(half_hello, 4, false, false, "half a client's hello, and then nothing"),
    KIND(dns_tcp, 6, false, false, "DNS over TCP"),
    KIND(hole, 3, false, false, "8 segments behind a hole"),
    KIND(out_of_order, 5, false, false, "a response from its end to its beginning"),
    KIND(udp_both, 8, false, false, "datagrams there and back"),
    { "quic", "datagrams of the templates: Initials", template_quic, 6, false, false },
    KIND(syn, 12, true, false, "one SYN"),
    KIND(half_open, 6, true, false, "a SYN and its answer"),
    KIND(refused, 3, true, false, "a SYN and a reset"),
    KIND(udp, 12, true, false, "one datagram"),
    KIND(ping, 3, true, false, "an echo and its reply"),
    KIND(unreachable, 2, true, true, "a datagram and the error for it"),
    KIND(dns, 12, true, false, "a query for a new name and its response"),
    KIND(dns_unanswered, 3, true, false, "a query alone"),
    KIND(dns_weird, 2, true, false, "a query as of a tunnel"),
    KIND(fragment, 3, true, true, "the first piece of a datagram, and no other"),
    KIND(fragmented, 2, true, true, "a datagram in pieces"),
    KIND(dhcp, 1, true, true, "a device's name in DHCP"),
    KIND(mdns, 1, true, true, "a device's name in mDNS"),
    KIND(arp, 1, true, true, "who has this address"),
    { 0 },
};

enum { KINDS_MOST = 64 };

struct mix {
    struct mix_options options;
    const struct traffic *traffic;
    struct dice dice;
    const struct talk_kind *drawn[2][KINDS_MOST * 32]; /* long, short; by weight */
    uint32_t drawn_count[2];
    uint64_t packets, flows;
    struct talk *talk; /* options.active of them */
};

/* Whether `name` is one of the names with commas between; NULL: all are. */
static bool mix_names(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; at && *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",") == len && strncmp(at, name, len) == 0)
            return true;
    return !names;
}

static bool mix_has_bytes(const struct talk_kind *kind, const struct templates *templates)
{
    if (kind->step == template_tls || kind->step == template_quic)
        return templates_have(templates, kind->step == template_tls);
    return true;
}

static size_t mix_count(const char *names)
{
    size_t count = 1;
    for (; *names; names++)
        count += *names == ',';
    return count;
}

static const char *mix_draws(struct mix *mix)
{
    size_t found = 0;
    for (const struct talk_kind *kind = talk_kinds; kind->name; kind++) {
        if (!mix_names(mix->options.kinds, kind->name))
            continue;
        found++;
        if (!mix_has_bytes(kind, mix->traffic->templates))
            continue;
        for (unsigned i = 0; i < kind->weight; i++)
            mix->drawn[kind->is_short][mix->drawn_count[kind->is_short]++] = kind;
    }
    if (mix->options.kinds && found != mix_count(mix->options.kinds))
        return "a kind of conversation that there is not, or one named twice";
    if (mix->drawn_count[0] + mix->drawn_count[1] == 0)
        return "kinds for which a capture of templates is needed";
    return NULL;
}

static void mix_begin(struct mix *mix, struct talk *talk)
{
    const struct mix_options *options = &mix->options;
    /* Flows begun and packets gone, each as a part of what there is to be. */
    bool lags = (double)mix->flows * (double)options->packets <
                (double)mix->packets * (double)options->flows;
    bool is_short = mix->drawn_count[1] > 0 && (lags || mix->drawn_count[0] == 0);
    memset(talk, 0, sizeof *talk);
    talk->flow = mix->flows++ % options->flows;
    talk->kind = mix->drawn[is_short][dice_below(&mix->dice, mix->drawn_count[is_short])];
    ends_choose(mix->traffic, talk);
}

struct mix *mix_new(const struct mix_options *options, const struct traffic *traffic,
                    const char **problem)
{
    struct mix *mix = calloc(1, sizeof *mix);
    *problem = "no memory";
    if (!mix)
        return NULL;
    mix->options = *options;
    mix->traffic = traffic;
    mix->dice.state = dice_mix(options->seed);
    *problem = mix_draws(mix);
    if (*problem) {
        free(mix);
        return NULL;
    }
    mix->talk = calloc(options->active, sizeof *mix->talk);
    if (!mix->talk) {
        *problem = "no memory";
        free(mix);
        return NULL;
    }
    return mix;
}

void mix_next(struct mix *mix, struct frame *out)
{
    struct talk *talk = &mix->talk[dice_below(&mix->dice, mix->options.active)];
    if (!talk->kind)
        mix_begin(mix, talk);
    if (talk->kind->step(mix->traffic, talk, out))
        talk->step++;
    else
        talk->kind = NULL;
    mix->packets++;
}

uint64_t mix_flows(const struct mix *mix)
{
    return mix->flows;
}

void mix_free(struct mix *mix)
{
    if (mix)
        free(mix->talk);
    free(mix);
}
