/* SPDX-License-Identifier: MIT */
/*
 * What pcap_writer puts into a pcapng file besides packets: tags and names as comments, names
 * that Wireshark shows, statistics of what was written and lost.
 */
#include "writing.h"

enum { ETHERNET = 1, EPB = 6, SHB = 0x0a0d0d0a, IDB = 1, NRB = 4, ISB = 5, PLAIN = 4 };

static const struct packet plain[PLAIN] = {
    { .time_ns = 1112172466 * SECOND + 496046000,
      .linktype = ETHERNET,
      .caplen = 60,
      .wire_len = 60 },
    { .time_ns = 1112172466 * SECOND + 496576000,
      .linktype = ETHERNET,
      .caplen = 61,
      .wire_len = 1500 },
    { .time_ns = 1112172467 * SECOND, .linktype = ETHERNET },
    { .time_ns = 0, .linktype = ETHERNET, .caplen = 1 },
};

static char long_name[400];

static const struct packet named[] = {
    { .linktype = ETHERNET,
      .caplen = 5,
      .wire_len = 5,
      .src = "192.168.1.9",
      .dst = "12.226.156.82",
      .src_name = "LOCAL",
      .dst_name = "NXDOMAIN",
      .src_from = CHAINS_NAME_SPECIAL,
      .dst_from = CHAINS_NAME_NXDOMAIN,
      .tags = 3 },
    { .linktype = ETHERNET,
      .caplen = 6,
      .wire_len = 6,
      .src = "192.168.1.9",
      .dst = "8.8.8.8",
      .src_name = "desk",
      .dst_name = "dns.google",
      .src_from = CHAINS_NAME_HOSTS,
      .dst_from = CHAINS_NAME_PTR },
    { .linktype = ETHERNET,
      .caplen = 7,
      .wire_len = 7,
      .src = "8.8.8.8",
      .dst = "192.168.1.9",
      .src_name = "dns.google",
      .dst_name = "desk",
      .src_from = CHAINS_NAME_PTR,
      .dst_from = CHAINS_NAME_HOSTS,
      .tags = 4 },
    { .linktype = ETHERNET,
      .caplen = 8,
      .wire_len = 8,
      .src = "8.8.8.8",
      .dst = "2001:db8::1",
      .src_name = "resolver.example",
      .dst_name = "six.example",
      .src_from = CHAINS_NAME_PTR,
      .dst_from = CHAINS_NAME_DNS },
    { .linktype = ETHERNET,
      .caplen = 9,
      .wire_len = 9,
      .src = "1.1.1.1",
      .dst = "1.1.1.2",
      .src_name = "no name; tags: x, y",
      .dst_name = "\x1b[31m\\\xff",
      .src_from = CHAINS_NAME_DNS,
      .dst_from = CHAINS_NAME_DNS },
    { .linktype = ETHERNET, .caplen = 9, .wire_len = 9, .src = "1.1.1.1", .dst = "1.1.1.2" },
    { .linktype = ETHERNET,
      .caplen = 9,
      .wire_len = 9,
      .src = "1.1.1.1",
      .dst = "1.1.1.2",
      .dst_name = "only.example",
      .dst_from = CHAINS_NAME_DNS },
    { .linktype = ETHERNET,
      .caplen = 9,
      .wire_len = 9,
      .src = "1.1.1.1",
      .dst = "1.1.1.2",
      .src_name = long_name,
      .src_from = CHAINS_NAME_DNS },
};
enum { NAMED = sizeof named / sizeof *named };

static const char *const named_comments[NAMED] = {
    "tags: outgoing, nxdomain; names: 192.168.1.9 = LOCAL, 12.226.156.82 = NXDOMAIN",
    "names: 192.168.1.9 = desk, 8.8.8.8 = dns.google",
    "tags: rule:x-1; names: 8.8.8.8 = dns.google, 192.168.1.9 = desk",
    "names: 8.8.8.8 = resolver.example, 2001:db8::1 = six.example",
    "names: 1.1.1.1 = no\\x20name;\\x20tags:\\x20x,\\x20y, 1.1.1.2 = "
    "\\x1b[31m\\x5c\\xff",
    NULL,
    "names: 1.1.1.2 = only.example",
    NULL, /* looked at by its length */
};

/* Names in the order in which the file tells them, each once, real ones only. */
static const struct {
    const char *name;
    unsigned type, len;
    size_t before; /* packet it stands before */
} told[] = {
    { "desk", 1, 4, 1 },         { "dns.google", 1, 4, 1 },   { "resolver.example", 1, 4, 3 },
    { "six.example", 2, 16, 3 }, { "only.example", 1, 4, 6 },
};

static void test_comments(void)
{
    memset(long_name, 'a', sizeof long_name - 1);
    const char *path = in_folder("c.pcapng");
    check(WRITE(named, NAMED, .path = path) == CHAINS_OK);
    check_packets(path, named, NAMED);
    struct file file = file_read(path);
    size_t count = walk_blocks(file), packets = 0, names = 0, len;
    check(count > NAMED);
    for (size_t i = 0; i < count; i++) {
        const struct block *block = &blocks[i];
        if (block->type == EPB) {
            const uint8_t *comment = block_option(block, packet_options(block), 1, &len);
            const char *want = packets < NAMED ? named_comments[packets] : NULL;
            if (packets == NAMED - 1)
                check_eq_u64(len, strlen("names: 1.1.1.1 = ") + 255);
            else
                check_eq_bytes(comment, len, want, want ? strlen(want) : 0);
            packets++;
        } else if (block->type == NRB && names < sizeof told / sizeof *told) {
            size_t value = told[names].len + strlen(told[names].name) + 1;
            check_eq_u64(chains_load_le16(block->at + 8), told[names].type);
            check_eq_u64(chains_load_le16(block->at + 10), value);
            check_eq_text((const char *)block->at + 12 + told[names].len, told[names].name);
            check_eq_u64(chains_load_le32(block->at + block->len - 8), 0);
            check_eq_u64(packets, told[names].before);
            names++;
        } else {
            check(block->type == SHB || block->type == IDB || block->type == ISB);
        }
    }
    check_eq_u64(packets, NAMED);
    check_eq_u64(names, sizeof told / sizeof *told);
    free(file.at);

    path = in_folder("bare.pcapng");
    check(WRITE(named, NAMED, .path = path, .no_comments = true) == CHAINS_OK);
    check_packets(path, named, NAMED);
    file = file_read(path);
    count = walk_blocks(file);
    check_eq_u64(count, 2 + NAMED);
    for (size_t i = 2; i < count; i++)
        check(blocks[i].type == EPB && packet_options(&blocks[i]) == blocks[i].len - 4);
    free(file.at);
}

/* More names than the table holds: all are told, some again. */
static void test_many_names(void)
{
    enum { COUNT = 4900 };
    static struct packet packets[COUNT];
    static char addresses[COUNT][16];
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(addresses[i], sizeof addresses[i], "10.1.%u.%u", i / 250, i % 250);
        packets[i] = (struct packet){ .linktype = ETHERNET,
                                      .src = addresses[i],
                                      .dst = "9.9.9.9",
                                      .src_name = "host.example",
                                      .dst_name = "quad9.example",
                                      .src_from = CHAINS_NAME_DNS,
                                      .dst_from = CHAINS_NAME_DNS };
    }
    const char *path = in_folder("m.pcapng");
    check(WRITE(packets, COUNT, .path = path) == CHAINS_OK);
    check_packets(path, packets, COUNT);
    struct file file = file_read(path);
    size_t count = walk_blocks(file), names = 0;
    for (size_t i = 0; i < count; i++)
        names += blocks[i].type == NRB;
    check(names >= COUNT + 1 && names < COUNT + 20);
    free(file.at);
}

static uint64_t number_option(const struct block *block, unsigned code)
{
    size_t len;
    const uint8_t *at = block_option(block, 20, code, &len);
    if (!at || len != 8)
        return 777777;
    return (uint64_t)chains_load_le32(at + 4) << 32 | chains_load_le32(at);
}

/* The last block of a file, which must be statistics of the first interface. */
static void check_statistics(const char *path, uint64_t received, uint64_t dropped,
                             uint64_t delivered)
{
    struct file file = file_read(path);
    size_t count = walk_blocks(file);
    const struct block *block = &blocks[count - 1];
    check(count > 0 && block->type == ISB && chains_load_le32(block->at + 8) == 0);
    check_eq_u64(number_option(block, 4), received);
    check_eq_u64(number_option(block, 5), dropped);
    check_eq_u64(number_option(block, 8), delivered);
    free(file.at);
}

static void test_statistics(void)
{
    const char *path = in_folder("stat.pcapng");
    check(WRITE(plain, 4, .path = path) == CHAINS_OK);
    check_statistics(path, 4, 0, 4);
    /* First and last time, high half first. */
    struct file file = file_read(path);
    size_t count = walk_blocks(file), len;
    const uint8_t *first = block_option(&blocks[count - 1], 20, 2, &len);
    check_eq_u64(len, 8);
    check_eq_u64((uint64_t)chains_load_le32(first) << 32 | chains_load_le32(first + 4),
                 1112172466496046);
    const uint8_t *last = block_option(&blocks[count - 1], 20, 3, &len);
    check(last && chains_load_le32(last) == 0 && chains_load_le32(last + 4) == 0);
    free(file.at);

    feed.live = true;
    feed.received = 1000;
    feed.dropped = 30;
    feed.interface_dropped = 4;
    path = in_folder("live.pcapng");
    check(WRITE(plain, 3, .path = path) == CHAINS_OK);
    check_statistics(path, 1000, 34, 3);
    feed.received = feed.dropped = feed.interface_dropped = 0;
    path = in_folder("unknown.pcapng");
    check(WRITE(plain, 3, .path = path) == CHAINS_OK);
    check_statistics(path, 777777, 777777, 3);
    feed.live = false;
}

/* Drops everything behind the second packet. */
static int first_two_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    return rec->number <= 2 ? CHAINS_KEEP : CHAINS_DROP;
}

static const struct chains_class first_two_class = {
    .name = "first_two",
    .brief = "two packets",
    .role = CHAINS_LINK,
    .each = first_two_each,
};

/* What the source gave and a link dropped was received all the same. */
static void test_filtered_statistics(void)
{
    const char *path = in_folder("filtered.pcapng");
    feed.packets = plain;
    feed.count = PLAIN;
    chains_component *link = chains_new(&first_two_class, NULL);
    chains_component *sink = chains_pcap_writer(.path = path);
    chains_link(link, chains_new(&feed_class, NULL));
    chains_link(sink, link);
    check(chains_pull(sink) == CHAINS_OK);
    chains_free(sink);
    check_statistics(path, PLAIN, 0, 2);
}

/* Each file counts for itself: the sum of all is what the source says. */
static void test_rotated_statistics(void)
{
    feed.live = true;
    feed.received = 1000;
    feed.dropped = 30;
    check(WRITE(plain, 3, .path = in_folder("sum.pcapng"), .rotate_size = 1) == CHAINS_OK);
    check_statistics(in_folder("sum-00001.pcapng"), 1000, 30, 1);
    check_statistics(in_folder("sum-00002.pcapng"), 0, 0, 1);
    check_statistics(in_folder("sum-00003.pcapng"), 0, 0, 1);
    feed.live = false;
    feed.received = feed.dropped = 0;
    check(WRITE(plain, 3, .path = in_folder("each.pcapng"), .rotate_size = 1) == CHAINS_OK);
    check_statistics(in_folder("each-00001.pcapng"), 1, 0, 1);
    check_statistics(in_folder("each-00003.pcapng"), 1, 0, 1);
}

/* The counts of a merge's inputs are taken together. */
static void test_merged_statistics(void)
{
    const char *path = in_folder("merged.pcapng");
    feed.packets = plain;
    feed.count = 3;
    feed.live = true;
    feed.received = 500;
    feed.dropped = 7;
    chains_component *merge = chains_merge(), *sink = chains_pcap_writer(.path = path);
    chains_link(merge, chains_new(&feed_class, NULL));
    chains_link(merge, chains_new(&feed_class, NULL));
    chains_link(sink, merge);
    check(chains_pull(sink) == CHAINS_OK);
    if (chains_error(sink))
        printf("# %s\n", chains_error(sink));
    chains_free(sink);
    check_statistics(path, 1000, 14, 6);
    feed.live = false;
    feed.received = feed.dropped = 0;
}

/* Every file and every section tells the names again: it may be read alone. */
static void test_names_again(void)
{
    struct packet two[2] = { named[1], named[1] };
    check(WRITE(two, 2, .path = in_folder("again.pcapng"), .rotate_size = 1) == CHAINS_OK);
    for (int i = 1; i <= 2; i++) {
        const char *path = in_folder(i == 1 ? "again-00001.pcapng" : "again-00002.pcapng");
        struct file file = file_read(path);
        size_t count = walk_blocks(file), names = 0;
        for (size_t j = 0; j < count; j++)
            names += blocks[j].type == NRB;
        check_eq_u64(names, 2);
        free(file.at);
        check_statistics(path, 1, 0, 1);
    }
}

/* In the branches of a tee: both files, and no counts that nobody knows. */
static void test_branches(void)
{
    const char *pcap = in_folder("branch.pcap"), *pcapng = in_folder("branch.pcapng");
    feed.packets = plain;
    feed.count = PLAIN;
    chains_component *tee = chains_tee();
    chains_link(tee, chains_new(&feed_class, NULL));
    chains_link(chains_pcap_writer(.path = pcap), tee);
    chains_link(chains_pcap_writer(.path = pcapng), tee);
    check(chains_pull(tee) == CHAINS_OK);
    if (chains_error(tee))
        printf("# %s\n", chains_error(tee));
    chains_free(tee);
    check_packets(pcap, plain, PLAIN);
    check_packets(pcapng, plain, PLAIN);
    check_statistics(pcapng, PLAIN, 0, PLAIN);
}

int main(void)
{
    folder_make();
    test_comments();
    test_many_names();
    test_statistics();
    test_filtered_statistics();
    test_rotated_statistics();
    test_merged_statistics();
    test_names_again();
    test_branches();
    folder_remove();
    return check_done();
}
