/* SPDX-License-Identifier: MIT */
/* What answers say: fields by type, tags, and options that make no sense. */
#include "exec_run.h"

#include "links/exec_layer.h"

/* One record, answered with `answer`; what JSON shows of the record behind its first members. */
static const char *shown(const char *const *fields, const char *layer, const char *answer)
{
    static char cmd[26000];
    snprintf(cmd, sizeof cmd, RUN_PYTHON("answer '%s'"), answer);
    RUN(1, .cmd = cmd, .field = fields, .layer = layer);
    check(run_is_clean());
    char *got = strstr(run.json, "\"caplen\":0");
    if (!got)
        return run.error;
    got += strlen("\"caplen\":0");
    got[strcspn(got, "\n")] = '\0';
    return got;
}

static void test_fields(void)
{
    static const char *const fields[] = { "n:uint", "t:text",     "b:bool",
                                          "a:addr", "d:duration", NULL };
    static const struct {
        const char *answer, *want;
        unsigned limited;
    } table[] = {
        { "{}", "}", 0 },
        { "{\"n\":0}", ",\"exec\":{\"n\":0}}", 0 },
        { "{\"n\":9223372036854775807}", ",\"exec\":{\"n\":9223372036854775807}}", 0 },
        { "{\"n\":5.0}", ",\"exec\":{\"n\":5}}", 0 },
        { "{\"n\":1e15}", ",\"exec\":{\"n\":1000000000000000}}", 0 },
        { "{\"n\":-1}", "}", 1 },
        { "{\"n\":1.5}", "}", 1 },
        { "{\"n\":\"7\"}", "}", 1 },
        { "{\"n\":true}", "}", 1 },
        { "{\"n\":null}", "}", 0 },
        { "{\"n\":{\"x\":1},\"t\":[1]}", "}", 0 },
        { "{\"t\":\"\"}", ",\"exec\":{\"t\":\"\"}}", 0 },
        { "{\"t\":\"gr\\u00fcn \\ud83d\\ude00\"}",
          ",\"exec\":{\"t\":\"gr\xc3\xbcn "
          "\xf0\x9f\x98\x80\"}}",
          0 },
        /* The bytes are kept as they are; JSON escapes them, once, and doubles a backslash. */
        { "{\"t\":\"a\\u001b[1m\\u007f\\n\"}",
          ",\"exec\":{\"t\":\"a\\u001b[1m\\u007f\\u000a\"}}", 0 },
        { "{\"t\":\"\\u009b\\u00a0\"}", ",\"exec\":{\"t\":\"\\u009b\xc2\xa0\"}}", 0 },
        { "{\"t\":\"\\u202e\\udb40\\udc01\"}", ",\"exec\":{\"t\":\"\\u202e\\udb40\\udc01\"}}",
          0 },
        { "{\"t\":\"a\\\\b\\\"\\tc\"}", ",\"exec\":{\"t\":\"a\\\\\\\\b\\\"\\u0009c\"}}", 0 },
        { "{\"t\":null,\"n\":1}", ",\"exec\":{\"n\":1}}", 0 },
        { "{\"t\":null}", "}", 0 },
        { "{\"t\":\"\\u0000\"}", "}", 1 }, /* no answer at all */
        { "{\"t\":5}", "}", 1 },
        { "{\"b\":true}", ",\"exec\":{\"b\":true}}", 0 },
        { "{\"b\":false}", ",\"exec\":{\"b\":false}}", 0 },
        { "{\"b\":1}", "}", 1 },
        { "{\"a\":\"192.0.2.1\"}", ",\"exec\":{\"a\":\"192.0.2.1\"}}", 0 },
        { "{\"a\":\"2001:db8::1\"}", ",\"exec\":{\"a\":\"2001:db8::1\"}}", 0 },
        { "{\"a\":\"192.0.2.256\"}", "}", 1 },
        { "{\"a\":\"\"}", "}", 1 },
        { "{\"d\":1}", ",\"exec\":{\"d\":1}}", 0 },
        { "{\"d\":0.001234}", ",\"exec\":{\"d\":0.001234}}", 0 },
        { "{\"d\":-2.5}", ",\"exec\":{\"d\":-2.5}}", 0 },
        { "{\"d\":1e300}", "}", 1 },
        { "{\"d\":\"1s\"}", "}", 1 },
        { "{\"d\":2,\"a\":\"::1\",\"b\":true,\"t\":\"x\",\"n\":3,\"more\":1}",
          ",\"exec\":{\"n\":3,\"t\":\"x\",\"b\":true,\"a\":\"::1\",\"d\":2}}", 0 },
        { "{\"n\":3,\"t\":4}", ",\"exec\":{\"n\":3}}", 1 },
        { "{\"number\":1,\"n\":3}", ",\"exec\":{\"n\":3}}", 0 },
        { "{\"number\":1.0,\"n\":123456789012345678901234567890}", "}", 1 },
        /* What is no "drop": true drops nothing. */
        { "{\"drop\":1,\"tags\":\"no\"}", "}", 0 },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        check_eq_text(shown(fields, NULL, table[i].answer), table[i].want);
        check_eq_u64(run.limited, table[i].limited);
        check_eq_u64(run.warnings, table[i].limited);
    }
    check_eq_text(shown((const char *const[]){ "n:uint", NULL }, "mine", "{\"n\":1}"),
                  ",\"mine\":{\"n\":1}}");
    check_eq_text(shown(NULL, "mine", "{\"n\":1}"), "}");
}

/* A text has at most 4096 bytes, however it is shown, and never half a character. */
static void test_long_text(void)
{
    static const struct {
        const char *unit, *out;
        unsigned count, out_len; /* bytes of the whole */
        unsigned limited;
    } table[] = {
        { "a", "a", 4096, 4096, 0 },
        { "a", "a", 4097, 4096, 1 },
        { "\\u00fc", "\xc3\xbc", 2048, 4096, 0 },
        { "\\u20ac", "\xe2\x82\xac", 1366, 4095, 1 },
        { "\\ud83d\\ude00", "\xf0\x9f\x98\x80", 1024, 4096, 0 },
        { "\\ud83d\\ude00", "\xf0\x9f\x98\x80", 1025, 4096, 1 },
        { "\\u0007", "\\u0007", 4096, 6 * 4096, 0 },
        { "\\u0007", "\\u0007", 4097, 6 * 4096, 1 },
    };
    static const char *const fields[] = { "t:text", NULL };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        static char answer[25000], want[25000];
        char *at = answer + sprintf(answer, "{\"t\":\"");
        for (unsigned n = 0; n < table[i].count; n++)
            at += sprintf(at, "%s", table[i].unit);
        sprintf(at, "\"}");
        at = want + sprintf(want, ",\"exec\":{\"t\":\"");
        size_t unit = strlen(table[i].out);
        for (unsigned n = 0; n < table[i].out_len / unit; n++)
            at += sprintf(at, "%s", table[i].out);
        sprintf(at, "\"}}");
        check_eq_text(shown(fields, NULL, answer), want);
        check_eq_u64(run.limited, table[i].limited);
    }
}

/* What a sink prints into memory. */
struct sunk {
    FILE *out;
    char text[8192];
};

static FILE *sunk_open(struct sunk *sunk)
{
    memset(sunk, 0, sizeof *sunk);
    sunk->out = fmemopen(sunk->text, sizeof sunk->text, "w");
    return sunk->out;
}

static void check_sunk(struct sunk *sunk, const char *want)
{
    fclose(sunk->out);
    check_eq_text(sunk->text, want);
}

/* exec with a text, behind a source of four records. */
static chains_component *texts(void)
{
    static const char *const fields[] = { "t:text", NULL };
    chains_component *source =
        chains_new(&run_source_class,
                   &(const struct run_plan){ .size = sizeof(struct run_plan), .records = 4 });
    chains_component *exec = chains_exec(.cmd = RUN_PYTHON("texts"), .field = fields);
    chains_link(exec, source);
    return exec;
}

#define TEXT_SHOWN "a\\tb\\\\c\"d\\xe2\\x80\\xae\xf0\x9f\x98\x80"

/* Each sink escapes the same bytes once; count and those of whole records tell an empty text from none. */
static void test_sinks(void)
{
    struct sunk plain, csv, json, count, printed;
    chains_component *last[] = {
        texts(),
        chains_fields(.fields = "number,exec.t", .out = sunk_open(&plain), .no_header = true),
        chains_fields(.fields = "exec.t", .out = sunk_open(&csv), .no_header = true,
                      .format = CHAINS_FIELDS_CSV),
        chains_count(.by = "exec.t", .out = sunk_open(&count)),
        chains_json_lines(.out = sunk_open(&json)),
        chains_packet_printer(.out = sunk_open(&printed)),
    };
    for (size_t i = 1; i < sizeof last / sizeof last[0]; i++)
        chains_link(last[i], last[i - 1]);
    check_eq_u64(chains_pull(last[5]), CHAINS_OK);
    chains_free(last[5]);
    check_sunk(&plain, "1\t" TEXT_SHOWN "\n2\t\n3\t\n4\tsame\n");
    check_sunk(&csv, "\"a\\tb\\\\c\"\"d\\xe2\\x80\\xae\xf0\x9f\x98\x80\"\n\"\"\n\"\"\nsame\n");
    fclose(count.out);
    check(strstr(count.text, "  " TEXT_SHOWN "\n"));
    check(strstr(count.text, "  \"\"\n"));
    check(strstr(count.text, "  -\n"));
    fclose(json.out);
    check(strstr(json.text, "\"exec\":{\"t\":\"a\\u0009b\\\\\\\\c\\\"d\\u202e"
                            "\xf0\x9f\x98\x80\"}}\n"));
    check(strstr(json.text, "\"exec\":{\"t\":\"\"}}\n"));
    fclose(printed.out);
    check(strstr(printed.text, "{'t': 'a\\tb\\\\c\"d\\xe2\\x80\\xae\\xf0\\x9f\\x98\\x80'}"));
    check(strstr(printed.text, "{'t': ''}"));
}

/* A file with names for "in @FILE". */
static char names_file[] = "/tmp/chains-exec-names-XXXXXX";

/* Expressions compare the bytes that were answered. */
static void test_expressions(void)
{
    char in_file[64];
    int fd = mkstemp(names_file);
    check(fd >= 0 && write(fd, "same\n", 5) == 5);
    close(fd);
    snprintf(in_file, sizeof in_file, "exec.t in {\"\", @\"%s\"}", names_file);
    const struct {
        const char *expression, *numbers;
    } table[] = {
        { "exec.t", "1\n2\n4\n" },
        { "exec.t == \"\"", "2\n" },
        { "exec.t == \"a\\tb\\\\c\\\"d\\xe2\\x80\\xae\xf0\x9f\x98\x80\"", "1\n" },
        { "exec.t != \"same\"", "1\n2\n" },
        { "exec.t == 73:61:6d:65", "4\n" },
        { "exec.t in {\"same\", \"\"}", "2\n4\n" },
        { in_file, "2\n4\n" },
        { "exec.t contains \"b\\\\c\"", "1\n" },
        { "exec.t contains \"\\\\x\"", "" }, /* no escapes are in it */
        { "exec.t matches \"^a\\tb\"", "1\n" },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct sunk plain;
        chains_component *exec = texts();
        chains_component *where = chains_where(.expression = table[i].expression);
        chains_component *sink =
            chains_fields(.fields = "number", .out = sunk_open(&plain), .no_header = true);
        chains_link(where, exec);
        chains_link(sink, where);
        check_eq_u64(chains_pull(sink), CHAINS_OK);
        chains_free(sink);
        check_sunk(&plain, table[i].numbers);
    }
    unlink(names_file);
}

/*
 * Through a second program and back. JSON of records doubles a backslash; a program that makes it
 * single again, as docs/exec.md says, gives back the text to the byte.
 */
static void test_again(void)
{
    static const char *const fields[] = { "read:text", "meant:text", NULL };
    struct sunk plain;
    chains_component *first = texts();
    chains_component *second =
        chains_exec(.cmd = RUN_PYTHON("again"), .field = fields, .layer = "two");
    chains_component *sink = chains_fields(.fields = "exec.t,two.meant,two.read",
                                           .out = sunk_open(&plain), .no_header = true);
    chains_link(second, first);
    chains_link(sink, second);
    check_eq_u64(chains_pull(sink), CHAINS_OK);
    chains_free(sink);
    check_sunk(&plain,
               TEXT_SHOWN "\t" TEXT_SHOWN "\ta\\tb\\\\\\\\c\"d\\xe2\\x80\\xae\xf0\x9f\x98\x80\n"
                          "\t\t\n\t\t\nsame\tsame\tsame\n");
}

/* The layer is found by its type, as by an expression downstream. */
static uint64_t found, found_text;

static int look_each(chains_component *self, struct chains_record *rec)
{
    (void)self;
    for (unsigned id = CHAINS_IDS_BUILT_IN; id < rec->layout->ids; id++) {
        const struct chains_layer_type *type = rec->layout->type[id];
        const char *layer = chains_find(rec, type);
        if (!layer || strcmp(type->slot, "exec") != 0)
            continue;
        const struct chains_field *score = chains_field_find(type->fields, "score");
        uint32_t has;
        uint64_t value;
        memcpy(&has, layer, sizeof has);
        memcpy(&value, layer + score->offset, sizeof value);
        found += (has & score->has) && value == rec->number * 10;
        found_text += (has & chains_field_find(type->fields, "absent")->has) != 0;
    }
    return CHAINS_KEEP;
}

static const struct chains_class look_class = {
    .name = "look",
    .brief = "look at the layer",
    .role = CHAINS_LINK,
    .each = look_each,
};

static void test_find(void)
{
    static const char *const fields[] = { "absent:text", "score:uint", NULL };
    chains_component *source =
        chains_new(&run_source_class,
                   &(const struct run_plan){ .size = sizeof(struct run_plan), .records = 100 });
    chains_component *exec = chains_exec(.cmd = RUN_PYTHON("echo"), .field = fields);
    chains_component *look = chains_new(&look_class, NULL);
    chains_link(exec, source);
    chains_link(look, exec);
    check_eq_u64(chains_check(look), CHAINS_OK);
    check_eq_u64(chains_pull(look), CHAINS_OK);
    check_eq_u64(found, 100);
    check_eq_u64(found_text, 0);
    chains_free(look);
}

static void test_tags(void)
{
    check_eq_text(shown(NULL, NULL, "{\"tags\":[]}"), ",\"tags\":[]}");
    check_eq_text(shown(NULL, NULL, "{\"tags\":[\"a\",\"b\",\"a\"]}"),
                  ",\"tags\":[\"a\",\"b\"]}");
    check_eq_u64(run.limited, 0);
    check_eq_text(shown(NULL, NULL, "{\"tags\":[\"a b\",\"\",7,\"c\\u001b\",\"ok\"]}"),
                  ",\"tags\":[\"ok\"]}");
    check_eq_u64(run.limited, 4);
    check_eq_u64(run.warnings, 1);
    check_eq_text(shown(NULL, NULL,
                        "{\"tags\":[\"a2345678901234567890123456789012345678901234567\","
                        "\"b23456789012345678901234567890123456789012345678\"]}"),
                  ",\"tags\":[\"a2345678901234567890123456789012345678901234567\"]}");
    check_eq_u64(run.limited, 1);

    /* Those from upstream stay, whether the answer has them or not. */
    const struct run_plan tagged = { .records = 100, .tagged = true };
    run_chain(&tagged, CHAINS_OPTIONS(chains_exec_options, .cmd = RUN_PYTHON("drop")), NULL);
    check(strstr(run.json, "\"number\":99,"));
    check(strstr(run.json, "\"tags\":[\"before\",\"r1\"]"));
    run_chain(&tagged, CHAINS_OPTIONS(chains_exec_options, .cmd = RUN_PYTHON("echo")), NULL);
    check(strstr(run.json, "\"tags\":[\"before\",\"r49\"]"));
    check_eq_u64(run.limited, 0);

    /* 64 in a chain, then no more. */
    RUN(100, .cmd = RUN_PYTHON("tags_numbered"));
    check_eq_u64(run.code, CHAINS_OK);
    check_eq_u64(run.out, 100);
    check_eq_u64(run.limited, 36);
    check_eq_u64(run.warnings, 1);
    check(strstr(run.log, "gave more tags than the 64 that a chain can have; \"t65\""));
    check(strstr(run.json, "\"tags\":[\"t64\"]") && !strstr(run.json, "t65"));
    check(run_is_clean());
}

#define LONG_NAME "abcdefghijklmnopqrstuvwxyz12" /* 28 */

static void test_options(void)
{
    static const struct {
        const char *cmd, *field, *layer, *error; /* NULL: it is fine */
    } table[] = {
        { NULL, NULL, NULL, "cmd=PROGRAM is missing" },
        { "", NULL, NULL, "cmd=PROGRAM is missing" },
        { " \t", NULL, NULL, "cmd=PROGRAM is missing" },
        { "cat", "x:uint", NULL, NULL },
        { "cat", LONG_NAME ":uint", "abcdefghijklmnopqrstuv", NULL },
        { "cat", LONG_NAME "3:uint", NULL, "write it as NAME:TYPE" },
        { "cat", "x", NULL, "field=x: write it as NAME:TYPE" },
        { "cat", ":uint", NULL, "write it as NAME:TYPE" },
        { "cat", "X:uint", NULL, "write it as NAME:TYPE" },
        { "cat", "9:uint", NULL, "write it as NAME:TYPE" },
        { "cat", "x\x1b:uint", NULL, "write it as NAME:TYPE" },
        { "cat", "x:", NULL, "there is no such type; use uint, text, bool, addr or duration" },
        { "cat", "x:uint8", NULL, "field=x:uint8: there is no such type" },
        { "cat", "tags:text", NULL, "cannot be called tags" },
        { "cat", "drop:bool", NULL, "cannot be called drop" },
        { "cat", "number:uint", NULL, "cannot be called number" },
        { "cat", "x:uint", "", "the name of a layer" },
        { "cat", "x:uint", "abcdefghijklmnopqrstuvw", "the name of a layer" },
        { "cat", "x:uint", "My", "the name of a layer" },
        { "cat", "x:uint", "packet", "layer=packet: records have that already" },
        { "cat", "x:uint", "tags", "records have that already" },
        { "cat", "x:uint", "tcp", "records have that already" },
        { "cat", "x:uint", "len", "records have that already" },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *fields[] = { table[i].field, NULL };
        chains_component *exec =
            chains_exec(.cmd = table[i].cmd, .field = fields, .layer = table[i].layer);
        const char *error = chains_error(exec);
        if (!check(table[i].error ? error && strstr(error, table[i].error) : !error))
            printf("# got \"%s\" for %s\n", error, table[i].field);
        check_eq_u64(-chains_error_code(exec), table[i].error ? -CHAINS_EUSAGE : 0);
        chains_free(exec);
    }
    chains_component *exec = chains_exec(.cmd = "cat", .on_exit = (enum chains_on_exit)3);
    check_eq_text(chains_error(exec), "exec: there is no on_exit=3");
    chains_free(exec);
    exec = chains_exec(.cmd = "cat", .timeout = UINT64_MAX);
    check_eq_text(chains_error(exec), "exec: the timeout is too long");
    chains_free(exec);
}

static void test_many_fields(void)
{
    static char texts[EXEC_FIELDS + 1][16];
    const char *fields[EXEC_FIELDS + 2] = { NULL };
    for (int i = 0; i <= EXEC_FIELDS; i++) {
        snprintf(texts[i], sizeof texts[i], "f%d:%s", i, i % 2 ? "addr" : "uint");
        fields[i] = texts[i];
    }
    chains_component *exec = chains_exec(.cmd = "cat", .field = fields);
    check_eq_text(chains_error(exec), "exec: more than 32 fields");
    chains_free(exec);
    fields[EXEC_FIELDS] = NULL;
    check_eq_text(shown(fields, NULL, "{\"f31\":\"::1\",\"f0\":1,\"f30\":2}"),
                  ",\"exec\":{\"f0\":1,\"f30\":2,\"f31\":\"::1\"}}");
    fields[1] = fields[0];
    exec = chains_exec(.cmd = "cat", .field = fields);
    check_eq_text(chains_error(exec), "exec: two fields are called f0");
    chains_free(exec);
}

/* Two of them in a chain need two names for their layers. */
static void test_two(void)
{
    static const char *const fields[] = { "score:uint", NULL };
    for (int same = 0; same < 2; same++) {
        chains_component *source = chains_new(
            &run_source_class,
            &(const struct run_plan){ .size = sizeof(struct run_plan), .records = 1 });
        chains_component *first = chains_exec(.cmd = RUN_PYTHON("echo"), .field = fields);
        chains_component *second = chains_exec(.cmd = RUN_PYTHON("echo"), .field = fields,
                                               .layer = same ? NULL : "other");
        chains_link(first, source);
        chains_link(second, first);
        if (same) {
            check_eq_u64(-chains_check(second), -CHAINS_EUSAGE);
            check_eq_text(chains_error(second),
                          "exec: another component upstream has a layer called exec: give this "
                          "one a name of its own with layer=NAME");
        } else {
            const struct chains_record *rec = chains_next(second);
            check(rec && __builtin_popcountll(rec->present) == 3);
        }
        chains_free(second);
    }
}

int main(void)
{
    test_fields();
    test_long_text();
    test_sinks();
    test_expressions();
    test_again();
    test_find();
    test_tags();
    test_options();
    test_many_fields();
    test_two();
    return check_done();
}
