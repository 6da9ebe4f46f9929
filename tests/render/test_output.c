/* SPDX-License-Identifier: MIT */
/*
 * Where render write: full disks, gone readers, slow readers, signals, records larger than the
 * buffer. A sink of the test's own writes records of a size that the test says.
 */
#include "../../src/render/output.h"
#include "../check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

struct writer_options {
    size_t size;
    FILE *out;
    size_t records, length; /* of each, with its line end */
    enum chains_flush flush;
};

static int writer_source_next(chains_component *self, struct chains_batch *out)
{
    bool *done = chains_state(self);
    if (*done)
        return CHAINS_END;
    *done = true;
    chains_batch_add(out);
    return CHAINS_OK;
}

static const struct chains_class writer_source_class = {
    .name = "one",
    .brief = "one record",
    .role = CHAINS_SOURCE,
    .state_size = sizeof(bool),
    .next = writer_source_next,
};

static int writer_open(chains_component *self)
{
    const struct writer_options *options = chains_options(self);
    const struct output_target target = {
        .file = options->out,
        .flush = options->flush,
        .record_end = "\n",
    };
    return output_open(chains_state(self), self, &target);
}

static void writer_record(struct output *output, size_t number, size_t length)
{
    char head[24];
    int used = snprintf(head, sizeof head, "%010zu ", number);
    output_text(output, head, (size_t)used);
    static char fill[100000];
    memset(fill, 'a' + (int)(number % 26), sizeof fill);
    for (size_t left = length - (size_t)used - 1; left > 0;) {
        size_t part = left < sizeof fill ? left : sizeof fill;
        output_text(output, fill, part);
        left -= part;
    }
    output_text(output, "\n", 1);
    output_commit(output);
}

static int writer_each(chains_component *self, struct chains_record *rec)
{
    const struct writer_options *options = chains_options(self);
    (void)rec;
    for (size_t i = 0; i < options->records; i++) {
        writer_record(chains_state(self), i, options->length);
        if (i % 32 == 31 && output_end(chains_state(self)) < 0)
            return output_end(chains_state(self));
    }
    return output_end(chains_state(self));
}

static int writer_finish(chains_component *self)
{
    return output_flush(chains_state(self));
}

static void writer_close(chains_component *self)
{
    output_close(chains_state(self));
}

static const struct chains_class writer_class = {
    .name = "writer",
    .brief = "write records",
    .role = CHAINS_SINK,
    .state_size = sizeof(struct output),
    .options_size = sizeof(struct writer_options),
    .open = writer_open,
    .each = writer_each,
    .finish = writer_finish,
    .close = writer_close,
};

/* Writes `records` of `length` bytes; the status, and the sentence in *why. */
static int write_all(FILE *out, size_t records, size_t length, enum chains_flush flush,
                     char why[200])
{
    struct writer_options options = { sizeof options, out, records, length, flush };
    chains_component *sink = chains_new(&writer_class, &options);
    chains_link(sink, chains_new(&writer_source_class, NULL));
    int status = chains_pull(sink);
    snprintf(why, 200, "%s", chains_error(sink) ? chains_error(sink) : "");
    chains_free(sink);
    return status;
}

/* Whether a text is whole records, in order; their number in *count. */
static bool are_records(const char *text, size_t len, size_t length, size_t *count)
{
    bool good = len % length == 0;
    *count = len / length;
    for (size_t i = 0; good && i < *count; i++) {
        const char *at = text + i * length;
        good = strtoul(at, NULL, 10) == i && at[length - 1] == '\n' &&
               at[length - 2] == 'a' + (char)(i % 26);
    }
    return good;
}

static void test_sizes(void)
{
    static const size_t lengths[] = { 13,
                                      100,
                                      4095,
                                      4096,
                                      4097,
                                      OUTPUT_BUFFER - 1,
                                      OUTPUT_BUFFER,
                                      OUTPUT_BUFFER + 1,
                                      3 * OUTPUT_BUFFER + 17,
                                      1000000 };
    char why[200];
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        for (int flush = CHAINS_FLUSH_DEFAULT; flush <= CHAINS_FLUSH_LINE; flush++) {
            size_t records = lengths[i] < 5000 ? 500 : 5, count;
            FILE *out = tmpfile();
            check(write_all(out, records, lengths[i], (enum chains_flush)flush, why) ==
                  CHAINS_OK);
            size_t len = records * lengths[i];
            char *text = malloc(len + 1);
            rewind(out);
            check_eq_u64(fread(text, 1, len + 1, out), len);
            check(are_records(text, len, lengths[i], &count));
            free(text);
            fclose(out);
        }
    }
}

static void test_full(void)
{
    char why[200];
    FILE *out = fopen("/dev/full", "w");
    if (!out)
        return;
    check(write_all(out, 10, 100, CHAINS_FLUSH_DEFAULT, why) == CHAINS_EIO);
    check_eq_text(why, "writer: cannot write the output: No space left on device");
    check(write_all(out, 10000, 100, CHAINS_FLUSH_LINE, why) == CHAINS_EIO);
    fputs("what the caller wrote before does not get through either", out);
    check(write_all(out, 1, 100, CHAINS_FLUSH_LINE, why) == CHAINS_EIO);
    fclose(out);
}

/* A disk that is full after `limit` bytes: the file ends in a whole record. */
static void test_limit(rlim_t limit, size_t length, size_t wanted)
{
    struct rlimit before, now;
    char why[200];
    FILE *out = tmpfile();
    getrlimit(RLIMIT_FSIZE, &before);
    now = before;
    now.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &now);
    int status = write_all(out, 10000, length, CHAINS_FLUSH_BLOCK, why);
    setrlimit(RLIMIT_FSIZE, &before);
    check(status == CHAINS_EIO);
    check_eq_text(why, "writer: cannot write the output: File too large");
    struct stat stat;
    fstat(fileno(out), &stat);
    char *text = malloc((size_t)stat.st_size + 1);
    size_t count = 0;
    rewind(out);
    size_t len = fread(text, 1, (size_t)stat.st_size + 1, out);
    check(are_records(text, len, length, &count));
    check_eq_u64(count, wanted);
    free(text);
    fclose(out);
}

static void test_gone(void)
{
    char why[200];
    int ends[2];
    check(pipe(ends) == 0);
    close(ends[0]);
    FILE *out = fdopen(ends[1], "w");
    check(write_all(out, 10, 100, CHAINS_FLUSH_DEFAULT, why) == CHAINS_EPIPE);
    check_eq_text(why, "writer: the reader has gone away");
    fclose(out);
}

struct reader {
    int fd;
    size_t part, len, size;
    char *text;
};

static void *read_slowly(void *user)
{
    struct reader *reader = user;
    ssize_t n;
    while ((n = read(reader->fd, reader->text + reader->len,
                     reader->part < reader->size - reader->len ? reader->part
                                                               : reader->size - reader->len)) >
           0)
        reader->len += (size_t)n;
    return NULL;
}

static void on_alarm(int number)
{
    (void)number;
}

/* A small pipe, a reader that takes little at a time, a timer that interrupts: nothing is lost. */
static void test_slow(bool nonblocking)
{
    enum { RECORDS = 3000, LENGTH = 211 };
    char why[200];
    int ends[2];
    check(pipe(ends) == 0);
    (void)fcntl(ends[1], F_SETPIPE_SZ, 4096);
    if (nonblocking)
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
    struct reader reader = { ends[0], 97, 0, RECORDS * LENGTH + 100, NULL };
    reader.text = malloc(reader.size);
    struct sigaction action = { .sa_handler = on_alarm };
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL); /* without SA_RESTART: writes are interrupted */
    struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
    sigset_t alarms, old;
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarms, &old); /* the reader has its peace */
    pthread_t thread;
    check(pthread_create(&thread, NULL, read_slowly, &reader) == 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    FILE *out = fdopen(ends[1], "w");
    check(write_all(out, RECORDS, LENGTH, CHAINS_FLUSH_LINE, why) == CHAINS_OK);
    setitimer(ITIMER_REAL, &never, NULL);
    fclose(out);
    pthread_join(thread, NULL);
    size_t count;
    check(are_records(reader.text, reader.len, LENGTH, &count));
    check_eq_u64(count, RECORDS);
    free(reader.text);
    close(ends[0]);
}

/* A FILE without a descriptor goes through stdio. */
static void test_memory(void)
{
    char why[200], *text = NULL;
    size_t len = 0, count;
    FILE *out = open_memstream(&text, &len);
    check(write_all(out, 2000, 100, CHAINS_FLUSH_DEFAULT, why) == CHAINS_OK);
    fclose(out);
    check(are_records(text, len, 100, &count));
    check_eq_u64(count, 2000);
    free(text);
}

/* What the caller has written to the FILE before comes first. */
static void test_order(void)
{
    char why[200], text[200];
    FILE *out = tmpfile();
    fputs("before\n", out);
    check(write_all(out, 1, 20, CHAINS_FLUSH_DEFAULT, why) == CHAINS_OK);
    rewind(out);
    size_t len = fread(text, 1, sizeof text, out);
    check_eq_u64(len, 27);
    check_eq_bytes(text, 17, "before\n0000000000", 17);
    fclose(out);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    test_sizes();
    test_full();
    test_limit(100000, 111, 100000 / 111);
    test_limit(OUTPUT_BUFFER, 4096, OUTPUT_BUFFER / 4096);
    test_limit(5, 100, 0);
    test_gone();
    test_slow(false);
    test_slow(true);
    test_memory();
    test_order();
    return check_done();
}
