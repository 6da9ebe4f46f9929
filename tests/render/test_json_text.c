/* SPDX-License-Identifier: MIT */
/*
 * Text as JSON strings: every byte, what is no UTF-8, what would fool a terminal or an eye; and
 * spans of time in all that is made from a field table.
 */
#include "../../src/render/dict.h"
#include "../../src/render/json_layer.h"
#include "../../src/render/json_schema.h"
#include "../../src/bytes/utf8.h"
#include "../check.h"

#include <stdlib.h>

static struct output output;
static char buffer[OUTPUT_BUFFER + 1];

static const char *json_of(const char *text, size_t len)
{
    output.used = output.whole = 0;
    json_raw(&output, text, len);
    buffer[output.used] = '\0';
    return buffer;
}

#define check_json(text, want) check_eq_text(json_of((text), sizeof(text) - 1), (want))

static void test_plain(void)
{
    check_json("", "\"\"");
    check_eq_text(json_of(NULL, 0), "\"\"");
    check_json("plain text, 100 % ~", "\"plain text, 100 % ~\"");
    check_json("\"", "\"\\\"\"");
    check_json("\\", "\"\\\\\\\\\"");
    check_json("\\x00", "\"\\\\\\\\x00\"");
    check_json("a\0b", "\"a\\u0000b\"");
    check_json("\t\r\n\x1b\x7f", "\"\\u0009\\u000d\\u000a\\u001b\\u007f\"");
    check_json("/</script>", "\"/</script>\"");
}

/* Text that is known to be text: a backslash is one, and nothing gets out that should not. */
static void test_text(void)
{
    output.used = output.whole = 0;
    const char text[] = "a\\b\"\033[\xff";
    json_text(&output, text, sizeof text - 1);
    buffer[output.used] = '\0';
    check_eq_text(buffer, "\"a\\\\b\\\"\\u001b[\\\\xff\"");
}

static void test_utf8(void)
{
    check_json("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8c",
               "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8c\"");
    check_json("\xc2\x80\xc2\x9b", "\"\\u0080\\u009b\"");         /* C1 controls */
    check_json("\xe2\x80\xae", "\"\\u202e\"");                    /* right-to-left override */
    check_json("\xe2\x80\x8b\xef\xbb\xbf", "\"\\u200b\\ufeff\""); /* zero width */
    check_json("\xe2\x81\xa6\xe2\x80\xa8", "\"\\u2066\\u2028\""); /* isolate, line end */
    check_json("\xd8\x9c", "\"\\u061c\"");                        /* Arabic letter mark */
    check_json("\xf3\xa0\x81\x81", "\"\\udb40\\udc41\"");         /* a tag, as two halves */
}

static void test_not_utf8(void)
{
    check_json("\xff\xfe", "\"\\\\xff\\\\xfe\"");
    check_json("\x80", "\"\\\\x80\"");
    check_json("\xc3", "\"\\\\xc3\"");
    check_json("\xc3(", "\"\\\\xc3(\"");
    check_json("\xc0\xaf", "\"\\\\xc0\\\\xaf\"");                       /* overlong */
    check_json("\xe0\x80\xaf", "\"\\\\xe0\\\\x80\\\\xaf\"");            /* overlong */
    check_json("\xed\xa0\x80", "\"\\\\xed\\\\xa0\\\\x80\"");            /* half a pair */
    check_json("\xf4\x90\x80\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\""); /* beyond 10ffff */
    check_json("\xf8\x88\x80\x80\x80", "\"\\\\xf8\\\\x88\\\\x80\\\\x80\\\\x80\"");
    check_json("\xe2\x82", "\"\\\\xe2\\\\x82\"");
}

/* The ranges of RFC 3629, section 4: how many bytes the character at `p` has; 0: it is none. */
static size_t rfc3629(const uint8_t *p, size_t left)
{
    static const struct {
        uint8_t first, last, second_first, second_last;
        size_t len;
    } rows[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 },
        { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
        { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
        { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (rows[i].len > left)
            return 0;
        if (rows[i].len > 1 && (p[1] < rows[i].second_first || p[1] > rows[i].second_last))
            return 0;
        for (size_t j = 2; j < rows[i].len; j++)
            if (p[j] < 0x80 || p[j] > 0xbf)
                return 0;
        return rows[i].len;
    }
    return 0;
}

static bool is_utf8(const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t at = 0, n = 1;
    for (; at < len && n > 0; at += n)
        n = rfc3629(p + at, len - at);
    return n > 0;
}

/* Four bytes, of which the first two are given, in turn behind each other. */
static bool quads_are_utf8(unsigned a, unsigned b)
{
    static const uint8_t edges[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                     0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf4, 0xff };
    bool good = true;
    for (size_t i = 0; i < sizeof edges; i++) {
        for (size_t j = 0; j < sizeof edges; j++) {
            const char quad[4] = { (char)a, (char)b, (char)edges[i], (char)edges[j] };
            const char *text = json_of(quad, 4);
            good = good && is_utf8(text, output.used);
        }
    }
    return good;
}

/* Characters nobody sees are escaped, their visible neighbours are not. */
static void test_hidden(void)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        { 0x0, 0x1f },        { 0x7f, 0x9f },       { 0xad, 0xad },       { 0x34f, 0x34f },
        { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },   { 0x200b, 0x200f },
        { 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0x1bca0, 0x1bca3 },
        { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff }, { 0xe000, 0xf8ff },   { 0xfdd0, 0xfdef },
        { 0xfffe, 0xffff },   { 0x1fffe, 0x1ffff }, { 0xdfffe, 0xdffff }, { 0xefffe, 0x10ffff },
    };
    static const uint32_t seen[] = { 0x20,    0x7e,    0xa0,    0xac,    0xae,    0x34e,
                                     0x350,   0x115e,  0x1161,  0x180a,  0x1810,  0x200a,
                                     0x2010,  0x2027,  0x202f,  0x3163,  0x3165,  0xfdff,
                                     0xfe10,  0xff9f,  0xffa1,  0xfffc,  0xfffd,  0xf900,
                                     0x1f40c, 0x1bc9f, 0xe1000, 0xefffd, 0x1fffd, 0x20000 };
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        for (uint32_t code = hidden[i].first; code <= hidden[i].last; code++)
            wrong += !utf8_hidden(code);
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++)
        wrong += utf8_hidden(seen[i]);
    check_eq_u64(wrong, 0);
    check_json("pay\xc2\xadpal", "\"pay\\u00adpal\"");
    check_json("\xe3\x85\xa4\xef\xb8\x8f\xcd\x8f", "\"\\u3164\\ufe0f\\u034f\"");
    check_json("\xf3\xa0\x84\x80", "\"\\udb40\\udd00\""); /* a variation selector */
}

/* Whatever goes in, what comes out is printable ASCII or valid UTF-8 between two quotes. */
static void test_every_byte(void)
{
    bool good = true;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            const char pair[2] = { (char)a, (char)b };
            const char *text = json_of(pair, 2);
            size_t len = output.used;
            good = good && len >= 4 && text[0] == '"' && text[len - 1] == '"';
            good = good && is_utf8(text, len);
            for (size_t i = 1; i + 1 < len; i++) {
                uint8_t c = (uint8_t)text[i];
                good = good && c >= 0x20 && c != 0x7f;
                if (c == '\\')
                    i++; /* what is escaped may be a quote */
                else
                    good = good && c != '"';
            }
            good = good && quads_are_utf8(a, b);
        }
    }
    check(good);
}

static void test_long(void)
{
    enum { LENGTH = 20000 };
    static char text[LENGTH];
    memset(text, '\x1b', sizeof text);
    const char *json = json_of(text, LENGTH);
    check_eq_u64(output.used, LENGTH * 6 + 2);
    check_eq_bytes(json + 1, 12, "\\u001b\\u001b", 12);
    memset(text, 'x', sizeof text);
    json_of(text, LENGTH);
    check_eq_u64(output.used, LENGTH + 2);
}

struct spans {
    int64_t took, idle;
    uint16_t port;
};

static const struct chains_field spans_fields[] = {
    CHAINS_FIELD(spans, took, DURATION, "how long it took"),
    CHAINS_FIELD(spans, idle, DURATION, "how long nothing came", .omit_zero = 1),
    CHAINS_FIELD(spans, port, UINT, "a number behind them"),
    CHAINS_FIELDS_END,
};

/* What spans of time look like in JSON and in the full print. */
static void test_spans(void)
{
    static const struct {
        struct spans spans;
        const char *json, *dict;
    } rows[] = {
        { { 0, 0, 1 }, "{\"took\":0,\"port\":1}", "{'took': 0, 'port': 1}" },
        { { 1234000, 12000000000, 2 },
          "{\"took\":0.001234,\"idle\":12,\"port\":2}",
          "{'took': 0.001234, 'idle': 12, 'port': 2}" },
        { { -1, INT64_MIN, 65535 },
          "{\"took\":-0.000000001,\"idle\":-9223372036.854775808,\"port\":65535}",
          "{'took': -0.000000001, 'idle': -9223372036.854775808, 'port': 65535}" },
    };
    struct json_table *table = NULL;
    check(json_table_new(spans_fields, 1, &table) == CHAINS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_writer writer = { .output = &output };
        struct dict dict = { .output = &output };
        output.used = output.whole = 0;
        json_members(&writer, table, &rows[i].spans, true);
        buffer[output.used] = '\0';
        check_eq_text(buffer, rows[i].json);
        output.used = output.whole = 0;
        dict_struct(&dict, NULL, spans_fields, &rows[i].spans);
        buffer[output.used] = '\0';
        check_eq_text(buffer, rows[i].dict);
    }
    json_table_free(table);
}

/* A name is that of the whole number, and not of its lower half. */
static void test_wide_names(void)
{
    static const struct chains_name plain[] = { { 0, "zero" }, { 7, "seven" }, { 0, NULL } };
    static const struct chains_name quoted[] = { { 0, "\"0\"" }, { 7, "\"7\"" }, { 0, NULL } };
    struct wide {
        uint64_t code;
    };
    static const struct chains_field fields[] = {
        CHAINS_FIELD_AS(wide, "plain", code, NAMED, "a name", .names = plain),
        CHAINS_FIELD_AS(wide, "quoted", code, NAMED, "a name to escape", .names = quoted),
        CHAINS_FIELDS_END,
    };
    static const struct {
        struct wide wide;
        const char *json;
    } rows[] = {
        { { 7 }, "{\"plain\":\"seven\",\"quoted\":\"\\\"7\\\"\"}" },
        { { UINT64_C(1) << 32 }, "{\"plain\":4294967296,\"quoted\":4294967296}" },
        { { UINT64_C(7) << 32 | 7 }, "{\"plain\":30064771079,\"quoted\":30064771079}" },
    };
    struct json_table *table = NULL;
    check(json_table_new(fields, 1, &table) == CHAINS_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct json_writer writer = { .output = &output };
        output.used = output.whole = 0;
        json_members(&writer, table, &rows[i].wide, true);
        buffer[output.used] = '\0';
        check_eq_text(buffer, rows[i].json);
    }
    json_table_free(table);
}

static void test_spans_schema(void)
{
    static const struct chains_layer_type type = { "spans",      "spans", sizeof(struct spans),
                                                   spans_fields, 0,       0 };
    const struct chains_layer_type *const types[] = { &type, NULL };
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    check(json_schema_write(out, types));
    fclose(out);
    check(strstr(text, "\"took\": {\"description\": \"how long it took\", "
                       "\"allOf\": [{\"type\": \"number\"}]}") != NULL);
    check(strstr(text, "\"required\": [\"took\", \"port\"]") != NULL);
    free(text);
}

int main(void)
{
    output.buffer = buffer;
    output.fd = -1;
    test_plain();
    test_text();
    test_utf8();
    test_not_utf8();
    check(is_utf8("\xc3\xa9\xf4\x8f\xbf\xbf", 6) && !is_utf8("a\xc3", 2));
    check(!is_utf8("\xed\xa0\x80", 3) && !is_utf8("\xc1\xbf", 2) && !is_utf8("\x80", 1));
    test_every_byte();
    test_hidden();
    test_long();
    test_spans();
    test_wide_names();
    test_spans_schema();
    return check_done();
}
