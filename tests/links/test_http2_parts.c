/* SPDX-License-Identifier: MIT */
/*
 * The parts of HTTP/2 by themselves: which frames can be, how a connection begins, what bytes from the
 * middle are frames, header blocks in pieces, and the settings of an upgrade.
 */
#include "http2_talk.h"

#include "links/hpack.h"
#include "links/http2_flow.h"
#include "links/http2_frame.h"

static struct chains_bytes of(const char *bytes, size_t len)
{
    return (struct chains_bytes){ (const uint8_t *)bytes, len };
}

static void test_frames(void)
{
    static const uint8_t header[9] = { 1, 2, 3, 4, 5, 0xff, 0, 0, 7 };
    struct http2_frame frame = http2_frame_of(header);
    check_eq_u64(frame.length, 0x010203);
    check_eq_u64(frame.type, 4);
    check_eq_u64(frame.flags, 5);
    check_eq_u64(frame.stream, 0x7f000007);
    static const struct {
        struct http2_frame frame;
        bool good;
        uint32_t prefix;
    } table[] = {
        { { 0, 1, HTTP2_DATA, 0 }, true, 0 },
        { { 1, 1, HTTP2_DATA, HTTP2_PADDED }, true, 1 },
        { { 0, 1, HTTP2_DATA, HTTP2_PADDED }, false, 1 },
        { { 0, 0, HTTP2_DATA, 0 }, false, 0 },
        { { 16384, 1, HTTP2_DATA, 0 }, true, 0 },
        { { 16385, 1, HTTP2_DATA, 0 }, false, 0 },
        { { 6, 1, HTTP2_HEADERS, HTTP2_PADDED | HTTP2_HAS_PRIORITY }, true, 6 },
        { { 5, 1, HTTP2_HEADERS, HTTP2_PADDED | HTTP2_HAS_PRIORITY }, false, 6 },
        { { 5, 1, HTTP2_PUSH_PROMISE, HTTP2_PADDED }, true, 5 },
        { { 4, 1, HTTP2_PUSH_PROMISE, HTTP2_PADDED }, false, 5 },
        { { 12, 0, HTTP2_SETTINGS, 0 }, true, 0 },
        { { 12, 0, HTTP2_SETTINGS, HTTP2_ACK }, false, 0 },
        { { 13, 0, HTTP2_SETTINGS, 0 }, false, 0 },
        { { 4, 0, HTTP2_WINDOW_UPDATE, 0 }, true, 0 },
        { { 3, 0, HTTP2_WINDOW_UPDATE, 0 }, false, 0 },
        { { 9, 0, HTTP2_GOAWAY, 0 }, true, 0 },
        { { 7, 0, HTTP2_GOAWAY, 0 }, false, 0 },
        { { 99, 0, 0xfe, 0xff }, true, 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check_eq_u64(http2_frame_good(&table[i].frame, HTTP2_FRAME_MOST), table[i].good);
        check_eq_u64(http2_frame_prefix(&table[i].frame), table[i].prefix);
    }
}

static void test_look(void)
{
    for (size_t n = 0; n <= 24; n++)
        check_eq_u64(http2_look(of(PREFACE, n)), n < 24 ? HTTP2_LOOK_OPEN : HTTP2_LOOK_FRAMES);
    static const char settings[] = "\0\0\x12\4\0\0\0\0\0";
    for (size_t n = 0; n <= 9; n++)
        check_eq_u64(http2_look(of(settings, n)), n < 9 ? HTTP2_LOOK_OPEN : HTTP2_LOOK_FRAMES);
    check_eq_u64(http2_look(of("\0\0\x11", 3)), HTTP2_LOOK_NONE);
    check_eq_u64(http2_look(of("\0\0\x12\4\1", 5)), HTTP2_LOOK_NONE);
    check_eq_u64(http2_look(of("PRJ", 3)), HTTP2_LOOK_NONE);
}

static void test_look_inside(void)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool known, alone; /* in a connection of HTTP/2; in any */
    } table[] = {
        { "\0\0\0\4\1\0\0\0\0", 9, true, true },
        { "\0\0\0\4\1\0\0\0\0", 8, false, false },
        { "\0\0\4\x8\0\0\0\0\0\0\0\0\1", 13, true, true },
        { "\0\0\4\x8\0\0\0\0\0\0\0\0", 12, false, false },
        { "\0\0\2\0\0\0\0\0\1xx", 11, true, false },    /* DATA alone */
        { "\0\0\2\0\0\0\0\0\1x", 10, false, false },    /* and more of it */
        { "\0\0\1\1\5\0\0\0\1\x82", 10, true, true },   /* HEADERS */
        { "\0\0\3\1\5\0\0\0\1\x82", 10, true, false },  /* and more of them */
        { "\0\0\3\1\5\0\0\0\1\xa0", 10, false, false }, /* what no message begins with */
        { "\0\0\1\1\1\0\0\0\1\x82", 10, true, true },   /* more in another frame */
        { "\0\0\3\1\1\0\0\0\1\x82", 10, false, false },
        { "\0\0\1\1\5\0\0\0\x65\x82", 10, false, false }, /* a stream too far */
        { "\0\0\1\1\5\x80\0\0\1\x82", 10, false, false },
        { "\0\0\1\1\x45\0\0\0\1\x82", 10, false, false },
        { "\0\0\1\x9\4\0\0\0\1\x82", 10, false, false },
        { "\0\0\0\4\1\0\0\0\0\0\0\2\0\0\0\0\0\1x", 19, true, false },
        { "\0\0\0\4\1\0\0\0\0\0\0\2\xd\0\0\0\0\1x", 19, false, false },
        { "", 0, false, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct chains_bytes bytes = of(table[i].bytes, table[i].len);
        check_eq_u64(http2_look_inside(bytes, 100, true), table[i].known);
        check_eq_u64(http2_look_inside(bytes, 100, false), table[i].alone);
    }
}

/* A block in pieces of any size says the same; `table` is what the sender may use. */
static void test_hpack(void)
{
    static struct talk2 talk;
    uint8_t block[512];
    talk_begin(&talk);
    for (size_t piece = 1; piece < 60; piece++) {
        struct hpack *hpack = hpack_new(NULL);
        size_t before = hpack_memory(hpack);
        talk_end(&talk);
        talk_begin(&talk);
        for (int round = 0; round < 2; round++) {
            size_t n = compress(&talk, C, GET("/path") "x: y\n", block, sizeof block), at = 0;
            enum hpack_status status = HPACK_MORE;
            char text[200] = "";
            while (at < n || status == HPACK_FIELD) {
                size_t len = n - at < piece ? n - at : piece;
                struct chains_bytes bytes = { block + at, len };
                struct hpack_field field;
                status = hpack_take(hpack, &bytes, at + len == n, &field);
                at += len - bytes.len;
                if (status != HPACK_FIELD)
                    continue;
                strncat(text, (const char *)field.name.at, field.name.len);
                strncat(text, (const char *)field.value.at, field.value.len);
            }
            check_eq_u64(status, HPACK_WHOLE);
            check_eq_text(text, ":methodGET:schemehttp:authorityh:path/pathxy");
        }
        check(hpack_memory(hpack) > before);
        hpack_free(hpack);
    }
    talk_end(&talk);
    static const struct {
        const char *block;
        size_t len;
        enum hpack_status status;
    } table[] = {
        { "", 0, HPACK_WHOLE },
        { "\x20", 1, HPACK_WHOLE },
        { "\x80", 1, HPACK_LOST },
        { "\xbe", 1, HPACK_LOST }, /* nothing is in the table */
        { "\x40", 1, HPACK_LOST },
        { "\x00\x05"
          "a",
          3, HPACK_LOST },
        { "\x3f\xe1\x1f", 3, HPACK_WHOLE }, /* 4,096 */
        { "\x3f\xe2\x1f", 3, HPACK_LOST },  /* 4,097 */
        { "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 10, HPACK_LOST },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct hpack *hpack = hpack_new(NULL);
        struct chains_bytes bytes = of(table[i].block, table[i].len);
        struct hpack_field field;
        check_eq_u64(hpack_take(hpack, &bytes, true, &field), table[i].status);
        hpack_free(hpack);
    }
    struct hpack *hpack = hpack_new(NULL);
    struct hpack_field field;
    struct chains_bytes bytes = of("\x3f\xe2\x1f", 3);
    check_eq_u64(hpack_limit(hpack, UINT32_MAX), HPACK_MORE); /* 64 KiB, whatever is said */
    check_eq_u64(hpack_take(hpack, &bytes, true, &field), HPACK_WHOLE);
    bytes = of("\x3f\xe2\xff\x03", 4);
    check_eq_u64(hpack_take(hpack, &bytes, true, &field), HPACK_LOST);
    hpack_free(hpack);
}

static void test_settings(void)
{
    static const struct {
        const char *header;
        bool found;
        uint32_t table;
    } cases[] = {
        { "AAMAAABkAAQCAAAAAAIAAAAA", false, 0 }, /* what curl sends */
        { "AAEAABAA", true, 4096 },
        { "AAEAAQAA", true, 65536 },
        { "AAH_____", true, 65536 },
        { "AAMAAABkAAEAAAAA", true, 0 },
        { "AAEAABA", false, 0 },
        { "AAEA ABAA", false, 0 },
        { "", false, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t table = 0;
        struct chains_bytes header = of(cases[i].header, strlen(cases[i].header));
        check_eq_u64(http2_settings_table(header, &table), cases[i].found);
        check_eq_u64(table, cases[i].table);
    }
}

int main(void)
{
    test_frames();
    test_look();
    test_look_inside();
    test_hpack();
    test_settings();
    return check_done();
}
