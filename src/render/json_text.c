/* SPDX-License-Identifier: MIT */
/*
 * Text as a JSON string. In: any bytes. Out: valid UTF-8 without control, direction or
 * zero-width characters: those become \uXXXX. A byte that is not part of valid UTF-8 becomes
 * the six characters \\xNN (a backslash, x, two digits), and a backslash of raw bytes doubles, so
 * that two different inputs never print the same. Text that is known to be text has no such bytes,
 * and its backslashes stay what they are.
 */
#include "json_layer.h"
#include "../bytes/utf8.h"

enum { JSON_PER_BYTE = 12 };

static char *json_u(char *out, uint32_t unit)
{
    out = text_literal(out, "\\u");
    for (int shift = 12; shift >= 0; shift -= 4)
        *out++ = text_hex_digits[unit >> shift & 15];
    return out;
}

/* One character or stray byte at `p`; returns how many bytes it took. */
static size_t json_character(const uint8_t *p, size_t left, bool raw, char **out)
{
    uint32_t code;
    size_t len = utf8_character(p, left, &code);
    if (len == 0) {
        *(*out)++ = '\\'; /* escapes the backslash of the \xNN that follows */
        *out = text_escape_hex(*out, *p);
        return 1;
    }
    if (utf8_hidden(code)) {
        if (code > 0xffff) {
            *out = json_u(*out, 0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + (code & 0x3ff);
        }
        *out = json_u(*out, code);
    } else if (code == '"') {
        *out = text_literal(*out, "\\\"");
    } else if (code == '\\') {
        *out = text_literal(*out, "\\\\");
        *out = raw ? text_literal(*out, "\\\\") : *out; /* doubled, each escaped */
    } else {
        *out = text_copy(*out, (const char *)p, len);
    }
    return len;
}

static void json_string(struct output *output, const char *text, size_t len, bool raw)
{
    const uint8_t *p = (const uint8_t *)(len ? text : ""), *end = p + len;
    char *out = output_room(output, OUTPUT_ROOM);
    *out++ = '"';
    output_put(output, out);
    while (p < end) {
        const char *limit = output_room(output, OUTPUT_ROOM);
        out = output->buffer + output->used;
        limit += OUTPUT_ROOM - JSON_PER_BYTE;
        while (p < end && out < limit) {
            size_t left = (size_t)(end - p), room = (size_t)(limit - out);
            size_t plain = text_plain(out, (const char *)p, left < room ? left : room);
            out += plain;
            p += plain;
            if (p < end && out < limit)
                p += json_character(p, (size_t)(end - p), raw, &out);
        }
        output_put(output, out);
    }
    out = output_room(output, 1);
    *out++ = '"';
    output_put(output, out);
}

void json_raw(struct output *output, const char *bytes, size_t len)
{
    json_string(output, bytes, len, true);
}

void json_text(struct output *output, const char *text, size_t len)
{
    json_string(output, text, len, false);
}
