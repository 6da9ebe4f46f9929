/* SPDX-License-Identifier: MIT */
/*
 * One line for each request and response of HTTP, the client first:
 *
 *     2015-05-30 00:34:45 - 192.168.1.9(LOCAL) --> 12.226.156.82(NXDOMAIN) GET http://host/uri  [user
 * agent]
 *     2015-05-30 00:34:45 - 192.168.1.9(LOCAL) <-- 12.226.156.82(NXDOMAIN) 200 OK text/html 1234
 * bytes (12.3ms) http://host/uri WEIRD: ['two_lengths']
 *
 * and for what TLS and QUIC ask and answer (url_tls.c). All of it is as sent, at any length,
 * but for what may not be shown: that is escaped. Bytes are those of the body that were seen;
 * the span is from the request's end to the response. Records without any of these pass without
 * a line.
 */
#include "url_line.h"
#include "url_tls.h"

#include <chains/layer/flow.h>
#include <chains/layer/http.h>
#include <chains/layer/quic.h>
#include <chains/layer/tls.h>

#include "../record/batch.h"
#include "../record/client.h"

struct url_printer {
    struct url_lines lines;          /* first: its output is */
    const struct chains_name *weird; /* what is odd about HTTP, by its bits */
    struct url_tls_names tls;
};

static const struct chains_field url_printer_options[] = {
    OUTPUT_OPTIONS(chains_url_printer_options),
    CHAINS_FIELD(chains_url_printer_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int url_printer_check(chains_component *self)
{
    if (chains_upstream_types(self) & (CHAINS_PRESENT_http | CHAINS_PRESENT_tls))
        return CHAINS_OK;
    return chains_fail(
        self, CHAINS_EUSAGE,
        "no layer \"http\" or \"tls\" here: put http_meta or tls_meta before it");
}

static int url_printer_open(chains_component *self)
{
    struct url_printer *printer = chains_state(self);
    const struct chains_url_printer_options *options = chains_options(self);
    const struct chains_layout *layout = chains_layout_of(self);
    const struct chains_layer_type *type = layout->type[CHAINS_ID_http];
    const struct chains_field *list = type ? chains_field_find(type->fields, "http") : NULL;
    printer->lines.color = options->color;
    printer->lines.plain.output = &printer->lines.output;
    printer->weird = list ? url_names(list->fields, "weird") : NULL;
    url_tls_open(&printer->tls, layout);
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    return output_open(&printer->lines.output, self, &target);
}

/* What a target that is no path is: whole already, "https://..." or CONNECT's "host:port". */
static bool url_is_whole(struct chains_bytes method, struct chains_bytes uri)
{
    if (uri.len == 0 || chains_byte(uri, 0) == '/')
        return false;
    return memmem(uri.at, uri.len, "://", 3) ||
           (method.len == 7 && memcmp(method.at, "CONNECT", 7) == 0);
}

/* Whether HTTP came out of TLS. */
static bool url_is_inner(const struct chains_record *rec)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    const struct chains_flow *flow = chains_get(rec, flow);
    if (stream)
        return stream->marks & CHAINS_STREAM_INNER;
    return flow && flow->service && strcmp(flow->service, "tls") == 0;
}

/* An HTTP message on its way into a line. */
struct url_http {
    struct url_lines *lines;
    struct url_ends ends;
    bool inner; /* https */
};

static void url_url(const struct url_http *http, const struct chains_http_asked *asked)
{
    struct url_lines *lines = http->lines;
    if (!url_is_whole(asked->method, asked->uri)) {
        url_put(lines, http->inner ? "https://" : "http://");
        if (asked->host.len > 0)
            url_bytes(lines, asked->host);
        else
            url_address(lines, &http->ends, http->inner ? URL_PORT_HTTPS : URL_PORT_HTTP);
        if (asked->uri.len > 0 && chains_byte(asked->uri, 0) != '/')
            url_put(lines, " "); /* "*", or what is no target at all */
    }
    url_bytes(lines, asked->uri);
}

static void url_request(const struct url_http *http, const struct chains_http_message *message)
{
    const struct chains_http_asked asked = { message->method, message->host, message->uri };
    struct url_lines *lines = http->lines;
    if (message->method.len > 0) {
        url_bytes(lines, message->method);
        url_put(lines, " ");
    }
    url_url(http, &asked);
    if (message->user_agent.len == 0)
        return;
    url_put(lines, "  [");
    url_bytes(lines, message->user_agent);
    url_put(lines, "]");
}

/* A content type without its parameters: "text/html" of "text/html; charset=utf-8". */
static struct chains_bytes url_type(struct chains_bytes type)
{
    const uint8_t *end = type.len > 0 ? memchr(type.at, ';', type.len) : NULL;
    if (end)
        type.len = (size_t)(end - type.at);
    return type;
}

static void url_response(const struct url_http *http, const struct chains_http_message *message)
{
    const struct chains_bytes texts[] = { message->reason, url_type(message->content_type) };
    struct url_lines *lines = http->lines;
    if (message->has & CHAINS_HTTP_HAS_STATUS)
        url_number(lines, message->status);
    else
        url_put(lines, "???");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        url_put(lines, texts[i].len > 0 ? " " : "");
        url_bytes(lines, texts[i]);
    }
    url_put(lines, " ");
    url_number(lines, message->body_len);
    url_put(lines, " bytes");
    if (message->has & CHAINS_HTTP_HAS_LATENCY)
        url_span(lines, message->latency);
    if (!(message->has & CHAINS_HTTP_HAS_REQUEST))
        return;
    url_put(lines, " ");
    url_url(http, &message->request);
}

static void url_line(struct url_printer *printer, const struct chains_record *rec,
                     const struct chains_http_message *message)
{
    struct chains_endpoints of;
    bool request = message->kind == CHAINS_HTTP_REQUEST;
    bool from_client = request && !message->pushed;
    const struct url_http http = {
        .lines = &printer->lines,
        .ends = url_ends(rec, client_of_http(rec, message).is_source, &of),
        .inner = url_is_inner(rec),
    };
    url_begin(&printer->lines, rec, &http.ends, from_client);
    if (request)
        url_request(&http, message);
    else
        url_response(&http, message);
    url_weird(&printer->lines, printer->weird, message->weird);
    url_end(&printer->lines);
}

static int url_printer_many(chains_component *self, struct chains_batch *batch)
{
    struct url_printer *printer = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_record *rec = batch->live[i];
        const struct chains_http *http = chains_get(rec, http);
        const struct chains_http_message *messages = http ? http->http.items : NULL;
        if (rec->present & (CHAINS_PRESENT_tls | CHAINS_PRESENT_quic))
            url_tls_lines(&printer->lines, &printer->tls, rec);
        for (uint32_t j = 0; http && j < http->http.count; j++)
            url_line(printer, rec, &messages[j]);
    }
    return output_end(&printer->lines.output);
}

const struct chains_class url_printer_class = {
    .name = "url_printer",
    .brief = "print one line for each request and response of HTTP, TLS and QUIC",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct url_printer),
    .options_size = sizeof(struct chains_url_printer_options),
    .options = url_printer_options,
    .check = url_printer_check,
    .memory = output_slot_memory,
    .stats = output_slot_stats,
    .open = url_printer_open,
    .access = output_slot_access,
    .many = url_printer_many,
    .idle = output_slot_idle,
    .reopen = output_slot_reopen,
    .finish = output_slot_finish,
    .close = output_slot_close,
};

chains_component *chains_url_printer_new(const struct chains_url_printer_options *options)
{
    return chains_new(&url_printer_class, options);
}
