/* SPDX-License-Identifier: MIT */
/*
 * Running a chain as a command. In: the last component. Out: an exit code. SIGINT and SIGTERM
 * let the records in hand finish, a second one ends at once; SIGUSR1 prints statistics. SIGPIPE
 * keeps its default; where it is ignored, a reader that goes away is a normal end.
 */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TOOL_TEXT = 2048 + PATH_MAX,
    TOOL_PROGRESS_AFTER_MS = 2000,
    TOOL_PROGRESS_EVERY_MS = 200
};

const char *tool_name = "chains";

static chains_component *volatile tool_running;
static volatile sig_atomic_t tool_interrupted, tool_wants_statistics;

void tool_descriptors(void)
{
    /* Opened the wrong way round, so that reading or writing there fails as before. */
    static const int wrong[3] = { O_WRONLY, O_RDONLY, O_RDONLY };
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", wrong[fd]) != fd)
            return; /* no /dev/null: nothing can be done about it */
}

void tool_put(FILE *out, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if ((*c < 0x20 && *c != '\n') || *c > 0x7e)
            fprintf(out, "\\x%02x", *c);
        else
            fputc(*c, out);
    }
}

/* "netwatch: SENTENCE" on stderr. */
static void tool_say(const char *sentence)
{
    fprintf(stderr, "%s: ", tool_name);
    tool_put(stderr, sentence);
    fputc('\n', stderr);
}

/* tool_usage() and tool_problem() differ in their exit code alone. */
static void tool_say_as(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static void tool_say_as(const char *format, va_list args)
{
    char sentence[TOOL_TEXT];
    vsnprintf(sentence, sizeof sentence, format, args);
    tool_say(sentence);
}

int tool_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tool_say_as(format, args);
    va_end(args);
    return TOOL_USAGE;
}

int tool_problem(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tool_say_as(format, args);
    va_end(args);
    return TOOL_FAILED;
}

/* Edits between two words, as far as `most` + 1. */
static size_t tool_distance(const char *a, const char *b)
{
    enum { WORD = 32 };
    size_t row[WORD + 1], la = strlen(a), lb = strlen(b);
    if (la > WORD || lb > WORD)
        return WORD;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t replace = diagonal + (a[i - 1] != b[j - 1]);
            size_t edit = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = edit < replace ? edit : replace;
        }
    }
    return row[lb];
}

const char *tool_nearest(const struct option *options, const char *word)
{
    const char *nearest = NULL;
    size_t least = 3;
    for (; options->name; options++) {
        size_t distance = tool_distance(word, options->name);
        if (distance < least) {
            least = distance;
            nearest = options->name;
        }
    }
    return nearest;
}

bool tool_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    uint64_t value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *number = value;
    return value >= least && value <= most;
}

int tool_printed(void)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
        return TOOL_OK;
    return tool_problem("cannot write the output: %s", strerror(errno));
}

int tool_version(void)
{
    char libraries[256];
    chains_version_libraries(libraries, sizeof libraries);
    printf("chains %s (%s)\n", chains_version(), libraries);
    return tool_printed();
}

static void tool_on_interrupt(int number)
{
    if (tool_interrupted) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    tool_interrupted = number;
    chains_stop(tool_running);
}

static void tool_on_statistics(int number)
{
    (void)number;
    tool_wants_statistics = 1;
}

static void tool_signals(void)
{
    struct sigaction interrupt = { .sa_handler = tool_on_interrupt };
    struct sigaction statistics = { .sa_handler = tool_on_statistics };
    sigemptyset(&interrupt.sa_mask);
    sigemptyset(&statistics.sa_mask);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    sigaction(SIGUSR1, &statistics, NULL);
}

static chains_component *tool_source(chains_component *last)
{
    while (chains_upstream(last))
        last = chains_upstream(last);
    return last;
}

/* Times that a ceiling was reached anywhere in the chain: what was given up is not kept quiet. */
static uint64_t tool_limited(const chains_component *last)
{
    uint64_t limited = 0;
    for (; last; last = chains_upstream(last)) {
        struct chains_stats stats = { .size = sizeof stats };
        chains_stats(last, &stats);
        limited += stats.limited;
    }
    return limited;
}

static void tool_statistics(chains_component *last, bool live)
{
    struct chains_stats stats = { .size = sizeof stats };
    uint64_t limited = tool_limited(last);
    chains_stats(tool_source(last), &stats);
    fprintf(stderr, "%s: %" PRIu64 " packets", tool_name, stats.out);
    if (live)
        fprintf(stderr,
                ", %" PRIu64 " received by the filter, %" PRIu64
                " dropped by the kernel, %" PRIu64 " dropped by the interface",
                stats.kernel_received, stats.kernel_dropped, stats.interface_dropped);
    if (limited)
        fprintf(stderr, ", %" PRIu64 " times a limit of ours was reached", limited);
    fputc('\n', stderr);
}

static int64_t tool_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Percent of the input read, after two seconds, on one line that is taken away at the end. */
static bool tool_progress(chains_component *last, int64_t *next_ms)
{
    struct chains_stats stats = { .size = sizeof stats };
    if (tool_now_ms() < *next_ms)
        return false;
    *next_ms = tool_now_ms() + TOOL_PROGRESS_EVERY_MS;
    chains_stats(tool_source(last), &stats);
    if (stats.bytes_total == 0)
        return false;
    fprintf(stderr, "\r%s: %3u %%, %" PRIu64 " packets", tool_name,
            (unsigned)(100.0 * (double)stats.bytes / (double)stats.bytes_total), stats.out);
    return true;
}

static void tool_log(void *user, const char *sentence)
{
    (void)user;
    tool_say(sentence);
}

/* A path as a word for a shell. */
static void tool_quote(const char *path, char *out, size_t size)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+";
    if (!path[strspn(path, plain)]) {
        snprintf(out, size, "%s", path);
        return;
    }
    size_t used = (size_t)snprintf(out, size, "'");
    for (; *path && used + 6 < size; path++)
        used +=
            (size_t)snprintf(out + used, size - used, *path == '\'' ? "'\\''" : "%c", *path);
    snprintf(out + used, size - used, "'");
}

/* The failure as one sentence, with what to do about it where that is known. */
static int tool_failed(const chains_component *last)
{
    char path[PATH_MAX] = "chains", word[PATH_MAX + 16];
    int code = chains_error_code(last);
    if (code == CHAINS_EPIPE)
        return TOOL_OK;
    if (code == CHAINS_EUSAGE)
        return tool_usage("%s", chains_error(last));
    if (code != CHAINS_EPERM)
        return tool_problem("%s", chains_error(last));
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0)
        path[length] = '\0';
    tool_quote(path, word, sizeof word);
    return tool_problem("%s; grant it once with: sudo setcap cap_net_raw,cap_net_admin=ep %s",
                        chains_error(last), word);
}

int tool_pull(const struct tool_run *run)
{
    int64_t next_ms = tool_now_ms() + TOOL_PROGRESS_AFTER_MS;
    bool shown = false;
    int status;
    tool_running = run->last;
    chains_on_log(run->last, tool_log, NULL);
    tool_signals();
    do {
        status = chains_step(run->last);
        if (tool_wants_statistics) {
            tool_wants_statistics = 0;
            tool_statistics(run->last, run->live);
        }
        if (run->progress)
            shown = tool_progress(run->last, &next_ms) || shown;
    } while (status == CHAINS_OK || status == CHAINS_IDLE);
    tool_running = NULL; /* a signal from here on has nothing to stop */
    if (shown)
        fprintf(stderr, "\r%60s\r", "");
    if (status < 0)
        return tool_failed(run->last);
    if (run->live || tool_interrupted)
        tool_statistics(run->last, run->live);
    return TOOL_OK;
}
