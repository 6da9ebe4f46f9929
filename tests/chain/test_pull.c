/* SPDX-License-Identifier: MIT */
/* The loop: ends, pauses and failures, and that nothing before them is lost. */
#include <pthread.h>
#include <signal.h>

#include "../check.h"
#include "parts.h"

static chains_component *chain(const char *steps, bool fails)
{
    chains_component *sink = count_new(), *link = odd_new(fails);
    chains_link(link, script_new(steps));
    chains_link(sink, link);
    return sink;
}

static void test_end(void)
{
    chains_component *sink = chain("32i1e", false);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check_eq_u64(counted.records, 3); /* 1, 3, 5 */
    check_eq_u64(counted.sum, 9);
    check_eq_u64(counted.idles, 1);
    check_eq_u64(counted.opened * 100 + counted.finished * 10 + counted.closed, 111);
    check(chains_error(sink) == NULL);
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink), "count: pulled to its end already");
    check_eq_u64(counted.records, 3);
    chains_free(sink);

    sink = chain("", false);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check_eq_u64(counted.records, 0);
    check_eq_u64(counted.finished, 1);
    chains_free(sink);

    sink = chain("2E", false); /* records and the end at once */
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check_eq_u64(counted.sum, 1 + 3);
    chains_free(sink);
}

static void test_failures(void)
{
    chains_component *sink = chain("3F9", false);
    check(chains_pull(sink) == CHAINS_EIO);
    check_eq_u64(counted.sum, 1 + 3 + 5);
    check_eq_text(chains_error(sink), "script: the script says so");
    check(chains_error_code(sink) == CHAINS_EIO);
    check_eq_u64(counted.finished * 10 + counted.closed, 11);
    chains_free(sink);

    sink = chain("9e", true); /* the link fails in the middle of a batch */
    check(chains_pull(sink) == CHAINS_EFORMAT);
    check_eq_u64(counted.sum, 1 + 3);
    check_eq_text(chains_error(sink), "odd: five is too much");
    check_eq_u64(counted.finished * 10 + counted.closed, 11);
    chains_free(sink);

    sink = chain("o", false);
    check(chains_pull(sink) == CHAINS_EPERM);
    check_eq_text(chains_error(sink), "script: cannot be opened");
    check_eq_u64(counted.opened + counted.closed + counted.finished, 0);
    chains_free(sink);

    sink = chain("1s", false); /* a failure without a sentence still gets one */
    check(chains_pull(sink) < 0);
    check_eq_text(chains_error(sink), "script: failed");
    check_eq_u64(counted.records, 1);
    chains_free(sink);
}

/* Fails at its third record and says to no one but chains_fail() that it has. */
static int secret_each(chains_component *self, struct chains_record *rec)
{
    if (rec->number == 3)
        chains_fail(self, CHAINS_EMEM, "no room for three");
    return CHAINS_KEEP;
}

static int secret_next(chains_component *self, struct chains_batch *out)
{
    int status = chains_pull_into(self, out);
    for (size_t i = 0; i < chains_batch_count(out); i++)
        secret_each(self, chains_batch_record(out, i));
    return status;
}

static void test_secret_failures(void)
{
    static const struct chains_class classes[] = {
        { .name = "secret", .role = CHAINS_LINK, .each = secret_each },
        { .name = "secret", .role = CHAINS_LINK, .next = secret_next },
    };
    for (size_t i = 0; i < 2; i++) {
        chains_component *sink = count_new(), *link = chains_new(&classes[i], NULL);
        chains_link(link, script_new("2239e"));
        chains_link(sink, link);
        check(chains_pull(sink) == CHAINS_EMEM);
        check_eq_text(chains_error(sink), "secret: no room for three");
        check_eq_u64(counted.records, 4); /* those of the batch, and no other batch */
        check_eq_u64(counted.finished, 1);
        chains_free(sink);
    }
}

static void test_not_last(void)
{
    chains_component *sink = count_new(), *link = odd_new(false);
    chains_link(link, script_new("1"));
    chains_link(sink, link);
    check(chains_pull(link) == CHAINS_EUSAGE);
    check(strstr(chains_error(link), "not the last") != NULL);
    chains_free(sink);
}

static void test_step(void)
{
    chains_component *sink = chain("2i2e", false);
    check_eq_u64(chains_step(sink), CHAINS_OK);
    check_eq_u64(counted.records, 1);
    check_eq_u64(chains_step(sink), CHAINS_IDLE);
    check_eq_u64(chains_step(sink), CHAINS_OK);
    check_eq_u64(chains_step(sink), CHAINS_END);
    check_eq_u64(counted.closed, 1);
    chains_free(sink);
    sink = chain("2i2e", false);
    check_eq_u64(chains_step(sink), CHAINS_OK);
    chains_free(sink); /* in the middle: it is closed all the same */
    check_eq_u64(counted.closed, 1);
}

static void test_next(void)
{
    chains_component *link = odd_new(false);
    chains_link(link, script_new("4i2e"));
    uint64_t sum = 0, count = 0;
    const struct chains_record *rec;
    while ((rec = chains_next(link))) {
        sum += rec->number;
        count++;
    }
    check_eq_u64(sum, 1 + 3 + 5);
    check_eq_u64(count, 3);
    check(chains_error(link) == NULL);
    check(chains_next(link) == NULL);
    chains_free(link);

    link = odd_new(true);
    chains_link(link, script_new("9"));
    check_eq_u64(chains_next(link)->number, 1);
    check_eq_u64(chains_next(link)->number, 3);
    check(chains_next(link) == NULL);
    check_eq_text(chains_error(link), "odd: five is too much");
    check(chains_next(link) == NULL);
    chains_free(link);
}

static void test_stats(void)
{
    chains_component *sink = chain("5e", false), *link = chains_upstream(sink),
                     *source = chains_upstream(link);
    chains_pull(sink);
    struct chains_stats stats = { .size = sizeof stats };
    check_eq_u64(chains_stats(source, &stats), CHAINS_OK);
    check_eq_text(stats.name, "script");
    check_eq_u64(stats.out, 5);
    chains_stats(link, &stats);
    check_eq_u64(stats.in * 100 + stats.out * 10 + stats.dropped, 532);
    chains_stats(sink, &stats);
    check_eq_u64(stats.in * 10 + stats.out, 33);
    /* An older caller's struct ends earlier. */
    memset(&stats, 0x55, sizeof stats);
    stats.size = offsetof(struct chains_stats, dropped);
    chains_stats(link, &stats);
    check_eq_u64(stats.size, offsetof(struct chains_stats, dropped));
    check_eq_u64(stats.out, 3);
    check_eq_u64(stats.dropped, UINT64_C(0x5555555555555555));
    chains_free(sink);
}

/* A source that never ends by itself. */
static int endless_next(chains_component *self, struct chains_batch *out)
{
    (void)self;
    chains_batch_add(out)->number = 1;
    return CHAINS_OK;
}

static const struct chains_class endless_class = {
    .name = "endless",
    .brief = "give records for ever",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .next = endless_next,
};

static void *stop_soon(void *last)
{
    chains_stop(last);
    return NULL;
}

static chains_component *to_stop;

static void on_signal(int number)
{
    (void)number;
    chains_stop(to_stop);
}

static void test_stop(void)
{
    chains_component *sink = count_new();
    pthread_t thread;
    chains_link(sink, chains_new(&endless_class, NULL));
    check_eq_u64(chains_step(sink), CHAINS_OK);
    check(pthread_create(&thread, NULL, stop_soon, sink) == 0);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    pthread_join(thread, NULL);
    check_eq_u64(counted.finished, 1);
    chains_free(sink);

    sink = to_stop = count_new();
    chains_link(sink, chains_new(&endless_class, NULL));
    signal(SIGUSR1, on_signal);
    check_eq_u64(chains_step(sink), CHAINS_OK);
    raise(SIGUSR1);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check(counted.records >= 1);
    check_eq_u64(counted.closed, 1);
    chains_free(sink);

    sink = count_new(); /* before the first pull */
    chains_link(sink, script_new("5e"));
    chains_stop(sink);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    check_eq_u64(counted.records, 0);
    chains_free(sink);
}

/* An options struct as a caller compiled against an older version has it. */
struct older {
    size_t size;
    uint32_t number;
};
struct newer {
    size_t size;
    uint32_t number;
    const char *text;
    const char *const *texts;
};
static const struct chains_field newer_fields[] = {
    CHAINS_FIELD(newer, number, UINT, "a number"),
    CHAINS_FIELD(newer, text, TEXT, "a text"),
    CHAINS_FIELD(newer, texts, TEXTS, "texts"),
    CHAINS_FIELDS_END,
};
static const struct chains_class newer_class = {
    .name = "newer",
    .brief = "has options",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct newer),
    .options = newer_fields,
    .each = odd_each,
};

static void test_options(void)
{
    chains_component *c =
        chains_new(&newer_class, &(const struct older){ sizeof(struct older), 7 });
    const struct newer *options = chains_options(c);
    check_eq_u64(options->number, 7);
    check(options->text == NULL && options->texts == NULL);
    chains_free(c);
    c = chains_new(&newer_class, NULL);
    options = chains_options(c);
    check(options->number == 0 && options->text == NULL);
    chains_free(c);
    char text[] = "mine", one[] = "one";
    const char *texts[] = { one, "two", NULL };
    c = chains_new(&newer_class, &(const struct newer){ sizeof(struct newer), 1, text, texts });
    text[0] = one[0] = 'X';
    texts[1] = NULL;
    options = chains_options(c);
    check_eq_text(options->text, "mine");
    check_eq_text(options->texts[0], "one");
    check_eq_text(options->texts[1], "two");
    check(options->texts[2] == NULL);
    chains_free(c);
    struct {
        struct newer known;
        char more[64];
    } longer = { .known = { .size = sizeof longer, .number = 9 } };
    c = chains_new(&newer_class, &longer);
    options = chains_options(c);
    check_eq_u64(options->number, 9);
    chains_free(c);
}

static char logged[200];

static void keep_log(void *user, const char *sentence)
{
    (void)user;
    snprintf(logged, sizeof logged, "%s", sentence);
}

static void test_log(void)
{
    chains_component *sink = count_new(), *source = script_new("1");
    chains_on_log(sink, keep_log, NULL);
    chains_link(sink, source); /* the log holds for what is linked later too */
    chains_warn(source, "look at %d", 5);
    check_eq_text(logged, "script: look at 5");
    chains_free(sink);
    source = script_new("1");
    chains_warn(source, "into the void");
    check_eq_text(logged, "script: look at 5");
    chains_free(source);
}

static void test_long_sentence(void)
{
    chains_component *c = script_new("1");
    char text[20000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    check(chains_fail(c, CHAINS_EIO, "%s", text) == CHAINS_EIO);
    check(strlen(chains_error(c)) > 400 && strlen(chains_error(c)) < 10000);
    check(chains_fail(c, CHAINS_EPERM, "a second one") == CHAINS_EPERM);
    check(chains_error_code(c) == CHAINS_EIO);
    chains_free(c);
}

int main(void)
{
    test_end();
    test_failures();
    test_secret_failures();
    test_not_last();
    test_step();
    test_next();
    test_stats();
    test_stop();
    test_options();
    test_log();
    test_long_sentence();
    return check_done();
}
