/* SPDX-License-Identifier: MIT */
/*
 * Lines of flow_summary: every part there and absent, the bounds of numbers and names, what is not
 * a flow, and a chain without the layer. The layers are the test's own.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/flow.h>

#include "../check.h"

#include <stdlib.h>

enum { MILLISECOND = 1000000 };
#define SECOND INT64_C(1000000000)

static const struct chains_name ends[] = {
    { CHAINS_END_FIN, "fin" },         { CHAINS_END_RST, "rst" },
    { CHAINS_END_IDLE, "idle" },       { CHAINS_END_ACTIVE, "active" },
    { CHAINS_END_EVICTED, "evicted" }, { CHAINS_END_INPUT, "input" },
    { CHAINS_END_REUSED, "reused" },   { 0, NULL },
};
static const struct chains_field flow_fields[] = {
    CHAINS_FIELD(chains_flow, end, NAMED, "why", .names = ends),
    CHAINS_FIELD(chains_flow, flow, UINT, "number"),
    CHAINS_FIELDS_END,
};
static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };
static const struct chains_layer_type flow_type = {
    "flow", "flow", sizeof(struct chains_flow), flow_fields, CHAINS_ID_flow, CHAINS_SLOT_flow
};
static const struct chains_layer_type domains_type = {
    "domains", "domains",         sizeof(struct chains_domains),
    no_fields, CHAINS_ID_domains, CHAINS_SLOT_domains
};
static const struct chains_layer_type *const attaches[] = { &flow_type, &domains_type, NULL };

struct row {
    const char *src, *dst, *src_name, *dst_name;
    struct chains_flow flow;
    const char *want; /* NULL: a packet instead */
};

static const struct row *row_at;
static size_t row_count;

static int rows_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == row_count)
        return CHAINS_END;
    const struct row *row = &row_at[(*at)++];
    struct chains_record *rec = chains_batch_add(out);
    rec->time_ns = 99 * SECOND; /* when it ended: not shown */
    if (!row->want)
        return CHAINS_OK;
    rec->kind = CHAINS_FLOWS;
    struct chains_flow *flow = chains_attach(self, rec, &flow_type);
    *flow = row->flow;
    check(chains_addr_parse(row->src, &flow->src) && chains_addr_parse(row->dst, &flow->dst));
    if (row->src_name || row->dst_name)
        *(struct chains_domains *)chains_attach(self, rec, &domains_type) =
            (struct chains_domains){ .src = row->src_name, .dst = row->dst_name };
    return CHAINS_OK;
}

static const struct chains_class rows_class = {
    .name = "rows",
    .brief = "flows of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_FLOWS,
    .state_size = sizeof(size_t),
    .attaches = attaches,
    .next = rows_next,
};

/* What is printed for rows; to be freed. */
static char *printed(const struct row *rows, size_t count, bool color)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    row_at = rows;
    row_count = count;
    chains_component *sink = chains_flow_summary(.out = out, .color = color);
    chains_link(sink, chains_new(&rows_class, NULL));
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(sink, &stats);
    check_eq_u64(stats.out, count); /* all records go on */
    chains_free(sink);
    fclose(out);
    return text;
}

#define START (1432946085 * SECOND + 7)
#define TIME  "2015-05-30 00:34:45 - "

enum { ALL = CHAINS_FLOW_HAS_PORTS | CHAINS_FLOW_HAS_STATE | CHAINS_FLOW_HAS_RTT };
static const struct row rows[] = {
    { "192.168.1.9",
      "12.226.156.82",
      "LOCAL",
      "www.example.com",
      { .has = ALL,
        .sport = 51234,
        .dport = 80,
        .protocol = 6,
        .end = CHAINS_END_FIN,
        .service = "http",
        .state = "SF",
        .history = "ShADadfF",
        .start = START,
        .duration = 1204 * MILLISECOND,
        .rtt = 12340000,
        .orig = { .packets = 10, .bytes = 1234 },
        .resp = { .packets = 12, .bytes = 56789 } },
      TIME "TCP 192.168.1.9(LOCAL):51234 --> 12.226.156.82(www.example.com):80 SF 1.2s "
           "10/12 pkts 1234/56789 bytes http ShADadfF rtt 12.3ms fin\n" },
    /* trouble; state and history only where they are known */
    { "10.0.0.1",
      "10.0.0.2",
      NULL,
      NULL,
      { .has = ALL,
        .sport = 1,
        .dport = 65535,
        .protocol = 6,
        .end = CHAINS_END_EVICTED,
        .state = "S1",
        .history = "",
        .start = START,
        .duration = 0,
        .rtt = 0,
        .orig = { .packets = 2, .bytes = 3000, .retransmitted = 1 },
        .resp = { .packets = 1, .lost = 1460 } },
      TIME "TCP 10.0.0.1:1 --> 10.0.0.2:65535 S1 0ns 2/1 pkts 3000/0 bytes rtt 0ns "
           "retransmitted 1/0 lost 0/1460 evicted\n" },
    { "10.0.0.1",
      "10.0.0.2",
      NULL,
      NULL,
      { .has = CHAINS_FLOW_HAS_PORTS,
        .sport = 5353,
        .dport = 5353,
        .protocol = 17,
        .end = CHAINS_END_IDLE,
        .state = "SF",
        .history = "Dd",
        .start = START,
        .duration = 850 * 1000 + 999,
        .orig = { .packets = 1, .bytes = 0 } },
      TIME "UDP 10.0.0.1:5353 --> 10.0.0.2:5353 850us 1/0 pkts 0/0 bytes idle\n" },
    { "fe80::1",
      "2001:db8::2",
      NULL,
      "b",
      { .has = CHAINS_FLOW_HAS_PORTS,
        .sport = 0,
        .dport = 53,
        .protocol = 17,
        .end = CHAINS_END_INPUT,
        .service = "dns",
        .start = START,
        .duration = 59 },
      TIME "UDP [fe80::1]:0 --> [2001:db8::2](b):53 59ns 0/0 pkts 0/0 bytes dns input\n" },
    { "10.0.0.1",
      "10.0.0.2",
      NULL,
      NULL,
      { .has = CHAINS_FLOW_HAS_PORTS,
        .sport = 8,
        .dport = 0,
        .protocol = 1,
        .end = CHAINS_END_ACTIVE,
        .start = START,
        .duration = 300 * SECOND },
      TIME "ICMP 10.0.0.1 --> 10.0.0.2 type 8 300s 0/0 pkts 0/0 bytes active\n" },
    { NULL, NULL, NULL, NULL, { .has = 0 }, NULL },
    { "::1",
      "::1",
      NULL,
      NULL,
      { .has = 0,
        .protocol = 58,
        .sport = 128,
        .end = CHAINS_END_RST,
        .start = START,
        .duration = 99 * SECOND + 999 * MILLISECOND },
      TIME "ICMP6 ::1 --> ::1 type 128 99.9s 0/0 pkts 0/0 bytes rst\n" },
    { "10.0.0.1",
      "10.0.0.2",
      NULL,
      NULL,
      { .has = 0,
        .protocol = 99,
        .end = CHAINS_END_REUSED,
        .start = START,
        .duration = -5 * SECOND },
      TIME "PROTOCOL-99 10.0.0.1 --> 10.0.0.2 -5s 0/0 pkts 0/0 bytes reused\n" },
    /* hostile names, the largest numbers, an end nobody knows */
    { "10.0.0.1",
      "10.0.0.2",
      "a\x1b[31m\n",
      "\xff\\",
      { .has = ALL,
        .protocol = 132,
        .sport = 65535,
        .dport = 65535,
        .end = 200,
        .start = START,
        .duration = INT64_MIN,
        .rtt = INT64_MAX,
        .service = "\x07",
        .orig = { .packets = UINT64_MAX,
                  .bytes = UINT64_MAX,
                  .retransmitted = UINT32_MAX,
                  .lost = UINT64_MAX },
        .resp = { .packets = UINT64_MAX,
                  .bytes = UINT64_MAX,
                  .retransmitted = UINT32_MAX,
                  .lost = UINT64_MAX } },
      TIME "SCTP 10.0.0.1(a\\x1b[31m\\x0a):65535 --> 10.0.0.2(\\xff\\x5c):65535 "
           "-9223372036s 18446744073709551615/18446744073709551615 pkts "
           "18446744073709551615/18446744073709551615 bytes \\x07 rtt 9223372036s "
           "retransmitted 4294967295/4294967295 lost "
           "18446744073709551615/18446744073709551615\n" },
};
enum { ROWS = sizeof rows / sizeof *rows };

static void test_lines(void)
{
    char want[8192] = "";
    for (size_t i = 0; i < ROWS; i++) {
        char *one = printed(&rows[i], 1, false);
        check_eq_text(one, rows[i].want ? rows[i].want : "");
        free(one);
        strcat(want, rows[i].want ? rows[i].want : "");
    }
    char *all = printed(rows, ROWS, false);
    check_eq_text(all, want);
    free(all);
}

/* Names of any length are cut, and the line stays one. */
static void test_long_names(void)
{
    static char name[5000];
    memset(name, '\x1b', sizeof name - 1);
    const struct row row = { "2001:db8:1111:2222:3333:4444:5555:6666",
                             "2001:db8:1111:2222:3333:4444:5555:7777",
                             name,
                             name,
                             { .has = CHAINS_FLOW_HAS_PORTS, .service = name },
                             "" };
    char *text = printed(&row, 1, false);
    size_t len = strlen(text);
    check(len > 3 * 255 * 4 && len < 3 * 255 * 4 + 300 && text[len - 1] == '\n');
    check(strchr(text, '\n') == text + len - 1);
    free(text);
}

static void test_color(void)
{
    static const struct row row = {
        "10.0.0.1",
        "10.0.0.2",
        "a",
        NULL,
        { .has = CHAINS_FLOW_HAS_PORTS,
          .sport = 1,
          .dport = 2,
          .protocol = 17,
          .start = START,
          .end = CHAINS_END_IDLE },
        "",
    };
    char *text = printed(&row, 1, true);
    check_eq_text(text, TIME "UDP 10.0.0.1(\033[36ma\033[0m):1 --> 10.0.0.2:2 0ns 0/0 pkts "
                             "0/0 bytes idle\n");
    free(text);
}

static void test_without(void)
{
    chains_component *meta = chains_packet_meta(), *sink = chains_flow_summary(.path = "-");
    chains_link(meta, chains_packet_streamer(.iface_name = "/nonexistent"));
    chains_link(sink, meta);
    check_eq_u64(chains_check(sink), CHAINS_EUSAGE);
    check_eq_text(chains_error(sink),
                  "flow_summary: no layer \"flow\" here: put flows before it");
    chains_free(sink);
}

int main(void)
{
    test_lines();
    test_long_names();
    test_color();
    test_without();
    return check_done();
}
