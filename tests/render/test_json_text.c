/* SPDX-License-Identifier: MIT */
/*
 * Text as JSON strings: every byte, what is no UTF-8, what would fool a terminal or an eye; and
 * spans of time in all that is made from a field table.
 */
#include "../../src/render/dict.h"
#include "../../src/render/json_layer.h"
#include "../../src/render/json_schema.h"
#include "../check.h"

#include <stdlib.h>

static struct output output;
static char buffer[OUTPUT_BUFFER + 1];

static const char *json_of(const char *text, size_t len)
{
    output.used = output.whole = 0;
    json_text(&output, text, len);
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
            for (size_t i = 1; i + 1 < len; i++) {
                uint8_t c = (uint8_t)text[i];
                good = good && c >= 0x20 && c != 0x7f;
                if (c == '\\')
                    i++; /* what is escaped may be a quote */
                else
                    good = good && c != '"';
            }
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
        output.used = output.whole = 0;
        json_members(&writer, table, &rows[i].spans, true);
        buffer[output.used] = '\0';
        check_eq_text(buffer, rows[i].json);
        output.used = output.whole = 0;
        dict_struct(&output, NULL, spans_fields, &rows[i].spans);
        buffer[output.used] = '\0';
        check_eq_text(buffer, rows[i].dict);
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
    test_utf8();
    test_not_utf8();
    test_every_byte();
    test_long();
    test_spans();
    test_spans_schema();
    return check_done();
}
