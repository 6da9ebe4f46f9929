/* SPDX-License-Identifier: MIT */
/*
 * What is shown of a message. In: what one that has ended says, of either version. Out: struct
 * chains_http_message with its text copied into the batch's arena. Secrets do not get that far
 * unless they are asked for: values of headers that carry credentials, and the user part of URIs.
 */
#include "http_message.h"

#include <string.h>

#include "http_start.h"
#include "http_uri.h"

static const char redacted[] = "[redacted]";

/* Whether a name is `word`, in any case; what may not be in a name does not count. */
static bool name_is(struct chains_bytes name, const char *word)
{
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = chains_byte(name, i);
        if (!http_is_token(c))
            continue;
        c = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
        if (c != (uint8_t)*word++)
            return false;
    }
    return *word == 0;
}

bool http_header_is_secret(struct chains_bytes name)
{
    static const char *const secret[] = {
        "", /* a line without a name can be anything */
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "cookie2",
        "set-cookie2",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
    };
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        if (name_is(name, secret[i]))
            return true;
    }
    return false;
}

/* A copy, without what is secret in it unless that is asked for. */
static struct chains_bytes copy_text(struct http_message_list *list, struct chains_bytes text,
                                     enum http_text where)
{
    struct chains_bytes none = { NULL, 0 };
    bool plain = list->credentials || !http_may_redact(text);
    size_t len = plain ? text.len : http_redact(text, where, NULL);
    uint8_t *out = len ? chains_arena_take(list->arena, len) : NULL;
    if (!out) {
        list->limited = list->limited || len > 0;
        return none;
    }
    if (plain)
        memcpy(out, text.at, len);
    else
        http_redact(text, where, out);
    return (struct chains_bytes){ out, len };
}

static struct chains_bytes copy(struct http_message_list *list, struct chains_bytes text)
{
    return copy_text(list, text, HTTP_TEXT);
}

/* Of a target, or a host: what stands in front can be userinfo. */
static struct chains_bytes copy_target(struct http_message_list *list, struct chains_bytes text)
{
    return copy_text(list, text, HTTP_TEXT_AUTHORITY);
}

static struct chains_bytes parser_header(const void *reader, enum http_name name)
{
    return http_parser_header(reader, name);
}

static struct chains_http_header parser_header_at(const void *reader, size_t i)
{
    const struct chains_http_header *headers = http_parser_headers(reader).items;
    return headers[i];
}

struct http_said http_parser_said(const struct http_parser *parser)
{
    struct http_said said = {
        .asks = http_parser_method(parser),
        .headers = http_parser_headers(parser).count,
        .reader = parser,
        .header = parser_header,
        .header_at = parser_header_at,
    };
    http_parser_head(parser, &said.head);
    return said;
}

static struct chains_bytes header_of(const struct http_said *said, enum http_name name)
{
    return said->header(said->reader, name);
}

/* Host, or what the target says: the authority of a URI, all of it for CONNECT. */
static struct chains_bytes host_of(const struct http_said *said)
{
    struct chains_bytes host =
        said->authority.len ? said->authority : header_of(said, HTTP_NAME_HOST);
    if (host.len)
        return host;
    if (said->asks == HTTP_METHOD_CONNECT)
        return said->head.uri;
    return http_uri_split(said->head.uri).authority;
}

static void fill_request(struct http_message_list *list, struct chains_http_message *message,
                         const struct http_said *said)
{
    const struct http_parser_head *head = &said->head;
    message->method = copy(list, head->method);
    message->host = copy_target(list, host_of(said));
    message->uri = copy_target(list, head->uri);
    if (said->asks != HTTP_METHOD_CONNECT)
        message->path = http_uri_decode(http_uri_split(message->uri).path, list->arena);
    message->weird |= http_uri_weird(head->uri);
    message->user_agent = copy(list, header_of(said, HTTP_NAME_USER_AGENT));
    message->referrer = copy(list, header_of(said, HTTP_NAME_REFERER));
}

static void fill_response(struct http_message_list *list, struct chains_http_message *message,
                          const struct http_said *said, const struct http_message_about *about)
{
    const struct http_parser_head *head = &said->head;
    message->status = head->status;
    message->has |= head->status ? CHAINS_HTTP_HAS_STATUS : 0u;
    message->reason = copy(list, head->reason);
    message->server = copy(list, header_of(said, HTTP_NAME_SERVER));
    message->location = copy(list, header_of(said, HTTP_NAME_LOCATION));
    message->interim = about->interim;
    if (about->latency >= 0) {
        message->has |= CHAINS_HTTP_HAS_LATENCY;
        message->latency = about->latency;
    }
    if (!about->asked)
        return;
    message->has |= CHAINS_HTTP_HAS_REQUEST;
    message->request.method = copy(list, about->asked->text.method);
    message->request.host = copy_target(list, about->asked->text.host);
    message->request.uri = copy_target(list, about->asked->text.uri);
}

static void fill_headers(struct http_message_list *list, struct chains_http_message *message,
                         const struct http_said *said)
{
    size_t count = said->headers;
    struct chains_http_header *items =
        count ? chains_arena_take(list->arena, count * sizeof *items) : NULL;
    if (!items) {
        list->limited = list->limited || count > 0;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct chains_http_header header = said->header_at(said->reader, i);
        items[i].name = copy(list, header.name);
        if (!list->credentials && http_header_is_secret(header.name))
            items[i].value =
                (struct chains_bytes){ (const uint8_t *)redacted, sizeof redacted - 1 };
        else
            items[i].value =
                copy_text(list, header.value,
                          name_is(header.name, "host") ? HTTP_TEXT_AUTHORITY : HTTP_TEXT);
    }
    message->headers = (struct chains_list){ items, (uint32_t)count };
}

/* A place for one more message; NULL where the arena has no room. */
static struct chains_http_message *list_grow(struct http_message_list *list)
{
    if (list->count == list->room) {
        uint32_t room = list->room ? 2 * list->room : 1;
        struct chains_http_message *items =
            chains_arena_take(list->arena, room * sizeof *items);
        if (!items)
            return NULL;
        if (list->count)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    return &list->items[list->count++];
}

void http_message_add(struct http_message_list *list, const struct http_said *said,
                      enum chains_http_kind kind, const struct http_message_about *about)
{
    struct chains_http_message *message = list_grow(list);
    const struct http_parser_head *head = &said->head;
    if (!message) {
        list->limited = true;
        return;
    }
    *message = (struct chains_http_message){
        .has = head->has,
        .kind = (uint8_t)kind,
        .complete = about->complete,
        .depth = about->depth,
        .weird = head->weird | about->weird,
        .content_length = head->content_length,
        .body_len = head->body_len,
        .body_gap = head->body_gap,
        .upgraded = about->upgraded,
        .pushed = about->pushed,
        .client = about->client,
        .stream = about->stream,
    };
    if (message->weird & CHAINS_HTTP_TOO_LONG)
        list->limited = true;
    message->version = copy(list, head->version);
    message->content_type = copy(list, header_of(said, HTTP_NAME_CONTENT_TYPE));
    if (head->body_gap)
        message->weird |= CHAINS_HTTP_GAP;
    if (kind == CHAINS_HTTP_REQUEST)
        fill_request(list, message, said);
    else
        fill_response(list, message, said, about);
    if (list->headers)
        fill_headers(list, message, said);
}

/* Text behind a request that waits, as it is shown; only counted where there is none yet. */
static struct chains_bytes keep(struct http_asked *asked, size_t *len, struct chains_bytes text,
                                enum http_text where, bool credentials)
{
    uint8_t *at = asked ? (uint8_t *)(asked + 1) + *len : NULL;
    size_t n = credentials ? text.len : http_redact(text, where, at);
    if (credentials && at && n)
        memcpy(at, text.at, n);
    *len += n;
    return (struct chains_bytes){ at, n };
}

struct http_asked *http_asked_new(struct pool *pool, const struct http_said *said,
                                  bool credentials)
{
    const struct http_parser_head *head = &said->head;
    struct chains_bytes host = host_of(said);
    size_t len = 0, kept = 0;
    keep(NULL, &len, head->method, HTTP_TEXT, credentials);
    keep(NULL, &len, host, HTTP_TEXT_AUTHORITY, credentials);
    keep(NULL, &len, head->uri, HTTP_TEXT_AUTHORITY, credentials);
    struct http_asked *asked = pool_take(pool, sizeof *asked + len);
    if (!asked)
        return NULL;
    *asked = (struct http_asked){ .method = (uint8_t)said->asks, .size = sizeof *asked + len };
    asked->text.method = keep(asked, &kept, head->method, HTTP_TEXT, credentials);
    asked->text.host = keep(asked, &kept, host, HTTP_TEXT_AUTHORITY, credentials);
    asked->text.uri = keep(asked, &kept, head->uri, HTTP_TEXT_AUTHORITY, credentials);
    return asked;
}
