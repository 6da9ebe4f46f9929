/* SPDX-License-Identifier: MIT */
/*
 * One line for each HTTP request and response, the client first:
 *
 *     2015-05-30 00:34:45 - 192.168.1.9(LOCAL) --> 12.226.156.82(NXDOMAIN) GET http://host/uri  [user
 * agent]
 *     2015-05-30 00:34:45 - 192.168.1.9(LOCAL) <-- 12.226.156.82(NXDOMAIN) 200 OK text/html 1234
 * bytes (12.3ms) http://host/uri WEIRD: ['two_lengths']
 *
 * All of it is as sent, at any length, but for what may not be shown: that is escaped. Bytes are
 * those of the body that were seen; the span is from the request's end to the response. Records
 * without HTTP pass without a line.
 */
#include "../render/output.h"
#include "../render/plain.h"
#include "../render/words.h"

#include <chains/layer/domains.h>
#include <chains/layer/flow.h>
#include <chains/layer/http.h>

#include "../record/batch.h"

enum { PORT_HTTP = 80 };

struct url_printer {
    struct output output; /* first: the slots of output.h find it there */
    struct text_clock clock;
    struct plain plain;              /* for text of any length */
    const struct chains_name *weird; /* what is odd, by its bits */
    bool color;
};

/* Who asked whom, with the names. */
struct url_ends {
    bool known;
    const struct chains_addr *client, *server;
    const char *client_name, *server_name;
    uint16_t port; /* the server's */
};

static const struct chains_field url_printer_options[] = {
    OUTPUT_OPTIONS(chains_url_printer_options),
    CHAINS_FIELD(chains_url_printer_options, color, BOOL, "colours for a terminal"),
    CHAINS_FIELDS_END,
};

static int url_printer_check(chains_component *self)
{
    if (chains_upstream_types(self) & CHAINS_PRESENT_http)
        return CHAINS_OK;
    return chains_fail(self, CHAINS_EUSAGE, "no layer \"http\" here: put http_meta before it");
}

static int url_printer_open(chains_component *self)
{
    struct url_printer *printer = chains_state(self);
    const struct chains_url_printer_options *options = chains_options(self);
    const struct chains_layer_type *type = chains_layout_of(self)->type[CHAINS_ID_http];
    const struct chains_field *list = chains_field_find(type->fields, "http");
    const struct chains_field *weird = chains_field_find(list ? list->fields : NULL, "weird");
    printer->color = options->color;
    printer->weird = weird ? weird->names : NULL;
    printer->plain.output = &printer->output;
    const struct output_target target = OUTPUT_TARGET(options, .record_end = "\n");
    return output_open(&printer->output, self, &target);
}

static void url_put(struct url_printer *printer, const char *text)
{
    output_text(&printer->output, text, strlen(text));
}

static void url_bytes(struct url_printer *printer, struct chains_bytes bytes)
{
    if (bytes.len > 0)
        plain_text(&printer->plain, (const char *)bytes.at, bytes.len);
}

/*
 * Whether the client is the record's source. A message that was seen to its end is on a packet of
 * its sender; what the other side, or the flow's end, broke off goes by who opened the flow.
 */
static bool url_client_is_source(const struct chains_record *rec,
                                 const struct chains_http_message *message)
{
    const struct chains_stream *stream = chains_get(rec, stream);
    if (chains_get(rec, flow))
        return true;
    if (message->complete || !stream)
        return message->kind == CHAINS_HTTP_REQUEST;
    return stream->side == CHAINS_ORIG;
}

static struct url_ends url_ends(const struct chains_record *rec,
                                const struct chains_http_message *message,
                                struct chains_endpoints *of)
{
    const struct chains_domains *domains = chains_get(rec, domains);
    const char *src = domains ? domains->src : NULL, *dst = domains ? domains->dst : NULL;
    if (!chains_record_endpoints(rec, of))
        return (struct url_ends){ .known = false };
    if (url_client_is_source(rec, message))
        return (struct url_ends){ true, &of->src, &of->dst, src, dst, of->dport };
    return (struct url_ends){ true, &of->dst, &of->src, dst, src, of->sport };
}

/* "2015-05-30 00:34:45 - 192.168.1.9(LOCAL) --> 12.226.156.82" */
static void url_begin(struct url_printer *printer, const struct chains_record *rec,
                      const struct url_ends *ends, bool request)
{
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = text_time(out, &printer->clock, rec->time_ns, 0, ' ');
    out = text_literal(out, " -");
    if (ends->known) {
        *out++ = ' ';
        out = words_end(out, ends->client, ends->client_name, printer->color);
        out = request ? text_literal(out, " --> ") : text_literal(out, " <-- ");
        out = words_end(out, ends->server, ends->server_name, printer->color);
    }
    *out++ = ' ';
    output_put(&printer->output, out);
}

/* Where no Host says it: "192.0.2.1", "[2001:db8::1]:8080" */
static void url_address(struct url_printer *printer, const struct url_ends *ends)
{
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    if (ends->known && ends->port != PORT_HTTP) {
        out = words_end_port(out, ends->server, NULL, false, ends->port);
    } else if (ends->known) {
        bool brackets = ends->server->family == 6;
        out = brackets ? text_literal(out, "[") : out;
        out = words_addr(out, ends->server);
        out = brackets ? text_literal(out, "]") : out;
    }
    output_put(&printer->output, out);
}

/* What a target that is no path is: whole already, "https://..." or CONNECT's "host:port". */
static bool url_is_whole(struct chains_bytes method, struct chains_bytes uri)
{
    if (uri.len == 0 || uri.at[0] == '/')
        return false;
    return memmem(uri.at, uri.len, "://", 3) ||
           (method.len == 7 && memcmp(method.at, "CONNECT", 7) == 0);
}

static void url_url(struct url_printer *printer, const struct url_ends *ends,
                    const struct chains_http_asked *asked)
{
    if (!url_is_whole(asked->method, asked->uri)) {
        url_put(printer, "http://");
        if (asked->host.len > 0)
            url_bytes(printer, asked->host);
        else
            url_address(printer, ends);
        if (asked->uri.len > 0 && asked->uri.at[0] != '/')
            url_put(printer, " "); /* "*", or what is no target at all */
    }
    url_bytes(printer, asked->uri);
}

static void url_request(struct url_printer *printer, const struct url_ends *ends,
                        const struct chains_http_message *message)
{
    const struct chains_http_asked asked = { message->method, message->host, message->uri };
    if (message->method.len > 0) {
        url_bytes(printer, message->method);
        url_put(printer, " ");
    }
    url_url(printer, ends, &asked);
    if (message->user_agent.len == 0)
        return;
    url_put(printer, "  [");
    url_bytes(printer, message->user_agent);
    url_put(printer, "]");
}

/* A content type without its parameters: "text/html" of "text/html; charset=utf-8". */
static struct chains_bytes url_type(struct chains_bytes type)
{
    const uint8_t *end = type.len > 0 ? memchr(type.at, ';', type.len) : NULL;
    if (end)
        type.len = (size_t)(end - type.at);
    return type;
}

static void url_response(struct url_printer *printer, const struct url_ends *ends,
                         const struct chains_http_message *message)
{
    const struct chains_bytes texts[] = { message->reason, url_type(message->content_type) };
    char *out = output_room(&printer->output, OUTPUT_ROOM);
    out = message->has & CHAINS_HTTP_HAS_STATUS ? text_u64(out, message->status)
                                                : text_literal(out, "???");
    output_put(&printer->output, out);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        url_put(printer, texts[i].len > 0 ? " " : "");
        url_bytes(printer, texts[i]);
    }
    out = output_room(&printer->output, OUTPUT_ROOM);
    *out++ = ' ';
    out = text_literal(text_u64(out, message->body_len), " bytes");
    if (message->has & CHAINS_HTTP_HAS_LATENCY)
        out = text_literal(words_span(text_literal(out, " ("), message->latency), ")");
    output_put(&printer->output, out);
    if (!(message->has & CHAINS_HTTP_HAS_REQUEST))
        return;
    url_put(printer, " ");
    url_url(printer, ends, &message->request);
}

/* " WEIRD: ['smuggling', 'two_lengths']" */
static void url_weird(struct url_printer *printer, uint32_t weird)
{
    const char *between = " WEIRD: ['";
    url_put(printer, printer->color ? WORDS_TAG_COLOR : "");
    for (const struct chains_name *name = printer->weird; name && name->name; name++) {
        if (!(weird & name->value))
            continue;
        url_put(printer, between);
        url_put(printer, name->name);
        between = "', '";
    }
    url_put(printer, between[0] == '\'' ? "']" : "");
    url_put(printer, printer->color ? WORDS_NO_COLOR : "");
}

static void url_line(struct url_printer *printer, const struct chains_record *rec,
                     const struct chains_http_message *message)
{
    struct chains_endpoints of;
    struct url_ends ends = url_ends(rec, message, &of);
    bool request = message->kind == CHAINS_HTTP_REQUEST;
    url_begin(printer, rec, &ends, request);
    if (request)
        url_request(printer, &ends, message);
    else
        url_response(printer, &ends, message);
    if (message->weird)
        url_weird(printer, message->weird);
    url_put(printer, "\n");
    output_commit(&printer->output);
}

static int url_printer_many(chains_component *self, struct chains_batch *batch)
{
    struct url_printer *printer = chains_state(self);
    for (size_t i = 0; i < batch->count; i++) {
        const struct chains_http *http = chains_get(batch->live[i], http);
        const struct chains_http_message *messages = http ? http->http.items : NULL;
        for (uint32_t j = 0; http && j < http->http.count; j++)
            url_line(printer, batch->live[i], &messages[j]);
    }
    return output_end(&printer->output);
}

const struct chains_class url_printer_class = {
    .name = "url_printer",
    .brief = "print one line for each HTTP request and response",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct url_printer),
    .options_size = sizeof(struct chains_url_printer_options),
    .options = url_printer_options,
    .check = url_printer_check,
    .open = url_printer_open,
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
