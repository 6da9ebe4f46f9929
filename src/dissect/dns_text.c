/* SPDX-License-Identifier: MIT */
/*
 * Bytes of DNS messages as text. In: slices of a message. Out: printable text, never past the
 * end of the room, never a control character.
 */
#include "dns_text.h"

static const char text_base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char text_base32[] = "0123456789abcdefghijklmnopqrstuv";

void dns_put_word(struct dns_text *text, const char *word)
{
    size_t len = strlen(word);
    char *out = dns_text_room(text, len);
    if (out)
        dns_text_done(text, text_copy(out, word, len));
}

void dns_put_addr(struct dns_text *text, const struct chains_addr *addr)
{
    char *out = dns_text_room(text, CHAINS_ADDR_TEXT);
    if (out)
        dns_text_done(text, out + chains_addr_text(addr, out));
}

void dns_put_hex(struct dns_text *text, struct chains_bytes bytes)
{
    char *out = dns_text_room(text, 2 * bytes.len);
    if (!out)
        return;
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = text_hex_digits[chains_byte(bytes, i) >> 4];
        *out++ = text_hex_digits[chains_byte(bytes, i) & 15];
    }
    dns_text_done(text, out);
}

/* Three bytes, or as many as are there, as four digits. */
static char *text_quad(char *out, struct chains_bytes bytes)
{
    size_t n = bytes.len;
    uint32_t group = (uint32_t)chains_byte(bytes, 0) << 16 |
                     (uint32_t)chains_byte(bytes, 1) << 8 | chains_byte(bytes, 2);
    out[0] = text_base64[group >> 18];
    out[1] = text_base64[group >> 12 & 63];
    out[2] = n > 1 ? text_base64[group >> 6 & 63] : '=';
    out[3] = n > 2 ? text_base64[group & 63] : '=';
    return out + 4;
}

void dns_put_base64(struct dns_text *text, struct chains_bytes bytes)
{
    char *out = dns_text_room(text, (bytes.len + 2) / 3 * 4);
    if (!out)
        return;
    for (size_t i = 0; i < bytes.len; i += 3)
        out = text_quad(out, chains_behind(bytes, i));
    dns_text_done(text, out);
}

void dns_put_base32(struct dns_text *text, struct chains_bytes bytes)
{
    char *out = dns_text_room(text, (bytes.len * 8 + 4) / 5);
    if (!out)
        return;
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = (held << 8 | chains_byte(bytes, i)) & 0xffff;
        for (bits += 8; bits >= 5; bits -= 5)
            *out++ = text_base32[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        *out++ = text_base32[held << (5 - bits) & 31];
    dns_text_done(text, out);
}

void dns_put_string(struct dns_text *text, struct chains_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = chains_byte(bytes, i);
        char *out = dns_text_room(text, 4);
        if (!out)
            return;
        if (c < ' ' || c > '~') {
            out = dns_escape(out, c);
        } else {
            if (c == '"' || c == '\\')
                *out++ = '\\';
            *out++ = (char)c;
        }
        dns_text_done(text, out);
    }
}

void dns_put_quoted(struct dns_text *text, struct chains_bytes bytes)
{
    dns_put_char(text, '"');
    dns_put_string(text, bytes);
    dns_put_char(text, '"');
}
