/* SPDX-License-Identifier: MIT */
/*
 * What packet_streamer can be told. In: its options. Out: their table, and a sentence for what makes
 * no sense whatever the network or the files are.
 */
#include "streamer_options.h"

#include <chains/components.h>

#include "capture_file.h"
#include "replay.h"

const struct chains_field streamer_options[] = {
    CHAINS_FIELD(chains_packet_streamer_options, iface_name, TEXT,
                 "interface, capture file, or - for standard input",
                 .preset = "the first interface that is up", .bare = 1),
    CHAINS_FIELD(chains_packet_streamer_options, files, TEXTS,
                 "capture files, read in time order"),
    CHAINS_FIELD(chains_packet_streamer_options, bpf, TEXT, "filter expression, pcap-filter(7)",
                 .preset = "all packets"),
    CHAINS_FIELD(chains_packet_streamer_options, max_packets, UINT, "end after so many packets",
                 .preset = "no limit"),
    CHAINS_FIELD(chains_packet_streamer_options, snaplen, UINT, "bytes kept of each packet",
                 .preset = "262144"),
    CHAINS_FIELD(chains_packet_streamer_options, duration, UINT,
                 "end after so many seconds of capture", .preset = "no limit"),
    CHAINS_FIELD(chains_packet_streamer_options, buffer_kib, UINT,
                 "live: size of the kernel's buffer in KiB", .preset = "65536"),
    CHAINS_FIELD(chains_packet_streamer_options, timeout_ms, UINT,
                 "longest wait for packets in milliseconds", .preset = "100"),
    CHAINS_FIELD(chains_packet_streamer_options, no_file, BOOL,
                 "iface_name is an interface even where a file has its name"),
    CHAINS_FIELD(chains_packet_streamer_options, no_promiscuous, BOOL,
                 "live: only packets to and from this host"),
    CHAINS_FIELD(
        chains_packet_streamer_options, speed, REAL,
        "files: so many times as fast as the packets came, by their time stamps; 0: at once",
        .preset = "0"),
    CHAINS_FIELDS_END,
};

int streamer_options_check(chains_component *self)
{
    const struct chains_packet_streamer_options *options = chains_options(self);
    if (options->snaplen > CAPTURE_PACKET_MAX)
        return chains_fail(chains_about(self, "snaplen", 0), CHAINS_EUSAGE,
                           "snaplen is at most %d", CAPTURE_PACKET_MAX);
    if (options->buffer_kib > STREAMER_RING_MOST || options->timeout_ms > 60000)
        return chains_fail(self, CHAINS_EUSAGE,
                           "buffer_kib is at most 1048576 and timeout_ms at most 60000");
    if (options->iface_name && options->files)
        return chains_fail(chains_about(self, "files", 0), CHAINS_EUSAGE,
                           "iface_name and files exclude each other");
    if (options->files && !options->files[0])
        return chains_fail(chains_about(self, "files", 0), CHAINS_EUSAGE,
                           "files names no file");
    if (options->iface_name && !options->iface_name[0])
        return chains_fail(chains_about(self, "iface_name", 0), CHAINS_EUSAGE,
                           "iface_name is empty");
    if (!replay_takes(options->speed))
        return chains_fail(chains_about(self, "speed", 0), CHAINS_EUSAGE,
                           "speed is a number that is not negative");
    return CHAINS_OK;
}
