/* SPDX-License-Identifier: MIT */
/*
 * pcap_copy IN OUT [HOSTS]: a capture through packet_streamer and pcap_writer, and both
 * compared, packet by packet, as packet_streamer reads them. With HOSTS, a file of names,
 * packets are given tags and names on their way. Prints one line: packets written, packets that
 * differ, link types, and what each of the three chains said, separated by tabs.
 */
#include <chains/components.h>

#include <inttypes.h>
#include <string.h>

static const char *sentence(const chains_component *component)
{
    const char *text = chains_error(component);
    return text ? text : "";
}

static bool same(const struct chains_record *a, const struct chains_record *b)
{
    return a->time_ns == b->time_ns && a->linktype == b->linktype &&
           a->wire_len == b->wire_len && a->bytes.len == b->bytes.len &&
           (a->bytes.len == 0 || memcmp(a->bytes.at, b->bytes.at, a->bytes.len) == 0);
}

static chains_component *link(chains_component *downstream, chains_component *upstream)
{
    chains_link(downstream, upstream);
    return downstream;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    const char *from = argv[1], *to = argv[2], *hosts = argc > 3 ? argv[3] : NULL;
    chains_component *chain = chains_packet_streamer(.iface_name = from);
    if (hosts) {
        chain = link(chains_packet_meta(), chain);
        chain = link(chains_reverse_dns(.mode = CHAINS_NAMES_PASSIVE, .hosts = hosts), chain);
        chain = link(chains_tagger(), chain);
    }
    chain = link(chains_pcap_writer(.path = to, .exists = CHAINS_EXISTS_REPLACE), chain);
    chains_pull(chain);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chain, &stats);

    chains_component *one = chains_packet_streamer(.iface_name = from);
    chains_component *other = chains_packet_streamer(.iface_name = to);
    const struct chains_record *a, *b = NULL;
    uint64_t packets = 0, differ = 0, types = 0;
    uint32_t type = UINT32_MAX;
    while (packets < stats.out && (a = chains_next(one))) {
        b = chains_next(other);
        differ += !b || !same(a, b);
        types += a->linktype != type;
        type = a->linktype;
        packets++;
    }
    differ += stats.out - packets; /* that were written and are not in the original */
    while (chains_next(other))
        differ++;
    printf("%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%s\n", stats.out, differ, types,
           sentence(chain), sentence(other));
    chains_free(chain);
    chains_free(one);
    chains_free(other);
    return 0;
}
