/* SPDX-License-Identifier: MIT */
/*
 * What a file holds already when a sink opens it: the chain's own input is refused, text goes behind
 * whole lines alone, and nothing is lost where it is refused.
 */
#include "lines_out.h"

/* The file called `name` is read by the chain from here on; NULL: none is. */
static void is_read(const char *name)
{
    struct stat about;
    memset(script_inputs, 0, sizeof script_inputs);
    if (!name)
        return;
    check(stat(name, &about) == 0);
    script_inputs[1] = (struct chains_input){ (uint64_t)about.st_dev, (uint64_t)about.st_ino };
}

static void check_is_read(const char *name, enum chains_exists exists)
{
    char why[SCRIPT_WHY], wanted[SCRIPT_WHY];
    check(write_line(name, exists, "new\n", why) == CHAINS_EUSAGE);
    snprintf(wanted, sizeof wanted,
             "writer: %s is being read by this chain: write to another file", name);
    check_eq_text(why, wanted);
}

/* The file that is read stays as it is, whatever it is called. */
static void test_input(void)
{
    for (size_t i = 0; i < 3; i++) {
        char name[20], why[SCRIPT_WHY];
        snprintf(name, sizeof name, "input%s", suffixes[i]);
        check(write_line(name, CHAINS_EXISTS_REFUSE, "old\n", why) == CHAINS_OK);
        is_read(name);
        check_is_read(name, CHAINS_EXISTS_APPEND);
        check_is_read(name, CHAINS_EXISTS_REPLACE);
        file_is(name, "old\n");
        script_inputs[1].device++; /* the same number on another disk is another file */
        check(write_line(name, CHAINS_EXISTS_REPLACE, "new\n", why) == CHAINS_OK);
        file_is(name, "new\n");
    }
    check(symlink("input", "soft") == 0 && link("input", "hard") == 0);
    is_read("soft");
    check_is_read("hard", CHAINS_EXISTS_REPLACE);
    check_is_read("soft", CHAINS_EXISTS_APPEND);
    FILE *stream = fopen("input", "a");
    struct line line = { { .file = stream, .record_end = "\n" }, "new\n" };
    char why[SCRIPT_WHY];
    check(script_run(run_line, &line, false, why) == CHAINS_EUSAGE);
    check_eq_text(why, "writer: the output is being read by this chain: write to another file");
    fclose(stream);
    file_is("input", "new\n");
    is_read("/dev/null"); /* of what is no regular file there is nothing to lose */
    check(write_line("/dev/null", CHAINS_EXISTS_APPEND, "x\n", why) == CHAINS_OK);
    is_read(NULL);
}

/* A longer file is begun anew from its first byte, and stays where it is. */
static void test_replace(void)
{
    struct stat before, after;
    char why[SCRIPT_WHY];
    file_put("long", "a line that is longer than what comes\n");
    check(stat("long", &before) == 0);
    check(write_line("long", CHAINS_EXISTS_REPLACE, "short\n", why) == CHAINS_OK);
    file_is("long", "short\n");
    check(stat("long", &after) == 0 && before.st_ino == after.st_ino);
}

/* Text goes behind whole lines only. */
static void test_half_line(void)
{
    static const char *const half[] = { "x", "one\ntw", "one\ntwo\r", "\n " };
    char why[SCRIPT_WHY];
    for (size_t i = 0; i < sizeof half / sizeof *half; i++) {
        file_put("half", half[i]);
        check(write_line("half", CHAINS_EXISTS_APPEND, "new\n", why) == CHAINS_EUSAGE);
        check_eq_text(why,
                      "writer: half does not end in a whole line: end that line or take it "
                      "away, or write to another file");
        file_is("half", half[i]);
        check(write_line("half", CHAINS_EXISTS_REPLACE, "new\n", why) == CHAINS_OK);
        file_is("half", "new\n");
    }
    file_put("half", "");
    check(write_line("half", CHAINS_EXISTS_APPEND, "new\n", why) == CHAINS_OK);
    file_put("half", "\n");
    check(write_line("half", CHAINS_EXISTS_APPEND, "new\n", why) == CHAINS_OK);
    file_is("half", "\nnew\n");
    /* Of what may only be written, and of what is compressed, nobody knows. */
    file_put("half.gz", "half");
    check(write_line("half.gz", CHAINS_EXISTS_APPEND, "new\n", why) == CHAINS_OK);
}

/* Files that are read, or end in half a line, stand where the output is to go on. */
static int run_in_the_way(struct output *output, chains_component *sink, void *user)
{
    const char *next = user;
    const struct output_target target = { .path = "way",
                                          .record_end = "\n",
                                          .exists = CHAINS_EXISTS_APPEND };
    int status = output_open(output, sink, &target);
    check(status == CHAINS_OK);
    put_record(output, "first\n");
    if (next) {
        status = output_continue(output, next);
    } else {
        check(rename("way", "way.old") == 0 && rename("taken", "way") == 0);
        status = output_reopen(output);
    }
    put_record(output, "second\n");
    check(output_flush(output) == status && output_close(output) == status);
    return status;
}

static void test_in_the_way(void)
{
    char why[SCRIPT_WHY], taken[] = "taken";
    for (int half = 0; half < 2; half++) {
        for (int reopen = 0; reopen < 2; reopen++) {
            file_put("taken", half ? "half" : "whole\n");
            is_read(half ? NULL : "taken");
            check(script_run(run_in_the_way, reopen ? NULL : taken, false, why) ==
                  CHAINS_EUSAGE);
            check(strstr(why, half ? "does not end in a whole line" : "is being read"));
            file_is(reopen ? "way" : "taken", half ? "half" : "whole\n");
            file_is(reopen ? "way.old" : "way", "first\n");
            unlink("way");
        }
    }
    is_read(NULL);
}

int main(void)
{
    folder_make();
    test_input();
    test_replace();
    test_half_line();
    test_in_the_way();
    folder_remove();
    return check_done();
}
