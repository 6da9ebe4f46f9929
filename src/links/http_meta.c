/* SPDX-License-Identifier: MIT */
/*
 * HTTP/1 and HTTP/2 of any port. In: packets with the layer "stream", events behind a hole, flow
 * records. Out: the same, with the layer "http" on those that end messages: requests and responses
 * over TCP, each with the other, and single datagrams. A flow whose first bytes are not HTTP costs
 * one look. What is under way when a flow ends is given out as unfinished, on the packet or the
 * record that ends it.
 */
#include "http_meta.h"

#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/stream.h>
#include <chains/layer/udp.h>

#include "../record/batch.h"
#include "flow_slots.h"
#include "http_flow.h"
#include "http_message.h"
#include "http_parser.h"
#include "http_start.h"

enum {
    HEADER_KIB = 64,
    HEADER_KIB_MOST = 1024,
    TRANSACTIONS = 256,
    TRANSACTIONS_MOST = 65536,
    PORT_SSDP = 1900, /* HTTP over UDP by design: UPnP's search */
};

struct http_meta {
    struct http_library *library;
    uint32_t transactions;
    size_t header_most;
};

static const struct chains_name kind_names[] = {
    { CHAINS_HTTP_REQUEST, "request" },
    { CHAINS_HTTP_RESPONSE, "response" },
    { 0, NULL },
};

static const struct chains_name weird_names[] = {
    { CHAINS_HTTP_SMUGGLING, "smuggling" },
    { CHAINS_HTTP_TWO_LENGTHS, "two_lengths" },
    { CHAINS_HTTP_LENGTH_AND_CHUNKED, "length_and_chunked" },
    { CHAINS_HTTP_BAD_LENGTH, "bad_length" },
    { CHAINS_HTTP_BAD_CHUNK, "bad_chunk" },
    { CHAINS_HTTP_BARE_LF, "bare_lf" },
    { CHAINS_HTTP_FOLDED, "folded_header" },
    { CHAINS_HTTP_TWO_HOSTS, "two_hosts" },
    { CHAINS_HTTP_NO_HOST, "no_host" },
    { CHAINS_HTTP_HOST_DIFFERS, "host_differs" },
    { CHAINS_HTTP_BAD_HEADER, "bad_header" },
    { CHAINS_HTTP_BAD_REQUEST_LINE, "bad_request_line" },
    { CHAINS_HTTP_BAD_STATUS_LINE, "bad_status_line" },
    { CHAINS_HTTP_BAD_VERSION, "bad_version" },
    { CHAINS_HTTP_NUL, "nul" },
    { CHAINS_HTTP_TOO_LONG, "too_long" },
    { CHAINS_HTTP_NO_REQUEST, "no_request" },
    { CHAINS_HTTP_OVER_UDP, "over_udp" },
    { CHAINS_HTTP_GAP, "gap" },
    { CHAINS_HTTP_UNFINISHED, "unfinished" },
    { CHAINS_HTTP_ENCODED_CONTROL, "encoded_control" },
    { CHAINS_HTTP_BAD_ENCODING, "bad_encoding" },
    { CHAINS_HTTP_HOP_HEADER, "connection_header" },
    { CHAINS_HTTP_UPPERCASE, "uppercase_name" },
    { CHAINS_HTTP_NO_PSEUDO, "missing_pseudo" },
    { CHAINS_HTTP_BAD_PSEUDO, "bad_pseudo" },
    { CHAINS_HTTP_HPACK_LOST, "hpack_lost" },
    { CHAINS_HTTP_BAD_FRAME, "bad_frame" },
    { CHAINS_HTTP_CONTINUATIONS, "continuation_flood" },
    { CHAINS_HTTP_LENGTH_DIFFERS, "length_mismatch" },
    { CHAINS_HTTP_RESET, "reset" },
    { 0, NULL },
};

static const struct chains_field asked_fields[] = {
    CHAINS_FIELD(chains_http_asked, method, RAW, "method of the request", .omit_zero = 1),
    CHAINS_FIELD(chains_http_asked, host, RAW, "host of the request", .omit_zero = 1),
    CHAINS_FIELD(chains_http_asked, uri, RAW, "target of the request, as sent", .omit_zero = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_field header_fields[] = {
    CHAINS_FIELD(chains_http_header, name, RAW, "name of the header"),
    CHAINS_FIELD(chains_http_header, value, RAW,
                 "its value; \"[redacted]\" where it carries credentials"),
    CHAINS_FIELDS_END,
};

static const struct chains_field message_fields[] = {
    CHAINS_FIELD(chains_http_message, kind, NAMED, "request or response", .names = kind_names),
    CHAINS_FIELD(chains_http_message, depth, UINT,
                 "which transaction of its connection, from 1", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, stream, UINT, "stream of HTTP/2", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, method, RAW, "method", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, host, RAW,
                 "header Host, or :authority of HTTP/2; without one, the host in the target",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, uri, RAW,
                 "target as sent; its user and password as \"[redacted]\"", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, path, RAW,
                 "path of the target with its escapes decoded, where it has any",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, status, UINT, "status code",
                 .has = CHAINS_HTTP_HAS_STATUS),
    CHAINS_FIELD(chains_http_message, reason, RAW, "words behind the status code",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, version, RAW, "version: \"1.1\", \"2\"", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, user_agent, RAW, "header User-Agent", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, referrer, RAW, "header Referer", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, server, RAW, "header Server", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, location, RAW, "header Location", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, content_type, RAW, "header Content-Type", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, content_length, UINT, "header Content-Length",
                 .has = CHAINS_HTTP_HAS_LENGTH),
    CHAINS_FIELD(chains_http_message, body_len, UINT,
                 "bytes of the body seen, without the sizes of its chunks", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, body_gap, UINT,
                 "bytes of the body that are missing in the capture", .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, complete, BOOL, "whether it was seen to its end"),
    CHAINS_FIELD(chains_http_message, latency, DURATION,
                 "of a response: from the end of the request to its head",
                 .has = CHAINS_HTTP_HAS_LATENCY),
    CHAINS_FIELD(chains_http_message, interim, UINT,
                 "last status code below 200 in front of this response", .omit_zero = 1),
    CHAINS_FIELD(
        chains_http_message, upgraded, BOOL,
        "whether what follows on the connection, or on the stream of HTTP/2, is another "
        "protocol's",
        .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, pushed, BOOL,
                 "whether a request is one that a server has promised to answer, unasked",
                 .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, weird, FLAGS, "oddities", .names = weird_names,
                 .omit_zero = 1),
    CHAINS_FIELD(chains_http_message, request, OBJECT, "what a response answers",
                 .fields = asked_fields, .has = CHAINS_HTTP_HAS_REQUEST),
    CHAINS_FIELD_LIST(chains_http_message, headers, chains_http_header, header_fields,
                      "all headers, where they are asked for"),
    CHAINS_FIELDS_END,
};

static const struct chains_field http_fields[] = {
    CHAINS_FIELD_LIST(chains_http, http, chains_http_message, message_fields,
                      "requests and responses that ended with this record"),
    CHAINS_FIELDS_END,
};

const struct chains_layer_type chains_http_type = {
    .slot = "http",
    .name = "http",
    .size = sizeof(struct chains_http),
    .fields = http_fields,
    .id = CHAINS_ID_http,
    .slot_id = CHAINS_SLOT_http,
};

static const struct chains_layer_type *const http_layers[] = { &chains_http_type, NULL };

static int http_meta_create(chains_component *self)
{
    const struct chains_http_meta_options *options = chains_options(self);
    if (options->header_kib > HEADER_KIB_MOST)
        return chains_fail(chains_about(self, "header_kib", 0), CHAINS_EUSAGE,
                           "header_kib is at most %d", HEADER_KIB_MOST);
    if (options->transactions > TRANSACTIONS_MOST)
        return chains_fail(chains_about(self, "transactions", 0), CHAINS_EUSAGE,
                           "transactions is at most %d", TRANSACTIONS_MOST);
    return CHAINS_OK;
}

static int http_meta_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_stream)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE,
                       "no layer \"stream\" here: put flows before it, with its packets");
}

static int http_meta_open(chains_component *self)
{
    struct http_meta *meta = chains_state(self);
    const struct chains_http_meta_options *options = chains_options(self);
    size_t kib = options->header_kib ? options->header_kib : HEADER_KIB;
    meta->transactions = options->transactions ? options->transactions : TRANSACTIONS;
    meta->header_most = kib * 1024;
    meta->library = http_library_new(meta->header_most);
    if (!meta->library)
        return chains_fail(self, CHAINS_EMEM, "no memory for the HTTP parser");
    return CHAINS_OK;
}

static void http_meta_close(chains_component *self)
{
    struct http_meta *meta = chains_state(self);
    http_library_free(meta->library);
    meta->library = NULL;
}

static int no_memory(chains_component *self)
{
    return chains_fail(self, CHAINS_EMEM, "no memory for an HTTP message");
}

/* A datagram that is a request or a response, as far as it goes. */
static int http_datagram(chains_component *self, struct chains_record *rec,
                         const struct chains_udp *udp, struct http_message_list *out)
{
    struct http_meta *meta = chains_state(self);
    struct chains_bytes bytes = rec->rest;
    enum http_start start = http_start_of_datagram(bytes);
    if (start != HTTP_START_REQUEST && start != HTTP_START_RESPONSE)
        return CHAINS_OK;
    enum chains_http_kind kind =
        start == HTTP_START_REQUEST ? CHAINS_HTTP_REQUEST : CHAINS_HTTP_RESPONSE;
    struct http_parser *parser = http_parser_new(meta->library, flow_slots_pool(rec), kind,
                                                 HTTP_METHOD_OTHER, out->headers);
    enum http_parser_status status = parser ? HTTP_PARSER_HEAD : HTTP_PARSER_MEMORY;
    while (status == HTTP_PARSER_HEAD) {
        size_t taken;
        status = http_parser_take(parser, bytes, &taken);
        bytes = chains_behind(bytes, taken);
    }
    struct http_said said;
    bool good = status != HTTP_PARSER_MEMORY;
    bool whole = status == HTTP_PARSER_WHOLE;
    if (good && status == HTTP_PARSER_MORE)
        whole = http_parser_ends_with_stream(parser);
    if (good && !whole)
        good = http_parser_cut(parser);
    bool ssdp = udp->sport == PORT_SSDP || udp->dport == PORT_SSDP;
    if (good) {
        said = http_parser_said(parser);
        http_message_add(out, &said, kind,
                         &(const struct http_message_about){
                             .complete = whole,
                             .weird = (ssdp ? 0u : CHAINS_HTTP_OVER_UDP) |
                                      (whole ? 0u : CHAINS_HTTP_UNFINISHED),
                             .latency = -1,
                         });
    }
    http_parser_free(parser);
    if (good)
        chains_flow_service(rec, ssdp ? "ssdp" : "http");
    return good ? CHAINS_OK : no_memory(self);
}

/* The state of a record's flow; NULL: it has none, and needs none, or may have none. */
static struct http_flow *flow_of(chains_component *self, struct chains_record *rec,
                                 const struct chains_stream *stream)
{
    struct http_flow *flow = chains_flow_find(self, rec);
    if (rec->rest.len == 0)
        return flow;
    bool joined = stream->marks & (CHAINS_STREAM_GAP | CHAINS_STREAM_MIDSTREAM);
    if (!flow && !joined && http_start_of(rec->rest) == HTTP_START_NONE) {
        chains_flow_done(self, rec);
        return NULL;
    }
    return chains_flow_slot(self, rec, sizeof *flow, http_flow_release);
}

static int http_stream(chains_component *self, struct chains_record *rec,
                       struct http_message_list *out)
{
    struct http_meta *meta = chains_state(self);
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *end = chains_get(rec, flow);
    struct http_flow *flow = stream ? flow_of(self, rec, stream) : chains_flow_find(self, rec);
    if (!flow)
        return CHAINS_OK;
    struct http_flow_run run = {
        .library = meta->library,
        .pool = flow_slots_pool(rec),
        .waiting_most = meta->transactions,
        .out = out,
        .time_ns = rec->time_ns,
        .header_most = meta->header_most,
    };
    enum http_flow_status status = HTTP_FLOW_ON;
    if (stream)
        status = http_flow_take(flow, &run, stream, rec->rest);
    else if (end && !end->interim)
        status = http_flow_end(flow, &run, end->end == CHAINS_END_FIN);
    if (run.limited)
        chains_count_limited(self);
    if (flow->known)
        chains_flow_service(rec, flow->http2 ? "http2" : "http");
    if (http_flow_memory(flow) != flow->charged) {
        flow->charged = http_flow_memory(flow);
        flow_slots_charge(self, rec, flow->charged, http_flow_outside(flow));
    }
    if (status == HTTP_FLOW_DONE)
        chains_flow_done(self, rec);
    return status == HTTP_FLOW_MEMORY ? no_memory(self) : CHAINS_OK;
}

static int http_record(chains_component *self, struct chains_record *rec,
                       struct chains_arena *arena)
{
    const struct chains_http_meta_options *options = chains_options(self);
    const struct chains_stream *stream = chains_get(rec, stream);
    struct http_message_list out = {
        .arena = arena,
        .headers = options->headers,
        .credentials = options->credentials,
    };
    const struct chains_udp *udp = stream ? chains_get(rec, udp) : NULL;
    enum { TELLS = CHAINS_STREAM_GAP | CHAINS_STREAM_CLOSES | CHAINS_STREAM_RESETS };
    bool idle = stream && rec->rest.len == 0 && !(stream->marks & TELLS);
    if (idle || (!stream && !(rec->present & CHAINS_PRESENT_flow)))
        return CHAINS_OK;
    if (!stream)
        chains_flow_service(rec, NULL);
    int status = udp ? http_datagram(self, rec, udp, &out) : http_stream(self, rec, &out);
    if (out.limited)
        chains_count_limited(self);
    if (out.count) {
        struct chains_http *http = chains_attach(self, rec, &chains_http_type);
        http->http = (struct chains_list){ out.items, out.count };
    }
    return status;
}

static int http_meta_many(chains_component *self, struct chains_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        int status = http_record(self, batch->live[i], &batch->arena);
        if (status < 0) {
            batch->count = i;
            return status;
        }
    }
    return CHAINS_OK;
}

static const struct chains_field http_meta_options[] = {
    CHAINS_FIELD(chains_http_meta_options, headers, BOOL,
                 "list all headers; those with credentials without their value"),
    CHAINS_FIELD(chains_http_meta_options, credentials, BOOL,
                 "credentials with their value, in headers and URIs"),
    CHAINS_FIELD(chains_http_meta_options, header_kib, UINT,
                 "longest head of a message, line and headers, in KiB", .preset = "64"),
    CHAINS_FIELD(
        chains_http_meta_options, transactions, UINT,
        "requests of one connection that wait for a response at once, and streams of one of "
        "HTTP/2",
        .preset = "256"),
    CHAINS_FIELDS_END,
};

const struct chains_class http_meta_class = {
    .name = "http_meta",
    .brief = "HTTP/1 and HTTP/2 requests and responses",
    .role = CHAINS_LINK,
    .takes = CHAINS_STREAMS,
    .state_size = sizeof(struct http_meta),
    .options_size = sizeof(struct chains_http_meta_options),
    .options = http_meta_options,
    .attaches = http_layers,
    .create = http_meta_create,
    .check = http_meta_check,
    .open = http_meta_open,
    .many = http_meta_many,
    .close = http_meta_close,
};

chains_component *chains_http_meta_new(const struct chains_http_meta_options *options)
{
    return chains_new(&http_meta_class, options);
}
