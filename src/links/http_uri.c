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
    return (struct chains_bytes){ bytes.at + at, bytes.len - at };
}

/* How many bytes come before the first one of `stops`. */
static size_t span(struct chains_bytes bytes, const char *stops)
{
    size_t n = 0;
    while (n < bytes.len && (bytes.at[n] == 0 || !strchr(stops, bytes.at[n])))
        n++;
    return n;
}

/* Length of "http://", or 0. */
static size_t scheme_length(struct chains_bytes uri)
{
    size_t n = 0;
    while (n < uri.len && n < 16 && ((uri.at[n] | 0x20) >= 'a' && (uri.at[n] | 0x20) <= 'z'))
        n++;
    bool is = n && uri.len - n >= 3 && memcmp(uri.at + n, "://", 3) == 0;
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
            if (parts.authority.at[i - 1] != '@')
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
    if (bytes.at[i] != '%' || bytes.len - i < 3)
        return -1;
    int high = digit(bytes.at[i + 1]), low = digit(bytes.at[i + 2]);
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
        out[n++] = byte < 0 ? path.at[i] : (uint8_t)byte;
        i += byte < 0 ? 0 : 2;
    }
    return (struct chains_bytes){ out, n };
}

uint32_t http_uri_weird(struct chains_bytes uri)
{
    uint32_t weird = 0;
    for (size_t i = 0; i < uri.len; i++) {
        if (uri.at[i] != '%')
            continue;
        int byte = escape_at(uri, i);
        if (byte < 0)
            weird |= CHAINS_HTTP_BAD_ENCODING;
        else if (byte < 0x20)
            weird |= CHAINS_HTTP_ENCODED_CONTROL;
    }
    return weird;
}

struct chains_bytes http_uri_redact(struct chains_bytes uri, struct chains_arena *arena)
{
    static const char instead[] = "[redacted]";
    const size_t instead_len = sizeof instead - 1;
    struct chains_bytes secret = http_uri_split(uri).userinfo;
    size_t room = uri.len + (secret.len ? instead_len : 0);
    uint8_t *out = room ? chains_arena_take(arena, room) : NULL;
    if (!out)
        return (struct chains_bytes){ NULL, 0 };
    if (!secret.len) {
        memcpy(out, uri.at, uri.len);
        return (struct chains_bytes){ out, uri.len };
    }
    size_t before = (size_t)(secret.at - uri.at), behind = uri.len - before - secret.len;
    memcpy(out, uri.at, before);
    memcpy(out + before, instead, instead_len);
    memcpy(out + before + instead_len, secret.at + secret.len, behind);
    return (struct chains_bytes){ out, before + instead_len + behind };
}
