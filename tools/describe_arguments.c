/* SPDX-License-Identifier: MIT */
/* What chains list, help and fields have in common: their options, and text in columns. */
#include "describe.h"

#include "tool.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

enum { DESCRIBE_COLUMNS = 92 };

enum { DESCRIBE_JSON = TOOL_LONG, DESCRIBE_PLUGIN };

static const struct option describe_options[] = {
    { "json", no_argument, NULL, DESCRIBE_JSON },
    { "plugin", required_argument, NULL, DESCRIBE_PLUGIN },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 },
};

int describe_arguments(struct describe *describe, int argc, char **argv)
{
    int option, code = TOOL_OK;
    opterr = 0;
    while (code == TOOL_OK && !describe->help &&
           (option = getopt_long(argc, argv, ":h", describe_options, NULL)) != -1) {
        if (option == DESCRIBE_JSON)
            describe->json = true;
        else if (option == 'h')
            describe->help = true;
        else if (option == DESCRIBE_PLUGIN)
            code = tool_plugins_add(&describe->plugins, optarg);
        else
            code = tool_unknown(describe_options, argv, option);
    }
    if (code || describe->help)
        return code;
    if (argc - optind > 1)
        return tool_usage("%s takes one word; \"%s\" is one too many", argv[0],
                          argv[optind + 1]);
    describe->word = optind < argc ? argv[optind] : NULL;
    return TOOL_OK;
}

void describe_end(struct describe *describe)
{
    tool_plugins_close(&describe->plugins);
}

void describe_wrap(const char *text, size_t at, size_t indent)
{
    char word[256];
    bool first = true;
    while (*text) {
        size_t len = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, text);
        if (!first && at + 1 + len > DESCRIBE_COLUMNS) {
            printf("\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first)
            putchar(' ');
        tool_put(stdout, word);
        at += len + !first;
        first = false;
        text += len;
        text += *text == ' ';
    }
    putchar('\n');
}

void describe_pad(const char *text, size_t width)
{
    size_t len = strlen(text);
    tool_put(stdout, text);
    printf("%*s", (int)(len < width ? width - len : 2), "");
}

void describe_add(char *line, size_t size, const char *format, ...)
{
    size_t used = strlen(line);
    va_list args;
    va_start(args, format);
    vsnprintf(line + used, size - used, format, args);
    va_end(args);
}
