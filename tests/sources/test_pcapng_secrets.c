/* SPDX-License-Identifier: MIT */

/* The keys that pcapng files carry, as packet_streamer and merge announce them. */

#include "capture_make.h"

#include <chains/component.h>
#include <chains/components.h>

#include "../../src/sources/pcapng.h"
#include "../../src/sources/secrets.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

enum { TLSK = 0x544c534b, WGKL = 0x57474b4c };

static void put_block(struct made *made, uint32_t type, const void *body, size_t len)
{
    size_t padded = (len + 3) / 4 * 4;
    put32(made, type);
    put32(made, padded + 12);
    put(made, body, len);
    put_zeros(made, padded - len);
    put32(made, padded + 12);
}

static void put_begin(struct made *made)
{
    struct made body = { .big = made->big };
    put32(&body, 0x1a2b3c4d);
    put16(&body, 1);
    put16(&body, 0);
    put_number(&body, UINT64_MAX, 8);
    put_block(made, 0x0a0d0d0a, body.at, body.len);
    body.len = 0;
    put16(&body, 1);
    put16(&body, 0);
    put32(&body, 0);
    put_block(made, 1, body.at, body.len);
    free(body.at);
}

static void put_packet(struct made *made, uint32_t second)
{
    struct made body = { .big = made->big };
    uint64_t ticks = (uint64_t)second * 1000000;
    put32(&body, 0);
    put32(&body, ticks >> 32);
    put32(&body, ticks & UINT32_MAX);
    put32(&body, 4);
    put32(&body, 4);
    put_zeros(&body, 4);
    put_block(made, 6, body.at, body.len);
    free(body.at);
}

/* `says`: the length that the block claims for its text. */
static void put_secrets(struct made *made, uint32_t type, const char *text, size_t says)
{
    struct made body = { .big = made->big };
    put32(&body, type);
    put32(&body, says);
    put(&body, text, strlen(text));
    put_block(made, 10, body.at, body.len);
    free(body.at);
}

static void put_keys(struct made *made, const char *text)
{
    put_secrets(made, TLSK, text, strlen(text));
}

/* What a sink sees of the announced secrets: with the first packet, and in the end. */
static struct seen {
    size_t sources, packets;
    size_t first_len;
    char text[2 * SECRETS_MOST + 1];
    char warned[400], error[500];
    uint64_t limited, warnings;
} seen;

static int watch_each(chains_component *self, struct chains_record *rec)
{
    struct chains_source_info source = chains_source_of(self);
    size_t len = 0;
    (void)rec;
    seen.sources = source.secrets_count;
    for (size_t i = 0; i < source.secrets_count; i++) {
        memcpy(seen.text + len, source.secrets[i]->text ? source.secrets[i]->text : "",
               source.secrets[i]->len);
        len += source.secrets[i]->len;
    }
    seen.text[len] = '\0';
    if (seen.packets++ == 0)
        seen.first_len = len;
    return CHAINS_KEEP;
}

static const struct chains_class watch_class = {
    .name = "watch",
    .brief = "sees keys",
    .role = CHAINS_LINK,
    .each = watch_each,
};

static void note(void *user, const char *sentence)
{
    (void)user;
    seen.warnings++;
    snprintf(seen.warned, sizeof seen.warned, "%s", sentence);
}

static void watch(chains_component *source)
{
    chains_component *last = chains_new(&watch_class, NULL);
    memset(&seen, 0, sizeof seen);
    chains_link(last, source);
    chains_on_log(last, note, NULL);
    chains_pull(last);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(source, &stats);
    seen.limited = stats.limited;
    snprintf(seen.error, sizeof seen.error, "%s", chains_error(last) ? chains_error(last) : "");
    chains_free(last);
}

static void watch_made(struct made *made)
{
    watch(chains_packet_streamer(.iface_name = made_write(made)));
    made_free(made);
}

static void test_both_orders(void)
{
    for (int big = 0; big < 2; big++) {
        struct made made = { .big = big };
        put_begin(&made);
        put_keys(&made, "A 1\n");
        put_packet(&made, 1);
        put_secrets(&made, WGKL, "LOCAL 2\n", 8);
        put_keys(&made, "");
        put_keys(&made, "B 22");
        made.big = !made.big; /* another section in the other order */
        put_begin(&made);
        put_keys(&made, "C 333\r\nD\n");
        put_packet(&made, 2);
        watch_made(&made);
        check_eq_u64(seen.packets, 2);
        check_eq_u64(seen.sources, 1);
        check(seen.first_len >= 4);
        check_eq_text(seen.text, "A 1\nB 22\nC 333\r\nD\n");
        check_eq_text(seen.error, "");
        check_eq_u64(seen.warnings + seen.limited, 0);
    }
}

static void test_none(void)
{
    struct made made = { 0 };
    put_begin(&made);
    put_packet(&made, 1);
    watch_made(&made);
    check_eq_u64(seen.sources, 1);
    check_eq_text(seen.text, "");
}

/* Lengths that do not fit are damage; the packets before are given. */
static void test_lengths(void)
{
    static const struct {
        size_t says;
        bool good;
    } cases[] = { { 3, true },  { 4, true },           { 5, false },
                  { 8, false }, { UINT32_MAX, false }, { 0, true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made made = { 0 };
        put_begin(&made);
        put_packet(&made, 1);
        put_secrets(&made, TLSK, "ABC\n", cases[i].says);
        put_packet(&made, 2);
        watch_made(&made);
        printf("# %zu: %s\n", cases[i].says, seen.error);
        check_eq_u64(seen.packets, cases[i].good ? 2 : 1);
        check_eq_u64(strstr(seen.error, "has no room for its keys of") != NULL, !cases[i].good);
    }
    struct made made = { 0 };
    put_begin(&made);
    put_packet(&made, 1);
    put_block(&made, 10, "1234", 4); /* no room for its header */
    watch_made(&made);
    check(strstr(seen.error, "a block of length 16") != NULL);
}

/* A file that ends anywhere in the keys: an error, and nothing but whole lines. */
static void test_cut(void)
{
    struct made whole = { 0 };
    put_begin(&whole);
    put_packet(&whole, 1);
    size_t from = whole.len;
    put_keys(&whole, "ABC 123\nDEF 456\n");
    for (size_t len = from; len <= whole.len; len++) {
        struct made made = { 0 };
        put(&made, whole.at, len);
        watch_made(&made);
        check_eq_u64(strstr(seen.error, "cut short") != NULL, len != from && len != whole.len);
        check(!seen.text[0] || strcmp(seen.text, "ABC 123\n") == 0 ||
              strcmp(seen.text, "ABC 123\nDEF 456\n") == 0);
    }
    free(whole.at);
}

/* `len` bytes of lines of 64, each with its number. */
static char *lines(size_t len)
{
    char *text = malloc(len + 65);
    for (size_t at = 0; at < len; at += 64)
        snprintf(text + at, 65, "LABEL %056zu\n\n", at / 64);
    text[len] = '\0';
    return text;
}

/* Longer than the buffer, and then than the ceiling. */
static void test_long(void)
{
    static const struct {
        size_t first, second, kept;
    } cases[] = {
        { CAPTURE_BUFFER + 64000, 0, CAPTURE_BUFFER + 64000 },
        { 64 * 1000, 64 * 9000, 64 * 10000 },
        { SECRETS_MOST - 64, 0, SECRETS_MOST - 64 },
        { SECRETS_MOST, 0, SECRETS_MOST - 64 }, /* a byte is kept for the end of a line */
        { SECRETS_MOST + 64 * 3000, 64, SECRETS_MOST - 64 },
        { 64 * 10000, 64 * 10000, SECRETS_MOST - 64 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *first = lines(cases[i].first), *second = lines(cases[i].second);
        bool full = cases[i].kept < cases[i].first + cases[i].second;
        struct made made = { 0 };
        put_begin(&made);
        put_packet(&made, 1);
        put_keys(&made, first);
        if (cases[i].second)
            put_keys(&made, second);
        put_packet(&made, 2);
        watch_made(&made);
        printf("# case %zu\n", i);
        check_eq_u64(seen.packets, 2);
        check_eq_u64(strlen(seen.text) / 64, cases[i].kept / 64);
        check(strlen(seen.text) < SECRETS_MOST);
        check_eq_u64(seen.text[strlen(seen.text) - 1], '\n');
        check(strncmp(seen.text, first,
                      cases[i].first < cases[i].kept ? cases[i].first : cases[i].kept) == 0);
        check_eq_u64(seen.warnings, full);
        check_eq_u64(seen.limited, full);
        check_eq_u64(strstr(seen.warned, "carries more than 1024 KiB of keys") != NULL, full);
        free(first);
        free(second);
    }
}

/* What fills the buffer without an end of line is left out; the packets are not. */
static void test_no_line(void)
{
    size_t len = CAPTURE_BUFFER + 100000;
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    memcpy(text + len - 6, "\nEND\n\n", 6);
    struct made made = { 0 };
    put_begin(&made);
    put_keys(&made, text);
    put_packet(&made, 1);
    watch_made(&made);
    check_eq_u64(seen.packets, 1);
    check_eq_text(seen.error, "");
    check(strlen(seen.text) < 200000);
    check(strlen(seen.text) > 6 && strcmp(seen.text + strlen(seen.text) - 6, "\nEND\n\n") == 0);
    free(text);
}

/* A line of keys that comes byte by byte is looked through once. */
static void test_bytes_of_a_line(void)
{
    struct made made = { 0 };
    size_t len = CAPTURE_BUFFER - 1000;
    char *text = malloc(len + 1);
    memset(text, 'x', len);
    text[len] = '\0';
    put_begin(&made);
    put_keys(&made, text);
    struct pcapng *pcapng = pcapng_new();
    struct capture_packet packet;
    struct secrets secrets = { .room = 0 };
    struct capture_stream in = { .at = made.at, .start = made.at, .secrets = &secrets };
    clock_t began = clock();
    bool good = true;
    for (size_t n = 0; n <= made.len && good; n++) {
        int status;
        in.end = made.at + n;
        do
            status = pcapng_block(pcapng, &in, &packet);
        while (status == PCAPNG_PASSED);
        good = status == CHAINS_IDLE;
    }
    check(good && in.at == in.end);
    check_eq_u64(secrets.found.len, len + 1);
    /* Else it is some 10^11 bytes. */
    check(clock() - began < 5 * CLOCKS_PER_SEC);
    secrets_close(&secrets);
    pcapng_free(pcapng);
    free(made.at);
    free(text);
}

/* Through a pipe, in pieces. */
static void test_pipe(void)
{
    char *text = lines(64 * 2000);
    struct made made = { 0 };
    put_begin(&made);
    put_keys(&made, text);
    put_packet(&made, 1);
    int ends[2];
    check_eq_u64(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        for (size_t at = 0; at < made.len; at += 777) {
            size_t n = made.len - at < 777 ? made.len - at : 777;
            if (write(ends[1], made.at + at, n) != (ssize_t)n)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    watch(chains_packet_streamer(.iface_name = "-"));
    waitpid(child, NULL, 0);
    check_eq_u64(seen.packets, 1);
    check_eq_text(seen.text, text);
    made_free(&made);
    free(text);
}

static void make_file(struct made *made, uint32_t second, const char *keys)
{
    *made = (struct made){ .len = 0 };
    put_begin(made);
    put_keys(made, keys);
    put_packet(made, second);
    put_packet(made, second + 2);
    made_write(made);
}

/* Files that overlap in time: each one's keys once. And the same of a merge. */
static void test_several(void)
{
    struct made one, two;
    make_file(&one, 1, "ONE 1\n");
    make_file(&two, 2, "TWO 2\n");
    const char *const files[] = { one.path, two.path, NULL };
    watch(chains_packet_streamer(.files = files));
    check_eq_u64(seen.packets, 4);
    check_eq_u64(seen.sources, 1);
    check_eq_text(seen.text, "ONE 1\nTWO 2\n");
    chains_component *merge = chains_merge();
    chains_link(merge, chains_packet_streamer(.iface_name = one.path));
    chains_link(merge, chains_packet_streamer(.iface_name = two.path));
    watch(merge);
    check_eq_u64(seen.packets, 4);
    check_eq_u64(seen.sources, 2);
    check_eq_text(seen.text, "ONE 1\nTWO 2\n");
    made_free(&one);
    made_free(&two);
}

int main(void)
{
    test_both_orders();
    test_none();
    test_lengths();
    test_cut();
    test_long();
    test_no_line();
    test_bytes_of_a_line();
    test_pipe();
    test_several();
    return check_done();
}
