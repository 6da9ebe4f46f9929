/* SPDX-License-Identifier: MIT */
/*
 * Targets of requests. In: a URI as it was sent. Out: its parts, its path decoded once, what is odd
 * about its escapes. What comes out is bytes of anybody: sinks escape them. Nothing is read past the
 * end, and nothing is decoded twice.
 */
#include "http_uri.h"

#include <chains/layer/http.h>

#include <string.h>

static struct chains_bytes from(struct chains_bytes bytes, size_t at)
{
    return chains_behind(bytes, at);
}

/* How many bytes come before the first one of `stops`. */
static size_t span(struct chains_bytes bytes, const char *stops)
{
    size_t n = 0;
    while (n < bytes.len &&
           (chains_byte(bytes, n) == 0 || !strchr(stops, chains_byte(bytes, n))))
        n++;
    return n;
}

static bool is_scheme(uint8_t c)
{
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    return letter || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* Length of "http://", or 0. */
static size_t scheme_length(struct chains_bytes uri)
{
    size_t n = 0;
    while (n < uri.len && is_scheme(chains_byte(uri, n)))
        n++;
    bool is = n && uri.len - n >= 3 && memcmp(chains_behind(uri, n).at, "://", 3) == 0;
    return is ? n + 3 : 0;
}

struct http_uri http_uri_split(struct chains_bytes uri)
{
    struct http_uri parts = { 0 };
    size_t scheme = scheme_length(uri);
    struct chains_bytes rest = uri;
    if (scheme) {
        rest = from(uri, scheme);
        parts.authority = (struct chains_bytes){ rest.at, span(rest, "/?#") };
        rest = from(rest, parts.authority.len);
        for (size_t i = parts.authority.len; i > 0; i--) {
            if (chains_byte(parts.authority, i - 1) != '@')
                continue;
            parts.userinfo = (struct chains_bytes){ parts.authority.at, i - 1 };
            parts.authority = from(parts.authority, i);
            break;
        }
    }
    parts.path = (struct chains_bytes){ rest.at, span(rest, "?#") };
    return parts;
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape at `i` stands for, or -1 where there is none. */
static int escape_at(struct chains_bytes bytes, size_t i)
{
    if (chains_byte(bytes, i) != '%' || bytes.len - i < 3)
        return -1;
    int high = digit(chains_byte(bytes, i + 1)), low = digit(chains_byte(bytes, i + 2));
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

struct chains_bytes http_uri_decode(struct chains_bytes path, struct chains_arena *arena)
{
    struct chains_bytes none = { NULL, 0 };
    size_t first = 0;
    while (first < path.len && escape_at(path, first) < 0)
        first++;
    uint8_t *out = first < path.len ? chains_arena_take(arena, path.len) : NULL;
    if (!out)
        return none;
    size_t n = 0;
    for (size_t i = 0; i < path.len; i++) {
        int byte = escape_at(path, i);
        out[n++] = byte < 0 ? chains_byte(path, i) : (uint8_t)byte;
        i += byte < 0 ? 0 : 2;
    }
    return (struct chains_bytes){ out, n };
}

uint32_t http_uri_weird(struct chains_bytes uri)
{
    uint32_t weird = 0;
    for (size_t i = 0; i < uri.len; i++) {
        if (chains_byte(uri, i) != '%')
            continue;
        int byte = escape_at(uri, i);
        if (byte < 0)
            weird |= CHAINS_HTTP_BAD_ENCODING;
        else if (byte < 0x20)
            weird |= CHAINS_HTTP_ENCODED_CONTROL;
    }
    return weird;
}

/* Copies `n` bytes to the end of what is there, or only counts them. */
static size_t put(uint8_t *out, size_t len, const void *from, size_t n)
{
    if (out && n)
        memcpy(out + len, from, n);
    return len + n;
}

/* How long userinfo is that begins here: up to the last '@' in front of what ends an authority. */
static size_t userinfo_length(struct chains_bytes text)
{
    size_t n = span(text, "/?#\\ \t\r\n<>\"");
    while (n > 0 && chains_byte(text, n - 1) != '@')
        n--;
    return n ? n - 1 : 0;
}

/* What comes behind it is another host, where headers of the same name were joined. */
static bool begins_item(uint8_t c)
{
    return c == ' ' || c == '\t' || c == ',';
}

size_t http_redact(struct chains_bytes text, enum http_text where, uint8_t *out)
{
    static const char instead[] = "[redacted]";
    bool here = where == HTTP_TEXT_AUTHORITY;
    size_t len = 0, at = 0;
    if (!http_may_redact(text))
        return put(out, 0, text.at, text.len);
    while (at < text.len) {
        size_t secret = here ? userinfo_length(from(text, at)) : 0;
        if (secret) {
            len = put(out, len, instead, sizeof instead - 1);
            at += secret;
        }
        bool slashes =
            at >= 1 && chains_byte(text, at) == '/' && chains_byte(text, at - 1) == '/';
        here = slashes || (where == HTTP_TEXT_AUTHORITY && begins_item(chains_byte(text, at)));
        len = put(out, len, chains_behind(text, at++).at, 1);
    }
    return len;
}
