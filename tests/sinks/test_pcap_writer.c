/* SPDX-License-Identifier: MIT */
/*
 * What pcap_writer writes: the bytes of headers and blocks, every kind of time, packets from
 * none to the largest, what a file cannot hold, tags and names, statistics.
 */
#include "writing.h"

enum { ETHERNET = 1, SLL = 113, EPB = 6, SHB = 0x0a0d0d0a, IDB = 1, NRB = 4, ISB = 5 };

static const struct packet plain[] = {
    { 1112172466 * SECOND + 496046000, ETHERNET, 60, 60, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0,
      NULL },
    { 1112172466 * SECOND + 496576000, ETHERNET, 61, 1500, CHAINS_SNAPPED, 0, NULL, NULL, NULL,
      NULL, 0, 0, 0, NULL },
    { 1112172467 * SECOND, ETHERNET, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
    { 0, ETHERNET, 1, 0, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 0, NULL },
    { 4294967295 * SECOND + 999999000, ETHERNET, 3, 4294967295, 0, 0, NULL, NULL, NULL, NULL, 0,
      0, 0, NULL },
};
enum { PLAIN = sizeof plain / sizeof *plain };

static const char *say(const char *path, const char *rest)
{
    static char text[1024];
    snprintf(text, sizeof text, "pcap_writer: %s%s%s", path, *path ? ": " : "", rest);
    return text;
}

static void test_pcap_bytes(void)
{
    static const uint8_t want[] = {
        0xd4, 0xc3, 0xb2, 0xa1, 2,    0,    4,    0, 0,  0, 0, 0, 0,  0, 0, 0, /* header */
        0,    0,    4,    0,    1,    0,    0,    0, /* snaplen, link */
        0xb2, 0x67, 0x4a, 0x42, 0xae, 0x91, 0x07, 0, 60, 0, 0, 0, 60, 0, 0, 0, /* packet 1 */
    };
    const char *path = in_folder("a.pcap");
    check(WRITE(plain, PLAIN, .path = path) == CHAINS_OK);
    check_eq_u64(passed_on, PLAIN);
    struct file file = file_read(path);
    check_eq_u64(file.len, 24 + PLAIN * 16 + 60 + 61 + 0 + 1 + 3);
    check_eq_bytes(file.at, sizeof want, want, sizeof want);
    check_eq_bytes(file.at + sizeof want, 60, feed_bytes + 1, 60);
    free(file.at);
    check_packets(path, plain, PLAIN);
}

/* The first packet decides: nanoseconds when it has them, by its flag or by its time. */
static void test_pcap_resolution(void)
{
    static const struct {
        int64_t time_ns;
        uint16_t flags;
        uint32_t magic;
    } cases[] = {
        { 1000, 0, 0xa1b2c3d4 },
        { 1000, CHAINS_NANOSECONDS, 0xa1b23c4d },
        { 1001, 0, 0xa1b23c4d },
        { 999, CHAINS_NANOSECONDS, 0xa1b23c4d },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = in_folder("r.pcap");
        struct packet packets[2] = { { .time_ns = cases[i].time_ns, .linktype = ETHERNET },
                                     { .time_ns = 2000, .linktype = ETHERNET } };
        packets[0].flags = cases[i].flags;
        check(WRITE(packets, 2, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
        struct file file = file_read(path);
        check_eq_u64(chains_load_le32(file.at), cases[i].magic);
        free(file.at);
        check_packets(path, packets, 2);
        check_eq_u64(got[1].flags != 0, cases[i].magic == 0xa1b23c4d);
    }
}

/* What a pcap file cannot hold ends the chain; what came before is there. */
static void test_pcap_refused(void)
{
    static const struct {
        struct packet packet;
        const char *why;
    } cases[] = {
        { { .time_ns = 1000, .linktype = SLL },
          "packet 2 is of link type 113, and the file holds link type 1 alone: use a name that "
          "ends in .pcapng" },
        { { .time_ns = 1000, .linktype = 65537 },
          "packet 2 is of link type 65537, more than 16 bits: use a name that ends in "
          ".pcapng" },
        { { .time_ns = 1001, .linktype = ETHERNET },
          "packet 2 has a time in nanoseconds, and the file microseconds: use a name that ends "
          "in .pcapng" },
        { { .time_ns = -1000, .linktype = ETHERNET },
          "packet 2 is of 1969-12-31T23:59:59Z, and a pcap file holds 1970 to 2106: use a name "
          "that ends in .pcapng" },
        { { .time_ns = 4294967296 * SECOND, .linktype = ETHERNET },
          "packet 2 is of 2106-02-07T06:28:16Z, and a pcap file holds 1970 to 2106: use a name "
          "that ends in .pcapng" },
        { { .time_ns = 0, .linktype = ETHERNET, .caplen = HUGE_PACKET + 1 },
          "packet 2 has 262145 bytes, and the file holds at most 262144: use a name that ends "
          "in .pcapng" },
    };
    const char *path = in_folder("no.pcap");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct packet packets[3] = { plain[0], cases[i].packet, plain[1] };
        check(WRITE(packets, 3, .path = path, .exists = CHAINS_EXISTS_REPLACE) ==
              CHAINS_EFORMAT);
        check_eq_text(said, say(path, cases[i].why));
        check_eq_u64(passed_on, 1);
        check_packets(path, packets, 1);
    }
    /* Flagged as nanoseconds, but on a microsecond: nothing is lost. */
    struct packet fits[2] = { plain[0], plain[0] };
    fits[1].flags = CHAINS_NANOSECONDS;
    check(WRITE(fits, 2, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
    check_packets(path, fits, 2);
    /* The first packet too: there is no file without a header then either. */
    check(WRITE(&cases[3].packet, 1, .path = path, .exists = CHAINS_EXISTS_REPLACE) ==
          CHAINS_EFORMAT);
    check_packets(path, plain, 0);
}

static void test_pcapng_refused(void)
{
    struct packet packets[2] = { plain[0],
                                 { .linktype = ETHERNET, .caplen = HUGE_PACKET + 1 } };
    const char *path = in_folder("no.pcapng");
    check(WRITE(packets, 2, .path = path) == CHAINS_EFORMAT);
    check_eq_text(said, say(path, "packet 2 has 262145 bytes, and a capture file holds at most "
                                  "262144"));
    check_packets(path, packets, 1);
    packets[1] = (struct packet){ .linktype = 65536 };
    check(WRITE(packets, 2, .path = path, .exists = CHAINS_EXISTS_REPLACE) == CHAINS_EFORMAT);
    check_eq_text(said, say(path, "packet 2 is of link type 65536, more than 16 bits"));
}

static void test_pcapng_bytes(void)
{
    const char *path = in_folder("a.pcapng");
    check(WRITE(plain, 2, .path = path, .no_comments = true) == CHAINS_OK);
    struct file file = file_read(path);
    check_eq_u64(walk_blocks(file), 4);
    static const uint8_t section[] = { 0x0a, 0x0d, 0x0d, 0x0a, 48, 0, 0,    0,    0x4d, 0x3c,
                                       0x2b, 0x1a, 1,    0,    0,  0, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 4,  0, 12,   0 };
    check_eq_bytes(blocks[0].at, 8, section, 8);
    check_eq_bytes(blocks[0].at + 8, sizeof section - 12, section + 8, sizeof section - 12);
    size_t len;
    const uint8_t *program = block_option(&blocks[0], 24, 4, &len);
    char want[64];
    snprintf(want, sizeof want, "chains %s", chains_version());
    check_eq_bytes(program, len, want, strlen(want));
    static const uint8_t interface[] = { 1, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0,  0, 4, 0,
                                         9, 0, 1, 0, 6,  0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0 };
    check_eq_bytes(blocks[1].at, blocks[1].len, interface, sizeof interface);
    static const uint8_t head[] = { 6, 0, 0, 0, 92, 0, 0, 0, 0, 0, 0, 0 };
    static const uint8_t lengths[] = { 60, 0, 0, 0, 60, 0, 0, 0 };
    check_eq_u64(blocks[2].len, 92);
    check_eq_bytes(blocks[2].at, sizeof head, head, sizeof head);
    check_eq_bytes(blocks[2].at + 20, sizeof lengths, lengths, sizeof lengths);
    uint64_t ticks = (uint64_t)chains_load_le32(blocks[2].at + 12) << 32 |
                     chains_load_le32(blocks[2].at + 16);
    check_eq_u64(ticks, 1112172466496046);
    check_eq_bytes(blocks[2].at + 28, 60, feed_bytes + 1, 60);
    check_eq_u64(blocks[3].len, 28 + 64 + 4);
    check_eq_bytes(blocks[3].at + 28 + 61, 3, "\0\0\0", 3);
    free(file.at);
    check_packets(path, plain, 2);
}

/* Every kind of time comes back as it was, and is a number that Wireshark understands. */
static void test_pcapng_times(void)
{
    static const struct packet packets[] = {
        { .time_ns = 0, .linktype = ETHERNET },
        { .time_ns = 1, .linktype = ETHERNET },
        { .time_ns = 1000, .linktype = ETHERNET, .flags = CHAINS_NANOSECONDS },
        { .time_ns = -1, .linktype = ETHERNET },
        { .time_ns = -1000, .linktype = ETHERNET },
        { .time_ns = -1000000000, .linktype = ETHERNET, .flags = CHAINS_NANOSECONDS },
        { .time_ns = -62135596800000000 * 100, .linktype = ETHERNET },
        { .time_ns = 9223372035999999999, .linktype = ETHERNET },
        { .time_ns = 9223372035999999000, .linktype = ETHERNET },
        { .time_ns = -9223372034999999999, .linktype = ETHERNET },
        { .time_ns = 4611686018427387904, .linktype = SLL },
        { .time_ns = -4611686018427387904, .linktype = SLL },
        { .time_ns = INT64_MAX, .linktype = ETHERNET },
        { .time_ns = INT64_MIN, .linktype = ETHERNET },
    };
    enum { COUNT = sizeof packets / sizeof *packets };
    const char *path = in_folder("t.pcapng");
    check(WRITE(packets, COUNT, .path = path) == CHAINS_OK);
    check_packets(path, packets, COUNT);
    struct file file = file_read(path);
    size_t count = walk_blocks(file), interfaces = 0;
    check(count > COUNT);
    for (size_t i = 0; i < count; i++)
        interfaces += blocks[i].type == IDB;
    check_eq_u64(interfaces, 6); /* of Ethernet 4: both resolutions, both eras; of SLL 2 */
    free(file.at);
}

/* A section has 64 interfaces; the 65th begins another one. */
static void test_pcapng_interfaces(void)
{
    enum { TYPES = 200 };
    static struct packet packets[2 * TYPES];
    for (unsigned i = 0; i < 2 * TYPES; i++)
        packets[i] = (struct packet){ .time_ns = 1000 * (int64_t)i,
                                      .linktype = i < TYPES ? i : 2 * TYPES - 1 - i,
                                      .caplen = 4,
                                      .wire_len = 4 };
    packets[0].linktype = 65535;
    const char *path = in_folder("i.pcapng");
    check(WRITE(packets, 2 * TYPES, .path = path) == CHAINS_OK);
    check_packets(path, packets, 2 * TYPES);
    struct file file = file_read(path);
    size_t count = walk_blocks(file), in_section = 0, most = 0, sections = 0, statistics = 0;
    for (size_t i = 0; i < count; i++) {
        sections += blocks[i].type == SHB;
        in_section = blocks[i].type == SHB ? 0 : in_section + (blocks[i].type == IDB);
        most = in_section > most ? in_section : most;
        statistics += blocks[i].type == ISB;
    }
    check_eq_u64(most, 64);
    check(sections >= 4 && sections <= 8);
    check(statistics > 64 * 3);
    free(file.at);
}

static void test_sizes(void)
{
    static const uint32_t lengths[] = { 0,      1,      2,      3,      4,
                                        8191,   8192,   8193,   65535,  65536,
                                        131071, 131072, 131073, 262143, 262144 };
    enum { COUNT = sizeof lengths / sizeof *lengths };
    struct packet packets[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        packets[i] = (struct packet){ .linktype = ETHERNET,
                                      .caplen = lengths[i],
                                      .wire_len = lengths[i] };
    static const char *const names[] = { "s.pcap",       "s.pcapng",    "s.ntar",
                                         "s.pcap.gz",    "s.pcapng.gz", "s.pcap.zst",
                                         "s.pcapng.zst", "s.any" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check(WRITE(packets, COUNT, .path = in_folder(names[i])) == CHAINS_OK);
        check_packets(in_folder(names[i]), packets, COUNT);
    }
}

/* pcapng by name, compressed or not, or by option. */
static void test_format(void)
{
    static const struct {
        const char *name;
        bool option, pcapng;
    } cases[] = {
        { "f.pcap", false, false }, { "f.pcapng", false, true }, { "f.ntar", false, true },
        { "f.pcap", true, true },   { "f", false, false },       { "f.pcapng.x", false, false },
        { "pcapng", false, false }, { "f.cap", true, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = in_folder(cases[i].name);
        check(WRITE(plain, 1, .path = path, .pcapng = cases[i].option,
                    .exists = CHAINS_EXISTS_REPLACE) == CHAINS_OK);
        struct file file = file_read(path);
        check_eq_u64(chains_load_le32(file.at), cases[i].pcapng ? (uint32_t)SHB : 0xa1b2c3d4);
        free(file.at);
    }
}

/* Without a packet a file is still a capture, of Ethernet. */
static void test_nothing(void)
{
    static const char *const names[] = { "n.pcap", "n.pcapng", "n.pcap.gz", "n.pcapng.zst" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = in_folder(names[i]);
        check(WRITE(NULL, 0, .path = path) == CHAINS_OK);
        check_packets(path, NULL, 0);
    }
    struct file file = file_read(in_folder("n.pcap"));
    check_eq_u64(file.len, 24);
    check_eq_u64(chains_load_le32(file.at + 20), ETHERNET);
    free(file.at);
    file = file_read(in_folder("n.pcapng"));
    check_eq_u64(walk_blocks(file), 3);
    check_eq_u64(blocks[1].type, IDB);
    check_eq_u64(chains_load_le16(blocks[1].at + 8), ETHERNET);
    check_eq_u64(blocks[2].type, ISB);
    free(file.at);
}

/* Flows are passed on without being written; streams are packets. */
static void test_kinds(void)
{
    struct packet packets[4] = { plain[0], plain[0], plain[0], plain[0] };
    packets[1].kind = CHAINS_STREAMS;
    packets[2].kind = CHAINS_FLOWS;
    static const char *const names[] = { "k.pcap", "k.pcapng" };
    for (size_t i = 0; i < 2; i++) {
        check(WRITE(packets, 4, .path = in_folder(names[i])) == CHAINS_OK);
        check_eq_u64(passed_on, 4);
        check_eq_u64(read_back(in_folder(names[i])), 3);
    }
}

static void test_streams(void)
{
    FILE *out = tmpfile();
    check(WRITE(plain, PLAIN, .out = out, .pcapng = true) == CHAINS_OK);
    rewind(out);
    static uint8_t bytes[4096];
    struct file file = { bytes, fread(bytes, 1, sizeof bytes, out) };
    check_eq_u64(walk_blocks(file), 3 + PLAIN);
    fclose(out);
    out = tmpfile();
    check(WRITE(plain, PLAIN, .out = out) == CHAINS_OK);
    rewind(out);
    check_eq_u64(fread(bytes, 1, sizeof bytes, out), 24 + PLAIN * 16 + 60 + 61 + 0 + 1 + 3);
    fclose(out);
}

static void test_usage(void)
{
    FILE *out = tmpfile();
    const char *path = in_folder("u.pcap");
    check(WRITE(plain, 1, .out = out, .rotate_size = 1) == CHAINS_EUSAGE);
    check_eq_text(said, "pcap_writer: rotate_size and rotate_time need the name of a file: "
                        "path=NAME");
    check(WRITE(plain, 1, .rotate_time = 1) == CHAINS_EUSAGE);
    check(WRITE(plain, 1, .path = "-", .rotate_time = 1) == CHAINS_EUSAGE);
    check(WRITE(plain, 1, .path = path, .keep = 1) == CHAINS_EUSAGE);
    check_eq_text(said, "pcap_writer: keep needs rotate_size or rotate_time");
    check(WRITE(plain, 1, .path = path, .keep = 1, .rotate_size = 1,
                .exists = CHAINS_EXISTS_APPEND) == CHAINS_EUSAGE);
    check_eq_text(said, "pcap_writer: keep would remove what exists=append keeps: use "
                        "exists=replace");
    check(!is_there("u.pcap") && !is_there("u-00001.pcap"));
    fclose(out);
}

static void test_missing_folder(void)
{
    check(WRITE(plain, 1, .path = in_folder("no/such/a.pcap")) == CHAINS_EIO);
    check(WRITE(plain, 1, .path = in_folder("no/such/a.pcap"), .rotate_size = 1) == CHAINS_EIO);
    check(WRITE(plain, 1, .path = in_folder("no/such/a.pcap"),
                .exists = CHAINS_EXISTS_APPEND) == CHAINS_EIO);
}

int main(void)
{
    folder_make();
    test_pcap_bytes();
    test_pcap_resolution();
    test_pcap_refused();
    test_pcapng_refused();
    test_pcapng_bytes();
    test_pcapng_times();
    test_pcapng_interfaces();
    test_sizes();
    test_format();
    test_nothing();
    test_kinds();
    test_streams();
    test_usage();
    test_missing_folder();
    folder_remove();
    return check_done();
}
