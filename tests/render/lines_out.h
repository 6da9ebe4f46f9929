/* SPDX-License-Identifier: MIT */
#ifndef LINES_OUT_H
#define LINES_OUT_H

/* Lines of text to files, by an output in a chain of its own. */
#include "output_script.h"

static const char *const suffixes[] = { "", ".gz", ".zst" };

struct line {
    struct output_target target;
    const char *text;
};

static void put_record(struct output *output, const char *text)
{
    output_text(output, text, strlen(text));
    output_commit(output);
}

static int run_line(struct output *output, chains_component *sink, void *user)
{
    const struct line *line = user;
    int status = output_open(output, sink, &line->target);
    if (status < 0) {
        check(output_close(output) == CHAINS_OK);
        return status;
    }
    put_record(output, line->text);
    status = output_flush(output);
    int closed = output_close(output);
    check(output_close(output) == CHAINS_OK); /* again: harmless */
    check(output_flush(output) == output->failed);
    return status < 0 ? status : closed;
}

/* One line to a file; the status. */
static int write_line(const char *path, enum chains_exists exists, const char *text,
                      char why[SCRIPT_WHY])
{
    struct line line = { { .path = path, .exists = exists, .record_end = "\n" }, text };
    return script_run(run_line, &line, false, why);
}

#endif
