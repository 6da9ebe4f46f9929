/* SPDX-License-Identifier: MIT */
/*
 * Branches in lockstep: a slow one, one that drops everything, one that fails, one that gives more
 * than it takes; ownership, idling, the end, statistics and what goes wrong when linking.
 */
#include <chains/components.h>

#include "../check.h"
#include "parts.h"

/* A sink that remembers what came when; all of them write into one log. */
static char tee_log[512];

struct noted {
    size_t size;
    char letter;
    int fail_at; /* fails at this record */
};

static int noted_each(chains_component *self, struct chains_record *rec)
{
    const struct noted *noted = chains_options(self);
    size_t used = strlen(tee_log);
    snprintf(tee_log + used, sizeof tee_log - used, "%c%u ", noted->letter,
             (unsigned)rec->number);
    if ((int)rec->number == noted->fail_at)
        return chains_fail(self, CHAINS_EIO, "record %d is too much", noted->fail_at);
    return CHAINS_KEEP;
}

static int noted_idle(chains_component *self)
{
    const struct noted *noted = chains_options(self);
    size_t used = strlen(tee_log);
    snprintf(tee_log + used, sizeof tee_log - used, "%ci ", noted->letter);
    return CHAINS_OK;
}

static int noted_finish(chains_component *self)
{
    const struct noted *noted = chains_options(self);
    size_t used = strlen(tee_log);
    snprintf(tee_log + used, sizeof tee_log - used, "%c. ", noted->letter);
    return CHAINS_OK;
}

static const struct chains_class noted_class = {
    .name = "noted",
    .brief = "write down what comes",
    .role = CHAINS_SINK,
    .options_size = sizeof(struct noted),
    .each = noted_each,
    .idle = noted_idle,
    .finish = noted_finish,
};

static chains_component *noted_new(char letter, int fail_at)
{
    return chains_new(&noted_class,
                      &(const struct noted){ sizeof(struct noted), letter, fail_at });
}

static int none_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    (void)rec;
    return CHAINS_DROP;
}

static const struct chains_class none_class = {
    .name = "none",
    .brief = "drop everything",
    .role = CHAINS_LINK,
    .each = none_each,
};

/* Gives each record twice, one call after the other: as flows may, which end when others come. */
struct small {
    size_t size;
    size_t batch; /* records of its own batch; 0: as many as any */
};

struct twice {
    struct chains_batch *in;
    size_t at;
    bool again;
};

static int twice_open(chains_component *self)
{
    struct twice *twice = chains_state(self);
    const struct small *small = chains_options(self);
    twice->in = chains_batch_new(self, small->batch);
    return twice->in ? CHAINS_OK : chains_fail(self, CHAINS_EMEM, "no memory");
}

static int twice_next(chains_component *self, struct chains_batch *out)
{
    struct twice *twice = chains_state(self);
    if (!twice->again) {
        int status = chains_pull_into(self, twice->in);
        if (status != CHAINS_OK)
            return status;
    }
    for (size_t i = 0; i < chains_batch_count(twice->in); i++) {
        struct chains_record *rec = chains_batch_add(out);
        rec->number = chains_batch_record(twice->in, i)->number + (twice->again ? 100 : 0);
    }
    twice->again = !twice->again;
    return CHAINS_OK;
}

static void twice_close(chains_component *self)
{
    struct twice *twice = chains_state(self);
    chains_batch_free(twice->in);
}

static const struct chains_class twice_class = {
    .name = "twice",
    .brief = "each record two times",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct twice),
    .options_size = sizeof(struct small),
    .open = twice_open,
    .next = twice_next,
    .close = twice_close,
};

static chains_component *tee_on(const char *steps)
{
    chains_component *tee = chains_tee();
    tee_log[0] = '\0';
    chains_link(tee, script_new(steps));
    return tee;
}

static void branch(chains_component *tee, chains_component *link, chains_component *sink)
{
    if (link) {
        chains_link(link, tee);
        chains_link(sink, link);
    } else {
        chains_link(sink, tee);
    }
}

static void test_lockstep(void)
{
    chains_component *tee = tee_on("21ie");
    branch(tee, NULL, noted_new('a', 0));
    branch(tee, odd_new(false), noted_new('b', 0));
    branch(tee, chains_new(&none_class, NULL), noted_new('c', 0));
    branch(tee, chains_new(&twice_class, NULL), noted_new('d', 0));
    check_eq_u64(chains_pull(tee), CHAINS_OK);
    /* A branch that has taken its batch idles, so that what waits in it leaves. */
    check_eq_text(tee_log, "a1 a2 ai b1 bi ci d1 d2 d101 d102 di a3 ai b3 bi ci d3 d103 di "
                           "ai bi ci di a. b. c. d. ");
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chains_branch(tee, 1), &stats);
    check_eq_u64(stats.in, 2);
    chains_stats(chains_upstream(chains_branch(tee, 2)), &stats);
    check_eq_u64(stats.in, 3);
    check_eq_u64(stats.dropped, 3);
    chains_stats(tee, &stats);
    check_eq_u64(stats.in, 3);
    check(chains_branch(tee, 4) == NULL);
    check(chains_error(tee) == NULL);
    chains_free(chains_branch(tee, 0)); /* the tee's: nothing happens */
    chains_free(tee);
}

static char warned[256];
static void note_warning(void *user, const char *sentence)
{
    (void)user;
    snprintf(warned, sizeof warned, "%s", sentence);
}

static void test_branch_fails(void)
{
    chains_component *tee = tee_on("211e");
    warned[0] = '\0';
    branch(tee, NULL, noted_new('a', 2));
    branch(tee, NULL, noted_new('b', 0));
    chains_on_log(tee, note_warning, NULL);
    check_eq_u64((unsigned)-chains_pull(tee), (unsigned)-CHAINS_EIO);
    check_eq_text(tee_log, "a1 a2 a. b1 b2 bi b3 bi b4 bi b. ");
    check_eq_text(chains_error(tee), "noted: record 2 is too much");
    check_eq_text(warned, "tee: a branch has ended: noted: record 2 is too much");
    chains_free(tee);

    /* When every branch has failed there is nobody left to read for. */
    tee = tee_on("2222222222e");
    branch(tee, NULL, noted_new('a', 1));
    branch(tee, NULL, noted_new('b', 3));
    check(chains_pull(tee) == CHAINS_EIO);
    check_eq_text(tee_log, "a1 a. b1 b2 bi b3 b. ");
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chains_upstream(tee), &stats);
    check_eq_u64(stats.out, 4);
    chains_free(tee);
}

static void test_source_fails(void)
{
    chains_component *tee = tee_on("1F");
    branch(tee, NULL, noted_new('a', 0));
    check(chains_pull(tee) == CHAINS_EIO);
    check_eq_text(tee_log, "a1 ai a2 a3 ai a. ");
    check_eq_text(chains_error(tee), "script: the script says so");
    chains_free(tee);

    tee = tee_on("o");
    branch(tee, NULL, noted_new('a', 0));
    check(chains_pull(tee) == CHAINS_EPERM);
    check_eq_text(tee_log, "");
    chains_free(tee);
}

/* A link behind the tee is a branch; a tee in a branch; a branch that is the tee's neighbour. */
static void test_nested(void)
{
    chains_component *tee = tee_on("3e"), *inner = chains_tee();
    chains_link(inner, tee);
    branch(inner, NULL, noted_new('x', 0));
    branch(inner, odd_new(false), noted_new('y', 0));
    branch(tee, NULL, noted_new('z', 0));
    check_eq_u64(chains_pull(tee), CHAINS_OK);
    check_eq_text(tee_log, "x1 x2 x3 xi y1 y3 yi xi yi z1 z2 z3 zi x. y. z. ");
    chains_free(tee);
}

static void test_wrong_links(void)
{
    chains_component *tee = tee_on("1e");
    check(chains_pull(tee) == CHAINS_EUSAGE);
    check_eq_text(chains_error(tee), "tee: nothing is linked to it");
    chains_free(tee);

    tee = tee_on("1e");
    chains_component *sink = noted_new('a', 0);
    branch(tee, NULL, sink);
    check(chains_pull(sink) == CHAINS_EUSAGE);
    check_eq_text(chains_error(sink), "noted: not the last of its chain: it belongs to a tee");
    chains_free(tee);

    tee = tee_on("1e");
    sink = noted_new('a', 0);
    branch(tee, NULL, sink);
    check(chains_link(sink, tee) == CHAINS_EUSAGE); /* the same twice */
    check(chains_pull(tee) == CHAINS_EUSAGE);
    check_eq_text(chains_error(tee), "tee: noted is linked already");
    chains_free(tee);

    /* A circle through a branch. */
    chains_component *link = odd_new(false);
    tee = chains_tee();
    chains_link(tee, link);
    check(chains_link(link, tee) == CHAINS_EUSAGE);
    check_eq_text(chains_error(link), "odd: linked to itself");
    chains_free(tee);

    /* A branch that takes what the tee does not give. */
    static const struct chains_class flows = {
        .name = "flows_only", .role = CHAINS_SINK, .takes = CHAINS_FLOWS, .each = none_each
    };
    tee = tee_on("1e");
    check(chains_link(chains_new(&flows, NULL), tee) == CHAINS_EUSAGE);
    check(chains_pull(tee) == CHAINS_EUSAGE);
    check_eq_text(chains_error(tee), "flows_only: takes flows, but tee gives packets");
    chains_free(tee);

    check(chains_link(NULL, tee_on("1e")) == CHAINS_EMEM); /* frees it */
}

static void test_stop(void)
{
    chains_component *tee = tee_on("999999e"), *sink = noted_new('a', 0);
    branch(tee, NULL, sink);
    check_eq_u64(chains_step(tee), CHAINS_OK);
    chains_stop(sink); /* of a branch: ends the whole chain */
    check_eq_u64(chains_step(tee), CHAINS_END);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(sink, &stats);
    check_eq_u64(stats.in, 9);
    check_eq_text(tee_log + strlen(tee_log) - 3, "a. ");
    chains_free(tee);
}

/* A branch whose component has a smaller batch of its own gets everything, in parts. */
static void test_small_batch(void)
{
    chains_component *tee = tee_on("92e");
    branch(tee, chains_new(&twice_class, &(const struct small){ sizeof(struct small), 4 }),
           noted_new('a', 0));
    check_eq_u64(chains_pull(tee), CHAINS_OK);
    check_eq_text(tee_log,
                  "a1 a2 a3 a4 a101 a102 a103 a104 a5 a6 a7 a8 a105 a106 a107 a108 a9 a109 ai "
                  "a10 a11 a110 a111 ai a. ");
    chains_free(tee);
}

/* Links that fail inside a branch, and branches that are merged: everything is freed once. */
static void test_ownership(void)
{
    static const struct chains_class flows = {
        .name = "flows_only", .role = CHAINS_SINK, .takes = CHAINS_FLOWS, .each = none_each
    };
    chains_component *tee = tee_on("1e"), *link = odd_new(false);
    chains_link(link, tee);
    check(chains_link(chains_new(&flows, NULL), link) == CHAINS_EUSAGE);
    check(chains_pull(tee) == CHAINS_EUSAGE);
    check_eq_text(chains_error(tee), "flows_only: takes flows, but odd gives packets");
    chains_free(tee);

    tee = tee_on("1e");
    link = odd_new(false);
    chains_component *merge = chains_merge(), *sink = count_new(), *other = odd_new(false);
    chains_link(merge, link);
    check(chains_link(link, tee) == CHAINS_EUSAGE); /* a branch that is merged already */
    check_eq_text(chains_error(tee), "tee: odd is merged: a branch of a tee cannot be");
    chains_free(merge);
    chains_link(other, tee);
    chains_link(sink, script_new("1"));
    check(chains_link(sink, other) == CHAINS_EUSAGE); /* linked twice: the tee keeps its own */
    chains_free(sink);
    chains_free(tee);
}

/* Between two batches, in every run; a branch that cannot begin anew ends alone. */
static int reopens;

static int again_reopen(chains_component *self)
{
    const struct noted *noted = chains_options(self);
    reopens++;
    return noted->fail_at ? chains_fail(self, CHAINS_EIO, "cannot open x") : CHAINS_OK;
}

static const struct chains_class again_class = {
    .name = "again",
    .role = CHAINS_SINK,
    .options_size = sizeof(struct noted),
    .each = noted_each,
    .finish = noted_finish,
    .reopen = again_reopen,
};

static chains_component *again_new(char letter, int fail_at)
{
    return chains_new(&again_class,
                      &(const struct noted){ sizeof(struct noted), letter, fail_at });
}

static void test_reopen(void)
{
    chains_component *tee = tee_on("121e"), *good = again_new('a', 0);
    branch(tee, NULL, good);
    branch(tee, NULL, again_new('b', 9));
    chains_on_log(tee, note_warning, NULL);
    check_eq_u64(chains_step(tee), CHAINS_OK);
    chains_reopen(good);
    check_eq_u64(reopens, 0);
    check_eq_u64(chains_step(tee), CHAINS_OK);
    check_eq_u64(reopens, 2);
    check_eq_text(warned, "tee: a branch has ended: again: cannot open x");
    check(chains_pull(tee) == CHAINS_EIO);
    check_eq_u64(reopens, 2);
    check_eq_text(tee_log, "a1 b1 b. a2 a3 a4 a. ");
    chains_free(tee);
}

/* Also where nothing gets through, and nobody waits for a record for ever. */
static void test_reopen_while_dropping(void)
{
    char steps[400];
    memset(steps, '9', sizeof steps - 1);
    steps[sizeof steps - 1] = '\0';
    chains_component *none = chains_new(&none_class, NULL), *sink = again_new('a', 0);
    reopens = 0;
    tee_log[0] = '\0';
    chains_link(none, script_new(steps));
    chains_link(sink, none);
    check_eq_u64(chains_step(sink), CHAINS_IDLE);
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(none, &stats);
    check(stats.in < 399 * 9);
    chains_reopen(none);
    check_eq_u64(chains_step(sink), CHAINS_IDLE);
    check_eq_u64(reopens, 1);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    chains_stats(none, &stats);
    check_eq_u64(stats.in, 399 * 9);
    chains_free(sink);
}

static int end_many(chains_component *self, struct chains_batch *batch)
{
    (void)self;
    (void)batch;
    return CHAINS_END;
}

/* Branches that have had enough: the last one takes the chain with it, well. */
static void test_branches_end(void)
{
    static const struct chains_class end_class = { .name = "enough",
                                                   .role = CHAINS_LINK,
                                                   .many = end_many };
    chains_component *tee = tee_on("9999999999e");
    branch(tee, chains_new(&end_class, NULL), noted_new('a', 0));
    branch(tee, chains_new(&end_class, NULL), noted_new('b', 0));
    check_eq_u64(chains_pull(tee), CHAINS_OK);
    check_eq_text(tee_log, "a1 a2 a3 a4 a5 a6 a7 a8 a9 a. b1 b2 b3 b4 b5 b6 b7 b8 b9 b. ");
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(chains_upstream(tee), &stats);
    check_eq_u64(stats.out, 9);
    chains_free(tee);
}

/* Sinks are opened when everything else is, in branches too. */
static char opened[64];

static int opening_open(chains_component *self)
{
    const struct noted *noted = chains_options(self);
    size_t used = strlen(opened);
    snprintf(opened + used, sizeof opened - used, "%c", noted->letter);
    return noted->fail_at ? chains_fail(self, CHAINS_EIO, "no") : CHAINS_OK;
}

static const struct chains_class opening_sink = {
    .name = "sink",
    .role = CHAINS_SINK,
    .options_size = sizeof(struct noted),
    .open = opening_open,
    .each = noted_each,
    .finish = noted_finish,
};
static const struct chains_class opening_link = {
    .name = "link",
    .role = CHAINS_LINK,
    .options_size = sizeof(struct noted),
    .open = opening_open,
    .each = noted_each,
};

static chains_component *opening_new(const struct chains_class *cls, char letter, int fails)
{
    return chains_new(cls, &(const struct noted){ sizeof(struct noted), letter, fails });
}

static void test_opening(void)
{
    for (int fails = 0; fails <= 1; fails++) {
        chains_component *tee = tee_on("1e"), *end = opening_new(&opening_link, 'z', 0);
        opened[0] = '\0';
        chains_component *first = opening_new(&opening_sink, 'A', 0);
        branch(tee, NULL, first);
        chains_link(end, first);
        branch(tee, opening_new(&opening_link, 'y', fails), opening_new(&opening_sink, 'B', 0));
        check((chains_pull(tee) == CHAINS_OK) == !fails);
        check_eq_text(opened, fails ? "zy" : "zyAB");
        check_eq_text(tee_log, fails ? "" : "A1 z1 y1 B1 A. B. ");
        chains_free(tee);
    }
}

/* The log of one component is that of the whole chain, whatever was linked when. */
static void test_log(void)
{
    chains_component *tee = tee_on("2e");
    warned[0] = '\0';
    chains_on_log(tee, note_warning, NULL);
    chains_component *link = odd_new(false), *sink = noted_new('a', 1);
    chains_link(link, tee);
    chains_link(sink, link);
    check(chains_pull(tee) == CHAINS_EIO);
    check_eq_text(warned, "tee: a branch has ended: noted: record 1 is too much");
    chains_free(tee);
}

int main(void)
{
    test_lockstep();
    test_branch_fails();
    test_source_fails();
    test_nested();
    test_wrong_links();
    test_stop();
    test_small_batch();
    test_ownership();
    test_reopen();
    test_reopen_while_dropping();
    test_branches_end();
    test_opening();
    test_log();
    return check_done();
}
