/* SPDX-License-Identifier: MIT */
/* Values as plain text: every type of field, escapes, quotes of CSV, what is longer than a room. */
#include "../../src/render/plain.h"
#include "../../src/record/layout.h"
#include "../check.h"

#include <stdlib.h>

/* A layer with a field of every type. */
struct item {
    uint32_t number;
    const char *text;
};

struct odd {
    uint32_t has;
    bool yes;
    uint8_t u8, count, mac[6];
    uint16_t u16;
    uint32_t u32, flags;
    uint64_t u64, tags;
    int64_t time_ns, span_ns;
    struct chains_addr addr;
    const char *text;
    struct chains_bytes raw, hex;
    uint16_t array[4];
    struct item inside;
    struct chains_list list;
};

static const struct chains_name odd_names[] = {
    { 1, "one" }, { 2, "two, \"too\"" }, { 4, "four" }, { 0, NULL }
};

static const struct chains_field item_fields[] = {
    CHAINS_FIELD(item, number, UINT, "a number"),
    CHAINS_FIELD(item, text, TEXT, "a text"),
    CHAINS_FIELDS_END,
};

static const struct chains_field odd_fields[] = {
    CHAINS_FIELD(odd, yes, BOOL, "a bool"),
    CHAINS_FIELD(odd, u8, UINT, "a number"),
    CHAINS_FIELD(odd, u16, UINT, "a number"),
    CHAINS_FIELD(odd, u32, UINT, "a number"),
    CHAINS_FIELD(odd, u64, UINT, "a number"),
    CHAINS_FIELD(odd, mac, MAC, "an address"),
    CHAINS_FIELD(odd, addr, ADDR, "an address"),
    CHAINS_FIELD_AS(odd, "time", time_ns, TIME, "a time"),
    CHAINS_FIELD_AS(odd, "span", span_ns, DURATION, "a span of time"),
    CHAINS_FIELD(odd, text, TEXT, "a text"),
    CHAINS_FIELD(odd, raw, RAW, "bytes"),
    CHAINS_FIELD(odd, hex, HEX, "bytes"),
    CHAINS_FIELD_AS(odd, "named", u8, NAMED, "a name", .names = odd_names),
    CHAINS_FIELD(odd, flags, FLAGS, "flags", .names = odd_names),
    CHAINS_FIELD(odd, tags, TAGS, "tags"),
    CHAINS_FIELD_ARRAY(odd, array, count, "numbers", .names = odd_names),
    CHAINS_FIELD(odd, inside, OBJECT, "an object", .fields = item_fields),
    CHAINS_FIELD_LIST(odd, list, item, item_fields, "a list"),
    CHAINS_FIELD_AS(odd, "maybe", u8, UINT, "there by a bit", .has = 1),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type odd_type = { "odd",      "Odd", sizeof(struct odd),
                                                   odd_fields, 0,     0 };

static char buffer[OUTPUT_BUFFER + 1];
static struct output output = { .buffer = buffer, .fd = -1 };
static struct chains_layout layout;
static struct chains_record *rec;
static struct odd *odd;

static void odd_open(void)
{
    layout_init(&layout);
    check(layout_add(&layout, &odd_type) && layout_finish(&layout));
    layout.tag[0] = "internal";
    layout.tag[5] = "dns";
    layout.tag_count = 6;
    unsigned id = (unsigned)layout_id(&layout, &odd_type);
    rec = aligned_alloc(64, (layout.row_size + 63) / 64 * 64);
    memset(rec, 0, layout.row_size);
    rec->layout = &layout;
    rec->present = UINT64_C(1) << id;
    odd = (struct odd *)(void *)((char *)rec + layout.offset[layout.slot_of[id]]);
}

/* A column of the record as text. */
static const char *column(const char *name, bool csv, const char *separator)
{
    struct plain plain = { .output = &output,
                           .csv = csv,
                           .separator = separator,
                           .separator_len = strlen(separator) };
    struct path path;
    char error[200];
    output.used = output.whole = 0;
    if (path_find(&path, &layout, UINT64_MAX, name, strlen(name), error, sizeof error) < 0)
        return error[0] ? "no such path" : "no sentence";
    plain_column(&plain, &path, rec);
    buffer[output.used] = '\0';
    return buffer;
}

#define check_tsv(name, want) check_eq_text(column(name, false, "|"), want)
#define check_csv(name, want) check_eq_text(column(name, true, ","), want)

static void test_numbers(void)
{
    check_tsv("odd.yes", "false");
    odd->yes = true;
    check_tsv("odd.yes", "true");
    check_tsv("odd.u8", "0");
    odd->u8 = 255, odd->u16 = 65535, odd->u32 = UINT32_MAX, odd->u64 = UINT64_MAX;
    check_tsv("odd.u8", "255");
    check_tsv("odd.u16", "65535");
    check_tsv("odd.u32", "4294967295");
    check_tsv("odd.u64", "18446744073709551615");
    check_tsv("odd.maybe", "");
    odd->has = 1;
    check_tsv("odd.maybe", "255");
    check_tsv("odd.named", "255");
    odd->u8 = 4;
    check_tsv("odd.named", "four");
    rec->number = 17;
    check_csv("number", "17");
}

static void test_addresses_and_times(void)
{
    memcpy(odd->mac, "\x00\x1b\xff\x00\x01\x02", 6);
    check_csv("odd.mac", "00:1b:ff:00:01:02");
    check_csv("odd.addr", "");
    chains_addr_parse("192.0.2.200", &odd->addr);
    check_csv("odd.addr", "192.0.2.200");
    chains_addr_parse("2001:db8:1111:2222:3333:4444:5555:6666", &odd->addr);
    check_csv("odd.addr", "2001:db8:1111:2222:3333:4444:5555:6666");
    odd->time_ns = INT64_C(1432689427919743001);
    check_csv("odd.time", "2015-05-27T01:17:07.919743Z");
    rec->flags = CHAINS_NANOSECONDS;
    check_csv("odd.time", "2015-05-27T01:17:07.919743001Z");
    rec->flags = 0;
    odd->time_ns = -1;
    check_csv("odd.time", "1969-12-31T23:59:59.999999Z");
    odd->span_ns = INT64_C(1234000);
    check_csv("odd.span", "0.001234");
}

static void test_seconds(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { 1, "0.000000001" },
        { -1, "-0.000000001" },
        { 999999999, "0.999999999" },
        { 1000000000, "1" },
        { 12000000000, "12" },
        { -12500000000, "-12.5" },
        { 1000000100, "1.0000001" },
        { INT64_MAX, "9223372036.854775807" },
        { INT64_MIN, "-9223372036.854775808" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[VALUE_SECONDS + 1];
        char *end = value_seconds(text, rows[i].ns);
        check(end <= text + VALUE_SECONDS);
        *end = '\0';
        check_eq_text(text, rows[i].text);
    }
}

static void test_text(void)
{
    static const struct {
        const char *text, *tsv, *csv;
    } rows[] = {
        { "", "", "" },
        { "plain text", "plain text", "plain text" },
        { "a\tb\nc\rd", "a\\tb\\nc\\rd", "a\\tb\\nc\\rd" },
        { "c:\\x00", "c:\\\\x00", "c:\\\\x00" },
        { "\x1b[31m\x7f", "\\x1b[31m\\x7f", "\\x1b[31m\\x7f" },
        { "a,b", "a,b", "\"a,b\"" },
        { "say \"no\"", "say \"no\"", "\"say \"\"no\"\"\"" },
        { "\"", "\"", "\"\"\"\"" },
        { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8c", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8c",
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8c" },
        { "\xff\xc3(", "\\xff\\xc3(", "\\xff\\xc3(" },
        { "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b" },
        { "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae" },
        { "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81" },
        { "\xe2\x82", "\\xe2\\x82", "\\xe2\\x82" },
    };
    check_tsv("odd.text", "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        odd->text = rows[i].text;
        odd->raw = (struct chains_bytes){ (const uint8_t *)rows[i].text, strlen(rows[i].text) };
        check_tsv("odd.text", rows[i].tsv);
        check_csv("odd.text", rows[i].csv);
        check_tsv("odd.raw", rows[i].tsv);
        check_csv("odd.raw", rows[i].csv);
    }
    odd->raw = (struct chains_bytes){ (const uint8_t *)"a\0b", 3 };
    check_csv("odd.raw", "a\\x00b");
    odd->hex = odd->raw;
    check_csv("odd.hex", "610062");
    odd->raw = odd->hex = (struct chains_bytes){ NULL, 0 };
    check_csv("odd.raw", "");
    check_csv("odd.hex", "");
}

static void test_several(void)
{
    static const struct item items[] = { { 7, "a" }, { 8, NULL }, { 9, "b\"c" } };
    check_tsv("odd.flags", "");
    odd->flags = 1 | 4 | 1024; /* a bit without a name is not shown */
    check_tsv("odd.flags", "one|four");
    check_csv("odd.flags", "\"one,four\"");
    odd->flags = 2;
    check_tsv("odd.flags", "two, \"too\"");
    check_csv("odd.flags", "\"two, \"\"too\"\"\"");
    check_tsv("odd.tags", "");
    odd->tags = 1 | 32;
    check_tsv("odd.tags", "internal|dns");
    check_tsv("odd.array", "");
    odd->count = 3;
    odd->array[0] = 4, odd->array[1] = 99, odd->array[2] = 1;
    check_tsv("odd.array", "four|99|one");
    check_csv("odd.array", "\"four,99,one\"");
    check_eq_text(column("odd.array", true, "; "), "four; 99; one");
    check_tsv("odd.list", "");
    check_tsv("odd.list.number", "");
    odd->list = (struct chains_list){ items, 3 };
    check_tsv("odd.list", "true");
    check_tsv("odd.list.number", "7|8|9");
    check_tsv("odd.list.text", "a|b\"c"); /* an absent text is no value */
    check_csv("odd.list.text", "\"a,b\"\"c\"");
    check_tsv("odd.inside", "true");
    odd->inside.number = 3;
    check_tsv("odd.inside.number", "3");
    check_tsv("odd", "true");
    check_tsv("odd.type", "Odd");
    rec->present = 0;
    check_tsv("odd", "");
    check_tsv("odd.type", "");
    check_tsv("odd.u8", "");
    rec->present = UINT64_C(1) << layout_id(&layout, &odd_type);
}

/* No list is so long that it does not end. */
static void test_many(void)
{
    enum { ITEMS = PLAIN_VALUES + 5 };
    static struct item items[ITEMS];
    odd->list = (struct chains_list){ items, ITEMS };
    check_eq_u64(strlen(column("odd.list.number", false, "|")), 2 * PLAIN_VALUES - 1);
}

/* Longer than the room that is asked for at once, characters across its ends. */
static void test_long(void)
{
    enum { LENGTH = 30001 };
    static char text[LENGTH + 1];
    memset(text, '\x01', LENGTH);
    odd->text = text;
    const char *shown = column("odd.text", false, "|");
    check_eq_u64(strlen(shown), 4 * LENGTH);
    check_eq_bytes(shown + 4 * LENGTH - 4, 4, "\\x01", 4);
    memset(text, '"', LENGTH);
    check_eq_u64(strlen(column("odd.text", true, ",")), 2 * LENGTH + 2);
    for (size_t i = 1; i + 3 <= LENGTH; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[LENGTH - 1] = 'z';
    text[0] = 'x';
    shown = column("odd.text", false, "|");
    check(strncmp(shown, text, LENGTH - 3) == 0);
    check_eq_text(shown + LENGTH - 3, "\\xe2\\x82z");
    odd->text = NULL;
}

/* Whatever goes in: no control character comes out, and different texts differ. */
static void test_every_byte(void)
{
    static char seen[256][20];
    bool good = true;
    for (unsigned a = 0; a < 256; a++) {
        const char byte = (char)a;
        char *end = plain_escape(seen[a], &byte, 1);
        good = good && end > seen[a] && end <= seen[a] + PLAIN_PER_BYTE;
        for (char *at = seen[a]; at < end; at++)
            good = good && *at >= 0x20 && *at < 0x7f;
        for (unsigned b = 0; b < a; b++)
            good = good && strcmp(seen[a], seen[b]) != 0;
    }
    check(good);
    char out[2 * PLAIN_PER_BYTE];
    good = true;
    for (unsigned pair = 0; pair < 65536; pair++) {
        const char two[2] = { (char)(pair >> 8), (char)pair };
        char *end = plain_escape(out, two, 2);
        good = good && end <= out + sizeof out;
        for (char *at = out; at < end; at++)
            good = good && (uint8_t)*at >= 0x20 && *at != 0x7f;
    }
    check(good);
}

int main(void)
{
    odd_open();
    test_numbers();
    test_addresses_and_times();
    test_seconds();
    test_text();
    test_several();
    test_many();
    test_long();
    test_every_byte();
    free(rec);
    return check_done();
}
