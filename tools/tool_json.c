/* SPDX-License-Identifier: MIT */
/*
 * A small writer of JSON. In: members, one after the other. Out: a document that every parser
 * takes, whatever the strings hold.
 */
#include "tool_json.h"

#include <inttypes.h>
#include <stddef.h>

/* Bytes of the UTF-8 character at `at` (RFC 3629: shortest form, no surrogates); 0: it is none. */
static size_t tool_json_utf8(const unsigned char *at)
{
    static const struct {
        unsigned char first, last, least, most; /* of the first byte, of the second */
        size_t length;
    } forms[] = {
        { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
        { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
        { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last)
            continue;
        if (at[1] < forms[i].least || at[1] > forms[i].most)
            return 0;
        for (size_t j = 2; j < forms[i].length; j++)
            if ((at[j] & 0xc0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

static void tool_json_string(FILE *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    fputc('"', out);
    while (*at) {
        size_t length = *at >= 0x80 ? tool_json_utf8(at) : 1;
        if (*at == '"' || *at == '\\')
            fprintf(out, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            fprintf(out, "\\u%04x", *at);
        else if (length == 0)
            fputs("\\ufffd", out);
        else
            fwrite(at, 1, length, out);
        at += length ? length : 1;
    }
    fputc('"', out);
}

static void tool_json_line(struct tool_json *json)
{
    fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
}

/* What stands before a value: a comma, a line's end, the key. */
static void tool_json_key(struct tool_json *json, const char *key)
{
    if (json->depth == 0)
        return;
    if (json->level[json->depth - 1].some)
        fputc(',', json->out);
    json->level[json->depth - 1].some = true;
    tool_json_line(json);
    if (key) {
        tool_json_string(json->out, key);
        fputs(": ", json->out);
    }
}

void tool_json_begin(struct tool_json *json, const char *key, char bracket)
{
    tool_json_key(json, key);
    fputc(bracket, json->out);
    json->level[json->depth].close = bracket == '{' ? '}' : ']';
    json->level[json->depth++].some = false;
}

void tool_json_end(struct tool_json *json)
{
    json->depth--;
    if (json->level[json->depth].some)
        tool_json_line(json);
    fputc(json->level[json->depth].close, json->out);
    if (json->depth == 0)
        fputc('\n', json->out);
}

void tool_json_text(struct tool_json *json, const char *key, const char *text)
{
    tool_json_key(json, key);
    if (text)
        tool_json_string(json->out, text);
    else
        fputs("null", json->out);
}

void tool_json_number(struct tool_json *json, const char *key, uint64_t number)
{
    tool_json_key(json, key);
    fprintf(json->out, "%" PRIu64, number);
}

void tool_json_bool(struct tool_json *json, const char *key, bool yes)
{
    tool_json_key(json, key);
    fputs(yes ? "true" : "false", json->out);
}
