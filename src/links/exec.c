/* SPDX-License-Identifier: MIT */
/*
 * Any program as a link. In: records. Out: the same records with the tags and the layer that the
 * program answered, without those it dropped. Kept: one batch is under way at a time; a program
 * that is slow, dead, silent or talks nonsense costs at most the timeout for a batch, and the
 * records that it did not answer pass as they are, counted as limited.
 */
#include <chains/component.h>
#include <chains/components.h>

#include <stdlib.h>
#include <string.h>

#include "../bytes/text.h"
#include "../bytes/time.h"
#include "../record/batch.h"
#include "../render/json_record.h"
#include "exec_child.h"
#include "exec_layer.h"
#include "exec_reply.h"
#include "exec_sentence.h"
#include "exec_tags.h"
#include "tagger.h"

#define EXEC_TIMEOUT_NS (5 * TIME_SECOND_NS)
#define EXEC_FINISH_NS  TIME_SECOND_NS       /* to end in, once its input has ended */
#define EXEC_STOP_NS    (TIME_SECOND_NS / 4) /* the same for answers, after chains_stop() */
#define EXEC_LEAVE_NS   (TIME_SECOND_NS / 5) /* between the end of its output and its own */
#define EXEC_AGAIN_NS   TIME_SECOND_NS       /* between two starts */

enum {
    EXEC_SLICE_MS = 50,  /* between two looks at whether it lives, and whether to stop */
    EXEC_BAD_MOST = 100, /* lines in a row that are no answers */
    EXEC_BATCH_LINES = 1024 * 1024, /* bytes put aside for the lines of a batch */
    EXEC_SILENT_MOST = 3,           /* batches in a row without a line */
    EXEC_STALE_MOST = 16,           /* reads of what came between two batches */
    EXEC_QUOTED = 40,               /* of a line that is no answer */
};

/* Warnings that are given once. */
enum exec_warning {
    WARN_BAD = 1 << 0,
    WARN_UNASKED = 1 << 1,
    WARN_LATE = 1 << 2,
    WARN_TAG = 1 << 3,
    WARN_TAGS = 1 << 4,
    WARN_FIELD = 1 << 5,
};

/* What became of a record of the batch. */
enum exec_answer { UNANSWERED, ANSWERED_BADLY, ANSWERED };

/* Where the exchange of a batch stands. */
enum exec_turn { GOING_ON, DONE, LATE, GONE, BABBLING };

struct exec {
    struct exec_child child;
    struct exec_layer layer;
    struct json_record record;
    struct output output;
    FILE *stream; /* in memory: what `output` writes to */
    char *text;   /* the batch's lines */
    size_t text_len, fed;
    size_t asked;  /* records of the batch whose lines have been taken whole */
    size_t next;   /* the record that the next answer is to, when it does not say */
    uint64_t owed; /* answers that may still come to records of batches before */
    uint8_t answer[BATCH_MOST];
    bool keep[BATCH_MOST];
    unsigned bad, silent; /* in a row */
    unsigned warned;
    int64_t started_ns;
    bool heard; /* a line came since the batch before, for whatever record */
    char shown[EXEC_COMMAND];
};

static bool exec_warns(struct exec *exec, enum exec_warning which)
{
    bool first = !(exec->warned & (unsigned)which);
    exec->warned |= (unsigned)which;
    return first;
}

/* ---- starting and ending ---- */

static int exec_start(chains_component *self, struct exec *exec)
{
    const struct chains_exec_options *options = chains_options(self);
    exec->started_ns = time_now_ns();
    exec->owed = 0;
    exec->bad = exec->silent = 0;
    return exec_child_start(&exec->child, options->cmd);
}

/*
 * The program is of no use any more: what is left of it is ended, and the options say what that
 * means. `why` when it still runs, for a reason that makes it useless. Returns a status.
 */
static int exec_lost(chains_component *self, struct exec *exec, const char *why)
{
    const struct chains_exec_options *options = chains_options(self);
    char how[EXEC_END];
    struct exec_end end;
    bool by_itself = !why && exec_child_ends(&exec->child, EXEC_LEAVE_NS);
    exec_child_end(&exec->child, 0, &end);
    if (by_itself)
        exec_sentence_end(how, &end);
    else if (!why)
        why = "has closed its standard input or output";
    switch (options->on_exit) {
    case CHAINS_ON_EXIT_RESTART:
        chains_warn(self, "%s %s; it is started again", exec->shown, why ? why : how);
        return CHAINS_OK;
    case CHAINS_ON_EXIT_PASS:
        chains_warn(self, "%s %s; from here on records pass as they are", exec->shown,
                    why ? why : how);
        return CHAINS_OK;
    case CHAINS_ON_EXIT_FAIL:
    default:
        return chains_fail(self, CHAINS_EIO, "%s %s", exec->shown, why ? why : how);
    }
}

/* Before a batch: a program that ended is started again when that is wanted and due. */
static void exec_again(chains_component *self, struct exec *exec)
{
    const struct chains_exec_options *options = chains_options(self);
    if (exec->child.pid || options->on_exit != CHAINS_ON_EXIT_RESTART ||
        chains_stopping(self) || time_now_ns() - exec->started_ns < EXEC_AGAIN_NS)
        return;
    int error = exec_start(self, exec);
    if (error)
        chains_warn(self, "%s cannot be started again: %s", exec->shown, strerror(error));
}

/* ---- what an answer says ---- */

static void exec_add_tags(chains_component *self, struct exec *exec, struct chains_record *rec,
                          const struct exec_reply *reply)
{
    struct exec_no_tag failed = exec_tags_attach(self, rec, reply);
    for (unsigned i = 0; i < failed.bad_names + failed.too_many; i++)
        chains_count_limited(self);
    if (failed.bad_names && exec_warns(exec, WARN_TAG))
        chains_warn(self,
                    "%s gave a tag that is not 1 to %d letters, digits, '_', '-', '.' or ':'; "
                    "such tags are left out",
                    exec->shown, EXEC_TAG_MOST);
    if (failed.too_many && exec_warns(exec, WARN_TAGS))
        chains_warn(self,
                    "%s gave more tags than the %d that a chain can have; \"%s\" is left out",
                    exec->shown, EXEC_TAGS, failed.name);
}

static void exec_apply(chains_component *self, struct exec *exec, struct chains_record *rec,
                       const struct exec_reply *reply)
{
    if (exec_reply_has_tags(reply))
        exec_add_tags(self, exec, rec, reply);
    const char *misfit = exec_layer_attach(&exec->layer, self, rec, reply);
    if (!misfit)
        return;
    chains_count_limited(self);
    if (exec_warns(exec, WARN_FIELD))
        chains_warn(self, "%s gave a value for \"%s\" that is not of its type, or too long",
                    exec->shown, misfit);
}

/* ---- lines that come back ---- */

/* A line that is no answer takes the place of one; a line too many takes nobody's. */
static void exec_bad_line(chains_component *self, struct exec *exec,
                          const struct exec_line *line)
{
    char quoted[4 * EXEC_QUOTED + 1];
    exec->bad++;
    chains_count_limited(self);
    if (exec->owed > 0)
        exec->owed--;
    else if (exec->next < exec->asked)
        exec->answer[exec->next++] = ANSWERED_BADLY;
    if (!exec_warns(exec, WARN_BAD))
        return;
    exec_reply_quote(quoted, line->text, line->len, EXEC_QUOTED);
    chains_warn(self, "%s answered with a line that is %s: \"%s\"; the record passes as it is",
                exec->shown, line->too_long ? "longer than 64 KiB" : "no JSON object", quoted);
}

static void exec_unasked(chains_component *self, struct exec *exec)
{
    if (exec->owed > 0) {
        exec->owed--; /* late: its record has gone on without it */
        return;
    }
    exec->bad++;
    chains_count_limited(self);
    if (exec_warns(exec, WARN_UNASKED))
        chains_warn(self,
                    "%s answers more often than it is asked; what is too much is left out",
                    exec->shown);
}

/* The record of the batch that a reply is to, or `asked` when it is to none. */
static size_t exec_place(struct exec *exec, const struct chains_batch *batch,
                         const struct exec_reply *reply)
{
    size_t place = exec->next;
    if (!reply->numbered)
        return exec->owed ? exec->asked : place;
    if (place < exec->asked && batch->live[place]->number == reply->number)
        return place;
    for (place = 0; place < exec->asked; place++)
        if (batch->live[place]->number == reply->number && exec->answer[place] != ANSWERED)
            return place;
    return exec->asked;
}

static void exec_line(chains_component *self, struct exec *exec,
                      const struct chains_batch *batch, const struct exec_line *line)
{
    struct exec_reply reply;
    exec->heard = true;
    if (line->too_long || !exec_reply_read(&reply, line->text, line->len)) {
        exec_bad_line(self, exec, line);
        return;
    }
    size_t place = exec_place(exec, batch, &reply);
    if (place < exec->asked) {
        if (reply.numbered)
            exec->owed = 0; /* in order: what was owed before will not come */
        exec->bad = 0;
        exec->answer[place] = ANSWERED;
        exec->keep[place] = !reply.drop;
        exec->next = place < exec->next ? exec->next : place + 1;
        exec_apply(self, exec, batch->live[place], &reply);
    } else {
        exec_unasked(self, exec);
    }
    exec_reply_free(&reply);
}

/* Takes what has come; returns whether anything did. */
static bool exec_hear(chains_component *self, struct exec *exec,
                      const struct chains_batch *batch)
{
    struct exec_line line;
    bool more = exec_child_read(&exec->child) > 0;
    while (exec->bad <= EXEC_BAD_MOST && exec_child_line(&exec->child, &line))
        exec_line(self, exec, batch, &line);
    return more;
}

/* ---- one batch ---- */

/* The lines of a batch, whole in memory. Returns a status. */
static int exec_write(chains_component *self, struct exec *exec,
                      const struct chains_batch *batch)
{
    int status = fseeko(exec->stream, 0, SEEK_SET) == 0
                     ? CHAINS_OK
                     : chains_fail(self, CHAINS_EMEM, "no memory for the records' text");
    for (size_t i = 0; i < batch->count && status == CHAINS_OK; i++) {
        status = json_record_write(&exec->record, self, batch->live[i]);
        output_text(&exec->output, "\n", 1);
        output_commit(&exec->output);
    }
    return status < 0 ? status : output_flush(&exec->output);
}

static void exec_feed(struct exec *exec)
{
    const char *at = exec->text + exec->fed;
    size_t fed = exec_child_feed(&exec->child, at, exec->text_len - exec->fed);
    exec->fed += fed;
    for (const char *end = at + fed; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        exec->asked++;
}

/* One look at everything; waits when there is nothing to do. */
static enum exec_turn exec_turn(chains_component *self, struct exec *exec,
                                const struct chains_batch *batch, int64_t deadline_ns)
{
    bool ended = exec_child_has_ended(&exec->child); /* before the last look at its output */
    exec_feed(exec);
    bool more = exec_hear(self, exec, batch);
    if (exec->bad > EXEC_BAD_MOST)
        return BABBLING;
    if (exec->next == batch->count)
        return DONE;
    int64_t left_ns = deadline_ns - time_now_ns();
    if (left_ns <= 0)
        return LATE;
    if (more)
        return GOING_ON;
    if (ended || exec->child.mute || exec->child.deaf)
        return GONE;
    int64_t left_ms = left_ns / 1000000 + 1;
    exec_child_wait(&exec->child, exec->fed < exec->text_len,
                    left_ms < EXEC_SLICE_MS ? (int)left_ms : EXEC_SLICE_MS);
    return GOING_ON;
}

/* The time for a batch is up. Returns a status. */
static int exec_late(chains_component *self, struct exec *exec,
                     const struct chains_batch *batch)
{
    bool stopping = chains_stopping(self);
    if (exec->fed < exec->text_len && stopping) {
        struct exec_end end; /* half a line is of no use to it */
        exec_child_end(&exec->child, 0, &end);
        return CHAINS_OK;
    }
    if (exec->fed < exec->text_len)
        return exec_lost(self, exec, "does not read what it is given");
    exec->owed += batch->count - exec->next;
    exec->silent = exec->heard ? 0 : exec->silent + 1;
    if (exec->silent >= EXEC_SILENT_MOST && !stopping)
        return exec_lost(self, exec, "does not answer");
    if (!stopping && exec_warns(exec, WARN_LATE))
        chains_warn(self, "%s did not answer in time; records pass as they are", exec->shown);
    return CHAINS_OK;
}

/* Gives the program a batch and takes its answers. Returns a status. */
static int exec_exchange(chains_component *self, struct exec *exec,
                         const struct chains_batch *batch)
{
    const struct chains_exec_options *options = chains_options(self);
    int64_t timeout_ns = options->timeout ? (int64_t)options->timeout : EXEC_TIMEOUT_NS;
    int64_t deadline_ns = time_now_ns() + timeout_ns;
    bool stopping = false;
    enum exec_turn turn = GOING_ON;
    exec->heard = false;
    /* What came before it was asked is late, or nobody's. */
    for (int i = 0; i < EXEC_STALE_MOST && exec->bad <= EXEC_BAD_MOST; i++)
        if (!exec_hear(self, exec, batch))
            break;
    while (turn == GOING_ON) {
        if (!stopping && chains_stopping(self)) {
            int64_t soon_ns = time_now_ns() + EXEC_STOP_NS;
            deadline_ns = soon_ns < deadline_ns ? soon_ns : deadline_ns;
            stopping = true;
        }
        turn = exec_turn(self, exec, batch, deadline_ns);
    }
    switch (turn) {
    case LATE:
        return exec_late(self, exec, batch);
    case GONE:
        return exec_lost(self, exec, NULL);
    case BABBLING:
        return exec_lost(self, exec,
                         "answered more than 100 lines in a row that were no answers");
    case DONE:
    case GOING_ON:
    default:
        exec->silent = 0;
        return CHAINS_OK;
    }
}

static int exec_many(chains_component *self, struct chains_batch *batch)
{
    struct exec *exec = chains_state(self);
    int status = CHAINS_OK;
    exec->fed = exec->asked = exec->next = 0;
    memset(exec->answer, UNANSWERED, batch->count);
    for (size_t i = 0; i < batch->count; i++)
        exec->keep[i] = true;
    exec_again(self, exec);
    if (exec->child.pid)
        status = exec_write(self, exec, batch);
    if (exec->child.pid && status == CHAINS_OK)
        status = exec_exchange(self, exec, batch);
    bool lost = status < 0 && !chains_stopping(self); /* what is in hand then is finished */
    for (size_t i = 0; i < batch->count; i++) {
        if (exec->answer[i] != UNANSWERED)
            continue;
        if (lost)
            exec->keep[i] = false; /* those before the failure go on, as everywhere */
        else
            chains_count_limited(self);
    }
    chains_batch_keep(batch, exec->keep);
    return status;
}

/* While nothing comes from upstream its end is noticed all the same. */
static int exec_idle(chains_component *self)
{
    struct exec *exec = chains_state(self);
    if (exec->child.pid && exec_child_has_ended(&exec->child))
        return exec_lost(self, exec, NULL);
    exec_again(self, exec);
    return CHAINS_OK;
}

/* ---- the component ---- */

static void exec_close(chains_component *self)
{
    struct exec *exec = chains_state(self);
    exec_child_free(&exec->child);
    json_record_close(&exec->record);
    output_close(&exec->output);
    if (exec->stream)
        fclose(exec->stream);
    exec->stream = NULL;
    free(exec->text);
    exec->text = NULL;
}

static int exec_open(chains_component *self)
{
    struct exec *exec = chains_state(self);
    int status = CHAINS_OK;
    exec_reply_prepare();
    exec->stream = open_memstream(&exec->text, &exec->text_len);
    if (!exec_child_init(&exec->child) || !exec->stream)
        status = chains_fail(self, CHAINS_EMEM, "no memory for the records' text");
    const struct output_target target = {
        .file = exec->stream,
        .flush = CHAINS_FLUSH_BLOCK,
        .record_end = "\n",
    };
    if (status == CHAINS_OK)
        status = json_record_open(&exec->record, self, &exec->output, UINT64_MAX);
    if (status == CHAINS_OK)
        status = output_open(&exec->output, self, &target);
    if (status < 0)
        exec_close(self);
    return status;
}

/* When the rights of this program are as they will stay: the other one inherits them. */
static int exec_first_start(chains_component *self)
{
    struct exec *exec = chains_state(self);
    int error = exec_start(self, exec);
    return error ? chains_fail(self, CHAINS_EIO, "%s cannot be started: %s", exec->shown,
                               strerror(error))
                 : CHAINS_OK;
}

static void exec_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct chains_exec_options *options = chains_options(self);
    tell(user, CHAINS_ACCESS_CHILD, NULL);
    if (options->on_exit == CHAINS_ON_EXIT_RESTART)
        tell(user, CHAINS_ACCESS_RUN, NULL);
}

static int exec_finish(chains_component *self)
{
    struct exec *exec = chains_state(self);
    const struct chains_exec_options *options = chains_options(self);
    char how[EXEC_END];
    struct exec_end end;
    if (!exec->child.pid)
        return CHAINS_OK;
    exec_child_end(&exec->child, EXEC_FINISH_NS, &end);
    if (end.forced)
        chains_warn(self, "%s did not end when its input did; it was ended", exec->shown);
    if (end.forced || end.how == EXEC_LOST || (end.how == EXEC_EXITED && end.code == 0))
        return CHAINS_OK;
    exec_sentence_end(how, &end);
    if (options->on_exit == CHAINS_ON_EXIT_FAIL)
        return chains_fail(self, CHAINS_EIO, "%s %s", exec->shown, how);
    chains_warn(self, "%s %s", exec->shown, how);
    return CHAINS_OK;
}

static int exec_create(chains_component *self)
{
    struct exec *exec = chains_state(self);
    const struct chains_exec_options *options = chains_options(self);
    if (!options->cmd || !options->cmd[strspn(options->cmd, " \t\n")])
        return chains_fail(chains_about(self, "cmd", 0), CHAINS_EUSAGE,
                           "cmd=PROGRAM is missing");
    if (options->on_exit > CHAINS_ON_EXIT_PASS)
        return chains_fail(chains_about(self, "on_exit", 0), CHAINS_EUSAGE,
                           "there is no on_exit=%u", (unsigned)options->on_exit);
    if (options->timeout > INT64_MAX / 2)
        return chains_fail(chains_about(self, "timeout", 0), CHAINS_EUSAGE,
                           "the timeout is too long");
    exec_sentence_command(exec->shown, options->cmd);
    return exec_layer_create(&exec->layer, self, options->layer ? options->layer : "exec",
                             options->field);
}

static int exec_check(chains_component *self)
{
    const struct exec *exec = chains_state(self);
    return exec_layer_check(&exec->layer, self);
}

/* What a batch's lines take is not known before: so much is put aside for them. */
static void exec_memory(const chains_component *self, struct chains_memory *memory)
{
    (void)self;
    memory->least = memory->usual =
        sizeof(struct exec) + EXEC_LINE + OUTPUT_BUFFER + EXEC_BATCH_LINES;
}

static void exec_stats(const chains_component *self, struct chains_stats *stats)
{
    const struct exec *exec = chains_state(self);
    stats->memory += sizeof *exec;
    if (exec->stream)
        stats->memory += EXEC_LINE + OUTPUT_BUFFER + exec->text_len;
}

static const struct chains_name exec_on_exit_names[] = {
    { CHAINS_ON_EXIT_FAIL, "fail" },
    { CHAINS_ON_EXIT_RESTART, "restart" },
    { CHAINS_ON_EXIT_PASS, "pass" },
    { 0, NULL },
};

static const struct chains_field exec_options[] = {
    CHAINS_FIELD(
        chains_exec_options, cmd, TEXT,
        "program that reads a JSON object a line and answers each with one, run by sh -c",
        .bare = 1),
    CHAINS_FIELD(
        chains_exec_options, field, TEXTS,
        "NAME:TYPE of a member of its answers that becomes a field; TYPE is uint, text, "
        "bool, addr or duration"),
    CHAINS_FIELD(chains_exec_options, layer, TEXT, "layer that has these fields",
                 .preset = "exec"),
    CHAINS_FIELD(chains_exec_options, on_exit, NAMED, "what to do when the program ends early",
                 .names = exec_on_exit_names, .preset = "fail"),
    CHAINS_FIELD(chains_exec_options, timeout, DURATION,
                 "longest wait for the answers to a batch; then its records pass as they are",
                 .preset = "5s"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type *const exec_attaches[] = { &chains_tags_type, NULL };

const struct chains_class exec_class = {
    .name = "exec",
    .brief = "any program as a link: JSON lines out to it, tags and fields back",
    .role = CHAINS_LINK,
    .state_size = sizeof(struct exec),
    .options_size = sizeof(struct chains_exec_options),
    .options = exec_options,
    .attaches = exec_attaches,
    .create = exec_create,
    .check = exec_check,
    .memory = exec_memory,
    .open = exec_open,
    .start = exec_first_start,
    .access = exec_access,
    .many = exec_many,
    .idle = exec_idle,
    .finish = exec_finish,
    .close = exec_close,
    .stats = exec_stats,
};

chains_component *chains_exec_new(const struct chains_exec_options *options)
{
    return chains_new(&exec_class, options);
}
