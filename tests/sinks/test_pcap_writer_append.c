/* SPDX-License-Identifier: MIT */
/*
 * What pcap_writer puts behind what is there: never into the file that its chain reads, never
 * behind half a packet, and not into a file of a rotation that is full.
 */
#include "writing.h"

#include <fcntl.h>

enum { ETHERNET = 1, COUNT = 10, LENGTH = 100, RECORD = 16 + LENGTH };

static struct packet packets[COUNT];

static uint64_t size_of(const char *name)
{
    struct stat about;
    return stat(in_folder(name), &about) == 0 ? (uint64_t)about.st_size : 0;
}

/* ---- the file that is read ------------------------------------------------------------------
 */

static void check_refused(chains_component *last, const char *path)
{
    char want[500];
    snprintf(want, sizeof want, "%s is being read by this chain: write to another file", path);
    check_eq_u64(chains_pull(last), CHAINS_EUSAGE);
    check(chains_error(last) && strstr(chains_error(last), want) != NULL);
    chains_free(last);
    struct file file = file_read(in_folder("in.pcap"));
    check_eq_u64(file.len, 24 + COUNT * RECORD);
    free(file.at);
}

static chains_component *reading(const char *path)
{
    return chains_packet_streamer(.iface_name = path, .max_packets = 1000);
}

static void test_input(void)
{
    static const enum chains_exists both[] = { CHAINS_EXISTS_APPEND, CHAINS_EXISTS_REPLACE };
    const char *path = in_folder("in.pcap"), *soft = in_folder("soft.pcap");
    const char *other = in_folder("other.pcap");
    check(WRITE(packets, COUNT, .path = path) == CHAINS_OK);
    check(WRITE(packets, COUNT, .path = other) == CHAINS_OK);
    check(symlink("in.pcap", soft) == 0);
    for (size_t i = 0; i < 2; i++) {
        chains_component *sink = chains_pcap_writer(.path = path, .exists = both[i]);
        chains_link(sink, reading(path));
        check_refused(sink, path);

        sink = chains_pcap_writer(.path = soft, .exists = both[i]);
        chains_link(sink, reading(path));
        check_refused(sink, soft);

        /* That comes first, whatever else is wrong with it. */
        sink = chains_pcap_writer(.path = soft, .exists = both[i], .pcapng = true);
        chains_link(sink, reading(path));
        check_refused(sink, soft);

        sink = chains_json_lines(.path = path, .exists = both[i]);
        chains_link(sink, reading(path));
        check_refused(sink, path);

        /* One of several files. */
        const char *const files[] = { other, path, NULL };
        sink = chains_pcap_writer(.path = path, .exists = both[i]);
        chains_link(sink, chains_packet_streamer(.files = files));
        check_refused(sink, path);

        /* One of several inputs, in a branch. */
        chains_component *merge = chains_merge(), *tee = chains_tee();
        sink = chains_pcap_writer(.path = path, .exists = both[i]);
        chains_link(merge, reading(other));
        chains_link(merge, reading(soft));
        chains_link(tee, merge);
        chains_link(sink, tee);
        check_refused(tee, path);
    }
    folder_empty();
}

static void test_standard_input(void)
{
    const char *path = in_folder("in.pcap");
    check(WRITE(packets, COUNT, .path = path) == CHAINS_OK);
    int kept = dup(STDIN_FILENO), fd = open(path, O_RDONLY);
    check(kept >= 0 && fd >= 0 && dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    chains_component *sink = chains_pcap_writer(.path = path, .exists = CHAINS_EXISTS_APPEND);
    chains_link(sink, reading("-"));
    check_refused(sink, path);
    dup2(kept, STDIN_FILENO);
    close(kept);
    close(fd);
    /* Any other file is none of its business. */
    sink = chains_pcap_writer(.path = in_folder("out.pcap"), .exists = CHAINS_EXISTS_APPEND);
    chains_link(sink, reading(path));
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    chains_free(sink);
    check_packets(in_folder("out.pcap"), packets, COUNT);
    folder_empty();
}

/* ---- half a packet --------------------------------------------------------------------------
 */

static void test_cut(void)
{
    const char *path = in_folder("c.pcap");
    for (unsigned cut = 0; cut <= 2 * RECORD; cut++) {
        check(WRITE(packets, 3, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
        uint64_t size = size_of("c.pcap") - cut;
        check(truncate(path, (off_t)size) == 0);
        int status = WRITE(packets, 1, .path = path, .exists = CHAINS_EXISTS_APPEND);
        bool whole = cut % RECORD == 0;
        check_eq_u64(status, whole ? CHAINS_OK : CHAINS_EUSAGE);
        check(whole || strstr(said, "c.pcap does not end in a whole packet, it cannot be "
                                    "appended to") != NULL);
        check_eq_u64(size_of("c.pcap"), whole ? size + RECORD : size);
    }
    folder_empty();
}

/* Larger than the window through which one looks; a length that no reader takes. */
static void test_walk(void)
{
    static struct packet many[500];
    const char *path = in_folder("w.pcap");
    for (unsigned i = 0; i < 500; i++)
        many[i] = (struct packet){ .linktype = ETHERNET,
                                   .caplen = i == 250 ? HUGE_PACKET : i * 7 % 200,
                                   .wire_len = HUGE_PACKET };
    check(WRITE(many, 500, .path = path) == CHAINS_OK);
    check(WRITE(many, 1, .path = path, .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
    check_eq_u64(read_back(path), 501);
    check(truncate(path, (off_t)size_of("w.pcap") - 1) == 0);
    check(WRITE(many, 1, .path = path, .exists = CHAINS_EXISTS_APPEND) == CHAINS_EUSAGE);
    /* The lengths add up, but one is too long. */
    struct file file = { calloc(1, 24 + 16 + HUGE_PACKET + 1), 24 + 16 + HUGE_PACKET + 1 };
    struct file from = file_read(path);
    memcpy(file.at, from.at, 24);
    memcpy(file.at + 24 + 8, (const uint8_t[]){ 1, 0, 4, 0 }, 4);
    file_write(path, file.at, file.len);
    check(WRITE(many, 1, .path = path, .exists = CHAINS_EXISTS_APPEND) == CHAINS_EUSAGE);
    check(strstr(said, "does not end in a whole packet") != NULL);
    free(file.at);
    free(from.at);
    folder_empty();
}

/* ---- rotation -------------------------------------------------------------------------------
 */

static const char *numbered(const char *suffix, unsigned number)
{
    static char name[40];
    snprintf(name, sizeof name, "r-%05u%s", number, suffix);
    return name;
}

/* Runs one after the other fill the files as one run does. */
static void test_rotation(void)
{
    enum { ROOM = 24 + 4 * RECORD, RUNS = 3 };
    for (int run = 0; run < RUNS; run++)
        check(WRITE(packets, COUNT, .path = in_folder("r.pcap"), .rotate_size = ROOM,
                    .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
    size_t at = 0, differ = 0;
    for (unsigned number = 1; number <= 8; number++) {
        size_t count = read_back(in_folder(numbered(".pcap", number)));
        check_eq_u64(count, number < 8 ? 4 : RUNS * COUNT - 7 * 4);
        for (size_t i = 0; i < count; i++, at++)
            differ += got[i].time_ns != packets[at % COUNT].time_ns;
    }
    check_eq_u64(differ, 0);
    check(!is_there(numbered(".pcap", 9)));
    folder_empty();
}

/* pcapng: no file is larger than it may be, and a full one is not touched. */
static void test_rotation_pcapng(void)
{
    for (uint64_t most = 300; most < 900; most += 37) {
        uint64_t sizes[100] = { 0 };
        size_t all = 0;
        for (int run = 0; run < 3; run++) {
            check(WRITE(packets, COUNT, .path = in_folder("r.pcapng"), .rotate_size = most,
                        .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
            unsigned number = 1;
            all = 0;
            for (; is_there(numbered(".pcapng", number)); number++) {
                uint64_t size = size_of(numbered(".pcapng", number));
                check(size <= most && size >= sizes[number]);
                sizes[number] = size;
                all += read_back(in_folder(numbered(".pcapng", number)));
                check_eq_u64(got_status, CHAINS_OK);
            }
            check_eq_u64(all, (size_t)(run + 1) * COUNT);
        }
        folder_empty();
    }
}

/* A full file is left alone whatever it holds; one with room must be a capture. */
static void test_rotation_full(void)
{
    static char junk[2000];
    memset(junk, 'x', sizeof junk);
    static const char *const suffixes[] = { ".pcap", ".pcapng" };
    for (size_t i = 0; i < 2; i++) {
        char name[40];
        snprintf(name, sizeof name, "r%s", suffixes[i]);
        file_write(in_folder(numbered(suffixes[i], 1)), junk, sizeof junk);
        file_write(in_folder(numbered(suffixes[i], 2)), junk, 1000);
        check(WRITE(packets, 3, .path = in_folder(name), .rotate_size = 1000,
                    .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
        check_eq_u64(size_of(numbered(suffixes[i], 1)), sizeof junk);
        check_eq_u64(size_of(numbered(suffixes[i], 2)), 1000);
        check_packets(in_folder(numbered(suffixes[i], 3)), packets, 3);
        check(WRITE(packets, 3, .path = in_folder(name), .rotate_size = 1001,
                    .exists = CHAINS_EXISTS_APPEND) == CHAINS_EUSAGE);
        folder_empty();
        /* Also one that comes later. */
        file_write(in_folder(numbered(suffixes[i], 2)), junk, 1000);
        check(WRITE(packets, COUNT, .path = in_folder(name), .rotate_size = 1000,
                    .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
        check_eq_u64(size_of(numbered(suffixes[i], 2)), 1000);
        size_t first = read_back(in_folder(numbered(suffixes[i], 1)));
        check(first > 0 && first < COUNT);
        check_eq_u64(first + read_back(in_folder(numbered(suffixes[i], 3))), COUNT);
        folder_empty();
    }
}

static void only_reopen(chains_component *source)
{
    (void)source;
    chains_reopen(feed.last);
}

/* Opened anew before a packet has come, and behind what an earlier run has left. */
static void test_rotation_reopen(void)
{
    struct packet rows[COUNT];
    memcpy(rows, packets, sizeof rows);
    rows[0].before = only_reopen;
    rows[1].before = only_reopen;
    static const char *const suffixes[] = { ".pcap", ".pcapng" };
    for (size_t i = 0; i < 2; i++) {
        char name[40];
        snprintf(name, sizeof name, "r%s", suffixes[i]);
        for (int run = 0; run < 2; run++)
            check(WRITE(rows, COUNT, .path = in_folder(name), .rotate_size = 1000,
                        .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
        size_t all = 0;
        for (unsigned number = 1; is_there(numbered(suffixes[i], number)); number++) {
            check(size_of(numbered(suffixes[i], number)) <= 1000);
            all += read_back(in_folder(numbered(suffixes[i], number)));
            check_eq_u64(got_status, CHAINS_OK);
        }
        check_eq_u64(all, 2 * COUNT);
        folder_empty();
    }
}

int main(void)
{
    folder_make();
    for (unsigned i = 0; i < COUNT; i++)
        packets[i] = (struct packet){ .time_ns = (1000 + (int64_t)i) * SECOND,
                                      .linktype = ETHERNET,
                                      .caplen = LENGTH,
                                      .wire_len = LENGTH };
    test_input();
    test_standard_input();
    test_cut();
    test_walk();
    test_rotation();
    test_rotation_pcapng();
    test_rotation_full();
    test_rotation_reopen();
    folder_remove();
    return check_done();
}
