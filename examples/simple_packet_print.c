/* SPDX-License-Identifier: MIT */
/* Lets print some packets: the headers of the first 50, and names for their addresses. */
#include <chains.h>

int main(int argc, char **argv)
{
    chains_component *streamer =
        chains_packet_streamer(.iface_name = argc > 1 ? argv[1] : NULL, .max_packets = 50);
    chains_component *meta = chains_packet_meta();
    chains_component *rdns =
        chains_reverse_dns(.resolver = argc > 2 ? argv[2] : NULL, .mode = CHAINS_NAMES_ACTIVE);
    chains_component *printer = chains_packet_printer();

    chains_link(meta, streamer);
    chains_link(rdns, meta);
    chains_link(printer, rdns);

    int status = chains_pull(printer);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(printer));
    chains_free(printer);
    return status < 0;
}
