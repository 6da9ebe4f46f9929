/* SPDX-License-Identifier: MIT */
/*
 * test_flow_attacks SOURCE: the captures of attacks on readers of TCP that lie beside the project,
 * in ../shared/captures/derived (atk-tcp-*); skipped where they do not. For each of them the
 * bytes that come out, what every packet meant, and the record of the flow.
 */
#include <chains/chain.h>
#include <chains/components.h>
#include <chains/layer/flow.h>

#include "../check.h"

#include <stdlib.h>
#include <unistd.h>

#define REQUEST "GET /a HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: ua\r\n\r\n"
#define NOTHING "0 0 0 0 0 0 0"

#define SEVEN   " x*7 -"
#define SEVEN_8 SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN

enum { MOST = 1 << 20 };

struct attack {
    const char *name;
    const char *payload; /* of the originator; NULL: `repeated` times 'x' */
    size_t repeated;
    const char *packets; /* what each one meant, as below; *N: so many in a row */
    const char *state, *history;
    const char *counts; /* of both sides: stream, lost, overlapping, gaps, retransmitted, ... */
    unsigned opener, end;
};

/* o opens, c closes, r resets, m midstream, g gap, w waits, t retransmit, v overlap, l limited, x
 * refused; = an event; - nothing of these. */
static const char letters[] = "ocrmgwtvlx";

static const struct attack attacks[] = {
    { .name = "atk-tcp-bytes", /* one byte a segment */
      .payload = REQUEST,
      .packets = "o*2 -*60 c*2",
      .state = "SF",
      .history = "ShADFf",
      .counts = "59 0 0 0 0 0 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_FIN },
    { .name = "atk-tcp-wrap", /* the numbers wrap in the request */
      .payload = REQUEST,
      .packets = "o*2 -*3 c*2",
      .state = "SF",
      .history = "ShADFf",
      .counts = "59 0 0 0 0 0 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_FIN },
    { .name = "atk-tcp-ooo", /* backwards */
      .payload = REQUEST,
      .packets = "o*2 - w*11 -",
      .state = "S1",
      .history = "ShAD",
      .counts = "59 0 0 0 0 11 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_INPUT },
    { .name = "atk-tcp-rexmit", /* 500 times the same */
      .payload = REQUEST,
      .packets = "o*2 -*2 t*499",
      .state = "S1",
      .history = "ShADTTT",
      .counts = "59 0 0 0 499 0 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_INPUT },
    /*
     * "GET /bad"; then "GET /good HTTP/1.1..." at the same number: its first 8 bytes are old, and it
     * has new ones; then "/evil", nothing but old bytes, which differ from what has gone out.
     */
    { .name = "atk-tcp-overlap",
      .payload = "GET /badd HTTP/1.1\r\nHost: h\r\n\r\n",
      .packets = "o*2 -*2 tv t",
      .state = "S1",
      .history = "ShADT",
      .counts = "31 0 8 0 2 0 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_INPUT },
    /* 300 segments behind a hole: those in the window wait, what is beyond it no host would take. */
    { .name = "atk-tcp-window-hole",
      .repeated = 46 * 1400,
      .packets = "o*2 - w*46 x*254 =g",
      .state = "S1",
      .history = "ShADG",
      .counts = "64400 2000 0 1 0 46 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_INPUT },
    { .name = "atk-tcp-farseq", /* all over the sequence numbers */
      .repeated = 1,
      .packets = "o*2 -*2 x*15",
      .state = "S1",
      .history = "ShAD",
      .counts = "1 0 0 0 0 0 0, " NOTHING,
      .opener = CHAINS_OPENER_SYN,
      .end = CHAINS_END_INPUT },
    /* NULL, FIN, SYN, SYN+FIN, RST, SYN+RST, XMAS ...: of the data only that of the SYN counts. */
    { .name = "atk-tcp-nodata-flags",
      .payload = REQUEST,
      .packets = "x*2 o x*6",
      .state = "S0",
      .history = "DFSQRI",
      .counts = "59 0 0 0 0 0 0, " NOTHING,
      .opener = CHAINS_OPENER_PORT,
      .end = CHAINS_END_INPUT },
    /* Every length of the header: one of less than 20 bytes is none. */
    { .name = "atk-tcp-off",
      .repeated = 10,
      .packets = "x*5 om t*2 -*15",
      .state = "OTH",
      .history = "DTA",
      .counts = "10 0 0 0 2 0 0, " NOTHING,
      .opener = CHAINS_OPENER_PORT,
      .end = CHAINS_END_INPUT },
    /* Every flag byte, with the number of the SYN: it is repeated, and the rest is refused. */
    { .name = "atk-tcp-flags-256",
      .packets =
          "x*2 o" SEVEN_8 SEVEN_8 SEVEN_8 SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN SEVEN " x*5",
      .state = "S0",
      .history = "FSQRIA",
      .counts = NOTHING ", " NOTHING,
      .opener = CHAINS_OPENER_PORT,
      .end = CHAINS_END_INPUT },
};

static uint8_t got[2][MOST];
static uint64_t got_len[2];
static char packets[4096], last_packet[32];
static unsigned in_a_row;
static struct chains_flow record;
static char state[8], history[CHAINS_FLOW_HISTORY];
static unsigned records;

/* Ends a row of the same packets in the text. */
static void packets_end(void)
{
    size_t at = strlen(packets);
    if (!in_a_row)
        return;
    at +=
        (size_t)snprintf(packets + at, sizeof packets - at, "%s%s", at ? " " : "", last_packet);
    if (in_a_row > 1 && at < sizeof packets)
        snprintf(packets + at, sizeof packets - at, "*%u", in_a_row);
    in_a_row = 0;
}

static void packets_add(const struct chains_record *rec, const struct chains_stream *stream)
{
    char packet[32];
    size_t at = 0;
    if (rec->kind == CHAINS_EVENTS)
        packet[at++] = '=';
    for (unsigned i = 0; letters[i]; i++)
        if (stream->marks >> i & 1)
            packet[at++] = letters[i];
    if (!at)
        packet[at++] = '-';
    packet[at] = '\0';
    if (strcmp(packet, last_packet) != 0)
        packets_end();
    snprintf(last_packet, sizeof last_packet, "%s", packet);
    in_a_row++;
    check_eq_u64(stream->len, rec->rest.len);
    check_eq_u64(stream->offset, got_len[stream->side] + stream->gap);
    for (size_t i = 0; i < rec->rest.len && got_len[stream->side] < MOST; i++)
        got[stream->side][got_len[stream->side]++] = rec->rest.at[i];
}

static void note(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    if (stream)
        packets_add(rec, stream);
    if (!flow)
        return;
    record = *flow;
    records++;
    snprintf(state, sizeof state, "%s", flow->state);
    snprintf(history, sizeof history, "%s", flow->history);
}

static void run(const char *path)
{
    chains_component *source = chains_packet_streamer(.iface_name = path);
    chains_component *meta = chains_packet_meta(), *last = chains_flows();
    chains_link(meta, source);
    chains_link(last, meta);
    const struct chains_record *rec;
    memset(got_len, 0, sizeof got_len);
    packets[0] = last_packet[0] = '\0';
    in_a_row = records = 0;
    while ((rec = chains_next(last)))
        note(rec);
    packets_end();
    if (!check(chains_error_code(last) == CHAINS_OK))
        printf("# %s\n", chains_error(last));
    chains_free(last);
}

static void counts_text(char *text, size_t room)
{
    const struct chains_flow_side *sides[2] = { &record.orig, &record.resp };
    size_t at = 0;
    for (int i = 0; i < 2; i++)
        at += (size_t)snprintf(text + at, room - at,
                               "%s%" PRIu64 " %" PRIu64 " %" PRIu64 " %u %u %u %u",
                               i ? ", " : "", sides[i]->stream_bytes, sides[i]->lost,
                               sides[i]->overlapping, sides[i]->gaps, sides[i]->retransmitted,
                               sides[i]->out_of_order, sides[i]->zero_windows);
}

static void test_attack(const char *folder, const struct attack *attack)
{
    char path[4096], counts[256];
    snprintf(path, sizeof path, "%s/%s.pcap", folder, attack->name);
    printf("# %s\n", attack->name);
    run(path);
    check_eq_text(packets, attack->packets);
    if (attack->payload) {
        check_eq_bytes(got[0], got_len[0], attack->payload, strlen(attack->payload));
    } else {
        size_t same = 0;
        while (same < got_len[0] && got[0][same] == 'x')
            same++;
        check_eq_u64(got_len[0], attack->repeated);
        check_eq_u64(same, attack->repeated);
    }
    check_eq_u64(got_len[1], 0);
    check_eq_u64(records, 1);
    check_eq_text(state, attack->state);
    check_eq_text(history, attack->history);
    counts_text(counts, sizeof counts);
    check_eq_text(counts, attack->counts);
    check_eq_u64(record.opener, attack->opener);
    check_eq_u64(record.end, attack->end);
}

int main(int argc, char **argv)
{
    char folder[3072];
    snprintf(folder, sizeof folder, "%s/../shared/captures/derived", argc > 1 ? argv[1] : ".");
    if (access(folder, R_OK) != 0) {
        printf("1..0 # SKIP the captures are not there\n");
        return 0;
    }
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++)
        test_attack(folder, &attacks[i]);
    return check_done();
}
