/* SPDX-License-Identifier: MIT */
/*
 * The one binary. Its first argument is a command; under the name of a command (a link to it)
 * it is that command.
 */
#include "netwatch.h"
#include "tool.h"

#include <string.h>

struct command {
    const char *name, *brief;
    int (*run)(int argc, char **argv);
};

static int schema_main(int argc, char **argv)
{
    if (argc > 1)
        return tool_usage("schema takes no argument, not \"%s\"", argv[1]);
    return chains_json_schema(stdout) == CHAINS_OK ? TOOL_OK : TOOL_FAILED;
}

static const struct command commands[] = {
    { "netwatch", "who talks to whom, on an interface or in capture files", netwatch_main },
    { "schema", "the JSON Schema of what --json prints", schema_main },
    { NULL, NULL, NULL },
};

static void chains_help(void)
{
    printf("chains: see what is on a network, by chaining small components\n\n"
           "usage: chains COMMAND [ARGUMENT]...\n\n");
    for (const struct command *command = commands; command->name; command++)
        printf("  %-12s %s\n", command->name, command->brief);
    printf("\n  --help       this text; `chains COMMAND --help` for a command\n"
           "  --version    this version, and those of the libraries in use\n");
}

static const struct command *chains_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
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
    return tool_usage("no command \"%s\"; try chains --help", argv[1]);
}
