/* SPDX-License-Identifier: MIT */
/*
 * chains run: any chain. In: its words, or a file with them. Out: what its sinks write. Every
 * mistake in the words is a sentence with the place before anything is opened; the exit code is 2
 * then, and 1 where the chain itself fails.
 */
#include "run.h"
#include "tool.h"
#include "tool_memory.h"
#include "tool_plugins.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RUN_TEXT = 1024 * 1024 + 4096, /* the library takes 1 MiB, and says so */
    RUN_ERROR = 4096,
};

enum {
    RUN_SET = TOOL_LONG,
    RUN_PLUGIN,
    RUN_STATS,
    RUN_MEMORY,
    RUN_SANDBOX,
    RUN_USER,
    RUN_CHECK,
    RUN_PRINT
};

struct run {
    const char *file;
    const char **set; /* "NAME=VALUE"; room for argc of them */
    size_t set_count;
    struct tool_plugins plugins;
    uint64_t memory; /* bytes; 0: the default */
    struct sandbox_options sandbox;
    bool stats, check, print, help;
};

static const struct option run_options[] = {
    { "file", required_argument, NULL, 'f' },
    { "set", required_argument, NULL, RUN_SET },
    { "plugin", required_argument, NULL, RUN_PLUGIN },
    { "stats", no_argument, NULL, RUN_STATS },
    { "memory", required_argument, NULL, RUN_MEMORY },
    { "sandbox", required_argument, NULL, RUN_SANDBOX },
    { "user", required_argument, NULL, RUN_USER },
    { "check", no_argument, NULL, RUN_CHECK },
    { "print", no_argument, NULL, RUN_PRINT },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

static const char run_help[] =
    "chains run: a chain of components, as words\n"
    "\n"
    "usage: chains run [OPTION]... SOURCE [! LINK]... [! SINK]\n"
    "       chains run [OPTION]... -f FILE.chain\n"
    "\n"
    "  -f, --file=FILE         the words stand in this file; - is standard input\n"
    "      --set NAME=VALUE    with -f: the value of $NAME, before that of the environment;\n"
    "                          repeatable\n"
    "      --plugin=FILE.so    components from a shared object; repeatable\n"
    "      --stats             at the end, and on USR1, a table on stderr: what each\n"
    "                          component did, and the nanoseconds it took for a record\n"
    "      --memory=SIZE       held at most for all that grows with the traffic: 64M, 1G; by\n"
    "                          default what is useful, at most 128M\n" SANDBOX_HELP
    "      --check             find every mistake, run nothing\n"
    "      --print             print the chain as text for -f, run nothing\n"
    "  -h, --help              this text\n"
    "\n"
    "Options stand before the words. Components have a word \"!\" between them; behind a\n"
    "component's name come its options as NAME=VALUE. A file, - or an interface as the first\n"
    "word is read by packet_streamer; a chain that ends in a link prints JSON lines.\n"
    "\"chains help words\" says it all, \"chains list\" what there is.\n"
    "\n"
    "Exit code: 0 fine, 1 failure (a damaged capture included), 2 wrong usage.\n"
    "Signals: INT and TERM end it, a second one at once; USR1 prints statistics; HUP begins\n"
    "output files anew and reads lists again, but ends it when its terminal has hung up.\n"
    "\n"
    "  chains run capture.pcap ! packet_meta ! packet_summary\n"
    "  chains run eth0 ! packet_meta ! where 'transport.dport == 53' ! packet_summary\n"
    "  chains run --stats a.pcap ! packet_meta ! tee [ packet_summary ] [ json_lines a.gz ]\n";

static bool run_is_name(const char *text, size_t len)
{
    static const char letters[] = "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t i = 0; i < len; i++)
        if (!strchr(letters, text[i]) && (i == 0 || text[i] < '0' || text[i] > '9'))
            return false;
    return len > 0;
}

static int run_option(struct run *run, int option, char **argv)
{
    switch (option) {
    case 'f':
        if (run->file)
            return tool_usage("-f is given twice");
        if (!*optarg)
            return tool_usage("-f takes the name of a file");
        run->file = optarg;
        return TOOL_OK;
    case RUN_SET:
        if (!strchr(optarg, '=') || !run_is_name(optarg, strcspn(optarg, "=")))
            return tool_usage("--set takes NAME=VALUE, not \"%s\"", optarg);
        run->set[run->set_count++] = optarg;
        return TOOL_OK;
    case RUN_PLUGIN:
        return tool_plugins_add(&run->plugins, optarg);
    case RUN_MEMORY:
        return tool_memory_option(&run->memory);
    case RUN_SANDBOX:
        return sandbox_mode(&run->sandbox, optarg);
    case RUN_USER:
        return sandbox_user(&run->sandbox, optarg);
    case RUN_STATS:
        run->stats = true;
        return TOOL_OK;
    case RUN_CHECK:
        run->check = true;
        return TOOL_OK;
    case RUN_PRINT:
        run->print = true;
        return TOOL_OK;
    case 'h':
        run->help = true;
        return TOOL_OK;
    default:
        return tool_unknown(run_options, argv, option);
    }
}

/* An option of ours among the words of the chain, where a shell's habits would put it. */
static const struct option *run_late(char **words)
{
    for (; *words; words++)
        for (const struct option *option = run_options; option->name; option++)
            if (strncmp(*words, "--", 2) == 0 && strcmp(*words + 2, option->name) == 0)
                return option;
    return NULL;
}

/* Options, up to the first word of the chain. */
static int run_arguments(struct run *run, int argc, char **argv)
{
    int option, code = TOOL_OK;
    opterr = 0;
    while (code == TOOL_OK && !run->help &&
           (option = getopt_long(argc, argv, "+:f:h", run_options, NULL)) != -1)
        code = run_option(run, option, argv);
    if (code || run->help)
        return code;
    const struct option *late = run_late(argv + optind);
    if (late)
        return tool_usage("--%s stands before the chain: chains run --%s ...", late->name,
                          late->name);
    if (run->file && optind < argc)
        return tool_usage("a chain is either in a file (-f) or in words, not both: \"%s\"",
                          argv[optind]);
    if (!run->file && run->set_count > 0)
        return tool_usage("--set is for -f; in words it is the shell that puts values in");
    if (!run->file && optind == argc)
        return tool_usage("a chain is missing: SOURCE ! LINK ... ! SINK; try --help");
    return sandbox_check(&run->sandbox);
}

static const char *run_variable(void *user, const char *name)
{
    const struct run *run = user;
    size_t len = strlen(name);
    for (size_t i = run->set_count; i-- > 0;)
        if (strncmp(run->set[i], name, len) == 0 && run->set[i][len] == '=')
            return run->set[i] + len + 1;
    return getenv(name);
}

/* The whole of a file as text, to be freed; NULL with a sentence on stderr. */
static char *run_read(const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    char *text = in ? malloc(RUN_TEXT + 1) : NULL;
    size_t len = text ? fread(text, 1, RUN_TEXT, in) : 0;
    bool bad = !text || ferror(in);
    if (bad)
        tool_problem("cannot read %s: %s", standard ? "standard input" : path, strerror(errno));
    else if (memchr(text, '\0', len))
        bad = tool_problem("%s is no text: there is a 0 byte in it", path);
    if (in && !standard)
        fclose(in);
    if (bad) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

static chains_component *run_parse(struct run *run, int argc, char **argv, int *code)
{
    char error[RUN_ERROR] = "";
    struct chains_parse_options options = {
        .size = sizeof options,
        .classes = run->plugins.classes,
        .ending = "json_lines",
        .origin = run->file && strcmp(run->file, "-") == 0 ? "standard input" : run->file,
        .variable = run_variable,
        .user = run,
    };
    chains_component *last = NULL;
    errno = 0;
    if (!run->file) {
        last = chains_parse((const char *const *)argv + optind, (size_t)(argc - optind),
                            &options, error, sizeof error);
    } else {
        char *text = run_read(run->file);
        *code = TOOL_FAILED;
        if (!text)
            return NULL;
        last = chains_parse_text(text, &options, error, sizeof error);
        free(text);
    }
    if (last)
        *code = TOOL_OK;
    else if (errno == ENOMEM) /* as every allocation that fails says */
        *code = tool_problem("%s", error);
    else
        *code = tool_usage("%s", error);
    return last;
}

static int run_print(const chains_component *last)
{
    size_t length = chains_text(last, NULL, 0);
    char *text = malloc(length + 1);
    if (!text)
        return tool_problem("no memory for the chain as text");
    chains_text(last, text, length + 1);
    puts(text);
    free(text);
    return tool_printed();
}

static int run_chain(const struct run *run, chains_component *last)
{
    if (run->print)
        return run_print(last);
    if (run->check)
        return TOOL_OK;
    return tool_pull(&(struct tool_run){
        .last = last,
        .progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO),
        .table = run->stats,
        .memory = run->memory,
        .sandbox = run->sandbox,
        .reopen = true,
        .outputs = true,
    });
}

int run_main(int argc, char **argv)
{
    struct run run = { 0 };
    chains_component *last = NULL;
    run.set = calloc((size_t)argc + 1, sizeof *run.set);
    int code = run.set ? run_arguments(&run, argc, argv) : tool_problem("no memory");
    if (code == TOOL_OK && run.help) {
        fputs(run_help, stdout);
        code = tool_printed();
    } else if (code == TOOL_OK) {
        last = run_parse(&run, argc, argv, &code);
    }
    if (last)
        code = run_chain(&run, last);
    chains_free(last);
    tool_plugins_close(&run.plugins);
    free(run.set);
    return code;
}
