/* SPDX-License-Identifier: MIT */
/* A link of one's own, outside of the library: only large packets go on. */
#include <chains.h>

#include <inttypes.h>

struct big {
    uint64_t seen;
};

static int big_each(chains_component *self, struct chains_record *rec)
{
    struct big *big = chains_state(self);
    if (rec->wire_len < 1000)
        return CHAINS_DROP;
    big->seen++;
    return CHAINS_KEEP;
}

static const struct chains_class big_class = {
    .name = "big",
    .brief = "keep packets of 1000 bytes and more",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct big),
    .each = big_each,
};

int main(int argc, char **argv)
{
    chains_component *streamer =
        chains_packet_streamer(.iface_name = argc > 1 ? argv[1] : NULL);
    chains_component *meta = chains_packet_meta();
    chains_component *big = chains_new(&big_class, NULL);
    chains_component *summary = chains_packet_summary();

    chains_link(meta, streamer);
    chains_link(big, meta);
    chains_link(summary, big);

    int status = chains_pull(summary);
    if (status < 0)
        fprintf(stderr, "%s\n", chains_error(summary));
    else
        printf("%" PRIu64 " big packets\n", ((const struct big *)chains_state(big))->seen);
    chains_free(summary);
    return status < 0;
}
