/* SPDX-License-Identifier: MIT */
/*
 * Which packet comes next. In: how many packets and flows there are to be. Out: the next packet of
 * one of some thousand conversations, drawn. One that has ended makes room for a new one: a short
 * one where the flows lag behind the packets, else a long one, so that both come out as asked.
 * Where kinds have weights of their own, those alone say which one is next.
 */
#include "talk.h"

#include <stdlib.h>
#include <string.h>

#define KIND(kind, weight_, short_, four, brief_)                                              \
    {                                                                                          \
        .name = #kind, .brief = (brief_), .step = talk_##kind, .weight = (weight_),            \
        .is_short = (short_), .one_family = (four)                                             \
    }

/* Not in the mix unless it is named. */
#define REAL(kind, brief_)                                                                     \
    {                                                                                          \
        .name = #kind, .brief = (brief_), .step = talk_##kind, .real = true                    \
    }

const struct talk_kind talk_kinds[] = {
    KIND(http, 30, false, false, "requests and responses, closed"),
    KIND(idle, 4, false, false, "half a request, and then nothing for ever"),
    KIND(tls, 25, false, false, "hellos with new server names, closed"),
    { "tls_whole", "a handshake of the templates, with certificates", template_tls, 15, false,
      false, false },
    KIND(half_hello, 4, false, false, "half a client's hello, and then nothing"),
    KIND(dns_tcp, 6, false, false, "DNS over TCP"),
    KIND(hole, 3, false, false, "8 segments behind a hole"),
    KIND(out_of_order, 5, false, false, "a response from its end to its beginning"),
    KIND(udp_both, 8, false, false, "datagrams there and back"),
    { "quic", "datagrams of the templates: Initials", template_quic, 6, false, false, false },
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
    REAL(web, "pages and files over HTTP, of the sizes that the web has"),
    REAL(upload, "files sent over HTTP"),
    REAL(tls_web, "the same over TLS"),
    REAL(chat, "small messages over TLS for a long time"),
    REAL(acks, "the acknowledgements of a download alone"),
    { "quic_web", "a recorded beginning of QUIC, then downloads", talk_quic_web, 0, false,
      false, true },
    REAL(call, "speech as RTP"),
    REAL(game, "small datagrams of a game"),
    REAL(lookup, "a lookup in DNS and its answers"),
    REAL(lookup_tcp, "the same over TCP"),
    REAL(alive_tcp, "small messages over TCP, without an end"),
    REAL(alive_udp, "the same over UDP"),
    { "http_whole", "a conversation of HTTP of the templates", template_http, 0, false, false,
      true },
    { "dns_whole", "a question of DNS of the templates", template_dns, 0, false, true, true },
    { 0 },
};

enum { KINDS_MOST = 64, WEIGHTS_MOST = 2048 };

struct mix {
    struct mix_options options;
    const struct traffic *traffic;
    struct dice dice;
    const struct talk_kind *drawn[2][WEIGHTS_MOST]; /* long, short; by weight */
    uint32_t drawn_count[2];
    uint64_t packets, flows;
    bool weighted;     /* by what the options say; all kinds are in the first list */
    uint32_t train;    /* packets left of the conversation that is drawn */
    uint32_t now;      /* and which one that is */
    struct talk *talk; /* options.active of them */
};

/* Where `name` stands among the names with commas between, at the weight behind it; or NULL. */
static const char *mix_find(const char *names, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = names; *at; at += strcspn(at, ","), at += *at == ',')
        if (strcspn(at, ",:") == len && strncmp(at, name, len) == 0)
            return at + len;
    return NULL;
}

/* Whether the templates that it needs are there. */
static bool mix_has_bytes(const struct talk_kind *kind, const struct templates *templates)
{
    static const struct {
        talk_step step;
        enum template_use use;
    } needs[] = {
        { template_tls, TEMPLATE_TLS },   { template_quic, TEMPLATE_QUIC },
        { talk_quic_web, TEMPLATE_QUIC }, { template_http, TEMPLATE_HTTP },
        { template_dns, TEMPLATE_DNS },
    };
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (kind->step == needs[i].step)
            return templates_have(templates, needs[i].use);
    return true;
}

static size_t mix_count(const char *names)
{
    size_t count = 1;
    for (; *names; names++)
        count += *names == ',';
    return count;
}

/* How many of a hundred or so conversations are of this kind; 0: none. */
static unsigned mix_weight(const struct mix *mix, const struct talk_kind *kind)
{
    const char *names = mix->options.kinds;
    const char *at = names ? mix_find(names, kind->name) : NULL;
    if (at && *at == ':')
        return (unsigned)strtoul(at + 1, NULL, 10);
    return names && kind->weight == 0 ? 1 : kind->weight;
}

static const char *mix_draws(struct mix *mix)
{
    const char *names = mix->options.kinds;
    size_t found = 0;
    mix->weighted = names && strchr(names, ':');
    for (const struct talk_kind *kind = talk_kinds; kind->name; kind++) {
        if (names && !mix_find(names, kind->name))
            continue;
        found++;
        if (!mix_has_bytes(kind, mix->traffic->templates))
            continue;
        bool list = kind->is_short && !mix->weighted;
        for (unsigned i = mix_weight(mix, kind); i > 0; i--) {
            if (mix->drawn_count[list] == WEIGHTS_MOST)
                return "weights of more than 2048";
            mix->drawn[list][mix->drawn_count[list]++] = kind;
        }
    }
    if (names && found != mix_count(names))
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
    talk->real = talk->kind->real || mix->traffic->clients > 0;
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

/* Packets of one conversation come in trains; without an option for it, in ones. */
static struct talk *mix_draw(struct mix *mix)
{
    if (mix->train > 0) {
        mix->train--;
        return &mix->talk[mix->now];
    }
    mix->now = dice_below(&mix->dice, mix->options.active);
    if (mix->options.train > 1)
        mix->train = dice_below(&mix->dice, 2 * mix->options.train - 1);
    return &mix->talk[mix->now];
}

void mix_next(struct mix *mix, struct frame *out)
{
    struct talk *talk = mix_draw(mix);
    if (!talk->kind)
        mix_begin(mix, talk);
    talk->now_ms = (uint32_t)(mix->packets * 1000 / mix->options.rate);
    if (talk->kind->step(mix->traffic, talk, out)) {
        talk->step++;
    } else {
        talk->kind = NULL;
        mix->train = 0;
    }
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
