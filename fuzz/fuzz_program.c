/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a capture file, through the longest chain there is: every link, and every sink in a
 * branch of its own. What must hold: the chain ends well or with a sentence, every packet comes to
 * every branch, lines out are records in, counters balance, JSON is valid, text shows nothing that is hidden, and the
 * capture that is written has the packets that were read. Build and run:
 *
 *     script/fuzz program 60
 */
#include "fuzz.h"
#include "shown.h"
#include "sinks.h"

#include "../src/sources/capture_file.h"

#include <chains/component.h>
#include <chains/components.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ADDED = 4096 };

enum branch {
    JSON,
    FULL,
    SUMMARY,
    FLOWS,
    URLS,
    DNS,
    COLUMNS,
    CSV,
    COUNT,
    CAPTURE,
    BRANCHES,
};

static struct printed printed[BRANCHES];
static uint64_t packets;

static void log_of(void *user, const char *sentence)
{
    (void)user;
    must(shown_text(sentence, strlen(sentence), ""));
}

static int file_of(const uint8_t *data, size_t size, char path[64])
{
    int fd = memfd_create("capture", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static int seen_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    packets += rec->kind & (CHAINS_PACKETS | CHAINS_STREAMS) ? 1 : 0;
    return CHAINS_KEEP;
}

static const struct chains_class seen_class = {
    .name = "seen",
    .brief = "counts packets",
    .role = CHAINS_LINK,
    .each = seen_each,
};

/* The part that all branches have in common. */
static chains_component *links_of(const char *path)
{
    static const char *const rules[] = { "big: len > 200", "odd: flags", NULL };
    chains_component *links[] = {
        chains_packet_streamer(.iface_name = path),
        chains_packet_meta(.max_datagrams = 8, .fragment_kib = 128),
        chains_flows(.flows = 128, .waiting = 16384, .waiting_all = 65536, .parsers = 1 << 20),
        chains_dns_meta(.pending = 64),
        chains_tls_meta(.ja3 = true, .secrets = 64, .certificates = 32),
        chains_quic_meta(.ja3 = true),
        chains_http_meta(.headers = true, .credentials = true),
        chains_reverse_dns(.mode = CHAINS_NAMES_PASSIVE, .cache_size = 64, .hosts = ""),
        chains_tagger(.rule = rules),
        chains_dns_weird(.entries = 16, .subdomains = 3, .nxdomains = 3),
        chains_where(.expression = "len > 0 or not len"),
        chains_new(&seen_class, NULL),
    };
    size_t count = sizeof links / sizeof *links;
    for (size_t i = 1; i < count; i++)
        must(links[i] && chains_link(links[i], links[i - 1]) == CHAINS_OK);
    return links[count - 1];
}

static chains_component *sink_of(enum branch branch, FILE *out)
{
    static const char columns[] = "number,packet.src,packet.dst,transport.dport,domains.dst,"
                                  "tags,dns.queries.name,dns.answers.rdata,tls.sni,"
                                  "http.uri,http.headers.value,flow.service";
    switch (branch) {
    case JSON:
        return chains_json_lines(.out = out);
    case FULL:
        return chains_packet_printer(.out = out);
    case SUMMARY:
        return chains_packet_summary(.out = out);
    case FLOWS:
        return chains_flow_summary(.out = out);
    case URLS:
        return chains_url_printer(.out = out);
    case DNS:
        return chains_dns_printer(.out = out);
    case COLUMNS:
        return chains_fields(.fields = columns, .out = out);
    case CSV:
        return chains_fields(.fields = columns, .out = out, .format = CHAINS_FIELDS_CSV);
    case COUNT:
        return chains_count(.by = "domains.dst,dns.queries.name", .out = out, .entries = 16,
                            .json = true);
    case CAPTURE:
    case BRANCHES:
        break;
    }
    return chains_pcap_writer(.out = out, .pcapng = true);
}

/* Every packet that came is in the capture that was written. */
static void check_capture(const struct printed *capture)
{
    char path[64], error[CAPTURE_ERROR];
    int fd = file_of((const uint8_t *)capture->text, capture->len, path), status;
    uint64_t count = 0;
    struct capture_packet packet;
    struct capture_file *file = capture_file_open(path, &status, error, sizeof error);
    must(file || capture->len == 0);
    while (file && ((status = capture_file_next(file, &packet)) == CHAINS_OK ||
                    status == CHAINS_IDLE)) {
        if (status == CHAINS_OK)
            count++;
        else
            must(capture_file_fill(file, 0) >= CHAINS_OK);
    }
    must(count == packets && (status == CHAINS_END || capture->len == 0));
    capture_file_free(file);
    close(fd);
}

static void check_printed(chains_component *const *sinks)
{
    uint64_t lines = 0;
    must(shown_json_lines(printed[JSON].text, printed[JSON].len, &lines));
    must(lines == balanced(sinks[JSON]).in);
    must(shown_json_lines(printed[COUNT].text, printed[COUNT].len, &lines));
    must(shown_ascii(printed[SUMMARY].text, printed[SUMMARY].len, "\n"));
    must(printed_lines(&printed[SUMMARY]) == packets);
    for (unsigned i = FULL; i <= CSV; i++)
        must(shown_text(printed[i].text, printed[i].len, "\n\t"));
    for (unsigned i = COLUMNS; i <= CSV; i++)
        must(printed_lines(&printed[i]) == balanced(sinks[i]).in + 1 || !balanced(sinks[i]).in);
    for (unsigned i = 0; i < BRANCHES; i++)
        must(balanced(sinks[i]).in == balanced(sinks[JSON]).in);
    check_capture(&printed[CAPTURE]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = file_of(data, size, path);
    chains_component *sinks[BRANCHES], *tee = chains_tee();
    packets = 0;
    must(chains_link(tee, links_of(path)) == CHAINS_OK);
    for (unsigned i = 0; i < BRANCHES; i++) {
        sinks[i] = sink_of((enum branch)i, printed_begin(&printed[i]));
        must(chains_link(sinks[i], tee) == CHAINS_OK);
    }
    chains_on_log(tee, log_of, NULL);
    int status = chains_pull(tee);
    if (status < 0)
        must(chains_error(tee) &&
             shown_text(chains_error(tee), strlen(chains_error(tee)), "\n"));
    if (status != CHAINS_OK && status != CHAINS_EFORMAT)
        fprintf(stderr, "%d: %s\n", status, chains_error(tee));
    must(status == CHAINS_OK || status == CHAINS_EFORMAT);
    for (unsigned i = 0; i < BRANCHES; i++)
        must(fflush(printed[i].file) == 0);
    check_printed(sinks);
    balanced_chain(tee);
    chains_free(tee);
    for (unsigned i = 0; i < BRANCHES; i++)
        printed_end(&printed[i]);
    close(fd);
    return 0;
}
