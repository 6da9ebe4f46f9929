/* SPDX-License-Identifier: MIT */
/*
 * What is odd about the head of a message. In: its parts, as a parser that takes almost anything has
 * found them. Out: bits of enum chains_http_weird. A strict reader would refuse what has any of them.
 */
#include "http_head.h"

#include <string.h>

#include "http_start.h"

/* Digits and nothing else, below 2^63. */
static bool number_of(struct chains_bytes text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = text.at[i] - (unsigned)'0';
        if (digit > 9 || *number > (INT64_MAX - 9) / 10)
            return false;
        *number = *number * 10 + digit;
    }
    return text.len > 0;
}

enum http_length http_length_of(struct chains_bytes value, bool repeated, uint64_t *number)
{
    const uint8_t *comma = value.len ? memchr(value.at, ',', value.len) : NULL;
    struct chains_bytes first = { value.at, comma ? (size_t)(comma - value.at) : value.len };
    if (!number_of(first, number))
        return HTTP_LENGTH_BAD;
    return comma || repeated ? HTTP_LENGTH_SEVERAL : HTTP_LENGTH_GOOD;
}

uint32_t http_weird_of_length(enum chains_http_kind kind, enum http_length length,
                              struct chains_bytes coding)
{
    static const char chunked[] = "chunked";
    uint32_t weird = 0;
    if (coding.len) {
        bool plain = coding.len == sizeof chunked - 1;
        for (size_t i = 0; plain && i < coding.len; i++)
            plain = (coding.at[i] | 0x20) == (uint8_t)chunked[i];
        if (kind == CHAINS_HTTP_REQUEST && !plain)
            weird |= CHAINS_HTTP_SMUGGLING;
        if (length != HTTP_LENGTH_NONE)
            weird |= CHAINS_HTTP_LENGTH_AND_CHUNKED | CHAINS_HTTP_SMUGGLING;
    }
    if (length == HTTP_LENGTH_SEVERAL)
        weird |= CHAINS_HTTP_TWO_LENGTHS | CHAINS_HTTP_SMUGGLING;
    if (length == HTTP_LENGTH_BAD)
        weird |= CHAINS_HTTP_BAD_LENGTH;
    return weird;
}

struct chains_bytes http_version_of(struct chains_bytes protocol)
{
    while (protocol.len && protocol.at[protocol.len - 1] <= ' ')
        protocol.len--;
    if (protocol.len <= 5 || memcmp(protocol.at, "HTTP/", 5) != 0)
        return protocol;
    return (struct chains_bytes){ protocol.at + 5, protocol.len - 5 };
}

uint32_t http_weird_of_version(struct chains_bytes version)
{
    bool known = version.len == 3 && version.at[0] == '1' && version.at[1] == '.' &&
                 (version.at[2] == '0' || version.at[2] == '1');
    return known ? 0 : CHAINS_HTTP_BAD_VERSION;
}

uint32_t http_weird_of_line(const struct http_request_line *parts)
{
    struct chains_bytes method = parts->method, uri = parts->uri, line = parts->line;
    bool good =
        method.len && uri.len && line.len == method.len + uri.len + parts->protocol.len + 2;
    for (size_t i = 0; good && i < method.len; i++)
        good = http_is_token(method.at[i]);
    for (size_t i = 0; good && i < uri.len; i++)
        good = uri.at[i] > ' ';
    good = good && line.at[method.len] == ' ' && line.at[method.len + 1 + uri.len] == ' ';
    return good ? 0 : CHAINS_HTTP_BAD_REQUEST_LINE;
}
