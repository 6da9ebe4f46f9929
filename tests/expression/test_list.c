/* SPDX-License-Identifier: MIT */
/*
 * Lists from files: what lines are understood, which values are inside, and which lines and files
 * are refused with what words. test_list_scan.c has the large sets.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/expression/list.h"
#include "../check.h"

static char path[] = "/tmp/chains-list-XXXXXX";

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    fwrite(text, 1, len, file);
    fclose(file);
}

static struct list *read_text_of(const char *text, size_t len, enum list_kind kind)
{
    char error[512] = "";
    int status = 99;
    write_file(text, len);
    struct list *list = list_read(path, kind, &status, error, sizeof error);
    if (!check(list != NULL))
        printf("# %s\n", error);
    check(!list || status == CHAINS_OK);
    return list;
}

static struct list *read_text(const char *text, enum list_kind kind)
{
    return read_text_of(text, strlen(text), kind);
}

static bool has_addr(const struct list *list, const char *text)
{
    struct chains_addr addr;
    check(chains_addr_parse(text, &addr));
    return list_has_addr(list, &addr);
}

static bool has_name(const struct list *list, const char *name)
{
    return list_has_name(list, name, strlen(name));
}

/* ---- one value after the other -------------------------------------------------------------
 */

static void test_addresses(void)
{
    static const char text[] = "\xef\xbb\xbf# a list\r\n"
                               "\r\n"
                               "   \t \n"
                               "10.0.0.0/8\n"
                               "  192.0.2.1\t# one ; comment\r\n"
                               "192.0.2.4 ; SBL1\n"
                               "; all of it\n"
                               "198.51.100.7-198.51.100.9\n"
                               "203.0.113.250 - 203.0.114.1\n"
                               "203.0.113.10 .. 203.0.113.11\n"
                               "2001:db8::/32\n"
                               "::1\n"
                               "::ffff:9.9.9.9\n"
                               "2001:db9::fffe-2001:db9::1:1";
    static const struct {
        const char *addr;
        bool in;
    } table[] = {
        { "9.255.255.255", false },
        { "10.0.0.0", true },
        { "10.255.255.255", true },
        { "11.0.0.0", false },
        { "192.0.2.0", false },
        { "192.0.2.1", true },
        { "192.0.2.2", false },
        { "192.0.2.4", true },
        { "198.51.100.6", false },
        { "198.51.100.7", true },
        { "198.51.100.8", true },
        { "198.51.100.9", true },
        { "198.51.100.10", false },
        { "203.0.113.249", false },
        { "203.0.113.250", true },
        { "203.0.114.1", true },
        { "203.0.114.2", false },
        { "203.0.113.10", true },
        { "203.0.113.12", false },
        { "0.0.0.0", false },
        { "255.255.255.255", false },
        { "2001:db7:ffff::", false },
        { "2001:db8::", true },
        { "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true },
        { "2001:db9::fffd", false },
        { "2001:db9::fffe", true },
        { "2001:db9::1:0", true },
        { "2001:db9::1:1", true },
        { "2001:db9::1:2", false },
        { "::", false },
        { "::1", true },
        { "::2", false },
        { "::ffff:9.9.9.9", true },
        { "9.9.9.9", false },
        { "::ffff:10.0.0.1", false },
        { "::10.0.0.1", false },
        { "a00::", false },
    };
    struct list *list = read_text(text, LIST_ADDRESSES);
    for (size_t i = 0; list && i < sizeof table / sizeof *table; i++)
        if (!check(has_addr(list, table[i].addr) == table[i].in))
            printf("# %s\n", table[i].addr);
    const struct chains_addr none = { .family = 0 };
    check(list && !list_has_addr(list, &none));
    check_eq_u64(list ? list_entries(list) : 0, 10);
    list_free(list);
}

static void test_all_and_nothing(void)
{
    static const char *const nothing[] = { "", "\n", "# no entry\n;\n", "\xef\xbb\xbf",
                                           "\r\n" };
    struct list *list = read_text("0.0.0.0/0\n", LIST_ADDRESSES);
    check(has_addr(list, "0.0.0.0") && has_addr(list, "255.255.255.255"));
    check(!has_addr(list, "::") && !has_addr(list, "::ffff:1.2.3.4"));
    list_free(list);
    list = read_text("::/0\n1.2.3.4/32\n2001:db8::1/128\n", LIST_ADDRESSES);
    check(has_addr(list, "::") && has_addr(list, "ffff:ffff::ffff"));
    check(has_addr(list, "2001:db8::1") && !has_addr(list, "0.0.0.0"));
    check(has_addr(list, "1.2.3.4") && !has_addr(list, "1.2.3.5") &&
          !has_addr(list, "1.2.3.3"));
    list_free(list);
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        for (int kind = LIST_ADDRESSES; kind <= LIST_NUMBERS; kind++) {
            list = read_text(nothing[i], (enum list_kind)kind);
            const uint8_t mac[6] = { 0 };
            check(list && list_entries(list) == 0 && !has_addr(list, "0.0.0.0") &&
                  !has_addr(list, "::") && !has_name(list, "a") && !has_name(list, "") &&
                  !list_has_mac(list, mac) && !list_has_number(list, 0));
            list_free(list);
        }
}

static void test_names(void)
{
    static const char text[] = "Example.COM\n"
                               ".suffix.example # and below\n"
                               "*.Star.example.\n"
                               "dotted.example.\n"
                               "0.0.0.0 ads.example\r\n"
                               "127.0.0.1\tone.hosts two.hosts # three.hosts\n"
                               "::1 six.hosts\n"
                               "fe80::1%lo0 zone.hosts\n"
                               "0.0.0.0 0.0.0.0\n"
                               ".deep.er.suffix.test\n"
                               ".top\n"
                               "m\xc3\xbcller.example\n"
                               "dup.example\n.dup.example\n";
    static const struct {
        const char *name;
        bool in;
    } table[] = {
        { "example.com", true },
        { "EXAMPLE.com", true },
        { "example.com.", true },
        { "example.com..", false },
        { "www.example.com", false },
        { "xample.com", false },
        { "example.co", false },
        { "suffix.example", true },
        { "Suffix.Example.", true },
        { "a.suffix.example", true },
        { "b.a.SUFFIX.example.", true },
        { "asuffix.example", false },
        { "suffix.example.net", false },
        { "star.example", true },
        { "x.star.example", true },
        { "*.star.example", true },
        { "dotted.example", true },
        { "x.dotted.example", false },
        { "ads.example", true },
        { "0.0.0.0", true },
        { "127.0.0.1", false },
        { "one.hosts", true },
        { "two.hosts", true },
        { "three.hosts", false },
        { "six.hosts", true },
        { "zone.hosts", true },
        { "deep.er.suffix.test", true },
        { "1.2.3.deep.er.suffix.test", true },
        { "er.suffix.test", false },
        { "x.er.suffix.test", false },
        { "top", true },
        { "any.thing.top", true },
        { "stop", false },
        { "m\xc3\xbcller.example", true },
        { "M\xc3\x9cLLER.example", false }, /* ASCII alone is folded */
        { "dup.example", true },
        { "a.dup.example", true },
        { "", false },
        { ".", false },
        { "..", false },
        { "example", false },
    };
    struct list *list = read_text(text, LIST_NAMES);
    for (size_t i = 0; list && i < sizeof table / sizeof *table; i++)
        if (!check(has_name(list, table[i].name) == table[i].in))
            printf("# %s\n", table[i].name);
    check_eq_u64(list ? list_entries(list) : 0, 15);
    list_free(list);
}

static void test_no_suffixes(void)
{
    struct list *list = read_text("a.example\n", LIST_NAMES);
    check(has_name(list, "a.example") && !has_name(list, "b.a.example"));
    check(!has_name(list, "example") && !has_name(list, "x"));
    check(!list_has_name(list, "a.example\0", 10) && list_has_name(list, "a.examples", 9));
    list_free(list);
}

static void test_long_names(void)
{
    enum { LABEL = 63, LONG = 4000, HUGE = 100000 };
    static char text[LONG + 20], name[HUGE + 20];
    memset(text, 'x', LONG);
    for (int i = LABEL; i < LONG; i += LABEL + 1)
        text[i] = '.';
    text[LONG - 1] = 'x';
    text[LONG] = '\n';
    struct list *list = read_text_of(text, LONG + 1, LIST_NAMES);
    check(list_has_name(list, text, LONG));
    check(!list_has_name(list, text, LONG - 1) && !list_has_name(list, text + 1, LONG - 1));
    list_free(list);

    list = read_text(".end.example\n", LIST_NAMES);
    for (size_t len = 240; len < 280; len++) {
        memset(name, 'a', len);
        memcpy(name + len - 12, ".END.example", 12);
        check(list_has_name(list, name, len));
        name[len - 12] = 'a';
        check(!list_has_name(list, name, len));
    }
    memset(name, '.', HUGE); /* a name that is all dots costs no more than one with three */
    check(!list_has_name(list, name, HUGE));
    memcpy(name + HUGE - 12, ".end.example", 12);
    check(list_has_name(list, name, HUGE));
    list_free(list);
}

static void test_macs(void)
{
    struct list *list = read_text("02:00:00:00:00:01\n6C-40-08 # a vendor\naa:BB:cc:dd:ee:ff\n"
                                  "ff:ff:ff:ff:ff:ff\n",
                                  LIST_MACS);
    static const struct {
        uint8_t mac[6];
        bool in;
    } table[] = {
        { { 2, 0, 0, 0, 0, 0 }, false },
        { { 2, 0, 0, 0, 0, 1 }, true },
        { { 2, 0, 0, 0, 0, 2 }, false },
        { { 0x6c, 0x40, 7, 255, 255, 255 }, false },
        { { 0x6c, 0x40, 8, 0, 0, 0 }, true },
        { { 0x6c, 0x40, 8, 255, 255, 255 }, true },
        { { 0x6c, 0x40, 9, 0, 0, 0 }, false },
        { { 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff }, true },
        { { 255, 255, 255, 255, 255, 255 }, true },
        { { 255, 255, 255, 255, 255, 254 }, false },
        { { 0 }, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check(list_has_mac(list, table[i].mac) == table[i].in);
    list_free(list);
}

static void test_numbers(void)
{
    struct list *list =
        read_text("0\n53\n 0x50 \n1000-2000\n3000 .. 3001\n1999-2002\n2003\n"
                  "18446744073709551615\n0xfffffffffffffff0-0xfffffffffffffff2\n",
                  LIST_NUMBERS);
    static const struct {
        uint64_t number;
        bool in;
    } table[] = {
        { 0, true },
        { 1, false },
        { 52, false },
        { 53, true },
        { 54, false },
        { 80, true },
        { 999, false },
        { 1000, true },
        { 1500, true },
        { 2000, true },
        { 2001, true },
        { 2003, true },
        { 2004, false },
        { 2999, false },
        { 3000, true },
        { 3001, true },
        { 3002, false },
        { UINT64_MAX, true },
        { UINT64_MAX - 1, false },
        { UINT64_MAX - 15, true },
        { UINT64_MAX - 13, true },
        { UINT64_MAX - 12, false },
        { UINT64_MAX - 16, false },
        { UINT64_C(1) << 63, false },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!check(list_has_number(list, table[i].number) == table[i].in))
            printf("# %" PRIu64 "\n", table[i].number);
    list_free(list);
    list = read_text("0-18446744073709551615\n", LIST_NUMBERS);
    check(list_has_number(list, 0) && list_has_number(list, UINT64_MAX) &&
          list_has_number(list, 1234567));
    list_free(list);
}

/* ---- what is wrong -------------------------------------------------------------------------
 */

static void check_wrong(const char *text, enum list_kind kind, const char *want)
{
    char error[512] = "", whole[600];
    int status = 99;
    write_file(text, strlen(text));
    struct list *list = list_read(path, kind, &status, error, sizeof error);
    snprintf(whole, sizeof whole, "%s:%s", path, want);
    check(list == NULL);
    check_eq_u64(status, CHAINS_EUSAGE);
    check_eq_text(error, whole);
    list_free(list);
}

static void test_wrong_lines(void)
{
    static const struct {
        enum list_kind kind;
        const char *text, *want;
    } table[] = {
        { LIST_ADDRESSES, "10.0.0.1\nexample.com\n",
          "2: \"example.com\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "\n\n#\n1.2.3\n",
          "4: \"1.2.3\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "10.0.0.1/8",
          "1: \"10.0.0.1/8\" has bits set behind the prefix; did you mean 10.0.0.0/8?" },
        { LIST_ADDRESSES, "2001:db8::1/33",
          "1: \"2001:db8::1/33\" has bits set behind the prefix; did you mean 2001:db8::/33?" },
        { LIST_ADDRESSES, "10.0.0.0/33",
          "1: \"10.0.0.0/33\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "10.0.0.0/",
          "1: \"10.0.0.0/\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "::/129", "1: \"::/129\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "10.0.0.0 10.0.0.1",
          "1: \"10.0.0.0 10.0.0.1\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "fe80::1%eth0",
          "1: \"fe80::1%eth0\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "10.0.0.2-10.0.0.1",
          "1: \"10.0.0.1\" ends a range before it begins" },
        { LIST_ADDRESSES, "10.0.0.2-::1",
          "1: \"::1\" is of another family than the range's begin" },
        { LIST_ADDRESSES, "10.0.0.2-", "1: \"\" is not an address" },
        { LIST_ADDRESSES, "-10.0.0.2", "1: \"\" is not an address" },
        { LIST_ADDRESSES, "1.2.3.4-1.2.3.5-1.2.3.6",
          "1: \"1.2.3.5-1.2.3.6\" is not an address" },
        { LIST_ADDRESSES, "10.0.0.0/8-10.0.0.0/9", "1: \"10.0.0.0/8\" is not an address" },
        { LIST_ADDRESSES, "\033[31mred\n",
          "1: \"?[31mred\" is not an address, a prefix or a range" },
        { LIST_ADDRESSES, "0123456789012345678901234567890123456789+",
          "1: \"0123456789012345678901234567890123456789...\" is not an address, a prefix or a "
          "range" },
        { LIST_ADDRESSES,
          "1.2.3.4\n\xef\xbb\xbf"
          "1.2.3.5",
          "2: \"???1.2.3.5\" is not an address, a prefix or a range" },
        { LIST_NAMES, "a b", "1: \"b\" stands behind a name: one name a line" },
        { LIST_NAMES, "a.*.b",
          "1: \"a.*.b\" is not a name: a '*' can only stand before a dot at its begin" },
        { LIST_NAMES, "||ads.example^",
          "1: \"||ads.example^\" is not a name: a '*' can only stand before a dot at its "
          "begin" },
        { LIST_NAMES, "*",
          "1: \"*\" is not a name: a '*' can only stand before a dot at its "
          "begin" },
        { LIST_NAMES, "*.", "1: \"*.\" is not a name" },
        { LIST_NAMES, ".", "1: \".\" is not a name" },
        { LIST_NAMES, "..", "1: \"..\" is not a name" },
        { LIST_NAMES, "a\033b", "1: \"a?b\" is not a name" },
        { LIST_MACS, "02:00:00:00:00",
          "1: \"02:00:00:00:00\" is not a MAC address or the first three bytes of one" },
        { LIST_MACS, "02:00-00:00:00:01",
          "1: \"02:00-00:00:00:01\" is not a MAC address or the first three bytes of one" },
        { LIST_MACS, "02x00x00",
          "1: \"02x00x00\" is not a MAC address or the first three bytes "
          "of one" },
        { LIST_MACS, "0g:00:00",
          "1: \"0g:00:00\" is not a MAC address or the first three bytes "
          "of one" },
        { LIST_NUMBERS, "http", "1: \"http\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "-1", "1: \"\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "1-", "1: \"\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "0x", "1: \"0x\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "12a", "1: \"12a\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "18446744073709551616",
          "1: \"18446744073709551616\" is not a number of at most 64 bits" },
        { LIST_NUMBERS, "2-1", "1: \"1\" ends a range before it begins" },
        { LIST_NUMBERS, "1 2", "1: \"1 2\" is not a number of at most 64 bits" },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check_wrong(table[i].text, table[i].kind, table[i].want);
}

static void test_wrong_bytes(void)
{
    enum { LONG = 4096 };
    char error[512], want[600];
    static char text[2 * LONG + 2];
    int status;
    write_file("1.2.3.4\n1.2\0.3.4\n", 17);
    check(!list_read(path, LIST_ADDRESSES, &status, error, sizeof error));
    snprintf(want, sizeof want, "%s:2: a byte 0: this is not a text file", path);
    check_eq_text(error, want);

    memset(text, '#', sizeof text);
    text[LONG] = '\n';
    struct list *list = read_text_of(text, LONG + 1, LIST_NAMES); /* as long as may be */
    list_free(list);
    write_file(text, sizeof text);
    check(!list_read(path, LIST_NAMES, &status, error, sizeof error));
    snprintf(want, sizeof want, "%s:2: longer than 4096 bytes", path);
    check_eq_text(error, want);
    check_eq_u64(status, CHAINS_EUSAGE);
}

static void test_wrong_files(void)
{
    char error[512];
    int status = 0;
    check(!list_read("/nowhere/list", LIST_NAMES, &status, error, sizeof error));
    check_eq_text(error, "/nowhere/list: No such file or directory");
    check_eq_u64(status, CHAINS_EIO);
    check(!list_read("/tmp", LIST_NAMES, &status, error, sizeof error));
    check_eq_text(error, "/tmp is a directory, not a file with one entry a line");
    check_eq_u64(status, CHAINS_EIO);
    check(!list_read("", LIST_NAMES, &status, error, sizeof error));
    check_eq_u64(status, CHAINS_EIO);
    if (geteuid() != 0) {
        write_file("", 0);
        chmod(path, 0);
        check(!list_read(path, LIST_NAMES, &status, error, sizeof error));
        check_eq_u64(status, CHAINS_EIO);
        chmod(path, 0600);
    }
    /* A sentence that does not fit is cut, not written past its end. */
    char small[8] = { 0, 0, 0, 0, 0, 0, 0, 'x' };
    check(!list_read("/nowhere/list", LIST_NAMES, &status, small, 7));
    check_eq_u64(strlen(small), 6);
    check(small[7] == 'x');
}

/* Writes a list into a pipe, in pieces that cut its lines. */
static void *pipe_writer(void *arg)
{
    const int *fd = arg;
    static const char text[] = "1.2.3.4\r\n10.0.0.0/8\n2001:db8::/32";
    for (size_t i = 0; i < sizeof text - 1; i += 3) {
        size_t len = sizeof text - 1 - i < 3 ? sizeof text - 1 - i : 3;
        if (write(*fd, text + i, len) != (ssize_t)len)
            break;
        usleep(100);
    }
    close(*fd);
    return NULL;
}

static void test_pipe(void)
{
    int ends[2], status;
    char name[64], error[512];
    pthread_t writer;
    check(pipe(ends) == 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    pthread_create(&writer, NULL, pipe_writer, &ends[1]);
    struct list *list = list_read(name, LIST_ADDRESSES, &status, error, sizeof error);
    pthread_join(writer, NULL);
    close(ends[0]);
    if (!list) {
        printf("# %s\n", error);
        check(list != NULL);
        return;
    }
    check(has_addr(list, "1.2.3.4") && has_addr(list, "10.1.1.1") &&
          has_addr(list, "2001:db8::1") && !has_addr(list, "1.2.3.5"));
    list_free(list);
}

static void test_too_many(void)
{
    char error[512] = "", want[600];
    int status = 0;
    FILE *file = fopen(path, "w");
    for (int i = 0; i <= LIST_ENTRIES_MOST; i++)
        fputs("1\n", file);
    fclose(file);
    check(!list_read(path, LIST_NUMBERS, &status, error, sizeof error));
    snprintf(want, sizeof want, "%s: more than 4194304 entries", path);
    check_eq_text(error, want);
    check_eq_u64(status, CHAINS_EUSAGE);
    check(truncate(path, 2L * LIST_ENTRIES_MOST) == 0);
    struct list *list = list_read(path, LIST_NUMBERS, &status, error, sizeof error);
    check(list && list_entries(list) == LIST_ENTRIES_MOST && list_has_number(list, 1) &&
          !list_has_number(list, 2));
    check(list && list_memory(list) < 4096); /* one range is left of them */
    list_free(list);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0)
        return 1;
    close(fd);
    test_addresses();
    test_all_and_nothing();
    test_names();
    test_no_suffixes();
    test_long_names();
    test_macs();
    test_numbers();
    test_wrong_lines();
    test_wrong_bytes();
    test_wrong_files();
    test_pipe();
    test_too_many();
    unlink(path);
    return check_done();
}
