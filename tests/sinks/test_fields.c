/* SPDX-License-Identifier: MIT */
/*
 * fields over captures and over records made here: tables to the byte, quotes, hostile names,
 * headers of files that are new, appended to and begun anew, and options that make no sense.
 */
#include "rows.h"

#define SAY(text)                                                                              \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }

static const char *captures;
static char folder[] = "/tmp/chains-fields-XXXXXX";

/* What fields writes behind `upstream`, to be freed; a failure instead, in the same way. */
static char *written(chains_component *upstream, struct chains_fields_options options)
{
    struct chains_stats stats;
    FILE *out = tmpfile();
    options.size = sizeof options;
    options.out = out;
    const char *why = pull_behind(chains_fields_new(&options), upstream, &stats);
    char *text = *why ? strdup(why) : text_of(out);
    check_eq_u64(stats.in, stats.out);
    fclose(out);
    return text;
}

static void check_written(chains_component *upstream, struct chains_fields_options options,
                          const char *want)
{
    char *text = written(upstream, options);
    check_eq_text(text, want);
    free(text);
}

static void test_captures(void)
{
    check_written(
        capture_chain(captures, "demo.pcap", 9),
        (struct chains_fields_options){
            .fields = "number,timestamp,len,packet.type,packet.src,packet.dst,transport.type,"
                      "transport.dport,tags" },
        "number\ttimestamp\tlen\tpacket.type\tpacket.src\tpacket.dst\ttransport.type\t"
        "transport.dport\ttags\n"
        "1\t2024-01-02T03:04:05.000000Z\t286\tIP\t0.0.0.0\t255.255.255."
        "255\tUDP\t67\tbroadcast\n"
        "2\t2024-01-02T03:04:05.001250Z\t286\tIP\t192.168.1.1\t192.168.1.9\tUDP\t68\tinternal\n"
        "3\t2024-01-02T03:04:05.002500Z\t42\tARP\t192.168.1.9\t192.168.1.1\t\t\t"
        "internal,broadcast\n"
        "4\t2024-01-02T03:04:05.003750Z\t42\tARP\t192.168.1.1\t192.168.1.9\t\t\tinternal\n"
        "5\t2024-01-02T03:04:05.005000Z\t70\tIP6\tfe80::5eff:fe10:9\tff02::2\tICMP6\t\t"
        "internal,multicast\n"
        "6\t2024-01-02T03:04:05.006250Z\t110\tIP6\tfe80::5eff:fe10:1\tff02::1\tICMP6\t\t"
        "internal,multicast\n"
        "7\t2024-01-02T03:04:05.007500Z\t86\tIP6\tfe80::5eff:fe10:9\tff02::1:ff10:1\tICMP6\t\t"
        "internal,multicast\n"
        "8\t2024-01-02T03:04:05.008750Z\t86\tIP6\tfe80::5eff:fe10:1\tfe80::5eff:fe10:9\tICMP6"
        "\t\tinternal\n"
        "9\t2024-01-02T03:04:05.010000Z\t75\tIP\t192.168.1.9\t8.8.8.8\tUDP\t53\toutgoing\n");
    check_written(capture_chain(captures, "tunnels.pcap", 7),
                  (struct chains_fields_options){ .fields = "number eth.vlan outer.tunnel,\n"
                                                            " outer.src outer udp tcp",
                                                  .separator = "|",
                                                  .no_header = true },
                  "1\t5\t\t\t\ttrue\t\n"
                  "2\t100|7\t\t\t\ttrue\t\n"
                  "3\t\t\t\t\ttrue\t\n"
                  "4\t\t\t\t\ttrue\t\n"
                  "5\t\tGRE\t192.0.2.1\ttrue\ttrue\t\n"
                  "6\t\tGRE\t192.0.2.1\ttrue\ttrue\t\n"
                  "7\t\tVXLAN\t192.0.2.1\ttrue\ttrue\t\n");
    check_written(capture_chain(captures, "nanoseconds.pcap", 2),
                  (struct chains_fields_options){ .fields = "timestamp,eth.src,packet.ttl" },
                  "timestamp\teth.src\tpacket.ttl\n"
                  "2024-01-02T03:04:05.000000123Z\t02:00:5e:10:00:09\t64\n"
                  "2024-01-02T03:04:05.001250123Z\t02:00:5e:10:00:01\t64\n");
}

static void test_csv(void)
{
    check_written(capture_chain(captures, "transports.pcap", 9),
                  (struct chains_fields_options){ .fields = "transport.type,transport.flags",
                                                  .format = CHAINS_FIELDS_CSV },
                  "transport.type,transport.flags\n"
                  "TCP,\n"
                  "TCP,\"fin,syn,rst,psh,ack,urg,ece,cwr\"\n"
                  "TCP,ack\n"
                  "TCP,rst\n"
                  "SCTP,\n"
                  "IGMP,\n"
                  "ESP,\n"
                  "UDP,\n"
                  "OSPF,\n");
    check_written(capture_chain(captures, "transports.pcap", 2),
                  (struct chains_fields_options){ .fields = "transport.flags,number",
                                                  .format = CHAINS_FIELDS_CSV,
                                                  .separator = "\"" },
                  "transport.flags,number\n"
                  ",1\n"
                  "\"fin\"\"syn\"\"rst\"\"psh\"\"ack\"\"urg\"\"ece\"\"cwr\",2\n");
}

static const struct row_item items[] = { { 1 }, { 20 }, { 300 } };
static const struct row hostile[] = {
    { .name = "plain.example" },
    { .name = "tab\there\nline\\end" },
    { .name = "a,b \"c\"", .raw = SAY("\x1b[2J\0\xff"), .flags = 3 },
    { .name = "", .raw = SAY("\xe2\x80\xae\xc3\xa9"), .list = { items, 3 } },
    { .without = true },
    { .name = "=cmd", .took = -1500000000, .kind = 2, .flags = 8 },
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static void test_hostile(void)
{
    check_written(rows_chain(hostile, HOSTILE),
                  (struct chains_fields_options){
                      .fields = "odd.name odd.raw odd.hex odd.flags odd.list.number odd.kind"
                                " odd.took odd.without odd" },
                  "odd.name\todd.raw\todd.hex\todd.flags\todd.list.number\todd.kind\todd.took\t"
                  "odd.without\todd\n"
                  "plain.example\t\t\t\t\t0\t0\tfalse\ttrue\n"
                  "tab\\there\\nline\\\\end\t\t\t\t\t0\t0\tfalse\ttrue\n"
                  "a,b \"c\"\t\\x1b[2J\\x00\\xff\t1b5b324a00ff\tsyn,a,ck\t\t0\t0\tfalse\ttrue\n"
                  "\t\\xe2\\x80\\xae\xc3\xa9\te280aec3a9\t\t1,20,300\t0\t0\tfalse\ttrue\n"
                  "\t\t\t\t\t\t\t\t\n"
                  "=cmd\t\t\t\t\ttwo\t-1.5\tfalse\ttrue\n");
    check_written(rows_chain(hostile, HOSTILE),
                  (struct chains_fields_options){
                      .fields = "number,odd.name,odd.raw,odd.flags,odd.list.number",
                      .format = CHAINS_FIELDS_CSV,
                      .no_header = true },
                  "1,plain.example,,,\n"
                  "2,tab\\there\\nline\\\\end,,,\n"
                  "3,\"a,b \"\"c\"\"\",\\x1b[2J\\x00\\xff,\"syn,a,ck\",\n"
                  "4,,\\xe2\\x80\\xae\xc3\xa9,,\"1,20,300\"\n"
                  "5,,,,\n"
                  "6,=cmd,,,\n");
}

/* A line that is empty would be passed over by readers of CSV. */
static void test_one_column(void)
{
    check_written(rows_chain(hostile, HOSTILE),
                  (struct chains_fields_options){ .fields = "odd.list.number",
                                                  .format = CHAINS_FIELDS_CSV,
                                                  .separator = "+" },
                  "odd.list.number\n\"\"\n\"\"\n\"\"\n1+20+300\n\"\"\n\"\"\n");
    check_written(
        rows_chain(hostile + 3, 3),
        (struct chains_fields_options){ .fields = "odd.number", .format = CHAINS_FIELDS_CSV },
        "odd.number\n0\n\"\"\n0\n");
    const struct row maybe[] = { { .has = 1, .maybe = 5, .addr = { { 1, 2, 3, 4 }, 4 } },
                                 { .maybe = 6 } };
    check_written(
        rows_chain(maybe, 2),
        (struct chains_fields_options){ .fields = "odd.addr", .format = CHAINS_FIELDS_CSV },
        "odd.addr\n1.2.3.4\n\"\"\n");
    check_written(
        rows_chain(maybe, 2),
        (struct chains_fields_options){ .fields = "odd.maybe", .format = CHAINS_FIELDS_CSV },
        "odd.maybe\n5\n\"\"\n");
    check_written(rows_chain(hostile + 3, 2),
                  (struct chains_fields_options){ .fields = "odd.list.number" },
                  "odd.list.number\n1,20,300\n\n");
}

/* A value larger than the buffer, alone on its line. */
static void test_large(void)
{
    enum { LEAST = 131072 - 20, MOST = 131072 + 20, MANY = 3 };
    static uint8_t bytes[MOST];
    memset(bytes, 'x', sizeof bytes);
    bool good = true;
    for (size_t len = LEAST; len < MOST; len += 3) {
        const struct row row = { .raw = { bytes, len } };
        const struct row table[MANY] = { row, row, row };
        char *text =
            written(rows_chain(table, MANY),
                    (struct chains_fields_options){
                        .fields = "odd.raw", .format = CHAINS_FIELDS_CSV, .no_header = true });
        good = good && strlen(text) == MANY * (len + 1) && !strchr(text, '"');
        for (size_t i = 0; i < MANY && good; i++)
            good = text[i * (len + 1)] == 'x' && text[(i + 1) * (len + 1) - 1] == '\n';
        free(text);
    }
    check(good);
}

static void test_most(void)
{
    static char names[70 * 12 + 1], want[70 * 12 + 70 * 24];
    for (size_t i = 0; i < 64; i++)
        strcat(names, i ? ",packet.src" : "packet.src");
    for (size_t i = 0; i < 64; i++)
        strcat(strcat(want, i ? "\t" : ""), "packet.src");
    strcat(want, "\n");
    for (size_t i = 0; i < 64; i++)
        strcat(strcat(want, i ? "\t" : ""), "0.0.0.0");
    strcat(want, "\n");
    check_written(capture_chain(captures, "demo.pcap", 1),
                  (struct chains_fields_options){ .fields = names }, want);
    strcat(names, ",number");
    check_written(capture_chain(captures, "demo.pcap", 1),
                  (struct chains_fields_options){ .fields = names },
                  "fields: 65 fields; at most 64 have a column");
}

/* What makes no sense is said before anything is opened. */
static void test_refused(void)
{
    static const struct {
        struct chains_fields_options options;
        const char *why;
    } table[] = {
        { { .fields = NULL },
          "fields: which fields? For example fields=packet.src,transport.dport" },
        { { .fields = " , ,, " },
          "fields: which fields? For example fields=packet.src,transport.dport" },
        { { .fields = "number", .format = (enum chains_fields_format)2 },
          "fields: there is no format=2" },
        { { .fields = "number", .separator = "" },
          "fields: separator= takes 1 to 16 bytes without backslashes and control characters" },
        { { .fields = "number", .separator = "\t" },
          "fields: separator= takes 1 to 16 bytes without backslashes and control characters" },
        { { .fields = "number", .separator = "\\" },
          "fields: separator= takes 1 to 16 bytes without backslashes and control characters" },
        { { .fields = "number", .separator = "0123456789abcdefg" },
          "fields: separator= takes 1 to 16 bytes without backslashes and control characters" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_written(rows_chain(hostile, 1), table[i].options, table[i].why);
    check_written(
        rows_chain(hostile, 1),
        (struct chains_fields_options){ .fields = "number", .separator = "0123456789abcdef" },
        "number\n1\n");
}

static void test_unknown(void)
{
    static const struct {
        const char *name, *says; /* a part of the sentence */
    } wrong[] = {
        { "odd.nam", "\"odd.name\"" },
        { "packet.src", "packet_meta" },
        { "odd.name.x", "\"odd.name.x\"" },
        { "packet", "packet_meta" },
        { "number.x", "\"number.x\"" },
        { "ip.src", "packet" },
        { ".", "\".\"" },
    };
    char path[100];
    struct stat stat_;
    snprintf(path, sizeof path, "%s/none", folder);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char names[40];
        snprintf(names, sizeof names, "odd.name,%s", wrong[i].name);
        const char *why = pull_behind(chains_fields(.fields = names, .path = path),
                                      rows_chain(hostile, 1), NULL);
        if (!check_that_(strncmp(why, "fields: ", 8) == 0 && strstr(why, wrong[i].says),
                         "the sentence names the field", __FILE__, __LINE__))
            printf("# %s: %s\n", wrong[i].name, why);
        check(stat(path, &stat_) != 0); /* nothing was opened */
    }
    chains_component *fields = chains_fields(.fields = "odd.name,odd.nmae");
    chains_link(fields, rows_chain(hostile, 1));
    check(chains_check(fields) == CHAINS_EUSAGE);
    chains_free(fields);
    fields = chains_fields(.fields = "odd.name,odd.kind");
    chains_link(fields, rows_chain(hostile, 1));
    check(chains_check(fields) == CHAINS_OK);
    chains_free(fields);
}

/* A header stands at the beginning of a file, and only there. */
static void test_files(void)
{
    char path[100];
    snprintf(path, sizeof path, "%s/out.tsv", folder);
    check_eq_text(pull_behind(chains_fields(.fields = "number", .path = path),
                              rows_chain(hostile, 1), NULL),
                  "");
    check_file(path, "number\n1\n");
    check(strstr(pull_behind(chains_fields(.fields = "number", .path = path),
                             rows_chain(hostile, 1), NULL),
                 path) != NULL);
    check_file(path, "number\n1\n");
    check_eq_text(pull_behind(chains_fields(.fields = "number,odd.name", .path = path,
                                            .exists = CHAINS_EXISTS_APPEND),
                              rows_chain(hostile, 1), NULL),
                  "");
    check_file(path, "number\n1\n1\tplain.example\n");
    check_eq_text(pull_behind(chains_fields(.fields = "odd.name", .path = path,
                                            .exists = CHAINS_EXISTS_REPLACE),
                              rows_chain(hostile, 1), NULL),
                  "");
    check_file(path, "odd.name\nplain.example\n");
    unlink(path);
}

static char moved_from[100], moved_to[100];

static void move_and_reopen(chains_component *source)
{
    rename(moved_from, moved_to);
    chains_reopen(source);
}

static void just_reopen(chains_component *source)
{
    chains_reopen(source);
}

/* A file that was moved away is begun anew with a header; one that stayed goes on without. */
static void test_reopen(void)
{
    const struct row table[] = { { .name = "one" },
                                 { .name = "two", .before = move_and_reopen },
                                 { .name = "three", .before = just_reopen },
                                 { .name = "four" } };
    snprintf(moved_from, sizeof moved_from, "%s/log", folder);
    snprintf(moved_to, sizeof moved_to, "%s/log.1", folder);
    check_eq_text(pull_behind(chains_fields(.fields = "odd.name", .path = moved_from),
                              rows_chain(table, 4), NULL),
                  "");
    check_file(moved_to, "odd.name\none\ntwo\n");
    check_file(moved_from, "odd.name\nthree\nfour\n");
    unlink(moved_from);
    unlink(moved_to);
    char *text =
        written(rows_chain(table, 4), (struct chains_fields_options){ .fields = "odd.name" });
    check_eq_text(text, "odd.name\none\ntwo\nthree\nfour\n");
    free(text);
}

int main(int argc, char **argv)
{
    if (argc < 2 || !mkdtemp(folder))
        return 99;
    captures = argv[1];
    test_captures();
    test_csv();
    test_hostile();
    test_one_column();
    test_large();
    test_most();
    test_refused();
    test_unknown();
    test_files();
    test_reopen();
    check(rmdir(folder) == 0);
    return check_done();
}
