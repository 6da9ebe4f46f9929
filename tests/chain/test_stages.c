/* SPDX-License-Identifier: MIT */
/* Open, start, first pull: what is called when and in which order, and what a failure leaves. */
#include <chains/components.h>

#include "../check.h"
#include "parts.h"

#include <string.h>

/* What was called: "o" open, "s" start, "b" begin, "n" next or each, "f" finish, "c" close, a name. */
static char trace[512];

static void note(char what, const char *name)
{
    size_t used = strlen(trace);
    snprintf(trace + used, sizeof trace - used, "%s%c%s", used ? " " : "", what, name);
}

struct stage {
    size_t size;
    const char *name;
    const char
        *fails;       /* letters of the slots that fail; "t": it begins a thread, so to speak */
    const char *path; /* it may ask for it later */
};

static bool stage_is(const chains_component *self, char what)
{
    const struct stage *stage = chains_options(self);
    return stage->fails && strchr(stage->fails, what);
}

static int stage_called(chains_component *self, char what)
{
    const struct stage *stage = chains_options(self);
    note(what, stage->name);
    return stage_is(self, what) ? chains_fail(self, CHAINS_EIO, "%c fails", what) : CHAINS_OK;
}

static int stage_open(chains_component *self)
{
    return stage_called(self, 'o');
}

static int stage_start(chains_component *self)
{
    int status = stage_called(self, 's');
    if (status == CHAINS_OK && stage_is(self, 't'))
        status = chains_thread_begun(self, "worker");
    return status; /* a negative one has no sentence of its own */
}

static int stage_begin(chains_component *self)
{
    return stage_called(self, 'b');
}

static int stage_finish(chains_component *self)
{
    return stage_called(self, 'f');
}

static void stage_close(chains_component *self)
{
    stage_called(self, 'c');
}

static void stage_access(const chains_component *self, chains_access_teller tell, void *user)
{
    const struct stage *stage = chains_options(self);
    if (stage->path)
        tell(user, CHAINS_ACCESS_READ, stage->path);
}

static int stage_each(chains_component *self, struct chains_record *rec)
{
    (void)rec;
    return stage_called(self, 'n') < 0 ? CHAINS_EIO : CHAINS_KEEP;
}

static int stage_next(chains_component *self, struct chains_batch *out)
{
    (void)out;
    int status = stage_called(self, 'n');
    return status < 0 ? status : CHAINS_END;
}

static const struct chains_field stage_fields[] = {
    CHAINS_FIELD(stage, name, TEXT, "its name"),
    CHAINS_FIELD(stage, fails, TEXT, "what fails"),
    CHAINS_FIELD(stage, path, TEXT, "what it may ask for"),
    CHAINS_FIELDS_END,
};

#define STAGE(role_, ...)                                                                      \
    {                                                                                          \
        .name = "stage", .brief = "note what is called", .role = role_,                        \
        .options_size = sizeof(struct stage), .options = stage_fields, .open = stage_open,     \
        .start = stage_start, .begin = stage_begin, .access = stage_access,                    \
        .finish = stage_finish, .close = stage_close, __VA_ARGS__                              \
    }

static const struct chains_class source_class =
    STAGE(CHAINS_SOURCE, .gives = CHAINS_PACKETS, .next = stage_next);
static const struct chains_class link_class = STAGE(CHAINS_LINK, .each = stage_each);
static const struct chains_class sink_class =
    STAGE(CHAINS_SINK, .takes = CHAINS_PACKETS, .each = stage_each);

static chains_component *made(const struct chains_class *cls, const char *name,
                              const char *fails, const char *path)
{
    return chains_new(cls, &(const struct stage){ sizeof(struct stage), name, fails, path });
}

/* A source A, a link B and a sink C, which fail as they are told. */
static chains_component *three(const char *a, const char *b, const char *c)
{
    chains_component *link = made(&link_class, "B", b, NULL);
    chains_component *sink = made(&sink_class, "C", c, NULL);
    chains_link(link, made(&source_class, "A", a, NULL));
    chains_link(sink, link);
    trace[0] = '\0';
    return sink;
}

static void test_order(void)
{
    chains_component *last = three(NULL, NULL, NULL);
    check_eq_u64(chains_open(last), CHAINS_OK);
    check_eq_text(trace, "oA oB oC");
    check_eq_u64(chains_open(last), CHAINS_OK);
    check_eq_text(trace, "oA oB oC");
    check_eq_u64(chains_start(last), CHAINS_OK);
    check_eq_u64(chains_start(last), CHAINS_OK);
    check_eq_u64(chains_open(last), CHAINS_OK);
    check_eq_text(trace, "oA oB oC sA sB sC");
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check_eq_text(trace, "oA oB oC sA sB sC bA bB bC nA fA fB fC cC cB cA");
    check(chains_open(last) == CHAINS_EUSAGE);
    chains_free(last);

    last = three(NULL, NULL, NULL);
    check_eq_u64(chains_start(last), CHAINS_OK); /* opens it, too */
    check_eq_text(trace, "oA oB oC sA sB sC");
    chains_free(last);
    last = three(NULL, NULL, NULL);
    check_eq_u64(chains_pull(last), CHAINS_OK); /* does all of it */
    check_eq_text(trace, "oA oB oC sA sB sC bA bB bC nA fA fB fC cC cB cA");
    chains_free(last);
    last = three(NULL, NULL, NULL);
    check(chains_next(last) == NULL);
    check_eq_text(trace, "oA oB oC sA sB sC bA bB bC nA fA fB fC cC cB cA");
    chains_free(last);
}

/* What is given up before the first pull has no last words. */
static void test_given_up(void)
{
    chains_component *last = three(NULL, NULL, NULL);
    chains_open(last);
    chains_free(last);
    check_eq_text(trace, "oA oB oC cC cB cA");
    last = three(NULL, NULL, NULL);
    chains_start(last);
    chains_free(last);
    check_eq_text(trace, "oA oB oC sA sB sC cC cB cA");
}

static void test_failures(void)
{
    static const struct {
        const char *a, *b, *c, *trace, *error;
        bool opens, starts;
    } cases[] = {
        { NULL, "o", NULL, "oA oB cA", "stage: o fails", false, false },
        { NULL, NULL, "o", "oA oB oC cB cA", "stage: o fails", false, false },
        { NULL, "s", NULL, "oA oB oC sA sB cC cB cA", "stage: s fails", true, false },
        { NULL, NULL, "s", "oA oB oC sA sB sC cC cB cA", "stage: s fails", true, false },
        { "b", NULL, NULL, "oA oB oC sA sB sC bA cC cB cA", "stage: b fails", true, true },
        { NULL, NULL, "b", "oA oB oC sA sB sC bA bB bC cC cB cA", "stage: b fails", true,
          true },
        { "n", NULL, NULL, "oA oB oC sA sB sC bA bB bC nA fA fB fC cC cB cA", "stage: n fails",
          true, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        chains_component *last = three(cases[i].a, cases[i].b, cases[i].c);
        check(chains_open(last) == (cases[i].opens ? CHAINS_OK : CHAINS_EIO));
        check(chains_start(last) == (cases[i].starts ? CHAINS_OK : CHAINS_EIO));
        check(chains_pull(last) == CHAINS_EIO);
        check(chains_pull(last) == CHAINS_EIO);
        check(chains_next(last) == NULL);
        check_eq_text(trace, cases[i].trace);
        check_eq_text(chains_error(last), cases[i].error);
        chains_free(last);
        check_eq_text(trace, cases[i].trace);
    }
    check(chains_open(NULL) == CHAINS_EMEM && chains_start(NULL) == CHAINS_EMEM);
    chains_component *last = three(NULL, NULL, NULL);
    check(chains_open(chains_upstream(last)) == CHAINS_EUSAGE);
    check_eq_text(trace, "");
    chains_free(last);
}

/* merge [ A B ] [ C ] ! tee [ D ] [ E ] */
static chains_component *branched(const char *b, const char *e)
{
    chains_component *link = made(&link_class, "B", b, "/b");
    chains_link(link, made(&source_class, "A", NULL, "/a"));
    chains_component *merge = chains_merge(), *tee = chains_tee();
    chains_link(merge, link);
    chains_link(merge, made(&source_class, "C", NULL, NULL));
    chains_link(tee, merge);
    chains_link(made(&sink_class, "D", NULL, NULL), tee);
    chains_link(made(&sink_class, "E", e, "/e"), tee);
    trace[0] = '\0';
    return tee;
}

static void tell_path(void *user, enum chains_access what, const char *path)
{
    check(what == CHAINS_ACCESS_READ && user == trace);
    note('r', path);
}

static void test_branches(void)
{
    chains_component *last = branched(NULL, NULL);
    chains_accesses(last, tell_path, trace);
    check_eq_text(trace, "");
    check_eq_u64(chains_start(last), CHAINS_OK);
    check_eq_text(trace, "oA oB oC oD oE sA sB sC sD sE");
    trace[0] = '\0';
    chains_accesses(last, tell_path, trace);
    check(strstr(trace, "r/a") && strstr(trace, "r/b") && strstr(trace, "r/e"));
    check_eq_u64(strlen(trace), strlen("r/a r/b r/e"));
    trace[0] = '\0';
    check_eq_u64(chains_pull(last), CHAINS_OK);
    check(strncmp(trace, "bA bB bC bD bE n", 16) == 0);
    trace[0] = '\0';
    chains_accesses(last, tell_path, trace);
    check_eq_text(trace, "");
    chains_free(last);

    last = branched("s", NULL);
    check(chains_pull(last) == CHAINS_EIO);
    check(strncmp(trace, "oA oB oC oD oE sA sB c", 22) == 0 && !strchr(trace, 'f'));
    check_eq_text(chains_error(last), "stage: s fails");
    chains_free(last);
    last = branched(NULL, "b");
    check(chains_pull(last) == CHAINS_EIO);
    check(strstr(trace, "bD bE c") && !strchr(trace, 'f') && !strchr(trace, 'n'));
    check_eq_text(chains_error(last), "stage: b fails");
    chains_free(last);
}

struct thread_told {
    unsigned calls;
    int answer;
};

static int tell_thread(void *user, const char *name)
{
    struct thread_told *told = user;
    told->calls++;
    check_eq_text(name, "worker");
    return told->answer;
}

static void test_threads(void)
{
    struct thread_told told = { 0, CHAINS_OK };
    chains_component *last = three(NULL, "t", "t");
    check_eq_u64(chains_pull(last), CHAINS_OK); /* nobody wants to know */
    chains_free(last);

    last = three(NULL, "t", "t");
    chains_on_thread(last, tell_thread, &told);
    check_eq_u64(chains_open(last), CHAINS_OK);
    check_eq_u64(told.calls, 0);
    check_eq_u64(chains_start(last), CHAINS_OK);
    check_eq_u64(told.calls, 2);
    chains_free(last);

    last = branched("t", "t");
    chains_on_thread(last, tell_thread, &told);
    check_eq_u64(chains_start(last), CHAINS_OK);
    check_eq_u64(told.calls, 4);
    chains_free(last);

    told.answer = CHAINS_EPERM;
    last = three(NULL, "t", NULL);
    chains_on_thread(last, tell_thread, &told);
    check(chains_start(last) == CHAINS_EPERM);
    check_eq_text(chains_error(last), "stage: cannot be started");
    check_eq_text(trace, "oA oB oC sA sB cC cB cA");
    chains_free(last);
    chains_on_thread(NULL, tell_thread, &told);
}

int main(void)
{
    test_order();
    test_given_up();
    test_failures();
    test_branches();
    test_threads();
    return check_done();
}
