/* SPDX-License-Identifier: MIT */

/* Lines of a key log, a file that grows, is cut and replaced, sources, and a table that is full. */

#include "../check.h"

#include "../../src/links/tls_keyfile.h"
#include "../../src/links/tls_keylog.h"
#include "../../src/links/tls_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define R64 "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define S64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define S96 S64 "00112233445566778899aabbccddeeff"

static char folder[] = "/tmp/test_tls_keys.XXXXXX";
static char path[64], other[64];

static struct chains_bytes text_bytes(const char *text)
{
    return (struct chains_bytes){ (const uint8_t *)text, strlen(text) };
}

static void test_lines(void)
{
    static const struct {
        const char *line;
        enum tls_keylog_line want;
        unsigned label, len;
    } cases[] = {
        { "CLIENT_RANDOM " R64 " " S96, TLS_KEYLOG_SECRET, TLS_SECRET_MASTER, 48 },
        { "CLIENT_EARLY_TRAFFIC_SECRET " R64 " " S64, TLS_KEYLOG_SECRET,
          TLS_SECRET_CLIENT_EARLY, 32 },
        { "CLIENT_HANDSHAKE_TRAFFIC_SECRET " R64 " " S64, TLS_KEYLOG_SECRET,
          TLS_SECRET_CLIENT_HANDSHAKE, 32 },
        { "SERVER_HANDSHAKE_TRAFFIC_SECRET " R64 " " S96, TLS_KEYLOG_SECRET,
          TLS_SECRET_SERVER_HANDSHAKE, 48 },
        { "CLIENT_TRAFFIC_SECRET_0 " R64 " " S64, TLS_KEYLOG_SECRET, TLS_SECRET_CLIENT_TRAFFIC,
          32 },
        { "SERVER_TRAFFIC_SECRET_0 " R64 " " S64, TLS_KEYLOG_SECRET, TLS_SECRET_SERVER_TRAFFIC,
          32 },
        { " \tCLIENT_RANDOM  " R64 "\t" S96 "  ", TLS_KEYLOG_SECRET, TLS_SECRET_MASTER, 48 },
        { "", TLS_KEYLOG_NOTHING, 0, 0 },
        { "   ", TLS_KEYLOG_NOTHING, 0, 0 },
        { "# a comment", TLS_KEYLOG_NOTHING, 0, 0 },
        { "\xef\xbb\xbf", TLS_KEYLOG_NOTHING, 0, 0 },
        { "\xef\xbb\xbf# a comment", TLS_KEYLOG_NOTHING, 0, 0 },
        { "\xef\xbb\xbf"
          "CLIENT_RANDOM " R64 " " S96,
          TLS_KEYLOG_SECRET, TLS_SECRET_MASTER, 48 },
        { "\xef\xbb"
          "CLIENT_RANDOM " R64 " " S96,
          TLS_KEYLOG_BAD, 0, 0 },
        { "\xff\xfe"
          "C",
          TLS_KEYLOG_BAD, 0, 0 },
        { "#CLIENT_RANDOM " R64 " " S96, TLS_KEYLOG_NOTHING, 0, 0 },
        { "EXPORTER_SECRET " R64 " " S64, TLS_KEYLOG_NOTHING, 0, 0 },
        { "RSA 0123456789abcdef " S96, TLS_KEYLOG_NOTHING, 0, 0 },
        { "ECH_SECRET " R64 " " S64, TLS_KEYLOG_NOTHING, 0, 0 },
        { "CLIENT_TRAFFIC_SECRET_1 " R64 " " S64, TLS_KEYLOG_NOTHING, 0, 0 },
        { "client_random " R64 " " S96, TLS_KEYLOG_NOTHING, 0, 0 },
        { "CLIENT_RANDOM", TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_RANDOM " R64, TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_RANDOM " R64 " " S64, TLS_KEYLOG_BAD, 0, 0 },      /* 32 bytes */
        { "CLIENT_RANDOM " R64 " " S96 "00", TLS_KEYLOG_BAD, 0, 0 }, /* 49 */
        { "CLIENT_RANDOM " R64 " " S96 "0", TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_RANDOM " R64 "00 " S96, TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_RANDOM " R64 " " S96 " more", TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_TRAFFIC_SECRET_0 " R64 " " S64 "00", TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_TRAFFIC_SECRET_0 " R64 " g" S64, TLS_KEYLOG_BAD, 0, 0 },
        { "CLIENT_TRAFFIC_SECRET_0 x" R64 " " S64, TLS_KEYLOG_BAD, 0, 0 },
        { "not-a-label " R64 " " S64, TLS_KEYLOG_BAD, 0, 0 },
        { "\x01\xff", TLS_KEYLOG_BAD, 0, 0 },
        { "word", TLS_KEYLOG_BAD, 0, 0 },
        { "some words", TLS_KEYLOG_BAD, 0, 0 },
        { "EXPORTER_SECRET " R64, TLS_KEYLOG_BAD, 0, 0 },
        { "EXPORTER_SECRET " R64 " x" S64, TLS_KEYLOG_BAD, 0, 0 },
        { "EXPORTER_SECRET " R64 " " S64 " 00", TLS_KEYLOG_BAD, 0, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tls_keylog_entry entry = { .label = 99 };
        printf("# case %zu\n", i);
        check_eq_u64(tls_keylog_read(text_bytes(cases[i].line), &entry), cases[i].want);
        if (cases[i].want != TLS_KEYLOG_SECRET)
            continue;
        check_eq_u64(entry.label, cases[i].label);
        check_eq_u64(entry.secret.len, cases[i].len);
        check_eq_u64(entry.random[0], 0x01);
        check_eq_u64(entry.random[31], 0xef);
        check_eq_u64(entry.secret.bytes[1], 0x11);
        check_eq_u64(entry.secret.bytes[entry.secret.len - 1], 0xff);
    }
}

/* Every beginning of a good line is bad or nothing, never a secret. */
static void test_cut_lines(void)
{
    static const char line[] = "CLIENT_TRAFFIC_SECRET_0 " R64 " " S96;
    unsigned secrets = 0;
    for (size_t len = 0; len < sizeof line - 1; len++) {
        uint8_t *exact = malloc(len ? len : 1);
        struct tls_keylog_entry entry;
        memcpy(exact, line, len);
        secrets +=
            tls_keylog_read((struct chains_bytes){ exact, len }, &entry) == TLS_KEYLOG_SECRET;
        free(exact);
    }
    check_eq_u64(secrets, 1); /* where it is as long as SHA-256's */
}

/* ---- files ----------------------------------------------------------------------------------- */

static void put_file(const char *name, const char *mode, const char *text)
{
    FILE *file = fopen(name, mode);
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

/* A line of the connection `n`. */
static const char *line_of(unsigned n)
{
    static char line[256];
    snprintf(line, sizeof line, "CLIENT_RANDOM %064x %096x", n, n);
    return line;
}

static void put_line(const char *mode, unsigned n, const char *end)
{
    put_file(path, mode, line_of(n));
    put_file(path, "a", end);
}

static const struct tls_secret *find(struct tls_keys *keys, unsigned n)
{
    uint8_t random[TLS_RANDOM] = { 0 };
    for (int i = 0; i < 4; i++)
        random[TLS_RANDOM - 1 - i] = (uint8_t)(n >> 8 * i);
    return tls_keys_find(keys, TLS_SECRET_MASTER, random);
}

/* Whether the connection `n` is known, by its own secret. */
static bool knows(struct tls_keys *keys, unsigned n)
{
    const struct tls_secret *secret = find(keys, n);
    return secret && secret->len == 48 && secret->bytes[47] == (n & 0xff) &&
           secret->bytes[46] == (n >> 8 & 0xff);
}

static bool refresh(struct tls_keys *keys)
{
    char why[400] = "";
    bool good = tls_keys_refresh(keys, NULL, why, sizeof why);
    if (!good)
        printf("# %s\n", why);
    return good;
}

static struct tls_keys *following(void)
{
    struct tls_keys *keys = tls_keys_new(100);
    check(keys && tls_keys_follow(keys, path));
    return keys;
}

static void test_growing(void)
{
    unlink(path);
    struct tls_keys *keys = following();
    check(refresh(keys)); /* it is not there yet */
    put_line("w", 1, "\n");
    check(refresh(keys));
    check(knows(keys, 1));
    put_line("a", 2, "\r\n");
    put_line("a", 3, "\r");
    put_line("a", 4, "");
    check(refresh(keys));
    check(knows(keys, 2));
    check(knows(keys, 3));
    put_file(path, "a", "\n\n# words\nCLIENT_RANDOM 12\nFOO 1 2\n");
    check(refresh(keys));
    check(knows(keys, 4));
    check_eq_u64(tls_keys_bad(keys), 1);
    check_eq_u64(tls_keys_lost(keys), 0);
    tls_keys_free(keys);
}

/* A line that is written byte by byte, with a look at each. */
static void test_byte_by_byte(void)
{
    const char *line = line_of(7);
    unlink(path);
    struct tls_keys *keys = following();
    for (size_t i = 0; line[i]; i++) {
        const char byte[2] = { line[i], '\0' };
        put_file(path, "a", byte);
        refresh(keys);
    }
    refresh(keys); /* nothing more comes: it is whole */
    check(knows(keys, 7));
    put_file(path, "a", "\n");
    refresh(keys);
    check(knows(keys, 7));
    check_eq_u64(tls_keys_bad(keys), 0);
    tls_keys_free(keys);
}

/* The same of TLS 1.3, and looks in which nothing came: what is read early is read again. */
static void test_slow_line(void)
{
    static const char line[] = "CLIENT_TRAFFIC_SECRET_0 " R64 " " S96;
    const size_t sha256 = sizeof line - 1 - 32; /* so long is one with a shorter secret */
    struct tls_keylog_entry entry;
    tls_keylog_read(text_bytes(line), &entry);
    unlink(path);
    struct tls_keys *keys = following();
    for (size_t i = 0; line[i]; i++) {
        const char byte[2] = { line[i], '\0' };
        put_file(path, "a", byte);
        refresh(keys);
        refresh(keys);
        const struct tls_secret *secret =
            tls_keys_find(keys, TLS_SECRET_CLIENT_TRAFFIC, entry.random);
        size_t want = i + 1 < sha256 ? 0 : i + 1 < sizeof line - 1 ? 32 : 48;
        if (!check((secret ? secret->len : 0) == want))
            break;
    }
    check_eq_u64(tls_keys_bad(keys), 0);
    put_file(path, "a", "!"); /* so it was none; what was believed stays */
    put_file(path, "a", "\n");
    refresh(keys);
    check_eq_u64(tls_keys_bad(keys), 1);
    tls_keys_free(keys);
}

/* Who reads from files has the log already, and its last line counts without an end. */
static void test_load(void)
{
    char why[400] = "";
    unlink(path);
    struct tls_keys *keys = following();
    check(!tls_keys_load(keys, why, sizeof why));
    check(strstr(why, path) && strstr(why, "cannot read") && strstr(why, "No such file"));
    put_line("w", 1, "\n");
    put_line("a", 2, "");
    check(tls_keys_load(keys, why, sizeof why));
    check(knows(keys, 1) && knows(keys, 2));
    check(tls_keys_end(keys, why, sizeof why));
    tls_keys_free(keys);
    unlink(path);
    mkdir(path, 0700);
    keys = following();
    check(!tls_keys_load(keys, why, sizeof why));
    check(strstr(why, "not a regular file"));
    rmdir(path);
    tls_keys_free(keys);
}

/* What is said at the end of a file like this. */
static void test_last_words(void)
{
    static const struct {
        const char *text; /* NULL: no file */
        const char *say;  /* NULL: nothing */
        unsigned bad;
    } rows[] = {
        { NULL, "was never there", 0 },
        { "", NULL, 0 },
        { "# written by a library\n\n", NULL, 0 },
        { "EXPORTER_SECRET " R64 " " S64 "\n", NULL, 0 },
        { "CLIENT_RANDOM 12\n", "SSLKEYLOGFILE format: 1", 1 },
        { "CLIENT_RANDOM 12\n\x01\x02\n# x\nrest", "SSLKEYLOGFILE format: 3", 3 },
        { "\x01\x02", "SSLKEYLOGFILE format: 1", 1 },
        { "CLIENT_RANDOM " R64 " " S96 "\nCLIENT_RANDOM 12\n\x01", NULL, 2 },
        { "CLIENT_RANDOM " R64 " " S96, NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[400] = "";
        unlink(path);
        struct tls_keys *keys = following();
        check(refresh(keys)); /* it may come later */
        if (rows[i].text)
            put_file(path, "w", rows[i].text);
        printf("# row %zu\n", i);
        check(tls_keys_end(keys, why, sizeof why) == !rows[i].say);
        check(!rows[i].say || (strstr(why, rows[i].say) && strstr(why, path)));
        check_eq_u64(tls_keys_bad(keys), rows[i].bad);
        tls_keys_free(keys);
    }
    char why[400] = "";
    struct tls_keys *none = tls_keys_new(1); /* follows nothing */
    check(tls_keys_end(none, why, sizeof why));
    tls_keys_free(none);
}

static void test_cut_and_replaced(void)
{
    unlink(path);
    put_line("w", 1, "\n");
    struct tls_keys *keys = following();
    refresh(keys);
    put_line("a", 2, ""); /* cut before it ends: not a part of what comes */
    refresh(keys);
    put_line("w", 3, "\n");
    refresh(keys);
    check(knows(keys, 1));
    check(!knows(keys, 2));
    check(knows(keys, 3));
    check_eq_u64(tls_keys_bad(keys), 0);
    /* The name goes to another file: what the old one got before that counts as well. */
    put_line("a", 4, "\n");
    rename(path, other);
    put_line("w", 5, "\n");
    refresh(keys);
    check(knows(keys, 4));
    check(knows(keys, 5));
    /* Removed, and written to by who still has it open; then there again. */
    unlink(path);
    check(refresh(keys));
    put_line("w", 6, "\n");
    refresh(keys);
    check(knows(keys, 6));
    tls_keys_free(keys);
}

static void test_refused(void)
{
    static const char line[] = "\n";
    unlink(path);
    check_eq_u64(mkfifo(path, 0600), 0);
    struct tls_keys *keys = following();
    char why[400] = "";
    check(!tls_keys_refresh(keys, NULL, why, sizeof why));
    check(strstr(why, path) && strstr(why, "not a regular file"));
    check(tls_keys_refresh(keys, NULL, why, sizeof why)); /* said once */
    check(!knows(keys, 1));
    unlink(path);
    put_line("w", 1, line);
    check(refresh(keys));
    check(knows(keys, 1));
    unlink(path);
    mkdir(path, 0700);
    check(!refresh(keys)); /* it could be read in between: said again */
    check(refresh(keys));
    rmdir(path);
    tls_keys_free(keys);
}

/* A line that never ends, longer than any buffer: passed over, and what follows is read. */
static void test_long_line(void)
{
    unlink(path);
    FILE *file = fopen(path, "w");
    for (int i = 0; file && i < 300000; i++)
        fputc('A', file);
    if (file)
        fclose(file);
    struct tls_keys *keys = following();
    refresh(keys);
    put_file(path, "a", "BB\n");
    put_line("a", 9, "\n");
    refresh(keys);
    check(knows(keys, 9));
    check_eq_u64(tls_keys_bad(keys), 1);
    tls_keys_free(keys);
}

/* More than one look reads: a connection that is asked for is found all the same. */
static void test_large_file(void)
{
    enum { LINES = 140000 };
    unlink(path);
    FILE *file = fopen(path, "w");
    for (unsigned i = 0; file && i < LINES; i++)
        fprintf(file, "%s\n", line_of(i));
    check(file && ftell(file) > TLS_KEYFILE_LOOK);
    if (file)
        fclose(file);
    struct tls_keys *keys = following();
    refresh(keys);
    check(knows(keys, LINES - 1));
    check(!knows(keys, 0));
    check_eq_u64(tls_keys_lost(keys), LINES - 100);
    check_eq_u64(tls_keys_bad(keys), 0);
    tls_keys_free(keys);
}

/* Without a refresh: who asks for what is not there makes the file be looked at, now and then. */
static void test_asking_looks(void)
{
    unlink(path);
    struct tls_keys *keys = following();
    refresh(keys);
    put_line("w", 11, "\n");
    bool found = false;
    for (int i = 0; i < 2000 && !found; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        found = knows(keys, 11);
    }
    check(found);
    tls_keys_free(keys);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void add(struct tls_keys *keys, struct chains_secrets *secrets, const char *text)
{
    const struct chains_secrets *list[] = { secrets };
    const struct chains_source_info source = { .secrets = list, .secrets_count = 1 };
    char why[400];
    static char all[65536];
    memcpy(all + secrets->len, text, strlen(text));
    secrets->text = all;
    secrets->len += strlen(text);
    check(tls_keys_refresh(keys, &source, why, sizeof why));
}

/* The oldest goes; what comes again is not new. */
static void test_oldest_goes(void)
{
    enum { MOST = 10, ALL = 137 };
    struct tls_keys *keys = tls_keys_new(MOST);
    struct chains_secrets secrets = { .len = 0 };
    for (unsigned n = 0; n < ALL; n++) {
        char lines[512];
        int used = snprintf(lines, sizeof lines, "%s\n", line_of(n));
        snprintf(lines + used, sizeof lines - (size_t)used, "%s\n", line_of(n));
        add(keys, &secrets, lines);
        bool right = true;
        for (unsigned old = 0; old <= n; old++)
            right = right && knows(keys, old) == (old + MOST > n);
        check(right);
    }
    check_eq_u64(tls_keys_lost(keys), ALL - MOST);
    check(tls_keys_bytes(keys) < 4096);
    tls_keys_free(keys);
}

/* Several labels of one connection are several secrets; the last line of one counts. */
static void test_labels(void)
{
    struct tls_keys *keys = tls_keys_new(0); /* no fewer than one */
    struct chains_secrets secrets = { .len = 0 };
    add(keys, &secrets, "CLIENT_RANDOM " R64 " " S96 "\n");
    add(keys, &secrets, "SERVER_TRAFFIC_SECRET_0 " R64 " " S64 "\n");
    check_eq_u64(tls_keys_lost(keys), 1);
    tls_keys_free(keys);
    keys = tls_keys_new(8);
    secrets.len = 0;
    add(keys, &secrets, "SERVER_TRAFFIC_SECRET_0 " R64 " " S64 "\nCLIENT_RANDOM " R64);
    struct tls_keylog_entry entry;
    tls_keylog_read(text_bytes("SERVER_TRAFFIC_SECRET_0 " R64 " " S64), &entry);
    const struct tls_secret *secret =
        tls_keys_find(keys, TLS_SECRET_SERVER_TRAFFIC, entry.random);
    check(secret && secret->len == 32);
    check(!tls_keys_find(keys, TLS_SECRET_CLIENT_TRAFFIC, entry.random));
    check_eq_u64(tls_keys_bad(keys), 1); /* the lines of a source are whole */
    add(keys, &secrets, "\nSERVER_TRAFFIC_SECRET_0 " R64 " " S96 "\n");
    secret = tls_keys_find(keys, TLS_SECRET_SERVER_TRAFFIC, entry.random);
    check(secret && secret->len == 48);
    tls_keys_free(keys);
}

static void test_several_sources(void)
{
    char one[400], two[400], why[400];
    snprintf(one, sizeof one, "%s\n", line_of(1));
    snprintf(two, sizeof two, "%s\n", line_of(2));
    struct chains_secrets first = { one, strlen(one) }, second = { two, 0 };
    const struct chains_secrets *list[] = { &first, &second };
    struct chains_source_info source = { .secrets = list, .secrets_count = 2 };
    struct tls_keys *keys = tls_keys_new(8);
    check(tls_keys_refresh(keys, &(struct chains_source_info){ .live = true }, why, 400));
    check(tls_keys_refresh(keys, &source, why, sizeof why));
    check(knows(keys, 1));
    check(!knows(keys, 2));
    second.len = strlen(two);
    check(tls_keys_refresh(keys, &source, why, sizeof why));
    check(knows(keys, 2));
    first.len = 0; /* closed: what was read stays */
    check(tls_keys_refresh(keys, &source, why, sizeof why));
    check(knows(keys, 1));
    tls_keys_free(keys);
    tls_keys_free(NULL);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        printf("Bail out! %s\n", strerror(errno));
        return 1;
    }
    snprintf(path, sizeof path, "%s/keys", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    test_lines();
    test_cut_lines();
    test_growing();
    test_byte_by_byte();
    test_slow_line();
    test_load();
    test_last_words();
    test_cut_and_replaced();
    test_refused();
    test_long_line();
    test_large_file();
    test_asking_looks();
    test_oldest_goes();
    test_labels();
    test_several_sources();
    unlink(path);
    unlink(other);
    rmdir(folder);
    return check_done();
}
