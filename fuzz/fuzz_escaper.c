/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as text from the network, through every writer of text. Whatever they are: JSON is valid,
 * nothing hidden gets out, lines stay lines, and what is shown can be read back, so that no two
 * inputs are shown the same. Build and run:
 *
 *     script/fuzz escaper 60
 */
#include "fuzz.h"
#include "shown.h"

#include "../src/render/json_layer.h"
#include "../src/render/plain.h"
#include "../src/render/words.h"

#include <string.h>

enum { TEXT_MOST = 8192 };

static char made[OUTPUT_BUFFER], back[4 * TEXT_MOST], middle[4 * TEXT_MOST];
static struct output output = { .buffer = made };

static unsigned hex_of(const char *digits, int count)
{
    unsigned value = 0;
    for (int i = 0; i < count; i++)
        value =
            value << 4 | (unsigned)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return value;
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00u >> len & 0xff) | code);
    return len;
}

/* What a reader of JSON sees of a string in quotes. */
static size_t json_back(const char *text, size_t len, char *out)
{
    size_t used = 0;
    for (size_t at = 1; at + 1 < len; at++) {
        if (text[at] != '\\') {
            out[used++] = text[at];
            continue;
        }
        if (text[++at] != 'u') {
            must(text[at] == '"' || text[at] == '\\');
            out[used++] = text[at];
            continue;
        }
        uint32_t code = hex_of(text + at + 1, 4);
        at += 4;
        if (code >= 0xd800 && code < 0xdc00) {
            code = 0x10000 + ((code - 0xd800) << 10) + (hex_of(text + at + 3, 4) - 0xdc00);
            at += 6;
        }
        used += put_utf8(out + used, code);
    }
    return used;
}

/* Undoes \\ and \xNN and, where they are used, \t, \n and \r. */
static size_t escapes_back(const char *text, size_t len, char *out)
{
    size_t used = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] != '\\') {
            out[used++] = text[at];
            continue;
        }
        must(++at < len);
        if (text[at] == 'x') {
            must(at + 2 < len);
            out[used++] = (char)hex_of(text + at + 1, 2);
            at += 2;
        } else {
            must(strchr("\\tnr", text[at]) != NULL);
            out[used++] = text[at] == 't'   ? '\t'
                          : text[at] == 'n' ? '\n'
                          : text[at] == 'r' ? '\r'
                                            : '\\';
        }
    }
    return used;
}

static void must_be(const char *one, size_t len, const char *other, size_t other_len)
{
    must(len == other_len && memcmp(one, other, len) == 0);
}

static void check_json(const char *text, size_t len)
{
    output.used = 0;
    json_raw(&output, text, len);
    must(output.used + OUTPUT_ROOM <= OUTPUT_BUFFER && shown_json(made, output.used));
    size_t seen = json_back(made, output.used, middle);
    must_be(back, escapes_back(middle, seen, back), text, len);
    output.used = 0;
    json_text(&output, text, len);
    must(shown_json(made, output.used));
}

static void check_plain(const char *text, size_t len)
{
    char *end = plain_escape(made, text, len);
    const size_t used = (size_t)(end - made);
    must(used <= PLAIN_PER_BYTE * len && shown_text(made, used, ""));
    must_be(back, escapes_back(made, used, back), text, len);
}

/* A column of CSV: in quotes where it needs them; what is in them reads back. */
static void check_column(const char *text, size_t len, bool csv)
{
    struct plain plain = {
        .output = &output, .separator = ",", .separator_len = 1, .csv = csv
    };
    output.used = 0;
    plain_text(&plain, text, len);
    must(shown_text(made, output.used, ""));
    size_t used = 0;
    const bool quoted = csv && output.used > 0 && made[0] == '"';
    for (size_t at = quoted; at < output.used - quoted; at++) {
        middle[used++] = made[at];
        if (quoted && made[at] == '"')
            must(at + 1 < output.used - quoted && made[++at] == '"');
        else if (csv && !quoted)
            must(made[at] != '"' && made[at] != ',');
    }
    must(!quoted || made[output.used - 1] == '"');
    must_be(back, escapes_back(middle, used, back), text, len);
}

/* Names from the network, and paths in sentences: printable ASCII, however long they are. */
static void check_short(char *text)
{
    char *end = words_name(made, text);
    must((size_t)(end - made) < OUTPUT_ROOM && shown_ascii(made, (size_t)(end - made), ""));
    text_path(made, text);
    must(strlen(made) <= TEXT_PATH && shown_ascii(made, strlen(made), ""));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > TEXT_MOST)
        return 0;
    char *text = malloc(size + 1), *exact = malloc(size ? size : 1);
    must(text && exact);
    if (size) {
        memcpy(text, data, size);
        memcpy(exact, data, size);
    }
    text[size] = '\0';
    check_json(exact, size);
    check_plain(exact, size);
    check_column(exact, size, false);
    check_column(exact, size, true);
    check_short(text);
    free(text);
    free(exact);
    return 0;
}
