/* SPDX-License-Identifier: MIT */
/*
 * The arguments of the commands that watch or read packets. In: words. Out: what was said, and the
 * components that do it. One table of options and one text of help for all of them; a command adds
 * its own.
 */
#include "tool_memory.h"
#include "tool_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPTION_COLOR = TOOL_LONG,
    OPTION_LOOKUP,
    OPTION_RESOLVER,
    OPTION_LOCAL,
    OPTION_DURATION,
    OPTION_SNAPLEN,
    OPTION_PROGRESS,
    OPTION_VENDORS,
    OPTION_MEMORY,
    OPTION_STATS,
    OPTION_SANDBOX,
    OPTION_USER,
};

enum {
    SOURCE_SOON_MS = 50, /* where somebody watches: packets are shown twice as soon */
    SOURCE_OWN_MOST = 8, /* options of a command */
};

static const struct option source_options[] = {
    { "interface", required_argument, NULL, 'i' },
    { "read", required_argument, NULL, 'r' },
    { "filter", required_argument, NULL, 'f' },
    { "count", required_argument, NULL, 'c' },
    { "no-names", no_argument, NULL, 'n' },
    { "lookup", no_argument, NULL, OPTION_LOOKUP },
    { "resolver", required_argument, NULL, OPTION_RESOLVER },
    { "local", required_argument, NULL, OPTION_LOCAL },
    { "vendors", optional_argument, NULL, OPTION_VENDORS },
    { "line-buffered", no_argument, NULL, 'l' },
    { "color", required_argument, NULL, OPTION_COLOR },
    { "progress", required_argument, NULL, OPTION_PROGRESS },
    { "snaplen", required_argument, NULL, OPTION_SNAPLEN },
    { "duration", required_argument, NULL, OPTION_DURATION },
    { "buffer-size", required_argument, NULL, 'B' },
    { "memory", required_argument, NULL, OPTION_MEMORY },
    { "stats", no_argument, NULL, OPTION_STATS },
    { "sandbox", required_argument, NULL, OPTION_SANDBOX },
    { "user", required_argument, NULL, OPTION_USER },
    { "no-promiscuous-mode", no_argument, NULL, 'p' },
    { "list-interfaces", no_argument, NULL, 'D' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};
static const char source_letters[] = ":i:r:f:c:nlB:pDhV";

enum { SOURCE_OPTIONS = sizeof source_options / sizeof *source_options };

static const char source_help_input[] =
    "  -i, --interface=NAME    watch this interface (default: the first that is up; see -D)\n"
    "  -r, --read=FILE...      read capture files (pcap, pcapng, also .gz and .zst), in time\n"
    "                          order; - is standard input; words behind it that name files "
    "are\n"
    "                          files too, unless they begin a filter (see -f)\n"
    "  -f, --filter=EXPRESSION only packets that pass, pcap-filter(7); the last words do as "
    "well\n"
    "  -c, --count=N           end after N packets\n"
    "      --duration=SECONDS  end after so many seconds of capture\n"
    "      --snaplen=BYTES     keep at most so many bytes of each packet\n"
    "\n";

static const char source_help_output[] =
    "  -l, --line-buffered     write at once (default on an interface and on a terminal)\n"
    "      --color=WHEN        auto, always or never\n"
    "      --progress=WHEN     auto or never: per cent read, on a terminal's stderr\n"
    "\n"
    "  -n, --no-names          addresses without names\n"
    "      --lookup            with -r: ask the network for names (on an interface it is "
    "asked\n"
    "                          anyway; a file's names come from its own DNS answers,\n"
    "                          /etc/hosts and known ranges)\n"
    "      --resolver=ADDR[:PORT]  ask this server instead of the system's; with -r too\n"
    "      --local=PREFIX      addresses that are LOCAL besides the private ranges; "
    "repeatable\n"
    "      --vendors[=FILE]    who made the network cards of local hosts, in -v and --json: "
    "by\n"
    "                          FILE (oui.txt, oui.csv, manuf), or by the system's\n"
    "\n"
    "  -p, --no-promiscuous-mode  only packets to and from this host\n"
    "  -B, --buffer-size=KIB   the kernel's buffer (default: 65536, or its part of "
    "--memory)\n"
    "      --memory=SIZE       held at most for all that grows with the traffic: 64M, 1G; by\n"
    "                          default what is useful, at most 128M\n"
    "      --stats             at the end, and on USR1, a table on stderr: what each part "
    "did,\n"
    "                          and the memory it holds\n" SANDBOX_HELP
    "  -D, --list-interfaces   what can be watched\n"
    "  -h, --help              this text\n"
    "  -V, --version           this version, and those of the libraries in use\n"
    "\n"
    "Exit code: 0 fine, 1 failure (a damaged capture included), 2 wrong usage.\n"
    "Signals: INT and TERM end it, a second one at once; USR1 prints statistics.\n"
    "\n";

static void source_help(const struct tool_command *command)
{
    printf("%s: %s\n\n"
           "usage: %s [-i INTERFACE | -r FILE...] [OPTION]... [EXPRESSION]\n\n"
           "%s%s%s%s",
           command->usage, command->brief, command->usage, source_help_input, command->forms,
           source_help_output, command->examples);
}

static void source_list_one(void *user, const struct chains_interface *interface)
{
    (void)user;
    tool_put(stdout, interface->name);
    printf("  %s%s%s",
           !interface->up       ? "down"
           : interface->running ? "running"
                                : "up",
           interface->loopback ? " loopback" : "", interface->is_default ? " (default)" : "");
    printf("%s%s", interface->addresses[0] ? "  " : "", interface->addresses);
    if (interface->description) {
        printf("  -- ");
        tool_put(stdout, interface->description);
    }
    putchar('\n');
}

static int source_list(void)
{
    char error[512];
    int count = chains_interfaces(source_list_one, NULL, error, sizeof error);
    return count < 0 ? tool_problem("%s", error) : TOOL_OK;
}

/* One word out of several; -1 with a sentence when `text` is none of them. */
static int source_word(const char *option, const char *text, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    tool_usage("--%s is %s%s%s%s%s, not \"%s\"", option, words[0], words[2] ? ", " : " or ",
               words[1], words[2] ? " or " : "", words[2] ? words[2] : "", text);
    return -1;
}

int tool_source_number(const char *option, uint64_t most, uint64_t *number)
{
    if (tool_number(optarg, 1, most, number))
        return TOOL_OK;
    if (most > UINT32_MAX)
        return tool_usage("%s takes a number from 1 on, not \"%s\"", option, optarg);
    return tool_usage("%s takes a number from 1 to %llu, not \"%s\"", option,
                      (unsigned long long)most, optarg);
}

/* The first of the files of vendors that systems have. */
static int source_vendors(struct tool_source *source)
{
    static const char *const usual[] = { "/usr/share/ieee-data/oui.txt",
                                         "/usr/share/ieee-data/oui.csv",
                                         "/usr/share/wireshark/manuf", NULL };
    source->vendors = optarg;
    if (optarg)
        return *optarg ? TOOL_OK : tool_usage("--vendors takes the name of a file");
    for (const char *const *path = usual; *path && !source->vendors; path++)
        if (access(*path, R_OK) == 0)
            source->vendors = *path;
    return source->vendors ? TOOL_OK
                           : tool_usage("--vendors: there is neither %s nor %s here; give "
                                        "--vendors=FILE",
                                        usual[0], usual[2]);
}

static int source_text_option(struct tool_source *source, int option)
{
    static const char *const colors[] = { "auto", "always", "never", NULL };
    static const char *const progresses[] = { "auto", "never", NULL };
    int word = 0;
    switch (option) {
    case 'i':
        if (source->interface || !*optarg)
            return tool_usage("-i takes one name of an interface; see -D");
        source->interface = optarg;
        break;
    case 'r':
        if (!*optarg)
            return tool_usage("-r takes the name of a capture");
        source->files[source->file_count++] = optarg;
        break;
    case 'f':
        free(source->filter);
        source->filter = strdup(optarg);
        if (!source->filter)
            return tool_problem("no memory for the arguments");
        break;
    case OPTION_RESOLVER:
        source->resolver = optarg;
        break;
    case OPTION_LOCAL:
        source->local[source->local_count++] = optarg;
        break;
    case OPTION_VENDORS:
        return source_vendors(source);
    case OPTION_COLOR:
        word = source_word("color", optarg, colors);
        source->color = (enum tool_color)word;
        break;
    default: /* OPTION_PROGRESS */
        word = source_word("progress", optarg, progresses);
        source->no_progress = word == 1;
        break;
    }
    return word < 0 ? TOOL_USAGE : TOOL_OK;
}

static int source_option(struct tool_source *source, int option)
{
    switch (option) {
    case 'c':
        return tool_source_number("-c", UINT64_MAX / 16, &source->max_packets);
    case 'B':
        return tool_source_number("-B", 1024 * 1024, &source->buffer_kib);
    case OPTION_DURATION:
        return tool_source_number("--duration", UINT32_MAX, &source->duration);
    case OPTION_SNAPLEN:
        return tool_source_number("--snaplen", 262144, &source->snaplen);
    case 'n':
        source->no_names = true;
        return TOOL_OK;
    case OPTION_LOOKUP:
        source->lookup = true;
        return TOOL_OK;
    case 'l':
        source->line_buffered = true;
        return TOOL_OK;
    case OPTION_MEMORY:
        return tool_memory_option(&source->memory);
    case OPTION_STATS:
        source->stats = true;
        return TOOL_OK;
    case OPTION_SANDBOX:
        return sandbox_mode(&source->sandbox, optarg);
    case OPTION_USER:
        return sandbox_user(&source->sandbox, optarg);
    case 'p':
        source->no_promiscuous = true;
        return TOOL_OK;
    default:
        return source_text_option(source, option);
    }
}

/* Words that begin a part of a filter, pcap-filter(7): with a file of that name they still do. */
static bool source_is_keyword(const char *word)
{
    static const char *const keywords[] = {
        "arp",    "broadcast", "decnet",  "dst",  "ether",    "fddi", "gateway",
        "geneve", "greater",   "host",    "icmp", "icmp6",    "igmp", "inbound",
        "ip",     "ip6",       "ip6host", "iso",  "len",      "less", "link",
        "mpls",   "multicast", "net",     "not",  "outbound", "port", "portrange",
        "pppoed", "pppoes",    "proto",   "rarp", "sctp",     "src",  "tcp",
        "udp",    "vlan",      "vxlan",   "wlan", NULL,
    };
    for (const char *const *keyword = keywords; *keyword; keyword++)
        if (strcmp(*keyword, word) == 0)
            return true;
    return false;
}

static bool source_is_file(const char *word)
{
    struct stat found;
    if (source_is_keyword(word))
        return false;
    return strcmp(word, "-") == 0 || (stat(word, &found) == 0 && !S_ISDIR(found.st_mode));
}

/* A word that can only be meant as a capture, for no filter has such an end. */
static bool source_looks_like_file(const char *word)
{
    static const char *const ends[] = {
        ".pcap", ".pcapng", ".cap", ".dmp", ".gz", ".zst", NULL
    };
    size_t len = strlen(word);
    for (const char *const *end = ends; *end; end++)
        if (len > strlen(*end) && strcmp(word + len - strlen(*end), *end) == 0)
            return true;
    return false;
}

/* What is behind the options: more files after -r, then the words of the filter. */
static int source_words(struct tool_source *source, char **words)
{
    size_t size = 1;
    while (source->file_count > 0 && *words && source_is_file(*words))
        source->files[source->file_count++] = *words++;
    if (!*words)
        return TOOL_OK;
    for (char **word = words; *word; word++)
        if (source_looks_like_file(*word))
            return source->file_count > 0
                       ? tool_usage("%s: neither a file nor a part of a filter", *word)
                       : tool_usage("to read a capture: -r %s", *word);
    if (source->filter)
        return tool_usage("the filter is given twice, with -f and as \"%s\"", *words);
    for (char **word = words; *word; word++)
        size += strlen(*word) + 1;
    source->filter = calloc(1, size);
    if (!source->filter)
        return tool_problem("no memory for the arguments");
    char *at = source->filter;
    for (char **word = words; *word; word++)
        at += snprintf(at, size - (size_t)(at - source->filter), "%s%s", *word,
                       word[1] ? " " : "");
    return TOOL_OK;
}

static bool source_is_own(const struct tool_command *command, int option)
{
    return option >= TOOL_OWN ||
           (option < TOOL_LONG && option != '\0' && strchr(command->letters, option) != NULL);
}

/* The command's options and those of all, in one table. */
static void source_table(const struct tool_command *command, struct option *table,
                         char *letters, size_t size)
{
    size_t own = 0;
    while (own < SOURCE_OWN_MOST && command->options[own].name)
        own++;
    memcpy(table, command->options, own * sizeof *table);
    memcpy(table + own, source_options, sizeof source_options);
    snprintf(letters, size, "%s%s", source_letters, command->letters);
}

/* TOOL_OK, an exit code, or -1: all is said and done. */
static int source_parse(struct tool_source *source, const struct tool_command *command,
                        int argc, char **argv)
{
    struct option table[SOURCE_OWN_MOST + SOURCE_OPTIONS];
    char letters[sizeof source_letters + SOURCE_OWN_MOST];
    int option, code = TOOL_OK;
    source_table(command, table, letters, sizeof letters);
    opterr = 0;
    while (code == TOOL_OK && (option = getopt_long(argc, argv, letters, table, NULL)) != -1) {
        if (option == 'h') {
            source_help(command);
            return -1;
        }
        if (option == 'V' || option == 'D') {
            code = option == 'V' ? tool_version() : source_list();
            return code ? code : -1;
        }
        if (option == '?' || option == ':')
            code = tool_unknown(table, argv, option);
        else if (source_is_own(command, option))
            code = command->option(command->user, option);
        else
            code = source_option(source, option);
    }
    code = code ? code : source_words(source, argv + optind);
    if (code)
        return code;
    if (source->interface && source->file_count)
        return tool_usage("-i and -r exclude each other");
    if (source->no_names && (source->lookup || source->resolver))
        return tool_usage("-n excludes --lookup and --resolver");
    if (source->no_names && source->vendors)
        return tool_usage("-n excludes --vendors");
    return sandbox_check(&source->sandbox);
}

bool tool_source_begin(struct tool_source *source, const struct tool_command *command, int argc,
                       char **argv, int *code)
{
    tool_name = command->name;
    *source = (struct tool_source){ .files = calloc((size_t)argc + 1, sizeof *source->files),
                                    .local = calloc((size_t)argc + 1, sizeof *source->local) };
    if (!source->files || !source->local) {
        *code = tool_problem("no memory for the arguments");
        return false;
    }
    *code = source_parse(source, command, argc, argv);
    if (*code == -1) {
        *code = tool_printed();
        return false;
    }
    return *code == TOOL_OK;
}

void tool_source_end(struct tool_source *source)
{
    free(source->files);
    free(source->local);
    free(source->filter);
}

chains_component *tool_source_streamer(const struct tool_source *source)
{
    bool soon = isatty(STDOUT_FILENO) || source->line_buffered;
    return chains_packet_streamer(.iface_name = source->interface, .no_file = true,
                                  .files = source->file_count > 0 ? source->files : NULL,
                                  .bpf = source->filter, .max_packets = source->max_packets,
                                  .snaplen = (uint32_t)source->snaplen,
                                  .duration = (uint32_t)source->duration,
                                  .buffer_kib = (uint32_t)source->buffer_kib,
                                  .timeout_ms = soon ? SOURCE_SOON_MS : 0,
                                  .no_promiscuous = source->no_promiscuous);
}

chains_component *tool_behind(chains_component *last, chains_component *next)
{
    chains_link(next, last);
    return next;
}

const char *const *tool_source_local(const struct tool_source *source)
{
    return source->local_count ? source->local : NULL;
}

chains_component *tool_source_names(const struct tool_source *source, chains_component *last)
{
    bool ask = source->lookup || source->resolver;
    if (source->no_names)
        return last;
    return tool_behind(
        last,
        chains_reverse_dns(.mode = ask ? CHAINS_NAMES_ACTIVE : CHAINS_NAMES_DEFAULT,
                           .resolver = source->resolver, .local = tool_source_local(source),
                           .vendors = source->vendors));
}

enum chains_flush tool_source_flush(const struct tool_source *source)
{
    return source->line_buffered ? CHAINS_FLUSH_LINE : CHAINS_FLUSH_DEFAULT;
}

bool tool_source_colors(const struct tool_source *source)
{
    const char *force = getenv("CLICOLOR_FORCE"), *term = getenv("TERM"),
               *no = getenv("NO_COLOR");
    if (source->color != TOOL_COLOR_AUTO)
        return source->color == TOOL_COLOR_ALWAYS;
    if (no && *no)
        return false;
    if (force && *force && strcmp(force, "0") != 0)
        return true;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

int tool_source_run(const struct tool_source *source, chains_component *last)
{
    bool files = source->file_count > 0;
    struct tool_run run = {
        .last = last,
        .live = !files,
        .table = source->stats,
        .memory = source->memory,
        .sandbox = source->sandbox,
        .progress = files && !source->no_progress && isatty(STDERR_FILENO),
    };
    int code = last ? tool_pull(&run) : tool_problem("%s", chains_error(NULL));
    chains_free(last);
    return code;
}
