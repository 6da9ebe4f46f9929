/* SPDX-License-Identifier: MIT */
/*
 * The files of pcap_writer: rotation and what it keeps, files that are there already, files
 * that are moved away, disks that are full.
 */
#include "writing.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

enum { ETHERNET = 1, SLL = 113, COUNT = 20, LENGTH = 100, SHB = 0x0a0d0d0a, ISB = 5 };

/* One packet a second, of 100 bytes. */
static struct packet packets[COUNT];

static void packets_make(void)
{
    for (unsigned i = 0; i < COUNT; i++)
        packets[i] = (struct packet){ .time_ns = (1000 + (int64_t)i) * SECOND,
                                      .linktype = ETHERNET,
                                      .caplen = LENGTH,
                                      .wire_len = LENGTH };
}

static size_t files_there(void)
{
    DIR *entries = opendir(folder);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(entries));)
        count += entry->d_name[0] != '.';
    closedir(entries);
    return count;
}

static uint64_t size_of(const char *name)
{
    struct stat about;
    return stat(in_folder(name), &about) == 0 ? (uint64_t)about.st_size : 0;
}

/* "s-*.pcap" with its number. */
static const char *numbered(const char *pattern, unsigned number)
{
    static char name[64];
    int stem = (int)strcspn(pattern, "*");
    snprintf(name, sizeof name, "%.*s%05u%s", stem, pattern, number, pattern + stem + 1);
    return name;
}

/*
 * Checks that numbered files hold the packets, one file after the other; gives their number.
 * The n-th packet has bytes of its own only in the first file, so the bytes are not looked at.
 */
static unsigned check_numbered(const char *pattern, unsigned from, size_t want)
{
    unsigned number = from;
    size_t at = COUNT - want, differ = 0;
    for (; is_there(numbered(pattern, number)); number++) {
        size_t count = read_back(in_folder(numbered(pattern, number)));
        check(got_status == CHAINS_OK);
        check(count > 0);
        for (size_t i = 0; i < count && at < COUNT; i++, at++)
            differ += got[i].time_ns != packets[at].time_ns || got[i].caplen != LENGTH;
    }
    check_eq_u64(at, COUNT);
    check_eq_u64(differ, 0);
    return number - from;
}

static void test_rotate_size(void)
{
    enum { RECORD = 16 + LENGTH };
    static const struct {
        const char *name, *pattern;
        uint64_t size;
        unsigned files;
    } cases[] = {
        { "s.pcap", "s-*.pcap", 24 + 5 * RECORD, 4 },
        { "s.pcap", "s-*.pcap", 24 + 5 * RECORD + 1, 4 },
        { "s.pcap", "s-*.pcap", 24 + 5 * RECORD - 1, 5 },
        { "s.pcap", "s-*.pcap", 1, COUNT },
        { "s.pcap", "s-*.pcap", 1 << 20, 1 },
        { "s.pcap.gz", "s-*.pcap.gz", 24 + 5 * RECORD, 4 },
        { "s.pcapng.zst", "s-*.pcapng.zst", 1000, 4 },
        { "s", "s-*", 24 + 10 * RECORD, 2 },
        { "a.b.cap", "a.b-*.cap", 24 + 10 * RECORD, 2 },
        { ".pcap", ".pcap-*", 24 + 10 * RECORD, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(WRITE(packets, COUNT, .path = in_folder(cases[i].name),
                    .rotate_size = cases[i].size) == CHAINS_OK);
        check_eq_u64(check_numbered(cases[i].pattern, 1, COUNT), cases[i].files);
        check(!is_there(cases[i].name));
        folder_empty();
        unlink(in_folder(".pcap-00001"));
        unlink(in_folder(".pcap-00002"));
    }
}

/* pcapng: the statistics at the end are counted as well, so that no file is larger. */
static void test_rotate_size_pcapng(void)
{
    for (uint64_t most = 300; most < 700; most += 13) {
        check(WRITE(packets, COUNT, .path = in_folder("n.pcapng"), .rotate_size = most) ==
              CHAINS_OK);
        unsigned files = check_numbered("n-*.pcapng", 1, COUNT);
        for (unsigned i = 1; i <= files; i++) {
            uint64_t size = size_of(numbered("n-*.pcapng", i));
            check(size <= most && (size + 28 + LENGTH + 4 > most || i == files));
            struct file file = file_read(in_folder(numbered("n-*.pcapng", i)));
            size_t count = walk_blocks(file);
            check(count > 0 && blocks[0].type == SHB && blocks[count - 1].type == ISB);
            free(file.at);
        }
        folder_empty();
    }
}

static void test_rotate_time(void)
{
    static const struct {
        uint64_t time;
        unsigned files;
    } cases[] = {
        { 5 * SECOND, 4 },  { 5 * SECOND + 1, 4 }, { 6 * SECOND, 4 },
        { 20 * SECOND, 1 }, { 19 * SECOND, 2 },    { 1, COUNT },
        { SECOND, COUNT },  { 2 * SECOND, 10 },    { UINT64_MAX, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(WRITE(packets, COUNT, .path = in_folder("t.pcap"),
                    .rotate_time = cases[i].time) == CHAINS_OK);
        check_eq_u64(check_numbered("t-*.pcap", 1, COUNT), cases[i].files);
        folder_empty();
    }
    /* Time that goes back begins no file. */
    struct packet back[4] = { packets[10], packets[0], packets[9], packets[12] };
    check(WRITE(back, 4, .path = in_folder("b.pcap"), .rotate_time = 2 * SECOND) == CHAINS_OK);
    check_eq_u64(files_there(), 2);
    check_eq_u64(read_back(in_folder("b-00001.pcap")), 3);
    folder_empty();
}

/* Each pcap file of several has the link type and resolution of its own first packet. */
static void test_rotate_types(void)
{
    struct packet two[2] = { packets[0], packets[1] };
    two[1].linktype = SLL;
    two[1].time_ns++;
    check(WRITE(two, 2, .path = in_folder("r.pcap"), .rotate_size = 1) == CHAINS_OK);
    check_eq_u64(read_back(in_folder("r-00002.pcap")), 1);
    check(got[0].linktype == SLL && got[0].time_ns == two[1].time_ns);
    folder_empty();
}

static void test_keep(void)
{
    static const uint32_t keeps[] = { 1, 2, 7, 20, 21, 4000000000 };
    for (size_t i = 0; i < sizeof keeps / sizeof *keeps; i++) {
        unsigned kept = keeps[i] < COUNT ? keeps[i] : COUNT;
        file_write(in_folder("k-99999.pcap"), "of others", 9);
        check(WRITE(packets, COUNT, .path = in_folder("k.pcap"), .rotate_size = 1,
                    .exists = CHAINS_EXISTS_REPLACE, .keep = keeps[i]) == CHAINS_OK);
        check_eq_u64(files_there(), kept + 1);
        check_eq_u64(check_numbered("k-*.pcap", COUNT - kept + 1, kept), kept);
        check_eq_u64(size_of("k-99999.pcap"), 9);
        check_eq_text(warned, "");
        folder_empty();
    }
}

static void remove_first(chains_component *source)
{
    (void)source;
    check(rename(in_folder("k-00001.pcap"), in_folder("taken")) == 0);
    check(mkdir(in_folder("k-00002.pcap.d"), 0700) == 0);
}

/* A file that somebody has moved away is not missed. */
static void test_keep_moved(void)
{
    struct packet five[5];
    memcpy(five, packets, sizeof five);
    five[1].before = remove_first;
    check(WRITE(five, 5, .path = in_folder("k.pcap"), .rotate_size = 1, .keep = 1) ==
          CHAINS_OK);
    check(is_there("taken") && is_there("k-00005.pcap") && !is_there("k-00004.pcap"));
    check_eq_text(warned, "");
    folder_empty();
}

static void test_rotation_exists(void)
{
    char want[300];
    file_write(in_folder("e-00007.pcap"), "mine", 4);
    check(WRITE(packets, COUNT, .path = in_folder("e.pcap"), .rotate_size = 1) == CHAINS_EIO);
    snprintf(want, sizeof want,
             "pcap_writer: %s is there already: exists=replace begins it anew",
             in_folder("e-00007.pcap"));
    check_eq_text(said, want);
    check_eq_u64(files_there(), 1);
    check_eq_u64(size_of("e-00007.pcap"), 4);
    /* Names that are nearly the same are not in the way. */
    folder_empty();
    static const char *const others[] = { "e.pcap",        "e-0001.pcap", "e-00001.pcap.gz",
                                          "e-00001pcap",   "e00001.pcap", "ee-00001.pcap",
                                          "e-00001.pcapng" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        file_write(in_folder(others[i]), "mine", 4);
    check(WRITE(packets, COUNT, .path = in_folder("e.pcap"), .rotate_size = 1) == CHAINS_OK);
    check_eq_u64(check_numbered("e-*.pcap", 1, COUNT), COUNT);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        check_eq_u64(size_of(others[i]), 4);
    /* Replaced, and appended to. */
    check(WRITE(packets, COUNT, .path = in_folder("e.pcap"), .rotate_time = 10 * SECOND,
                .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
    check_eq_u64(read_back(in_folder("e-00002.pcap")), 10);
    check_eq_u64(read_back(in_folder("e-00003.pcap")), 1);
    check(WRITE(packets, COUNT, .path = in_folder("e.pcap"), .rotate_time = 10 * SECOND,
                .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
    check_eq_u64(read_back(in_folder("e-00001.pcap")), 20);
    check_eq_u64(read_back(in_folder("e-00002.pcap")), 20);
    folder_empty();
}

static void make_in_the_way(chains_component *source)
{
    (void)source;
    file_write(in_folder("w-00002.pcap"), "late", 4);
}

/* One that comes while the chain runs stops it; what was written is whole. */
static void test_rotation_late(void)
{
    struct packet three[3] = { packets[0], packets[1], packets[2] };
    three[1].before = make_in_the_way;
    check(WRITE(three, 3, .path = in_folder("w.pcap"), .rotate_size = 1) < 0);
    check(strstr(said, "w-00002.pcap") != NULL);
    check_eq_u64(passed_on, 1);
    check_packets(in_folder("w-00001.pcap"), packets, 1);
    check_eq_u64(size_of("w-00002.pcap"), 4);
    folder_empty();
}

static void test_exists(void)
{
    const char *path = in_folder("x.pcap");
    check(WRITE(packets, 3, .path = path) == CHAINS_OK);
    check(WRITE(packets, 5, .path = path) < 0);
    check(strstr(said, "x.pcap") != NULL);
    check_packets(path, packets, 3);
    check(WRITE(packets, 5, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
    check_packets(path, packets, 5);
    folder_empty();
}

/* Appending gives the packets of both runs, whatever the format, or a sentence. */
static void test_append(void)
{
    static const struct {
        const char *name;
        const char *why; /* NULL: it works */
    } cases[] = {
        { "a.pcap", NULL },
        { "a.pcapng", NULL },
        { "a.pcapng.gz", NULL },
        { "a.pcapng.zst", NULL },
        { "a.pcap.gz",
          "is compressed, and a pcap file in it cannot be appended to: use a name that ends in "
          ".pcapng.gz or .pcapng.zst" },
        { "a.pcap.zst",
          "is compressed, and a pcap file in it cannot be appended to: use a name that ends in "
          ".pcapng.gz or .pcapng.zst" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = in_folder(cases[i].name);
        check(WRITE(packets, 3, .path = path, .exists = CHAINS_EXISTS_APPEND) == CHAINS_OK);
        int status = WRITE(packets + 3, 4, .path = path, .exists = CHAINS_EXISTS_APPEND);
        check_eq_u64(status, cases[i].why ? CHAINS_EUSAGE : CHAINS_OK);
        size_t count = read_back(path);
        check_eq_u64(got_status, CHAINS_OK);
        check_eq_u64(count, cases[i].why ? 3 : 7);
        check(got[count - 1].time_ns == packets[count - 1].time_ns);
        if (cases[i].why)
            check(strstr(said, cases[i].why) != NULL);
    }
    struct file file = file_read(in_folder("a.pcapng"));
    size_t sections = 0, count = walk_blocks(file);
    for (size_t i = 0; i < count; i++)
        sections += blocks[i].type == SHB;
    check_eq_u64(sections, 2);
    free(file.at);
    check_eq_u64(size_of("a.pcap"), 24 + 7 * (16 + LENGTH));
    folder_empty();
}

/* What is there decides what fits behind it. */
static void test_append_header(void)
{
    static const uint8_t nano[24] = { 0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, [18] = 1, [20] = 1 };
    static const uint8_t sll[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, [18] = 1, [20] = SLL };
    static const uint8_t small[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, [16] = 96, [20] = 1 };
    static const uint8_t big[24] = { 0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, [17] = 1, [23] = 1 };
    static const uint8_t old[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 3, [18] = 1, [20] = 1 };
    static const uint8_t fcs[24] = { 0xd4, 0xc3, 0xb2,     0xa1,     2,
                                     0,    4,    [18] = 1, [20] = 1, [23] = 0x14 };
    static const struct {
        const char *name;
        const void *there;
        size_t len;
        const char *why;
    } cases[] = {
        { "h.pcap", nano, 24, NULL },
        { "h.pcap", "", 0, NULL },
        { "h.pcap", sll, 24,
          "packet 1 is of link type 1, and the file holds link type 113 alone" },
        { "h.pcap", small, 24, "packet 1 has 100 bytes, and the file holds at most 96" },
        { "h.pcap", big, 24, "is a pcap file in big-endian byte order, it cannot be appended" },
        { "h.pcap", old, 24, "is no plain pcap file of version 2.4" },
        { "h.pcap", fcs, 24, "is no plain pcap file of version 2.4" },
        { "h.pcap", nano, 23, "is not a pcap file, it cannot be appended to" },
        { "h.pcap", "#!/bin/sh\necho this is a script\n", 32, "is not a pcap file" },
        { "h.pcapng", nano, 24, "is not a pcapng file, it cannot be appended to" },
        { "h.pcapng", "\x0a\x0d\x0d\x0a", 4, "is not a pcapng file, it cannot be appended to" },
        { "h.pcapng", "", 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = in_folder(cases[i].name);
        file_write(path, cases[i].there, cases[i].len);
        int status = WRITE(packets, 1, .path = path, .exists = CHAINS_EXISTS_APPEND);
        bool packet = cases[i].why && strncmp(cases[i].why, "packet", 6) == 0;
        int refused = packet ? CHAINS_EFORMAT : CHAINS_EUSAGE;
        check_eq_u64(status, cases[i].why ? refused : CHAINS_OK);
        if (cases[i].why) {
            check(strstr(said, cases[i].why) != NULL);
            check_eq_u64(size_of(cases[i].name), cases[i].len);
        } else {
            check_packets(path, packets, 1);
        }
    }
    folder_empty();
}

/* Behind half a block nobody would find anything. */
static void test_append_cut(void)
{
    const char *path = in_folder("c.pcapng");
    check(WRITE(packets, 3, .path = path) == CHAINS_OK);
    uint64_t whole = size_of("c.pcapng");
    for (unsigned cut = 1; cut < 150; cut += 7) {
        check(truncate(path, (off_t)(whole - cut)) == 0);
        int status = WRITE(packets, 1, .path = path, .exists = CHAINS_EXISTS_APPEND);
        check_eq_u64(status, CHAINS_EUSAGE);
        check(strstr(said, "ends in the middle of a block") != NULL);
        check(WRITE(packets, 3, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
    }
    folder_empty();
}

static const char *moved_from, *moved_to;

static void move_and_reopen(chains_component *source)
{
    check(rename(in_folder(moved_from), in_folder(moved_to)) == 0);
    chains_reopen(feed.last);
    (void)source;
}

static void only_reopen(chains_component *source)
{
    chains_reopen(feed.last);
    (void)source;
}

/* A file that is moved away before it is opened anew: both are captures, nothing is lost. */
static void test_reopen(void)
{
    static const char *const names[] = { "r.pcap", "r.pcapng", "r.pcap.gz", "r.pcapng.zst" };
    struct packet ten[10];
    memcpy(ten, packets, sizeof ten);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        moved_from = names[i];
        moved_to = "moved";
        ten[4].before = move_and_reopen;
        check(WRITE(ten, 10, .path = in_folder(names[i])) == CHAINS_OK);
        size_t before = read_back(in_folder("moved"));
        check_eq_u64(got_status, CHAINS_OK);
        size_t after = read_back(in_folder(names[i]));
        check_eq_u64(got_status, CHAINS_OK);
        check_eq_u64(before + after, 10);
        check(before >= 4 && before <= 5 && got[after - 1].time_ns == ten[9].time_ns);
        folder_empty();
        /* Not moved: it goes on in the same file. */
        ten[4].before = only_reopen;
        ten[6].before = only_reopen;
        check(WRITE(ten, 10, .path = in_folder(names[i])) == CHAINS_OK);
        check_packets(in_folder(names[i]), ten, 10);
        check_eq_u64(files_there(), 1);
        folder_empty();
        ten[6].before = NULL;
    }
}

/* Before the first packet: the link type is not known yet. */
static void test_reopen_empty(void)
{
    struct packet two[2] = { packets[0], packets[1] };
    two[0].kind = CHAINS_FLOWS;
    two[1].linktype = SLL;
    two[1].before = only_reopen;
    check(WRITE(two, 2, .path = in_folder("e.pcap")) == CHAINS_OK);
    check_eq_u64(read_back(in_folder("e.pcap")), 1);
    check_eq_u64(got[0].linktype, SLL);
    folder_empty();
    moved_from = "e.pcap";
    moved_to = "moved";
    two[1].before = move_and_reopen;
    struct packet three[3] = { two[0], two[1], two[1] };
    three[2].before = NULL;
    check(WRITE(three, 3, .path = in_folder("e.pcap")) == CHAINS_OK);
    size_t before = read_back(in_folder("moved"));
    check_eq_u64(got_status, CHAINS_OK);
    check_eq_u64(before + read_back(in_folder("e.pcap")), 2);
    check_eq_u64(got[0].linktype, SLL);
    folder_empty();
}

static void put_another(chains_component *source)
{
    move_and_reopen(source);
    file_write(in_folder("o.pcap"), "something else", 14);
}

/* Another file has come under the name: it is refused, and not touched. */
static void test_reopen_other(void)
{
    struct packet five[5];
    memcpy(five, packets, sizeof five);
    five[2].before = put_another;
    moved_from = "o.pcap";
    moved_to = "moved";
    check(WRITE(five, 5, .path = in_folder("o.pcap")) == CHAINS_EUSAGE);
    check(strstr(said, "o.pcap is not a pcap file, it cannot be appended to") != NULL);
    struct file file = file_read(in_folder("o.pcap"));
    check_eq_bytes(file.at, file.len, "something else", 14);
    free(file.at);
    folder_empty();
}

/* Reopening and rotation: the numbers go on. */
static void test_reopen_rotating(void)
{
    struct packet ten[10];
    memcpy(ten, packets, sizeof ten);
    ten[4].before = only_reopen;
    check(WRITE(ten, 10, .path = in_folder("q.pcapng"), .rotate_time = 3 * SECOND) ==
          CHAINS_OK);
    check_eq_u64(files_there(), 4);
    check_eq_u64(read_back(in_folder("q-00001.pcapng")), 3);
    check_eq_u64(read_back(in_folder("q-00002.pcapng")), 3);
    check_eq_u64(read_back(in_folder("q-00004.pcapng")), 1);
    folder_empty();
}

/* What was there before a file was opened again counts for its size. */
static void test_reopen_size(void)
{
    struct packet ten[10];
    memcpy(ten, packets, sizeof ten);
    ten[3].before = only_reopen;
    check(WRITE(ten, 10, .path = in_folder("z.pcap"), .rotate_size = 24 + 5 * (16 + LENGTH)) ==
          CHAINS_OK);
    check_eq_u64(read_back(in_folder("z-00001.pcap")), 5);
    check_eq_u64(read_back(in_folder("z-00002.pcap")), 5);
    check_eq_u64(files_there(), 2);
    folder_empty();
}

/* A disk that is full after `limit` bytes: whole packets that every reader takes. */
static void full_disk(const char *name, rlim_t limit, const struct packet *rows, size_t count)
{
    struct rlimit before, now;
    getrlimit(RLIMIT_FSIZE, &before);
    now = before;
    now.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &now);
    int status = WRITE(rows, count, .path = in_folder(name), .flush = CHAINS_FLUSH_LINE);
    setrlimit(RLIMIT_FSIZE, &before);
    check_eq_u64(status, CHAINS_EIO);
    check(strstr(said, "File too large") != NULL);
    check(size_of(name) <= limit);
}

static void test_full(void)
{
    static struct packet many[2000];
    for (unsigned i = 0; i < 2000; i++)
        many[i] = (struct packet){ .time_ns = (int64_t)i * 1000,
                                   .linktype = ETHERNET,
                                   .caplen = i % 1500,
                                   .wire_len = i % 1500 };
    static const rlim_t limits[] = { 24,     30,     50,     100,    1000,   4096,
                                     100000, 131072, 131073, 300000, 1000000 };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        full_disk("f.pcap", limits[i], many, 2000);
        size_t count = read_back(in_folder("f.pcap"));
        check_eq_u64(got_status, CHAINS_OK);
        uint64_t used = 24;
        for (size_t j = 0; j < count; j++)
            used += 16 + many[j].caplen;
        check_eq_u64(used, size_of("f.pcap"));
        check(used + 16 + many[count].caplen > limits[i]);
        folder_empty();
        if (limits[i] < 100)
            continue;
        full_disk("f.pcapng", limits[i], many, 2000);
        count = read_back(in_folder("f.pcapng"));
        check_eq_u64(got_status, CHAINS_OK);
        check(count > 0 || limits[i] == 100);
        struct file file = file_read(in_folder("f.pcapng"));
        check(walk_blocks(file) > 0);
        free(file.at);
        folder_empty();
    }
    folder_empty();
    /* No room for the header: nothing of it stays. */
    full_disk("f.pcap", 23, many, 2000);
    check_eq_u64(size_of("f.pcap"), 0);
    full_disk("f.pcapng", 47, many, 2000);
    check_eq_u64(size_of("f.pcapng"), 0);
    folder_empty();
    /* Packets that are larger than any buffer. */
    struct packet huge[4];
    for (unsigned i = 0; i < 4; i++)
        huge[i] = (struct packet){ .linktype = ETHERNET,
                                   .caplen = HUGE_PACKET,
                                   .wire_len = HUGE_PACKET };
    static const char *const names[] = { "h.pcap", "h.pcapng" };
    for (size_t i = 0; i < 2; i++) {
        full_disk(names[i], 600000, huge, 4);
        check_eq_u64(read_back(in_folder(names[i])), 2);
        check_eq_u64(got_status, CHAINS_OK);
        folder_empty();
    }
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    folder_make();
    packets_make();
    test_rotate_size();
    test_rotate_size_pcapng();
    test_rotate_time();
    test_rotate_types();
    test_keep();
    test_keep_moved();
    test_rotation_exists();
    test_rotation_late();
    test_exists();
    test_append();
    test_append_header();
    test_append_cut();
    test_reopen();
    test_reopen_empty();
    test_reopen_other();
    test_reopen_rotating();
    test_reopen_size();
    test_full();
    folder_remove();
    return check_done();
}
