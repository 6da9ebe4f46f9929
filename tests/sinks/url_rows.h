/* SPDX-License-Identifier: MIT */
#ifndef URL_ROWS_H
#define URL_ROWS_H

/*
 * For tests of url_printer: a source that gives records from a table, with layers of the test's
 * own, and what the sink prints for them.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/domains.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/ip.h>
#include <chains/layer/quic.h>
#include <chains/layer/stream.h>
#include <chains/layer/tcp.h>
#include <chains/layer/tls.h>

#include "../check.h"

#include <stdlib.h>

static const struct chains_name weirds[] = {
    { CHAINS_HTTP_SMUGGLING, "smuggling" },
    { CHAINS_HTTP_TWO_LENGTHS, "two_lengths" },
    { CHAINS_HTTP_UNFINISHED, "unfinished" },
    { 0, NULL },
};
static const struct chains_field message_fields[] = {
    CHAINS_FIELD(chains_http_message, weird, FLAGS, "oddities", .names = weirds),
    CHAINS_FIELDS_END,
};
static const struct chains_field http_fields[] = {
    CHAINS_FIELD_LIST(chains_http, http, chains_http_message, message_fields, "messages"),
    CHAINS_FIELDS_END,
};

static const struct chains_name ciphers[] = { { 0x1301, "TLS_AES_128_GCM_SHA256" },
                                              { 0xc02f, "ECDHE_RSA" },
                                              { 0, NULL } };
static const struct chains_name protocols[] = {
    { 0x0304, "TLS 1.3" },  { 0x0303, "TLS 1.2" }, { 0x0300, "SSL 3.0" },
    { 0xfefd, "DTLS 1.2" }, { 0, NULL },
};
static const struct chains_name alerts[] = {
    { 0, "close_notify" }, { 40, "handshake_failure" }, { 48, "unknown_ca" }, { 0, NULL }
};
static const struct chains_name closes[] = { { 2, "connection_refused" }, { 0, NULL } };
static const struct chains_name starttlses[] = { { CHAINS_STARTTLS_SMTP, "smtp" },
                                                 { 0, NULL } };
static const struct chains_name troubles[] = { { CHAINS_CERTIFICATE_EXPIRED, "expired" },
                                               { CHAINS_CERTIFICATE_NOT_YET, "not_yet" },
                                               { CHAINS_CERTIFICATE_OTHER_NAME, "other_name" },
                                               { 0, NULL } };
static const struct chains_name tls_weirds[] = { { CHAINS_TLS_BAD_NAME, "bad_name" },
                                                 { CHAINS_TLS_UNFINISHED, "unfinished" },
                                                 { 0, NULL } };
static const struct chains_field tls_message_fields[] = {
    CHAINS_FIELD(chains_tls_message, starttls, NAMED, "what was before", .names = starttlses),
    CHAINS_FIELD(chains_tls_message, protocol, NAMED, "the version", .names = protocols),
    CHAINS_FIELD(chains_tls_message, cipher, NAMED, "the chosen one", .names = ciphers),
    CHAINS_FIELD(chains_tls_message, trouble, FLAGS, "trouble", .names = troubles),
    CHAINS_FIELD(chains_tls_message, alert, NAMED, "an alert", .names = alerts),
    CHAINS_FIELD(chains_tls_message, weird, FLAGS, "oddities", .names = tls_weirds),
    CHAINS_FIELDS_END,
};
static const struct chains_field tls_fields[] = {
    CHAINS_FIELD_LIST(chains_tls, tls, chains_tls_message, tls_message_fields, "messages"),
    CHAINS_FIELDS_END,
};
static const struct chains_name quic_weirds[] = { { CHAINS_QUIC_BAD_FRAME, "bad_frame" },
                                                  { 0, NULL } };
static const struct chains_field quic_fields[] = {
    CHAINS_FIELD_AS(chains_quic, "close_name", close, NAMED, "its name", .names = closes),
    CHAINS_FIELD(chains_quic, weird, FLAGS, "oddities", .names = quic_weirds),
    CHAINS_FIELDS_END,
};
static const struct chains_field no_fields[] = { CHAINS_FIELDS_END };

#define TYPE(name_, slot_, layer, fields_)                                                     \
    static const struct chains_layer_type name_##_type = {                                     \
        #slot_, #name_, sizeof(struct layer), fields_, CHAINS_ID_##name_, CHAINS_SLOT_##slot_  \
    }
TYPE(http, http, chains_http, http_fields);
TYPE(tls, tls, chains_tls, tls_fields);
TYPE(quic, quic, chains_quic, quic_fields);
TYPE(ip4, packet, chains_ip, no_fields);
TYPE(tcp, transport, chains_tcp, no_fields);
TYPE(stream, stream, chains_stream, no_fields);
TYPE(flow, flow, chains_flow, no_fields);
TYPE(endpoints, endpoints, chains_endpoints, no_fields);
TYPE(domains, domains, chains_domains, no_fields);
static const struct chains_layer_type *const attaches[] = {
    &http_type,   &tls_type,  &quic_type,      &ip4_type,     &tcp_type,
    &stream_type, &flow_type, &endpoints_type, &domains_type, NULL,
};

#define BYTES(text)                                                                            \
    {                                                                                          \
        (const uint8_t *)(text), sizeof(text) - 1                                              \
    }

enum where { ON_PACKET, ON_EVENT, ON_FLOW, WITHOUT_STREAM, NOWHERE };

/* 10.0.0.1:5000 is the record's source, 10.0.0.2:PORT its destination. */
struct row {
    struct chains_http_message message; /* where there is no other layer, and a line */
    const struct chains_tls_message *tls;
    uint32_t tls_count;
    const struct chains_quic *quic;
    enum where where;
    uint8_t side;        /* of the stream: who opened the flow */
    uint16_t marks;      /* of the stream */
    const char *service; /* of the flow */
    bool named, swapped;
    uint16_t port; /* 0: 80 */
    const char *want;
};

static const struct row *row_at;
static size_t row_count;

static void rows_ends(chains_component *self, struct chains_record *rec, const struct row *row)
{
    struct chains_endpoints ends = { .sport = 5000,
                                     .dport = row->port ? row->port : 80,
                                     .protocol = 6 };
    check(chains_addr_parse("10.0.0.1", row->swapped ? &ends.dst : &ends.src));
    check(chains_addr_parse("10.0.0.2", row->swapped ? &ends.src : &ends.dst));
    if (row->swapped) {
        ends.dport = ends.sport;
        ends.sport = row->port ? row->port : 80;
    }
    if (row->where == ON_EVENT)
        *(struct chains_endpoints *)chains_attach(self, rec, &endpoints_type) = ends;
    if (row->where == ON_FLOW)
        *(struct chains_flow *)chains_attach(self, rec, &flow_type) =
            (struct chains_flow){ .src = ends.src,
                                  .dst = ends.dst,
                                  .sport = ends.sport,
                                  .dport = ends.dport,
                                  .protocol = 6,
                                  .service = row->service };
    if (row->where == ON_PACKET || row->where == WITHOUT_STREAM) {
        *(struct chains_ip *)chains_attach(self, rec, &ip4_type) =
            (struct chains_ip){ .version = 4, .src = ends.src, .dst = ends.dst, .protocol = 6 };
        *(struct chains_tcp *)chains_attach(self, rec, &tcp_type) =
            (struct chains_tcp){ .sport = ends.sport, .dport = ends.dport };
    }
    if (row->where == ON_PACKET || row->where == ON_EVENT)
        *(struct chains_stream *)chains_attach(self, rec, &stream_type) =
            (struct chains_stream){ .side = row->side, .marks = row->marks };
    if (row->named)
        *(struct chains_domains *)chains_attach(self, rec, &domains_type) =
            (struct chains_domains){ .src = row->swapped ? "www.example" : "LOCAL",
                                     .dst = row->swapped ? "LOCAL" : "www.example" };
}

static int rows_next(chains_component *self, struct chains_batch *out)
{
    size_t *at = chains_state(self);
    if (*at == row_count)
        return CHAINS_END;
    const struct row *row = &row_at[(*at)++];
    struct chains_record *rec = chains_batch_add(out);
    rec->time_ns = INT64_C(1432946085000000000);
    rows_ends(self, rec, row);
    if (row->tls)
        *(struct chains_tls *)chains_attach(self, rec, &tls_type) =
            (struct chains_tls){ { row->tls, row->tls_count } };
    if (row->quic)
        *(struct chains_quic *)chains_attach(self, rec, &quic_type) = *row->quic;
    if (row->want && !row->tls && !row->quic)
        *(struct chains_http *)chains_attach(self, rec, &http_type) =
            (struct chains_http){ { &row->message, 1 } };
    return CHAINS_OK;
}

static const struct chains_class rows_class = {
    .name = "rows",
    .brief = "messages of a table",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_STREAMS | CHAINS_EVENTS | CHAINS_FLOWS,
    .state_size = sizeof(size_t),
    .attaches = attaches,
    .next = rows_next,
};

/* What is printed for rows; to be freed. */
static inline char *printed(const struct row *rows, size_t count, bool color)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    row_at = rows;
    row_count = count;
    chains_component *sink = chains_url_printer(.out = out, .color = color);
    chains_link(sink, chains_new(&rows_class, NULL));
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(sink, &stats);
    check_eq_u64(stats.out, count);
    chains_free(sink);
    fclose(out);
    return text;
}

#define ASKS     "2015-05-30 00:34:45 - 10.0.0.1 --> 10.0.0.2 "
#define ANSWERS  "2015-05-30 00:34:45 - 10.0.0.1 <-- 10.0.0.2 "
#define REQUEST  .kind = CHAINS_HTTP_REQUEST, .complete = 1
#define RESPONSE .kind = CHAINS_HTTP_RESPONSE, .complete = 1, .has = CHAINS_HTTP_HAS_STATUS

static inline void check_rows(const struct row *rows, size_t count)
{
    char want[16384] = "";
    for (size_t i = 0; i < count; i++) {
        char *one = printed(&rows[i], 1, false);
        check_eq_text(one, rows[i].want ? rows[i].want : "");
        free(one);
        strcat(want, rows[i].want ? rows[i].want : "");
    }
    char *all = printed(rows, count, false);
    check_eq_text(all, want);
    free(all);
}

#endif
