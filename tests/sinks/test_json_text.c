/* SPDX-License-Identifier: MIT */
/* Text as JSON strings: every byte, what is no UTF-8, what would fool a terminal or an eye. */
#include "../../src/sinks/json_layer.h"
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

int main(void)
{
    output.buffer = buffer;
    output.fd = -1;
    test_plain();
    test_utf8();
    test_not_utf8();
    test_every_byte();
    test_long();
    return check_done();
}
