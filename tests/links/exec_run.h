/* SPDX-License-Identifier: MIT */
#ifndef EXEC_RUN_H
#define EXEC_RUN_H

/*
 * A chain of a source, exec and a sink that looks at what comes out; what it did, and whether
 * anything of the program is left behind.
 */
#include <chains/component.h>
#include <chains/components.h>
#include <chains/layer/tags.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../check.h"

#define RUN_PYTHON(way) "exec " EXEC_PYTHON " " EXEC_PROGRAM " " way

struct run_plan {
    size_t size;
    uint64_t records;
    uint64_t pause_at; /* idle before this record for pause_ms */
    unsigned pause_ms;
    bool pauses; /* the same before every batch but the first */
    size_t text; /* bytes of a text that makes each record's line long; 0: none */
    bool tagged; /* each record comes with the tag "before" */
};

static struct run_text_layer {
    const char *text;
} run_text_layer;

static const struct chains_field run_text_fields[] = {
    CHAINS_FIELD(run_text_layer, text, TEXT, "something long"),
    CHAINS_FIELDS_END,
};

static const struct chains_layer_type run_text_type = {
    "long", "long", sizeof run_text_layer, run_text_fields, CHAINS_ID_DYNAMIC, 0
};

extern const struct chains_layer_type chains_tags_type;
static const struct chains_layer_type *const run_attaches[] = { &run_text_type,
                                                                &chains_tags_type, NULL };

struct run_source {
    uint64_t given;
    int64_t pause_until_ns;
    char *text;
};

static int64_t run_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int run_source_open(chains_component *self)
{
    const struct run_plan *plan = chains_options(self);
    struct run_source *source = chains_state(self);
    source->text = malloc(plan->text + 1);
    if (!source->text)
        return CHAINS_EMEM;
    memset(source->text, 'x', plan->text);
    source->text[plan->text] = '\0';
    return CHAINS_OK;
}

static void run_source_close(chains_component *self)
{
    struct run_source *source = chains_state(self);
    free(source->text);
}

static int run_source_next(chains_component *self, struct chains_batch *out)
{
    const struct run_plan *plan = chains_options(self);
    struct run_source *source = chains_state(self);
    if (plan->pauses && source->given && !source->pause_until_ns)
        source->pause_until_ns = run_now_ns() + (int64_t)plan->pause_ms * 1000000;
    if (plan->pauses && run_now_ns() < source->pause_until_ns) {
        usleep(10000);
        return CHAINS_IDLE;
    }
    if (plan->pauses)
        source->pause_until_ns = 0;
    if (plan->pause_at && source->given + 1 == plan->pause_at) {
        if (!source->pause_until_ns)
            source->pause_until_ns = run_now_ns() + (int64_t)plan->pause_ms * 1000000;
        if (run_now_ns() < source->pause_until_ns) {
            usleep(10000);
            return CHAINS_IDLE;
        }
    }
    while (source->given < plan->records) {
        if (chains_batch_count(out) > 0 && source->given + 1 == plan->pause_at &&
            !source->pause_until_ns)
            break;
        struct chains_record *rec = chains_batch_add(out);
        if (!rec)
            break;
        rec->number = ++source->given;
        if (plan->text) {
            struct run_text_layer *layer = chains_attach(self, rec, &run_text_type);
            layer->text = source->text;
        }
        if (plan->tagged) {
            struct chains_tags *tags = chains_attach(self, rec, &chains_tags_type);
            tags->tags = UINT64_C(1) << chains_tag(self, "before");
        }
    }
    return chains_batch_count(out) ? CHAINS_OK : CHAINS_END;
}

static const struct chains_class run_source_class = {
    .name = "numbers",
    .brief = "records with a number",
    .role = CHAINS_SOURCE,
    .gives = CHAINS_PACKETS,
    .state_size = sizeof(struct run_source),
    .options_size = sizeof(struct run_plan),
    .attaches = run_attaches,
    .open = run_source_open,
    .next = run_source_next,
    .close = run_source_close,
};

enum { RUN_RECORDS = 4096 };

/* What came out of a chain. */
static struct run {
    int code;
    char error[512], log[1024]; /* the first warning */
    unsigned warnings;
    uint64_t out, limited, memory;
    int64_t ms;
    unsigned own, other, none; /* records with their own tag r<number % 50>, another's, none */
    bool seen[RUN_RECORDS + 1], tagged[RUN_RECORDS + 1]; /* by number; tagged with their own */
    char json[65536]; /* what json_lines printed of at most 128 short records */
    int left;         /* processes that were left behind */
    int descriptors;  /* more than before */
} run;

static void run_record(const struct chains_record *rec)
{
    const struct chains_tags *tags = chains_get(rec, tags);
    char name[16];
    snprintf(name, sizeof name, "r%u", (unsigned)(rec->number % 50));
    int number = chains_tag_number(rec, name);
    bool own = tags && number >= 0 && (tags->tags >> number & 1);
    bool before = tags && chains_tag_number(rec, "before") >= 0;
    uint64_t others = tags ? tags->tags & ~(uint64_t)(before ? 1 : 0) : 0;
    others &= own ? ~(UINT64_C(1) << number) : ~UINT64_C(0);
    run.out++;
    run.own += own;
    run.other += others != 0;
    run.none += !own && !others;
    if (rec->number <= RUN_RECORDS) {
        run.seen[rec->number] = true;
        run.tagged[rec->number] = own;
    }
}

static void run_log(void *user, const char *sentence)
{
    (void)user;
    if (run.warnings++ == 0)
        snprintf(run.log, sizeof run.log, "%s", sentence);
}

static int run_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

/* Processes of the chain that still live; those that were killed may take a moment to die. */
static int run_left_behind(void)
{
    for (int i = 0; i < 100; i++) {
        pid_t pid;
        do
            pid = waitpid(-1, NULL, WNOHANG);
        while (pid > 0);
        if (pid < 0 && errno == ECHILD)
            return 0;
        usleep(10000);
    }
    return 1;
}

/* Pulls the chain to its end; `meanwhile` is called before, with its last component. */
static void run_chain(const struct run_plan *plan, const struct chains_exec_options *options,
                      void (*meanwhile)(chains_component *last))
{
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* orphans come here, where they are seen */
    memset(&run, 0, sizeof run);
    struct run_plan sized = *plan;
    sized.size = sizeof sized;
    FILE *out = fmemopen(run.json, sizeof run.json, "w");
    int before = run_descriptors();
    chains_component *source = chains_new(&run_source_class, &sized);
    chains_component *exec = chains_exec_new(options);
    chains_component *last = exec;
    chains_link(exec, source);
    if (plan->records <= 128 && !plan->text) {
        last = chains_json_lines(.out = out);
        chains_link(last, exec);
    }
    chains_on_log(last, run_log, NULL);
    int64_t begin = run_now_ns();
    if (meanwhile)
        meanwhile(last);
    const struct chains_record *rec;
    while ((rec = chains_next(last)))
        run_record(rec);
    run.ms = (run_now_ns() - begin) / 1000000;
    run.code = chains_error_code(last);
    snprintf(run.error, sizeof run.error, "%s", chains_error(last) ? chains_error(last) : "");
    struct chains_stats stats = { .size = sizeof stats };
    chains_stats(exec, &stats);
    run.limited = stats.limited;
    run.memory = stats.memory;
    chains_free(last);
    run.descriptors = run_descriptors() - before;
    fclose(out);
    run.left = run_left_behind();
}

/* So many records through exec with these options. */
#define RUN(count, ...)                                                                        \
    run_chain(&(const struct run_plan){ .records = (count) },                                  \
              CHAINS_OPTIONS(chains_exec_options, __VA_ARGS__), NULL)

/* What holds after every chain, whatever the program did. */
static bool run_is_clean(void)
{
    return run.left == 0 && run.descriptors == 0 && strlen(run.log) < 512 &&
           !strpbrk(run.log, "\x1b\n\r\x7f") && !strpbrk(run.error, "\x1b\n\r\x7f");
}

#endif
