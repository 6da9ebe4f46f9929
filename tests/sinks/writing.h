/* SPDX-License-Identifier: MIT */
#ifndef WRITING_H
#define WRITING_H

/*
 * For tests of pcap_writer: a source that gives packets from a table, a folder to write into,
 * what a capture file holds as packet_streamer reads it, and the blocks of a pcapng file,
 * walked by a walker of its own.
 */

#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/ip.h>
#include <chains/layer/tags.h>

#include "../check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

enum { HUGE_PACKET = 262144, GOT_MOST = 5000, BLOCKS_MOST = 20000 };

struct packet {
    int64_t time_ns;
    uint32_t linktype, caplen, wire_len;
    uint16_t flags, kind; /* 0: packets */
    const char *src, *dst, *src_name, *dst_name;
    uint8_t src_from, dst_from;
    uint64_t tags;                            /* bits of feed_tags */
    void (*before)(chains_component *source); /* called before the packet is given */
};

static const char *const feed_tags[] = { "outgoing", "nxdomain", "rule:x-1" };

/* What the next chain reads. */
static struct {
    const struct packet *packets;
    size_t count;
    bool live;
    uint64_t received, dropped, interface_dropped;
    chains_component *last; /* of the chain that reads it */
    const struct chains_secrets *const *secrets;
    size_t secrets_count;
} feed;

static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type ip4_type = {
    "packet", "IP", sizeof(struct chains_ip), no_fields, CHAINS_ID_ip4, CHAINS_SLOT_packet
};
static const struct chains_layer_type domains_type = {
    "domains", "domains",         sizeof(struct chains_domains),
    no_fields, CHAINS_ID_domains, CHAINS_SLOT_domains
};
static const struct chains_layer_type tags_type = {
    "tags", "tags", sizeof(struct chains_tags), no_fields, CHAINS_ID_tags, CHAINS_SLOT_tags
};
static const struct chains_layer_type *const feed_attaches[] = { &ip4_type, &domains_type,
                                                                 &tags_type, NULL };

static uint8_t feed_bytes[HUGE_PACKET + 8];

static inline int feed_open(chains_component *self)
{
    for (size_t i = 0; i < sizeof feed_bytes; i++)
        feed_bytes[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof feed_tags / sizeof *feed_tags; i++)
        chains_tag(self, feed_tags[i]);
    chains_announce(self, &(struct chains_source_info){ .live = feed.live,
                                                        .secrets = feed.secrets,
                                                        .secrets_count = feed.secrets_count });
    return CHAINS_OK;
}

/* One packet a batch, so that what is done before it is done between batches. */
static inline int feed_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == feed.count)
        return CHAINS_END;
    const struct packet *packet = &feed.packets[(*at)++];
    if (packet->before)
        packet->before(self);
    struct chains_record *rec = chains_batch_add(out);
    rec->number = *at;
    rec->time_ns = packet->time_ns;
    rec->linktype = packet->linktype;
    rec->flags = packet->flags;
    rec->kind = packet->kind ? packet->kind : CHAINS_PACKETS;
    rec->wire_len = packet->wire_len;
    /* Other bytes for each packet; none at all is an empty slice of nothing. */
    const uint8_t *bytes = packet->caplen < HUGE_PACKET ? feed_bytes + *at % 8 : feed_bytes;
    rec->bytes = (struct chains_bytes){ packet->caplen ? bytes : NULL, packet->caplen };
    rec->rest = rec->bytes;
    if (packet->src) {
        struct chains_ip *ip = chains_attach(self, rec, &ip4_type);
        *ip = (struct chains_ip){ .version = 4 };
        check(chains_addr_parse(packet->src, &ip->src));
        check(chains_addr_parse(packet->dst, &ip->dst));
        struct chains_domains *domains = chains_attach(self, rec, &domains_type);
        *domains = (struct chains_domains){ .src = packet->src_name,
                                            .dst = packet->dst_name,
                                            .src_from = packet->src_from,
                                            .dst_from = packet->dst_from };
    }
    if (packet->tags) {
        struct chains_tags *tags = chains_attach(self, rec, &tags_type);
        tags->tags = packet->tags;
    }
    return CHAINS_OK;
}

static inline void feed_stats(const chains_component *self, struct chains_stats *stats)
{
    (void)self;
    stats->kernel_received = feed.received;
    stats->kernel_dropped = feed.dropped;
    stats->interface_dropped = feed.interface_dropped;
}

static const struct chains_class feed_class = {
    .name = "feed",
    .brief = "packets of a table",
    .role = CHAINS_SOURCE,
    .gives = 0,
    .state_size = sizeof(size_t),
    .attaches = feed_attaches,
    .open = feed_open,
    .next = feed_next,
    .stats = feed_stats,
};

/* The last sentence of a failure and of the log. */
static char said[1024], warned[1024];
static uint64_t passed_on; /* records that came out of the writer of the last chain */

static inline void writing_log(void *user, const char *sentence)
{
    (void)user;
    snprintf(warned, sizeof warned, "%s", sentence);
}

/* Writes packets with these options; the status, and the sentence in `said`. */
static inline int write_packets(const struct chains_pcap_writer_options *options,
                                const struct packet *packets, size_t count)
{
    feed.packets = packets;
    feed.count = count;
    chains_component *sink = chains_pcap_writer_new(options);
    chains_link(sink, chains_new(&feed_class, NULL));
    feed.last = sink;
    chains_on_log(sink, writing_log, NULL);
    warned[0] = '\0';
    int status = chains_pull(sink);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(sink, &stats);
    passed_on = stats.out;
    snprintf(said, sizeof said, "%s", chains_error(sink) ? chains_error(sink) : "");
    chains_free(sink);
    return status;
}

#define WRITE(packets, count, ...)                                                             \
    write_packets(CHAINS_OPTIONS(chains_pcap_writer_options, __VA_ARGS__), packets, count)

/*
 * ---- a folder of the test's own -------------------------------------------------------------
 */

static char folder[64];

static inline void folder_make(void)
{
    snprintf(folder, sizeof folder, "/tmp/chains-test-XXXXXX");
    check(mkdtemp(folder) != NULL);
}

/* The path of a file in it; four at a time. */
static inline const char *in_folder(const char *name)
{
    static char paths[4][400];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static inline bool is_there(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

static inline void folder_empty(void)
{
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s/*", folder);
    check(system(command) == 0);
}

static inline void folder_remove(void)
{
    folder_empty();
    check(rmdir(folder) == 0);
}

struct file {
    uint8_t *at;
    size_t len;
};

static inline struct file file_read(const char *path)
{
    struct file file = { malloc(1 << 24), 0 };
    FILE *in = fopen(path, "rb");
    check(in != NULL);
    file.len = in ? fread(file.at, 1, 1 << 24, in) : 0;
    if (in)
        fclose(in);
    return file;
}

static inline void file_write(const char *path, const void *bytes, size_t len)
{
    FILE *out = fopen(path, "wb");
    check(out && fwrite(bytes, 1, len, out) == len && fclose(out) == 0);
}

/*
 * ---- what packet_streamer reads
 * --------------------------------------------------------------
 */

struct got {
    int64_t time_ns;
    uint32_t linktype, caplen, wire_len;
    uint16_t flags;
    bool same; /* the bytes are those of the n-th packet of the table */
};

static struct got got[GOT_MOST];
static int got_status; /* how the file ended */

static inline size_t read_back(const char *path)
{
    size_t count = 0;
    chains_component *source = chains_packet_streamer(.iface_name = path);
    const struct chains_record *rec;
    while ((rec = chains_next(source)) && count < GOT_MOST) {
        size_t nth = count + 1;
        const uint8_t *bytes = rec->bytes.len < HUGE_PACKET ? feed_bytes + nth % 8 : feed_bytes;
        got[count++] = (struct got){
            .time_ns = rec->time_ns,
            .linktype = rec->linktype,
            .caplen = (uint32_t)rec->bytes.len,
            .wire_len = rec->wire_len,
            .flags = rec->flags & CHAINS_NANOSECONDS,
            .same = rec->bytes.len == 0 || memcmp(rec->bytes.at, bytes, rec->bytes.len) == 0,
        };
    }
    got_status = chains_error_code(source);
    if (got_status < 0)
        printf("# %s\n", chains_error(source));
    chains_free(source);
    return count;
}

/* Checks that a file holds these packets and nothing else. */
static inline void check_packets_(const char *path, const struct packet *packets, size_t count,
                                  const char *file, int line)
{
    size_t n = read_back(path), differ = 0;
    check_u64_(n, count, "number of packets", file, line);
    check_u64_((uint64_t)got_status, CHAINS_OK, "the file ends well", file, line);
    for (size_t i = 0; i < n && i < count; i++)
        differ += got[i].time_ns != packets[i].time_ns ||
                  got[i].linktype != packets[i].linktype ||
                  got[i].caplen != packets[i].caplen ||
                  got[i].wire_len != packets[i].wire_len || !got[i].same;
    check_u64_(differ, 0, "packets that differ", file, line);
}

#define check_packets(path, packets, count)                                                    \
    check_packets_(path, packets, count, __FILE__, __LINE__)

/*
 * ---- the blocks of a pcapng file
 * --------------------------------------------------------------
 */

struct block {
    uint32_t type, len;
    const uint8_t *at; /* of its type */
};

static struct block blocks[BLOCKS_MOST];

/* The number of blocks; 0 when one is not as long at its end as at its beginning. */
static inline size_t walk_blocks(struct file file)
{
    size_t count = 0, at = 0;
    while (at < file.len) {
        if (file.len - at < 12 || count == BLOCKS_MOST)
            return 0;
        uint32_t len = chains_load_le32(file.at + at + 4);
        if (len < 12 || len % 4 != 0 || len > file.len - at ||
            chains_load_le32(file.at + at + len - 4) != len)
            return 0;
        blocks[count++] = (struct block){ chains_load_le32(file.at + at), len, file.at + at };
        at += len;
    }
    return count;
}

/*
 * An option of a block whose options begin at `from`; NULL when it has none. The length is 999
 * when the options are not padded with zeros or do not end as they should.
 */
static inline const uint8_t *block_option(const struct block *block, size_t from, unsigned code,
                                          size_t *len)
{
    const uint8_t *found = NULL;
    size_t at = from, end = block->len - 4, found_len = 0;
    bool good = at == end, ended = at == end;
    while (!ended && at + 4 <= end) {
        unsigned kind = chains_load_le16(block->at + at);
        size_t size = chains_load_le16(block->at + at + 2);
        at += 4;
        ended = kind == 0;
        good = ended && size == 0 && at == end;
        if (ended || size > end - at)
            break;
        if (kind == code) {
            found = block->at + at;
            found_len = size;
        }
        for (at += size; at % 4 != 0 && at < end; at++)
            ended |= block->at[at] != 0;
    }
    *len = good ? found_len : 999;
    return found;
}

static inline size_t packet_options(const struct block *block)
{
    return 28 + (chains_load_le32(block->at + 20) + 3) / 4 * 4;
}

#endif
