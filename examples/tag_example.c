/* SPDX-License-Identifier: MIT */
/* Taggers: one line a packet, with a tag for what is outgoing, and for names that do not exist.
 */
#include <chains.h>

int main(int argc, char **argv)
{
    chains_component *streamer =
        chains_packet_streamer(.iface_name = argc > 1 ? argv[1] : NULL, .max_packets = 50);
    chains_component *meta = chains_packet_meta();
    chains_component *rdns =
        chains_reverse_dns(.resolver = argc > 2 ? argv[2] : NULL, .mode = CHAINS_NAMES_ACTIVE);
    chains_component *tagger = chains_tagger();
    chains_component *summary = chains_packet_summary();

    chains_link(meta, streamer);
    chains_link(rdns, meta);
    chains_link(tagger, rdns);
    chains_link(summary, tagger);

    int status = chains_pull(summary);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(summary));
    chains_free(summary);
    return status < 0;
}
