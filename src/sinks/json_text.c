/* SPDX-License-Identifier: MIT */
/*
 * Text as a JSON string. In: any bytes. Out: valid UTF-8 without control, direction or
 * zero-width characters: those become \uXXXX. A byte that is not part of valid UTF-8 becomes
 * the six characters
 * \\xNN (a backslash, x, two digits), and a backslash doubles, so that two different inputs
 * never print the same.
 */
#include "json_layer.h"

enum { JSON_PER_BYTE = 12 };

/* Bytes of the valid UTF-8 character at `p`, its number in *code; 0 when there is none. */
static size_t json_utf8(const uint8_t *p, size_t left, uint32_t *code)
{
    static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = p[0] < 0x80       ? 1
                 : p[0] >> 5 == 6  ? 2
                 : p[0] >> 4 == 14 ? 3
                 : p[0] >> 3 == 30 ? 4
                                   : 0;
    if (len == 0 || len > left)
        return 0;
    uint32_t value = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        value = value << 6 | (p[i] & 0x3fu);
    }
    if (value < least[len] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *code = value;
    return len;
}

/* Characters that must not reach a terminal or fool a reader's eye. */
static bool json_hidden(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0x061c || code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

static char *json_u(char *out, uint32_t unit)
{
    out = text_literal(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = text_hex_digits[unit >> shift & 15];
    return out;
}

/* One character or stray byte at `p`; returns how many bytes it took. */
static size_t json_character(const uint8_t *p, size_t left, char **out)
{
    uint32_t code;
    size_t len = json_utf8(p, left, &code);
    if (len == 0) {
        *(*out)++ = '\\'; /* escapes the backslash of the \xNN that follows */
        *out = text_escape_hex(*out, *p);
        return 1;
    }
    if (json_hidden(code)) {
        if (code > 0xffff) {
            *out = json_u(*out, 0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + (code & 0x3ff);
        }
        *out = json_u(*out, code);
    } else if (code == '"') {
        *out = text_literal(*out, "\\\"");
    } else if (code == '\\') {
        *out = text_literal(*out, "\\\\\\\\"); /* a doubled backslash, each escaped */
    } else {
        *out = text_copy(*out, (const char *)p, len);
    }
    return len;
}

void json_text(struct output *output, const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    char *out = output_room(output, OUTPUT_ROOM);
    *out++ = '"';
    output_put(output, out);
    while (p < end) {
        const char *limit = output_room(output, OUTPUT_ROOM);
        out = output->buffer + output->used;
        limit += OUTPUT_ROOM - JSON_PER_BYTE;
        while (p < end && out < limit) {
            if (*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\')
                *out++ = (char)*p++;
            else
                p += json_character(p, (size_t)(end - p), &out);
        }
        output_put(output, out);
    }
    out = output_room(output, 1);
    *out++ = '"';
    output_put(output, out);
}
