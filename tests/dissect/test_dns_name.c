/* SPDX-License-Identifier: MIT */
/* Names: escapes, pointers that lead backwards and those that do not, lengths. */
#include "../../src/dissect/dns_name.h"
#include "../check.h"

#include <stdlib.h>

struct name_row {
    const char *bytes;
    size_t len;
    size_t at;        /* where in them the name begins */
    const char *text; /* NULL: none */
    size_t behind;    /* octets that the name takes where it stands */
    enum dns_name_end end;
};

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct name_row rows[] = {
    { BYTES("\0"), 0, ".", 1, DNS_NAME_WHOLE },
    { BYTES("\3www\7Example\4test\0tail"), 0, "www.Example.test", 18, DNS_NAME_WHOLE },
    { BYTES("\1a\0\xc0\0"), 3, "a", 2, DNS_NAME_WHOLE },
    { BYTES("\1a\0\1b\xc0\0rest"), 3, "b.a", 4, DNS_NAME_WHOLE },
    { BYTES("\1a\0\1b\xc0\0\1c\xc0\3"), 7, "c.b.a", 4, DNS_NAME_WHOLE },
    { BYTES("\0\1b\xc0\0"), 1, "b", 4, DNS_NAME_WHOLE },
    /* Escapes. */
    { BYTES("\3a.b\1\\\0"), 0, "a\\.b.\\\\", 7, DNS_NAME_WHOLE },
    { BYTES("\5 \"();\0"), 0, " \"();", 7, DNS_NAME_WHOLE },
    { BYTES("\6\0\x1f\x7f\x80\xff\n\0"), 0, "\\000\\031\\127\\128\\255\\010", 8,
      DNS_NAME_WHOLE },
    { BYTES("\3\xe2\x80\xae\0"), 0, "\\226\\128\\174", 5, DNS_NAME_WHOLE },
    /* Pointers that lead nowhere. */
    { BYTES("\xc0\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\xc0\2\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\xc0\2\xc0\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\xc0\2\xc0\0"), 2, NULL, 0, DNS_NAME_BAD },
    { BYTES("\1a\xc0\0"), 0, NULL, 0, DNS_NAME_BAD }, /* before itself, and to its own label */
    { BYTES("\1a\1b\xc0\2"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\1a\xc0\4\1b\xc0\0"), 4, NULL, 0, DNS_NAME_BAD }, /* each to the other */
    { BYTES("\xff\xff"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\1a\0\xff\xff"), 3, NULL, 0, DNS_NAME_BAD },
    /* Kinds of labels that are no more. */
    { BYTES("\x40\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\x41\10abcdefgh\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\x80\0"), 0, NULL, 0, DNS_NAME_BAD },
    { BYTES("\xbf\0"), 0, NULL, 0, DNS_NAME_BAD },
    /* Ends too early. */
    { BYTES(""), 0, NULL, 0, DNS_NAME_CUT },
    { BYTES("\1"), 0, NULL, 0, DNS_NAME_CUT },
    { BYTES("\3ab"), 0, NULL, 0, DNS_NAME_CUT },
    { BYTES("\3abc"), 0, NULL, 0, DNS_NAME_CUT },
    { BYTES("\1a\0\xc0"), 3, NULL, 0, DNS_NAME_CUT },
    { BYTES("\3abc\xc0"), 0, NULL, 0, DNS_NAME_CUT },
};

struct outcome {
    enum dns_name_end end, skipped;
    size_t behind, skipped_behind;
    bool full;
    char text[DNS_NAME_TEXT + 1];
};

static bool as_utf8; /* the protocol's names are */

/* Reads from an exact copy of the bytes into exactly `room`. */
static struct outcome run(const void *bytes, size_t len, size_t at, enum dns_name_use use,
                          size_t room)
{
    struct outcome outcome = { .end = DNS_NAME_CUT };
    uint8_t *copy = malloc(len + 1);
    char *text = malloc(room + 1);
    if (copy && text && room < sizeof outcome.text) {
        uint8_t *from = copy + 1; /* not aligned, and the end is the allocation's */
        memcpy(from, bytes, len);
        struct chains_bytes message = { from, len };
        struct chains_reader in = chains_reader_over(message), over;
        chains_skip(&in, at);
        over = in;
        struct dns_text out = { text, text + room, false, as_utf8 };
        outcome.end = dns_name_read(&in, message, use, &out);
        outcome.behind = (size_t)(in.at - from) - at;
        outcome.full = out.full;
        memcpy(outcome.text, text, (size_t)(out.at - text));
        outcome.skipped = dns_name_skip(&over);
        outcome.skipped_behind = (size_t)(over.at - from) - at;
    }
    free(copy);
    free(text);
    return outcome;
}

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct name_row *row = &rows[i];
        struct outcome got = run(row->bytes, row->len, row->at, DNS_NAME_ALONE, DNS_NAME_TEXT);
        if (!check(got.end == row->end && got.behind == row->behind && !got.full))
            printf("# row %zu: end %d, %zu octets\n", i, (int)got.end, got.behind);
        if (row->text)
            check_eq_text(got.text, row->text);
        if (row->end == DNS_NAME_WHOLE)
            check_eq_u64(got.skipped_behind, row->behind);
        if (row->end == DNS_NAME_CUT)
            check_eq_u64(got.skipped, DNS_NAME_CUT);
    }
}

static void test_among(void)
{
    static const char name[] = "\12a \"();@$.\\\0";
    struct outcome got = run(name, sizeof name - 1, 0, DNS_NAME_AMONG, DNS_NAME_TEXT);
    check_eq_text(got.text, "a\\032\\\"\\(\\)\\;\\@\\$\\.\\\\");
    got = run(name, sizeof name - 1, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_text(got.text, "a \"();@$\\.\\\\");
}

/* Characters, then what is none, what is hidden, and one that the label cuts. */
static void test_utf8(void)
{
    static const char name[] = "\16J\xe2\x80\x99s K\xc3\xbc.\xff\xe2\x80\xae\3\xf0\x9f\x90\0";
    as_utf8 = true;
    struct outcome got = run(name, sizeof name - 1, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_text(got.text, "J\xe2\x80\x99s K\xc3\xbc\\.\\255\\226\\128\\174.\\240\\159\\144");
    as_utf8 = false;
    got = run(name, sizeof name - 1, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check(strncmp(got.text, "J\\226\\128\\153s K\\195\\188", 20) == 0);
}

/* Labels of 63 octets, and a last one, behind each other. */
static size_t long_name(uint8_t *out, unsigned full, unsigned last)
{
    size_t len = 0;
    for (unsigned i = 0; i < full; i++, len += 64) {
        out[len] = 63;
        memset(out + len + 1, 0xff, 63);
    }
    if (last) {
        out[len] = (uint8_t)last;
        memset(out + len + 1, 0xff, last);
        len += last + 1;
    }
    out[len++] = 0;
    return len;
}

static void test_lengths(void)
{
    uint8_t name[7000];
    size_t len = long_name(name, 3, 61);
    check_eq_u64(len, 255);
    struct outcome got = run(name, len, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_WHOLE);
    check(!got.full);
    check_eq_u64(strlen(got.text), 4 * 250 + 3);
    check_eq_u64(got.skipped_behind, 255);
    len = long_name(name, 3, 62);
    got = run(name, len, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_BAD);
    check_eq_u64(got.skipped, DNS_NAME_BAD);
    len = long_name(name, 100, 0);
    got = run(name, len, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_BAD);
    /* Joined by a pointer, the parts count together. */
    len = long_name(name, 3, 60);
    memcpy(name + len, "\1x\xc0\0", 4);
    got = run(name, len + 4, len, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_BAD);
    len = long_name(name, 3, 59);
    memcpy(name + len, "\1x\xc0\0", 4);
    got = run(name, len + 4, len, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_WHOLE);
}

/* A root, then `count` pointers, each to the one before it. */
static void test_jumps(void)
{
    for (unsigned count = 1; count < 30; count++) {
        uint8_t chain[64] = { 0 };
        size_t len = 1;
        for (unsigned i = 0; i < count; i++, len += 2) {
            chain[len] = 0xc0;
            chain[len + 1] = (uint8_t)(i ? len - 2 : 0);
        }
        struct outcome got = run(chain, len, len - 2, DNS_NAME_ALONE, DNS_NAME_TEXT);
        check_eq_u64(got.end, count <= DNS_NAME_JUMPS ? DNS_NAME_WHOLE : DNS_NAME_BAD);
    }
}

/* A byte at a place of a label, and so many octets behind the name: as alone, whatever is copied at once. */
static void test_place(uint8_t byte, size_t place, size_t len, size_t behind)
{
    uint8_t name[128];
    char want[2 * DNS_NAME_TEXT];
    const uint8_t alone[] = { 1, byte, 0 };
    struct outcome one = run(alone, sizeof alone, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    memset(name, 'a', sizeof name);
    name[0] = (uint8_t)len;
    name[1 + place] = byte;
    name[1 + len] = 0;
    snprintf(want, sizeof want, "%.*s%s%.*s", (int)place, (const char *)name + 1 + len + 1,
             one.text, (int)(len - place - 1), (const char *)name + 1 + len + 1);
    struct outcome got = run(name, len + 2 + behind, 0, DNS_NAME_ALONE, DNS_NAME_TEXT);
    check_eq_u64(got.end, DNS_NAME_WHOLE);
    check_eq_text(got.text, want);
}

static void test_places(void)
{
    static const size_t lens[] = { 1, 7, 8, 9, 16, 17, 25, 40, 63 };
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++)
        for (size_t place = 0; place < lens[i]; place += place % 8 < 2 ? 1 : 6)
            for (unsigned byte = 0; byte < 256; byte++)
                test_place((uint8_t)byte, place, lens[i], byte % 20);
}

/* Whatever the room, nothing goes past it; with enough, all is there. */
static void test_room(void)
{
    static const char name[] = "\3www\3\0ab\3c.d\0";
    static const char text[] = "www.\\000ab.c\\.d";
    for (size_t room = 0; room < 40; room++) {
        struct outcome got = run(name, sizeof name - 1, 0, DNS_NAME_ALONE, room);
        check_eq_u64(got.end, DNS_NAME_WHOLE);
        check_eq_u64(got.behind, sizeof name - 1);
        if (!got.full)
            check_eq_text(got.text, text);
        else
            check(strlen(got.text) < sizeof text - 1 || room < 2 * sizeof text);
    }
}

int main(void)
{
    test_rows();
    test_among();
    test_utf8();
    test_lengths();
    test_jumps();
    test_places();
    test_room();
    return check_done();
}
