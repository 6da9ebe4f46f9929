/* SPDX-License-Identifier: MIT */
/*
 * The one binary. Its first argument is a command; under the name of a command (a link to it)
 * it is that command.
 */
#include "describe.h"
#include "flows.h"
#include "netwatch.h"
#include "run.h"
#include "tool.h"
#include "topics.h"
#include "urlwatch.h"
#include "weird_dns.h"

#include <getopt.h>
#include <string.h>

struct command {
    const char *name, *brief;
    int (*run)(int argc, char **argv);
};

static int schema_main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        printf("chains schema: the JSON Schema of what json_lines prints\n\n"
               "usage: chains schema\n");
        return tool_printed();
    }
    if (argc > 1)
        return tool_usage("schema takes no argument, not \"%s\"", argv[1]);
    (void)chains_json_schema(stdout); /* what went wrong shows in the stream */
    return tool_printed();
}

static int chains_help_main(int argc, char **argv);

static const struct command commands[] = {
    { "netwatch", "who talks to whom, on an interface or in capture files", netwatch_main },
    { "urlwatch", "requests and responses of HTTP, TLS and QUIC, as they happen",
      urlwatch_main },
    { "weird-dns", "DNS messages with something odd about them", weird_dns_main },
    { "flows", "connections, a line for each when it has ended", flows_main },
    { "run", "any chain of components, as words or from a file", run_main },
    { "list", "the components there are", list_main },
    { "help", "all about a component; how chains and expressions are written",
      chains_help_main },
    { "fields", "what a record may hold: layers and their fields", fields_main },
    { "schema", "the JSON Schema of what json_lines prints", schema_main },
    { NULL, NULL, NULL },
};

static void chains_help(void)
{
    printf("chains: see what is on a network, by chaining small components\n\n"
           "usage: chains COMMAND [ARGUMENT]...\n\n");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-12s %s\n", command->name, command->brief);
    printf("\n");
    for (const struct topic *topic = topics; topic->name; topic++)
        printf("  help %-18s %s\n", topic->name, topic->brief);
    printf("\n  --help       this text; `chains COMMAND --help` for a command\n"
           "  --version    this version, and those of the libraries in use\n\n"
           "  chains netwatch\n"
           "  chains run capture.pcap ! packet_meta ! where 'transport.dport == 53'\n");
}

/* Whether `name` is that of a command; a link to it may have '_' for '-'. */
static bool chains_is_command(const char *command, const char *name)
{
    while (*command && (*name == *command || (*name == '_' && *command == '-'))) {
        command++;
        name++;
    }
    return *name == *command;
}

static const struct command *chains_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (chains_is_command(command->name, name))
            return command;
    return NULL;
}

/* What `chains help` prints for a command, and without a word. */
static int chains_help_word(const char *word)
{
    char help[] = "--help", name[32] = "";
    char *argv[] = { name, help, NULL };
    const struct command *command = word ? chains_command(word) : NULL;
    if (!word) {
        chains_help();
        return tool_printed();
    }
    if (!command)
        return -1;
    snprintf(name, sizeof name, "%s", command->name);
    optind = 0;
    return command->run(2, argv);
}

static const char *chains_command_name(size_t i)
{
    return commands[i].name;
}

static int chains_help_main(int argc, char **argv)
{
    static const struct describe_others others = { chains_help_word, chains_command_name };
    return help_main(argc, argv, &others);
}

int main(int argc, char **argv)
{
    tool_descriptors();
    if (argc < 1)
        return TOOL_USAGE;
    const char *slash = strrchr(argv[0], '/');
    const struct command *command = chains_command(slash ? slash + 1 : argv[0]);
    if (command)
        return command->run(argc, argv);
    if (argc < 2)
        return tool_usage("a command is missing; try chains --help");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        chains_help();
        return tool_printed();
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return tool_version();
    command = chains_command(argv[1]);
    if (command)
        return command->run(argc - 1, argv + 1);
    struct tool_nearest nearest = { NULL, 0 };
    for (command = commands; command->name; command++)
        tool_nearest_try(&nearest, command->name, argv[1]);
    if (nearest.word)
        return tool_usage("no command \"%s\"; did you mean %s?", argv[1], nearest.word);
    return tool_usage("no command \"%s\"; try chains --help", argv[1]);
}
