/* SPDX-License-Identifier: MIT */
/*
 * The keys that come with packets: blocks in front of the first packet behind their arrival, in
 * every file of a rotation, in files only that can hold them.
 */
#include "writing.h"

enum { ETHERNET = 1, EPB = 6, SHB = 0x0a0d0d0a, IDB = 1, DSB = 10, ISB = 5, COUNT = 6 };

static struct packet packets[COUNT];

/* What two sources have found, and what they have in the end. */
static char texts[2][3 * 1024 * 1024];
static struct chains_secrets found[2];
static const struct chains_secrets *const list[2] = { &found[0], &found[1] };

static void find_first(chains_component *source)
{
    (void)source;
    found[0].len += (size_t)snprintf(texts[0] + found[0].len, 100, "FIRST %zu\n", found[0].len);
}

static void find_second(chains_component *source)
{
    (void)source;
    found[1].len += (size_t)snprintf(texts[1] + found[1].len, 100, "SECOND x\n");
}

static void begin(void)
{
    for (size_t i = 0; i < COUNT; i++)
        packets[i] = (struct packet){
            .time_ns = (int64_t)i * SECOND, .linktype = ETHERNET, .caplen = 100, .wire_len = 100
        };
    for (size_t i = 0; i < 2; i++)
        found[i] = (struct chains_secrets){ texts[i], 0 };
    feed.secrets = list;
    feed.secrets_count = 2;
}

/* The kinds of a file's blocks as letters, and the texts of its keys. */
static char kinds[400], keys[4 * 1024 * 1024];

static void look(const char *name)
{
    struct file file = file_read(in_folder(name));
    size_t count = walk_blocks(file), used = 0, len = 0;
    for (size_t i = 0; i < count && used < sizeof kinds - 1; i++) {
        const struct block *block = &blocks[i];
        kinds[used++] = block->type == SHB   ? 'S'
                        : block->type == IDB ? 'I'
                        : block->type == EPB ? 'p'
                        : block->type == DSB ? 'K'
                                             : '.';
        if (block->type != DSB)
            continue;
        uint32_t size = chains_load_le32(block->at + 12);
        check_eq_u64(chains_load_le32(block->at + 8), 0x544c534b);
        check_eq_u64(block->len, 16 + (size + 3) / 4 * 4 + 4);
        memcpy(keys + len, block->at + 16, size);
        len += size;
        for (uint32_t j = size; j % 4; j++)
            check_eq_u64(block->at[16 + j], 0);
    }
    kinds[used] = '\0';
    keys[len] = '\0';
    check(count > 0);
    free(file.at);
}

static void test_in_front(void)
{
    begin();
    find_first(NULL);
    packets[2].before = find_second;
    packets[4].before = find_first;
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    check_packets(in_folder("k.pcapng"), packets, COUNT);
    look("k.pcapng");
    check_eq_text(kinds, "SKIppKppKpp.");
    check_eq_text(keys, "FIRST 0\nSECOND x\nFIRST 8\n");
    folder_empty();
    /* They are no comment. */
    begin();
    find_first(NULL);
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng"), .no_comments = true) ==
          CHAINS_OK);
    look("k.pcapng");
    check_eq_text(kinds, "SKIpppppp");
    folder_empty();
    /* None, and a format that has no place for them. */
    begin();
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    look("k.pcapng");
    check_eq_text(kinds, "SIpppppp.");
    find_first(NULL);
    check(WRITE(packets, COUNT, .path = in_folder("k.pcap")) == CHAINS_OK);
    check_packets(in_folder("k.pcap"), packets, COUNT);
    folder_empty();
}

/* What comes behind the last packet is of no use to any. */
static void test_behind(void)
{
    begin();
    packets[5].before = find_first;
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    look("k.pcapng");
    check_eq_text(kinds, "SIpppppKp.");
    folder_empty();
}

/* Each file has all of them, and they do not make it full. */
static void test_rotation(void)
{
    static const struct {
        size_t len;
        uint64_t most;
    } cases[] = { { 10, 500 }, { 5000, 500 }, { 100000, 500 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        memset(texts[0], 'x', cases[i].len);
        texts[0][cases[i].len - 1] = '\n';
        found[0].len = cases[i].len;
        check(WRITE(packets, COUNT, .path = in_folder("k.pcapng"),
                    .rotate_size = cases[i].most) == CHAINS_OK);
        for (unsigned n = 1; n <= 3; n++) {
            char name[40];
            snprintf(name, sizeof name, "k-%05u.pcapng", n);
            look(name);
            check_eq_text(kinds, "SKIpp.");
            check_eq_u64(strlen(keys), cases[i].len);
        }
        check(!is_there("k-00004.pcapng"));
        folder_empty();
    }
}

/* Larger than the output's buffer, and compressed. */
static void test_large(void)
{
    static const char *const names[] = { "k.pcapng", "k.pcapng.gz", "k.pcapng.zst" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        begin();
        found[0].len = 1000001;
        for (size_t at = 0; at < found[0].len; at++)
            texts[0][at] = at % 101 == 100 ? '\n' : (char)('a' + at % 23);
        packets[3].before = find_first;
        check(WRITE(packets, COUNT, .path = in_folder(names[i])) == CHAINS_OK);
        check_packets(in_folder(names[i]), packets, COUNT);
        if (i == 0) {
            look(names[i]);
            check_eq_text(kinds, "SKIpppKppp.");
            check_eq_u64(strlen(keys), found[0].len);
            check(memcmp(keys, texts[0], found[0].len) == 0);
        }
        folder_empty();
    }
}

static void only_reopen(chains_component *source)
{
    (void)source;
    chains_reopen(feed.last);
}

static void move_and_reopen(chains_component *source)
{
    check(rename(in_folder("k.pcapng"), in_folder("moved.pcapng")) == 0);
    only_reopen(source);
}

/* Another file, or another section of the same, begins anew. */
static void test_reopen(void)
{
    begin();
    find_first(NULL);
    packets[3].before = move_and_reopen;
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    look("moved.pcapng");
    check_eq_text(kinds, "SKIpppp.");
    look("k.pcapng");
    check_eq_text(kinds, "SKIpp.");
    check_eq_text(keys, "FIRST 0\n");
    folder_empty();
    begin();
    find_first(NULL);
    packets[3].before = only_reopen;
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    look("k.pcapng");
    check_eq_text(kinds, "SKIpppp.SKIpp.");
    folder_empty();
}

/* Another section for want of room for one more interface. */
static void test_sections(void)
{
    static struct packet many[100];
    begin();
    find_first(NULL);
    for (unsigned i = 0; i < 100; i++)
        many[i] = (struct packet){ .linktype = i, .caplen = 1, .wire_len = 1 };
    check(WRITE(many, 100, .path = in_folder("k.pcapng")) == CHAINS_OK);
    look("k.pcapng");
    check_eq_text(keys, "FIRST 0\nFIRST 0\n");
    folder_empty();
}

/* Read again with packet_streamer and written a second time: the same file. */
static void test_again(void)
{
    begin();
    find_first(NULL);
    find_second(NULL);
    check(WRITE(packets, COUNT, .path = in_folder("k.pcapng")) == CHAINS_OK);
    chains_component *sink = chains_pcap_writer(.path = in_folder("again.pcapng"));
    chains_link(sink, chains_packet_streamer(.iface_name = in_folder("k.pcapng")));
    check(chains_pull(sink) == CHAINS_OK);
    chains_free(sink);
    look("k.pcapng");
    check_eq_text(keys, "FIRST 0\nSECOND x\n");
    look("again.pcapng");
    check_eq_text(kinds, "SKIpppppp.");
    check_eq_text(keys, "FIRST 0\nSECOND x\n");
    folder_empty();
}

int main(void)
{
    folder_make();
    test_in_front();
    test_behind();
    test_rotation();
    test_large();
    test_reopen();
    test_sections();
    test_again();
    folder_remove();
    return check_done();
}
