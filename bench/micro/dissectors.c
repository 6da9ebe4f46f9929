/* SPDX-License-Identifier: MIT */
/*
 * dissectors [--json] FILE.pcap...: what each dissector takes for a header. In: captures, whose packets are walked once to learn which bytes each dissector begins at. Out: for each the time
 * of a call over those bytes, then of the whole walk, of DNS messages, hellos and QUIC headers. A call
 * here goes through a pointer, and its bytes and its layer are warm: in a chain the common ones are
 * inlined into the walk, which is measured beside them.
 */
#include "micro.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chains.h>
#include <chains/component.h>
#include <chains/layer/dns.h>
#include <chains/layer/transport.h>

#include "../../src/dissect/dns.h"
#include "../../src/dissect/quic_header.h"
#include "../../src/dissect/walk.h"
#include "../../src/links/crypto.h"
#include "../../src/links/tls_message.h"
#include "../../src/record/arena.h"

enum {
    SAMPLES_MOST = 4096, /* of a dissector; their first bytes fit into the second cache */
    DISSECTORS_MOST = 128,
    PACKETS_MOST = 300000,
    HEADERS_MOST = 32,
    CALLS = 200000, /* of a round, about */
    LAYER_MOST = 4096,
    ARENA = 4 << 20,
};

/* What is measured: bytes, and what reads them. */
struct samples {
    const char *name;
    const struct chains_dissector *dissector; /* NULL: `call` reads them */
    void (*call)(struct chains_bytes bytes);
    struct chains_bytes bytes[SAMPLES_MOST];
    size_t count, passes;
};

static const char ether_tagged[] = "ether, tagged";
static struct samples all[DISSECTORS_MOST];
static chains_component *chain; /* whose rows the walk fills */
static struct chains_record *row;
static struct chains_arena arena;
static struct crypto *crypto;
static union {
    uint64_t align;
    char bytes[LAYER_MOST];
} layer;

static void call_dns(struct chains_bytes bytes)
{
    struct chains_reader in = chains_reader_over(bytes);
    dns_read(&in, CHAINS_DNS_UNICAST, (struct chains_dns *)(void *)layer.bytes, &arena);
}

static void call_hello(struct chains_bytes bytes)
{
    struct tls_message_list list = { .arena = &arena, .crypto = crypto };
    bool client = chains_byte(bytes, 5) == 1;
    (client ? tls_message_client_hello : tls_message_server_hello)(&list, CHAINS_TLS_OVER_TCP,
                                                                   chains_behind(bytes, 9));
}

static void call_quic(struct chains_bytes bytes)
{
    struct chains_reader in = chains_reader_over(bytes);
    struct quic_header header;
    quic_header_read(&in, &header);
}

static void call_walk(struct chains_bytes bytes)
{
    const struct walk_limits limits = { .max_depth = 8 };
    row->present = 0;
    row->rest = bytes;
    row->next = (struct chains_key){ CHAINS_BY_LINKTYPE, 1 };
    dissect_walk(row, &limits, &arena);
}

static struct samples *samples_of(const char *name, const struct chains_dissector *dissector,
                                  void (*call)(struct chains_bytes bytes))
{
    struct samples *samples = all;
    while (samples->name && strcmp(samples->name, name) != 0)
        samples++;
    if (samples == all + DISSECTORS_MOST - 1)
        return NULL;
    samples->name = name;
    samples->dissector = dissector;
    samples->call = call;
    return samples;
}

static void samples_add(struct samples *samples, struct chains_bytes bytes)
{
    if (samples && samples->count < SAMPLES_MOST && bytes.len > 0)
        samples->bytes[samples->count++] = bytes;
}

/* ---- which bytes are whose -------------------------------------------------------------------- */

static const struct chains_dissector *claimant(struct chains_key key)
{
    for (size_t i = 0; dissect_all[i]; i++)
        for (const struct chains_key *claim = dissect_all[i]->keys;
             claim && claim->space != CHAINS_BY_NOTHING; claim++)
            if (claim->space == key.space && claim->number == key.number)
                return dissect_all[i];
    return NULL;
}

/* What a segment or a datagram carries, by its look and its port. */
static void learn_payload(struct chains_bytes bytes, uint32_t port, bool udp)
{
    unsigned first = chains_byte(bytes, 0);
    if (udp && bytes.len > 12 && port == 53)
        samples_add(samples_of("dns message", NULL, call_dns), bytes);
    else if (udp && bytes.len >= 1200 && (first & 0xc0) == 0xc0)
        samples_add(samples_of("quic header", NULL, call_quic), bytes);
    else if (!udp && bytes.len > 60 && first == 22 && chains_byte(bytes, 5) == 1)
        samples_add(samples_of("tls client hello", NULL, call_hello), bytes);
    else if (!udp && bytes.len > 60 && first == 22 && chains_byte(bytes, 5) == 2)
        samples_add(samples_of("tls server hello", NULL, call_hello), bytes);
}

/* A whole packet of the four common shapes: for the walk. */
static void learn_walk(struct chains_bytes bytes, unsigned headers, const char *network,
                       const char *transport)
{
    static const char *const names[2][2] = { { "walk ipv4 udp", "walk ipv4 tcp" },
                                             { "walk ipv6 udp", "walk ipv6 tcp" } };
    bool tcp = strcmp(transport, "tcp") == 0, six = strcmp(network, "ipv6") == 0;
    if (headers == 2 && row && (tcp || strcmp(transport, "udp") == 0))
        samples_add(samples_of(names[six][tcp], NULL, call_walk), bytes);
}

static const char *header_name(const struct chains_dissector *dissector,
                               struct chains_bytes bytes)
{
    bool ether = strcmp(dissector->name, "ether") == 0;
    return ether && chains_byte(bytes, 12) == 0x81 ? ether_tagged : dissector->name;
}

static void learn_packet(struct chains_bytes bytes, uint32_t linktype)
{
    struct chains_reader in = chains_reader_over(bytes);
    struct chains_key key = { CHAINS_BY_LINKTYPE, linktype };
    const char *network = "";
    for (unsigned headers = 0; headers < HEADERS_MOST; headers++) {
        const struct chains_dissector *dissector = claimant(key);
        if (!dissector || (dissector->layer && dissector->layer->size > sizeof layer))
            return;
        struct chains_bytes from = chains_rest(&in);
        struct chains_key next = { CHAINS_BY_NOTHING, key.number };
        if (dissector->dissect(&in, layer.bytes, &next, &arena) != CHAINS_PARSED)
            return;
        samples_add(samples_of(header_name(dissector, from), dissector, NULL), from);
        if (linktype == 1)
            learn_walk(bytes, headers, network, dissector->name);
        network = dissector->name;
        if (next.space == CHAINS_BY_PORT) {
            unsigned source = (unsigned)chains_byte(from, 0) << 8 | chains_byte(from, 1);
            learn_payload(chains_rest(&in), source == 53 ? source : next.number,
                          strcmp(dissector->name, "udp") == 0);
            if (!claimant((struct chains_key){ CHAINS_BY_TUNNEL, next.number }))
                return;
            next.space = CHAINS_BY_TUNNEL;
        }
        key = next;
    }
}

/* A file of this byte order; its bytes stay mapped. */
static void learn_file(const char *path)
{
    struct stat stat;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &stat) < 0 || stat.st_size < 24) {
        fprintf(stderr, "dissectors: %s cannot be read\n", path);
        exit(1);
    }
    size_t len = (size_t)stat.st_size;
    uint8_t *file = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    uint32_t head[6], record[4];
    if (file == MAP_FAILED)
        exit(1);
    memcpy(head, file, sizeof head);
    if (head[0] != 0xa1b2c3d4 && head[0] != 0xa1b23c4d)
        return;
    for (size_t at = 24, packets = 0; at + 16 <= len && packets < PACKETS_MOST; packets++) {
        memcpy(record, file + at, sizeof record);
        if (record[2] > len - at - 16)
            return;
        arena_reset(&arena);
        learn_packet((struct chains_bytes){ file + at + 16, record[2] }, head[5]);
        at += 16 + (size_t)record[2];
    }
}

/* ---- work ------------------------------------------------------------------------------------- */

static void work(void *arg)
{
    const struct samples *samples = arg;
    for (size_t pass = 0; pass < samples->passes; pass++)
        for (size_t i = 0; i < samples->count; i++) {
            if (samples->call) {
                arena_reset(&arena);
                samples->call(samples->bytes[i]);
                continue;
            }
            struct chains_reader in = chains_reader_over(samples->bytes[i]);
            struct chains_key next = { CHAINS_BY_NOTHING, 0 };
            samples->dissector->dissect(&in, layer.bytes, &next, &arena);
        }
}

static void measure(struct micro *micro, struct samples *samples, const char *where)
{
    struct micro_figures rounds[MICRO_ROUNDS];
    samples->passes = CALLS / samples->count + 1;
    double calls = (double)samples->passes * (double)samples->count;
    arena_reset(&arena);
    work(samples);
    for (unsigned i = 0; i < MICRO_ROUNDS; i++) {
        arena_reset(&arena);
        rounds[i] = micro_round(micro, work, samples, calls);
    }
    micro_row(micro, samples->name, where, rounds, (uint64_t)calls);
}

/* A row of a chain that reads headers. */
static void row_open(const char *path)
{
    const char *const words[] = { path, "!", "packet_meta", "!", "count", "path=/dev/null" };
    char error[1024];
    chain = chains_parse(words, sizeof words / sizeof *words, NULL, error, sizeof error);
    if (!chain || chains_open(chain) < 0) {
        fprintf(stderr, "dissectors: %s\n", chain ? chains_error(chain) : error);
        exit(1);
    }
    const struct chains_layout *layout = chains_layout_of(chain);
    row = aligned_alloc(64, ((size_t)layout->row_size + 63) / 64 * 64);
    if (!row)
        exit(1);
    memset(row, 0, layout->row_size);
    row->layout = layout;
}

int main(int argc, char **argv)
{
    bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
    struct micro micro;
    if (argc < 2 + json) {
        fputs("usage: dissectors [--json] FILE.pcap...\n", stderr);
        return 2;
    }
    arena_init(&arena, ARENA);
    crypto = crypto_new();
    row_open(argv[1 + json]);
    for (int i = 1 + json; i < argc; i++)
        learn_file(argv[i]);
    micro_open(&micro, json, "a header");
    for (struct samples *samples = all; samples->name; samples++)
        if (samples->count > 0)
            measure(&micro, samples,
                    samples->dissector           ? "header"
                    : samples->call == call_walk ? "packet"
                                                 : "message");
    micro_close(&micro);
    crypto_free(crypto);
    free(row);
    chains_free(chain);
    arena_free(&arena);
    return 0;
}
