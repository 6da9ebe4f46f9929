/* SPDX-License-Identifier: MIT */
/*
 * Names of headers. In: a name as it was sent. Out: which of the few it is that others ask for, so
 * that the headers of a message are looked at once and not again for each of these.
 */
#include "http_names.h"

#include <string.h>

enum { LONGEST = sizeof "transfer-encoding" - 1 };

/* Sorted by length. */
static const struct {
    const char *text;
    size_t len;
} names[HTTP_NAMES] = {
#define NAME(text)                                                                             \
    {                                                                                          \
        text, sizeof(text) - 1                                                                 \
    }
    [HTTP_NAME_HOST] = NAME("host"),
    [HTTP_NAME_EXPECT] = NAME("expect"),
    [HTTP_NAME_SERVER] = NAME("server"),
    [HTTP_NAME_REFERER] = NAME("referer"),
    [HTTP_NAME_UPGRADE] = NAME("upgrade"),
    [HTTP_NAME_LOCATION] = NAME("location"),
    [HTTP_NAME_USER_AGENT] = NAME("user-agent"),
    [HTTP_NAME_CONTENT_TYPE] = NAME("content-type"),
    [HTTP_NAME_CONTENT_LENGTH] = NAME("content-length"),
    [HTTP_NAME_HTTP2_SETTINGS] = NAME("http2-settings"),
    [HTTP_NAME_TRANSFER_ENCODING] = NAME("transfer-encoding"),
#undef NAME
};

/* By length: the first name that is no shorter. */
static const uint8_t first_of[LONGEST + 1] = {
    HTTP_NAME_HOST,
    HTTP_NAME_HOST,
    HTTP_NAME_HOST,
    HTTP_NAME_HOST,
    HTTP_NAME_HOST,
    HTTP_NAME_EXPECT,
    HTTP_NAME_EXPECT,
    HTTP_NAME_REFERER,
    HTTP_NAME_LOCATION,
    HTTP_NAME_USER_AGENT,
    HTTP_NAME_USER_AGENT,
    HTTP_NAME_CONTENT_TYPE,
    HTTP_NAME_CONTENT_TYPE,
    HTTP_NAME_CONTENT_LENGTH,
    HTTP_NAME_CONTENT_LENGTH,
    HTTP_NAME_TRANSFER_ENCODING,
    HTTP_NAME_TRANSFER_ENCODING,
    HTTP_NAME_TRANSFER_ENCODING,
};

const char *http_name_text(enum http_name name)
{
    return names[name].text;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

static bool is(struct chains_bytes name, const char *text)
{
    for (size_t i = 0; i < name.len; i++)
        if (lower(chains_byte(name, i)) != (uint8_t)text[i])
            return false;
    return true;
}

/* Which one `name` is, of those of its length. */
static enum http_name find(struct chains_bytes name)
{
    unsigned i = name.len <= LONGEST ? first_of[name.len] : HTTP_NAMES;
    while (i < HTTP_NAMES && names[i].len == name.len && !is(name, names[i].text))
        i++;
    return i < HTTP_NAMES && names[i].len == name.len ? (enum http_name)i : HTTP_NAMES;
}

enum http_name http_name_of(struct chains_bytes name)
{
    uint8_t without[LONGEST];
    size_t len = 0;
    enum http_name found = find(name);
    if (found != HTTP_NAMES || !name.len || !memchr(name.at, 0, name.len))
        return found;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t byte = chains_byte(name, i);
        if (byte && len == LONGEST)
            return HTTP_NAMES;
        if (byte)
            without[len++] = byte;
    }
    return find((struct chains_bytes){ without, len });
}
