/* SPDX-License-Identifier: MIT */
/*
 * Heads of HTTP/2. In: names and values, decompressed. Out: copies of them, what is odd about them, and
 * what they say in the form in which HTTP/1 says it. A head keeps no more headers and no more bytes than
 * it may; at what comes beyond it does not even look, since one byte can bring 64 KiB of it.
 */
#include "http2_head.h"

#include <string.h>

#include "http_head.h"
#include "http_start.h"

enum {
    FIELD_COST = 32,  /* of each header besides its bytes (RFC 9113, 6.5.2) */
    FIELDS_KEPT = 32, /* fields and bytes of text that an empty head may hold on to */
    TEXT_KEPT = 4096,
    UNSHOWN_PART = 8, /* of a value that is not shown, this part is paid for */
};

enum pseudo {
    PSEUDO_METHOD = 1 << 0,
    PSEUDO_SCHEME = 1 << 1,
    PSEUDO_AUTHORITY = 1 << 2,
    PSEUDO_PATH = 1 << 3,
    PSEUDO_PROTOCOL = 1 << 4, /* RFC 8441 */
    PSEUDO_STATUS = 1 << 5,
    PSEUDO_OF_REQUEST = PSEUDO_STATUS - 1,
    EMPTY_PATH = 1 << 8,
    CONNECTS = 1 << 9,
};

static bool is(struct chains_bytes text, const char *word)
{
    return text.len == strlen(word) && memcmp(text.at, word, text.len) == 0;
}

static struct chains_bytes text_of(const struct http2_head *head, uint32_t at, uint32_t len)
{
    return (struct chains_bytes){ head->text + at, len };
}

/* Whether what HTTP/1 would end a line at is in a text. */
static bool has_line_end(struct chains_bytes text)
{
    return text.len && (memchr(text.at, '\r', text.len) || memchr(text.at, '\n', text.len));
}

static uint32_t weird_of_name(struct chains_bytes name)
{
    uint32_t weird = name.len ? 0 : CHAINS_HTTP_BAD_HEADER;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = chains_byte(name, i);
        if (c >= 'A' && c <= 'Z')
            weird |= CHAINS_HTTP_UPPERCASE;
        else if (c == 0)
            weird |= CHAINS_HTTP_NUL | CHAINS_HTTP_BAD_HEADER;
        else if (!http_is_token(c))
            weird |= CHAINS_HTTP_BAD_HEADER;
    }
    return weird | (has_line_end(name) ? (uint32_t)CHAINS_HTTP_SMUGGLING : 0u);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static uint32_t weird_of_value(struct chains_bytes value)
{
    uint32_t weird = 0;
    if (value.len == 0)
        return 0;
    if (is_space(chains_byte(value, 0)) || is_space(chains_byte(value, value.len - 1)))
        weird |= CHAINS_HTTP_BAD_HEADER;
    if (memchr(value.at, 0, value.len))
        weird |= CHAINS_HTTP_NUL | CHAINS_HTTP_BAD_HEADER;
    if (has_line_end(value))
        weird |= CHAINS_HTTP_BAD_HEADER | CHAINS_HTTP_SMUGGLING;
    return weird;
}

/* Headers that speak of one connection, of which HTTP/2 has others (RFC 9113, 8.2.2). */
static uint32_t weird_of_connection(struct chains_bytes name, struct chains_bytes value)
{
    if (is(name, "transfer-encoding"))
        return CHAINS_HTTP_HOP_HEADER | CHAINS_HTTP_SMUGGLING;
    bool hop = is(name, "connection") || is(name, "proxy-connection") ||
               is(name, "keep-alive") || is(name, "upgrade") ||
               (is(name, "te") && !is(value, "trailers"));
    return hop ? CHAINS_HTTP_HOP_HEADER : 0;
}

static uint32_t pseudo_of(struct chains_bytes name)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } known[] = {
        { ":method", PSEUDO_METHOD }, { ":scheme", PSEUDO_SCHEME },
        { ":path", PSEUDO_PATH },     { ":authority", PSEUDO_AUTHORITY },
        { ":status", PSEUDO_STATUS }, { ":protocol", PSEUDO_PROTOCOL },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (is(name, known[i].name))
            return known[i].bit;
    }
    return 0;
}

/* What a value of a pseudo header may not have: it would be more than one word of HTTP/1. */
static bool is_word(struct chains_bytes value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (chains_byte(value, i) <= ' ' || chains_byte(value, i) == 0x7f)
            return false;
    }
    return true;
}

static void note_pseudo(struct http2_head *head, struct chains_bytes name,
                        struct chains_bytes value)
{
    uint32_t bit = pseudo_of(name);
    bool good = bit && !head->regular && !(head->pseudo & bit) && is_word(value);
    if (bit == PSEUDO_METHOD && is(value, "CONNECT"))
        head->pseudo |= CONNECTS;
    if (bit == PSEUDO_PATH && value.len == 0)
        head->pseudo |= EMPTY_PATH;
    if (bit == PSEUDO_STATUS && is(value, "101"))
        good = false;
    if (!good)
        head->weird |= CHAINS_HTTP_BAD_PSEUDO;
    head->pseudo |= bit;
}

static bool grow(struct http2_head *head, size_t text)
{
    if (head->count == head->room) {
        uint32_t room = head->room ? 2 * head->room : 16;
        struct http2_field *fields =
            pool_resize(head->pool, head->fields, room * sizeof *fields);
        if (!fields)
            return false;
        head->fields = fields;
        head->room = room;
    }
    if (head->text && head->text_len + text <= head->text_room)
        return true;
    size_t room = 2 * (head->text_len + text) + 512;
    uint8_t *grown = pool_resize(head->pool, head->text, room);
    if (!grown)
        return false;
    head->text = grown;
    head->text_room = (uint32_t)room;
    return true;
}

static uint32_t put(struct http2_head *head, struct chains_bytes text)
{
    uint32_t at = head->text_len;
    if (text.len)
        memcpy(head->text + at, text.at, text.len);
    head->text_len += (uint32_t)text.len;
    return at;
}

/* Whether the value of a header can be seen in a message, or in all headers where they are. */
static bool is_shown(const struct http2_room *room, struct chains_bytes name)
{
    static const char *const shown[] = { "host",   "user-agent", "referer",
                                         "server", "location",   "content-type" };
    if (name.len && chains_byte(name, 0) == ':')
        return true;
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        if (is(name, shown[i]))
            return true;
    }
    return room->headers && (room->credentials || !http_header_is_secret(name));
}

void http2_room_earn(struct http2_room *room, size_t bytes)
{
    bool full = bytes > (HTTP2_CREDIT_MOST - room->credit) / HTTP2_CREDIT_PER_BYTE;
    room->credit = full ? HTTP2_CREDIT_MOST : room->credit + bytes * HTTP2_CREDIT_PER_BYTE;
}

/* Whether there is room for one more header, which takes it. */
static bool take_room(struct http2_head *head, struct http2_room *room,
                      struct chains_bytes name, struct chains_bytes value)
{
    size_t cost = name.len + value.len + FIELD_COST;
    if (cost > room->most - head->list_len || head->count >= HTTP2_HEAD_FIELDS ||
        name.len > room->credit)
        return false;
    room->credit -= name.len;
    size_t price = is_shown(room, name) ? value.len : value.len / UNSHOWN_PART;
    if (price > room->credit)
        return false;
    room->credit -= price;
    head->list_len += cost;
    return true;
}

static void judge(struct http2_head *head, struct chains_bytes name, struct chains_bytes value)
{
    head->weird |= weird_of_value(value);
    if (name.len && chains_byte(name, 0) == ':') {
        note_pseudo(head, name, value);
        return;
    }
    head->regular = true;
    head->weird |= weird_of_name(name) | weird_of_connection(name, value);
}

bool http2_head_add(struct http2_head *head, struct chains_bytes name,
                    struct chains_bytes value, struct http2_room *room)
{
    if (head->lost)
        return true;
    if (!take_room(head, room, name, value)) {
        head->weird |= CHAINS_HTTP_TOO_LONG;
        head->lost = true;
        return true;
    }
    judge(head, name, value);
    if (!grow(head, name.len + value.len))
        return false;
    struct http2_field *field = &head->fields[head->count++];
    *field = (struct http2_field){ .name_len = (uint32_t)name.len,
                                   .value_len = (uint32_t)value.len };
    field->name = put(head, name);
    field->value = put(head, value);
    if (name.len && chains_byte(name, 0) == ':' && head->hidden + 1 == head->count)
        head->hidden++;
    return true;
}

/* The first header of a name, or NULL. */
static const struct http2_field *find(const struct http2_head *head, const char *name,
                                      bool *again)
{
    const struct http2_field *found = NULL;
    size_t len = strlen(name);
    for (uint32_t i = 0; i < head->count; i++) {
        const struct http2_field *field = &head->fields[i];
        if (field->name_len != len || memcmp(head->text + field->name, name, len) != 0)
            continue;
        if (found) {
            *again = true;
            break;
        }
        found = field;
    }
    return found;
}

static struct chains_bytes value_of(const struct http2_head *head, const char *name)
{
    bool again;
    const struct http2_field *field = find(head, name, &again);
    return field ? text_of(head, field->value, field->value_len)
                 : (struct chains_bytes){ NULL, 0 };
}

static enum http_length length_of(const struct http2_head *head, uint64_t *length)
{
    bool again = false;
    const struct http2_field *field = find(head, "content-length", &again);
    *length = 0;
    return field ? http_length_of(text_of(head, field->value, field->value_len), again, length)
                 : HTTP_LENGTH_NONE;
}

bool http2_head_length(const struct http2_head *head, uint64_t *length)
{
    return length_of(head, length) == HTTP_LENGTH_GOOD;
}

/* What is odd about who is asked: by :authority, by host, or by both. */
static uint32_t weird_of_host(const struct http2_head *head)
{
    bool again = false;
    const struct http2_field *field = find(head, "host", &again);
    uint32_t weird = again ? CHAINS_HTTP_TWO_HOSTS : 0;
    if (!field)
        return head->pseudo & PSEUDO_AUTHORITY ? 0 : CHAINS_HTTP_NO_HOST;
    struct chains_bytes host = text_of(head, field->value, field->value_len);
    struct chains_bytes authority = value_of(head, ":authority");
    bool same = host.len == authority.len &&
                (host.len == 0 || memcmp(host.at, authority.at, host.len) == 0);
    return weird | (head->pseudo & PSEUDO_AUTHORITY && !same ? CHAINS_HTTP_HOST_DIFFERS : 0u);
}

static uint32_t weird_of_request(const struct http2_head *head)
{
    uint32_t must = PSEUDO_METHOD | PSEUDO_SCHEME | PSEUDO_PATH;
    if (head->pseudo & CONNECTS && !(head->pseudo & PSEUDO_PROTOCOL))
        must = PSEUDO_METHOD | PSEUDO_AUTHORITY;
    uint32_t weird = weird_of_host(head);
    if ((head->pseudo & must) != must || head->pseudo & EMPTY_PATH)
        weird |= CHAINS_HTTP_NO_PSEUDO;
    return weird | (head->pseudo & PSEUDO_STATUS ? CHAINS_HTTP_BAD_PSEUDO : 0u);
}

static uint32_t weird_of_response(const struct http2_head *head)
{
    uint32_t weird = head->pseudo & PSEUDO_OF_REQUEST ? CHAINS_HTTP_BAD_PSEUDO : 0;
    if (!(head->pseudo & PSEUDO_STATUS))
        return weird | CHAINS_HTTP_NO_PSEUDO;
    return weird | (http2_head_status(head) < 100 ? CHAINS_HTTP_BAD_PSEUDO : 0u);
}

void http2_head_finish(struct http2_head *head, enum chains_http_kind kind)
{
    uint64_t length;
    head->weird |= http_weird_of_length(length_of(head, &length), false);
    if (head->lost)
        return;
    head->weird |=
        kind == CHAINS_HTTP_REQUEST ? weird_of_request(head) : weird_of_response(head);
}

bool http2_head_begins(const struct http2_head *head, enum chains_http_kind kind)
{
    uint32_t own = kind == CHAINS_HTTP_REQUEST ? (uint32_t)PSEUDO_OF_REQUEST : PSEUDO_STATUS;
    return head->pseudo & own;
}

uint32_t http2_head_trailer(const struct http2_head *head)
{
    return head->weird | (head->pseudo ? CHAINS_HTTP_BAD_PSEUDO : 0u);
}

void http2_head_free(struct http2_head *head)
{
    pool_give(head->fields);
    pool_give(head->text);
    *head = (struct http2_head){ .pool = head->pool };
}

void http2_head_reset(struct http2_head *head)
{
    struct http2_head kept = { .pool = head->pool,
                               .fields = head->fields,
                               .text = head->text,
                               .room = head->room,
                               .text_room = head->text_room };
    if (kept.room > FIELDS_KEPT || kept.text_room > TEXT_KEPT)
        http2_head_free(head);
    else
        *head = kept;
}

struct http2_head *http2_head_copy(const struct http2_head *head)
{
    size_t fields = head->count * sizeof *head->fields;
    struct http2_head *copy = pool_take(head->pool, sizeof *copy + fields + head->text_len);
    if (!copy)
        return NULL;
    *copy = *head;
    copy->fields = (struct http2_field *)(copy + 1);
    copy->text = (uint8_t *)(copy + 1) + fields;
    copy->room = head->count;
    copy->text_room = head->text_len;
    if (fields)
        memcpy(copy->fields, head->fields, fields);
    if (head->text_len)
        memcpy(copy->text, head->text, head->text_len);
    return copy;
}

size_t http2_head_memory(const struct http2_head *head)
{
    return head->room * sizeof *head->fields + head->text_room;
}

uint16_t http2_head_status(const struct http2_head *head)
{
    struct chains_bytes text = value_of(head, ":status");
    unsigned status = 0;
    if (text.len != 3)
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = chains_byte(text, i) - (unsigned)'0';
        if (digit > 9)
            return 0;
        status = status * 10 + digit;
    }
    return (uint16_t)status;
}

static struct chains_bytes said_header(const void *reader, enum http_name name)
{
    return value_of(reader, http_name_text(name));
}

static struct chains_http_header said_header_at(const void *reader, size_t i)
{
    const struct http2_head *head = reader;
    const struct http2_field *field = &head->fields[head->hidden + i];
    return (struct chains_http_header){
        .name = text_of(head, field->name, field->name_len),
        .value = text_of(head, field->value, field->value_len),
    };
}

static enum http_method method_of(struct chains_bytes method)
{
    if (is(method, "HEAD"))
        return HTTP_METHOD_HEAD;
    return is(method, "CONNECT") ? HTTP_METHOD_CONNECT : HTTP_METHOD_OTHER;
}

struct http_said http2_head_said(const struct http2_head *head, enum chains_http_kind kind)
{
    static const char version[] = "2";
    struct http_said said = {
        .head = { .version = { (const uint8_t *)version, 1 }, .weird = head->weird },
        .headers = head->count - head->hidden,
        .reader = head,
        .header = said_header,
        .header_at = said_header_at,
    };
    if (http2_head_length(head, &said.head.content_length))
        said.head.has |= CHAINS_HTTP_HAS_LENGTH;
    if (kind == CHAINS_HTTP_RESPONSE) {
        said.head.status = http2_head_status(head);
        return said;
    }
    said.head.method = value_of(head, ":method");
    said.head.uri = value_of(head, ":path");
    said.authority = value_of(head, ":authority");
    said.asks = method_of(said.head.method);
    if (said.asks == HTTP_METHOD_CONNECT && !said.head.uri.len)
        said.head.uri = said.authority; /* as the target in HTTP/1 */
    return said;
}
