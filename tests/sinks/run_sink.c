/* SPDX-License-Identifier: MIT */
/*
 * run_sink fields|csv|count|json CAPTURE NAMES [ENTRIES]: packet_streamer ! packet_meta ! tagger
 * before one of the sinks that take names of fields, for the scripts of this folder.
 */
#include <chains.h>

#include <stdlib.h>
#include <string.h>

static chains_component *sink_of(char **argv, uint32_t entries)
{
    if (strcmp(argv[1], "count") == 0 || strcmp(argv[1], "json") == 0)
        return chains_count(.by = argv[3], .json = argv[1][0] == 'j', .entries = entries,
                            .top = 1000);
    return chains_fields(.fields = argv[3], .separator = "|",
                         .format = argv[1][0] == 'c' ? CHAINS_FIELDS_CSV : CHAINS_FIELDS_TSV);
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 5)
        return 2;
    chains_component *meta = chains_packet_meta(), *tagger = chains_tagger();
    chains_component *sink = sink_of(argv, argc > 4 ? (uint32_t)atoi(argv[4]) : 0);
    chains_link(meta, chains_packet_streamer(.iface_name = argv[2]));
    chains_link(tagger, meta);
    chains_link(sink, tagger);
    int status = chains_pull(sink);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(sink));
    chains_free(sink);
    return status < 0;
}
