/* SPDX-License-Identifier: MIT */
/*
 * Many captures through the same chains in one process, for what would cost a start each. In: texts
 * of chains as arguments, in which $IN is the capture and $OUT a folder; then on standard input a
 * line "CAPTURE FOLDER" for each capture, or "leaks". Out: for each chain a line "STATUS NAME=RECORDS
 * ... SENTENCE", for each branch of its tee what came to its last component, and a line "done" with
 * the processor time in milliseconds. A sanitizer that finds something ends the process.
 */
#include <chains.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

enum { RUN_LINE = 8192, RUN_ERROR = 4096 };

struct run_places {
    const char *in, *out;
};

static const char *run_variable(void *user, const char *name)
{
    const struct run_places *places = user;
    if (strcmp(name, "IN") == 0)
        return places->in;
    return strcmp(name, "OUT") == 0 ? places->out : NULL;
}

/* Warnings are text that may show what a stranger has sent, so they are looked at, too. */
static void run_log(void *user, const char *sentence)
{
    (void)user;
    printf("log %s\n", sentence);
}

static void run_counts(const chains_component *last)
{
    chains_component *branch;
    for (size_t i = 0; (branch = chains_branch(last, i)) != NULL; i++) {
        struct chains_stats stats = { .size = sizeof stats };
        if (chains_stats(branch, &stats) == CHAINS_OK)
            printf(" %s=%" PRIu64, stats.name, stats.in);
    }
    struct chains_stats stats = { .size = sizeof stats };
    if (!chains_branch(last, 0) && chains_stats(last, &stats) == CHAINS_OK)
        printf(" %s=%" PRIu64, stats.name, stats.out);
}

static bool run_chain(const char *text, struct run_places *places)
{
    char error[RUN_ERROR];
    struct chains_parse_options options = {
        .size = sizeof options,
        .ending = "json_lines",
        .variable = run_variable,
        .user = places,
    };
    chains_component *last = chains_parse_text(text, &options, error, sizeof error);
    if (!last) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    chains_on_log(last, run_log, NULL);
    int status = chains_pull(last);
    printf("%d", status);
    run_counts(last);
    printf(" %s\n", status < 0 ? chains_error(last) : "");
    chains_free(last);
    return true;
}

static bool run_capture(char *line, char **chains)
{
    clock_t before = clock();
    struct run_places places = { .in = strtok(line, " \n"), .out = strtok(NULL, " \n") };
    if (places.in && strcmp(places.in, "leaks") == 0) {
        if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
            return false;
    } else if (places.in && places.out) {
        for (; *chains; chains++)
            if (!run_chain(*chains, &places))
                return false;
    } else {
        return false;
    }
    printf("done %ld\n", (long)((clock() - before) / (CLOCKS_PER_SEC / 1000)));
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    char line[RUN_LINE];
    if (argc < 2) {
        fputs("usage: run_chains CHAIN... < lines of \"CAPTURE FOLDER\"\n", stderr);
        return 2;
    }
    while (fgets(line, sizeof line, stdin))
        if (!run_capture(line, argv + 1))
            return 1;
    return 0;
}
