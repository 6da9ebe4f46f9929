/* SPDX-License-Identifier: MIT */
/*
 * count over captures and over records made here: tables and JSON lines to the byte, what is
 * absent, empty, long or hostile, tables that begin anew, and options that make no sense.
 */
#include "rows.h"

#define SAY(text)                                                                              \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }

static const char *captures;
static char folder[] = "/tmp/chains-count-XXXXXX";

/* What count writes behind `upstream`, to be freed; a failure instead, in the same way. */
static char *written(chains_component *upstream, struct chains_count_options options,
                     struct chains_stats *stats)
{
    FILE *out = tmpfile();
    options.size = sizeof options;
    options.out = out;
    const char *why = pull_behind(chains_count_new(&options), upstream, stats);
    char *text = *why ? strdup(why) : text_of(out);
    check_eq_u64(stats->in, stats->out);
    fclose(out);
    return text;
}

static void check_written(chains_component *upstream, struct chains_count_options options,
                          const char *want)
{
    struct chains_stats stats;
    char *text = written(upstream, options, &stats);
    check_eq_text(text, want);
    free(text);
}

static void test_all(void)
{
    check_written(capture_chain(captures, "demo.pcap", 0), (struct chains_count_options){ 0 },
                  "# exact\n"
                  "packets  bytes\n"
                  "     38   5928\n");
    check_written(capture_chain(captures, "demo.pcap", 0),
                  (struct chains_count_options){ .json = true },
                  "{\"packets\":38,\"bytes\":5928,\"exact\":true,\"error\":0}\n");
    check_written(capture_chain(captures, "no-packets.pcap", 0),
                  (struct chains_count_options){ 0 },
                  "# exact\n"
                  "packets  bytes\n"
                  "      0      0\n");
    check_written(capture_chain(captures, "no-packets.pcap", 0),
                  (struct chains_count_options){ .by = "packet.src" },
                  "# exact, 0 keys\n"
                  "packets  bytes  percent  packet.src\n");
    check_written(capture_chain(captures, "no-packets.pcap", 0),
                  (struct chains_count_options){ .by = "packet.src", .json = true }, "");
}

static void test_captures(void)
{
    check_written(capture_chain(captures, "demo.pcap", 0),
                  (struct chains_count_options){ .by = "packet.src,transport.dport", .top = 6 },
                  "# exact, 19 keys\n"
                  "packets  bytes  percent  packet.src       transport.dport\n"
                  "      5    388     13.2  192.168.1.9      443\n"
                  "      5    488     13.2  2001:db8:1::9    443\n"
                  "      3    186      7.9  192.168.1.9      -\n"
                  "      3    206      7.9  203.0.113.80     50001\n"
                  "      3    266      7.9  2001:db8:80::80  50002\n"
                  "      2    116      5.3  192.168.1.1      -\n");
    check_written(capture_chain(captures, "demo.pcap", 0),
                  (struct chains_count_options){ .by = "tags" },
                  "# exact, 7 keys\n"
                  "packets  bytes  percent  tags\n"
                  "     18   1528     47.4  -\n"
                  "      7   3129     18.4  internal\n"
                  "      7    599     18.4  internal,multicast\n"
                  "      2    150      5.3  outgoing\n"
                  "      2    194      5.3  incoming\n"
                  "      1    286      2.6  broadcast\n"
                  "      1     42      2.6  internal,broadcast\n");
    check_written(capture_chain(captures, "transports.pcap", 0),
                  (struct chains_count_options){ .by = "transport.type,udp" },
                  "# exact, 10 keys\n"
                  "packets  bytes  percent  transport.type  udp\n"
                  "      4    183     21.1  -               -\n"
                  "      4    236     21.1  TCP             -\n"
                  "      2    140     10.5  ICMP            -\n"
                  "      2    195     10.5  ICMP6           -\n"
                  "      2    156     10.5  UDP             true\n"
                  "      1     58      5.3  ESP             -\n"
                  "      1     42      5.3  IGMP            -\n"
                  "      1     78      5.3  OSPF            -\n"
                  "      1     66      5.3  SCTP            -\n"
                  "      1     46      5.3  VRRP            -\n");
    check_written(
        capture_chain(captures, "nanoseconds.pcap", 1),
        (struct chains_count_options){ .by = "timestamp eth.src packet.df number",
                                       .json = true },
        "{\"packets\":1,\"bytes\":286,\"percent\":100.0,\"exact\":true,\"error\":0,"
        "\"timestamp\":\"2024-01-02T03:04:05.000000123Z\",\"eth.src\":\"02:00:5e:10:00:09\","
        "\"packet.df\":false,\"number\":1}\n");
}

/* A sketch says so, in both forms. */
static void test_sketch(void)
{
    struct chains_stats stats;
    char *text =
        written(capture_chain(captures, "demo.pcap", 0),
                (struct chains_count_options){ .by = "packet.src", .entries = 5 }, &stats);
    check_eq_text(strtok(text, "\n"),
                  "# space-saving sketch of 5 keys: counts are at most 5 too high, bytes are "
                  "estimates");
    free(text);
    check(stats.limited > 0); /* once for each key that took the place of another */
    text =
        written(capture_chain(captures, "demo.pcap", 0),
                (struct chains_count_options){ .by = "packet.src", .entries = 5, .json = true },
                &stats);
    size_t lines = 0;
    uint64_t packets = 0, bytes = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        uint64_t p, b;
        check(sscanf(line, "{\"packets\":%" SCNu64 ",\"bytes\":%" SCNu64, &p, &b) == 2);
        check(strstr(line, ",\"exact\":false,\"error\":") != NULL);
        packets += p;
        bytes += b;
        lines++;
    }
    free(text);
    check_eq_u64(lines, 5);
    check_eq_u64(packets, 38); /* nothing is lost, nothing counted twice */
    check_eq_u64(bytes, 5928);
}

static const struct row_item items[] = { { 1 }, { 20 }, { 300 } };
static const struct row odd[] = {
    { .name = "b", .wire_len = 100 },
    { .name = "b", .wire_len = 50, .flags = 8 }, /* a flag without a name is none */
    { .name = "a\tb\"\\\x1b", .wire_len = 7, .flags = 3, .took = -5 },
    { .name = "", .wire_len = 1, .kind = 2, .list = { items, 3 } },
    { .wire_len = 2, .kind = 9, .raw = SAY("\0\1\2\0") },
    { .without = true, .wire_len = 4 },
    { .name = "a\tb\"\\\x1b", .wire_len = 9, .flags = 7, .took = 1 },
};
enum { ODD = sizeof odd / sizeof *odd };

static void test_values(void)
{
    const struct row maybe[] = { { .has = 1, .maybe = 5, .addr = { { 1, 2, 3, 4 }, 4 } },
                                 { .maybe = 6 } };
    check_written(rows_chain(maybe, 2),
                  (struct chains_count_options){ .by = "odd.maybe,odd.addr" },
                  "# exact, 2 keys\n"
                  "packets  bytes  percent  odd.maybe  odd.addr\n"
                  "      1      0     50.0  -          -\n"
                  "      1      0     50.0  5          1.2.3.4\n");
    check_written(rows_chain(odd, ODD), (struct chains_count_options){ .by = "odd.name" },
                  "# exact, 4 keys\n"
                  "packets  bytes  percent  odd.name\n"
                  "      2      6     28.6  -\n"
                  "      2     16     28.6  a\\tb\"\\\\\\x1b\n"
                  "      2    150     28.6  b\n"
                  "      1      1     14.3  \"\"\n");
    check_written(
        rows_chain(odd, ODD),
        (struct chains_count_options){
            .by = "odd.flags odd.kind odd.list.number odd.raw odd.hex odd.took", .json = true },
        "{\"packets\":2,\"bytes\":150,\"percent\":28.6,\"exact\":true,\"error\":0,"
        "\"odd.flags\":null,\"odd.kind\":0,\"odd.list.number\":null,\"odd.raw\":\"\","
        "\"odd.hex\":\"\",\"odd.took\":0}\n"
        "{\"packets\":1,\"bytes\":4,\"percent\":14.3,\"exact\":true,\"error\":0,"
        "\"odd.flags\":null,\"odd.kind\":null,\"odd.list.number\":null,"
        "\"odd.raw\":null,\"odd.hex\":null,\"odd.took\":null}\n"
        "{\"packets\":1,\"bytes\":2,\"percent\":14.3,\"exact\":true,\"error\":0,"
        "\"odd.flags\":null,\"odd.kind\":9,\"odd.list.number\":null,"
        "\"odd.raw\":\"\\u0000\\u0001\\u0002\\u0000\",\"odd.hex\":\"00010200\","
        "\"odd.took\":0}\n"
        "{\"packets\":1,\"bytes\":1,\"percent\":14.3,\"exact\":true,\"error\":0,"
        "\"odd.flags\":null,\"odd.kind\":\"two\",\"odd.list.number\":[1,20,300],"
        "\"odd.raw\":\"\",\"odd.hex\":\"\",\"odd.took\":0}\n"
        "{\"packets\":1,\"bytes\":7,\"percent\":14.3,\"exact\":true,\"error\":0,"
        "\"odd.flags\":[\"syn\",\"a,ck\"],\"odd.kind\":0,\"odd.list.number\":null,"
        "\"odd.raw\":\"\",\"odd.hex\":\"\",\"odd.took\":-0.000000005}\n"
        "{\"packets\":1,\"bytes\":9,\"percent\":14.3,\"exact\":true,\"error\":0,"
        "\"odd.flags\":[\"syn\",\"a,ck\",\"fin\"],\"odd.kind\":0,"
        "\"odd.list.number\":null,\"odd.raw\":\"\",\"odd.hex\":\"\","
        "\"odd.took\":0.000000001}\n");
}

/* Keys of the same count stand in the order of their values, not of their digits. */
static void test_order(void)
{
    static const struct row table[] = {
        { .number = 100, .took = 5 },
        { .number = 9, .took = -5 },
        { .number = UINT64_MAX, .took = INT64_MIN },
        { .number = 0, .took = INT64_MAX },
        { .number = 10, .took = 0 },
    };
    check_written(rows_chain(table, 5), (struct chains_count_options){ .by = "odd.number" },
                  "# exact, 5 keys\n"
                  "packets  bytes  percent  odd.number\n"
                  "      1      0     20.0  0\n"
                  "      1      0     20.0  9\n"
                  "      1      0     20.0  10\n"
                  "      1      0     20.0  100\n"
                  "      1      0     20.0  18446744073709551615\n");
    check_written(rows_chain(table, 5), (struct chains_count_options){ .by = "odd.took" },
                  "# exact, 5 keys\n"
                  "packets  bytes  percent  odd.took\n"
                  "      1      0     20.0  -9223372036.854775808\n"
                  "      1      0     20.0  -0.000000005\n"
                  "      1      0     20.0  0\n"
                  "      1      0     20.0  0.000000005\n"
                  "      1      0     20.0  9223372036.854775807\n");
}

/* Text that is longer than a key can be is counted by its beginning, and the cut is counted. */
static void test_long(void)
{
    enum { LONGEST = 253 };
    static char exact[LONGEST + 1], longer[LONGEST + 2], other[LONGEST + 40], want[600];
    static uint8_t zeros[LONGEST];
    memset(exact, 'x', LONGEST);
    memset(longer, 'x', LONGEST + 1);
    memset(other, 'x', LONGEST + 39);
    const struct row table[] = { { .name = exact }, { .name = longer }, { .name = other } };
    struct chains_stats stats;
    char *text = written(rows_chain(table, 3),
                         (struct chains_count_options){ .by = "odd.name" }, &stats);
    snprintf(want, sizeof want,
             "# exact, 1 key\npackets  bytes  percent  odd.name\n"
             "      3      0    100.0  %s\n",
             exact);
    check_eq_text(text, want);
    check_eq_u64(stats.limited, 2);
    free(text);
    text = written(rows_chain(table, 1), (struct chains_count_options){ .by = "odd.name" },
                   &stats);
    check_eq_u64(stats.limited, 0);
    free(text);
    /* Bytes 0 and 1 take two places each. */
    const struct row zero[] = { { .raw = { zeros, LONGEST / 2 } },
                                { .raw = { zeros, LONGEST / 2 + 1 } } };
    text =
        written(rows_chain(zero, 2), (struct chains_count_options){ .by = "odd.hex" }, &stats);
    check_eq_u64(stats.limited, 1);
    const char *line = strrchr(text, ' ');
    check(strspn(line + 1, "0") == 2 * (LONGEST / 2));
    free(text);
}

/* More values than a key has room for. */
static void test_many(void)
{
    enum { ITEMS = 10000, FIT = 255 / 9 };
    static struct row_item many[ITEMS];
    const struct row table[] = { { .list = { many, ITEMS } }, { .list = { many, FIT } } };
    struct chains_stats stats;
    char *text = written(rows_chain(table, 2),
                         (struct chains_count_options){ .by = "odd.list.number" }, &stats);
    check_eq_u64(stats.limited, 1);
    const char *line = strrchr(text, ' ');
    check_eq_u64(strlen(line + 1), 2 * FIT);
    check(strncmp(text, "# exact, 1 key\n", 15) == 0);
    free(text);
}

/* Sixteen columns of hostile text, the most there can be. */
static void test_wide(void)
{
    static char name[300];
    memset(name, '\x1b', sizeof name - 1);
    const struct row table[] = { { .name = name }, { .without = true } };
    struct chains_stats stats;
    char *text = written(rows_chain(table, 2),
                         (struct chains_count_options){
                             .by = "odd.name,odd.raw,odd.hex,odd.number,odd.took,odd.flags,"
                                   "odd.kind,odd.list,odd.list.number,odd,number,timestamp,"
                                   "len,caplen,flags,odd.without" },
                         &stats);
    check(strncmp(text, "# exact, 2 keys\n", 16) == 0);
    bool clean = true;
    for (const char *at = text; *at; at++)
        clean = clean && ((uint8_t)*at >= 0x20 || *at == '\n');
    check(clean);
    check(strlen(text) > 253 * 4);
    free(text);
}

static void test_refused(void)
{
    static const struct {
        struct chains_count_options options;
        const char *why;
    } table[] = {
        { { .by = "" }, "count: by which fields? For example by=packet.src,transport.dport" },
        { { .by = "a b c d e f g h i j k l m n o p q" },
          "count: 17 fields; it counts by at most 16" },
        { { .by = "number", .entries = 16777217 },
          "count: entries=16777217; at most 16777216 can be held" },
        { { .by = "number,odd.name,number" }, "count: number is there twice" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_written(rows_chain(odd, 1), table[i].options, table[i].why);
    struct chains_stats stats;
    char *text =
        written(rows_chain(odd, 1), (struct chains_count_options){ .by = "odd.nmae" }, &stats);
    check(strncmp(text, "count: ", 7) == 0 && strstr(text, "odd.nmae"));
    free(text);
}

/* The memory is there from the beginning and does not grow. */
static void test_memory(void)
{
    enum { MANY = 3000 };
    static struct row table[MANY];
    struct chains_stats few, many;
    for (uint32_t i = 0; i < MANY; i++)
        table[i].number = i;
    free(written(rows_chain(table, 1),
                 (struct chains_count_options){ .by = "odd.number", .entries = 1000 }, &few));
    free(written(rows_chain(table, MANY),
                 (struct chains_count_options){ .by = "odd.number", .entries = 1000 }, &many));
    check_eq_u64(few.memory, many.memory);
    check(few.memory > 1000 * 50 && few.memory < 200000 + 128 * 1024);
    check_eq_u64(many.limited, MANY - 1000);
}

static char moved_from[100], moved_to[100];

static void move_and_reopen(chains_component *source)
{
    rename(moved_from, moved_to);
    chains_reopen(source);
}

/* The table so far goes where the file went; a new one begins. */
static void test_reopen(void)
{
    const struct row table[] = { { .name = "a", .wire_len = 1 },
                                 { .name = "a", .wire_len = 2, .before = move_and_reopen },
                                 { .name = "b", .wire_len = 4 } };
    snprintf(moved_from, sizeof moved_from, "%s/table", folder);
    snprintf(moved_to, sizeof moved_to, "%s/table.1", folder);
    check_eq_text(pull_behind(chains_count(.by = "odd.name", .path = moved_from),
                              rows_chain(table, 3), NULL),
                  "");
    check_file(moved_to, "# exact, 1 key\npackets  bytes  percent  odd.name\n"
                         "      2      3    100.0  a\n");
    check_file(moved_from, "# exact, 1 key\npackets  bytes  percent  odd.name\n"
                           "      1      4    100.0  b\n");
    unlink(moved_from);
    unlink(moved_to);
}

int main(int argc, char **argv)
{
    if (argc < 2 || !mkdtemp(folder))
        return 99;
    captures = argv[1];
    test_all();
    test_captures();
    test_sketch();
    test_values();
    test_order();
    test_long();
    test_many();
    test_wide();
    test_refused();
    test_memory();
    test_reopen();
    check(rmdir(folder) == 0);
    return check_done();
}
