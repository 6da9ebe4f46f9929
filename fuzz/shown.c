/* SPDX-License-Identifier: MIT */
/*
 * In: what was printed. Out: whether it may be. Written apart from src/render and src/bytes, from the
 * RFCs and a list of what must not be shown, so that a fault there is no fault here. JSON
 * is read with a stack of brackets of fixed depth, without recursion.
 */
#include "shown.h"

#include <string.h>

enum { SHOWN_DEPTH = 32 };

/* The number of the UTF-8 character at `p` and its bytes, 0 where there is none. */
static size_t shown_character(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (len == 0 || len > left || p[0] >= 0xf8)
        return 0;
    *code = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3fu);
    }
    bool half = *code >= 0xd800 && *code <= 0xdfff;
    return *code < least[len] || *code > 0x10ffff || half ? 0 : len;
}

/* Control, direction, zero width, line ends of Unicode. */
static bool shown_never(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

bool shown_text(const char *text, size_t len, const char *besides)
{
    const uint8_t *p = (const uint8_t *)text;
    uint32_t code;
    for (size_t at = 0, n; at < len; at += n) {
        n = shown_character(p + at, len - at, &code);
        if (n == 0 || (shown_never(code) && !(code && strchr(besides, (int)code))))
            return false;
    }
    return true;
}

bool shown_ascii(const char *text, size_t len, const char *besides)
{
    for (size_t i = 0; i < len; i++)
        if ((text[i] < 0x20 || text[i] > 0x7e) && !(text[i] && strchr(besides, text[i])))
            return false;
    return true;
}

struct json {
    const char *at, *end;
    char open[SHOWN_DEPTH]; /* the brackets that are open */
    size_t depth;
};

static bool json_takes(struct json *json, char c)
{
    if (json->at == json->end || *json->at != c)
        return false;
    json->at++;
    return true;
}

static bool json_hex(struct json *json, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF", *digit;
        if (json->at == json->end || !*json->at || !(digit = strchr(digits, *json->at++)))
            return false;
        *unit = *unit << 4 | ((uint32_t)(digit - digits) & 15);
    }
    return true;
}

/* What stands behind a backslash; a high half needs its low one. */
static bool json_escape(struct json *json)
{
    uint32_t unit;
    if (json->at == json->end || !*json->at || !strchr("\"\\/bfnrtu", *json->at))
        return false;
    if (*json->at++ != 'u')
        return true;
    if (!json_hex(json, &unit) || (unit >= 0xdc00 && unit <= 0xdfff))
        return false;
    if (unit < 0xd800 || unit > 0xdbff)
        return true;
    return json_takes(json, '\\') && json_takes(json, 'u') && json_hex(json, &unit) &&
           unit >= 0xdc00 && unit <= 0xdfff;
}

static bool json_string(struct json *json)
{
    if (!json_takes(json, '"'))
        return false;
    while (json->at < json->end && *json->at != '"') {
        if (*json->at++ == '\\' && !json_escape(json))
            return false;
    }
    return json_takes(json, '"');
}

static bool json_digits(struct json *json)
{
    const char *first = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > first;
}

static bool json_number(struct json *json)
{
    json_takes(json, '-');
    if (!json_takes(json, '0') && !json_digits(json))
        return false;
    if (json_takes(json, '.') && !json_digits(json))
        return false;
    if (!json_takes(json, 'e') && !json_takes(json, 'E'))
        return true;
    if (!json_takes(json, '-'))
        json_takes(json, '+');
    return json_digits(json);
}

static bool json_word(struct json *json)
{
    static const char *const words[] = { "true", "false", "null" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(json->end - json->at) >= len && memcmp(json->at, words[i], len) == 0) {
            json->at += len;
            return true;
        }
    }
    return json_number(json);
}

/* A value up to where one inside it begins; true with `whole` where it is at its end. */
static bool json_value(struct json *json, bool *whole)
{
    *whole = false;
    if (json->at == json->end)
        return false;
    char c = *json->at;
    if (c != '{' && c != '[') {
        *whole = true;
        return c == '"' ? json_string(json) : json_word(json);
    }
    json->at++;
    if (json_takes(json, c == '{' ? '}' : ']'))
        return *whole = true;
    if (json->depth == SHOWN_DEPTH)
        return false;
    json->open[json->depth++] = c;
    return c == '[' || (json_string(json) && json_takes(json, ':'));
}

/* Behind a value: closes what ends here; true with `more` where another value follows. */
static bool json_behind(struct json *json, bool *more)
{
    *more = false;
    while (json->depth > 0) {
        char c = json->open[json->depth - 1];
        if (json_takes(json, ',')) {
            *more = true;
            return c == '[' || (json_string(json) && json_takes(json, ':'));
        }
        if (!json_takes(json, c == '{' ? '}' : ']'))
            return false;
        json->depth--;
    }
    return true;
}

bool shown_json(const char *text, size_t len)
{
    struct json json = { .at = text, .end = text + len };
    bool whole, more = true;
    if (!shown_text(text, len, ""))
        return false;
    while (more) {
        if (!json_value(&json, &whole))
            return false;
        if (whole && !json_behind(&json, &more))
            return false;
    }
    return json.at == json.end;
}

bool shown_json_lines(const char *text, size_t len, uint64_t *lines)
{
    *lines = 0;
    while (len > 0) {
        const char *end = memchr(text, '\n', len);
        if (!end || *text != '{' || !shown_json(text, (size_t)(end - text)))
            return false;
        len -= (size_t)(end + 1 - text);
        text = end + 1;
        ++*lines;
    }
    return true;
}
