/* SPDX-License-Identifier: MIT */
/*
 * What url_printer says of TLS, DTLS and QUIC: a line when a client asks and one when it has
 * what it asked for; further ones for trouble alone:
 *
 *     192.168.1.9 --> 192.0.2.1 TLS example.org (ech)  [h2,http/1.1] t13d1516h2_8daaf6152771_e5627efa2ab1
 *     192.168.1.9 <-- 192.0.2.1 TLS 1.3 TLS_AES_128_GCM_SHA256 h2 (12.3ms) example.org
 *     192.168.1.9 <-- 192.0.2.1 TLS example.org certificate: expired (CN=example.org, until 2020-01-31)
 *     192.168.1.9 --> 192.0.2.1 TLS example.org alert: unknown_ca
 *     192.168.1.9 <-- 192.0.2.1 TLS example.org failed, without an answer
 *
 * The name is the one asked for, else the address; its port is said where it is not 443.
 */
#include "url_tls.h"

#include "../record/client.h"
#include "../render/words.h"

#include <chains/layer/flow.h>
#include <chains/layer/quic.h>
#include <chains/layer/tls.h>

/* A message on its way into a line. */
struct url_tls {
    struct url_lines *lines;
    const struct url_tls_names *names;
    const struct chains_tls_message *message;
    struct url_ends ends;
};

void url_tls_open(struct url_tls_names *names, const struct chains_layout *layout)
{
    const struct chains_layer_type *tls = layout->type[CHAINS_ID_tls];
    const struct chains_layer_type *quic = layout->type[CHAINS_ID_quic];
    const struct chains_field *list = tls ? chains_field_find(tls->fields, "tls") : NULL;
    const struct chains_field *fields = list ? list->fields : NULL;
    names->cipher = url_names(fields, "cipher");
    names->alert = url_names(fields, "alert");
    names->protocol = url_names(fields, "protocol");
    names->starttls = url_names(fields, "starttls");
    names->trouble = url_names(fields, "trouble");
    names->weird = url_names(fields, "weird");
    names->close = url_names(quic ? quic->fields : NULL, "close_name");
    names->quic_weird = url_names(quic ? quic->fields : NULL, "weird");
}

/* A number by its name, or as hexadecimal digits. */
static void url_named(struct url_lines *lines, const struct chains_name *names, uint32_t number)
{
    const char *name = names ? chains_name_of(names, number) : NULL;
    char digits[2 + 8 + 1] = "0x", *at = digits + 2;
    if (name) {
        url_put(lines, name);
        return;
    }
    for (int shift = number > UINT16_MAX ? 28 : 12; shift >= 0; shift -= 4)
        *at++ = text_hex_digits[number >> shift & 15];
    *at = '\0';
    url_put(lines, digits);
}

/* "TLS 1.3"; by `over` alone where it is not known. */
static void url_protocol(const struct url_tls *tls)
{
    static const char *const over[] = {
        [CHAINS_TLS_OVER_TCP] = "TLS",
        [CHAINS_TLS_OVER_DTLS] = "DTLS",
        [CHAINS_TLS_OVER_QUIC] = "QUIC",
    };
    const struct chains_tls_message *message = tls->message;
    bool agreed = message->has & CHAINS_TLS_HAS_CIPHER && message->over != CHAINS_TLS_OVER_QUIC;
    const char *name = NULL;
    if (agreed && message->has & CHAINS_TLS_HAS_PROTOCOL)
        name = chains_name_of(tls->names->protocol, message->protocol);
    url_put(tls->lines, name ? name : over[message->over]);
}

/* The name of the server, of a hello or of what comes behind it. */
static struct chains_bytes url_name(const struct url_tls *tls)
{
    const struct chains_tls_message *message = tls->message;
    return message->sni.len ? message->sni : message->server_name;
}

/* "example.org", "example.org:8443", "192.0.2.1" */
static void url_authority(const struct url_tls *tls)
{
    if (url_name(tls).len == 0) {
        url_address(tls->lines, &tls->ends, URL_PORT_HTTPS);
        return;
    }
    url_bytes(tls->lines, url_name(tls));
    if (tls->ends.known && tls->ends.port != URL_PORT_HTTPS) {
        url_put(tls->lines, ":");
        url_number(tls->lines, tls->ends.port);
    }
}

/* " example.org" behind what is said of a certificate or an alert, where the name is known. */
static void url_of(const struct url_tls *tls)
{
    if (url_name(tls).len == 0)
        return;
    url_put(tls->lines, " ");
    url_authority(tls);
}

/* " (smtp, ech outer, early data)" */
static void url_notes(const struct url_tls *tls)
{
    static const char *const ech[] = {
        [CHAINS_TLS_ECH_NONE] = NULL,
        [CHAINS_TLS_ECH_OFFERED] = "ech",
        [CHAINS_TLS_ECH_OUTER] = "ech outer",
        [CHAINS_TLS_ECH_ESNI] = "esni",
    };
    const struct chains_tls_message *message = tls->message;
    const char *notes[] = {
        message->starttls ? chains_name_of(tls->names->starttls, message->starttls) : NULL,
        message->ech < sizeof ech / sizeof *ech ? ech[message->ech] : NULL,
        message->resumption & CHAINS_TLS_EARLY_DATA ? "early data" : NULL,
    };
    const char *before = " (";
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        if (!notes[i])
            continue;
        url_put(tls->lines, before);
        url_put(tls->lines, notes[i]);
        before = ", ";
    }
    url_put(tls->lines, before[0] == ',' ? ")" : "");
}

static void url_alpn(const struct url_tls *tls)
{
    const struct chains_list *list = &tls->message->alpn;
    const struct chains_bytes *items = list->items;
    for (uint32_t i = 0; i < list->count; i++) {
        url_put(tls->lines, i > 0 ? "," : "");
        url_bytes(tls->lines, items[i]);
    }
}

/* " t13d1516h2_..." */
static void url_print(const struct url_tls *tls, const char *fingerprint)
{
    if (!fingerprint)
        return;
    url_put(tls->lines, " ");
    url_put(tls->lines, fingerprint);
}

/* "TLS example.org (ech)  [h2,http/1.1] t13d1516h2_..." */
static void url_asks(const struct url_tls *tls)
{
    const struct chains_tls_message *message = tls->message;
    url_protocol(tls);
    url_put(tls->lines, " ");
    url_authority(tls);
    url_notes(tls);
    url_put(tls->lines, message->alpn.count > 0 || message->ja4 ? " " : "");
    if (message->alpn.count > 0) {
        url_put(tls->lines, " [");
        url_alpn(tls);
        url_put(tls->lines, "]");
    }
    url_print(tls, message->ja4);
    url_print(tls, message->ja3);
}

/* "TLS 1.3 TLS_AES_128_GCM_SHA256 h2 resumed (12.3ms) example.org" */
static void url_answers(const struct url_tls *tls)
{
    const struct chains_tls_message *message = tls->message;
    url_protocol(tls);
    if (message->has & CHAINS_TLS_HAS_CIPHER) {
        url_put(tls->lines, " ");
        url_named(tls->lines, tls->names->cipher, message->cipher);
    }
    if (message->has & CHAINS_TLS_HAS_CIPHER && message->alpn.count > 0) {
        url_put(tls->lines, " ");
        url_alpn(tls);
    }
    if (message->has & CHAINS_TLS_HAS_RESUMED && message->resumed)
        url_put(tls->lines, " resumed");
    url_print(tls, message->ja3s);
    if (message->has & CHAINS_TLS_HAS_TOOK)
        url_span(tls->lines, message->took);
    url_put(tls->lines, " ");
    url_authority(tls);
}

static void url_date(struct url_lines *lines, int64_t time_ns)
{
    enum { DATE = 10 }; /* of "2020-01-31 00:00:00" */
    struct text_clock clock = { 0 };
    char text[TEXT_TIME + 1];
    (void)text_time(text, &clock, time_ns, 0, ' ');
    output_text(&lines->output, text, DATE);
}

/* What has escapes of its own, whose backslashes are not doubled. */
static void url_escaped(struct url_lines *lines, struct chains_bytes bytes)
{
    while (bytes.len > 0) {
        const uint8_t *slash = memchr(bytes.at, '\\', bytes.len);
        const size_t len = slash ? (size_t)(slash - bytes.at) : bytes.len;
        const size_t taken = slash ? len + 1 : len;
        url_bytes(lines, (struct chains_bytes){ bytes.at, len });
        url_put(lines, slash ? "\\" : "");
        bytes = chains_behind(bytes, taken);
    }
}

/* " (CN=example.org, until 2020-01-31)" */
static void url_whose(struct url_lines *lines, const struct chains_tls_certificate *one)
{
    const struct chains_bytes *names = one->names.items;
    bool not_yet = one->trouble & CHAINS_CERTIFICATE_NOT_YET;
    bool has_name = one->subject.len > 0 || one->names.count > 0;
    bool has_times = one->has & CHAINS_CERTIFICATE_HAS_TIMES;
    if (!has_name && !has_times)
        return;
    url_put(lines, " (");
    if (one->subject.len > 0)
        url_escaped(lines, one->subject);
    else if (has_name)
        url_bytes(lines, names[0]);
    url_put(lines, has_name && has_times ? ", " : "");
    if (has_times) {
        url_put(lines, not_yet ? "from " : "until ");
        url_date(lines, not_yet ? one->not_before : one->not_after);
    }
    url_put(lines, ")");
}

/* "TLS example.org certificate: expired (CN=example.org, until 2020-01-31)" */
static void url_certificate(const struct url_tls *tls)
{
    const struct chains_tls_message *message = tls->message;
    const struct chains_tls_certificate *chain = message->chain.items, *one = chain;
    for (uint32_t i = 0; i < message->chain.count && !one->trouble; i++)
        one = &chain[i];
    url_protocol(tls);
    url_of(tls);
    url_put(tls->lines, tls->lines->color ? WORDS_TAG_COLOR : "");
    url_put(tls->lines,
            message->from == CHAINS_TLS_FROM_CLIENT ? " client's certificate" : " certificate");
    url_put(tls->lines, message->trouble ? ": " : "");
    if (message->trouble && !url_flags(tls->lines, tls->names->trouble, message->trouble))
        url_put(tls->lines, "unusual");
    url_put(tls->lines, tls->lines->color ? WORDS_NO_COLOR : "");
    if (message->chain.count > 0)
        url_whose(tls->lines, one);
}

/* "TLS example.org alert: unknown_ca", "TLS example.org failed, without an answer" */
static void url_fails(const struct url_tls *tls)
{
    const struct chains_tls_message *message = tls->message;
    url_protocol(tls);
    url_of(tls);
    url_put(tls->lines, tls->lines->color ? WORDS_TAG_COLOR : "");
    if (message->has & CHAINS_TLS_HAS_ALERT) {
        url_put(tls->lines, " alert: ");
        url_named(tls->lines, tls->names->alert, message->alert);
    } else {
        url_put(tls->lines, message->has & CHAINS_TLS_HAS_CIPHER
                                ? " failed"
                                : " failed, without an answer");
    }
    url_put(tls->lines, tls->lines->color ? WORDS_NO_COLOR : "");
}

/*
 * Whether a message has a line of its own: what asks, what is agreed on in the end, trouble,
 * and whatever is odd.
 */
static bool url_tls_is_said(const struct chains_tls_message *message)
{
    enum { CLOSE_NOTIFY = 0, NOT_SEEN = CHAINS_TLS_GAP | CHAINS_TLS_UNFINISHED };
    uint32_t weird = message->weird;
    if (message->kind == CHAINS_TLS_CERTIFICATE)
        weird &= ~(uint32_t)NOT_SEEN; /* nothing is wrong with one that the capture lacks */
    if (weird && message->kind != CHAINS_TLS_FAILED)
        return true;
    switch ((enum chains_tls_kind)message->kind) {
    case CHAINS_TLS_CLIENT_HELLO: /* what answers a HelloRetryRequest asks for the same again */
        return !message->retry;
    case CHAINS_TLS_SERVER_HELLO:
        return false;
    case CHAINS_TLS_CERTIFICATE:
        return message->trouble != 0;
    case CHAINS_TLS_ALERT:
        return message->alert != CLOSE_NOTIFY;
    case CHAINS_TLS_ESTABLISHED:
        return true;
    case CHAINS_TLS_FAILED: /* an alert has had its line */
        return !message->history || !strpbrk(message->history, "Ll");
    }
    return false;
}

static void url_tls_say(const struct url_tls *tls)
{
    switch ((enum chains_tls_kind)tls->message->kind) {
    case CHAINS_TLS_CLIENT_HELLO:
        url_asks(tls);
        break;
    case CHAINS_TLS_SERVER_HELLO:
    case CHAINS_TLS_ESTABLISHED:
        url_answers(tls);
        break;
    case CHAINS_TLS_CERTIFICATE:
        url_certificate(tls);
        break;
    case CHAINS_TLS_ALERT:
    case CHAINS_TLS_FAILED:
        url_fails(tls);
        break;
    }
}

/* Whether the arrow points to the server. */
static bool url_tls_asks(const struct chains_tls_message *message)
{
    switch ((enum chains_tls_kind)message->kind) {
    case CHAINS_TLS_CLIENT_HELLO:
        return true;
    case CHAINS_TLS_CERTIFICATE:
    case CHAINS_TLS_ALERT:
        return message->from == CHAINS_TLS_FROM_CLIENT;
    case CHAINS_TLS_SERVER_HELLO:
    case CHAINS_TLS_ESTABLISHED:
    case CHAINS_TLS_FAILED:
        break;
    }
    return false;
}

static void url_tls_line(struct url_lines *lines, const struct url_tls_names *names,
                         const struct chains_record *rec,
                         const struct chains_tls_message *message)
{
    struct chains_endpoints of;
    const struct url_tls tls = {
        .lines = lines,
        .names = names,
        .message = message,
        .ends = url_ends(rec, client_of_tls(rec, message).is_source, &of),
    };
    url_begin(lines, rec, &tls.ends, url_tls_asks(message));
    url_tls_say(&tls);
    url_weird(lines, names->weird, message->weird);
    url_end(lines);
}

/* "QUIC 192.0.2.1 closed: handshake_failure" */
static void url_quic_close(struct url_lines *lines, const struct url_tls_names *names,
                           const struct chains_record *rec, const struct chains_quic *quic)
{
    enum { ALERTS = 0x100 }; /* errors from here on are an alert of TLS */
    const struct chains_stream *stream = chains_get(rec, stream);
    bool from_client = client_of_flow(rec).is_source;
    struct chains_endpoints of;
    struct url_ends ends = url_ends(rec, from_client, &of);
    url_begin(lines, rec, &ends, stream ? stream->side == CHAINS_ORIG : from_client);
    url_put(lines, "QUIC ");
    url_address(lines, &ends, URL_PORT_HTTPS);
    url_put(lines, lines->color ? WORDS_TAG_COLOR : "");
    url_put(lines, " closed: ");
    if (quic->close >= ALERTS && quic->close < 2 * ALERTS)
        url_named(lines, names->alert, (uint32_t)quic->close - ALERTS);
    else
        url_named(lines, names->close,
                  quic->close > UINT32_MAX ? UINT32_MAX : (uint32_t)quic->close);
    url_put(lines, lines->color ? WORDS_NO_COLOR : "");
    url_weird(lines, names->quic_weird, quic->weird);
    url_end(lines);
}

void url_tls_lines(struct url_lines *lines, const struct url_tls_names *names,
                   const struct chains_record *rec)
{
    const struct chains_tls *tls = chains_get(rec, tls);
    const struct chains_quic *quic = chains_get(rec, quic);
    const struct chains_tls_message *messages = tls ? tls->tls.items : NULL;
    for (uint32_t i = 0; tls && i < tls->tls.count; i++) {
        if (url_tls_is_said(&messages[i]))
            url_tls_line(lines, names, rec, &messages[i]);
    }
    if (!tls && quic && quic->has & CHAINS_QUIC_HAS_CLOSE && quic->close != 0)
        url_quic_close(lines, names, rec, quic);
}
