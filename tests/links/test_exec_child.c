/* SPDX-License-Identifier: MIT */
/* What a program is started with, its lines, and how it is ended. */
#include "links/exec_child.h"

#include "exec_run.h"

#include <signal.h>

static struct exec_child child;

static void start(const char *cmd)
{
    check(exec_child_init(&child));
    check_eq_u64(exec_child_start(&child, cmd), 0);
}

/* The next line, or what there is instead. */
static const char *next_line(void)
{
    static char text[80];
    struct exec_line line;
    for (int i = 0; i < 100; i++) {
        if (exec_child_line(&child, &line)) {
            snprintf(text, sizeof text, "%.*s%s %zu", line.len < 20 ? (int)line.len : 20,
                     line.text, line.too_long ? "..." : "", line.len);
            return text;
        }
        if (child.mute)
            return "the end";
        exec_child_wait(&child, false, 100);
        exec_child_read(&child);
    }
    return "nothing";
}

static void check_end(int64_t patience_ns, int how, int code, bool forced)
{
    struct exec_end end;
    exec_child_end(&child, patience_ns, &end);
    check_eq_u64((unsigned)end.how, (unsigned)how);
    check_eq_u64((unsigned)end.code, (unsigned)code);
    check(end.forced == forced);
    check_eq_u64((unsigned)child.pid, 0);
    exec_child_free(&child);
    check_eq_u64((unsigned)run_left_behind(), 0);
}

static void test_lines(void)
{
    start("printf 'one\\n\\ntwo\\nrest'");
    check_eq_text(next_line(), "one 3");
    check_eq_text(next_line(), " 0");
    check_eq_text(next_line(), "two 3");
    check_eq_text(next_line(), "rest 4");
    check_eq_text(next_line(), "the end");
    check_eq_text(next_line(), "the end");
    check_end(1000000000, EXEC_EXITED, 0, false);

    start("printf '%65536s\\n%65537s\\n%65536s'; exit 3");
    check_eq_text(next_line(), "                     65536");
    check_eq_text(next_line(), "                    ... 65536");
    check_eq_text(next_line(), "                     65536");
    check_eq_text(next_line(), "the end");
    check_end(1000000000, EXEC_EXITED, 3, false);

    start(
        "printf 'x\\n%200000s\\ny\\n%200000s'"); /* the last one too long, and without its end */
    check_eq_text(next_line(), "x 1");
    check_eq_text(next_line(), "                    ... 65536");
    check_eq_text(next_line(), "y 1");
    check_eq_text(next_line(), "                    ... 65536");
    check_eq_text(next_line(), "the end");
    check_end(1000000000, EXEC_EXITED, 0, false);
}

/* A program that is started again does not answer for the one before. */
static void test_again(void)
{
    struct exec_end end;
    start("printf 'x%70000s'; sleep 100");
    check_eq_text(next_line(), "x                   ... 65536");
    exec_child_end(&child, 0, &end);
    check_eq_u64(exec_child_start(&child, "printf 'first\nsecond\n'; sleep 100"), 0);
    check_eq_text(next_line(), "first 5");
    exec_child_end(&child, 0, &end);
    check_eq_u64(exec_child_start(&child, "echo third"), 0);
    check_eq_text(next_line(), "third 5");
    check_eq_text(next_line(), "the end");
    check_end(1000000000, EXEC_EXITED, 0, false);
}

static void test_feed(void)
{
    static char much[1 << 20];
    memset(much, 'x', sizeof much);
    start("cat");
    check_eq_u64(exec_child_feed(&child, "hello\n", 6), 6);
    check_eq_text(next_line(), "hello 5");
    check_end(1000000000, EXEC_EXITED, 0, false);

    start("sleep 100");
    size_t fed = exec_child_feed(&child, much, sizeof much);
    check(fed > 0 && fed < sizeof much && !child.deaf);
    check_eq_u64(exec_child_feed(&child, much, sizeof much), 0);
    check(!exec_child_has_ended(&child));
    check_end(0, EXEC_KILLED, SIGTERM, true);

    start("exit 0");
    check(exec_child_ends(&child, 2000000000));
    exec_child_feed(&child, much, sizeof much); /* no SIGPIPE */
    check(child.deaf);
    check_end(0, EXEC_EXITED, 0, false);
}

static void test_ends(void)
{
    start("kill -SEGV $$");
    check(exec_child_ends(&child, 2000000000));
    check_end(0, EXEC_KILLED, SIGSEGV, false);

    start("trap '' TERM; while :; do sleep 0.05; done");
    usleep(200000);
    check_end(0, EXEC_KILLED, SIGKILL, true);

    start("trap 'exit 9' TERM; while :; do sleep 0.05; done");
    usleep(200000);
    check_end(0, EXEC_EXITED, 9, true);

    /* A stopped one, and a family of them. */
    start("kill -STOP $$");
    usleep(100000);
    check_end(0, EXEC_KILLED, SIGKILL, true);
    start("sleep 100 & (sleep 100 & sleep 100) & sleep 100");
    usleep(100000);
    check_end(0, EXEC_KILLED, SIGTERM, true);

    start("(trap '' TERM; while :; do sleep 0.05; done) & sleep 100");
    usleep(200000);
    check_end(0, EXEC_KILLED, SIGTERM, true);

    /* It has all the time it needs for its last words. */
    start("cat >/dev/null; sleep 0.3; exit 6");
    check_end(5000000000, EXEC_EXITED, 6, false);
}

/*
 * Signals are as in a new program, no descriptor of the host's is open, whether it has O_CLOEXEC or
 * not, it leads a group of its own, and Python does not keep its answers.
 */
static void test_surroundings(void)
{
    static const char *const fields[] = { "signals:text", "descriptors:text", "leader:bool",
                                          "unbuffered:text", NULL };
    sigset_t some, before;
    sigemptyset(&some);
    sigaddset(&some, SIGTERM);
    sigaddset(&some, SIGUSR1);
    sigprocmask(SIG_BLOCK, &some, &before);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    int leaked = dup(STDERR_FILENO);
    RUN(1, .cmd = RUN_PYTHON("surroundings"), .field = fields);
    close(leaked);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    const char *got = strstr(run.json, "\"exec\":");
    /* Python itself ignores SIGPIPE and SIGXFSZ. */
    check_eq_text(got ? got : run.error,
                  "\"exec\":{\"signals\":\"0 1001000\","
                  "\"descriptors\":\"0 1 2\",\"leader\":true,\"unbuffered\":\"1\"}}\n");
    check(run_is_clean());

    setenv("PYTHONUNBUFFERED", "no", 1); /* what the user has said holds */
    RUN(1, .cmd = RUN_PYTHON("surroundings"), .field = fields);
    unsetenv("PYTHONUNBUFFERED");
    check(strstr(run.json, "\"unbuffered\":\"no\""));
    check(run_is_clean());
}

int main(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    test_lines();
    test_again();
    test_feed();
    test_ends();
    test_surroundings();
    return check_done();
}
