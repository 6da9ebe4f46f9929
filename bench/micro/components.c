/* SPDX-License-Identifier: MIT */
/*
 * components [--json] [--only=NAME] FOLDER: what a component adds to a chain. In: a folder with
 * mixed.pcap, dns.pcap, http.pcap and tls.pcap, of some ten thousand packets each. Out: for each case the
 * processor time for a packet of the chain with the component, less that of the chain without it: nine
 * pairs, one behind the other. So a row has what the component costs others as well (records that it
 * adds to, bytes that it is the first to touch). Sinks stand in the place of `count`, so that their
 * row is what they cost more than counting.
 */
#include "micro.h"

#include <chains.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_MOST = 4096, PATH_MOST = 4096 };

struct sides {
    const char *name, *capture, *without, *with;
};

#define META  "packet_meta ! "
#define FLOWS META "flows ! "

/* What the source does is what is there without anything else. */
static const struct sides cases[] = {
    { "packet_streamer ! count", "mixed", NULL, "count" },
    { "packet_meta", "mixed", "count", META "count" },
    { "transport_meta", "mixed", META "count", META "transport_meta ! count" },
    { "where port", "mixed", META "count", META "where 'transport.dport == 53' ! count" },
    { "where network", "mixed", META "count", META "where 'packet.src == 10.0.0.0/8' ! count" },
    { "where words", "mixed", META "count",
      META "where 'tcp and transport.flags has syn and packet.ttl > 32' ! count" },
    { "flows", "mixed", META "count", FLOWS "count" },
    { "flows only=records", "mixed", META "count", META "flows only=records ! count" },
    { "reverse_dns passive", "mixed", META "count", META "reverse_dns mode=passive ! count" },
    { "tagger", "mixed", META "count", META "tagger ! count" },
    { "hello_meta", "mixed", META "count", META "hello_meta ! count" },
    { "dns_meta", "mixed", META "count", META "dns_meta ! count" },
    { "dns_meta", "dns", META "count", META "dns_meta ! count" },
    { "dns_meta on flows", "dns", FLOWS "count", FLOWS "dns_meta ! count" },
    { "dns_weird", "dns", META "dns_meta ! count", META "dns_meta ! dns_weird ! count" },
    { "flows", "http", META "count", FLOWS "count" },
    { "http_meta", "http", FLOWS "count", FLOWS "http_meta ! count" },
    { "flows", "tls", META "count", FLOWS "count" },
    { "tls_meta", "tls", FLOWS "count", FLOWS "tls_meta ! count" },
    { "quic_meta", "mixed", FLOWS "count", FLOWS "quic_meta ! count" },
    { "packet_summary", "mixed", META "count", META "packet_summary /dev/null" },
    { "packet_printer", "mixed", META "count", META "packet_printer /dev/null" },
    { "json_lines", "mixed", META "count", META "json_lines /dev/null" },
    { "json_lines dns", "dns", META "dns_meta ! count",
      META "dns_meta ! json_lines /dev/null" },
    { "fields", "mixed", META "count",
      META "fields packet.src,packet.dst,transport.dport path=/dev/null" },
    { "pcap_writer", "mixed", "count", "pcap_writer /dev/null" },
    { "flow_summary", "mixed", META "flows only=records ! count",
      META "flows only=records ! flow_summary /dev/null" },
};

struct chain {
    const char *folder, *capture, *text;
    uint64_t packets;
};

/* Where `count` writes is not worth a look. */
static const char *variable(void *user, const char *name)
{
    return strcmp(name, "IN") == 0 ? user : NULL;
}

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "components: %s: %s\n", what, why);
    exit(1);
}

static void run(void *arg)
{
    struct chain *chain = arg;
    char path[PATH_MOST], text[PATH_MOST], error[ERROR_MOST];
    snprintf(path, sizeof path, "%s/%s.pcap", chain->folder, chain->capture);
    /* The last word of a chain that counts is where its table goes. */
    size_t len = strlen(chain->text);
    bool counts = len >= 5 && strcmp(chain->text + len - 5, "count") == 0;
    snprintf(text, sizeof text, "$IN ! %s%s", chain->text, counts ? " path=/dev/null" : "");
    struct chains_parse_options parse = { .size = sizeof parse,
                                          .variable = variable,
                                          .user = path };
    chains_component *last = chains_parse_text(text, &parse, error, sizeof error);
    if (!last)
        fail(text, error);
    if (chains_pull(last) < 0)
        fail(text, chains_error(last));
    chains_component *first = last;
    while (chains_upstream(first))
        first = chains_upstream(first);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(first, &stats);
    chain->packets = stats.out;
    chains_free(last);
}

static void measure(struct micro *micro, const struct sides *sides, const char *folder)
{
    struct chain with = { folder, sides->capture, sides->with, 0 };
    struct chain without = { folder, sides->capture, sides->without, 0 };
    struct micro_figures rounds[MICRO_ROUNDS], more, less;
    run(&with);
    if (sides->without)
        run(&without);
    for (unsigned i = 0; i < MICRO_ROUNDS; i++) {
        more = micro_round(micro, run, &with, (double)with.packets);
        if (sides->without) {
            less = micro_round(micro, run, &without, (double)with.packets);
            more = micro_more(&more, &less);
        }
        rounds[i] = more;
    }
    micro_row(micro, sides->name, sides->capture, rounds, with.packets);
}

int main(int argc, char **argv)
{
    const char *only = NULL, *folder = NULL;
    struct micro micro;
    bool json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strncmp(argv[i], "--only=", 7) == 0)
            only = argv[i] + 7;
        else
            folder = argv[i];
    }
    if (!folder) {
        fputs("usage: components [--json] [--only=NAME] FOLDER\n", stderr);
        return 2;
    }
    micro_open(&micro, json, "a packet of the capture");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (!only || strstr(cases[i].name, only))
            measure(&micro, &cases[i], folder);
    micro_close(&micro);
    return 0;
}
