/* SPDX-License-Identifier: MIT */
/*
 * A sink's file of its own: what is there is refused, added to or begun anew; every sentence when a
 * file cannot be opened; a file that is moved away; one name after the other.
 */
#include "../../src/sources/decompress.h"
#include "lines_out.h"

#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

/* ---- what is there already ------------------------------------------------------------------
 */

/* Our own reader of packed captures sees the same. */
static void check_reader(const char *name, const char *wanted)
{
    uint8_t text[200];
    size_t len = 0, got = 0;
    int status;
    struct decompress *reader = decompress_new(open(name, O_RDONLY), false);
    while ((status = decompress_read(reader, text + len, sizeof text - len, -1, &got)) ==
           CHAINS_OK)
        len += got;
    check(status == CHAINS_END);
    check_eq_bytes(text, len, wanted, strlen(wanted));
    decompress_free(reader);
}

static void test_exists(void)
{
    for (size_t i = 0; i < 3; i++) {
        char name[20], why[SCRIPT_WHY], wanted[200];
        snprintf(name, sizeof name, "there%s", suffixes[i]);
        for (int exists = 0; exists <= CHAINS_EXISTS_REPLACE; exists++) {
            check(write_line(name, (enum chains_exists)exists, "one\n", why) == CHAINS_OK);
            check_eq_text(why, "");
            file_is(name, "one\n");
            if (exists < CHAINS_EXISTS_REPLACE)
                unlink(name);
        }
        check(write_line(name, CHAINS_EXISTS_REFUSE, "two\n", why) == CHAINS_EIO);
        snprintf(wanted, sizeof wanted,
                 "writer: %s is there already: exists=append adds to it, exists=replace begins "
                 "it anew",
                 name);
        check_eq_text(why, wanted);
        file_is(name, "one\n");
        check(write_line(name, CHAINS_EXISTS_APPEND, "three\n", why) == CHAINS_OK);
        check(write_line(name, CHAINS_EXISTS_APPEND, "", why) == CHAINS_OK);
        check(write_line(name, CHAINS_EXISTS_APPEND, "four\n", why) == CHAINS_OK);
        file_is(name, "one\nthree\nfour\n");
        check_reader(name, "one\nthree\nfour\n");
        check(write_line(name, CHAINS_EXISTS_REPLACE, "five\n", why) == CHAINS_OK);
        file_is(name, "five\n");
        check(write_line(name, CHAINS_EXISTS_REPLACE, "", why) == CHAINS_OK);
        file_is(name, "");
        check(write_line(name, CHAINS_EXISTS_REFUSE, "six\n", why) == CHAINS_EIO);
        file_is(name, "");
        unlink(name);
    }
    char why[SCRIPT_WHY];
    check(symlink("nowhere", "dangling") == 0);
    check(write_line("dangling", CHAINS_EXISTS_REFUSE, "x\n", why) == CHAINS_EIO);
    check(access("nowhere", F_OK) != 0);
    check(write_line("dangling", CHAINS_EXISTS_APPEND, "x\n", why) == CHAINS_OK);
    file_is("nowhere", "x\n");
}

/* A compressed file that nothing was written to is whole; appending nothing adds nothing. */
/* A new file is for its owner and its group; one that is there keeps what it has. */
static void test_mode(void)
{
    char why[SCRIPT_WHY];
    struct stat about;
    mode_t before = umask(0);
    check(write_line("mode", CHAINS_EXISTS_REFUSE, "one\n", why) == CHAINS_OK);
    check(stat("mode", &about) == 0);
    check_eq_u64(about.st_mode & 07777, 0640);
    check(chmod("mode", 0604) == 0);
    check(write_line("mode", CHAINS_EXISTS_REPLACE, "two\n", why) == CHAINS_OK);
    check(stat("mode", &about) == 0);
    check_eq_u64(about.st_mode & 07777, 0604);
    umask(before);
    unlink("mode");
}

static void test_empty(void)
{
    char why[SCRIPT_WHY];
    for (size_t i = 1; i < 3; i++) {
        char name[20];
        size_t before, after;
        snprintf(name, sizeof name, "empty%s", suffixes[i]);
        check(write_line(name, CHAINS_EXISTS_REFUSE, "", why) == CHAINS_OK);
        free(file_get(name, &before));
        check(before > 0);
        file_is(name, "");
        check(write_line(name, CHAINS_EXISTS_APPEND, "", why) == CHAINS_OK);
        free(file_get(name, &after));
        check_eq_u64(after, before);
    }
}

static void *read_pipe(void *user)
{
    char *text = user;
    int fd = open("pipe", O_RDONLY);
    ssize_t n;
    while ((n = read(fd, text + strlen(text), 50)) > 0)
        ;
    close(fd);
    return NULL;
}

/* What is no regular file is written to, whatever is to be done with files that are there. */
static void test_others(void)
{
    char why[SCRIPT_WHY];
    check(mkfifo("pipe", 0600) == 0);
    for (int exists = 0; exists <= CHAINS_EXISTS_REPLACE; exists++) {
        check(write_line("/dev/null", (enum chains_exists)exists, "x\n", why) == CHAINS_OK);
        char text[100] = "";
        pthread_t thread;
        check(pthread_create(&thread, NULL, read_pipe, text) == 0);
        check(write_line("pipe", (enum chains_exists)exists, "through\n", why) == CHAINS_OK);
        pthread_join(thread, NULL);
        check_eq_text(text, "through\n");
    }
    check(write_line("/dev/full", CHAINS_EXISTS_REFUSE, "x\n", why) == CHAINS_EIO);
    check_eq_text(why, "writer: cannot write /dev/full: No space left on device");
}

/* ---- a pipe that nobody reads yet -----------------------------------------------------------
 */

static chains_component *to_stop;
static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
    (void)number;
    alarms++;
    if (to_stop)
        chains_stop(to_stop);
}

static int run_waiting(struct output *output, chains_component *sink, void *user)
{
    struct line *line = user;
    struct itimerval often = { { 0, 2000 }, { 0, 2000 } }, never = { { 0, 0 }, { 0, 0 } };
    to_stop = line->text ? NULL : sink;
    line->text = line->text ? line->text : "x\n";
    alarms = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    int status = run_line(output, sink, user);
    setitimer(ITIMER_REAL, &never, NULL);
    check(alarms > 0);
    to_stop = NULL;
    return status;
}

static void *read_pipe_late(void *user)
{
    while (alarms < 5)
        usleep(1000);
    return read_pipe(user);
}

/* Signals do not end the wait for a reader, a stop does. */
static void test_waiting(void)
{
    char why[SCRIPT_WHY], text[100] = "";
    struct sigaction action = { .sa_handler = on_alarm };
    struct line line = { { .path = "pipe", .record_end = "\n" }, "late\n" };
    sigset_t alarm_only, before;
    pthread_t thread;
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    alarms = 0;
    pthread_sigmask(SIG_BLOCK, &alarm_only, &before); /* the reader has its peace */
    check(pthread_create(&thread, NULL, read_pipe_late, text) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    check(script_run(run_waiting, &line, false, why) == CHAINS_OK);
    pthread_join(thread, NULL);
    check(alarms >= 5);
    check_eq_text(text, "late\n");
    line.text = NULL;
    check(script_run(run_waiting, &line, false, why) == CHAINS_EIO);
    check_eq_text(why, "writer: cannot open pipe: Interrupted system call");
}

/* ---- sentences ------------------------------------------------------------------------------
 */

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void test_refusals(void)
{
    static const struct {
        struct output_target target;
        int status;
        const char *why;
    } rows[] = {
        { { .path = "" }, CHAINS_EUSAGE, "path is empty" },
        { { .path = "x", .exists = (enum chains_exists)3 },
          CHAINS_EUSAGE,
          "there is no exists=3" },
        { { .path = "x", .flush = (enum chains_flush)3 },
          CHAINS_EUSAGE,
          "there is no flush=3" },
        { { .path = "sub" }, CHAINS_EIO, "cannot open sub: Is a directory" },
        { { .path = "sub", .exists = CHAINS_EXISTS_APPEND },
          CHAINS_EIO,
          "cannot open sub: Is a directory" },
        { { .path = "sub", .exists = CHAINS_EXISTS_REPLACE },
          CHAINS_EIO,
          "cannot open sub: Is a directory" },
        { { .path = "none/x" }, CHAINS_EIO, "cannot make none/x: there is no such directory" },
        { { .path = "none/x.gz", .exists = CHAINS_EXISTS_APPEND },
          CHAINS_EIO,
          "cannot make none/x.gz: there is no such directory" },
        { { .path = "file/x" }, CHAINS_EIO, "cannot open file/x: Not a directory" },
        { { .path = "read-only", .exists = CHAINS_EXISTS_APPEND },
          CHAINS_EIO,
          "cannot open read-only: Permission denied" },
        { { .path = "read-only", .exists = CHAINS_EXISTS_REPLACE },
          CHAINS_EIO,
          "cannot open read-only: Permission denied" },
        { { .path = "closed/x" }, CHAINS_EIO, "cannot open closed/x: Permission denied" },
        { { .path = "none/\033[1m\n\xc3\xa9" },
          CHAINS_EIO,
          "cannot make none/\\x1b[1m\\x0a\\xc3\\xa9: there is no such directory" },
    };
    check(mkdir("sub", 0777) == 0 && mkdir("closed", 0700) == 0);
    file_put("file", "");
    file_put("read-only", "keep");
    check(chmod("read-only", 0444) == 0);
    bool root = geteuid() == 0; /* who may do everything */
    if (root)
        check(setegid(65534) == 0 && seteuid(65534) == 0);
    else
        check(chmod("closed", 0500) == 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct line line = { rows[i].target, "x\n" };
        char why[SCRIPT_WHY], wanted[SCRIPT_WHY];
        line.target.record_end = "\n";
        check(script_run(run_line, &line, false, why) == rows[i].status);
        snprintf(wanted, sizeof wanted, "writer: %s", rows[i].why);
        check_eq_text(why, wanted);
    }
    if (root)
        check(seteuid(0) == 0 && setegid(0) == 0);
    file_is("read-only", "keep");
    struct line both = { { .path = "x", .file = stdout, .record_end = "\n" }, "x\n" };
    char why[SCRIPT_WHY];
    check(script_run(run_line, &both, false, why) == CHAINS_EUSAGE);
    check_eq_text(why, "writer: out and path exclude each other");
    check(access("x", F_OK) != 0);
}

/* A path that is too long for a sentence loses its middle. */
static void test_long_name(void)
{
    char path[600], why[SCRIPT_WHY];
    memset(path, 'd', sizeof path);
    for (size_t i = 0; i < 500; i += 100)
        path[i] = '/';
    strcpy(path + 550, "/a.jsonl");
    check(write_line(path, CHAINS_EXISTS_REFUSE, "x\n", why) == CHAINS_EIO);
    check(strncmp(why, "writer: cannot make /ddd", 24) == 0 && strstr(why, "ddd...ddd"));
    check(strstr(why, "ddd/a.jsonl: there is no such directory") && strlen(why) < 260);
}

/* ---- the descriptor -------------------------------------------------------------------------
 */

static int run_descriptor(struct output *output, chains_component *sink, void *user)
{
    const struct output_target target = { .path = "descriptor", .record_end = "\n" };
    int *standard = user;
    *standard = dup(STDIN_FILENO);
    close(STDIN_FILENO);
    mode_t before = umask(027);
    int status = output_open(output, sink, &target);
    umask(before);
    check(output->fd > STDERR_FILENO);
    check(fcntl(STDIN_FILENO, F_GETFD) < 0);
    check(fcntl(output->fd, F_GETFD) == FD_CLOEXEC);
    struct stat about;
    check(fstat(output->fd, &about) == 0 && (about.st_mode & 0777) == 0640);
    int fd = output->fd;
    check(output->fresh && output->regular);
    check(output_close(output) == CHAINS_OK);
    check(fcntl(fd, F_GETFD) < 0); /* closed */
    return status;
}

static int run_standard(struct output *output, chains_component *sink, void *user)
{
    const struct output_target target = { .path = user, .record_end = "\n" };
    int status = output_open(output, sink, &target);
    check(output->fd == STDOUT_FILENO && output->file == stdout && !output->path);
    check(output_reopen(output) == CHAINS_OK && !output->fresh);
    check(output_close(output) == CHAINS_OK);
    check(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
    return status;
}

static void test_descriptor(void)
{
    char why[SCRIPT_WHY], minus[] = "-";
    int standard = -1;
    check(script_run(run_descriptor, &standard, false, why) == CHAINS_OK);
    dup2(standard, STDIN_FILENO);
    close(standard);
    check(script_run(run_standard, minus, false, why) == CHAINS_OK);
    check(script_run(run_standard, NULL, false, why) == CHAINS_OK);
}

/* ---- reopen and continue --------------------------------------------------------------------
 */

struct names {
    char name[20], old[20];
};

static int run_reopen(struct output *output, chains_component *sink, void *user)
{
    const struct names *names = user;
    const struct output_target target = { .path = names->name, .record_end = "\n" };
    int status = output_open(output, sink, &target);
    check(output->fresh && output->bytes == 0);
    put_record(output, "first\n");
    check(rename(names->name, names->old) == 0);
    check(output_reopen(output) == CHAINS_OK);
    file_is(names->old, "first\n");
    check(output->fresh && output->bytes == 0);
    put_record(output, "second\n");
    check(output_reopen(output) == CHAINS_OK); /* still there: goes on behind it */
    file_is(names->name, "second\n");
    check(!output->fresh);
    put_record(output, "third\n");
    check(output_flush(output) == CHAINS_OK);
    check_eq_u64(output->bytes, 6);
    check(unlink(names->name) == 0);
    check(output_reopen(output) == CHAINS_OK);
    check(output->fresh);
    put_record(output, "fourth\n");
    check(output_reopen(output) == CHAINS_OK && output_reopen(output) == CHAINS_OK);
    put_record(output, "fifth\n");
    output_text(output, "never whole", 11);
    check(output_flush(output) == CHAINS_OK && output_close(output) == CHAINS_OK);
    file_is(names->name, "fourth\nfifth\n");
    file_is(names->old, "first\n");
    return status;
}

static char reopen_warning[200];

static void note_reopen(void *user, const char *sentence)
{
    (void)user;
    snprintf(reopen_warning, sizeof reopen_warning, "%s", sentence);
}

/* The name cannot be opened any more: a warning, and on in the file that is open. */
static int run_reopen_fails(struct output *output, chains_component *sink, void *user)
{
    const struct output_target target = { .path = user, .record_end = "\n" };
    check(mkdir("gone", 0777) == 0);
    chains_on_log(sink, note_reopen, NULL);
    int status = output_open(output, sink, &target);
    check(status == CHAINS_OK);
    put_record(output, "kept\n");
    check(rename("gone", "moved") == 0);
    check(output_reopen(output) == CHAINS_OK);
    check(!output->fresh);
    put_record(output, "kept too\n");
    check(output_reopen(output) == CHAINS_OK);
    check(output_flush(output) == CHAINS_OK);
    return output_close(output);
}

static int run_continue(struct output *output, chains_component *sink, void *user)
{
    const struct output_target target = { .path = "c1",
                                          .record_end = "\n",
                                          .exists = *(enum chains_exists *)user };
    int status = output_open(output, sink, &target);
    static const char *const names[] = { "c1", "c2.gz", "c3.gz", "c4.zst", "c5" };
    for (size_t i = 0; i < 5; i++) {
        char copy[10];
        snprintf(copy, sizeof copy, "%s", names[i]);
        if (i > 0)
            check(output_continue(output, copy) == CHAINS_OK);
        memset(copy, 'x', sizeof copy); /* the name is the output's own */
        put_record(output, names[i]);
        put_record(output, "\n");
        check_eq_u64(output->bytes + output->used, strlen(names[i]) + 1);
    }
    check(output_flush(output) == CHAINS_OK);
    check_eq_text(output->path, "c5");
    if (target.exists == CHAINS_EXISTS_REFUSE)
        check(output_continue(output, "c1") == CHAINS_EIO);
    int closed = output_close(output);
    return status < 0 ? status : closed;
}

static void test_reopen(void)
{
    char why[SCRIPT_WHY];
    for (size_t i = 0; i < 3; i++) {
        struct names names;
        snprintf(names.name, sizeof names.name, "log%s", suffixes[i]);
        snprintf(names.old, sizeof names.old, "log.1%s", suffixes[i]);
        check(script_run(run_reopen, &names, false, why) == CHAINS_OK);
        check_eq_text(why, "");
        char path[20], wanted[160];
        snprintf(path, sizeof path, "gone/x%s", suffixes[i]);
        check(script_run(run_reopen_fails, path, false, why) == CHAINS_OK);
        snprintf(wanted, sizeof wanted,
                 "writer: cannot open %s anew: No such file or directory; going on in the file "
                 "as it was",
                 path);
        check_eq_text(reopen_warning, wanted);
        snprintf(path, sizeof path, "moved/x%s", suffixes[i]);
        file_is(path, "kept\nkept too\n");
        unlink(path);
        rmdir("moved");
    }
}

static void test_continue(void)
{
    char why[SCRIPT_WHY];
    enum chains_exists exists = CHAINS_EXISTS_REFUSE;
    check(script_run(run_continue, &exists, false, why) == CHAINS_EIO);
    check_eq_text(why, "writer: c1 is there already: exists=append adds to it, exists=replace "
                       "begins it anew");
    exists = CHAINS_EXISTS_REPLACE;
    check(script_run(run_continue, &exists, false, why) == CHAINS_OK);
    file_is("c1", "c1\n");
    file_is("c2.gz", "c2.gz\n");
    file_is("c3.gz", "c3.gz\n");
    file_is("c4.zst", "c4.zst\n");
    exists = CHAINS_EXISTS_APPEND;
    check(script_run(run_continue, &exists, false, why) == CHAINS_OK);
    file_is("c1", "c1\nc1\n");
    file_is("c3.gz", "c3.gz\nc3.gz\n");
    file_is("c4.zst", "c4.zst\nc4.zst\n");
    file_is("c5", "c5\nc5\n");
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    folder_make();
    test_exists();
    test_mode();
    test_empty();
    test_others();
    test_waiting();
    test_refusals();
    test_long_name();
    test_descriptor();
    test_reopen();
    test_continue();
    folder_remove();
    return check_done();
}
