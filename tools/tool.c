/* SPDX-License-Identifier: MIT */
/*
 * Running a chain as a command. In: the last component. Out: an exit code. SIGINT and SIGTERM
 * let the records in hand finish, a second one ends at once; SIGUSR1 prints statistics; SIGHUP
 * begins files anew where that is asked for, else it is an end, too. SIGPIPE keeps its default, but
 * where there may be several outputs; where it is ignored, a reader that goes away is a normal end.
 */
#include "tool.h"
#include "tool_memory.h"
#include "tool_stats.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
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
static int tool_terminal = -1; /* the one that there was when the chain began */

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

void tool_nearest_try(struct tool_nearest *nearest, const char *candidate, const char *word)
{
    enum { FAR = 3 };
    size_t distance = chains_distance(word, strlen(word), candidate, strlen(candidate));
    if (distance < (nearest->word ? nearest->distance : FAR))
        *nearest = (struct tool_nearest){ candidate, distance };
}

/* The long option that a word such as "--json=3" begins with, or NULL. */
static const struct option *tool_long(const struct option *option, const char *word, char *name,
                                      size_t size)
{
    if (strncmp(word, "--", 2) != 0)
        return NULL;
    snprintf(name, size, "%.*s", (int)strcspn(word + 2, "="), word + 2);
    while (option->name && strcmp(option->name, name) != 0)
        option++;
    return option->name ? option : NULL;
}

int tool_unknown(const struct option *options, char **argv, int option)
{
    char name[64] = "";
    const char *word = argv[optind - 1];
    const struct option *known = tool_long(options, word, name, sizeof name);
    struct tool_nearest nearest = { NULL, 0 };
    if (known && known->val == optopt)
        return option == ':' ? tool_usage("--%s needs a value; try --help", name)
                             : tool_usage("--%s takes no value", name);
    if (option == ':')
        return tool_usage("-%c needs a value; try --help", optopt);
    if (optopt > 0 && optopt < TOOL_LONG)
        return tool_usage("unknown option -%c; try --help", optopt);
    for (; options->name; options++)
        tool_nearest_try(&nearest, options->name, name);
    if (nearest.word)
        return tool_usage("unknown option --%s; did you mean --%s?", name, nearest.word);
    return tool_usage("unknown option --%s; try --help", name);
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

/* The same one again has its default action by then, which is an end at once. */
static void tool_on_interrupt(int number)
{
    if (tool_interrupted)
        _exit(128 + number);
    tool_interrupted = number;
    chains_stop(tool_running);
}

static void tool_on_statistics(int number)
{
    (void)number;
    tool_wants_statistics = 1;
}

/* The terminal that can hang up on this process, if there is one, to be asked when it may have. */
static int tool_open_terminal(void)
{
    return open("/dev/tty", O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static bool tool_terminal_is_gone(void)
{
    struct pollfd terminal = { tool_terminal, 0, 0 };
    return tool_terminal >= 0 && poll(&terminal, 1, 0) > 0 &&
           (terminal.revents & (POLLHUP | POLLERR)) != 0;
}

/* A terminal that is gone ends the chain; anybody else who sends this wants files begun anew. */
static void tool_on_hangup(int number)
{
    int before = errno;
    if (tool_terminal_is_gone()) {
        tool_interrupted = number;
        chains_stop(tool_running);
    } else {
        chains_reopen(tool_running);
    }
    errno = before;
}

static void tool_signals(const struct tool_run *run)
{
    struct sigaction interrupt = { .sa_handler = tool_on_interrupt,
                                   .sa_flags = (int)SA_RESETHAND };
    struct sigaction statistics = { .sa_handler = tool_on_statistics };
    struct sigaction hangup = { .sa_handler = tool_on_hangup }, inherited;
    sigemptyset(&interrupt.sa_mask);
    sigemptyset(&statistics.sa_mask);
    sigemptyset(&hangup.sa_mask);
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    sigaction(SIGUSR1, &statistics, NULL);
    signal(SIGXFSZ, SIG_IGN); /* a limit on a file's size is like a full disk */
    if (run->outputs)
        signal(SIGPIPE, SIG_IGN);
    if (sigaction(SIGHUP, NULL, &inherited) != 0 || inherited.sa_handler == SIG_IGN)
        return; /* under nohup */
    tool_terminal = run->reopen ? tool_open_terminal() : -1;
    sigaction(SIGHUP, run->reopen ? &hangup : &interrupt, NULL);
}

static void tool_statistics(const struct tool_run *run)
{
    if (!run->table) {
        tool_stats_line(run->last, run->live);
        return;
    }
    tool_stats_table(run->last);
    fprintf(stderr, "sandbox: %s\n", sandbox_text());
}

/* Whether packets came from the kernel, as they happened. */
static bool tool_was_live(const struct tool_run *run)
{
    struct chains_stats sum;
    tool_stats_sum(run->last, &sum);
    return run->live || sum.kernel_received > 0;
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
    struct chains_stats stats;
    if (tool_now_ms() < *next_ms)
        return false;
    *next_ms = tool_now_ms() + TOOL_PROGRESS_EVERY_MS;
    tool_stats_sum(last, &stats);
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
    return tool_problem("%s; grant it once with: sudo setcap cap_net_raw=ep %s",
                        chains_error(last), word);
}

int tool_pull(const struct tool_run *run)
{
    int64_t next_ms = tool_now_ms() + TOOL_PROGRESS_AFTER_MS;
    bool shown = false;
    int status;
    tool_running = run->last;
    chains_on_log(run->last, tool_log, NULL);
    tool_memory_budget(run->last, run->memory);
    if (run->table)
        chains_measure(run->last);
    tool_signals(run);
    sandbox_prepare(&run->sandbox);
    /* Where it cannot be opened or started its first step says so. */
    bool opened = chains_open(run->last) == CHAINS_OK;
    int refused = opened ? sandbox_enter(&run->sandbox, run->last) : TOOL_OK;
    if (refused) {
        tool_running = NULL;
        return refused;
    }
    do {
        status = chains_step(run->last);
        if (tool_wants_statistics) {
            tool_wants_statistics = 0;
            tool_statistics(run);
        }
        if (run->progress)
            shown = tool_progress(run->last, &next_ms) || shown;
    } while (status == CHAINS_OK || status == CHAINS_IDLE);
    tool_running = NULL; /* a signal from here on has nothing to stop */
    if (shown)
        fprintf(stderr, "\r%60s\r", "");
    int code = status < 0 ? tool_failed(run->last) : TOOL_OK;
    if ((run->table && opened) || (status >= 0 && (tool_interrupted || tool_was_live(run))))
        tool_statistics(run);
    return code;
}
