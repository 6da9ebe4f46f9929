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
        unsigned digit = chains_byte(text, i) - (unsigned)'0';
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

static bool is_word(struct chains_bytes text, const char *word)
{
    bool is = text.len == strlen(word);
    for (size_t i = 0; is && i < text.len; i++)
        is = (chains_byte(text, i) | 0x20) == (uint8_t)word[i];
    return is;
}

enum http_coding http_coding_of(struct chains_bytes value)
{
    size_t end = value.len;
    if (end == 0)
        return HTTP_CODING_NONE;
    while (end && (chains_byte(value, end - 1) == ' ' || chains_byte(value, end - 1) == '\t'))
        end--;
    size_t begin = end;
    while (begin && chains_byte(value, begin - 1) != ',')
        begin--;
    while (begin < end &&
           (chains_byte(value, begin) == ' ' || chains_byte(value, begin) == '\t'))
        begin++;
    struct chains_bytes last = chains_behind(chains_front(value, end), begin);
    if (is_word(last, "chunked"))
        return HTTP_CODING_CHUNKED;
    if (begin == 0 && end == 0)
        return HTTP_CODING_NONE;
    return begin == 0 && is_word(last, "identity") ? HTTP_CODING_IDENTITY : HTTP_CODING_OTHER;
}

uint32_t http_weird_of_coding(struct chains_bytes value)
{
    return is_word(value, "chunked") ? 0 : CHAINS_HTTP_SMUGGLING;
}

uint32_t http_weird_of_length(enum http_length length, bool coded)
{
    uint32_t weird = 0;
    if (coded && length != HTTP_LENGTH_NONE)
        weird |= CHAINS_HTTP_LENGTH_AND_CHUNKED | CHAINS_HTTP_SMUGGLING;
    if (length == HTTP_LENGTH_SEVERAL)
        weird |= CHAINS_HTTP_TWO_LENGTHS | CHAINS_HTTP_SMUGGLING;
    if (length == HTTP_LENGTH_BAD)
        weird |= CHAINS_HTTP_BAD_LENGTH;
    return weird;
}

struct chains_bytes http_version_of(struct chains_bytes protocol)
{
    while (protocol.len && chains_byte(protocol, protocol.len - 1) <= ' ')
        protocol.len--;
    if (protocol.len <= 5 || memcmp(protocol.at, "HTTP/", 5) != 0)
        return protocol;
    return chains_behind(protocol, 5);
}

uint32_t http_weird_of_version(struct chains_bytes version)
{
    bool known = version.len == 3 && chains_byte(version, 0) == '1' &&
                 chains_byte(version, 1) == '.' &&
                 (chains_byte(version, 2) == '0' || chains_byte(version, 2) == '1');
    return known ? 0 : CHAINS_HTTP_BAD_VERSION;
}

uint32_t http_weird_of_line(const struct http_request_line *parts)
{
    struct chains_bytes method = parts->method, uri = parts->uri, line = parts->line;
    bool good =
        method.len && uri.len && line.len == method.len + uri.len + parts->protocol.len + 2;
    for (size_t i = 0; good && i < method.len; i++)
        good = http_is_token(chains_byte(method, i));
    for (size_t i = 0; good && i < uri.len; i++)
        good = chains_byte(uri, i) > ' ';
    for (size_t i = 0; good && i < parts->protocol.len; i++)
        good = chains_byte(parts->protocol, i) > ' ';
    good = good && chains_byte(line, method.len) == ' ' &&
           chains_byte(line, method.len + 1 + uri.len) == ' ';
    return good ? 0 : CHAINS_HTTP_BAD_REQUEST_LINE;
}
