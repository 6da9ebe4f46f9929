/* SPDX-License-Identifier: MIT */
/*
 * A capture at the pace of its time stamps: no packet comes before its time, all come in order, what
 * was given can be seen while the next one is waited for, and a stop ends any wait. How late a
 * packet may be is up to the machine: nothing here depends on that.
 */
#include "capture_make.h"

#include "../../src/sources/replay.h"

#include "../../src/bytes/time.h"

#include <chains/component.h>
#include <chains/components.h>

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

enum { MOST = 32, MILLISECOND = 1000000 };

/* ---- arithmetic -----------------------------------------------------------------------------
 */

static void test_left(void)
{
    static const struct {
        double speed;
        int64_t first, time, passed, left; /* nanoseconds */
    } rows[] = {
        { 0, 5, INT64_MAX, 0, 0 },
        { 1, 1000, 1000, 0, 0 },
        { 1, 1000, 3000, 0, 2001 },
        { 1, 1000, 3000, 500, 1501 },
        { 1, 1000, 3000, 2000, 0 },
        { 1, 1000, 3000, 9000, 0 },
        { 10, 0, 3000, 100, 201 },
        { 0.5, 0, 3000, 100, 5901 },
        { 1, 1000, 999, 0, 0 }, /* before the first */
        { 1, INT64_MAX, INT64_MIN, 0, 0 },
        { 1, INT64_MIN, INT64_MAX, 0, INT64_MAX },
        { 1e-300, 0, 1, 0, INT64_MAX },
        { 1e300, 0, INT64_MAX, 1, 0 },
        { 4.9e-324, 0, 1, INT64_MAX, INT64_MAX },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct replay replay = { .speed = rows[i].speed };
        check_eq_u64(replay_left(&replay, rows[i].first, 77), 0);
        int64_t now = rows[i].passed > INT64_MAX - 77 ? INT64_MAX : 77 + rows[i].passed;
        check_eq_u64(replay_left(&replay, rows[i].time, now), rows[i].left);
    }
    static const double good[] = { 0, -0.0, 1, 0.5, 1e-300, 1e300 },
                        wrong[] = { -1, -1e-300, NAN, INFINITY, -INFINITY };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check(replay_takes(good[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check(!replay_takes(wrong[i]));
}

/* ---- chains ---------------------------------------------------------------------------------
 */

/* What came, when, and how often nothing came before it. */
struct seen {
    size_t count;
    uint64_t number[MOST];
    int64_t time_ns[MOST], at_ns[MOST]; /* of the record; since the pull began */
    unsigned idles[MOST + 1];
    int64_t began_ns;
    /* what to do when nothing comes after so many records */
    size_t stop_after;
    unsigned stop_idles;
    const char *file; /* its size then, and the time */
    int64_t size, stopped_ns;
    chains_component *self;
};

struct witness_options {
    size_t size;
    struct seen *seen;
};

static int witness_open(chains_component *self)
{
    const struct witness_options *options = chains_options(self);
    options->seen->self = self;
    options->seen->began_ns = time_now_ns();
    return CHAINS_OK;
}

static int witness_each(chains_component *self, struct chains_record *rec)
{
    const struct witness_options *options = chains_options(self);
    struct seen *seen = options->seen;
    if (seen->count == MOST)
        return CHAINS_DROP;
    seen->number[seen->count] = rec->number;
    seen->time_ns[seen->count] = rec->time_ns;
    seen->at_ns[seen->count++] = time_now_ns() - seen->began_ns;
    return CHAINS_KEEP;
}

static int witness_idle(chains_component *self)
{
    const struct witness_options *options = chains_options(self);
    struct seen *seen = options->seen;
    seen->idles[seen->count]++;
    if (!seen->stop_after || seen->count != seen->stop_after ||
        seen->idles[seen->count] < seen->stop_idles)
        return CHAINS_OK;
    struct stat about;
    seen->size = seen->file && stat(seen->file, &about) == 0 ? about.st_size : -1;
    seen->stopped_ns = time_now_ns() - seen->began_ns;
    chains_stop(self);
    return CHAINS_OK;
}

static const struct chains_class witness_class = {
    .name = "witness",
    .brief = "sees what comes when",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct witness_options),
    .open = witness_open,
    .each = witness_each,
    .idle = witness_idle,
};

static int run(chains_component *streamer, chains_component *between, struct seen *seen,
               char why[300])
{
    struct witness_options options = { sizeof options, seen };
    chains_component *last = chains_new(&witness_class, &options);
    if (between)
        chains_link(between, streamer);
    chains_link(last, between ? between : streamer);
    int status = chains_pull(last);
    snprintf(why, 300, "%s", chains_error(last) ? chains_error(last) : "");
    chains_free(last);
    return status;
}

/* A capture whose packets come at these milliseconds; ended by -1. The n-th is n bytes long. */
static void put_times(struct made *made, const int *milliseconds)
{
    put_pcap(made, 0xa1b2c3d4, 2, 4, 1);
    for (uint32_t i = 0; milliseconds[i] >= 0; i++)
        put_record(made, 1000000 + (uint32_t)milliseconds[i] / 1000,
                   (uint32_t)milliseconds[i] % 1000 * 1000, i + 1, i + 1);
}

/* Every packet came, in this order, and none too early. */
static void check_pace(const struct seen *seen, const int *milliseconds, double speed)
{
    size_t count = 0;
    for (; milliseconds[count] >= 0; count++) {
        double due = (milliseconds[count] - milliseconds[0]) * 1e6 / speed;
        check(seen->time_ns[count] ==
              1000000 * TIME_SECOND_NS + milliseconds[count] * INT64_C(1000000));
        check_eq_u64(seen->number[count], count + 1);
        if (!check((double)seen->at_ns[count] >= due))
            printf("# packet %zu at speed %g: due %.0f, came %.0f\n", count, speed, due,
                   (double)seen->at_ns[count]);
    }
    check_eq_u64(seen->count, count);
}

static const int steady[] = { 100, 150, 150, 200, 390, 400, -1 };

static void test_pace(void)
{
    static const double speeds[] = { 1, 10, 0.5, 1e9 };
    struct made made = { 0 };
    char why[300];
    put_times(&made, steady);
    const char *path = made_write(&made);
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++) {
        struct seen seen = { 0 };
        check(run(chains_packet_streamer(.iface_name = path, .speed = speeds[i]), NULL, &seen,
                  why) == CHAINS_OK);
        check_eq_text(why, "");
        check_pace(&seen, steady, speeds[i]);
    }
    struct seen seen = { 0 };
    check(run(chains_packet_streamer(.iface_name = path, .speed = 1, .timeout_ms = 5), NULL,
              &seen, why) == CHAINS_OK);
    check_pace(&seen, steady, 1);
    check(seen.idles[4] > 2); /* 190 ms in slices of 5 */
    made_free(&made);
}

/* Time stamps that go back are not waited for, nor is the way back up. */
static void test_backwards(void)
{
    static const int times[] = { 3600000, 0, 1800000, 3600000, 3599999, -1 };
    struct made made = { 0 };
    struct seen seen = { 0 };
    char why[300];
    put_times(&made, times);
    check(run(chains_packet_streamer(.iface_name = made_write(&made), .speed = 1), NULL, &seen,
              why) == CHAINS_OK);
    check_eq_u64(seen.count, 5);
    for (size_t i = 1; i < 5; i++)
        check_eq_u64(seen.idles[i], 0);
    made_free(&made);
}

/* The pace begins with the first packet that passes, and ends with the last that is wanted. */
static void test_ends(void)
{
    static const int late[] = { 0, 3600000, 3600050, -1 }, soon[] = { 0, 20, 3600000, -1 };
    struct made made = { 0 };
    struct seen seen = { 0 };
    char why[300];
    put_times(&made, late);
    check(run(chains_packet_streamer(.iface_name = made_write(&made), .speed = 1,
                                     .bpf = "greater 2"),
              NULL, &seen, why) == CHAINS_OK);
    check_eq_text(why, "");
    check_eq_u64(seen.count, 2);
    check_eq_u64(seen.number[0], 2);
    check(seen.at_ns[1] >= 50 * MILLISECOND);
    made_free(&made);
    put_times(&made, soon);
    seen = (struct seen){ 0 };
    check(run(chains_packet_streamer(.iface_name = made_write(&made), .speed = 1,
                                     .max_packets = 2),
              NULL, &seen, why) == CHAINS_OK);
    check_eq_u64(seen.count, 2);
    seen = (struct seen){ 0 };
    check(run(chains_packet_streamer(.iface_name = made.path, .speed = 1, .duration = 1), NULL,
              &seen, why) == CHAINS_OK);
    check_eq_u64(seen.count, 2);
    seen = (struct seen){ 0 }; /* without a speed nothing is waited for */
    check(run(chains_packet_streamer(.iface_name = made.path), NULL, &seen, why) == CHAINS_OK);
    check_eq_u64(seen.count, 3);
    check_eq_u64(seen.idles[1] + seen.idles[2], 0);
    made_free(&made);
}

static void test_files(void)
{
    static const int first[] = { 0, 80, 160, -1 }, second[] = { 40, 81, -1 };
    static const int merged[] = { 0, 40, 80, 81, 160 };
    struct made a = { 0 }, b = { 0 };
    struct seen seen = { 0 };
    char why[300];
    put_times(&a, first);
    put_times(&b, second);
    const char *paths[] = { made_write(&b), made_write(&a), NULL };
    check(run(chains_packet_streamer(.files = paths, .speed = 1), NULL, &seen, why) ==
          CHAINS_OK);
    check_eq_u64(seen.count, 5);
    for (size_t i = 0; i < 5; i++)
        check(seen.at_ns[i] >= merged[i] * (int64_t)MILLISECOND &&
              seen.time_ns[i] % TIME_SECOND_NS == merged[i] * (int64_t)MILLISECOND);
    made_free(&a);
    made_free(&b);
}

struct pipe_writer {
    const struct made *made;
    const char *path;
};

static void *write_pipe(void *user)
{
    const struct pipe_writer *writer = user;
    FILE *out = fopen(writer->path, "w");
    fwrite(writer->made->at, 1, writer->made->len, out);
    fclose(out);
    return NULL;
}

/* A pipe has everything at once and is paced all the same. */
static void test_pipe(void)
{
    struct made made = { 0 };
    struct seen seen = { 0 };
    char why[300], path[] = "/tmp/chains-replay-XXXXXX";
    put_times(&made, steady);
    close(mkstemp(path));
    unlink(path);
    check(mkfifo(path, 0600) == 0);
    struct pipe_writer writer = { &made, path };
    pthread_t thread;
    check(pthread_create(&thread, NULL, write_pipe, &writer) == 0);
    check(run(chains_packet_streamer(.iface_name = path, .speed = 2), NULL, &seen, why) ==
          CHAINS_OK);
    pthread_join(thread, NULL);
    check_pace(&seen, steady, 2);
    unlink(path);
    made_free(&made);
}

/* ---- while one waits ------------------------------------------------------------------------
 */

static const int far_away[] = { 0, 10, 3600000, -1 }, farther[] = { 0, 3600000, -1 };

/* What was given is in the file before the next packet is even waited for. */
static void test_visible(void)
{
    struct made made = { 0 };
    char why[300], out[] = "/tmp/chains-replay-XXXXXX";
    put_times(&made, farther);
    const char *path = made_write(&made);
    close(mkstemp(out));
    struct seen seen = { .stop_after = 1, .stop_idles = 1, .file = out };
    check(run(chains_packet_streamer(.iface_name = path, .speed = 1, .timeout_ms = 60000),
              chains_json_lines(.path = out, .exists = CHAINS_EXISTS_REPLACE), &seen,
              why) == CHAINS_OK);
    check_eq_text(why, "");
    check(seen.size > 0);
    check(seen.stopped_ns < 50 * TIME_SECOND_NS); /* of the 60 that it would have slept */
    made_free(&made);
    put_times(&made, far_away);
    path = made_write(&made);
    seen = (struct seen){ .stop_after = 2, .stop_idles = 1, .file = out };
    check(run(chains_packet_streamer(.iface_name = path, .speed = 1),
              chains_json_lines(.path = out, .exists = CHAINS_EXISTS_REPLACE), &seen,
              why) == CHAINS_OK);
    FILE *lines = fopen(out, "r");
    int count = 0, c;
    while ((c = getc(lines)) != EOF)
        count += c == '\n';
    fclose(lines);
    check_eq_u64(count, 2);
    unlink(out);
    made_free(&made);
}

static chains_component *to_stop;

static void on_alarm(int number)
{
    (void)number;
    if (to_stop)
        chains_stop(to_stop);
}

static void *stop_later(void *user)
{
    (void)user;
    usleep(50000);
    chains_stop(to_stop);
    return NULL;
}

/* An hour of waiting ends when somebody says so: a component, a signal, another thread. */
static void test_stop(void)
{
    struct made made = { 0 };
    char why[300];
    put_times(&made, far_away);
    const char *path = made_write(&made);
    struct seen seen = { .stop_after = 2, .stop_idles = 3 };
    check(run(chains_packet_streamer(.iface_name = path, .speed = 1, .timeout_ms = 10), NULL,
              &seen, why) == CHAINS_OK);
    check_eq_u64(seen.count, 2);
    check_eq_u64(seen.idles[2], 3);
    for (int by_thread = 0; by_thread < 2; by_thread++) {
        seen = (struct seen){ 0 };
        struct witness_options options = { sizeof options, &seen };
        to_stop = chains_new(&witness_class, &options);
        chains_link(to_stop, chains_packet_streamer(.iface_name = path, .speed = 1,
                                                    .timeout_ms = by_thread ? 20 : 60000));
        struct sigaction action = { .sa_handler = on_alarm };
        struct itimerval soon = { { 0, 50000 }, { 0, 50000 } }, never = { { 0, 0 }, { 0, 0 } };
        pthread_t thread;
        sigaction(SIGALRM, &action, NULL);
        if (by_thread)
            check(pthread_create(&thread, NULL, stop_later, NULL) == 0);
        else
            setitimer(ITIMER_REAL, &soon, NULL);
        check(chains_pull(to_stop) == CHAINS_OK);
        setitimer(ITIMER_REAL, &never, NULL);
        if (by_thread)
            pthread_join(thread, NULL);
        check(seen.count <= 2);
        chains_free(to_stop);
        to_stop = NULL;
    }
    made_free(&made);
}

/* ---- refusals, and what is a source's input -------------------------------------------------
 */

static void test_wrong(void)
{
    static const struct {
        double speed;
        const char *name, *why;
    } rows[] = {
        { -1, "x.pcap", "speed is a number that is not negative" },
        { NAN, "x.pcap", "speed is a number that is not negative" },
        { INFINITY, "x.pcap", "speed is a number that is not negative" },
        { -INFINITY, NULL, "speed is a number that is not negative" },
        { 1, "no-such-interface",
          "speed is for capture files, and no-such-interface is an interface" },
        { 1, NULL, "speed is for capture files: name one, or - for standard input" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct seen seen = { 0 };
        char why[300], wanted[300];
        check(run(chains_packet_streamer(.iface_name = rows[i].name, .speed = rows[i].speed),
                  NULL, &seen, why) == CHAINS_EUSAGE);
        snprintf(wanted, sizeof wanted, "packet_streamer: %s", rows[i].why);
        check_eq_text(why, wanted);
    }
}

static void test_accepts(void)
{
    static const struct {
        const char *word;
        bool accepts;
    } rows[] = {
        { "-", true },
        { "any", true },
        { "lo", true },
        { "/", true },
        { "no/such/file", true },
        { ".", true },
        { "", false },
        { "no-such-thing", false },
        { "packet_meta", false },
        { "ANY", false },
        { "an-interface-with-a-long-name", false },
    };
    const struct chains_class *const *cls = chains_classes();
    while (*cls && strcmp((*cls)->name, "packet_streamer") != 0)
        cls++;
    check(*cls && (*cls)->accepts);
    for (size_t i = 0; *cls && i < sizeof rows / sizeof *rows; i++)
        if (!check((*cls)->accepts(rows[i].word) == rows[i].accepts))
            printf("# \"%s\"\n", rows[i].word);
}

int main(void)
{
    test_left();
    test_pace();
    test_backwards();
    test_ends();
    test_files();
    test_pipe();
    test_visible();
    test_stop();
    test_wrong();
    test_accepts();
    return check_done();
}
