/* SPDX-License-Identifier: MIT */
/* exec with real programs: good, slow, dying, silent, babbling; nothing is left of any of them. */
#include "exec_run.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>

#define MS  INT64_C(1000000)
#define ANY UINT32_MAX

/* A program, and what becomes of a chain of so many records. */
struct exec_case {
    const char *what, *cmd;
    unsigned records, timeout_ms; /* 0: the default, 5 s */
    enum chains_on_exit on_exit;
    int code;
    const char *error, *log; /* part of; NULL: none */
    unsigned out, own, limited;
    unsigned most_ms; /* 0: 5 s */
    size_t text;
};

static const struct exec_case cases[] = {
    { .what = "an echo", .cmd = RUN_PYTHON("echo"), .records = 100, .out = 100, .own = 100 },
    { .what = "half of them dropped",
      .cmd = RUN_PYTHON("drop"),
      .records = 100,
      .out = 50,
      .own = 50 },
    { .what = "no records at all", .cmd = RUN_PYTHON("echo"), .records = 0 },
    { .what = "one record", .cmd = RUN_PYTHON("echo"), .records = 1, .out = 1, .own = 1 },
    { .what = "slow, in time",
      .cmd = RUN_PYTHON("slow 0.005"),
      .records = 64,
      .out = 64,
      .own = 64 },
    { .what = "long lines",
      .cmd = RUN_PYTHON("echo"),
      .records = 64,
      .out = 64,
      .own = 64,
      .text = 20000 },
    { .what = "ends with exit code 3 at the 10th",
      .cmd = RUN_PYTHON("die_at 10,3"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "ended with exit code 3",
      .out = 9,
      .own = 9 },
    { .what = "the same in a later batch",
      .cmd = RUN_PYTHON("die_at 40,3"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "ended with exit code 3",
      .out = 39,
      .own = 39 },
    { .what = "ends well, but early",
      .cmd = RUN_PYTHON("die_at 10,0"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "ended with exit code 0",
      .out = 9,
      .own = 9 },
    { .what = "is killed at the 10th",
      .cmd = RUN_PYTHON("die_at 10,kill"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "was killed by signal 9",
      .out = 9,
      .own = 9 },
    { .what = "prints half a line and dies",
      .cmd = RUN_PYTHON("die_at 10,half"),
      .records = 64,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "no JSON object: \"{\"tags\":[\"r1\"\"",
      .out = 64,
      .own = 9,
      .limited = 55 },
    { .what = "dies, records pass",
      .cmd = RUN_PYTHON("die_at 10,3"),
      .records = 64,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "ended with exit code 3; from here on records pass as they are",
      .out = 64,
      .own = 9,
      .limited = 55 },
    { .what = "dies, and is not started again within a second",
      .cmd = RUN_PYTHON("die_at 10,3"),
      .records = 64,
      .on_exit = CHAINS_ON_EXIT_RESTART,
      .log = "ended with exit code 3; it is started again",
      .out = 64,
      .own = 9,
      .limited = 55 },
    { .what = "is not there",
      .cmd = "./there-is-no-such-program 2>/dev/null",
      .records = 64,
      .code = CHAINS_EIO,
      .error = "./there-is-no-such-program 2>/dev/null cannot be started: there is no such "
               "program" },
    { .what = "cannot be executed",
      .cmd = "/etc/passwd 2>/dev/null",
      .records = 64,
      .code = CHAINS_EIO,
      .error = "cannot be started: it is not executable" },
    { .what = "exits with 4 when its input ends",
      .cmd = RUN_PYTHON("exit_code 4"),
      .records = 40,
      .code = CHAINS_EIO,
      .error = "ended with exit code 4",
      .out = 40,
      .own = 40 },
    { .what = "the same where that does not matter",
      .cmd = RUN_PYTHON("exit_code 4"),
      .records = 40,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "ended with exit code 4",
      .out = 40,
      .own = 40 },
    { .what = "ends before it has read anything",
      .cmd = "exit 0",
      .records = 32,
      .code = CHAINS_EIO,
      .error = "ended with exit code 0",
      .text = 20000 },
    { .what = "garbage for every fourth",
      .cmd = RUN_PYTHON("garbage 4"),
      .records = 64,
      .log = "no JSON object: \"no\\x1b[31m JSON\"; the record passes as it is",
      .out = 64,
      .own = 48,
      .limited = 16 },
    { .what = "100 bad lines in a row",
      .cmd = RUN_PYTHON("garbage 1"),
      .records = 100,
      .log = "no JSON object",
      .out = 100,
      .limited = 100 },
    { .what = "101 of them",
      .cmd = RUN_PYTHON("garbage 1"),
      .records = 101,
      .code = CHAINS_EIO,
      .error = "answered more than 100 lines in a row that were no answers",
      .log = "no JSON object",
      .out = 101, /* each was answered, badly */
      .limited = 101 },
    { .what = "not UTF-8",
      .cmd = RUN_PYTHON("answer '{\"tags\":[\"\xc3\xbf\"]}'"), /* latin-1: the byte 0xff */
      .records = 3,
      .log = "no JSON object: \"{\"tags\":[\"\\xff\"]}\"",
      .out = 3,
      .limited = 3 },
    { .what = "a list",
      .cmd = RUN_PYTHON("answer []"),
      .records = 3,
      .log = "no JSON object",
      .out = 3,
      .limited = 3 },
    { .what = "an empty line",
      .cmd = RUN_PYTHON("answer ''"),
      .records = 3,
      .log = "no JSON object: \"\"",
      .out = 3,
      .limited = 3 },
    { .what = "a member twice",
      .cmd = RUN_PYTHON("answer '{\"drop\":true,\"drop\":false}'"),
      .records = 3,
      .log = "no JSON object",
      .out = 3,
      .limited = 3 },
    { .what = "empty objects", .cmd = RUN_PYTHON("answer {}"), .records = 40, .out = 40 },
    { .what = "brackets in brackets",
      .cmd = RUN_PYTHON("answer \"$(printf '%30000s' | tr ' ' '[')\""),
      .records = 2,
      .log = "no JSON object",
      .out = 2,
      .limited = 2 },
    { .what = "a number beyond 64 bits",
      .cmd = RUN_PYTHON("answer '{\"id\":123456789012345678901234567890,\"drop\":true}'"),
      .records = 3 },
    { .what = "a line of 64 KiB",
      .cmd = RUN_PYTHON("long_line 65536"),
      .records = 40,
      .out = 40,
      .own = 40 },
    { .what = "a byte more",
      .cmd = RUN_PYTHON("long_line 65537"),
      .records = 40,
      .log = "longer than 64 KiB: \"{\"tags\": [\"r2\"]",
      .out = 40,
      .own = 20,
      .limited = 20 },
    { .what = "a line of 300 KB",
      .cmd = RUN_PYTHON("long_line 300000"),
      .records = 40,
      .log = "longer than 64 KiB",
      .out = 40,
      .own = 20,
      .limited = 20 },
    { .what = "each answer twice, by number",
      .cmd = RUN_PYTHON("twice"),
      .records = 40,
      .log = "answers more often than it is asked",
      .out = 40,
      .own = 40,
      .limited = ANY }, /* the last one may come too late to be seen */
    { .what = "an answer left out, the others by number",
      .cmd = RUN_PYTHON("skip 7"),
      .records = 40,
      .out = 40,
      .own = 39,
      .limited = 1 },
    { .what = "the last of a batch left out, then a bad line",
      .cmd = RUN_PYTHON("skip_last"),
      .records = 64,
      .timeout_ms = 2000,
      .log = "did not answer in time",
      .out = 64,
      .own = 62,
      .limited = 2 },
    { .what = "a line before all answers, by number",
      .cmd = RUN_PYTHON("banner"),
      .records = 40,
      .log = "no JSON object: \"welcome\"",
      .out = 40,
      .own = 40,
      .limited = 1 },
    { .what = "reads, never answers",
      .cmd = RUN_PYTHON("mute"),
      .records = 1000,
      .timeout_ms = 150,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "did not answer in time; records pass as they are",
      .out = 1000,
      .limited = 1000,
      .most_ms = 2500 },
    { .what = "the same, failing",
      .cmd = RUN_PYTHON("mute"),
      .records = 1000,
      .timeout_ms = 150,
      .code = CHAINS_EIO,
      .error = "does not answer",
      .log = "did not answer in time",
      .out = 64,
      .limited = 64,
      .most_ms = 2500 },
    { .what = "never reads little",
      .cmd = "sleep 100",
      .records = 64,
      .timeout_ms = 150,
      .log = "did not answer in time",
      .out = 64,
      .limited = 64,
      .most_ms = 3000 },
    { .what = "never reads much",
      .cmd = "sleep 100",
      .records = 64,
      .timeout_ms = 150,
      .code = CHAINS_EIO,
      .error = "sleep 100 does not read what it is given",
      .most_ms = 2500,
      .text = 20000 },
    { .what = "never reads, records pass",
      .cmd = "sleep 100",
      .records = 3000,
      .timeout_ms = 150,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "does not read what it is given; from here on",
      .out = 3000,
      .limited = 3000,
      .most_ms = 2500,
      .text = 20000 },
    { .what = "floods without reading",
      .cmd = "exec yes '{\"tags\":[\"flood\"]}'",
      .records = 3000,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "answers more often than it is asked",
      .out = 3000,
      .limited = ANY },
    { .what = "floods with garbage",
      .cmd = "exec yes",
      .records = 3000,
      .code = CHAINS_EIO,
      .error = "more than 100 lines in a row",
      .log = "exec: exec yes answer", /* with what is none, or before it was asked */
      .out = ANY,
      .limited = 101 },
    { .what = "floods with one line that has no end",
      .cmd = "exec cat /dev/zero",
      .records = 500,
      .timeout_ms = 150,
      .on_exit = CHAINS_ON_EXIT_PASS,
      .log = "longer than 64 KiB: \"\\x00",
      .out = 500,
      .limited = 500,
      .most_ms = 2500 },
    { .what = "closes its output, lives",
      .cmd = RUN_PYTHON("close_output"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "has closed its standard input or output" },
    { .what = "closes its input, lives",
      .cmd = RUN_PYTHON("close_input"),
      .records = 64,
      .code = CHAINS_EIO,
      .error = "has closed its standard input or output",
      .text = 20000 },
    { .what = "a grandchild that holds the output",
      .cmd = RUN_PYTHON("grandchild"),
      .records = 64,
      .out = 64,
      .own = 64,
      .most_ms = 3000 },
    { .what = "ends and leaves one that holds the output",
      .cmd = "sleep 100 & exit 5",
      .records = 64,
      .code = CHAINS_EIO,
      .error = "ended with exit code 5",
      .most_ms = 3000 },
    { .what = "ends and leaves one that does not",
      .cmd = "cat >/dev/null; sleep 100 >/dev/null & exit 5",
      .records = 0,
      .code = CHAINS_EIO,
      .error = "ended with exit code 5",
      .most_ms = 3000 },
    { .what = "takes longer to end than to answer",
      .cmd = "while read -r line; do echo {}; done; sleep 0.5; exit 4",
      .records = 8,
      .timeout_ms = 300,
      .code = CHAINS_EIO,
      .error = "ended with exit code 4",
      .out = 8 },
    { .what = "ends neither with its input nor at SIGTERM",
      .cmd = RUN_PYTHON("stubborn"),
      .records = 64,
      .log = "did not end when its input did; it was ended",
      .out = 64,
      .own = 64,
      .most_ms = 4000 },
};

static bool holds(const char *text, const char *part)
{
    return part ? strstr(text, part) != NULL : text[0] == '\0';
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct exec_case *c = &cases[i];
        printf("# %s\n", c->what);
        run_chain(&(const struct run_plan){ .records = c->records, .text = c->text },
                  &(const struct chains_exec_options){
                      .size = sizeof(struct chains_exec_options),
                      .cmd = c->cmd,
                      .on_exit = c->on_exit,
                      .timeout = (uint64_t)c->timeout_ms * (uint64_t)MS },
                  NULL);
        check_eq_u64(-run.code, -c->code);
        printf("# %s; %s; %u out, %u limited, %u ms\n", run.error, run.log, (unsigned)run.out,
               (unsigned)run.limited, (unsigned)run.ms);
        check(holds(run.error, c->error));
        check(holds(run.log, c->log));
        check(c->out == ANY || run.out == c->out);
        check_eq_u64(run.own, c->own);
        check(c->limited == ANY || run.limited == c->limited);
        check(run.ms < (c->most_ms ? c->most_ms : 5000));
        check(run.memory < 1024 * 1024 + 32 * c->text);
        check(run_is_clean());
    }
}

/* What is late belongs to nobody; answers behind it come to their records. */
static void test_late(void)
{
    RUN(64, .cmd = RUN_PYTHON("late_once"), .timeout = 1500 * (uint64_t)MS);
    check_eq_u64(run.code, CHAINS_OK);
    check(holds(run.log, "did not answer in time"));
    check_eq_u64(run.out, 64);
    check_eq_u64(run.other, 0);
    check_eq_u64(run.own, 32);
    check_eq_u64(run.limited, 32);
    check(run.tagged[33] && run.tagged[64] && !run.tagged[32]);
    check(run_is_clean());

    /* Of each batch the first 8 in time; of the first one none, where its start takes longer. */
    RUN(96, .cmd = RUN_PYTHON("behind 24"), .timeout = 1000 * (uint64_t)MS,
        .on_exit = CHAINS_ON_EXIT_PASS);
    check_eq_u64(run.out, 96);
    check_eq_u64(run.other, 0);
    check(run.own > 0 && run.own <= 24 && run.own % 8 == 0);
    check_eq_u64(run.own + run.limited, 96);
    check(run_is_clean());
}

/* One that is always too late is not silent, even if it speaks between two batches alone. */
static void test_always_late(void)
{
    const struct run_plan plan = { .records = 160, .pauses = true, .pause_ms = 700 };
    run_chain(&plan,
              CHAINS_OPTIONS(chains_exec_options, .cmd = RUN_PYTHON("late 0.4"),
                             .timeout = 200 * (uint64_t)MS),
              NULL);
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_text(run.error, "");
    check_eq_u64(run.out, 160);
    check_eq_u64(run.none, 160);
    check_eq_u64(run.limited, 160);
    check(run_is_clean());
}

static void test_restart(void)
{
    const struct run_plan plan = { .records = 96, .pause_at = 65, .pause_ms = 1300 };
    run_chain(&plan,
              CHAINS_OPTIONS(chains_exec_options, .cmd = RUN_PYTHON("die_at 10,3"),
                             .on_exit = CHAINS_ON_EXIT_RESTART),
              NULL);
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_u64(run.out, 96);
    check(run.tagged[9] && !run.tagged[10] && !run.tagged[64]);
    check(run.tagged[65] && run.tagged[96]);
    check_eq_u64(run.limited, 55);
    check_eq_u64(run.warnings, 1);
    check(run_is_clean());
}

/* Answers that nobody asked for are left out, before a batch too. */
static void test_unasked(void)
{
    const struct run_plan plan = { .records = 64, .pause_at = 33, .pause_ms = 300 };
    run_chain(&plan, CHAINS_OPTIONS(chains_exec_options, .cmd = RUN_PYTHON("twice_at_end")),
              NULL);
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_u64(run.own, 64);
    check_eq_u64(run.other, 0);
    check_eq_u64(run.limited, 40);
    check_eq_u64(run.warnings, 1);
    check(holds(run.log, "answers more often than it is asked"));
    check(run_is_clean());
}

/* Its end is noticed while nothing comes from upstream, too. */
static void test_idle_end(void)
{
    const struct run_plan plan = { .records = 96, .pause_at = 33, .pause_ms = 20000 };
    run_chain(&plan, CHAINS_OPTIONS(chains_exec_options, .cmd = "head -n 32; exit 2"), NULL);
    check_eq_u64(-run.code, -CHAINS_EIO);
    check(holds(run.error, "ended with exit code 2"));
    check_eq_u64(run.out, 32);
    check(run.ms < 5000);
    check(run_is_clean());
}

static void *stop_soon(void *last)
{
    usleep(300000);
    chains_stop(last);
    return NULL;
}

static pthread_t stopper;

static void stop_meanwhile(chains_component *last)
{
    pthread_create(&stopper, NULL, stop_soon, last);
}

/* chains_stop() is seen while answers are waited for. */
static void test_stop(void)
{
    static const char *const ways[] = { RUN_PYTHON("mute"), "sleep 100" };
    for (size_t i = 0; i < 4; i++) {
        const struct run_plan plan = { .records = 1000, .text = i < 2 ? 0 : 20000 };
        run_chain(&plan,
                  CHAINS_OPTIONS(chains_exec_options, .cmd = ways[i % 2],
                                 .timeout = 60000 * (uint64_t)MS),
                  stop_meanwhile);
        pthread_join(stopper, NULL);
        check_eq_u64(run.code, CHAINS_OK);
        check_eq_u64(run.out, 32);
        check(run.ms < 4000);
        check(run_is_clean());
    }
}

/* A file that says that the chain was stopped. */
static char stop_file[] = "/tmp/chains-exec-XXXXXX";

static void *stop_and_tell(void *last)
{
    usleep(300000);
    chains_stop(last);
    int fd = open(stop_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
    return NULL;
}

static unsigned count_lines(FILE *file)
{
    unsigned lines = 0;
    rewind(file);
    for (int c; (c = getc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

/*
 * In a branch of a tee: the records in hand come out of every branch, whether the program goes on,
 * or ends just then. One that ends badly is still a failure.
 */
static void stop_branch(const char *cmd, int code)
{
    FILE *out[2] = { tmpfile(), tmpfile() };
    chains_component *tee = chains_tee();
    chains_component *exec = chains_exec(.cmd = cmd, .timeout = 60000 * (uint64_t)MS);
    chains_component *sink = chains_json_lines(.out = out[0]);
    chains_component *other = chains_json_lines(.out = out[1]);
    chains_link(tee, chains_new(&run_source_class,
                                &(const struct run_plan){ .size = sizeof(struct run_plan),
                                                          .records = 1000 }));
    chains_link(exec, tee);
    chains_link(sink, exec);
    chains_link(other, tee);
    int64_t begin = run_now_ns();
    pthread_create(&stopper, NULL, stop_and_tell, sink);
    check_eq_u64(-chains_pull(tee), -code);
    pthread_join(stopper, NULL);
    check(run_now_ns() - begin < 4000 * MS);
    printf("# %s: %s\n", cmd, chains_error(tee) ? chains_error(tee) : "fine");
    chains_free(tee);
    unlink(stop_file);
    check_eq_u64(count_lines(out[0]), 32);
    check_eq_u64(count_lines(out[1]), 32);
    check_eq_u64((unsigned)run_left_behind(), 0);
}

static void test_stop_branch(void)
{
    char cmd[128];
    close(mkstemp(stop_file));
    unlink(stop_file);
    snprintf(cmd, sizeof cmd, "while [ ! -e %s ]; do sleep 0.02; done; exit 3", stop_file);
    stop_branch(RUN_PYTHON("mute"), CHAINS_OK);
    stop_branch(cmd, CHAINS_EIO);
}

/* A host that wants to hear nothing of its children gets none of their exit codes. */
static void test_children_ignored(void)
{
    signal(SIGCHLD, SIG_IGN);
    RUN(64, .cmd = RUN_PYTHON("die_at 10,3"));
    check_eq_u64(-run.code, -CHAINS_EIO);
    check(holds(run.error, "ended"));
    check_eq_u64(run.own, 9);
    check(run_is_clean());
    RUN(64, .cmd = RUN_PYTHON("echo"));
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_u64(run.own, 64);
    check(run_is_clean());
    signal(SIGCHLD, SIG_DFL);
}

/* A host without a standard input: the new descriptors lie where the program's go. */
static void test_descriptor_zero(void)
{
    int kept = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    RUN(64, .cmd = RUN_PYTHON("echo"));
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_u64(run.own, 64);
    check(run_is_clean());
    dup2(kept, STDIN_FILENO);
    close(kept);
}

int main(void)
{
    test_cases();
    test_late();
    test_always_late();
    test_restart();
    test_unasked();
    test_idle_end();
    test_stop();
    test_stop_branch();
    test_children_ignored();
    test_descriptor_zero();
    return check_done();
}
