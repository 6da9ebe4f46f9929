/* SPDX-License-Identifier: MIT */
/* Text by hand against the C library: every size of number, dates over all of int64_t. */
#include "../../src/bytes/text.h"
#include "../check.h"

#include <stdlib.h>
#include <time.h>

static void check_number(uint64_t value)
{
    char got[64], want[64];
    *text_u64(got, value) = '\0';
    snprintf(want, sizeof want, "%" PRIu64, value);
    if (strcmp(got, want) != 0)
        check_eq_text(got, want);
}

static void check_date(int64_t second)
{
    char got[64], want[64];
    struct tm tm;
    time_t time = (time_t)second;
    chains_time_text(second * 1000000000, 0, ' ', got);
    gmtime_r(&time, &tm);
    strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
    if (strcmp(got, want) != 0)
        check_eq_text(got, want);
}

static void check_time(int64_t time_ns, int digits, char gap, const char *want)
{
    char got[CHAINS_TIME_TEXT];
    check_eq_u64(chains_time_text(time_ns, digits, gap, got), strlen(want));
    check_eq_text(got, want);
}

/* The clock keeps the text of the last second: it must not be used for another one. */
static void check_clock(void)
{
    struct text_clock clock = { 0, "", false };
    char out[64];
    *text_time(out, &clock, 0, 0, ' ') = '\0';
    check_eq_text(out, "1970-01-01 00:00:00");
    *text_time(out, &clock, 999999999, 9, 'T') = '\0';
    check_eq_text(out, "1970-01-01T00:00:00.999999999Z");
    *text_time(out, &clock, 1000000000, 6, 'T') = '\0';
    check_eq_text(out, "1970-01-01T00:00:01.000000Z");
    *text_time(out, &clock, -1, 9, 'T') = '\0';
    check_eq_text(out, "1969-12-31T23:59:59.999999999Z");
}

static void check_path(const char *path, const char *want)
{
    char out[TEXT_PATH + 1];
    check(text_path(out, path) == out + strlen(out));
    check_eq_text(out, want);
}

/* A path of `len` bytes, all the same but for the last three. */
static void check_long_path(char byte, size_t len, size_t wanted)
{
    char path[600], out[TEXT_PATH + 1];
    memset(path, byte, sizeof path);
    strcpy(path + len - 3, "end");
    text_path(out, path);
    check_eq_u64(strlen(out), wanted);
    check_eq_text(out + wanted - 3, "end");
    check((strstr(out, "...") != NULL) == (wanted < len || byte < ' '));
}

/* Every length, with an odd byte in every place: what is in front of it, and nothing behind `len`. */
static void test_plain(void)
{
    static const char odd[] = { '"', '\\', 0x1f, 0x7f, '\0', (char)0x80, (char)0xff };
    char text[80], out[81];
    for (size_t len = 0; len <= sizeof text; len++) {
        memset(text, '~', sizeof text);
        memset(out, '#', sizeof out);
        check_eq_u64(text_plain(out, text, len), len);
        check(memcmp(out, text, len) == 0 && out[len] == '#');
        for (size_t at = 0; at < len; at++) {
            memset(text, ' ', sizeof text);
            text[at] = odd[(at + len) % sizeof odd];
            if (at + 5 < len)
                text[at + 5] = '"';
            memset(out, '#', sizeof out);
            check_eq_u64(text_plain(out, text, len), at);
            check(memcmp(out, text, at) == 0 && out[len] == '#');
        }
    }
}

static void test_path(void)
{
    check_path("", "");
    check_path("a b/c.pcap", "a b/c.pcap");
    check_path("\x1b[1m\n\x7f\xc3\xa9~", "\\x1b[1m\\x0a\\x7f\\xc3\\xa9~");
    check_long_path('a', TEXT_PATH, TEXT_PATH);
    check_long_path('a', TEXT_PATH + 1, 98 + 3 + 98);
    check_long_path('a', 500, 98 + 3 + 98);
    check_long_path('\t', 500, 96 + 3 + 95);
}

int main(void)
{
    test_plain();
    test_path();
    uint64_t power = 1;
    for (int digits = 0; digits < 20; digits++) {
        for (uint64_t near = 0; near < 12; near++) {
            check_number(power + near);
            check_number(power - near);
            check_number(power * 7 + near);
        }
        power *= 10;
    }
    for (uint64_t value = 0; value < 200000; value++)
        check_number(value);
    srandom(1);
    for (int i = 0; i < 100000; i++)
        check_number((uint64_t)random() << (random() % 33) ^ (uint64_t)random());
    for (int64_t second = -9223372036; second < 9223372036; second += 86399 * 7)
        check_date(second);
    check_time(1432689427919743000, 6, ' ', "2015-05-27 01:17:07.919743");
    check_time(1432689427919743123, 9, 'T', "2015-05-27T01:17:07.919743123Z");
    check_time(1432689427919743123, 0, 'T', "2015-05-27T01:17:07Z");
    check_time(951782400000000000, 0, ' ', "2000-02-29 00:00:00");
    check_time(INT64_MAX, 9, 'T', "2262-04-11T23:47:16.854775807Z");
    check_time(INT64_MIN, 9, 'T', "1677-09-21T00:12:43.145224192Z");
    check_clock();
    char mac[CHAINS_MAC_TEXT];
    chains_mac_text((const uint8_t[]){ 0, 0x1b, 0x2c, 0xff, 0x09, 0xa0 }, mac);
    check_eq_text(mac, "00:1b:2c:ff:09:a0");
    return check_done();
}
